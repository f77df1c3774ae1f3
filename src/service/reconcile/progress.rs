//! How far the reconciler has come. Kept in one row, so that another node goes on where this one stopped.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::Timestamp;

/// So often a page of files is halved at most: any page is a single file by then.
const MOST_HALVED: u32 = 20;

/// Two positions: up to where the new is known, and where the slow walk over the old is.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Walk {
    pub(super) fresh: i64,
    pub(super) lap: i64,
}

/// A chain: its positions, and how many receipts its links up to the first one told of.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Chained {
    pub(super) walk: Walk,
    pub(super) received: i64,
}

/// The highest position that some earlier round saw.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Ceiling {
    seq: i64,
    at: i64,
}

/// Everything a round takes over from the one before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    ceiling: Option<Ceiling>,
    /// When the last round was, and whether it had looked at everything that was new.
    pub(super) at: i64,
    pub(super) caught_up: bool,
    pub(super) cases: Walk,
    pub(super) chains: BTreeMap<String, Chained>,
    pub(super) series: BTreeMap<String, Walk>,
    pub(super) turn: usize,
    pub(super) cell: usize,
    pub(super) saved: i64,
    pub(super) mailboxes: Uuid,
    pub(super) letters: Uuid,
    pub(super) files: Uuid,
    /// The last name of the shelf that was looked at; empty between laps.
    pub(super) names: String,
    /// How often the page of files was halved because the shelf did not answer for it.
    halved: u32,
}

impl Progress {
    /// For looking at everything in one go: counts are not saved up for.
    pub(super) fn for_everything() -> Self {
        Self { saved: i64::MAX / 2, ..Self::default() }
    }

    /// Whether no walk over pages is under way.
    pub(super) const fn is_between_laps(&self) -> bool {
        self.mailboxes.is_nil() && self.letters.is_nil() && self.files.is_nil() && self.names.is_empty()
    }

    /// Ends the walk over the files, wherever it is.
    pub(super) fn give_files_up(&mut self) {
        (self.files, self.names) = (Uuid::nil(), String::new());
    }

    /// How many files to ask for at once, of so many at most.
    pub(super) fn files_page(&self, most: i64) -> i64 {
        most.checked_shr(self.halved).unwrap_or(0).max(1)
    }

    /// The shelf did not answer for a page, or did: the next is half as large, or twice.
    pub(super) fn pace_files(&mut self, unanswered: bool) {
        self.halved =
            if unanswered { (self.halved + 1).min(MOST_HALVED) } else { self.halved.saturating_sub(1) };
    }

    /// What cannot be read is begun anew: that costs time and loses nothing.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Up to which position all cases are committed or never will be: what a round saw at least `margin` ago.
    /// `highest` is what this one sees.
    pub(super) fn settled(&mut self, highest: i64, now: Timestamp, margin: Duration) -> i64 {
        let old = self.ceiling.filter(|c| now.since(Timestamp::from_millis(c.at)) >= margin);
        if old.is_some() || self.ceiling.is_none() {
            self.ceiling = Some(Ceiling { seq: highest, at: now.as_millis() });
        }
        old.map_or(self.cases.fresh, |c| c.seq.max(self.cases.fresh)).min(highest)
    }
}

impl Walk {
    /// The next stretch of what is new, and moves on past it. A database that was set back is begun anew.
    pub(super) fn next_fresh(&mut self, end: i64, most: i64) -> (i64, i64) {
        if self.fresh > end {
            *self = Self::default();
        }
        let after = self.fresh;
        self.fresh = end.min(after.saturating_add(most));
        (after, self.fresh)
    }

    /// The next stretch of the slow walk, and moves on past it; at the end it begins anew.
    pub(super) fn next_lap(&mut self, most: i64) -> (i64, i64) {
        let after = if self.lap >= self.fresh { 0 } else { self.lap };
        self.lap = self.fresh.min(after.saturating_add(most));
        (after, self.lap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn a_position_is_relied_on_only_when_it_is_old_enough() {
        let at = |minutes: u64| Timestamp::from_millis(0).plus(MINUTE * u32::try_from(minutes).expect("few"));
        let mut progress = Progress::default();
        assert_eq!(progress.settled(10, at(0), MINUTE), 0, "seen for the first time");
        assert_eq!(progress.settled(20, at(0), MINUTE), 0, "too young");
        assert_eq!(progress.settled(30, at(1), MINUTE), 10);
        assert_eq!(progress.settled(40, at(2), MINUTE), 30);
        assert_eq!(progress.settled(5, at(3), MINUTE), 5, "a database that was set back");
    }

    #[test]
    fn the_new_is_looked_at_once_and_the_old_again_and_again() {
        let mut walk = Walk::default();
        assert_eq!(walk.next_fresh(25, 10), (0, 10));
        assert_eq!(walk.next_fresh(25, 10), (10, 20));
        assert_eq!(walk.next_fresh(25, 10), (20, 25));
        assert_eq!(walk.next_fresh(25, 10), (25, 25));
        assert_eq!(walk.next_lap(15), (0, 15));
        assert_eq!(walk.next_lap(15), (15, 25));
        assert_eq!(walk.next_lap(15), (0, 15));
        assert_eq!(walk.next_fresh(3, 10), (0, 3), "a database that was set back is read anew");
    }

    #[test]
    fn a_page_that_was_not_answered_is_halved_down_to_one_file_and_grows_again() {
        let mut progress = Progress::default();
        let mut pages = |unanswered| {
            progress.pace_files(unanswered);
            progress.files_page(2000)
        };
        assert_eq!([true, true, false, true].map(&mut pages), [1000, 500, 1000, 500]);
        assert_eq!((0..99).map(|_| pages(true)).last(), Some(1));
        assert_eq!((0..99).map(|_| pages(false)).last(), Some(2000));
    }

    #[test]
    fn what_was_kept_reads_back_and_garbage_begins_anew() {
        let mut progress = Progress { turn: 7, ..Progress::default() };
        progress.series.insert("a".to_owned(), Walk { fresh: 3, lap: 1 });
        let read = Progress::read(&serde_json::to_string(&progress).expect("writes"));
        assert_eq!((read.turn, read.series["a"].fresh), (7, 3));
        assert_eq!(Progress::read("{").turn, 0);
    }
}
