//! Which hours are offered, as arithmetic over data (`config/callback.toml`).

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Refused;
use crate::domain::escalation::{Holidays, Hours, day_of};
use crate::domain::wording;
use crate::kernel::Timestamp;

/// Hours end on whole minutes.
const MINUTE: u64 = 60;
/// Seconds that the clocks of Vietnam are ahead; they are never changed.
const HANOI: i64 = 7 * 3_600;
const DAY: Duration = Duration::from_hours(24);

/// The data file is not as it should be; says what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadRules(String);

/// An hour in which somebody can be called: from, until before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot {
    from: Timestamp,
    to: Timestamp,
}

impl Slot {
    /// From a row. `to` is never before `from`.
    #[must_use]
    pub fn of_row(from: Timestamp, to: Timestamp) -> Self {
        Self { from, to: to.max(from) }
    }

    /// Its beginning.
    #[must_use]
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// Its end.
    #[must_use]
    pub const fn to(self) -> Timestamp {
        self.to
    }

    /// The day it begins on in Vietnam, in days since 1970.
    #[must_use]
    pub fn day(self) -> i64 {
        day_of(self.from)
    }

    /// The hour of the clock in Vietnam at which it begins.
    #[must_use]
    pub fn clock_hour(self) -> u32 {
        let since = self.from.as_secs() + HANOI;
        u32::try_from(since.div_euclid(3_600).rem_euclid(24)).unwrap_or_default()
    }

    /// When only a tenth of it is left.
    #[must_use]
    pub fn last_tenth(self) -> Timestamp {
        self.to.minus(self.to.since(self.from) / 10)
    }
}

/// What the data file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    file: File,
    open: Vec<Hours>,
    /// Folded.
    fillings: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    caller: String,
    slot_minutes: u32,
    notice_minutes: u32,
    days: u32,
    tries: u32,
    grace_minutes: u32,
    lease_minutes: u32,
    again_minutes: u32,
    fillings: Vec<String>,
    open: Vec<Open>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    days: Vec<String>,
    from: String,
    to: String,
    #[serde(default)]
    holidays: bool,
}

const fn minutes(n: u32) -> Duration {
    Duration::from_secs(n as u64 * MINUTE)
}

impl Rules {
    /// The file the program was built with.
    pub fn embedded() -> Result<Self, BadRules> {
        Self::parse(include_str!("../../../config/callback.toml"))
    }

    /// Reads the data file.
    pub fn parse(text: &str) -> Result<Self, BadRules> {
        let file: File = toml::from_str(text).map_err(|e| BadRules(e.message().to_owned()))?;
        let wrong = |what: &str| Err(BadRules(what.to_owned()));
        let within = |n: u32, from: u32, to: u32| (from..=to).contains(&n);
        if file.caller.trim().is_empty() || file.caller.chars().count() > 40 {
            return wrong("caller must be a short name");
        } else if !within(file.slot_minutes, 15, 240) {
            return wrong("slot_minutes must be 15 to 240");
        } else if !within(file.notice_minutes, 0, 1440) {
            return wrong("notice_minutes must be 0 to 1440");
        } else if !within(file.days, 1, 31) {
            return wrong("days must be 1 to 31");
        } else if !within(file.tries, 1, 10) {
            return wrong("tries must be 1 to 10");
        } else if !within(file.grace_minutes, 0, 60) {
            return wrong("grace_minutes must be 0 to 60");
        } else if !within(file.lease_minutes, 5, 240) || !within(file.again_minutes, 5, 1440) {
            return wrong("lease_minutes must be 5 to 240, again_minutes 5 to 1440");
        }
        let fillings: BTreeSet<String> = file.fillings.iter().map(|word| wording::folded(word)).collect();
        if fillings.iter().any(|word| word.is_empty() || word.contains(' ')) {
            return wrong("fillings must be single words");
        }
        let hours = |o: &Open| Hours::of_words(&o.days, (&o.from, &o.to), o.holidays);
        match file.open.iter().map(hours).collect::<Option<Vec<_>>>() {
            Some(open) => Ok(Self { file, open, fillings }),
            None => {
                wrong("an [[open]] needs days of mon, tue, wed, thu, fri, sat, sun, and times such as 08:00")
            }
        }
    }

    /// What a counsellor says when somebody else picks up.
    #[must_use]
    pub fn caller(&self) -> &str {
        &self.file.caller
    }

    /// Whether people say this word around their own number and mean nothing more by it; the word is folded.
    #[must_use]
    pub fn fills(&self, folded: &str) -> bool {
        self.fillings.contains(folded)
    }

    /// How often a number is tried at most.
    #[must_use]
    pub const fn tries(&self) -> u32 {
        self.file.tries
    }

    /// How long after the hour the number can still be opened.
    #[must_use]
    pub const fn grace(&self) -> Duration {
        minutes(self.file.grace_minutes)
    }

    /// How long somebody has to say how it went.
    #[must_use]
    pub const fn lease(&self) -> Duration {
        minutes(self.file.lease_minutes)
    }

    /// When an ended alarm about a call-back that is still open is raised again.
    #[must_use]
    pub const fn again(&self) -> Duration {
        minutes(self.file.again_minutes)
    }

    /// The hours that can be chosen now, the nearest first.
    #[must_use]
    pub fn slots(&self, holidays: &Holidays, now: Timestamp) -> Vec<Slot> {
        let earliest = now.plus(minutes(self.file.notice_minutes));
        let mut all = Vec::new();
        for ahead in 0..=self.file.days {
            // Yesterday first: hours that began then may reach into today.
            let day = now.minus(DAY).plus(DAY * ahead);
            for turn in self.open.iter().filter_map(|hours| hours.turn_on(holidays, day)) {
                all.extend(self.cut(turn.from, turn.to).filter(|slot| slot.from >= earliest));
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The whole hours of an opening; what is left over is not offered.
    fn cut(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Slot> {
        let length = minutes(self.file.slot_minutes);
        let slots = std::iter::successors(Some(from), move |at| Some(at.plus(length)));
        slots.map(move |at| Slot { from: at, to: at.plus(length) }).take_while(move |slot| slot.to <= to)
    }

    /// The hour that begins at a moment, if it is offered.
    pub fn choose(&self, holidays: &Holidays, now: Timestamp, from: Timestamp) -> Result<Slot, Refused> {
        self.slots(holidays, now).into_iter().find(|slot| slot.from == from).ok_or(Refused::NoSlot)
    }
}
