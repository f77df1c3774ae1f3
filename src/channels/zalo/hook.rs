//! The webhook: Zalo calls us. 200 is the acknowledgement, so it is given only after the update is stored.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

use super::envelope::raw;
use super::{HOOK, Mode, NAME, Zalo};
use crate::channels::hook;
use crate::channels::intake::Intake;
use crate::service::channel::Channel as _;

/// The header in which Zalo repeats the secret we gave to `setWebhook`.
pub const SECRET_HEADER: &str = "x-bot-api-secret-token";

/// What Zalo accepts as a secret, and what fits into a header.
pub(super) fn is_secret(text: &str) -> bool {
    (8..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

struct Door<I> {
    zalo: Arc<Zalo>,
    intake: Arc<I>,
}

impl<I> Clone for Door<I> {
    fn clone(&self) -> Self {
        Self { zalo: Arc::clone(&self.zalo), intake: Arc::clone(&self.intake) }
    }
}

/// `POST /hooks/zalo`; without a route at all (404) unless the mode is webhook.
pub fn routes<I: Intake>(zalo: Arc<Zalo>, intake: Arc<I>) -> Router {
    match zalo.mode {
        Mode::Poll => Router::new(),
        Mode::Webhook => Router::new().route(HOOK, post(receive::<I>)).with_state(Door { zalo, intake }),
    }
}

async fn receive<I: Intake>(State(door): State<Door<I>>, headers: HeaderMap, body: Body) -> StatusCode {
    if !knows_the_secret(&door.zalo, &headers) {
        return hook::refused(NAME);
    }
    match hook::whole(&headers, body).await {
        // whatever it is, it came with the secret: unreadable bytes are stored too, and end as a dead letter
        Ok(bytes) => hook::store(&*door.intake, NAME, door.zalo.bot(), vec![raw(&bytes)]).await,
        Err(status) => status,
    }
}

fn knows_the_secret(zalo: &Zalo, headers: &HeaderMap) -> bool {
    match (&zalo.secret, headers.get(SECRET_HEADER)) {
        (Some(secret), Some(given)) => secret.same_as(given.as_bytes()),
        _ => false,
    }
}
