//! The service behind the poller and the webhook: what they accept is committed there.

use std::time::Duration;

use super::intake::{Batch, Intake, NotStored, Turn};
use crate::service::Hotline;

/// One poller per bot; another node polls soon after this one is gone.
const LEASE: Duration = Duration::from_secs(10);
/// With so many updates waiting, polling pauses: Telegram keeps them for a day.
const FULL: i64 = 200_000;

impl Intake for Hotline {
    async fn accept(&self, channel: &'static str, bot: &str, batch: Batch) -> Result<(), NotStored> {
        let Batch { updates, next_offset } = batch;
        match Self::accept(self, (channel, bot), updates, next_offset).await {
            Ok(_) => Ok(()),
            Err(e) => {
                tracing::warn!(channel, error = %e, "updates could not be stored and are not acknowledged");
                Err(NotStored)
            }
        }
    }

    async fn offset(&self, channel: &'static str, bot: &str) -> Result<i64, NotStored> {
        self.position(channel, bot).await.map_err(|_| NotStored)
    }

    async fn turn(&self, channel: &'static str, bot: &str) -> Turn {
        match self.lease(&format!("poll:{channel}:{bot}"), LEASE).await {
            Ok(true) => match self.backlog(channel, bot).await {
                Ok(n) if n < FULL => Turn::Ours,
                _ => Turn::Full,
            },
            _ => Turn::Others,
        }
    }
}
