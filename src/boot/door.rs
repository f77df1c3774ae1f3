//! The one-time way in for the person in front of a new server: a link with a secret in it, good until the
//! installation is set up.

use std::sync::Arc;

use super::config::Config;
use super::establish::establish_for;
use super::open::Base;
use crate::console::{SetUp, SetUpDoor, SettingUp};
use crate::kernel::{NoEntropy, Secret};
use crate::service::setup::Request;

/// What the form does. The server notices the result by itself and opens its gate.
struct FromBrowser {
    base: Base,
    config: Arc<Config>,
}

impl SetUp for FromBrowser {
    fn set_up(&self, request: Request) -> SettingUp<'_> {
        Box::pin(establish_for(&self.base, &self.config, request))
    }
}

/// A door with a fresh secret.
pub fn door(base: &Base, config: &Arc<Config>) -> Result<Arc<SetUpDoor>, NoEntropy> {
    let token = data_encoding::HEXLOWER.encode(&base.entropy.bytes::<16>()?);
    let doing = Box::new(FromBrowser { base: base.clone(), config: Arc::clone(config) });
    Ok(Arc::new(SetUpDoor { token: Secret::new(token), doing }))
}
