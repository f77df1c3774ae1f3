//! Zalo's Bot Platform: a bot of its own that talks with one person at a time.
//!
//! Updates come by webhook. Asking for them (`getUpdates`) hands each out once and never again, so it is for
//! development only. There are no buttons, and nothing that was sent can be changed or deleted: choices are numbered
//! lines, and what asks to delete succeeds without doing anything.
//!
//! The token is part of every URL, so no URL may leave this folder: errors are our own and carry a code, never a text
//! from the wire. The sender's name comes unasked with every update; it is left behind in `parse`.

mod envelope;
mod hook;
mod parse;
mod poll;
mod send;
mod wire;

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

pub use hook::{SECRET_HEADER, routes};
pub use poll::Poller;
pub use wire::Fault;

use crate::channels::media::Media;
use crate::channels::pace::Pace;
use crate::domain::dialogue::Manner;
use crate::kernel::{Secret, Timestamp};
use crate::service::channel::{
    Channel, ChatId, Fetching, FileRef, Outgoing, Pieces, ProbeFault, Probing, Sending, Unparsable, Update,
};

/// The channel's name in rows, metrics and routes.
pub const NAME: &str = "zalo";
/// The path that Zalo calls.
pub const HOOK: &str = "/hooks/zalo";
/// The longest message, in UTF-16 units.
pub const LONGEST: usize = 2_000;
/// The largest file fetched, in bytes.
pub const MAX_FILE: u64 = 10 * 1024 * 1024;

/// How updates reach us. The two exclude each other at Zalo's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Zalo calls [`routes`]; needs a public HTTPS address and a secret.
    Webhook,
    /// We ask, with [`Poller`]: loses messages when the program dies, so for development only.
    Poll,
}

/// What the operator chose; see `TINAN_ZALO__*`.
pub struct Options {
    /// `digits:secret`.
    pub token: Secret<String>,
    /// Where the Bot API is, without `/bot<token>`; Zalo's own when absent.
    pub api_url: Option<String>,
    /// Webhook or poll.
    pub mode: Mode,
    /// What Zalo repeats in every webhook call: 8-256 visible characters.
    pub secret: Option<Secret<String>>,
    /// How long Zalo holds an empty `getUpdates`.
    pub poll_timeout: Duration,
    /// How long any other call may take before its outcome counts as unknown.
    pub call_timeout: Duration,
    /// Messages a second over all chats. Zalo publishes no figure.
    pub per_second: u32,
    /// Between two messages to one chat.
    pub chat_gap: Duration,
}

impl Options {
    /// The options of a bot that Zalo calls.
    #[must_use]
    pub fn new(token: Secret<String>, secret: Option<Secret<String>>) -> Self {
        Self {
            token,
            api_url: None,
            mode: Mode::Webhook,
            secret,
            poll_timeout: Duration::from_secs(25),
            call_timeout: Duration::from_secs(6),
            per_second: 20,
            chat_gap: Duration::ZERO,
        }
    }
}

/// Why a Zalo bot cannot be built; names the setting, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadOptions {
    /// The token is not `digits:secret`.
    #[error("zalo.token is not of the form digits:secret")]
    Token,
    /// The address is not an http(s) URL.
    #[error("zalo.api_url is not an http or https address")]
    ApiUrl,
    /// Webhook mode without a secret, or with one Zalo would not take.
    #[error("zalo.secret must be 8-256 visible characters when the mode is webhook")]
    Secret,
    /// The HTTP client could not be made.
    #[error("the HTTP client for zalo could not be made")]
    Client,
}

/// What `getMe` tells about our own bot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// Its public name; Zalo wants it to begin with `Bot`.
    #[serde(default)]
    pub account_name: String,
}

/// What Zalo found when it called the address it was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Verification {
    /// Whether the address answered as it should.
    #[serde(default)]
    pub ok: bool,
    /// A code such as `webhook.ok` or `webhook.err.tls`.
    #[serde(default)]
    pub outcome: String,
}

/// The answer to `setWebhook`.
#[derive(Deserialize)]
struct Announced {
    verification: Option<Verification>,
}

/// The answer to `getWebhookInfo`.
#[derive(Deserialize)]
struct Hooked {
    #[serde(default)]
    url: String,
}

/// One bot on Zalo.
pub struct Zalo {
    wire: wire::Wire,
    media: Media,
    bot: String,
    mode: Mode,
    secret: Option<Secret<String>>,
    poll_timeout: Duration,
    call_timeout: Duration,
    pace: Pace,
}

impl Zalo {
    /// Checks the options and makes the HTTP clients; does not touch the network.
    pub fn new(options: Options) -> Result<Self, BadOptions> {
        let bot = wire::bot_of(options.token.expose()).ok_or(BadOptions::Token)?;
        let secret_fits = options.secret.as_ref().map(|s| hook::is_secret(s.expose()));
        if secret_fits == Some(false) || (options.mode == Mode::Webhook && secret_fits.is_none()) {
            return Err(BadOptions::Secret);
        }
        let base = wire::base(options.api_url.as_deref()).ok_or(BadOptions::ApiUrl)?;
        let media = Media::new(&base, MAX_FILE).ok_or(BadOptions::Client)?;
        let wire = wire::Wire::new(base, options.token).ok_or(BadOptions::Client)?;
        Ok(Self {
            wire,
            media,
            bot,
            mode: options.mode,
            secret: options.secret,
            poll_timeout: options.poll_timeout,
            call_timeout: options.call_timeout,
            pace: Pace::new(options.per_second, options.chat_gap),
        })
    }

