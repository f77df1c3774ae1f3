//! The operator's own listener: Prometheus text at `/metrics`. Counts only; the labels are desks, states,
//! channels and kinds of failure, never anything of a person.

use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

use crate::domain::finding::FindingKind;
use crate::service::Hotline;
use crate::web::Gate;

/// How often old samples are let go.
const UPKEEP: Duration = Duration::from_secs(30);

/// Begins to count, for the whole process.
pub fn start(stop: CancellationToken) -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new().install_recorder().context("metrics")?;
    let kept = handle.clone();
    tokio::spawn(async move {
        while stop.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
            kept.run_upkeep();
        }
    });
    Ok(handle)
}

/// `/metrics`.
pub fn routes(handle: PrometheusHandle, gate: Gate) -> Router {
    Router::new().route("/metrics", get(show)).with_state((handle, gate))
}

async fn show(State((handle, gate)): State<(PrometheusHandle, Gate)>) -> impl IntoResponse {
    if let Ok(hotline) = gate.hotline() {
        measure(hotline).await;
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render())
}

/// What can be counted without a key: cases by desk and state, what is late, what nobody has acknowledged.
#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "gauges are floating point; counts stay far below 2^53"
)]
async fn measure(hotline: &Hotline) {
    metrics::gauge!("tinan_spool_waiting").set(hotline.spooled() as f64);
    let tally = hotline.tally_of(hotline.world().tenant.id).await;
    metrics::gauge!("tinan_database_up").set(if tally.is_ok() { 1.0 } else { 0.0 });
    let Ok(tally) = tally else { return };
    for desk in &tally.desks {
        for (state, n) in &desk.states {
            metrics::gauge!("tinan_cases", "desk" => desk.desk.clone(), "state" => state.code())
                .set(*n as f64);
        }
        metrics::gauge!("tinan_cases_late", "desk" => desk.desk.clone()).set(desk.late as f64);
        metrics::gauge!("tinan_cases_unacknowledged", "desk" => desk.desk.clone())
            .set(desk.unacknowledged as f64);
        metrics::gauge!("tinan_cases_side", "desk" => desk.desk.clone()).set(desk.side as f64);
        metrics::gauge!("tinan_cases_folded", "desk" => desk.desk.clone()).set(desk.folded as f64);
    }
    metrics::gauge!("tinan_reconciled").set(if tally.reconciled { 1.0 } else { 0.0 });
    for desk in hotline.attendance().await.unwrap_or_default() {
        metrics::gauge!("tinan_desk_openers", "desk" => desk.desk.clone()).set(desk.openers as f64);
        if let Some(at) = desk.last_login {
            metrics::gauge!("tinan_desk_last_login_seconds", "desk" => desk.desk).set(at.as_secs() as f64);
        }
    }
    if let Ok(Some(last)) = hotline.last_round().await {
        metrics::gauge!("tinan_reconcile_last_seconds").set(last.at.as_secs() as f64);
    }
    if let Ok(canaries) = hotline.canaries().await {
        for (line, late) in canaries.lines {
            let name = line.name;
            metrics::gauge!("tinan_canary_late", "line" => name.clone()).set(if late { 1.0 } else { 0.0 });
            if let Some((good, took)) = line.good.zip(line.took) {
                metrics::gauge!("tinan_canary_last_seconds", "line" => name.clone())
                    .set(good.as_secs() as f64);
                metrics::gauge!("tinan_canary_took_seconds", "line" => name).set(took.as_secs_f64());
            }
        }
    }
    let Ok(open) = hotline.open_findings().await else { return };
    for kind in FindingKind::ALL {
        let of_kind = open.iter().find(|f| f.kind == kind);
        let (new, acknowledged) = of_kind.map_or((0, 0), |f| (f.new, f.acknowledged));
        for (tended, n) in [("no", new), ("yes", acknowledged)] {
            metrics::gauge!("tinan_findings", "kind" => kind.as_str(), "acknowledged" => tended)
                .set(n as f64);
        }
    }
}
