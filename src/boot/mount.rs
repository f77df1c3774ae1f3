//! Which edge hangs where. One line each: an edge is a function from the gate to a router.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use tokio_util::sync::CancellationToken;

use super::config::Files;
use super::probe;
use crate::channels::telegram::{self, Batch, Intake, NotStored, Telegram, Turn};
use crate::console::SetUpDoor;
use crate::web::{Gate, keep_to_ourselves};
use crate::{api, citizen, console};

/// The largest body of a request unless a route says otherwise, in bytes.
const BODY: usize = 256 * 1024;

/// What the edges are told.
pub struct Edges<'a> {
    /// The way to the service.
    pub gate: &'a Gate,
    /// The bot, whose webhook is served in that mode.
    pub telegram: Option<&'a Arc<Telegram>>,
    /// Where sealed files go.
    pub files: &'a Files,
    /// Whether people come by https.
    pub https: bool,
    /// The first set-up in a browser, while there is none.
    pub setup: Option<Arc<SetUpDoor>>,
    /// Cancelled when the server ends.
    pub stop: &'a CancellationToken,
}

/// Everything that answers on the public address.
pub fn web(edges: Edges<'_>) -> Result<Router, citizen::BadData> {
    let Edges { gate, telegram, files, https, setup, stop } = edges;
    let mut all = Router::new()
        .merge(citizen::routes(
            gate.clone(),
            citizen::Options { largest_file: files.largest, ..citizen::Options::embedded()? },
        ))
        .merge(console::routes(gate.clone(), console::Options { secure_cookies: https, setup }))
        .merge(api::routes(
            gate.clone(),
            api::Options { largest_file: files.largest, ..api::Options::new(&files.dir) },
        ))
        .merge(probe::routes(gate.clone(), stop.clone()));
    if let Some(telegram) = telegram {
        all = all.merge(telegram::routes(Arc::clone(telegram), Arc::new(Behind(gate.clone()))));
    }
    Ok(all.layer(DefaultBodyLimit::max(BODY)).layer(from_fn(keep_to_ourselves)))
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
