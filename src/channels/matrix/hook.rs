//! What the homeserver calls. 200 with `{}` is the acknowledgement, so it is given only after everything in a
//! transaction is stored. The homeserver goes on repeating a transaction until then and holds back all later ones, so
//! whatever may really come must be taken.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::{Matrix, NAME, parse};
use crate::channels::hook;
use crate::channels::intake::Intake;
use crate::service::channel::Channel as _;

/// The largest transaction, in bytes: a hundred events of at most 64 KiB, and what stands around them.
pub const PUSH_CAP: usize = 16 * 1024 * 1024;

struct Door<I> {
    matrix: Arc<Matrix>,
    intake: Arc<I>,
}

impl<I> Clone for Door<I> {
    fn clone(&self) -> Self {
        Self { matrix: Arc::clone(&self.matrix), intake: Arc::clone(&self.intake) }
    }
}

#[derive(Deserialize)]
struct Transaction<'a> {
    #[serde(borrow)]
    events: Vec<&'a RawValue>,
}

/// Everything below `/_matrix/app/v1`.
pub fn routes<I: Intake>(matrix: Arc<Matrix>, intake: Arc<I>) -> Router {
    Router::new()
        .route("/_matrix/app/v1/transactions/{id}", put(receive::<I>))
        .route("/_matrix/app/v1/users/{user}", get(user::<I>))
        .route("/_matrix/app/v1/rooms/{alias}", get(room::<I>))
        .route("/_matrix/app/v1/ping", post(ping::<I>))
        .with_state(Door { matrix, intake })
}

fn all_well() -> Response {
    axum::Json(json!({})).into_response()
}

fn no(status: StatusCode, code: &str, error: &str) -> Response {
    (status, axum::Json(json!({ "errcode": code, "error": error }))).into_response()
}

/// The homeserver's token, or what to say to who does not know it.
fn proven(matrix: &Matrix, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.as_bytes().strip_prefix(b"Bearer "));
    if given.is_some_and(|token| matrix.hs_token.same_as(token)) {
        return Ok(());
    }
    let _ = hook::refused(NAME);
    Err(Box::new(no(StatusCode::FORBIDDEN, "M_FORBIDDEN", "hs_token is not the one of the registration")))
}

async fn receive<I: Intake>(State(door): State<Door<I>>, headers: HeaderMap, body: Body) -> Response {
    if let Err(response) = proven(&door.matrix, &headers) {
        return *response;
    }
    match hook::whole_up_to(&headers, body, PUSH_CAP).await {
        Ok(bytes) => take(&door, &bytes).await,
        Err(StatusCode::PAYLOAD_TOO_LARGE) => {
            no(StatusCode::PAYLOAD_TOO_LARGE, "M_TOO_LARGE", "larger than any transaction can be")
        }
        Err(status) => no(status, "M_UNKNOWN", "the body broke off"),
    }
}

/// An event that cannot be understood is stored too and ends as a dead letter; only what is no transaction at all is
/// refused. Whether the whole transaction came before does not matter: each event is known by its own number.
async fn take<I: Intake>(door: &Door<I>, bytes: &Bytes) -> Response {
    let transaction: Transaction<'_> = match serde_json::from_slice(bytes) {
        Ok(transaction) => transaction,
        Err(e) if e.is_data() => {
            return no(StatusCode::BAD_REQUEST, "M_BAD_JSON", "events must be a list");
        }
        Err(_) => return no(StatusCode::BAD_REQUEST, "M_NOT_JSON", "the body is not JSON"),
    };
    let events = transaction.events.into_iter().map(|event| event.get().as_bytes());
    let wanted: Vec<_> = events.filter_map(|event| parse::raw(door.matrix.bot(), event)).collect();
    if wanted.is_empty() {
        return all_well();
    }
    match hook::store(&*door.intake, NAME, door.matrix.bot(), wanted).await {
        StatusCode::OK => all_well(),
        status => no(status, "M_UNKNOWN", "nothing can be stored at the moment"),
    }
}

async fn user<I: Intake>(
    State(door): State<Door<I>>,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(response) = proven(&door.matrix, &headers) {
        return *response;
    }
    // asked for before anybody can invite us: the user must be there when we say that it is
    if user == door.matrix.bot() && door.matrix.appear().await.is_ok() {
        return all_well();
    }
    no(StatusCode::NOT_FOUND, "M_NOT_FOUND", "no such user here")
}

async fn room<I: Intake>(State(door): State<Door<I>>, headers: HeaderMap) -> Response {
    match proven(&door.matrix, &headers) {
        Ok(()) => no(StatusCode::NOT_FOUND, "M_NOT_FOUND", "there are no public rooms here"),
        Err(response) => *response,
    }
}

async fn ping<I: Intake>(State(door): State<Door<I>>, headers: HeaderMap) -> Response {
    match proven(&door.matrix, &headers) {
        Ok(()) => all_well(),
        Err(response) => *response,
    }
}
