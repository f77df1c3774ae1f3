//! What all webhooks do alike: read a body that may be too large, hand it over, and acknowledge only what was
//! committed. Anything but 2xx makes the other end call again.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, StatusCode, header};

use super::intake::{Batch, Intake};
use crate::service::channel::Raw;

/// The largest update a webhook takes, in bytes; real ones are a few kilobytes.
pub const BODY_CAP: usize = 1024 * 1024;

/// The whole body, or the status that says why not: 413 when it is larger than [`BODY_CAP`], 400 when it broke off.
pub async fn whole(headers: &HeaderMap, body: Body) -> Result<Bytes, StatusCode> {
    whole_up_to(headers, body, BODY_CAP).await
}

/// [`whole`] for a messenger that sends many updates at once and so has a cap of its own, in bytes.
pub async fn whole_up_to(headers: &HeaderMap, body: Body, cap: usize) -> Result<Bytes, StatusCode> {
    if declared(headers).is_some_and(|size| size > cap) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    to_bytes(body, cap).await.map_err(|error| {
        if is_too_long(&error) { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST }
    })
}

/// Stores updates: 200 after the commit, 503 when there was none.
pub async fn store<I: Intake>(intake: &I, channel: &'static str, bot: &str, updates: Vec<Raw>) -> StatusCode {
    match intake.accept(channel, bot, Batch { updates, next_offset: None }).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Counts a call that did not know the secret; nothing of it is kept.
#[must_use]
pub fn refused(channel: &'static str) -> StatusCode {
    metrics::counter!("tinan_channel_hook_refused_total", "channel" => channel).increment(1);
    StatusCode::UNAUTHORIZED
}

fn declared(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_too_long(error: &axum::Error) -> bool {
    use std::error::Error as _;
    error.source().is_some_and(<dyn std::error::Error + 'static>::is::<http_body_util::LengthLimitError>)
}
