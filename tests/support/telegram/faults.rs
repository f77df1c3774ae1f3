//! What can go wrong on purpose.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// One way for a call to fail.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// 429 with `retry_after` in seconds; nothing is done.
    Wait(u64),
    /// Telegram's own error with this code and description; nothing is done.
    Refused(u16, &'static str),
    /// A page of a gateway, not of Telegram, with this status; nothing is done.
    Gateway(u16),
    /// The connection ends before the call is done or recorded.
    CutBefore,
    /// The call is done, and the connection ends instead of the answer.
    CutAfter,
    /// The call is done, and the connection ends in the middle of the answer.
    Torn,
    /// The call is done, and the second half of the answer comes this much later.
    Slow(Duration),
    /// The call is done, and the answer is not JSON.
    Garbage,
}

/// The faults to come, by method in lower case.
#[derive(Default)]
pub(super) struct Faults(HashMap<String, VecDeque<Fault>>);

impl Faults {
    pub(super) fn add(&mut self, method: &str, faults: impl IntoIterator<Item = Fault>) {
        self.0.entry(method.to_ascii_lowercase()).or_default().extend(faults);
    }

    pub(super) fn take(&mut self, method: &str) -> Option<Fault> {
        self.0.get_mut(&method.to_ascii_lowercase())?.pop_front()
    }
}
