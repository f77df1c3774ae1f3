//! SMS in the shape of Kannel: it calls `/hooks/sms` for what came in, and we call its `sendsms` for what goes out. Any
//! gateway that can be told to do the same will do.
//!
//! The phone company sees number, time and text of every message: the pages say so. Of the query Kannel sends, the secret
//! and everything we do not need is dropped before anything is stored; an error carries a status and never a URL, because
//! URLs here hold numbers, texts and the password.

mod form;
mod hook;
mod send;

pub use hook::{SECRET_HEADER, routes};

use std::time::Duration;

use reqwest::Url;

use crate::channels::http;
use crate::channels::pace::Pace;
use crate::domain::dialogue::Manner;
use crate::kernel::{Secret, Timestamp};
use crate::service::channel::{Channel, ChatId, Content, Outgoing, Sending, Unparsable, Update};

use self::form::Form;

/// The channel's name in rows, metrics and routes.
pub const NAME: &str = "sms";
/// UTF-16 units in one segment of a long message that GSM's alphabet cannot hold.
const SEGMENT: usize = 67;
/// The longest address; international numbers have fifteen digits.
const LONGEST_ADDRESS: usize = 32;

/// What the operator chose; see `TINAN_SMS__*`.
pub struct Options {
    /// What the gateway sends along with every message.
    pub secret: Secret<String>,
    /// The address of `sendsms`.
    pub api_url: String,
    /// The gateway's user.
    pub user: String,
    /// And password.
    pub password: Secret<String>,
    /// The number or name that messages come from.
    pub sender: String,
    /// A longer message is cut into several.
    pub most_segments: usize,
    /// How long one call may take before its outcome counts as unknown.
    pub call_timeout: Duration,
    /// How many messages a second the gateway takes.
    pub per_second: u32,
}

/// The channel cannot work with these options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadOptions {
    /// The secret is too short to be one.
    #[error("the secret of SMS must have 16 characters or more")]
    Secret,
    /// Not an address.
    #[error("the address of sendsms must be http or https")]
    ApiUrl,
    /// Nobody to send as.
    #[error("SMS needs user, password and sender")]
    Account,
    /// No HTTP client could be made.
    #[error("no HTTP client could be made")]
    Client,
}

/// The channel.
pub struct Sms {
    options: Options,
    url: Url,
    http: reqwest::Client,
    pace: Pace,
}

impl Sms {
    /// Checks the options; touches no network.
    pub fn new(options: Options) -> Result<Self, BadOptions> {
        if options.secret.expose().len() < 16 {
            return Err(BadOptions::Secret);
        }
        let url = http::base(Some(&options.api_url), "").filter(|url| url.query().is_none());
        let url = url.ok_or(BadOptions::ApiUrl)?;
        if options.user.is_empty() || options.password.expose().is_empty() || options.sender.is_empty() {
            return Err(BadOptions::Account);
        }
        let http = http::client(url.scheme() == "https").ok_or(BadOptions::Client)?;
        let pace = Pace::new(options.per_second, Duration::ZERO);
        Ok(Self { options, url, http, pace })
    }
}

impl Channel for Sms {
    fn name(&self) -> &'static str {
        NAME
    }

    fn bot(&self) -> &str {
        &self.options.sender
    }

    fn manner(&self) -> Manner {
        Manner::Short { longest: SEGMENT * self.options.most_segments.max(1) }
    }

    fn parse(&self, bytes: &[u8]) -> Result<Update, Unparsable> {
        let form = Form::read(bytes);
        let from = form.value("from").ok_or(Unparsable)?;
        let from = from.trim();
        let number = |c: char| c.is_ascii_digit() || c == '+';
        if from.is_empty() || from.len() > LONGEST_ADDRESS {
            return Err(Unparsable);
        }
        // An advertiser's name or a short code is no person's number: nobody to answer, but words to be read.
        let content = match form.text().ok_or(Unparsable)? {
            text if text.trim().is_empty() => Content::Ignored,
            _ if !from.chars().all(number) => return Err(Unparsable),
            text => Content::Text(text),
        };
        Ok(Update { chat: ChatId::new(from), message: None, content })
    }

    fn canary(&self, words: &str, _now: Timestamp) -> Option<Vec<u8>> {
        let sent = [("from", "0"), ("to", self.bot()), ("text", words), ("charset", "UTF-8")];
        Some(Form::of(&sent).cleaned())
    }

    fn send<'a>(&'a self, chat: &'a ChatId, what: &'a Outgoing) -> Sending<'a> {
        Box::pin(send::send(self, chat, what))
    }
}

#[cfg(test)]
mod tests;
