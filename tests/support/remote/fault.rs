//! What can go wrong on purpose.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::Scissors;

/// One way for a call to fail.
#[derive(Debug, Clone)]
pub(crate) enum Fault<N> {
    /// The server's own no; nothing is done.
    No(N),
    /// A page of a gateway, not of the server, with this status; nothing is done.
    Gateway(u16),
    /// The connection ends before the call is done or recorded.
    CutBefore,
    /// The call is done, and the connection ends instead of the answer.
    CutAfter,
    /// The call is done, and the connection ends in the middle of the answer.
    Torn,
    /// The call is done, and the second half of the answer comes this much later.
    Slow(Duration),
    /// The call is done, and the answer is not JSON.
    Garbage,
}

impl<N> Fault<N> {
    /// What comes instead of doing anything, if this is such a fault.
    pub(crate) fn before(&self, line: &Scissors, no: impl FnOnce(&N) -> Response) -> Option<Response> {
        match self {
            Self::No(why) => Some(no(why)),
            Self::Gateway(status) => Some(gateway(*status)),
            Self::CutBefore => Some(line.cut()),
            _ => None,
        }
    }

    /// What comes instead of the answer to a call that was done, if this is such a fault.
    pub(crate) fn after(&self, line: &Scissors, answer: &[u8]) -> Option<Response> {
        let (first, second) = answer.split_at(answer.len() / 2);
        let (first, second) = (first.to_vec(), second.to_vec());
        match self {
            Self::CutAfter => Some(line.cut()),
            Self::Torn => {
                let broken = Err(io::Error::from(io::ErrorKind::BrokenPipe));
                Some(Body::from_stream(stream::iter([Ok(first), broken])).into_response())
            }
            Self::Slow(by) => {
                let until = Instant::now() + *by;
                let rest = stream::once(async move {
                    sleep_until(until).await;
                    second
                });
                let halves = stream::iter([first]).chain(rest).map(Ok::<_, Infallible>);
                Some(Body::from_stream(halves).into_response())
            }
            Self::Garbage => Some("{\"ok\":true,\"result\":[{".into_response()),
            _ => None,
        }
    }
}

/// The page of a gateway.
pub(crate) fn gateway(status: u16) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, "<html><h1>gateway</h1></html>").into_response()
}

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// The answer to a call that was done, with HTTP 200, as the fault leaves it.
pub(crate) fn done<N>(fault: Option<&Fault<N>>, line: &Scissors, answer: &Value) -> Response {
    let answer = answer.to_string();
    let spoilt = fault.and_then(|f| f.after(line, answer.as_bytes()));
    spoilt.unwrap_or_else(|| json(StatusCode::OK, answer))
}
