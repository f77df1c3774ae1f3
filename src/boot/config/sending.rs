//! How messages to chats leave.

use std::time::Duration;

use super::read::Reader;
use crate::service::outbox::Sending;

/// A single call must surely end while the lease still stands: a node that has lost the database can renew
/// nothing, and another may take its messages over when the lease ends.
pub(super) fn sending(r: &mut Reader) -> Option<Sending> {
    let call = r.seconds("telegram.call_seconds", 1, 60);
    let lease = r.seconds("outbox.lease_seconds", 2, 10);
    let margin = r.seconds("outbox.margin_seconds", 1, 9);
    let fetch = r.number("files.fetch_hours", 1, 24 * 7);
    let unserved = r.number("outbox.unserved_hours", 1, 24 * 30);
    let (call, lease, margin) = (call?, lease?, margin?);
    if lease <= call + margin {
        let what = "must be more than telegram.call_seconds and outbox.margin_seconds together";
        r.fault("outbox.lease_seconds", what);
        return None;
    }
    let (fetch, unserved) = (Duration::from_hours(fetch?), Duration::from_hours(unserved?));
    Some(Sending { lease, margin, fetch, unserved })
}

/// A single call must surely end while the lease of its message still stands.
pub(super) fn call_seconds(r: &mut Reader, key: &str) -> Option<Duration> {
    let call = r.seconds(key, 1, 60)?;
    let lease = r.seconds("outbox.lease_seconds", 2, 10)?;
    let margin = r.seconds("outbox.margin_seconds", 1, 9)?;
    if lease <= call + margin {
        r.fault(key, "and outbox.margin_seconds together must be less than outbox.lease_seconds");
        return None;
    }
    Some(call)
}
