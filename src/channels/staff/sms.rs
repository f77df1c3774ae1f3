//! A text message, in the shape of Kannel's `sendsms`, which gateways in Vietnam can be put behind. The text goes
//! without accents, so that it fits one message of 160 characters; what still is not ASCII goes with `coding=2`.

use super::{BadWay, client, verdict};
use crate::domain::escalation::Way;
use crate::domain::letters::bare;
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
            let text: String = bare(&page.text).collect();
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
