//! One HTTP call to the Bot API and what its answer means. The only place that knows the token, and the
//! only one that sees a URL: nothing from the wire (URL, description, body) survives into an error.

use std::time::Duration;

use reqwest::{Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use teloxide::requests::Payload;

use crate::channels::http::{self, Answer, Mishap};
use crate::kernel::Secret;

const TELEGRAM: &str = "https://api.telegram.org";
/// A hundred updates are far below this; more is not an answer.
const ANSWER_CAP: usize = 32 * 1024 * 1024;
/// When told to wait without being told how long.
const PLAIN_WAIT: Duration = Duration::from_secs(5);

/// Why a call brought no result. Carries codes only, no text from the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It never came so far, or something in between answered.
    #[error(transparent)]
    OnTheWay(#[from] Mishap),
    /// Telegram itself says that it failed: nothing was done.
    #[error("the server failed ({0})")]
    NotDone(u16),
    /// Telegram said no.
    #[error("refused ({code})")]
    Refused {
        /// Telegram's `error_code`.
        code: i32,
        /// What its description says, as far as we treat cases differently.
        why: Why,
    },
}

/// The refusals that are treated differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The person blocked the bot, or the chat does not exist (any more).
    ChatGone,
    /// The token is wrong or was revoked.
    Token,
    /// What was asked for is already so, or can no longer matter.
    AlreadySo,
    /// Somebody else polls with this token.
    OtherPoller,
    /// A webhook is set, so polling is refused.
    WebhookSet,
    /// The file is larger than a bot may fetch.
    TooBig,
    /// Anything else.
    Other,
}

/// The digits before `:`, if this is a token.
pub(super) fn bot_of(token: &str) -> Option<String> {
    let (bot, secret) = token.split_once(':')?;
    let digits = !bot.is_empty() && bot.bytes().all(|b| b.is_ascii_digit());
    (digits && super::hook::is_secret(secret)).then(|| bot.to_owned())
}

/// The address of the Bot API, or nothing if it is not one.
pub(super) fn base(api_url: Option<&str>) -> Option<Url> {
    http::base(api_url, TELEGRAM)
}

pub(super) struct Wire {
    http: reqwest::Client,
    base: Url,
    token: Secret<String>,
}

impl Wire {
    pub(super) fn new(base: Url, token: Secret<String>) -> Option<Self> {
        let http = http::client(base.scheme() == "https")?;
        Some(Self { http, base, token })
    }

    /// Calls a method. Its name goes out in camelCase: Telegram does not mind the case, emulators do.
    pub(super) async fn call<P, T>(&self, payload: &P, limit: Duration) -> Result<T, Fault>
    where
        P: Payload + Serialize + Sync,
        T: DeserializeOwned,
    {
        let url = self.url(None, &[&camel(P::NAME)])?;
        let response = http::send(self.http.post(url).timeout(limit).json(payload)).await?;
        understand(&http::whole(response, ANSWER_CAP).await?)
    }

    /// Starts the download of a file that `getFile` named.
    pub(super) async fn download(&self, path: &str, limit: Duration) -> Result<Response, Fault> {
        let steps: Vec<&str> = path.split('/').collect();
        let url = self.url(Some("file"), &steps)?;
        let response = http::send(self.http.get(url).timeout(limit)).await?;
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(Mishap::Wait(http::retry_after(&response).unwrap_or(PLAIN_WAIT)).into())
            }
            status if status.is_server_error() => Err(Mishap::Failed(status.as_u16()).into()),
            status => Err(Fault::Refused { code: status.as_u16().into(), why: Why::Other }),
        }
    }

    /// `<base>/[<folder>/]bot<token>/<after…>`.
    fn url(&self, folder: Option<&str>, after: &[&str]) -> Result<Url, Mishap> {
        let bot = format!("bot{}", self.token.expose());
        let steps = folder.into_iter().chain([bot.as_str()]).chain(after.iter().copied());
        http::below(&self.base, steps)
    }
}

/// teloxide names methods in `PascalCase`.
fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

/// Telegram's envelope.
#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    result: Option<Box<RawValue>>,
    error_code: Option<i32>,
    #[serde(default)]
    description: String,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
}

fn understand<T: DeserializeOwned>(answer: &Answer) -> Result<T, Fault> {
    match serde_json::from_slice::<Envelope>(&answer.body) {
        Ok(read) if read.ok && answer.status.is_success() => {
            let result = read.result.ok_or(Mishap::Garbled)?;
            serde_json::from_str(result.get()).map_err(|_| Mishap::Garbled.into())
        }
        Ok(read) if !read.ok => Err(refusal(answer, &read)),
        _ => Err(answer.foreign(PLAIN_WAIT).into()),
    }
}

