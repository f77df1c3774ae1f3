//! The settings of the Zalo bot.

use std::time::Duration;

use super::read::Reader;
use super::sending::call_seconds;
use super::{Config, Http};
use crate::channels::zalo::{BadOptions, Mode, Options, Zalo};
use crate::kernel::Secret;

/// The settings of the bot.
pub struct ZaloSettings {
    /// `digits:secret`.
    pub token: Secret<String>,
    /// A proxy or a fake.
    pub api_url: Option<String>,
    /// Webhook, or poll for development.
    pub mode: Mode,
    /// What Zalo repeats in every webhook call.
    pub secret: Option<Secret<String>>,
    /// How long a call may take before its outcome counts as unknown.
    pub call: Duration,
    /// Between two messages to one chat.
    pub chat_gap: Duration,
}

impl ZaloSettings {
    fn options(&self) -> Options {
        let copy = |s: &Secret<String>| Secret::new(s.expose().clone());
        let mut options = Options::new(copy(&self.token), self.secret.as_ref().map(copy));
        options.api_url.clone_from(&self.api_url);
        options.mode = self.mode;
        options.call_timeout = self.call;
        options.chat_gap = self.chat_gap;
        options
    }
}

impl Config {
    /// The options of the Zalo bot, if one is set.
    #[must_use]
    pub fn zalo_options(&self) -> Option<Options> {
        self.zalo.as_ref().map(ZaloSettings::options)
    }
}

/// The outer `None` is a fault, the inner one "no bot".
#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
pub(super) fn zalo(r: &mut Reader, http: Option<&Http>) -> Option<Option<ZaloSettings>> {
    let token = r.secret("zalo.token", "zalo.token_file");
    let secret = r.secret("zalo.secret", "zalo.secret_file");
    let api_url = r.text("zalo.api_url").filter(|u| !u.is_empty());
    let mode = r.one_of("zalo.mode", &["webhook", "poll"]);
    let call = call_seconds(r, "zalo.call_seconds");
    let gap = r.number("zalo.chat_gap_ms", 0, 60_000);
    let (token, secret, mode, call, gap) = (token?, secret?, mode?, call?, gap?);
    let Some(token) = token else { return Some(None) };
    let mode = if mode == "poll" { Mode::Poll } else { Mode::Webhook };
    if mode == Mode::Webhook {
        needs_https(r, http, "zalo.mode", "webhook needs");
    }
    let settings = ZaloSettings { token, api_url, mode, secret, call, chat_gap: Duration::from_millis(gap) };
    check(r, &settings);
    Some(Some(settings))
}

/// A messenger that calls us does so over https.
pub(super) fn needs_https(r: &mut Reader, http: Option<&Http>, key: &str, who: &str) {
    if http.is_some_and(|h| !h.public_url.starts_with("https://")) {
        r.fault(key, &format!("{who} http.public_url to begin with https://"));
    }
}

/// The channel knows best what it can work with; it is built once for that.
fn check(r: &mut Reader, settings: &ZaloSettings) {
    let (key, what) = match Zalo::new(settings.options()).err() {
        None => return,
        Some(BadOptions::Token) => ("zalo.token", "must be of the form digits:secret"),
        Some(BadOptions::ApiUrl) => ("zalo.api_url", "must be an http or https address"),
        Some(BadOptions::Secret) => {
            ("zalo.secret", "must be 8 to 256 visible characters when the mode is webhook")
        }
        Some(BadOptions::Client) => ("zalo.token", "no HTTP client could be made"),
    };
    r.fault(key, what);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{told, with};

    const TOKEN: (&str, &str) = ("TINAN_ZALO__TOKEN", "12:ab");
    const SECRET: (&str, &str) = ("TINAN_ZALO__SECRET", "correct-horse");
    const HTTPS: (&str, &str) = ("TINAN_HTTP__PUBLIC_URL", "https://a.vn");

    #[test]
    fn zalo_settings_are_checked_before_the_start() {
        let bad = [
            (vec![("TINAN_ZALO__TOKEN", "nocolon"), SECRET, HTTPS], "zalo.token"),
            (vec![TOKEN, HTTPS], "zalo.secret"),
            (vec![TOKEN, HTTPS, ("TINAN_ZALO__SECRET", "short")], "zalo.secret"),
            (vec![TOKEN, SECRET], "http.public_url"),
            (vec![TOKEN, SECRET, HTTPS, ("TINAN_ZALO__API_URL", "ftp://x")], "zalo.api_url"),
            (vec![("TINAN_ZALO__MODE", "push")], "zalo.mode"),
            (vec![("TINAN_ZALO__CALL_SECONDS", "7")], "zalo.call_seconds"),
        ];
        for (list, key) in bad {
            let told = told(with(&list)).join("\n");
            assert!(told.contains(key), "{key}: {told}");
            assert!(!told.contains("correct-horse") && !told.contains("12:ab"), "{told}");
        }
        let good = with(&[TOKEN, SECRET, HTTPS]).unwrap_or_else(|e| panic!("{e}"));
        assert!(good.zalo_options().is_some());
        let polled = with(&[TOKEN, ("TINAN_ZALO__MODE", "poll")]).unwrap_or_else(|e| panic!("{e}"));
        assert!(polled.zalo_options().is_some(), "asking needs neither an address nor a secret");
        assert!(with(&[]).unwrap_or_else(|e| panic!("{e}")).zalo_options().is_none());
    }
}
