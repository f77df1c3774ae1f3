//! The daily tally: what was received and what became of it, in numbers that anybody can add up. Pure arithmetic;
//! the chain over the days is the vault's, the rows are the store's.

use serde::{Deserialize, Serialize};

use super::lane::Kind;
use crate::kernel::Timestamp;

/// Seconds that Vietnam is ahead of UTC, all the year.
const AHEAD: i64 = 7 * 3600;
const DAY: i64 = 86_400;
/// 1970-01-01 was a Thursday: so many days after a Monday.
const THURSDAY: i64 = 3;

/// How a lane stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which lane.
    pub kind: Kind,
    /// Intake numbers given since the beginning.
    pub received: i64,
    /// Cases that are not closed.
    pub open: i64,
    /// Cases that a person closed with a reason.
    pub closed: i64,
    /// Messages folded into another of the same flood, each with a number of its own.
    pub folded: i64,
}

/// Intake numbers given in one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Which lane.
    pub kind: Kind,
    /// Calendar year in Vietnam.
    pub year: i64,
    /// The last number given.
    pub last: i64,
}

/// What one day's tally says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Each lane.
    pub lanes: Vec<Standing>,
    /// Each series.
    pub series: Vec<Given>,
}

impl Standing {
    /// Whether everything received is accounted for.
    #[must_use]
    pub const fn adds_up(&self) -> bool {
        self.received == self.open + self.closed + self.folded
    }
}

impl Figures {
    /// The standing of a lane; zeros when nothing of it is written down.
    #[must_use]
    pub fn lane(&self, kind: Kind) -> Standing {
        let none = Standing { kind, received: 0, open: 0, closed: 0, folded: 0 };
        self.lanes.iter().find(|l| l.kind == kind).copied().unwrap_or(none)
    }

    /// The last number given in a series.
    #[must_use]
    pub fn last(&self, kind: Kind, year: i64) -> i64 {
        self.series.iter().find(|s| s.kind == kind && s.year == year).map_or(0, |s| s.last)
    }

    /// Everything that does not add up, in words for the operator.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut all = Vec::new();
        for lane in &self.lanes {
            let kind = lane.kind.as_str();
            if !lane.adds_up() {
                let Standing { received, open, closed, folded, .. } = lane;
                all.push(format!(
                    "{kind}: {received} received, but {open} open + {closed} closed + {folded} folded"
                ));
            }
            let given: i64 = self.series.iter().filter(|s| s.kind == lane.kind).map(|s| s.last).sum();
            if given != lane.received {
                all.push(format!("{kind}: {} received, but {given} numbers given", lane.received));
            }
        }
        all
    }

    /// Everything by which these figures cannot follow `earlier` ones: a number that was given stays given.
    #[must_use]
    pub fn steps_back(&self, earlier: &Self) -> Vec<String> {
        earlier
            .series
            .iter()
            .filter(|s| self.last(s.kind, s.year) < s.last)
            .map(|s| {
                let now = self.last(s.kind, s.year);
                format!("{} {}: {now} numbers given after {}", s.kind.as_str(), s.year, s.last)
            })
            .collect()
    }
}

/// The day it is in Vietnam, counted from 1970.
#[must_use]
pub const fn day_in_vietnam(at: Timestamp) -> i64 {
    (at.as_secs() + AHEAD).div_euclid(DAY)
}

/// The moment a day begins in Vietnam.
#[must_use]
pub const fn begin_of(day: i64) -> Timestamp {
    Timestamp::from_millis((day * DAY - AHEAD) * 1000)
}

/// What the public may be told of one week: never a number so small that somebody could be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Its Monday.
    pub monday: i64,
    /// Tips received, those about officials among them; none when there were fewer than may be told.
    pub tips: Option<i64>,
    /// Calls for help received, likewise.
    pub counselling: Option<i64>,
}

