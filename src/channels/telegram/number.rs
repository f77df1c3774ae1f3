//! How Telegram numbers its updates.

use serde::Deserialize;

use crate::channels::intake::key_of_bytes;
use crate::service::channel::Raw;

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
    let key = number(bytes).map_or_else(|| key_of_bytes(bytes), |n| n.to_string());
    Raw { key, bytes: bytes.to_vec() }
}

/// Last, not greatest: see [`crate::channels::intake::Batch::next_offset`].
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
