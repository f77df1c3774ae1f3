//! `tinan demo`.

use anyhow::Result;

use crate::boot::config::{Config, Flags};

/// Try everything with throw-away data: desks, staff, some 200 cases
#[derive(clap::Args)]
pub(super) struct Args {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

impl Args {
    pub(super) fn settings(&self, flags: &mut Flags) {
        if let Some(listen) = &self.listen {
            flags.settings.push(("--listen", "http.listen", listen.clone()));
        }
    }
}

pub(super) async fn run(config: Config) -> Result<()> {
    Box::pin(crate::boot::demo::run(config)).await
}
