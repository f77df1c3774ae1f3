//! The JSON API, `/api/v1`: for other programs, and for checks from outside. What it takes and answers is
//! described in `config/openapi.json`, which is served as it stands; a test compares the two.
//!
//! An edge only: it parses, calls one use-case and renders. A refusal becomes a problem document (RFC 9457)
//! in the reader's language, a fault an opaque id. Nothing a caller sent is ever echoed in an error.

mod body;
mod callback;
mod caller;
mod cases;
mod citizen;
mod files;
mod problem;
mod queue;
mod render;
mod say;
mod session;
mod sweeps;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};

use crate::service::{Hotline, Refusal};
use crate::web::Gate;

use problem::Failure;

/// What the API can be told.
#[derive(Debug, Clone)]
pub struct Options {
    /// The largest JSON body, in bytes; anything longer is a 413.
    pub largest_body: usize,
    /// The largest file, in bytes; anything longer is a 413.
    pub largest_file: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { largest_body: 256 * 1024, largest_file: 50 * 1024 * 1024 }
    }
}

/// What every handler is given.
#[derive(Clone)]
struct Api {
    gate: Gate,
    options: Arc<Options>,
}

impl Api {
    fn hotline(&self) -> Result<&Hotline, Refusal> {
        self.gate.hotline()
    }
}

/// What every handler gives.
type Answer = Result<Response, Failure>;

/// The description of the API, as it is served.
pub const DESCRIPTION: &str = include_str!("../config/openapi.json");

/// All routes of the API, and an answer to every other path under `/api`. Holds no fallback, so that it can be
/// merged with the other edges.
pub fn routes(gate: Gate, options: Options) -> Router {
    let api = Api { gate, options: Arc::new(options) };
    Router::new()
        .route("/api/v1/openapi.json", get(description))
        .route("/api/v1/tips", post(citizen::tip))
        .route("/api/v1/counselling", post(citizen::counselling))
        .route("/api/v1/attachments", post(files::add).layer(DefaultBodyLimit::disable()))
        .route("/api/v1/case", get(citizen::case))
        .route("/api/v1/case/messages", post(citizen::message))
        .route("/api/v1/callback/hours", get(callback::hours))
        .route("/api/v1/case/callback", get(callback::open).post(callback::ask).delete(callback::withdraw))
        .route("/api/v1/staff/session", post(session::open).delete(session::close))
        .route("/api/v1/queue", get(queue::page))
        .route("/api/v1/queue/next", post(queue::next))
        .route("/api/v1/queue/clear", post(sweeps::clear))
        .route("/api/v1/queue/confirm", post(sweeps::confirm))
        .route("/api/v1/sweeps", get(sweeps::list))
        .route("/api/v1/sweeps/{id}", get(sweeps::open))
        .route("/api/v1/sweeps/{id}/go-on", post(sweeps::go_on))
        .route("/api/v1/sweeps/{id}/undo", post(sweeps::undo))
        .route("/api/v1/sweeps/{id}/review", post(sweeps::review))
        .route("/api/v1/cases/{id}", get(cases::open))
        .route("/api/v1/cases/{id}/files/{file}", get(files::fetch))
        .route("/api/v1/cases/{id}/claim", post(cases::claim))
        .route("/api/v1/cases/{id}/release", post(cases::release))
        .route("/api/v1/cases/{id}/acknowledge", post(cases::acknowledge))
        .route("/api/v1/cases/{id}/reply", post(cases::reply))
        .route("/api/v1/cases/{id}/note", post(cases::note))
        .route("/api/v1/cases/{id}/transition", post(cases::transition))
        .route("/api/v1/cases/{id}/transfer", post(cases::transfer))
        .route("/api/v1/cases/{id}/send-again", post(cases::send_again))
        .route("/api", any(unknown))
        .route("/api/", any(unknown))
        .route("/api/{*rest}", any(unknown))
        .method_not_allowed_fallback(other_method)
        .layer(from_fn(problem::tell))
        .with_state(api)
}

async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION).into_response()
}

async fn unknown() -> Failure {
    Failure::Refused(Refusal::NotFound)
}

/// The router adds the `Allow` header.
async fn other_method(method: Method) -> Answer {
    if method == Method::OPTIONS {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(Failure::OtherMethod)
    }
}
