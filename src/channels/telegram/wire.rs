//! One HTTP call to the Bot API and what its answer means. The only place that knows the token, and the
//! only one that sees a URL: nothing from the wire (URL, description, body) survives into an error.

use std::time::Duration;

use reqwest::{Response, StatusCode, Url, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use teloxide::requests::Payload;

use crate::kernel::Secret;

const TELEGRAM: &str = "https://api.telegram.org";
/// A hundred updates are far below this; more is not an answer.
const ANSWER_CAP: usize = 32 * 1024 * 1024;
/// When told to wait without being told how long.
const PLAIN_WAIT: Duration = Duration::from_secs(5);

/// Why a call brought no result. Carries codes only, no text from the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No connection was made: nothing left.
    #[error("no connection")]
    NoConnection,
    /// The request left, and the answer did not come in time or not whole.
    #[error("the answer was cut off or did not come in time")]
    Cut,
    /// A success whose content makes no sense.
    #[error("the answer makes no sense")]
    Garbled,
    /// Something between us and Telegram failed; Telegram may have done it all the same.
    #[error("a gateway failed ({0})")]
    Gateway(u16),
    /// Telegram itself says that it failed, or that nothing was passed on.
    #[error("the server failed ({0})")]
    Failed(u16),
    /// Something that is not Telegram refused to let us through.
    #[error("barred on the way ({0})")]
    Barred(u16),
    /// Too much at once; try again after this long.
    #[error("asked to wait")]
    Wait(Duration),
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
    let url = Url::parse(api_url.unwrap_or(TELEGRAM)).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

pub(super) struct Wire {
    http: reqwest::Client,
    base: Url,
    token: Secret<String>,
}

impl Wire {
    /// No proxy from the environment (an operator names one as `api_url`), no redirects: a redirect would
    /// hand the token to another host.
    pub(super) fn new(base: Url, token: Secret<String>) -> Option<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .https_only(base.scheme() == "https")
            .tcp_nodelay(true)
            .build()
            .ok()?;
        Some(Self { http, base, token })
    }

    /// Calls a method. Its name goes out in camelCase: Telegram does not mind the case, emulators do.
    pub(super) async fn call<P, T>(&self, payload: &P, limit: Duration) -> Result<T, Fault>
    where
        P: Payload + Serialize + Sync,
        T: DeserializeOwned,
    {
        let url = self.url(&["bot"], &[&camel(P::NAME)]).ok_or(Fault::NoConnection)?;
        let request = self.http.post(url).timeout(limit).json(payload);
        let response = request.send().await.map_err(|e| sending(&e))?;
        let (status, hint) = (response.status(), retry_after(&response));
        let body = whole(response).await?;
        understand(status, hint, &body)
    }

    /// Starts the download of a file that `getFile` named.
    pub(super) async fn download(&self, path: &str, limit: Duration) -> Result<Response, Fault> {
        let steps: Vec<&str> = path.split('/').collect();
        let url = self.url(&["file", "bot"], &steps).ok_or(Fault::NoConnection)?;
        let response = self.http.get(url).timeout(limit).send().await.map_err(|e| sending(&e))?;
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::TOO_MANY_REQUESTS => Err(Fault::Wait(retry_after(&response).unwrap_or(PLAIN_WAIT))),
            status if status.is_server_error() => Err(Fault::Gateway(status.as_u16())),
            status => Err(Fault::Refused { code: status.as_u16().into(), why: Why::Other }),
        }
    }

    /// `<base>/<before…><token>/<after…>`; the last of `before` is glued to the token.
    fn url(&self, before: &[&str], after: &[&str]) -> Option<Url> {
        let mut url = self.base.clone();
        {
            let mut path = url.path_segments_mut().ok()?;
            path.pop_if_empty();
            let (glued, folders) = before.split_last()?;
            path.extend(folders);
            path.push(&format!("{glued}{}", self.token.expose()));
            path.extend(after);
        }
        Some(url)
    }
}

/// teloxide names methods in `PascalCase`.
fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

