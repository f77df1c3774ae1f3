//! Manners that all our HTTP edges share: the headers that keep a page to itself, how a fault is logged once
//! and told with an opaque id, how a stranger's file is handed over, and the gate before a service that may not
//! be set up yet.

mod download;

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::kernel::Entropy;
use crate::service::{Fault, Hotline, Refusal};

pub use download::{hand_out, plain_name};

/// The way to the service for edges: closed until the installation is set up, then open for good.
#[derive(Clone, Default)]
pub struct Gate {
    hotline: Arc<OnceLock<Hotline>>,
}

impl Gate {
    /// A gate that is open from the start.
    #[must_use]
    pub fn open(hotline: Hotline) -> Self {
        let gate = Self::default();
        gate.set(hotline);
        gate
    }

    /// Opens the gate. A second call changes nothing.
    pub fn set(&self, hotline: Hotline) {
        let _already_open = self.hotline.set(hotline);
    }

    /// The service, or [`Refusal::NotSetUp`].
    pub fn hotline(&self) -> Result<&Hotline, Refusal> {
        self.hotline.get().ok_or(Refusal::NotSetUp)
    }
}

/// What no page of ours may do: load from elsewhere, be framed, tell where a reader came from, be kept.
pub const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Sets the headers every answer of ours carries.
pub async fn keep_to_ourselves(request: Request<Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let policy = HeaderValue::from_static("geolocation=(), camera=(), microphone=(), interest-cohort=()");
    headers.entry("permissions-policy").or_insert(policy);
    response
}

/// Logs a fault once, with its causes, and returns the id that the caller is told. Neither holds a person.
#[must_use]
pub fn log_fault(fault: &Fault, route: &str) -> String {
    let id = Entropy::System.bytes::<4>().unwrap_or_default();
    let id = data_encoding::HEXLOWER.encode(&id);
    tracing::error!(fault = %id, route, causes = %fault.chain(), "a request failed");
    id
}
