//! Matrix, as an application service: our homeserver pushes what concerns our one user, and we speak in that user's
//! name.
//!
//! The homeserver repeats what it pushes until it hears 200, in strict order, so 200 follows the commit. It knows a
//! message of ours again by the number we give it, so that a send whose outcome is unknown is simply sent again: the
//! one messenger here that need not ask a person. There is no end-to-end encryption through an application service:
//! both homeservers read everything, and people are told so first.
//!
//! Only the homeserver that the operator named is ever called. Rooms, people and tokens stay out of errors, which
//! carry codes and nothing from the wire.

mod file;
mod hook;
mod parse;
mod registration;
mod room;
mod send;
mod wire;

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Url;
use serde_json::json;
use tokio::sync::OnceCell;

pub use hook::{PUSH_CAP, routes};
pub use registration::{ID, registration};
pub use wire::Fault;

use crate::channels::http;
use crate::channels::pace::Pace;
use crate::domain::dialogue::Manner;
use crate::kernel::id::RowId;
use crate::kernel::{Entropy, Secret, Timestamp};
use crate::service::Hotline;
use crate::service::channel::{
    Channel, ChatId, Fetching, FileRef, Outgoing, Pieces, ProbeFault, Probing, SendFault, Sending,
    Unparsable, Update,
};

/// The channel's name in rows, metrics and routes.
pub const NAME: &str = "matrix";
/// The longest message, in UTF-16 units: far below an event's 65,536 bytes, and still to be read on a phone.
pub const LONGEST: usize = 4_000;
/// The largest file fetched, in bytes.
pub const MAX_FILE: u64 = 50 * 1024 * 1024;
/// The fewest characters of a token.
const SHORTEST_TOKEN: usize = 16;

/// What the operator chose; see `TINAN_MATRIX__*`.
pub struct Options {
    /// Where our homeserver answers clients; the only address that is called.
    pub homeserver: String,
    /// Our user, `@name:server`.
    pub user: String,
    /// What we show to the homeserver.
    pub as_token: Secret<String>,
    /// What the homeserver shows to us.
    pub hs_token: Secret<String>,
    /// How long a call may take before its outcome counts as unknown.
    pub call_timeout: Duration,
    /// Between two messages to one room.
    pub chat_gap: Duration,
    /// Messages a second over all rooms.
    pub per_second: u32,
}

/// Why the channel cannot be built; names the setting, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadOptions {
    /// Not an address.
    #[error("matrix.homeserver is not an http or https address")]
    Homeserver,
    /// Not a user.
    #[error("matrix.user is not of the form @name:server")]
    User,
    /// The token we show.
    #[error("matrix.as_token must be 16 or more letters, digits, - or _")]
    AsToken,
    /// The token we are shown.
    #[error(
        "matrix.hs_token must be 16 or more letters, digits, - or _, and not the same as matrix.as_token"
    )]
    HsToken,
    /// The HTTP client could not be made.
    #[error("the HTTP client for matrix could not be made")]
    Client,
}

/// Our user on our homeserver.
pub struct Matrix {
    wire: wire::Wire,
    user: String,
    hs_token: Secret<String>,
    call_timeout: Duration,
    pace: Pace,
    entropy: Entropy,
    /// Whether the homeserver knows a device of ours, once the user is there.
    present: OnceCell<bool>,
    hotline: OnceLock<Hotline>,
}

impl Matrix {
    /// Checks the options and makes the HTTP client; does not touch the network.
    pub fn new(options: Options, entropy: Entropy) -> Result<Self, BadOptions> {
        let base = Some(options.homeserver.as_str()).filter(|set| !set.is_empty());
        let base =
            base.and_then(|set| http::base(Some(set), set)).filter(bare).ok_or(BadOptions::Homeserver)?;
        if !is_user(&options.user) {
            return Err(BadOptions::User);
        }
        if !is_token(options.as_token.expose()) {
            return Err(BadOptions::AsToken);
        }
        let told = options.hs_token.expose();
        if !is_token(told) || told == options.as_token.expose() {
            return Err(BadOptions::HsToken);
        }
        let wire = wire::Wire::new(base, options.as_token).ok_or(BadOptions::Client)?;
        Ok(Self {
            wire,
            user: options.user,
            hs_token: options.hs_token,
            call_timeout: options.call_timeout,
            pace: Pace::new(options.per_second, options.chat_gap),
            entropy,
            present: OnceCell::new(),
            hotline: OnceLock::new(),
        })
    }

