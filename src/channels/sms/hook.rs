//! `/hooks/sms`: Kannel calls, by GET or POST, and calls again until it gets 200. That is given after the commit. The
//! answer is empty, because Kannel would send its text to the phone.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::get;

use super::form::Form;
use super::{NAME, Sms};
use crate::channels::hook;
use crate::channels::intake::{Intake, key_of_bytes};
use crate::service::channel::{Channel as _, Raw};

/// Where the secret may be instead of the field `secret`.
pub const SECRET_HEADER: &str = "x-tinan-secret";

struct Door<I> {
    sms: Arc<Sms>,
    intake: Arc<I>,
}

impl<I> Clone for Door<I> {
    fn clone(&self) -> Self {
        Self { sms: Arc::clone(&self.sms), intake: Arc::clone(&self.intake) }
    }
}

/// `GET` and `POST /hooks/sms`.
pub fn routes<I: Intake>(sms: Arc<Sms>, intake: Arc<I>) -> Router {
    let methods = get(by_get::<I>).post(by_post::<I>);
    Router::new().route("/hooks/sms", methods).with_state(Door { sms, intake })
}

async fn by_get<I: Intake>(State(door): State<Door<I>>, headers: HeaderMap, uri: Uri) -> StatusCode {
    door.take(&headers, uri.query().unwrap_or_default().as_bytes()).await
}

async fn by_post<I: Intake>(
    State(door): State<Door<I>>,
    headers: HeaderMap,
    uri: Uri,
    body: Body,
) -> StatusCode {
    match hook::whole(&headers, body).await {
        // Kannel's POST carries the fields in the query and the text in the body, or all in the body.
        Ok(bytes) => door.take(&headers, &joined(uri.query().unwrap_or_default(), &bytes)).await,
        Err(status) => status,
    }
}

fn joined(query: &str, body: &[u8]) -> Vec<u8> {
    let mut all = query.as_bytes().to_vec();
    if !all.is_empty() && !body.is_empty() {
        all.push(b'&');
    }
    all.extend_from_slice(body);
    all
}

impl<I: Intake> Door<I> {
    async fn take(&self, headers: &HeaderMap, sent: &[u8]) -> StatusCode {
        let form = Form::read(sent);
        let given = headers.get(SECRET_HEADER).map(axum::http::HeaderValue::as_bytes);
        if !given.or(form.bytes("secret")).is_some_and(|s| self.sms.options.secret.same_as(s)) {
            return hook::refused(NAME);
        }
        let bytes = form.cleaned();
        if !["id", "time"].iter().any(|name| form.bytes(name).is_some_and(|v| !v.is_empty())) {
            // Two people's "1" would be one message. Refused at the first trial, not found out by a tip that is missing.
            tracing::error!(
                channel = NAME,
                "the gateway names neither id nor time of a message: see docs/operations.md"
            );
            return StatusCode::BAD_REQUEST;
        }
        // The whole, and not the id alone: a gateway whose id is the same for all its messages loses none of them, and
        // one that calls again sends the same bytes.
        let key = key_of_bytes(&bytes);
        hook::store(&*self.intake, NAME, self.sms.bot(), vec![Raw { key, bytes }]).await
    }
}
