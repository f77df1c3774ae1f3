//! One HTTP call to Zalo's Bot API and what its answer means. The only place that knows the token, and the only one
//! that sees a URL: nothing from the wire (URL, description, body) survives into an error.

use std::time::Duration;

use reqwest::{Response, StatusCode, Url, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::channels::http::{self, Unread};
use crate::kernel::Secret;

const ZALO: &str = "https://bot-api.zaloplatforms.com";
/// An update is a few kilobytes; more is not an answer.
const ANSWER_CAP: usize = 4 * 1024 * 1024;
/// When a quota is used up and nobody says until when.
const QUOTA_WAIT: Duration = Duration::from_mins(1);

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
    /// Something failed on the way or inside; it may have been done all the same.
    #[error("a server failed ({0})")]
    Failed(u16),
    /// Nothing was passed on: busy, or barred on the way.
    #[error("not let through ({0})")]
    Barred(u16),
    /// A quota is used up; try again after this long.
    #[error("asked to wait")]
    Wait(Duration),
    /// The token is wrong or was reset.
    #[error("the token is refused")]
    Token,
    /// Zalo said no, with this code.
    #[error("refused ({0})")]
    Refused(i32),
}

/// The digits before `:`, if this is a token.
pub(super) fn bot_of(token: &str) -> Option<String> {
    let (bot, secret) = token.split_once(':')?;
    let digits = !bot.is_empty() && bot.bytes().all(|b| b.is_ascii_digit());
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (digits && !secret.is_empty() && secret.bytes().all(plain)).then(|| bot.to_owned())
}

/// The address of the Bot API, or nothing if it is not one.
pub(super) fn base(api_url: Option<&str>) -> Option<Url> {
    http::base(api_url, ZALO)
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

    /// Calls a method that answers with something.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        body: &Value,
        limit: Duration,
    ) -> Result<T, Fault> {
        let result = self.ask(method, body, limit).await?.ok_or(Fault::Garbled)?;
        serde_json::from_str(result.get()).map_err(|_| Fault::Garbled)
    }

    /// Calls a method; its result, if it has one. Names of methods are case-sensitive here.
    pub(super) async fn ask(
        &self,
        method: &str,
        body: &Value,
        limit: Duration,
    ) -> Result<Option<Box<RawValue>>, Fault> {
        let url = self.url(method).ok_or(Fault::NoConnection)?;
        let sent = self.http.post(url).timeout(limit).json(body).send().await;
        let response =
            sent.map_err(|e| if http::never_left(&e) { Fault::NoConnection } else { Fault::Cut })?;
        let (status, hint) = (response.status(), retry_after(&response));
        let body = http::whole(response, ANSWER_CAP).await.map_err(|unread| match unread {
            Unread::Cut => Fault::Cut,
            Unread::TooLong => Fault::Garbled,
        })?;
        understand(status, hint, &body)
    }

    fn url(&self, method: &str) -> Option<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .push(&format!("bot{}", self.token.expose()))
            .push(method);
        Some(url)
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Zalo's envelope. Refusals usually come with HTTP 200; one method spells the code in another way.
#[derive(Deserialize)]
struct Answer {
    ok: bool,
    result: Option<Box<RawValue>>,
    #[serde(alias = "errorCode")]
    error_code: Option<i32>,
}

fn understand(
    status: StatusCode,
    hint: Option<Duration>,
    body: &[u8],
) -> Result<Option<Box<RawValue>>, Fault> {
    match serde_json::from_slice::<Answer>(body) {
        Ok(answer) if answer.ok && status.is_success() => Ok(answer.result),
        Ok(Answer { ok: false, error_code, .. }) => {
            Err(refusal(error_code.unwrap_or_else(|| status.as_u16().into()), hint))
        }
        _ => Err(not_zalo(status, hint)),
    }
}

/// Zalo's own no. Its 403 is an "internal error": nobody knows what was done.
fn refusal(code: i32, hint: Option<Duration>) -> Fault {
    match code {
        401 => Fault::Token,
        426 | 429 => Fault::Wait(hint.unwrap_or(QUOTA_WAIT)),
        503 => Fault::Barred(503),
        403 | 500..=599 => Fault::Failed(u16::try_from(code).unwrap_or(500)),
        code => Fault::Refused(code),
    }
}

/// An answer without the envelope comes from something in between. A 503 was not passed on; after any other 5xx (a
/// gateway that lost its upstream) the request may have been done.
fn not_zalo(status: StatusCode, hint: Option<Duration>) -> Fault {
    match status.as_u16() {
        200..=299 => Fault::Garbled,
        429 => Fault::Wait(hint.unwrap_or(QUOTA_WAIT)),
        503 => Fault::Barred(503),
        code @ (408 | 500..=599) => Fault::Failed(code),
        code => Fault::Barred(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_answer_has_its_own_meaning() {
        let no = |code: i32| format!(r#"{{"ok":false,"error_code":{code},"description":"chat 17 said: x"}}"#);
        let cases = [
            (200, r#"{"ok":true}"#.to_owned(), None),
            (200, r#"{"ok":true,"result":{"#.to_owned(), Some(Fault::Garbled)),
            (200, "<html>".to_owned(), Some(Fault::Garbled)),
            (200, no(400), Some(Fault::Refused(400))),
            (200, no(401), Some(Fault::Token)),
            (200, no(403), Some(Fault::Failed(403))),
            (200, no(404), Some(Fault::Refused(404))),
            (200, no(408), Some(Fault::Refused(408))),
            (200, no(429), Some(Fault::Wait(QUOTA_WAIT))),
            (200, r#"{"ok":false,"errorCode":426}"#.to_owned(), Some(Fault::Wait(QUOTA_WAIT))),
            (200, no(500), Some(Fault::Failed(500))),
            (401, r#"{"ok":false}"#.to_owned(), Some(Fault::Token)),
            (429, String::new(), Some(Fault::Wait(QUOTA_WAIT))),
            (502, "<html>".to_owned(), Some(Fault::Failed(502))),
            (503, "<html>".to_owned(), Some(Fault::Barred(503))),
            (302, String::new(), Some(Fault::Barred(302))),
            (407, String::new(), Some(Fault::Barred(407))),
        ];
        for (status, body, expected) in cases {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(understand(status, None, body.as_bytes()).err(), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_base_with_a_path_and_a_slash_is_kept() {
        let base = base(Some("http://127.0.0.1:9/zalo/")).expect("a base");
        let wire = Wire::new(base, Secret::new("1:abc".to_owned())).expect("a client");
        let url = wire.url("sendMessage").expect("a url");
        assert_eq!(url.as_str(), "http://127.0.0.1:9/zalo/bot1:abc/sendMessage");
    }
}
