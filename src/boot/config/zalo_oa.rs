//! The settings of the Zalo Official Account.

use std::time::Duration;

use super::read::Reader;
use super::sending::call_seconds;
use super::zalo::needs_https;
use super::{Config, Http};
use crate::channels::zalo_oa::{BadOptions, Options, ZaloOa};
use crate::kernel::Secret;

/// Zalo allows 4,000 calls a minute.
const PER_SECOND: u32 = 40;

/// What an account cannot be without.
const PARTS: [&str; 5] =
    ["zalo_oa.app_id", "zalo_oa.oa_id", "zalo_oa.secret_key", "zalo_oa.app_secret", "zalo_oa.refresh_token"];

/// The settings of the account.
pub struct ZaloOaSettings {
    /// Of the application.
    pub app_id: String,
    /// Of the account.
    pub oa_id: String,
    /// What Zalo signs with.
    pub secret_key: Secret<String>,
    /// What tokens are renewed with.
    pub app_secret: Secret<String>,
    /// The first refresh token.
    pub refresh_token: Secret<String>,
    /// A proxy or a fake.
    pub api_url: Option<String>,
    /// A proxy or a fake.
    pub oauth_url: Option<String>,
    /// How long a call may take before its outcome counts as unknown.
    pub call: Duration,
    /// Between two messages to one chat.
    pub chat_gap: Duration,
}

impl ZaloOaSettings {
    fn options(&self) -> Options {
        let copy = |s: &Secret<String>| Secret::new(s.expose().clone());
        Options {
            app_id: self.app_id.clone(),
            oa_id: self.oa_id.clone(),
            secret_key: copy(&self.secret_key),
            app_secret: copy(&self.app_secret),
            refresh_token: copy(&self.refresh_token),
            api_url: self.api_url.clone(),
            oauth_url: self.oauth_url.clone(),
            call_timeout: self.call,
            per_second: PER_SECOND,
            chat_gap: self.chat_gap,
        }
    }
}

impl Config {
    /// The options of the Official Account, if one is set.
    #[must_use]
    pub fn zalo_oa_options(&self) -> Option<Options> {
        self.zalo_oa.as_ref().map(ZaloOaSettings::options)
    }
}

/// All of it or nothing. The outer `None` is a fault, the inner one "no account".
#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
pub(super) fn zalo_oa(r: &mut Reader, http: Option<&Http>) -> Option<Option<ZaloOaSettings>> {
    let secret_key = r.secret("zalo_oa.secret_key", "zalo_oa.secret_key_file");
    let app_secret = r.secret("zalo_oa.app_secret", "zalo_oa.app_secret_file");
    let refresh_token = r.secret("zalo_oa.refresh_token", "zalo_oa.refresh_token_file");
    let set = |text: Option<String>| text.filter(|t| !t.is_empty());
    let (app_id, oa_id) = (set(r.text("zalo_oa.app_id")), set(r.text("zalo_oa.oa_id")));
    let (api_url, oauth_url) = (set(r.text("zalo_oa.api_url")), set(r.text("zalo_oa.oauth_url")));
    let call = call_seconds(r, "zalo_oa.call_seconds");
    let gap = r.number("zalo_oa.chat_gap_ms", 0, 60_000);
    let (secret_key, app_secret, refresh_token) = (secret_key?, app_secret?, refresh_token?);
    let (call, gap) = (call?, gap?);
    let there = [
        app_id.is_some(),
        oa_id.is_some(),
        secret_key.is_some(),
        app_secret.is_some(),
        refresh_token.is_some(),
    ];
    if there == [false; 5] {
        return Some(None);
    }
    for (key, _) in PARTS.iter().zip(there).filter(|(_, there)| !there) {
        r.fault(key, "is missing: an Official Account needs all of its settings");
    }
    needs_https(r, http, "zalo_oa.oa_id", "an Official Account needs");
    let settings = ZaloOaSettings {
        app_id: app_id?,
        oa_id: oa_id?,
        secret_key: secret_key?,
        app_secret: app_secret?,
        refresh_token: refresh_token?,
        api_url,
        oauth_url,
        call,
        chat_gap: Duration::from_millis(gap),
    };
    check(r, &settings);
    Some(Some(settings))
}

/// The channel knows best what it can work with; it is built once for that.
fn check(r: &mut Reader, settings: &ZaloOaSettings) {
    let (key, what) = match ZaloOa::new(settings.options()).err() {
        None => return,
        Some(BadOptions::AppId) => ("zalo_oa.app_id", "must be the application's number"),
        Some(BadOptions::OaId) => ("zalo_oa.oa_id", "must be the account's number"),
        Some(BadOptions::ApiUrl) => ("zalo_oa.api_url", "must be an http or https address"),
        Some(BadOptions::OauthUrl) => ("zalo_oa.oauth_url", "must be an http or https address"),
        Some(BadOptions::Client) => ("zalo_oa.api_url", "no HTTP client could be made"),
    };
    r.fault(key, what);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{told, with};

    const WHOLE: [(&str, &str); 6] = [
        ("TINAN_ZALO_OA__APP_ID", "12"),
        ("TINAN_ZALO_OA__OA_ID", "34"),
        ("TINAN_ZALO_OA__SECRET_KEY", "oa-secret"),
        ("TINAN_ZALO_OA__APP_SECRET", "app-secret"),
        ("TINAN_ZALO_OA__REFRESH_TOKEN", "first-token"),
        ("TINAN_HTTP__PUBLIC_URL", "https://a.vn"),
    ];

    #[test]
    fn an_account_is_set_whole_or_not_at_all() {
        let whole = with(&WHOLE).unwrap_or_else(|e| panic!("{e}"));
        assert!(whole.zalo_oa_options().is_some());
        let shown = format!("{:?}", whole.effective);
        for secret in ["oa-secret", "app-secret", "first-token"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        for n in 0..5 {
            let mut some = WHOLE.to_vec();
            let (name, _) = some.remove(n);
            let told = told(with(&some)).join("\n");
            assert!(told.contains(name), "{name}: {told}");
        }
        let odd = [
            ("TINAN_ZALO_OA__APP_ID", "x1", "zalo_oa.app_id"),
            ("TINAN_ZALO_OA__OA_ID", "x1", "zalo_oa.oa_id"),
            ("TINAN_ZALO_OA__API_URL", "ftp://x", "zalo_oa.api_url"),
            ("TINAN_ZALO_OA__OAUTH_URL", "x", "zalo_oa.oauth_url"),
            ("TINAN_HTTP__PUBLIC_URL", "http://127.0.0.1:1", "http.public_url"),
        ];
        for (name, value, key) in odd {
            let mut all: Vec<_> = WHOLE.into_iter().filter(|(n, _)| *n != name).collect();
            all.push((name, value));
            let told = told(with(&all)).join("\n");
            assert!(told.contains(key), "{key}: {told}");
        }
        assert!(with(&[]).unwrap_or_else(|e| panic!("{e}")).zalo_oa_options().is_none());
    }
}
