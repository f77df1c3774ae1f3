//! Which edge hangs where. One line each: an edge is a function from the gate to a router.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use tokio_util::sync::CancellationToken;

use super::probe;
use crate::web::{Gate, keep_to_ourselves};

/// The largest body of a request unless a route says otherwise, in bytes.
const BODY: usize = 256 * 1024;

/// Everything that answers on the public address.
pub fn web(gate: &Gate, stop: &CancellationToken) -> Router {
    Router::new()
        .merge(probe::routes(gate.clone(), stop.clone()))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn(keep_to_ourselves))
}
