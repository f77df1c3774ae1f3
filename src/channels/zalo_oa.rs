//! A Zalo Official Account: people write to the account of the body itself.
//!
//! Zalo calls us and wants an answer within two seconds; who does not answer for about an hour is unsubscribed. What
//! it sends is signed. We may answer a person freely for two days after their last message, at a price until the
//! seventh, and after that not at all: the code stays the way back. Access tokens end after a day and are renewed with
//! a token that counts once: see `keeper`.
//!
//! Neither a URL nor a header nor a body leaves this folder: errors are our own and carry a code.

mod hook;
mod keeper;
mod parse;
mod send;
mod wire;

use std::sync::Arc;
use std::time::Duration;

pub use hook::{SIGNATURE_HEADER, routes, signature};
pub use keeper::NoAccess;
pub use wire::Fault;

use serde_json::json;

use crate::channels::media::Media;
use crate::channels::pace::Pace;
use crate::domain::dialogue::Manner;
use crate::kernel::{Secret, Timestamp};
use crate::service::Hotline;
use crate::service::channel::{
    Channel, ChatId, Fetching, FileRef, Outgoing, Pieces, ProbeFault, Probing, Sending, Unparsable, Update,
};

/// The channel's name in rows, metrics and routes.
pub const NAME: &str = "zalo_oa";
/// The path that Zalo calls.
pub const HOOK: &str = "/hooks/zalo/oa";
/// The longest message, in UTF-16 units.
pub const LONGEST: usize = 2_000;
/// What Zalo answers when token or application do not count at this account.
const UNKNOWN: [i32; 3] = [-216, -219, -220];
/// The largest file fetched, in bytes.
pub const MAX_FILE: u64 = 10 * 1024 * 1024;
/// What the operator chose; see `TINAN_ZALO_OA__*`.
pub struct Options {
    /// Of the application at Zalo's developers' site.
    pub app_id: String,
    /// Of the account.
    pub oa_id: String,
    /// The account's secret, with which Zalo signs what it sends.
    pub secret_key: Secret<String>,
    /// The application's secret, for renewing tokens.
    pub app_secret: Secret<String>,
    /// The first refresh token; from then on the stored one counts.
    pub refresh_token: Secret<String>,
    /// Where messages are sent; Zalo's own when absent.
    pub api_url: Option<String>,
    /// Where tokens are renewed; Zalo's own when absent.
    pub oauth_url: Option<String>,
    /// How long a call may take before its outcome counts as unknown.
    pub call_timeout: Duration,
    /// Messages a second over all chats; Zalo allows 4,000 calls a minute.
    pub per_second: u32,
    /// Between two messages to one chat.
    pub chat_gap: Duration,
}

/// Why an account cannot be built; names the setting, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadOptions {
    /// Not a number.
    #[error("zalo_oa.app_id must be the application's number")]
    AppId,
    /// Not a number.
    #[error("zalo_oa.oa_id must be the account's number")]
    OaId,
    /// Not an http(s) URL.
    #[error("zalo_oa.api_url is not an http or https address")]
    ApiUrl,
    /// Not an http(s) URL.
    #[error("zalo_oa.oauth_url is not an http or https address")]
    OauthUrl,
    /// The HTTP client could not be made.
    #[error("the HTTP client for zalo_oa could not be made")]
    Client,
}

/// One Official Account.
pub struct ZaloOa {
    wire: Arc<wire::Wire>,
    media: Media,
    keeper: Arc<keeper::Keeper>,
    app_id: String,
    oa_id: String,
    secret_key: Secret<String>,
    pace: Pace,
}

impl ZaloOa {
    /// Checks the options and makes the HTTP clients; does not touch the network.
    pub fn new(options: Options) -> Result<Self, BadOptions> {
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !number(&options.app_id) {
            return Err(BadOptions::AppId);
        }
        if !number(&options.oa_id) {
            return Err(BadOptions::OaId);
        }
        let api = wire::api(options.api_url.as_deref()).ok_or(BadOptions::ApiUrl)?;
        let oauth = wire::oauth(options.oauth_url.as_deref()).ok_or(BadOptions::OauthUrl)?;
        let media = Media::new(&api, MAX_FILE).ok_or(BadOptions::Client)?;
        let app = wire::App { id: options.app_id.clone(), secret: options.app_secret };
        let wire = wire::Wire::new(api, oauth, app, options.call_timeout).ok_or(BadOptions::Client)?;
        Ok(Self {
            wire: Arc::new(wire),
            media,
            keeper: Arc::new(keeper::Keeper::new(options.oa_id.clone(), options.refresh_token)),
            app_id: options.app_id,
            oa_id: options.oa_id,
            secret_key: options.secret_key,
            pace: Pace::new(options.per_second, options.chat_gap),
        })
    }

    /// Gives the account the service that keeps its tokens and knows the time. Before, nothing is taken or sent.
    pub fn open(&self, hotline: &Hotline) {
        self.keeper.open(hotline);
    }

    /// Renews the tokens when half of their time is over, long before anybody needs the new ones.
    pub async fn tend(&self) -> Result<(), NoAccess> {
        self.keeper.tend(&self.wire).await
    }

    /// Asks Zalo for nobody's profile with this access token: what it answers tells whether token, application and
    /// account count. The code of its answer.
    pub async fn probe(&self, access: &Secret<String>) -> Result<i32, Fault> {
        self.wire.probe(access).await
    }
}

impl Channel for ZaloOa {
    fn name(&self) -> &'static str {
        NAME
    }

    fn bot(&self) -> &str {
        &self.oa_id
    }

    fn manner(&self) -> Manner {
        Manner::Plain { longest: LONGEST }
    }

    fn parse(&self, bytes: &[u8]) -> Result<Update, Unparsable> {
        parse::update(bytes)
    }

    fn moment(&self, bytes: &[u8]) -> Option<i64> {
        parse::moment(bytes)
    }

    fn canary(&self, words: &str, now: Timestamp) -> Option<Vec<u8>> {
        let update = json!({ "app_id": self.app_id, "event_name": "user_send_text",
            "timestamp": now.as_millis().to_string(), "sender": { "id": "canary" },
            "recipient": { "id": self.oa_id }, "message": { "msg_id": "canary", "text": words } });
        Some(update.to_string().into_bytes())
    }

    fn probe(&self) -> Probing<'_> {
        Box::pin(async move {
            let access = self.keeper.access(&self.wire, None).await.map_err(|e| match e {
                NoAccess::Refused => ProbeFault::Refused,
                NoAccess::NotNow => ProbeFault::Unreachable,
            })?;
            match self.wire.probe(&access).await {
                Ok(code) if UNKNOWN.contains(&code) => Err(ProbeFault::Refused),
                Ok(_) => Ok(()),
                Err(Fault::Refused(_)) => Err(ProbeFault::Refused),
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
