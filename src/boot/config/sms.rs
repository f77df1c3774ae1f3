//! The settings of SMS.

use std::time::Duration;

use super::Config;
use super::read::Reader;
use super::sending::call_seconds;
use crate::channels::sms::{BadOptions, Options, Sms};
use crate::kernel::Secret;

/// The settings of the SMS gateway.
pub struct SmsSettings {
    secret: Secret<String>,
    api_url: String,
    user: String,
    password: Secret<String>,
    sender: String,
    most_segments: u64,
    call: Duration,
    per_second: u64,
}

impl SmsSettings {
    fn options(&self) -> Options {
        let copy = |s: &Secret<String>| Secret::new(s.expose().clone());
        Options {
            secret: copy(&self.secret),
            api_url: self.api_url.clone(),
            user: self.user.clone(),
            password: copy(&self.password),
            sender: self.sender.clone(),
            most_segments: usize::try_from(self.most_segments).unwrap_or(1),
            call_timeout: self.call,
            per_second: u32::try_from(self.per_second).unwrap_or(1),
        }
    }
}

impl Config {
    /// The options of SMS, if it is set.
    #[must_use]
    pub fn sms_options(&self) -> Option<Options> {
        self.sms.as_ref().map(SmsSettings::options)
    }
}

/// The outer `None` is a fault, the inner one "no SMS".
#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
pub(super) fn sms(r: &mut Reader) -> Option<Option<SmsSettings>> {
    let secret = r.secret("sms.secret", "sms.secret_file");
    let password = r.secret("sms.password", "sms.password_file");
    let (api_url, user, sender) = (r.text("sms.api_url"), r.text("sms.user"), r.text("sms.sender"));
    let segments = r.number("sms.most_segments", 1, 20);
    let per_second = r.number("sms.per_second", 1, 1000);
    let call = call_seconds(r, "sms.call_seconds");
    let (secret, password, segments, per_second, call) = (secret?, password?, segments?, per_second?, call?);
    let api_url = api_url?;
    if secret.is_none() && api_url.is_empty() {
        return Some(None);
    }
    let none = || Secret::new(String::new());
    let settings = SmsSettings {
        secret: secret.unwrap_or_else(none),
        api_url,
        user: user?,
        password: password.unwrap_or_else(none),
        sender: sender?,
        most_segments: segments,
        call,
        per_second,
    };
    if let Err(bad) = Sms::new(settings.options()) {
        let (key, what) = match bad {
            BadOptions::Secret => ("sms.secret", "must have 16 characters or more"),
            BadOptions::ApiUrl => ("sms.api_url", "must be an http or https address without a query"),
            BadOptions::Account => ("sms.user", "must be set, with sms.password and sms.sender"),
            BadOptions::Client => ("sms.api_url", "no HTTP client could be made"),
        };
        r.fault(key, what);
    }
    Some(Some(settings))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{told, with};

    const GATEWAY: [(&str, &str); 5] = [
        ("TINAN_SMS__SECRET", "correct-horse-battery"),
        ("TINAN_SMS__API_URL", "http://127.0.0.1:13013/cgi-bin/sendsms"),
        ("TINAN_SMS__USER", "tinan"),
        ("TINAN_SMS__PASSWORD", "how-we-prove-it"),
        ("TINAN_SMS__SENDER", "8088"),
    ];

    #[test]
    fn a_message_may_take_as_long_as_sms_allows_whatever_other_messengers_do() {
        let gateway = |more| with(&[&GATEWAY[..], more].concat());
        let call =
            |more| gateway(more).unwrap_or_else(|e| panic!("{e}")).sms_options().expect("set").call_timeout;
        assert_eq!(call(&[("TINAN_SMS__CALL_SECONDS", "2")]).as_secs(), 2);
        assert_eq!(call(&[("TINAN_TELEGRAM__CALL_SECONDS", "2")]).as_secs(), 6);
        let told = told(gateway(&[("TINAN_SMS__CALL_SECONDS", "7")])).join("\n");
        assert!(told.contains("sms.call_seconds") && !told.contains("telegram"), "{told}");
    }
}
