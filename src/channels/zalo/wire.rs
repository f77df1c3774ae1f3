//! One HTTP call to Zalo's Bot API and what its answer means. The only place that knows the token, and the only one
//! that sees a URL: nothing from the wire (URL, description, body) survives into an error.

use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::channels::http::{self, Answer, Mishap};
use crate::kernel::Secret;

const ZALO: &str = "https://bot-api.zaloplatforms.com";
/// An update is a few kilobytes; more is not an answer.
const ANSWER_CAP: usize = 4 * 1024 * 1024;
/// When a quota is used up and nobody says until when.
const QUOTA_WAIT: Duration = Duration::from_mins(1);

/// Why a call brought no result. Carries codes only, no text from the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It never came so far, or something in between answered.
    #[error(transparent)]
    OnTheWay(#[from] Mishap),
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
        let result = self.ask(method, body, limit).await?.ok_or(Mishap::Garbled)?;
        serde_json::from_str(result.get()).map_err(|_| Mishap::Garbled.into())
    }

    /// Calls a method; its result, if it has one. Names of methods are case-sensitive here.
    pub(super) async fn ask(
        &self,
        method: &str,
        body: &Value,
        limit: Duration,
    ) -> Result<Option<Box<RawValue>>, Fault> {
        let url = self.url(method)?;
        let response = http::send(self.http.post(url).timeout(limit).json(body)).await?;
        understand(&http::whole(response, ANSWER_CAP).await?)
    }

    fn url(&self, method: &str) -> Result<Url, Mishap> {
        let bot = format!("bot{}", self.token.expose());
        http::below(&self.base, [bot.as_str(), method])
    }
}

/// Zalo's envelope. Refusals usually come with HTTP 200; one method spells the code in another way.
#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    result: Option<Box<RawValue>>,
    #[serde(alias = "errorCode")]
    error_code: Option<i32>,
}

fn understand(answer: &Answer) -> Result<Option<Box<RawValue>>, Fault> {
    match serde_json::from_slice::<Envelope>(&answer.body) {
        Ok(read) if read.ok && answer.status.is_success() => Ok(read.result),
        Ok(Envelope { ok: false, error_code, .. }) => {
            Err(refusal(error_code.unwrap_or_else(|| answer.status.as_u16().into()), answer.hint))
        }
        _ => Err(answer.foreign(QUOTA_WAIT).into()),
    }
}

/// Zalo's own no. Its 403 is an "internal error": nobody knows what was done.
fn refusal(code: i32, hint: Option<Duration>) -> Fault {
    match code {
        401 => Fault::Token,
        426 | 429 => Mishap::Wait(hint.unwrap_or(QUOTA_WAIT)).into(),
        503 => Mishap::Barred(503).into(),
        403 | 500..=599 => Mishap::Failed(u16::try_from(code).unwrap_or(500)).into(),
        code => Fault::Refused(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_answer_has_its_own_meaning() {
        let no = |code: i32| format!(r#"{{"ok":false,"error_code":{code},"description":"chat 17 said: x"}}"#);
        let lost = |mishap| Some(Fault::OnTheWay(mishap));
        let cases = [
            (200, r#"{"ok":true}"#.to_owned(), None),
            (200, r#"{"ok":true,"result":{"#.to_owned(), lost(Mishap::Garbled)),
            (200, "<html>".to_owned(), lost(Mishap::Garbled)),
            (200, no(400), Some(Fault::Refused(400))),
            (200, no(401), Some(Fault::Token)),
            (200, no(403), lost(Mishap::Failed(403))),
            (200, no(404), Some(Fault::Refused(404))),
            (200, no(408), Some(Fault::Refused(408))),
            (200, no(429), lost(Mishap::Wait(QUOTA_WAIT))),
            (200, r#"{"ok":false,"errorCode":426}"#.to_owned(), lost(Mishap::Wait(QUOTA_WAIT))),
            (200, no(500), lost(Mishap::Failed(500))),
            (401, r#"{"ok":false}"#.to_owned(), Some(Fault::Token)),
            (429, String::new(), lost(Mishap::Wait(QUOTA_WAIT))),
            (502, "<html>".to_owned(), lost(Mishap::Failed(502))),
            (503, "<html>".to_owned(), lost(Mishap::Barred(503))),
            (302, String::new(), lost(Mishap::Barred(302))),
            (407, String::new(), lost(Mishap::Barred(407))),
        ];
        for (status, body, expected) in cases {
            assert_eq!(understand(&Answer::of(status, &body)).err(), expected, "{status} {body}");
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