    /// Webhook or poll.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Asks Zalo who we are: the cheapest proof that token and network work.
    pub async fn me(&self) -> Result<Me, Fault> {
        self.wire.call("getMe", &json!({}), self.call_timeout).await
    }

    /// Makes Zalo call `url` with our secret. Zalo keeps the address even when it cannot be reached, so what it found
    /// there comes back.
    pub async fn set_webhook(&self, url: &str) -> Result<Verification, Fault> {
        let secret = self.secret.as_ref().map(|s| s.expose().as_str()).unwrap_or_default();
        let body = json!({ "url": url, "secret_token": secret });
        let announced: Announced = self.wire.call("setWebhook", &body, self.call_timeout).await?;
        Ok(announced.verification.unwrap_or(Verification { ok: true, outcome: String::new() }))
    }

    /// Ends webhook delivery, so that polling is possible.
    pub async fn delete_webhook(&self) -> Result<(), Fault> {
        self.wire.ask("deleteWebhook", &json!({}), self.call_timeout).await.map(drop)
    }

    /// The address that Zalo calls, if any.
    pub async fn webhook(&self) -> Result<Option<String>, Fault> {
        match self.wire.call::<Hooked>("getWebhookInfo", &json!({}), self.call_timeout).await {
            Ok(hooked) => Ok(Some(hooked.url).filter(|u| !u.is_empty())),
            // so Zalo says that none is set
            Err(Fault::Refused(404)) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

impl Channel for Zalo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn bot(&self) -> &str {
        &self.bot
    }

    fn manner(&self) -> Manner {
        Manner::Plain { longest: LONGEST }
    }

    fn parse(&self, bytes: &[u8]) -> Result<Update, Unparsable> {
        parse::update(bytes)
    }

    fn moment(&self, bytes: &[u8]) -> Option<i64> {
        envelope::read(bytes)?.date
    }

    fn canary(&self, words: &str, now: Timestamp) -> Option<Vec<u8>> {
        let message = json!({ "message_id": "canary", "date": now.as_millis(), "text": words,
            "from": { "id": "canary", "is_bot": false }, "chat": { "id": "canary", "chat_type": "PRIVATE" } });
        Some(json!({ "event_name": "message.text.received", "message": message }).to_string().into_bytes())
    }

    fn probe(&self) -> Probing<'_> {
        Box::pin(async move {
            match self.me().await {
                Ok(_) => Ok(()),
                Err(Fault::Token | Fault::Refused(_)) => Err(ProbeFault::Refused),
                Err(_) => Err(ProbeFault::Unreachable),
            }
        })
    }

    fn send<'a>(&'a self, chat: &'a ChatId, what: &'a Outgoing) -> Sending<'a> {
        Box::pin(send::send(self, chat, what))
    }

    fn fetch<'a>(&'a self, file: &'a FileRef) -> Fetching<'a> {
        Box::pin(async move {
            let file = self.media.open(&file.0).await?;
            Ok(Box::new(file) as Box<dyn Pieces>)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        let secret = Secret::new("correct-horse_battery".to_owned());
        Options::new(Secret::new("4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qcK".to_owned()), Some(secret))
    }

    #[test]
    fn the_bot_is_named_by_the_digits_of_its_token() {
        let bot = Zalo::new(options()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((bot.name(), bot.bot(), bot.mode()), ("zalo", "4839574812", Mode::Webhook));
        assert_eq!(bot.manner(), Manner::Plain { longest: 2_000 });
    }

    #[test]
    fn bad_settings_are_named_and_never_quoted() {
        type Spoil = fn(&mut Options);
        let cases: [(Spoil, BadOptions); 6] = [
            (|o| o.token = Secret::new("no-colon".to_owned()), BadOptions::Token),
            (|o| o.token = Secret::new("12:se/cret".to_owned()), BadOptions::Token),
            (|o| o.api_url = Some("ftp://example.org".to_owned()), BadOptions::ApiUrl),
            (|o| o.secret = None, BadOptions::Secret),
            (|o| o.secret = Some(Secret::new("short".to_owned())), BadOptions::Secret),
            (|o| o.secret = Some(Secret::new("has a space in it".to_owned())), BadOptions::Secret),
        ];
        for (spoil, expected) in cases {
            let mut o = options();
            spoil(&mut o);
            assert_eq!(Zalo::new(o).err(), Some(expected));
        }
        let polling = Options { mode: Mode::Poll, secret: None, ..options() };
        assert!(Zalo::new(polling).is_ok(), "who asks needs no secret");
    }
}
