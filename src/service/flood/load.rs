//! How much comes in: new cases a second, on this node. A count, nothing about anybody.

use std::collections::VecDeque;

use crate::domain::flood::Rules;
use crate::kernel::Timestamp;

/// Counts by the second, and the last signs of a flood.
#[derive(Default)]
pub(super) struct Load {
    seconds: VecDeque<(i64, u32)>,
    total: u32,
    flooded: Option<Timestamp>,
    kin: Option<Timestamp>,
}

impl Load {
    /// Counts one more; whether that is a flood.
    pub(super) fn add(&mut self, rules: &Rules, now: Timestamp) -> bool {
        let second = now.as_secs();
        let span = i64::try_from(rules.load_span().as_secs()).unwrap_or(i64::MAX);
        while let Some((old, n)) = self.seconds.front().copied() {
            // A clock that was set back has nothing to compare with.
            if old > second - span && old <= second {
                break;
            }
            self.seconds.pop_front();
            self.total -= n;
        }
        match self.seconds.back_mut() {
            Some((last, n)) if *last == second => *n += 1,
            _ => self.seconds.push_back((second, 1)),
        }
        self.total += 1;
        if self.total > rules.load_most() {
            self.flooded = Some(now);
        }
        lasts(self.flooded, rules, now)
    }

    /// Relatives without proof are too many.
    pub(super) const fn note_kin(&mut self, now: Timestamp) {
        self.kin = Some(now);
    }

    /// Whether strangers are to be asked for proof.
    pub(super) fn asks(&self, rules: &Rules, now: Timestamp) -> bool {
        lasts(self.flooded, rules, now) || lasts(self.kin, rules, now)
    }
}

fn lasts(since: Option<Timestamp>, rules: &Rules, now: Timestamp) -> bool {
    since.is_some_and(|at| (at..at.plus(rules.linger())).contains(&now))
}
