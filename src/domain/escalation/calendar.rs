//! Hours of the week and days off, in Vietnam's time, which has been UTC+7 without summer time since 1975.

use std::time::Duration;

use crate::kernel::Timestamp;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const HERE_MS: i64 = 7 * 60 * MINUTE_MS;
/// The first of January 1970 was a Thursday, the fourth day of the week.
const FIRST_WEEKDAY: i64 = 3;
/// How far ahead an opening is looked for. Hours that do not open in that time are not heeded.
const HORIZON_DAYS: i64 = 60;

/// Days off: each a first and a last day, as days since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays(pub(super) Vec<(i64, i64)>);

impl Holidays {
    fn contains(&self, day: i64) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&day))
    }
}

/// Hours of some days of the week. What ends at or before its beginning ends the day after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Monday first.
    pub(super) days: [bool; 7],
    /// Minutes since midnight.
    pub(super) from: i64,
    /// Minutes since midnight.
    pub(super) to: i64,
    /// Whether they hold on days off too.
    pub(super) holidays: bool,
}

/// One running of a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The day it began, in days since 1970, in Vietnam.
    pub day: i64,
    /// When it began.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
}

/// The day in Vietnam, in days since 1970.
#[must_use]
pub fn day_of(at: Timestamp) -> i64 {
    (at.as_millis().saturating_add(HERE_MS)).div_euclid(DAY_MS)
}

/// The days of a week as files call them.
pub(super) const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `HH:MM` as minutes since midnight; `24:00` is the end of the day.
pub(super) fn minute_of_day(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let minutes = hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?;
    let good = two(hour) && two(minute) && minute < "60" && minutes <= 24 * 60;
    good.then_some(minutes % (24 * 60))
}

impl Hours {
    /// From the words of a file; none if one of them means nothing.
    #[must_use]
    pub fn of_words(days: &[String], (from, to): (&str, &str), holidays: bool) -> Option<Self> {
        let known = days.iter().all(|word| WEEK.contains(&word.as_str()));
        let named = WEEK.map(|day| days.iter().any(|word| word == day));
        let (from, to) = (minute_of_day(from)?, minute_of_day(to)?);
        (known && !days.is_empty()).then_some(Self { days: named, from, to, holidays })
    }

    /// The turn that begins on the day of a moment, if one does.
    #[must_use]
    pub fn turn_on(&self, holidays: &Holidays, at: Timestamp) -> Option<Turn> {
        self.turn_of(holidays, day_of(at))
    }

    /// The turn that begins on a day, if one does.
    fn turn_of(&self, holidays: &Holidays, day: i64) -> Option<Turn> {
        let weekday = usize::try_from((day + FIRST_WEEKDAY).rem_euclid(7)).ok()?;
        let works = self.days.get(weekday).copied().unwrap_or(false);
        if !works || (!self.holidays && holidays.contains(day)) {
            return None;
        }
        let length = (self.to - self.from).rem_euclid(DAY_MS / MINUTE_MS);
        let length = if length == 0 { DAY_MS / MINUTE_MS } else { length };
        let from = day.saturating_mul(DAY_MS) - HERE_MS + self.from * MINUTE_MS;
        let length = Duration::from_secs(u64::try_from(length * 60).unwrap_or(0));
        let from = Timestamp::from_millis(from);
        Some(Turn { day, from, to: from.plus(length) })
    }

    /// The turn that runs at a moment.
    #[must_use]
    pub fn turn(&self, holidays: &Holidays, at: Timestamp) -> Option<Turn> {
        let today = day_of(at);
        let mut turns = [today, today - 1].into_iter().filter_map(|day| self.turn_of(holidays, day));
        turns.find(|turn| turn.from <= at && at < turn.to)
    }

    /// The moment itself if it lies within the hours, else when they begin next.
    #[must_use]
    pub fn opening(&self, holidays: &Holidays, at: Timestamp) -> Timestamp {
        if self.turn(holidays, at).is_some() {
            return at;
        }
        let today = day_of(at);
        let mut turns = (today..today + HORIZON_DAYS).filter_map(|day| self.turn_of(holidays, day));
        turns.find(|turn| turn.from >= at).map_or(at, |turn| turn.from)
    }
}
