//! What a proxy or a watchdog asks. `/healthz` says that the process lives. `/readyz` says whether to send
//! people here: 200 `ready`; 200 `degraded` while the database is away or the spool is being drained,
//! because what is sent is still taken; 503
//! before the set-up, when nothing could be sealed, with another keyring than the database's, and while stopping.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use crate::service::spooling::Health;
use crate::web::Gate;

/// How long the database may take to answer a probe.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Probe {
    gate: Gate,
    stop: CancellationToken,
}

/// `/healthz` and `/readyz`.
pub fn routes(gate: Gate, stop: CancellationToken) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(Probe { gate, stop })
}

async fn ready(State(probe): State<Probe>) -> (StatusCode, &'static str) {
    if probe.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    let Ok(hotline) = probe.gate.hotline() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "not set up\n");
    };
    match tokio::time::timeout(PATIENCE, hotline.health()).await {
        Ok(Health::OtherKeyring) => {
            (StatusCode::SERVICE_UNAVAILABLE, "another keyring than the database's\n")
        }
        Ok(Health::Ready) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::OK, "degraded\n"),
    }
}
