//! The three calls to Zalo's API and what their answers mean. The only place that puts a token into a request;
//! nothing from the wire survives into an error.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::channels::http::{self, Mishap};
use crate::kernel::Secret;

const API: &str = "https://openapi.zalo.me";
const OAUTH: &str = "https://oauth.zaloapp.com";
/// Answers are short.
const ANSWER_CAP: usize = 256 * 1024;
/// How long an access token counts when Zalo does not say.
const USUAL_LIFE: Duration = Duration::from_hours(25);

/// Why a call brought no result. Carries codes only, no text from the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It never came so far, or something in between answered.
    #[error(transparent)]
    OnTheWay(#[from] Mishap),
    /// Zalo said no, with this code.
    #[error("refused ({0})")]
    Refused(i32),
}

/// What renews tokens.
pub(super) struct App {
    pub(super) id: String,
    pub(super) secret: Secret<String>,
}

/// A pair of tokens, as it came.
pub(super) struct Fresh {
    pub(super) access: Secret<String>,
    pub(super) refresh: Secret<String>,
    pub(super) lives: Duration,
}

pub(super) struct Wire {
    http: Client,
    renewing: Client,
    api: Url,
    oauth: Url,
    app: App,
    limit: Duration,
}

pub(super) fn api(set: Option<&str>) -> Option<Url> {
    http::base(set, API)
}

pub(super) fn oauth(set: Option<&str>) -> Option<Url> {
    http::base(set, OAUTH)
}

impl Wire {
    pub(super) fn new(api: Url, oauth: Url, app: App, limit: Duration) -> Option<Self> {
        let http = http::client(api.scheme() == "https")?;
        let renewing = http::client(oauth.scheme() == "https")?;
        Some(Self { http, renewing, api, oauth, app, limit })
    }

    /// Sends a text.
    pub(super) async fn say(&self, access: &Secret<String>, to: &Value, text: &str) -> Result<(), Fault> {
        let url = http::below(&self.api, ["v3.0", "oa", "message", "cs"])?;
        let body = json!({ "recipient": to, "message": { "text": text } });
        let request = self.http.post(url).header("access_token", access.expose()).json(&body);
        match self.ask(request).await?.error {
            0 => Ok(()),
            code => Err(Fault::Refused(code)),
        }
    }

    /// Asks for the profile of nobody; the code of the answer.
    pub(super) async fn probe(&self, access: &Secret<String>) -> Result<i32, Fault> {
        let mut url = http::below(&self.api, ["v3.0", "oa", "user", "detail"])?;
        url.query_pairs_mut().append_pair("data", r#"{"user_id":"0"}"#);
        let request = self.http.get(url).header("access_token", access.expose());
        Ok(self.ask(request).await?.error)
    }

    /// Turns a refresh token, which counts once, into the next pair.
    pub(super) async fn renew(&self, refresh: &Secret<String>) -> Result<Fresh, Fault> {
        let url = http::below(&self.oauth, ["v4", "oa", "access_token"])?;
        let form = [
            ("app_id", self.app.id.as_str()),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose()),
        ];
        let request = self.renewing.post(url).header("secret_key", self.app.secret.expose()).form(&form);
        let answer = self.ask(request).await?;
        match (answer.access_token, answer.refresh_token) {
            (Some(access), Some(refresh)) if !access.is_empty() && !refresh.is_empty() => Ok(Fresh {
                access: Secret::new(access),
                refresh: Secret::new(refresh),
                lives: answer.expires_in.as_ref().and_then(seconds).unwrap_or(USUAL_LIFE),
            }),
            _ if answer.error != 0 => Err(Fault::Refused(answer.error)),
            _ => Err(Mishap::Garbled.into()),
        }
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Answer, Fault> {
        let response = http::send(request.timeout(self.limit)).await?;
        Ok(understand(&http::whole(response, ANSWER_CAP).await?)?)
    }
}

/// Zalo's answer, to any of the calls. Refusals come with HTTP 200.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: i32,
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<Value>,
}

/// A number, which Zalo writes as text.
fn seconds(value: &Value) -> Option<Duration> {
    let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::from_secs(number))
}

fn understand(answer: &http::Answer) -> Result<Answer, Mishap> {
    let read = serde_json::from_slice::<Value>(&answer.body).ok().filter(Value::is_object);
    match read {
        Some(value) if answer.status.is_success() => {
            serde_json::from_value(value).map_err(|_| Mishap::Garbled)
        }
        // its own limits are told by a code: this is something in between
        _ if answer.status == StatusCode::TOO_MANY_REQUESTS => Err(Mishap::Barred(429)),
        _ => Err(answer.foreign(Duration::ZERO)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_answer_has_its_own_meaning() {
        let code = |status, body| understand(&http::Answer::of(status, body)).map(|a| a.error);
        let cases = [
            (200, r#"{"error":0,"message":"Success","data":{}}"#, Ok(0)),
            (200, r#"{"error":-230,"message":"x"}"#, Ok(-230)),
            (200, r#"{"access_token":"a","refresh_token":"b","expires_in":"90000"}"#, Ok(0)),
            (200, r#"{"error":"no number"}"#, Err(Mishap::Garbled)),
            (200, "[0]", Err(Mishap::Garbled)),
            (200, "<html>", Err(Mishap::Garbled)),
            (502, "<html>", Err(Mishap::Failed(502))),
            (503, r#"{"error":0}"#, Err(Mishap::Barred(503))),
            (429, "", Err(Mishap::Barred(429))),
            (302, "", Err(Mishap::Barred(302))),
        ];
        for (status, body, expected) in cases {
            assert_eq!(code(status, body), expected, "{status} {body}");
        }
        assert_eq!(seconds(&json!("90000")), Some(Duration::from_hours(25)));
        assert_eq!(seconds(&json!(90_000)), Some(Duration::from_hours(25)));
        assert_eq!(seconds(&json!("soon")), None);
    }
}
