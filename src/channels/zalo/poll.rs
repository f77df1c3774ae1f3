//! The poller, for development. Zalo hands an update out once: what was read and not yet stored when the program dies
//! is gone, and no program can change that. So what was read is held here until it is stored.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::envelope::raw;
use super::wire::Fault;
use super::{NAME, Zalo};
use crate::channels::http::Mishap;
use crate::channels::intake::{Batch, Intake, Turn};
use crate::service::channel::{Channel as _, Raw};

/// After a failure, and between two looks whether it is our turn.
const REST: Duration = Duration::from_secs(1);
/// After a token was refused or a quota used up.
const LONG_REST: Duration = Duration::from_mins(1);
/// A server that answers at once that there is nothing must not be asked in a tight loop.
const HASTY: Duration = Duration::from_millis(200);

/// Asks Zalo for updates for as long as it is our turn.
pub struct Poller<I> {
    zalo: Arc<Zalo>,
    intake: Arc<I>,
}

impl<I: Intake> Poller<I> {
    /// A poller that has not begun.
    #[must_use]
    pub const fn new(zalo: Arc<Zalo>, intake: Arc<I>) -> Self {
        Self { zalo, intake }
    }

    /// Polls until stopped.
    pub async fn run(self, stop: CancellationToken) {
        tracing::warn!(
            channel = NAME,
            "ZALO IS POLLED (zalo.mode = poll): FOR DEVELOPMENT ONLY. Zalo hands every message out once; one that \
             is read when this program dies IS LOST. Use the webhook for real service"
        );
        while !stop.is_cancelled() {
            let rest = match stop.run_until_cancelled(self.ask()).await {
                None => return,
                Some(Ok(Some(update))) => {
                    // not cut off by the stop: it exists nowhere else
                    self.keep(update).await;
                    continue;
                }
                Some(Ok(None)) => HASTY,
                Some(Err(rest)) => rest,
            };
            let _stopped = stop.run_until_cancelled(sleep(rest)).await;
        }
    }

    /// One question; the error is how long to rest.
    async fn ask(&self) -> Result<Option<Raw>, Duration> {
        if self.intake.turn(NAME, self.zalo.bot()).await != Turn::Ours {
            return Err(REST);
        }
        let wait = self.zalo.poll_timeout;
        let asked = Instant::now();
        let body = json!({ "timeout": wait.as_secs() });
        match self.zalo.wire.ask("getUpdates", &body, wait + Duration::from_secs(10)).await {
            Ok(Some(result)) if result.get().trim() != "{}" && result.get() != "null" => {
                Ok(Some(raw(result.get().as_bytes())))
            }
            Ok(_) | Err(Fault::Refused(408)) if asked.elapsed() < wait / 2 => Err(REST.min(wait)),
            Ok(_) | Err(Fault::Refused(408)) => Ok(None),
            Err(Fault::Refused(409)) => {
                tracing::warn!(channel = NAME, "a webhook is set: taking it off, since the mode is poll");
                let _ = self.zalo.delete_webhook().await;
                Err(REST)
            }
            Err(fault @ (Fault::Token | Fault::OnTheWay(Mishap::Wait(_)))) => {
                tracing::error!(channel = NAME, %fault, "no updates");
                Err(LONG_REST)
            }
            Err(fault) => {
                tracing::debug!(channel = NAME, %fault, "no updates");
                Err(REST)
            }
        }
    }

    async fn keep(&self, Raw { key, bytes }: Raw) {
        loop {
            let updates = vec![Raw { key: key.clone(), bytes: bytes.clone() }];
            let batch = Batch { updates, next_offset: None };
            if self.intake.accept(NAME, self.zalo.bot(), batch).await.is_ok() {
                return;
            }
            tracing::error!(
                channel = NAME,
                "a message that exists nowhere else cannot be stored: trying again"
            );
            sleep(REST).await;
        }
    }
}
