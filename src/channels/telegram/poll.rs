//! The poller. Asking for updates from an offset acknowledges all below it, so the one rule here is: the
//! next question goes out only after the last answer is committed. Whatever goes wrong, the same offset is
//! asked for again, and the worst that can happen is that an update comes twice.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::number::next_offset;
use super::wire::{Fault, Why};
use super::{NAME, Telegram};
use crate::channels::http::Mishap;
use crate::channels::intake::{Batch, Intake, NotStored, Turn};
use crate::kernel::Entropy;
use crate::service::channel::Channel as _;

/// How the polling goes, for `/readyz`, `doctor` and the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// No answer yet.
    Starting,
    /// Telegram answers and what it says is stored.
    Polling,
    /// Another node polls, or this one has enough to do.
    Standby,
    /// Somebody else polls with our token.
    Conflict,
    /// Telegram refuses the token.
    Unauthorised,
    /// Telegram asked us to slow down.
    Throttled,
    /// No sensible answer from Telegram.
    Unreachable,
    /// Updates come but cannot be stored; Telegram keeps them for 24 hours.
    NotStoring,
}

impl Health {
    const fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Polling => "polling",
            Self::Standby => "standby",
            Self::Conflict => "conflict",
            Self::Unauthorised => "unauthorised",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::NotStoring => "not_storing",
        }
    }
}

/// What one round came to: how it went, and how to wait before the next.
struct Round {
    health: Health,
    rest: Rest,
}

enum Rest {
    None,
    For(Duration),
    /// Longer with every failure in a row.
    BackOff,
}

/// Asks Telegram for updates for as long as it is our turn.
pub struct Poller<I> {
    telegram: Arc<Telegram>,
    intake: Arc<I>,
    entropy: Entropy,
    health: watch::Sender<Health>,
}

impl<I: Intake> Poller<I> {
    /// A poller that has not begun.
    #[must_use]
    pub fn new(telegram: Arc<Telegram>, intake: Arc<I>, entropy: Entropy) -> Self {
        Self { telegram, intake, entropy, health: watch::Sender::new(Health::Starting) }
    }

    /// How it goes, from now on.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    /// Polls until stopped. A stop takes effect at once, also in the middle of a long poll, and
    /// acknowledges nothing: what was not committed comes again.
    pub async fn run(self, stop: CancellationToken) {
        let mut failures = 0;
        while let Some(round) = stop.run_until_cancelled(self.round()).await {
            self.tell(round.health);
            let rest = match round.rest {
                Rest::None => Duration::ZERO,
                Rest::For(wait) => wait,
                Rest::BackOff => self.back_off(failures),
            };
            failures = if matches!(round.rest, Rest::BackOff) { failures + 1 } else { 0 };
            if stop.run_until_cancelled(tokio::time::sleep(rest)).await.is_none() {
                break;
            }
        }
    }

    async fn round(&self) -> Round {
        let bot = self.telegram.bot();
        if self.intake.turn(NAME, bot).await != Turn::Ours {
            return Round { health: Health::Standby, rest: Rest::For(self.telegram.retry.standby) };
        }
        let Ok(offset) = self.intake.offset(NAME, bot).await else { return not_storing() };
        let asked = Instant::now();
        match self.telegram.updates(offset).await {
            Err(fault) => self.mend(&fault).await,
            Ok(updates) if updates.is_empty() => self.nothing(asked.elapsed()),
            Ok(updates) => {
                let count = updates.len() as u64;
                let next_offset = next_offset(&updates);
                let stored = self.intake.accept(NAME, bot, Batch { updates, next_offset }).await;
                stored_round(stored, count, next_offset.is_some())
            }
        }
    }

    /// A server that does not hold the question open must not be asked in a tight loop.
    fn nothing(&self, held: Duration) -> Round {
        let hasty = held < self.telegram.poll_timeout / 2;
        let rest = if hasty { Rest::For(self.telegram.retry.first) } else { Rest::None };
        Round { health: Health::Polling, rest }
    }

    async fn mend(&self, fault: &Fault) -> Round {
        metrics::counter!("tinan_channel_poll_faults_total", "channel" => NAME).increment(1);
        tracing::debug!(channel = NAME, %fault, "no updates");
        let (health, rest) = match *fault {
            Fault::OnTheWay(Mishap::Wait(wait)) => (Health::Throttled, Rest::For(wait)),
            Fault::Refused { why: Why::Token, .. } => {
                (Health::Unauthorised, Rest::For(self.telegram.retry.refused))
            }
            Fault::Refused { why: Why::OtherPoller, .. } => (Health::Conflict, Rest::BackOff),
            Fault::Refused { why: Why::WebhookSet, .. } => {
                // the operator chose polling; the updates waiting for the webhook are kept
                tracing::warn!(channel = NAME, "a webhook is set: taking it off, since the mode is poll");
                let _ = self.telegram.delete_webhook().await;
                (Health::Conflict, Rest::BackOff)
            }
            _ => (Health::Unreachable, Rest::BackOff),
        };
        Round { health, rest }
    }

    /// Doubles from `first` to `cap`, then takes between half and all of it, so that nodes that failed
    /// together do not come back together.
    fn back_off(&self, failures: u32) -> Duration {
        let retry = &self.telegram.retry;
        let full = retry.first.saturating_mul(1 << failures.min(16)).min(retry.cap);
        let chance = self.entropy.bytes::<1>().map_or(u8::MAX, |[byte]| byte);
        full / 2 + full / 2 * u32::from(chance) / 255
    }

    /// Says so once when things change, and loudly when a person is needed.
    fn tell(&self, now: Health) {
        let before = self.health.send_replace(now);
        if before == now {
            return;
        }
        let (from, to) = (before.word(), now.word());
        match now {
            Health::Unauthorised => tracing::error!(channel = NAME, from, to, "the token is refused"),
            Health::Conflict | Health::Unreachable | Health::NotStoring => {
                tracing::warn!(channel = NAME, from, to, "polling is disturbed");
            }
            _ => tracing::info!(channel = NAME, from, to, "polling"),
        }
    }
}

fn not_storing() -> Round {
    Round { health: Health::NotStoring, rest: Rest::BackOff }
}

/// A stored batch without any number leaves the offset where it was and would come again at once.
fn stored_round(stored: Result<(), NotStored>, count: u64, moved: bool) -> Round {
    if stored.is_err() {
        return not_storing();
    }
    metrics::counter!("tinan_channel_updates_total", "channel" => NAME).increment(count);
    Round { health: Health::Polling, rest: if moved { Rest::None } else { Rest::BackOff } }
}
