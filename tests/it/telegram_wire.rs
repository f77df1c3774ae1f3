//! The Telegram channel against a Telegram that keeps its rules and loses its temper.

mod hook;
mod poll;
mod send;
mod silence;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tinan::channels::intake::{Batch, Intake, NotStored, Turn};
use tinan::channels::telegram::{Health, Options, Poller, Retry, Telegram};
use tinan::kernel::{Entropy, Secret};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::telegram::{Fake, TOKEN};

/// Options that lose no time.
fn options(fake: &Fake) -> Options {
    Options {
        api_url: Some(fake.url()),
        poll_timeout: Duration::from_secs(2),
        call_timeout: Duration::from_millis(1500),
        per_second: 1000,
        retry: Retry {
            first: Duration::from_millis(20),
            cap: Duration::from_millis(200),
            refused: Duration::from_secs(2),
            standby: Duration::from_millis(20),
        },
        ..Options::new(Secret::new(TOKEN.to_owned()))
    }
}

fn channel(fake: &Fake) -> Arc<Telegram> {
    Arc::new(Telegram::new(options(fake)).unwrap_or_else(|e| panic!("{e}")))
}

/// An inbox in memory that refuses or rests when told to.
#[derive(Default)]
struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Keys and bytes in the order they were first accepted.
    stored: Vec<(String, Vec<u8>)>,
    keys: HashSet<String>,
    offset: i64,
    /// How many more batches to refuse.
    refuse: usize,
    /// How many batches came in all, refused ones included.
    batches: usize,
    resting: Option<Turn>,
}

impl Memory {
    fn with<R>(&self, f: impl FnOnce(&mut Inner) -> R) -> R {
        f(&mut self.inner.lock().expect("no panic inside"))
    }

    fn count(&self) -> usize {
        self.with(|m| m.stored.len())
    }

    fn keys(&self) -> Vec<String> {
        self.with(|m| m.stored.iter().map(|(key, _)| key.clone()).collect())
    }

    async fn holds(&self, count: usize) {
        let filled = async {
            while self.count() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(Duration::from_secs(10), filled).await.is_ok(), "{} of {count}", self.count());
    }
}

impl Intake for Memory {
    async fn accept(&self, channel: &'static str, bot: &str, batch: Batch) -> Result<(), NotStored> {
        assert_eq!((channel, bot), ("telegram", "7654321098"));
        self.with(|m| {
            m.batches += 1;
            if m.refuse > 0 {
                m.refuse -= 1;
                return Err(NotStored);
            }
            for update in batch.updates {
                if m.keys.insert(update.key.clone()) {
                    m.stored.push((update.key, update.bytes));
                }
            }
            m.offset = batch.next_offset.unwrap_or(m.offset);
            Ok(())
        })
    }

    async fn offset(&self, _: &'static str, _: &str) -> Result<i64, NotStored> {
        Ok(self.with(|m| m.offset))
    }

    async fn turn(&self, _: &'static str, _: &str) -> Turn {
        self.with(|m| m.resting).unwrap_or(Turn::Ours)
    }
}

/// A poller at work.
struct Polling {
    health: watch::Receiver<Health>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Polling {
    fn start(telegram: &Arc<Telegram>, memory: &Arc<Memory>) -> Self {
        let poller = Poller::new(Arc::clone(telegram), Arc::clone(memory), Entropy::seeded(1));
        let (health, stop) = (poller.health(), CancellationToken::new());
        let task = tokio::spawn(poller.run(stop.clone()));
        Self { health, stop, task }
    }

    async fn becomes(&mut self, health: Health) {
        let seen = timeout(Duration::from_secs(10), self.health.wait_for(|h| *h == health)).await;
        assert!(seen.is_ok_and(|r| r.is_ok()), "never {health:?}");
    }

    /// Stops and says how long that took.
    async fn stop(self) -> Duration {
        let asked = tokio::time::Instant::now();
        self.stop.cancel();
        self.task.await.expect("no panic");
        asked.elapsed()
    }
}
