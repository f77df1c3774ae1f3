//! What pollers and webhooks need from whoever stores updates.

use std::future::Future;

use sha2::{Digest, Sha256};

use crate::service::channel::Raw;

/// Updates that came together, in the order they came.
pub struct Batch {
    /// The updates, unparsed; those we could not even number are among them.
    pub updates: Vec<Raw>,
    /// Where to go on asking once these are stored: the last id of the batch plus one, which may be *lower*
    /// than before (after a quiet week Telegram picks a new number at random). `None` from a webhook, or
    /// when no update had a number: then the stored offset stays as it is.
    pub next_offset: Option<i64>,
}

/// The batch was not committed; it will come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not stored")]
pub struct NotStored;

/// Whether to ask Telegram for more now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// This node holds the lease of this bot: ask.
    Ours,
    /// Another node polls.
    Others,
    /// So much waits to be handled that Telegram had better hold the rest (it does so for 24 hours).
    Full,
}

/// Stores updates. Implementations commit before they return `Ok`: the caller acknowledges right after.
pub trait Intake: Send + Sync + 'static {
    /// Commits the updates (an update with a known key is left as it is) and the next offset together.
    fn accept(
        &self,
        channel: &'static str,
        bot: &str,
        batch: Batch,
    ) -> impl Future<Output = Result<(), NotStored>> + Send;

    /// The offset stored last, 0 at first. Read before every poll, because another node may have polled.
    fn offset(&self, channel: &'static str, bot: &str)
    -> impl Future<Output = Result<i64, NotStored>> + Send;

    /// Whether it is our turn.
    fn turn(&self, channel: &'static str, bot: &str) -> impl Future<Output = Turn> + Send;
}

/// What makes bytes without a number of their own the same update when they come again: a hash, which cannot
/// collide with a number.
#[must_use]
pub fn key_of_bytes(bytes: &[u8]) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)))
}
