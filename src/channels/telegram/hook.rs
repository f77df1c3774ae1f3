//! The webhook: Telegram calls us. 200 is the acknowledgement, so it is given only after the update is
//! stored; anything else makes Telegram call again.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;

use super::intake::{Batch, Intake, raw};
use super::{Mode, NAME, Telegram};
use crate::service::channel::Channel as _;

/// The header in which Telegram repeats the secret we gave to `setWebhook`.
pub const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// The largest update we take, in bytes; Telegram's are a few kilobytes.
pub const BODY_CAP: usize = 1024 * 1024;

/// What Telegram accepts as a secret.
pub(super) fn is_secret(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=256).contains(&text.len()) && text.bytes().all(plain)
}

struct Door<I> {
    telegram: Arc<Telegram>,
    intake: Arc<I>,
}

impl<I> Clone for Door<I> {
    fn clone(&self) -> Self {
        Self { telegram: Arc::clone(&self.telegram), intake: Arc::clone(&self.intake) }
    }
}

/// `POST /hooks/telegram`; without a route at all (404) unless the mode is webhook.
pub fn routes<I: Intake>(telegram: Arc<Telegram>, intake: Arc<I>) -> Router {
    match telegram.mode {
        Mode::Poll => Router::new(),
        Mode::Webhook => {
            Router::new().route("/hooks/telegram", post(receive::<I>)).with_state(Door { telegram, intake })
        }
    }
}

async fn receive<I: Intake>(State(door): State<Door<I>>, headers: HeaderMap, body: Body) -> StatusCode {
    if !knows_the_secret(&door.telegram, &headers) {
        metrics::counter!("tinan_channel_hook_refused_total", "channel" => NAME).increment(1);
        return StatusCode::UNAUTHORIZED;
    }
    if declared(&headers).is_some_and(|size| size > BODY_CAP) {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    let bytes = match to_bytes(body, BODY_CAP).await {
        Ok(bytes) => bytes,
        Err(error) if is_too_long(&error) => return StatusCode::PAYLOAD_TOO_LARGE,
        Err(_) => return StatusCode::BAD_REQUEST,
    };
    // whatever it is, it came with the secret: unreadable bytes are stored too, and end as a dead letter
    let batch = Batch { updates: vec![raw(&bytes)], next_offset: None };
    match door.intake.accept(NAME, door.telegram.bot(), batch).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn knows_the_secret(telegram: &Telegram, headers: &HeaderMap) -> bool {
    match (&telegram.secret, headers.get(SECRET_HEADER)) {
        (Some(secret), Some(given)) => secret.same_as(given.as_bytes()),
        _ => false,
    }
}

fn declared(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_too_long(error: &axum::Error) -> bool {
    use std::error::Error as _;
    error.source().is_some_and(<dyn std::error::Error + 'static>::is::<http_body_util::LengthLimitError>)
}
