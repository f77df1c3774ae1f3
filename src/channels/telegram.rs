//! Telegram, over teloxide's payloads and types, with our own transport, poller and webhook.
//!
//! Why not teloxide's `Bot` for the calls: it sleeps ten seconds on every HTTP 5xx, drops the error code,
//! and prints the token in its `Debug`. Why not its listeners: they acknowledge before anybody has stored
//! anything (three of three queued tips were lost when such a bot was killed). Here an update is
//! acknowledged only after [`crate::channels::intake::Intake::accept`] has returned.
//!
//! The token is part of every URL, so no URL may leave this folder: errors are our own and carry a code,
//! never a text from the wire.

mod file;
mod hook;
mod number;
mod parse;
mod poll;
mod send;
mod split;
mod wire;

use std::time::Duration;

pub use file::{Download, FileFault, MAX_FILE};
pub use hook::{BODY_CAP, SECRET_HEADER, routes};
pub use poll::{Health, Poller};
pub use split::{MAX_UNITS, parts};
pub use wire::{Fault, Why};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use teloxide::payloads::{DeleteWebhook, GetMe};
use teloxide::requests::Payload;

use crate::channels::pace::Pace;
use crate::domain::lane::Kind;
use crate::kernel::{Secret, Timestamp};
use crate::service::channel::{
    Channel, ChatId, Fetching, FileRef, Outgoing, Pieces, ProbeFault, Probing, Raw, Sending, Unparsable,
    Update,
};

/// The channel's name in rows, metrics and routes.
pub const NAME: &str = "telegram";

/// The kinds of update we ask for; the rest would be personal data nobody needs.
pub const ALLOWED_UPDATES: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

/// How updates reach us. The two exclude each other at Telegram's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// We ask, with [`Poller`].
    Poll,
    /// Telegram calls [`routes`]; needs a public HTTPS address and a secret.
    Webhook,
}

/// How long the poller waits when something is wrong; tests make these short.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// After the first fault; doubled with every further one.
    pub first: Duration,
    /// The longest such wait.
    pub cap: Duration,
    /// When Telegram refuses the token, and hurrying would not help.
    pub refused: Duration,
    /// Between two looks whether it is our turn to poll.
    pub standby: Duration,
}

/// What the operator chose; see `TINAN_TELEGRAM__*`.
pub struct Options {
    /// `digits:secret`, from `@BotFather`.
    pub token: Secret<String>,
    /// Where the Bot API is, without `/bot<token>`; Telegram's own when absent.
    pub api_url: Option<String>,
    /// Poll or webhook.
    pub mode: Mode,
    /// What Telegram repeats in every webhook call: 1-256 of `A-Za-z0-9_-`.
    pub secret: Option<Secret<String>>,
    /// How long Telegram holds an empty `getUpdates`.
    pub poll_timeout: Duration,
    /// How long any other call may take before its outcome counts as unknown.
    pub call_timeout: Duration,
    /// Messages a second over all chats; Telegram allows about 30.
    pub per_second: u32,
    /// Between two messages to one chat; Telegram allows about one a second.
    pub chat_gap: Duration,
    /// What words in this bot are about when nothing says otherwise: for a bot of counselling alone.
    pub front: Option<Kind>,
    /// The poller's patience.
    pub retry: Retry,
}

impl Options {
    /// The options of a polling bot at Telegram's own address.
    #[must_use]
    pub fn new(token: Secret<String>) -> Self {
        Self {
            token,
            api_url: None,
            mode: Mode::Poll,
            secret: None,
            poll_timeout: Duration::from_secs(25),
            call_timeout: Duration::from_secs(10),
            per_second: 25,
            chat_gap: Duration::ZERO,
            front: None,
            retry: Retry {
                first: Duration::from_millis(500),
                cap: Duration::from_secs(30),
                refused: Duration::from_mins(1),
                standby: Duration::from_secs(1),
            },
        }
    }
}

