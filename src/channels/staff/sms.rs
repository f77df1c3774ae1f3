//! A text message, in the shape of Kannel's `sendsms`, which gateways in Vietnam can be put behind. The text goes
//! without accents, so that it fits one message of 160 characters; what still is not ASCII goes with `coding=2`.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{BadWay, client, verdict};
use crate::domain::escalation::Way;
use crate::kernel::Secret;
use crate::service::alarms::way::Calling;
use crate::service::alarms::{Caller, Page};

/// How the gateway is reached.
pub struct SmsSettings {
    /// The full address of its `sendsms`.
    pub url: String,
    /// Our name there.
    pub user: String,
    /// Our password there.
    pub password: Secret<String>,
    /// The sender that people see; empty: the gateway's own.
    pub from: String,
}

/// Sends text messages.
pub struct Sms {
    http: reqwest::Client,
    settings: SmsSettings,
}

impl Sms {
    /// Through a gateway.
    pub fn new(settings: SmsSettings) -> Result<Self, BadWay> {
        Ok(Self { http: client()?, settings })
    }
}

impl Caller for Sms {
    fn way(&self) -> Way {
        Way::Sms
    }

    fn call<'a>(&'a self, to: &'a Secret<String>, page: &'a Page) -> Calling<'a> {
        Box::pin(async move {
            let text = plain(&page.text);
            let settings = &self.settings;
            let mut query = vec![
                ("username", settings.user.as_str()),
                ("password", settings.password.expose().as_str()),
                ("to", to.expose().as_str()),
                ("text", text.as_str()),
            ];
            if !settings.from.is_empty() {
                query.push(("from", settings.from.as_str()));
            }
            if !text.is_ascii() {
                query.extend([("coding", "2"), ("charset", "UTF-8")]);
            }
            verdict(self.http.get(&settings.url).query(&query).send().await)
        })
    }
}

/// Vietnamese without its accents.
fn plain(text: &str) -> String {
    let bare = text.nfd().filter(|c| !is_combining_mark(*c));
    bare.map(|c| match c {
        'đ' => 'd',
        'Đ' => 'D',
        c => c,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_go_and_foreign_letters_stay() {
        assert_eq!(plain("Bàn tiếp nhận: Đã quá 4 phút"), "Ban tiep nhan: Da qua 4 phut");
        assert_eq!(plain("звонок"), "звонок");
    }
}
