//! The settings of the Telegram channel.

use std::time::Duration;

use super::read::Reader;
use super::{Config, Http};
use crate::channels::telegram::{BadOptions, Mode, Options, Telegram};
use crate::kernel::Secret;

/// The Telegram settings, if there is a token.
pub struct TelegramSettings {
    /// `digits:secret`.
    pub token: Secret<String>,
    /// A proxy or a fake.
    pub api_url: Option<String>,
    /// Poll or webhook.
    pub mode: Mode,
    /// What Telegram repeats in every webhook call.
    pub secret: Option<Secret<String>>,
    /// How long a call may take before its outcome counts as unknown.
    pub call: Duration,
}

impl TelegramSettings {
    fn options(&self) -> Options {
        let copy = |s: &Secret<String>| Secret::new(s.expose().clone());
        let mut options = Options::new(copy(&self.token));
        options.api_url.clone_from(&self.api_url);
        options.mode = self.mode;
        options.secret = self.secret.as_ref().map(copy);
        options.call_timeout = self.call;
        options
    }
}

impl Config {
    /// The options of the Telegram channel, if it is set.
    #[must_use]
    pub fn telegram_options(&self) -> Option<Options> {
        self.telegram.as_ref().map(TelegramSettings::options)
    }
}

/// The outer `None` is a fault, the inner one "no Telegram".
#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
pub(super) fn telegram(r: &mut Reader, http: Option<&Http>) -> Option<Option<TelegramSettings>> {
    let token = r.secret("telegram.token", "telegram.token_file");
    let secret = r.secret("telegram.secret", "telegram.secret_file");
    let api_url = r.text("telegram.api_url").filter(|u| !u.is_empty());
    let mode = r.one_of("telegram.mode", &["poll", "webhook"]);
    let call = r.seconds("telegram.call_seconds", 1, 60);
    let (token, secret, mode, call) = (token?, secret?, mode?, call?);
    let Some(token) = token else { return Some(None) };
    let mode = if mode == "webhook" { Mode::Webhook } else { Mode::Poll };
    if mode == Mode::Webhook && http.is_some_and(|h| !h.public_url.starts_with("https://")) {
        r.fault("telegram.mode", "webhook needs http.public_url to begin with https://");
    }
    let settings = TelegramSettings { token, api_url, mode, secret, call };
    check(r, &settings);
    Some(Some(settings))
}

/// The channel knows best what it can work with; it is built once for that.
fn check(r: &mut Reader, settings: &TelegramSettings) {
    let (key, what) = match Telegram::new(settings.options()).err() {
        None => return,
        Some(BadOptions::Token) => ("telegram.token", "must be of the form digits:secret"),
        Some(BadOptions::ApiUrl) => ("telegram.api_url", "must be an http or https address"),
        Some(BadOptions::Secret) => {
            ("telegram.secret", "must be 1 to 256 characters of A-Z a-z 0-9 _ - when the mode is webhook")
        }
        Some(BadOptions::Client) => ("telegram.token", "no HTTP client could be made"),
    };
    r.fault(key, what);
}