    /// Gives the service, which takes what was written in a room before we were let in.
    pub fn open(&self, hotline: &Hotline) {
        let _ = self.hotline.set(hotline.clone());
    }

    /// Makes our user at the homeserver, unless it is there.
    pub async fn appear(&self) -> Result<(), Fault> {
        self.present.get_or_try_init(|| room::appear(self)).await.map(drop)
    }

    /// Asks the homeserver who we are: the cheapest proof that address and token are right.
    pub async fn whoami(&self) -> Result<bool, Fault> {
        room::whoami(self).await.map(|user| user == self.user)
    }

    /// Makes the homeserver call us, so that what it held back while we were away comes at once.
    pub async fn ping(&self) -> Result<(), Fault> {
        room::ping(self).await
    }
}

impl Channel for Matrix {
    fn name(&self) -> &'static str {
        NAME
    }

    fn bot(&self) -> &str {
        &self.user
    }

    fn manner(&self) -> Manner {
        Manner::Room { longest: LONGEST }
    }

    fn parse(&self, bytes: &[u8]) -> Result<Update, Unparsable> {
        parse::update(&self.user, bytes)
    }

    fn moment(&self, bytes: &[u8]) -> Option<i64> {
        parse::moment(bytes)
    }

    fn canary(&self, words: &str, now: Timestamp) -> Option<Vec<u8>> {
        let event = json!({ "type": "m.room.message", "room_id": "!canary", "sender": "@canary",
            "event_id": "$canary", "origin_server_ts": now.as_millis(),
            "content": { "msgtype": "m.text", "body": words } });
        Some(event.to_string().into_bytes())
    }

    fn probe(&self) -> Probing<'_> {
        Box::pin(async move {
            match self.whoami().await {
                Ok(true) => Ok(()),
                Ok(false) | Err(Fault::Token | Fault::Refused { .. }) => Err(ProbeFault::Refused),
                Err(_) => Err(ProbeFault::Unreachable),
            }
        })
    }

    fn send<'a>(&'a self, chat: &'a ChatId, what: &'a Outgoing) -> Sending<'a> {
        Box::pin(async move {
            let name = RowId::random(&self.entropy).map_err(|_| SendFault::Unreachable)?;
            send::send(self, name, chat, what).await
        })
    }

    fn knows_repeats(&self) -> bool {
        true
    }

    fn send_named<'a>(&'a self, name: RowId, chat: &'a ChatId, what: &'a Outgoing) -> Sending<'a> {
        Box::pin(send::send(self, name, chat, what))
    }

    fn fetch<'a>(&'a self, file: &'a FileRef) -> Fetching<'a> {
        Box::pin(async move {
            let file = file::open(self, file).await?;
            Ok(Box::new(file) as Box<dyn Pieces>)
        })
    }
}

/// A query or a name in the address would be sent along with every call.
fn bare(base: &Url) -> bool {
    base.query().is_none() && base.fragment().is_none() && base.username().is_empty()
}

/// `@name:server`, in the letters that servers give out.
fn is_user(text: &str) -> bool {
    let Some((name, server)) = text.strip_prefix('@').and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let named = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._=-/+".contains(&b);
    let served = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    text.len() <= 255
        && !name.is_empty()
        && !server.is_empty()
        && name.bytes().all(named)
        && server.bytes().all(served)
}

fn is_token(text: &str) -> bool {
    text.len() >= SHORTEST_TOKEN && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests;
