//! The webhook: Telegram calls us. 200 is the acknowledgement, so it is given only after the update is
//! stored; anything else makes Telegram call again.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

use super::number::raw;
use super::{Mode, NAME, Telegram};
use crate::channels::hook;
use crate::channels::intake::Intake;
use crate::service::channel::Channel as _;

/// The header in which Telegram repeats the secret we gave to `setWebhook`.
pub const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// The largest update we take, in bytes; Telegram's are a few kilobytes.
pub const BODY_CAP: usize = hook::BODY_CAP;

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

/// `POST /hooks/telegram`, or the path of this bot; without a route at all (404) unless the mode is webhook.
pub fn routes<I: Intake>(telegram: Arc<Telegram>, intake: Arc<I>) -> Router {
    match telegram.mode {
        Mode::Poll => Router::new(),
        Mode::Webhook => {
            let path = telegram.hook_path();
            Router::new().route(path, post(receive::<I>)).with_state(Door { telegram, intake })
        }
    }
}

async fn receive<I: Intake>(State(door): State<Door<I>>, headers: HeaderMap, body: Body) -> StatusCode {
    if !knows_the_secret(&door.telegram, &headers) {
        return hook::refused(NAME);
    }
    match hook::whole(&headers, body).await {
        // whatever it is, it came with the secret: unreadable bytes are stored too, and end as a dead letter
        Ok(bytes) => hook::store(&*door.intake, NAME, door.telegram.bot(), vec![raw(&bytes)]).await,
        Err(status) => status,
    }
}

fn knows_the_secret(telegram: &Telegram, headers: &HeaderMap) -> bool {
    match (&telegram.secret, headers.get(SECRET_HEADER)) {
        (Some(secret), Some(given)) => secret.same_as(given.as_bytes()),
        _ => false,
    }
}
