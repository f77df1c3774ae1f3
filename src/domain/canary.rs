//! Canaries: synthetic tips that the service sends itself through each of its ways in. A way in is a *line*; a line
//! whose canary does not come back is late, and that is told to people.
//!
//! A canary is no [`super::lane::Kind`] and never becomes a case: no queue, count, register or statistic can hold one,
//! because none of them has a word for it.

use std::fmt;
use std::time::Duration;

use crate::kernel::Timestamp;
use crate::kernel::id::RowId;

/// The line of web pages and programs: both hand over to the same intake.
pub const WEB: &str = "web";
/// A moment so far in the future is not another node's clock being a little ahead: ours went back.
const AHEAD: Duration = Duration::from_mins(2);
/// After a round that failed the next one comes this soon, so that a line is green again soon after it is mended.
const SOON: Duration = Duration::from_mins(1);

/// How often canaries are sent, and when one is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Whether any are sent.
    pub enabled: bool,
    /// Between two rounds of a line.
    pub every: Duration,
    /// A line that was not good for so long is red.
    pub late: Duration,
    /// How long a canary stays stored.
    pub keep: Duration,
}

/// What went wrong with the last round of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It could not be stored at all.
    NotStored,
    /// It was stored as it came, and nobody worked it off.
    NotWorkedOff,
    /// It was worked off, and its answer did not come to the end of the outbox.
    NotAnswered,
    /// It arrived and does not open, or says other words.
    Altered,
    /// The messenger refuses to know us.
    Refused,
    /// The messenger does not answer.
    Unreachable,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NotStored,
        Self::NotWorkedOff,
        Self::NotAnswered,
        Self::Altered,
        Self::Refused,
        Self::Unreachable,
    ];

    /// The word in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStored => "not_stored",
            Self::NotWorkedOff => "not_worked_off",
            Self::NotAnswered => "not_answered",
            Self::Altered => "altered",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == word)
    }
}

/// A canary that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flight {
    /// Which one.
    pub canary: RowId,
    /// Since when.
    pub begun: Timestamp,
}

/// How a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `web`, or channel and bot.
    pub name: String,
    /// Since when it is served.
    pub since: Timestamp,
    /// The canary under way.
    pub flight: Option<Flight>,
    /// When the next round begins.
    pub next: Timestamp,
    /// When a canary last came back whole.
    pub good: Option<Timestamp>,
    /// How long that one took.
    pub took: Option<Duration>,
    /// What was wrong with the round after that one.
    pub trouble: Option<Trouble>,
}

/// What a line wants now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Nothing yet.
    Rest,
    /// See whether the canary under way has come back.
    Look(Flight),
    /// Send one; the one that was under way is given up.
    Begin {
        /// The one that is given up.
        lost: Option<Flight>,
    },
}

/// How long ago something was; `None` where the clock went back behind it, so that nobody can say.
fn age(at: Timestamp, now: Timestamp) -> Option<Duration> {
    (at <= now.plus(AHEAD)).then(|| now.since(at))
}

impl Line {
    /// Whether people must be told. A clock that went back makes a line late rather than silent; its next canary sets
    /// that right.
    #[must_use]
    pub fn is_late(&self, pace: &Pace, now: Timestamp) -> bool {
        age(self.good.unwrap_or(self.since), now).is_none_or(|age| age > pace.late)
    }

    /// What is to be done now. At most one canary of a line is under way.
    #[must_use]
    pub fn wants(&self, pace: &Pace, now: Timestamp) -> Move {
        match self.flight {
            Some(flight) if age(flight.begun, now).is_some_and(|age| age <= pace.late) => Move::Look(flight),
            Some(lost) => Move::Begin { lost: Some(lost) },
            // a next round that is further away than any round is set: the clock went back
            None if self.next <= now || self.next > now.plus(pace.every + AHEAD) => {
                Move::Begin { lost: None }
            }
            None => Move::Rest,
        }
    }
}

