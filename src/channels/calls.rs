//! `/hooks/calls`: a bridge at the telephone system tells that a call rings, is answered, has ended. Three fields are read
//! and nothing else: a caller's number, a recording, whatever a bridge sends besides is not even parsed, so it can be
//! neither stored nor logged. The bridge keeps what was not answered with 200 and sends it again.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::post;
use serde::Deserialize;

use super::hook;
use crate::domain::lane::Kind;
use crate::domain::ringing::Report;
use crate::kernel::Secret;
use crate::web::Gate;

/// The name in metrics.
const NAME: &str = "calls";
/// Where the bridge puts the secret.
pub const SECRET_HEADER: &str = "x-tinan-secret";
/// The longest name of a call at the telephone system.
const LONGEST_ID: usize = 256;

/// What the operator chose; see `TINAN_CALLS__*`.
pub struct Options {
    /// What the bridge sends along.
    pub secret: Secret<String>,
    /// What the bridge calls the line for tips.
    pub tips_line: String,
    /// What the bridge calls the line for counselling.
    pub counselling_line: String,
}

/// All that is read of a report.
#[derive(Deserialize)]
struct Told {
    call_id: String,
    line: String,
    event: String,
}

#[derive(Clone)]
struct Door {
    options: Arc<Options>,
    gate: Gate,
}

/// `POST /hooks/calls`.
pub fn routes(options: Arc<Options>, gate: Gate) -> Router {
    Router::new().route("/hooks/calls", post(receive)).with_state(Door { options, gate })
}

async fn receive(State(door): State<Door>, headers: HeaderMap, body: Body) -> StatusCode {
    let given = headers.get(SECRET_HEADER).map(HeaderValue::as_bytes);
    if !given.is_some_and(|g| door.options.secret.same_as(g)) {
        return hook::refused(NAME);
    }
    let body = match hook::whole(&headers, body).await {
        Ok(body) => body,
        Err(status) => return status,
    };
    let Some((kind, call, report)) = door.read(&body) else {
        metrics::counter!("tinan_calls_unreadable_total").increment(1);
        return StatusCode::BAD_REQUEST;
    };
    door.keep(kind, &call, report).await
}

impl Door {
    fn read(&self, body: &[u8]) -> Option<(Kind, String, Report)> {
        let told: Told = serde_json::from_slice(body).ok()?;
        let kind = if told.line == self.options.tips_line {
            Kind::Tips
        } else if told.line == self.options.counselling_line {
            Kind::Counselling
        } else {
            return None;
        };
        let report = Report::parse(&told.event)?;
        (1..=LONGEST_ID).contains(&told.call_id.len()).then_some((kind, told.call_id, report))
    }

    async fn keep(&self, kind: Kind, call: &str, report: Report) -> StatusCode {
        let Ok(hotline) = self.gate.hotline() else { return StatusCode::SERVICE_UNAVAILABLE };
        match hotline.call_reported(kind, call, report).await {
            Ok(()) => StatusCode::OK,
            Err(e) => {
                tracing::warn!(channel = NAME, error = %e, "a report about a call could not be stored");
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}