/// Why a Telegram channel cannot be built; names the setting, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadOptions {
    /// The token is not `digits:secret`.
    #[error("telegram.token is not of the form digits:secret")]
    Token,
    /// The address is not an http(s) URL.
    #[error("telegram.api_url is not an http or https address")]
    ApiUrl,
    /// Webhook mode without a secret, or with one Telegram would not take.
    #[error("telegram.secret must be 1-256 characters of A-Z a-z 0-9 _ - when the mode is webhook")]
    Secret,
    /// The HTTP client could not be made.
    #[error("the HTTP client for telegram could not be made")]
    Client,
}

/// What `getMe` tells about our own bot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// The bot's own number, the digits before `:` in the token.
    pub id: i64,
    /// Its public name, for `https://t.me/` links.
    pub username: Option<String>,
}

/// What Telegram thinks of our webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hooked {
    /// The address it calls; empty when none is set.
    pub url: String,
    /// Updates that wait at Telegram's end; they are kept for 24 hours.
    #[serde(rename = "pending_update_count", default)]
    pub pending: u64,
    /// When a delivery last failed, Unix seconds.
    #[serde(rename = "last_error_date")]
    pub last_error: Option<i64>,
}

/// One bot on Telegram.
pub struct Telegram {
    wire: wire::Wire,
    bot: String,
    mode: Mode,
    secret: Option<Secret<String>>,
    poll_timeout: Duration,
    call_timeout: Duration,
    retry: Retry,
    pace: Pace,
    front: Option<Kind>,
}

impl Telegram {
    /// Checks the options and makes the HTTP client; does not touch the network.
    pub fn new(options: Options) -> Result<Self, BadOptions> {
        let bot = wire::bot_of(options.token.expose()).ok_or(BadOptions::Token)?;
        let secret_fits = options.secret.as_ref().map(|s| hook::is_secret(s.expose()));
        if secret_fits == Some(false) || (options.mode == Mode::Webhook && secret_fits.is_none()) {
            return Err(BadOptions::Secret);
        }
        let base = wire::base(options.api_url.as_deref()).ok_or(BadOptions::ApiUrl)?;
        let wire = wire::Wire::new(base, options.token).ok_or(BadOptions::Client)?;
        Ok(Self {
            wire,
            bot,
            mode: options.mode,
            secret: options.secret,
            poll_timeout: options.poll_timeout,
            call_timeout: options.call_timeout,
            retry: options.retry,
            pace: Pace::new(options.per_second, options.chat_gap),
            front: options.front,
        })
    }

    /// Poll or webhook.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The path that Telegram calls for this bot; two bots have two.
    #[must_use]
    pub fn hook_path(&self) -> &'static str {
        match self.front {
            Some(Kind::Counselling) => "/hooks/telegram/counselling",
            _ => "/hooks/telegram",
        }
    }

    /// Asks Telegram who we are: the cheapest proof that token and network work.
    pub async fn me(&self) -> Result<Me, Fault> {
        self.call(&GetMe::new()).await
    }

    /// Makes Telegram call `url` (ending in [`Self::hook_path`]) with our secret. Waiting updates are kept.
    pub async fn set_webhook(&self, url: &str) -> Result<(), Fault> {
        let secret_token = self.secret.as_ref().map(|s| s.expose().as_str());
        let payload = SetWebhook { url, secret_token, allowed_updates: ALLOWED_UPDATES };
        self.call::<_, bool>(&payload).await.map(drop)
    }

    /// Ends webhook delivery, so that polling is possible. Waiting updates are kept.
    pub async fn delete_webhook(&self) -> Result<(), Fault> {
        self.call::<_, bool>(&DeleteWebhook::new()).await.map(drop)
    }

    /// Whether a webhook is set, how much waits there, and when it last failed.
    pub async fn webhook(&self) -> Result<Hooked, Fault> {
        self.call(&teloxide::payloads::GetWebhookInfo::new()).await
    }

    /// One `getUpdates`: the raw updates from `offset` on. Asking acknowledges everything below `offset`,
    /// so the caller must have stored it.
    pub(crate) async fn updates(&self, offset: i64) -> Result<Vec<Raw>, Fault> {
        let payload = GetUpdates {
            offset,
            limit: 100,
            timeout: self.poll_timeout.as_secs(),
            allowed_updates: ALLOWED_UPDATES,
        };
        let limit = self.poll_timeout + Duration::from_secs(10);
        let raws: Vec<Box<RawValue>> = self.wire.call(&payload, limit).await?;
        Ok(raws.into_iter().map(|raw| number::raw(raw.get().as_bytes())).collect())
    }

    async fn call<P, T>(&self, payload: &P) -> Result<T, Fault>
    where
        P: Payload + Serialize + Sync,
        T: serde::de::DeserializeOwned,
    {
        self.wire.call(payload, self.call_timeout).await
    }
}

