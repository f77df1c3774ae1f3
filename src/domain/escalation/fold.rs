//! How calls fold. Somebody who was called for something is not called for the same thing again within ten
//! minutes, and not for everything at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::kernel::Timestamp;

/// One call that somebody got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Called {
    /// What it was about.
    pub fold: [u8; 16],
    /// When.
    pub at: Timestamp,
}

/// For how long, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folding {
    /// Calls for the same within so long are one.
    pub window: Duration,
    /// So many calls one person gets in that time, whatever for.
    pub most: usize,
}

impl Folding {
    /// Whether `at` lies so little before `now` that it still counts. What lies ahead does not: a clock that was
    /// set back must not silence anybody.
    #[must_use]
    pub fn counts(&self, at: Timestamp, now: Timestamp) -> bool {
        at <= now && now.since(at) < self.window
    }

    /// Whether somebody who got these calls may be called for `fold` now.
    #[must_use]
    pub fn may_call(&self, called: &[Called], fold: [u8; 16], now: Timestamp) -> bool {
        let lately: Vec<&Called> = called.iter().filter(|c| self.counts(c.at, now)).collect();
        let calls: BTreeSet<(Timestamp, [u8; 16])> = lately.iter().map(|c| (c.at, c.fold)).collect();
        calls.len() < self.most && lately.iter().all(|c| c.fold != fold)
    }
}

/// What came lately, to tell whether something is like it. It lives in memory only: what makes two cases alike
/// (a place, the same words) must not be read out of a database.
#[derive(Debug, Default)]
pub struct Window {
    seen: BTreeMap<Vec<u8>, ([u8; 16], Timestamp)>,
}

/// More marks than this are not remembered: then less folds, and memory stays bounded.
const REMEMBERED: usize = 10_000;

impl Window {
    /// The fold of something with these marks: that of the first thing which shares one of them and came lately,
    /// or `fresh`. Each joining prolongs nothing: a fold lasts one window from its first.
    pub fn join(
        &mut self,
        marks: &[Vec<u8>],
        fresh: [u8; 16],
        folding: &Folding,
        now: Timestamp,
    ) -> [u8; 16] {
        let known = marks.iter().find_map(|m| self.seen.get(m)).filter(|(_, at)| folding.counts(*at, now));
        let (fold, since) = known.copied().unwrap_or((fresh, now));
        if self.seen.len() + marks.len() > REMEMBERED {
            self.seen.retain(|_, (_, at)| folding.counts(*at, now));
        }
        for mark in marks {
            if self.seen.len() < REMEMBERED {
                let live = self.seen.get(mark).is_some_and(|(_, at)| folding.counts(*at, now));
                if !live {
                    self.seen.insert(mark.clone(), (fold, since));
                }
            }
        }
        fold
    }
}
