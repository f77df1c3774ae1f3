//! What can go wrong on purpose.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// One way for a call to fail.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Zalo's own no, with this code and HTTP 200; nothing is done.
    Code(i32),
    /// A page of a gateway, not of Zalo, with this status; nothing is done.
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

/// The faults to come, by method.
#[derive(Default)]
pub(super) struct Faults(HashMap<String, VecDeque<Fault>>);

impl Faults {
    pub(super) fn add(&mut self, method: &str, faults: impl IntoIterator<Item = Fault>) {
        self.0.entry(method.to_owned()).or_default().extend(faults);
    }

    pub(super) fn take(&mut self, method: &str) -> Option<Fault> {
        self.0.get_mut(method)?.pop_front()
    }
}