/// How the public tally is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publication {
    /// Whether there is one at all.
    pub public: bool,
    /// The smallest number that is told.
    pub smallest: i64,
    /// How many days after its last day a week is told.
    pub delay_days: i64,
    /// How many weeks are shown.
    pub weeks: i64,
}

impl Publication {
    /// The last days of the weeks that may be told on `today`, newest first, and the Sunday before the oldest.
    pub fn sundays(&self, today: i64) -> impl Iterator<Item = i64> + use<> {
        let last = today - self.delay_days - 1;
        let newest = last - (last + THURSDAY - 6).rem_euclid(7);
        (0..=self.weeks).map(move |n| newest - 7 * n)
    }

    /// The week that ends on `sunday`, from the figures of that day and of the Sunday before.
    #[must_use]
    pub fn week(&self, sunday: i64, before: &Figures, after: &Figures) -> Week {
        let received =
            |kinds: &[Kind]| kinds.iter().map(|k| after.lane(*k).received - before.lane(*k).received).sum();
        let told = |n: i64| (n >= self.smallest).then_some(n);
        Week {
            monday: sunday - 6,
            tips: told(received(&[Kind::Tips, Kind::Oversight])),
            counselling: told(received(&[Kind::Counselling])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(received: i64, open: i64, closed: i64) -> Figures {
        let kind = Kind::Tips;
        Figures {
            lanes: vec![Standing { kind, received, open, closed, folded: 0 }],
            series: vec![Given { kind, year: 2026, last: received }],
        }
    }

    #[test]
    fn received_is_open_and_closed_and_folded() {
        assert!(figures(5, 3, 2).faults().is_empty());
        assert_eq!(figures(5, 3, 1).faults(), ["tips: 5 received, but 3 open + 1 closed + 0 folded"]);
        let mut short = figures(5, 3, 2);
        short.series[0].last = 4;
        assert_eq!(short.faults(), ["tips: 5 received, but 4 numbers given"]);
    }

    #[test]
    fn a_number_that_was_given_stays_given() {
        assert!(figures(6, 6, 0).steps_back(&figures(5, 5, 0)).is_empty());
        assert_eq!(figures(4, 4, 0).steps_back(&figures(5, 5, 0)), ["tips 2026: 4 numbers given after 5"]);
        assert_eq!(Figures::default().steps_back(&figures(5, 5, 0)).len(), 1);
    }

    #[test]
    fn the_day_turns_at_midnight_in_vietnam() {
        let midnight = Timestamp::from_millis(1_795_280_400_000); // 2026-11-21T17:00:00Z
        let day = day_in_vietnam(midnight);
        assert_eq!(begin_of(day), midnight);
        assert_eq!(day_in_vietnam(Timestamp::from_millis(midnight.as_millis() - 1)), day - 1);
    }

    #[test]
    fn only_whole_weeks_that_are_old_enough_are_told() {
        let publication = Publication { public: true, smallest: 5, delay_days: 7, weeks: 2 };
        // 2026-11-22 is a Sunday, day 20,779
        let sunday = 20_779;
        assert_eq!(day_in_vietnam(Timestamp::from_millis(1_795_320_720_000)), sunday);
        let told = |today: i64| publication.sundays(today).collect::<Vec<_>>();
        assert_eq!(told(sunday + 7), [sunday - 7, sunday - 14, sunday - 21]);
        assert_eq!(told(sunday + 8), [sunday, sunday - 7, sunday - 14], "seven whole days after its last");
        assert_eq!(told(sunday + 14), [sunday, sunday - 7, sunday - 14]);
    }

    #[test]
    fn small_numbers_are_not_told() {
        let publication = Publication { public: true, smallest: 5, delay_days: 7, weeks: 2 };
        let week = |n: i64| publication.week(20_779, &figures(100, 100, 0), &figures(100 + n, 100 + n, 0));
        assert_eq!((week(4).tips, week(5).tips), (None, Some(5)));
        assert_eq!((week(0).tips, week(9).counselling), (None, None));
        assert_eq!(week(0).monday, 20_773);
    }
}
