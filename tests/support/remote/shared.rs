//! The state behind its lock.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// The state behind its lock, and a bell that rings after every change.
pub(crate) struct Shared<S> {
    state: Mutex<S>,
    bell: watch::Sender<()>,
}

impl<S> Shared<S> {
    pub(crate) fn new(state: S) -> Self {
        Self { state: Mutex::new(state), bell: watch::Sender::new(()) }
    }

    pub(crate) fn read<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn write<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let result = self.quietly(change);
        self.bell.send_replace(());
        result
    }

    /// A change that nobody needs to hear of.
    pub(crate) fn quietly<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn bell(&self) -> watch::Receiver<()> {
        self.bell.subscribe()
    }

    /// Whether it became so within ten seconds; looks again after every change.
    pub(crate) async fn until(&self, so: impl Fn() -> bool) -> bool {
        let mut bell = self.bell();
        let waiting = async {
            while !so() {
                bell.changed().await.expect("the fake is up");
            }
        };
        timeout(Duration::from_secs(10), waiting).await.is_ok()
    }

    /// What is there within ten seconds; looks again after every change.
    pub(crate) async fn find<T>(&self, look: impl Fn() -> Option<T>) -> Option<T> {
        self.until(|| look().is_some()).await;
        look()
    }
}