/// Telegram's own words for no.
fn refusal(answer: &Answer, read: &Envelope) -> Fault {
    let code = read.error_code.unwrap_or_else(|| answer.status.as_u16().into());
    let told = read.parameters.as_ref().and_then(|p| p.retry_after).map(Duration::from_secs);
    match (told, code) {
        (Some(wait), _) => Mishap::Wait(wait).into(),
        (None, 429) => Mishap::Wait(answer.hint.unwrap_or(PLAIN_WAIT)).into(),
        (None, 500..=599) => Fault::NotDone(u16::try_from(code).unwrap_or(500)),
        (None, _) => Fault::Refused { code, why: why(code, &read.description) },
    }
}

/// The description is read here and dropped: it is prose, and could repeat an address.
fn why(code: i32, description: &str) -> Why {
    const GONE: [&str; 7] = [
        "chat not found",
        "user not found",
        "peer_id_invalid",
        "user_is_blocked",
        "user is deactivated",
        "input_user_deactivated",
        "bot was blocked",
    ];
    const SO_ALREADY: [&str; 6] = [
        "message to delete not found",
        "message to edit not found",
        "message is not modified",
        "message_id_invalid",
        "query is too old",
        "query_id_invalid",
    ];
    let text = description.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| text.contains(w));
    match code {
        401 | 404 => Why::Token,
        409 if text.contains("webhook") => Why::WebhookSet,
        409 => Why::OtherPoller,
        403 => Why::ChatGone,
        400 if says(&GONE) => Why::ChatGone,
        400 if says(&SO_ALREADY) => Why::AlreadySo,
        400 if text.contains("file is too big") => Why::TooBig,
        _ => Why::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_answer_has_its_own_meaning() {
        let refused = |code, why| Err(Fault::Refused { code, why });
        let lost = |mishap| Err(Fault::OnTheWay(mishap));
        let cases = [
            (200, r#"{"ok":true,"result":true}"#, Ok(true)),
            (200, r#"{"ok":true,"result":"#, lost(Mishap::Garbled)),
            (200, r#"{"ok":true,"result":"no bool"}"#, lost(Mishap::Garbled)),
            (200, r#"{"ok":true}"#, lost(Mishap::Garbled)),
            (200, "<html>", lost(Mishap::Garbled)),
            (500, r#"{"ok":false,"error_code":500,"description":"Internal"}"#, Err(Fault::NotDone(500))),
            (502, "<html>Bad Gateway", lost(Mishap::Failed(502))),
            (503, "<html>", lost(Mishap::Barred(503))),
            (407, "<html>", lost(Mishap::Barred(407))),
            (302, "", lost(Mishap::Barred(302))),
            (429, "", lost(Mishap::Wait(PLAIN_WAIT))),
            (
                429,
                r#"{"ok":false,"error_code":429,"description":"Too Many","parameters":{"retry_after":7}}"#,
                lost(Mishap::Wait(Duration::from_secs(7))),
            ),
            (401, r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#, refused(401, Why::Token)),
            (
                403,
                r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#,
                refused(403, Why::ChatGone),
            ),
            (
                400,
                r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
                refused(400, Why::ChatGone),
            ),
            (
                400,
                r#"{"ok":false,"error_code":400,"description":"Bad Request: message text is empty"}"#,
                refused(400, Why::Other),
            ),
            (
                409,
                r#"{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}"#,
                refused(409, Why::OtherPoller),
            ),
            (
                409,
                r#"{"ok":false,"error_code":409,"description":"Conflict: can't use getUpdates method while webhook is active"}"#,
                refused(409, Why::WebhookSet),
            ),
        ];
        for (status, body, expected) in cases {
            assert_eq!(understand::<bool>(&Answer::of(status, body)), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_base_with_a_path_and_a_slash_is_kept() {
        let base = base(Some("http://127.0.0.1:9/telegram/")).expect("a base");
        let wire = Wire::new(base, Secret::new("1:abc".to_owned())).expect("a client");
        let url = wire.url(Some("file"), &["photos", "a b.jpg"]).expect("a url");
        assert_eq!(url.as_str(), "http://127.0.0.1:9/telegram/file/bot1:abc/photos/a%20b.jpg");
    }
}