impl Channel for Telegram {
    fn name(&self) -> &'static str {
        NAME
    }

    fn bot(&self) -> &str {
        &self.bot
    }

    fn front(&self) -> Option<Kind> {
        self.front
    }

    fn parse(&self, bytes: &[u8]) -> Result<Update, Unparsable> {
        parse::update(bytes)
    }

    fn canary(&self, words: &str, now: Timestamp) -> Option<Vec<u8>> {
        let message = serde_json::json!({ "message_id": 1, "date": now.as_secs(), "text": words,
            "chat": { "id": 0, "type": "private" } });
        Some(serde_json::json!({ "update_id": 0, "message": message }).to_string().into_bytes())
    }

    fn probe(&self) -> Probing<'_> {
        Box::pin(async move {
            match self.me().await {
                Ok(_) => Ok(()),
                Err(Fault::Refused { .. }) => Err(ProbeFault::Refused),
                Err(_) => Err(ProbeFault::Unreachable),
            }
        })
    }

    fn send<'a>(&'a self, chat: &'a ChatId, what: &'a Outgoing) -> Sending<'a> {
        Box::pin(send::send(self, chat, what))
    }

    fn fetch<'a>(&'a self, file: &'a FileRef) -> Fetching<'a> {
        Box::pin(async move {
            let download = self.file(file).await.map_err(|e| file::fault_of(&e))?;
            Ok(Box::new(download) as Box<dyn Pieces>)
        })
    }
}

/// teloxide's own payload decodes the updates, and loses what it cannot decode; ours asks for raw JSON.
#[derive(Serialize)]
struct GetUpdates {
    offset: i64,
    limit: u8,
    timeout: u64,
    allowed_updates: [&'static str; 4],
}

impl Payload for GetUpdates {
    type Output = Vec<Box<RawValue>>;
    const NAME: &'static str = "getUpdates";
}

/// teloxide's own payload is multipart, for a certificate we never upload.
#[derive(Serialize)]
struct SetWebhook<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_token: Option<&'a str>,
    allowed_updates: [&'static str; 4],
}

impl Payload for SetWebhook<'_> {
    type Output = bool;
    const NAME: &'static str = "setWebhook";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options::new(Secret::new("4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qcK".to_owned()))
    }

    #[test]
    fn the_bot_is_named_by_the_digits_of_its_token() {
        let bot = Telegram::new(options()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((bot.name(), bot.bot()), ("telegram", "4839574812"));
    }

    #[test]
    fn bad_settings_are_named_and_never_quoted() {
        type Spoil = fn(&mut Options);
        let cases: [(Spoil, BadOptions); 6] = [
            (|o| o.token = Secret::new("no-colon".to_owned()), BadOptions::Token),
            (|o| o.token = Secret::new("12a:secret".to_owned()), BadOptions::Token),
            (|o| o.token = Secret::new("12:se/cret".to_owned()), BadOptions::Token),
            (|o| o.api_url = Some("ftp://example.org".to_owned()), BadOptions::ApiUrl),
            (|o| o.mode = Mode::Webhook, BadOptions::Secret),
            (|o| o.secret = Some(Secret::new("has space".to_owned())), BadOptions::Secret),
        ];
        for (spoil, expected) in cases {
            let mut o = options();
            spoil(&mut o);
            assert_eq!(Telegram::new(o).err(), Some(expected));
        }
    }
}
