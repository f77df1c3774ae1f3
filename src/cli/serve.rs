//! `tinan serve`.

use crate::boot::config::Flags;

/// Run the service
#[derive(clap::Args)]
pub(super) struct Args {
    /// Which parts run in this process: web, channels, worker
    #[arg(long, value_name = "PARTS")]
    roles: Option<String>,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

impl Args {
    pub(super) fn settings(&self, flags: &mut Flags) {
        if let Some(roles) = &self.roles {
            flags.settings.push(("--roles", "serve.roles", roles.clone()));
        }
        if let Some(listen) = &self.listen {
            flags.settings.push(("--listen", "http.listen", listen.clone()));
        }
    }
}
