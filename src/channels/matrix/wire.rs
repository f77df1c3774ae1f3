//! One call to the homeserver and what its answer means. The only place that knows our token, and the only one that
//! sees a URL: nothing from the wire survives into an error but codes.

use std::time::Duration;

use reqwest::{Method, Response, Url};
use serde::Deserialize;
use serde_json::Value;

use crate::channels::http::{self, Answer, Mishap};
use crate::kernel::Secret;

/// A hundred events of 64 KiB are the largest answer there is.
const ANSWER_CAP: usize = 8 * 1024 * 1024;
/// When told to wait without being told how long.
const PLAIN_WAIT: Duration = Duration::from_secs(5);
/// The name of our device.
pub(super) const DEVICE: &str = "TINAN";

/// What the homeserver's own no means, as far as we tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// We may not: not in the room, or without the right.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The user is there already.
    Taken,
    /// It does not know our device.
    Device,
    /// Anything else.
    Other,
}

/// Why a call brought no result. Carries codes only, no text from the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It never came so far, or something in between answered.
    #[error(transparent)]
    OnTheWay(#[from] Mishap),
    /// The homeserver does not know our token.
    #[error("the token is refused")]
    Token,
    /// The homeserver said no.
    #[error("refused ({status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it means.
        why: Why,
    },
}

/// A call that is about to be made.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// The steps of the path, each as it is; encoded on the way.
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) body: Option<&'a Value>,
}

impl<'a> Call<'a> {
    pub(super) const fn get(path: &'a [&'a str]) -> Self {
        Self { method: Method::GET, path, query: &[], body: None }
    }

    pub(super) const fn post(path: &'a [&'a str], body: &'a Value) -> Self {
        Self { method: Method::POST, path, query: &[], body: Some(body) }
    }

    pub(super) const fn put(path: &'a [&'a str], body: &'a Value) -> Self {
        Self { method: Method::PUT, path, query: &[], body: Some(body) }
    }
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

    /// Makes a call that answers with JSON.
    pub(super) async fn ask(&self, call: &Call<'_>, limit: Duration) -> Result<Value, Fault> {
        let response = self.start(call, limit).await?;
        understand(&http::whole(response, ANSWER_CAP).await?)
    }

    /// Starts a download.
    pub(super) async fn download(&self, call: &Call<'_>, limit: Duration) -> Result<Response, Fault> {
        let response = self.start(call, limit).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        // what broke off still says its status
        let bare = Answer { status: response.status(), hint: http::retry_after(&response), body: Vec::new() };
        let answer = http::whole(response, ANSWER_CAP).await.unwrap_or(bare);
        Err(understand(&answer).err().unwrap_or(Mishap::Garbled.into()))
    }

    async fn start(&self, call: &Call<'_>, limit: Duration) -> Result<Response, Fault> {
        let url = self.url(call.path)?;
        let mut request = self.http.request(call.method.clone(), url).timeout(limit);
        request = request.bearer_auth(self.token.expose());
        if !call.query.is_empty() {
            request = request.query(call.query);
        }
        if let Some(body) = call.body {
            request = request.json(body);
        }
        Ok(http::send(request).await?)
    }

    fn url(&self, path: &[&str]) -> Result<Url, Mishap> {
        http::below(&self.base, ["_matrix"].into_iter().chain(path.iter().copied()))
    }
}

#[derive(Deserialize)]
struct No {
    errcode: String,
    retry_after_ms: Option<u64>,
}

fn understand(answer: &Answer) -> Result<Value, Fault> {
    if answer.status.is_success() {
        return match serde_json::from_slice(&answer.body) {
            Ok(value @ Value::Object(_)) => Ok(value),
            _ => Err(Mishap::Garbled.into()),
        };
    }
    Err(match serde_json::from_slice::<No>(&answer.body) {
        Ok(no) => refusal(answer, &no),
        Err(_) => answer.foreign(PLAIN_WAIT).into(),
    })
}

/// The homeserver's own no. Anything of 5xx may have been done all the same.
fn refusal(answer: &Answer, no: &No) -> Fault {
    let status = answer.status.as_u16();
    let why = match no.errcode.as_str() {
        "M_LIMIT_EXCEEDED" => {
            let told = no.retry_after_ms.map(Duration::from_millis);
            return Mishap::Wait(told.or(answer.hint).unwrap_or(PLAIN_WAIT)).into();
        }
        "M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN" => return Fault::Token,
        // a path it does not serve: something else answers there
        "M_UNRECOGNIZED" => return Mishap::Barred(status).into(),
        "M_FORBIDDEN" => Why::Forbidden,
        "M_NOT_FOUND" => Why::NotFound,
        "M_USER_IN_USE" => Why::Taken,
        "M_UNKNOWN_DEVICE" => Why::Device,
        _ => Why::Other,
    };
    if status >= 500 { Mishap::Failed(status).into() } else { Fault::Refused { status, why } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_answer_has_its_own_meaning() {
        let no =
            |code: &str| format!(r#"{{"errcode":"{code}","error":"!room:x said","retry_after_ms":1500}}"#);
        let refused = |status, why| Some(Fault::Refused { status, why });
        let lost = |mishap| Some(Fault::OnTheWay(mishap));
        let cases = [
            (200, "{}".to_owned(), None),
            (200, "[]".to_owned(), lost(Mishap::Garbled)),
            (200, "{\"event_id".to_owned(), lost(Mishap::Garbled)),
            (429, no("M_LIMIT_EXCEEDED"), lost(Mishap::Wait(Duration::from_millis(1500)))),
            (429, String::new(), lost(Mishap::Wait(PLAIN_WAIT))),
            (401, no("M_UNKNOWN_TOKEN"), Some(Fault::Token)),
            (403, no("M_FORBIDDEN"), refused(403, Why::Forbidden)),
            (404, no("M_NOT_FOUND"), refused(404, Why::NotFound)),
            (400, no("M_USER_IN_USE"), refused(400, Why::Taken)),
            (400, no("M_UNKNOWN_DEVICE"), refused(400, Why::Device)),
            (413, no("M_TOO_LARGE"), refused(413, Why::Other)),
            (500, no("M_UNKNOWN"), lost(Mishap::Failed(500))),
            (404, no("M_UNRECOGNIZED"), lost(Mishap::Barred(404))),
            (404, "<html>".to_owned(), lost(Mishap::Barred(404))),
            (302, String::new(), lost(Mishap::Barred(302))),
            (502, "<html>".to_owned(), lost(Mishap::Failed(502))),
            (503, "<html>".to_owned(), lost(Mishap::Barred(503))),
        ];
        for (status, body, expected) in cases {
            assert_eq!(understand(&Answer::of(status, &body)).err(), expected, "{status} {body}");
        }
    }

    #[test]
    fn names_of_rooms_are_one_step_of_the_path() {
        let base = http::base(Some("http://127.0.0.1:9/behind/"), "").expect("a base");
        let wire = Wire::new(base, Secret::new("t".to_owned())).expect("a client");
        let url = wire.url(&["client", "v3", "rooms", "!a/b:c#d"]).expect("a url");
        assert_eq!(url.as_str(), "http://127.0.0.1:9/behind/_matrix/client/v3/rooms/!a%2Fb:c%23d");
        let up = wire.url(&["client", "..", "x"]).expect("a url");
        assert!(up.as_str().starts_with("http://127.0.0.1:9/behind/_matrix/"), "{up}");
    }
}