/// Whether the request may have left decides everything: only a failed connection is surely nothing sent.
fn sending(error: &reqwest::Error) -> Fault {
    if error.is_connect() || error.is_builder() { Fault::NoConnection } else { Fault::Cut }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

async fn whole(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Fault::Cut)? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_CAP {
            return Err(Fault::Garbled);
        }
    }
    Ok(body)
}

/// Telegram's envelope.
#[derive(Deserialize)]
struct Answer {
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

fn understand<T: DeserializeOwned>(
    status: StatusCode,
    hint: Option<Duration>,
    body: &[u8],
) -> Result<T, Fault> {
    match serde_json::from_slice::<Answer>(body) {
        Ok(answer) if answer.ok && status.is_success() => {
            let result = answer.result.ok_or(Fault::Garbled)?;
            serde_json::from_str(result.get()).map_err(|_| Fault::Garbled)
        }
        Ok(answer) if !answer.ok => Err(refusal(status, hint, &answer)),
        _ => Err(not_telegram(status, hint)),
    }
}

/// Telegram's own words for no.
fn refusal(status: StatusCode, hint: Option<Duration>, answer: &Answer) -> Fault {
    let code = answer.error_code.unwrap_or_else(|| status.as_u16().into());
    let told = answer.parameters.as_ref().and_then(|p| p.retry_after).map(Duration::from_secs);
    match (told, code) {
        (Some(wait), _) => Fault::Wait(wait),
        (None, 429) => Fault::Wait(hint.unwrap_or(PLAIN_WAIT)),
        (None, 500..=599) => Fault::Failed(u16::try_from(code).unwrap_or(500)),
        (None, _) => Fault::Refused { code, why: why(code, &answer.description) },
    }
}

/// An answer without the envelope comes from something in between. A 503 was not passed on; after any
/// other 5xx (a gateway that lost its upstream) the request may have been done.
fn not_telegram(status: StatusCode, hint: Option<Duration>) -> Fault {
    match status.as_u16() {
        200..=299 => Fault::Garbled,
        429 => Fault::Wait(hint.unwrap_or(PLAIN_WAIT)),
        503 => Fault::Failed(503),
        code @ (408 | 500..=599) => Fault::Gateway(code),
        code => Fault::Barred(code),
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

    fn ask(status: u16, body: &str) -> Result<bool, Fault> {
        understand(StatusCode::from_u16(status).expect("a status"), None, body.as_bytes())
    }

    #[test]
    fn every_kind_of_answer_has_its_own_meaning() {
        let refused = |code, why| Err(Fault::Refused { code, why });
        let cases = [
            (200, r#"{"ok":true,"result":true}"#, Ok(true)),
            (200, r#"{"ok":true,"result":"#, Err(Fault::Garbled)),
            (200, r#"{"ok":true,"result":"no bool"}"#, Err(Fault::Garbled)),
            (200, r#"{"ok":true}"#, Err(Fault::Garbled)),
            (200, "<html>", Err(Fault::Garbled)),
            (500, r#"{"ok":false,"error_code":500,"description":"Internal"}"#, Err(Fault::Failed(500))),
            (502, "<html>Bad Gateway", Err(Fault::Gateway(502))),
            (503, "<html>", Err(Fault::Failed(503))),
            (407, "<html>", Err(Fault::Barred(407))),
            (302, "", Err(Fault::Barred(302))),
            (429, "", Err(Fault::Wait(PLAIN_WAIT))),
            (
                429,
                r#"{"ok":false,"error_code":429,"description":"Too Many","parameters":{"retry_after":7}}"#,
                Err(Fault::Wait(Duration::from_secs(7))),
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
            assert_eq!(ask(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_base_with_a_path_and_a_slash_is_kept() {
        let base = base(Some("http://127.0.0.1:9/telegram/")).expect("a base");
        let wire = Wire::new(base, Secret::new("1:abc".to_owned())).expect("a client");
        let url = wire.url(&["file", "bot"], &["photos", "a b.jpg"]).expect("a url");
        assert_eq!(url.as_str(), "http://127.0.0.1:9/telegram/file/bot1:abc/photos/a%20b.jpg");
    }
}
