//! The HTTP server: our own accept loop over hyper, because slow clients must not hold a connection for ever,
//! and because a stop must let what is being answered finish. TLS ends at a proxy.

mod patience;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use patience::Patient;

/// The largest head of a request, in bytes.
const HEAD: usize = 32 * 1024;
/// The most headers of a request.
const HEADERS: usize = 64;

/// What a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the head, and between two pieces of the body.
    pub patience: Duration,
    /// Connections at once.
    pub connections: usize,
    /// After the stop, for what is being answered.
    pub grace: Duration,
}

/// Serves until stopped, then lets what is being answered finish within the grace.
pub async fn serve(listener: TcpListener, app: Router, limits: Limits, stop: CancellationToken) {
    let permits = Arc::new(Semaphore::new(limits.connections));
    let open = TaskTracker::new();
    let cut = CancellationToken::new();
    while let Some(Ok(permit)) = stop.run_until_cancelled(Arc::clone(&permits).acquire_owned()).await {
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { break };
        let stream = match accepted {
            Ok((stream, _who)) => stream,
            Err(e) => {
                rest_after(&e).await;
                continue;
            }
        };
        let (app, stop) = (app.clone(), stop.clone());
        open.spawn(cut.clone().run_until_cancelled_owned(async move {
            connection(stream, app, limits.patience, stop).await;
            drop(permit);
        }));
    }
    drop(listener);
    open.close();
    if tokio::time::timeout(limits.grace, open.wait()).await.is_err() {
        tracing::warn!(connections = open.len(), "connections are cut: they did not finish in time");
        cut.cancel();
        open.wait().await;
    }
}

/// A client that went away is its own matter; no file handles left is ours, and hurrying would not help.
async fn rest_after(e: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(e.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(error = %e, "no connection can be accepted");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn connection(stream: TcpStream, app: Router, patience: Duration, stop: CancellationToken) {
    let _without_it_only_slower = stream.set_nodelay(true);
    let app = app.map_request(move |request: Request<Incoming>| {
        request.map(|body| Body::new(Patient::new(body, patience)))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(HEAD).max_headers(HEADERS);
    let serving = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    let mut serving = std::pin::pin!(serving);
    let done = tokio::select! {
        done = serving.as_mut() => done,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(e) = done {
        // timeouts, clients gone, bytes that are not HTTP: counted, not told, since it is about a person
        let kind = if e.is_timeout() { "timeout" } else { "broken" };
        metrics::counter!("tinan_http_connections_ended_total", "how" => kind).increment(1);
    }
}

#[cfg(test)]
mod tests;
