//! Which edge hangs where. One line each: an edge is a function from the gate to a router.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use tokio_util::sync::CancellationToken;

use super::probe;
use crate::channels::telegram::{self, Batch, Intake, NotStored, Telegram, Turn};
use crate::web::{Gate, keep_to_ourselves};

/// The largest body of a request unless a route says otherwise, in bytes.
const BODY: usize = 256 * 1024;

/// Everything that answers on the public address.
pub fn web(gate: &Gate, telegram: Option<&Arc<Telegram>>, stop: &CancellationToken) -> Router {
    let mut all = Router::new().merge(probe::routes(gate.clone(), stop.clone()));
    if let Some(telegram) = telegram {
        all = all.merge(telegram::routes(Arc::clone(telegram), Arc::new(Behind(gate.clone()))));
    }
    all.layer(DefaultBodyLimit::max(BODY)).layer(from_fn(keep_to_ourselves))
}

/// The service behind the gate. With the gate shut nothing is stored, so nothing is acknowledged.
struct Behind(Gate);

impl Intake for Behind {
    async fn accept(&self, channel: &'static str, bot: &str, batch: Batch) -> Result<(), NotStored> {
        let hotline = self.0.hotline().map_err(|_| NotStored)?;
        Intake::accept(hotline, channel, bot, batch).await
    }

    async fn offset(&self, channel: &'static str, bot: &str) -> Result<i64, NotStored> {
        Intake::offset(self.0.hotline().map_err(|_| NotStored)?, channel, bot).await
    }

    async fn turn(&self, channel: &'static str, bot: &str) -> Turn {
        match self.0.hotline() {
            Ok(hotline) => Intake::turn(hotline, channel, bot).await,
            Err(_) => Turn::Others,
        }
    }
}
