//! What the poller and the webhook need from whoever stores updates.

use std::future::Future;

use serde::Deserialize;
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

#[derive(Deserialize)]
struct Numbered {
    update_id: i64,
}

/// The number of an update, if it has one. Serde would read the array `[7]` as a struct too, hence the look
/// at the first byte.
pub(super) fn number(bytes: &[u8]) -> Option<i64> {
    bytes.trim_ascii_start().starts_with(b"{").then_some(())?;
    serde_json::from_slice::<Numbered>(bytes).ok().map(|n| n.update_id)
}

/// Bytes with their key: the update's number, or what cannot collide with one, a hash of the bytes.
pub(super) fn raw(bytes: &[u8]) -> Raw {
    let key = number(bytes).map_or_else(
        || format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))),
        |n| n.to_string(),
    );
    Raw { key, bytes: bytes.to_vec() }
}

/// Last, not greatest: see [`Batch::next_offset`].
pub(super) fn next_offset(updates: &[Raw]) -> Option<i64> {
    updates.iter().rev().find_map(|u| number(&u.bytes)).map(|id| id.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_follows_the_last_number_even_downwards() {
        let batch = |bodies: &[&str]| bodies.iter().map(|b| raw(b.as_bytes())).collect::<Vec<_>>();
        let high_then_low = batch(&[r#"{"update_id":727334708}"#, r#"{"update_id":117314199}"#]);
        assert_eq!(next_offset(&high_then_low), Some(117_314_200));
        assert_eq!(next_offset(&batch(&[r#"{"update_id":5}"#, r#"{"message":{}}"#, "7"])), Some(6));
        assert_eq!(next_offset(&batch(&["null", r#"{"update_id":"5"}"#])), None);
    }

    #[test]
    fn an_update_without_a_number_is_known_by_its_bytes() {
        let (a, b) = (raw(b"[1]"), raw(b"[2]"));
        assert!(a.key.starts_with("sha256:") && a.key != b.key);
        assert_eq!(raw(b"[1]").key, a.key);
        assert_eq!(raw(br#"{"update_id":12,"message":{}}"#).key, "12");
    }
}