impl Pace {
    /// When the round after one that ended now begins.
    #[must_use]
    pub fn next(&self, now: Timestamp, was_good: bool) -> Timestamp {
        now.plus(if was_good { self.every } else { self.every.min(SOON) })
    }
}

/// The number of a canary, in a series of its own: `CN-19-2026-000123`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Province code, two digits.
    pub province: String,
    /// Calendar year in Vietnam.
    pub year: i64,
    /// Position in the series, from 1.
    pub number: i64,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CN-{}-{}-{:06}", self.province, self.year, self.number)
    }
}

/// The words of a canary: they follow from its name, so that whoever reads it back knows what it must say.
#[must_use]
pub fn words(canary: RowId) -> String {
    format!("Tin thử của hệ thống {}", canary.uuid().simple())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PACE: Pace = Pace {
        enabled: true,
        every: Duration::from_mins(5),
        late: Duration::from_mins(15),
        keep: Duration::from_hours(24),
    };
    const NOON: Timestamp = Timestamp::from_millis(1_795_320_720_000);

    fn line() -> Line {
        Line {
            name: WEB.to_owned(),
            since: NOON,
            flight: None,
            next: NOON,
            good: None,
            took: None,
            trouble: None,
        }
    }

    fn after(mins: u64) -> Timestamp {
        NOON.plus(Duration::from_mins(mins))
    }

    fn flight(begun: Timestamp) -> Flight {
        Flight { canary: RowId::from_uuid(Uuid::nil()), begun }
    }

    #[test]
    fn a_line_is_late_when_nothing_came_back_for_long_and_not_before() {
        for (good, now, late) in
            [(None, 15, false), (None, 16, true), (Some(10), 25, false), (Some(10), 26, true)]
        {
            let line = Line { good: good.map(after), ..line() };
            assert_eq!(line.is_late(&PACE, after(now)), late, "{good:?} {now}");
        }
    }

    #[test]
    fn one_canary_at_a_time_and_a_lost_one_is_given_up() {
        assert_eq!(line().wants(&PACE, NOON), Move::Begin { lost: None });
        let resting = Line { next: after(5), ..line() };
        assert_eq!(resting.wants(&PACE, after(4)), Move::Rest);
        assert_eq!(resting.wants(&PACE, after(5)), Move::Begin { lost: None });
        let flying = Line { flight: Some(flight(NOON)), ..line() };
        assert_eq!(flying.wants(&PACE, after(15)), Move::Look(flight(NOON)));
        assert_eq!(flying.wants(&PACE, after(16)), Move::Begin { lost: Some(flight(NOON)) });
    }

    #[test]
    fn a_clock_that_went_back_neither_silences_a_line_nor_stops_its_canaries() {
        let ahead = Line { good: Some(after(600)), next: after(605), ..line() };
        assert!(ahead.is_late(&PACE, NOON), "late rather than silent for ten hours");
        assert_eq!(ahead.wants(&PACE, NOON), Move::Begin { lost: None });
        let flying = Line { flight: Some(flight(after(600))), ..line() };
        assert_eq!(flying.wants(&PACE, NOON), Move::Begin { lost: Some(flight(after(600))) });
        let little = Line { good: Some(after(1)), next: after(6), ..line() };
        assert!(!little.is_late(&PACE, NOON), "another node's clock is a little ahead");
        assert_eq!(little.wants(&PACE, NOON), Move::Rest);
    }

    #[test]
    fn every_word_reads_back_and_the_number_has_a_series_of_its_own() {
        for trouble in Trouble::ALL {
            assert_eq!(Trouble::parse(trouble.as_str()), Some(trouble));
        }
        assert_eq!(Trouble::parse("else"), None);
        let number = Number { province: "19".into(), year: 2026, number: 123 };
        assert_eq!(number.to_string(), "CN-19-2026-000123");
    }
}
