//! Who is called when, as rules over data (`config/alarms.toml`): chains that climb until a named person
//! acknowledges, hours and holidays that keep only the less urgent waiting, and calls that fold.
//!
//! The rules never end a climb. They only say when it goes on: ending it is a person's act (DESIGN §2.2).

mod calendar;
mod fold;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use super::lane::Kind;
use super::locale::Locale;
use crate::kernel::{Secret, Timestamp};

pub use calendar::{Holidays, Hours, Turn, day_of};
pub use fold::{Called, Folding, Window};
pub use read::PlanFault;

/// The plan that counts until a province has one of its own.
pub const EMBEDDED: &str = include_str!("../../config/alarms.toml");
/// The chain of what the program finds wrong with itself.
pub const SYSTEM: &str = "system";

/// How somebody is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// The staff pages show it; nothing leaves the program.
    Console,
    /// A signed POST to an address of the person's own.
    Webhook,
    /// A letter.
    Email,
    /// A text message to a phone.
    Sms,
    /// A phone call by a machine, through a bridge outside the program.
    Call,
    /// A chat with our Telegram bot.
    Telegram,
    /// A chat with our Zalo account.
    Zalo,
}

impl Way {
    /// All ways.
    pub const ALL: [Self; 7] =
        [Self::Console, Self::Webhook, Self::Email, Self::Sms, Self::Call, Self::Telegram, Self::Zalo];

    /// The word in files and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Webhook => "webhook",
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Telegram => "telegram",
            Self::Zalo => "zalo",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == word)
    }
}

/// Whom a step calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Those whose shift it is; all members when it is nobody's.
    Duty,
    /// All members of the desk.
    Members,
    /// Those who lead the desk.
    Leads,
    /// Those who lead the desk above; for a top desk its own leads.
    Parent,
    /// Those who oversee the service.
    Supervisors,
    /// Those who look after the installation.
    Administrators,
    /// One person, by login.
    Person(String),
}

/// One step of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Whom it calls.
    pub who: Vec<Who>,
    /// How long after the step before it; the first, after the alarm.
    pub after: Duration,
    /// By which ways, all of them at once.
    pub ways: Vec<Way>,
    /// When these people may be called; none is always. The most urgent does not heed it.
    pub hours: Option<Hours>,
}

/// Steps from near to far. There is always one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    first: Step,
    more: Vec<Step>,
    repeat: Duration,
}

/// Somebody who can be called.
pub struct Person {
    /// The language of what is said to them.
    pub locale: Locale,
    /// Where each way reaches them. Never logged.
    pub addresses: BTreeMap<Way, Secret<String>>,
    /// The ways of the digest.
    pub digest: Vec<Way>,
}

/// A part of the day that some people are on duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// What people call it.
    pub name: String,
    /// For which desks.
    pub desks: Vec<String>,
    /// Who, by login.
    pub people: Vec<String>,
    /// When.
    pub hours: Hours,
}

/// What climbs, as far as the rules need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Climber {
    /// 0 is a life at risk.
    pub urgency: u8,
    /// When the clock ends that it is about.
    pub until: Option<Timestamp>,
}

/// What becomes of a climb when a step is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// The step to be taken next.
    pub level: usize,
    /// When. Always later than the step that was taken.
    pub next: Timestamp,
}

/// What is watched of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// When it must have been acknowledged; none once it is.
    pub alarm: Option<Timestamp>,
    /// 0 is a life at risk.
    pub urgency: u8,
    /// When only a tenth of its clock is left; none if no clock runs.
    pub last_tenth: Option<Timestamp>,
}

/// What a look at a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Nobody has acknowledged it in time, and it is urgent enough to call people.
    pub unacknowledged: bool,
    /// Its clock is in the last tenth.
    pub clock: bool,
    /// When to look again, unless it changes before; none when there is nothing more to see.
    pub next: Option<Timestamp>,
}

/// The whole plan of a province.
pub struct Plan {
    interrupt: u8,
    folding: Folding,
    chains: BTreeMap<String, Chain>,
    holidays: Holidays,
    people: BTreeMap<String, Person>,
    shifts: Vec<Shift>,
}

impl Chain {
    /// The step of a level; beyond the last it is the last.
    #[must_use]
    pub fn step(&self, level: usize) -> &Step {
        match level.checked_sub(1) {
            None => &self.first,
            Some(n) => self.more.get(n).or(self.more.last()).unwrap_or(&self.first),
        }
    }

    /// All steps, from near to far.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// The level of the last step.
    #[must_use]
    pub const fn top(&self) -> usize {
        self.more.len()
    }
}

impl Plan {
    /// Reads files over each other, each with its name; all faults at once.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, Vec<PlanFault>> {
        read::plan(files)
    }

    /// The plan the program was built with.
    pub fn embedded() -> Result<Self, Vec<PlanFault>> {
        Self::read(&[("config/alarms.toml", EMBEDDED)])
    }

    /// The chain of a desk: its own by name, or that of its kind.
    #[must_use]
    pub fn chain(&self, desk: &str, kind: Kind) -> Option<&Chain> {
        self.chains.get(desk).or_else(|| self.chains.get(kind.as_str()))
    }

    /// The days off.
    #[must_use]
    pub const fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    /// The chain of what the program finds wrong with itself.
    #[must_use]
    pub fn system_chain(&self) -> Option<&Chain> {
        self.chains.get(SYSTEM)
    }

    /// The names that have a chain.
    pub fn chains(&self) -> impl Iterator<Item = (&str, &Chain)> {
        self.chains.iter().map(|(name, chain)| (name.as_str(), chain))
    }

    /// Somebody who can be called, by login.
    #[must_use]
    pub fn person(&self, login: &str) -> Option<&Person> {
        self.people.get(login)
    }

    /// Everybody who can be called, by login.
    pub fn people(&self) -> impl Iterator<Item = (&str, &Person)> {
        self.people.iter().map(|(login, person)| (login.as_str(), person))
    }

    /// All shifts.
    #[must_use]
    pub fn shifts(&self) -> &[Shift] {
        &self.shifts
    }

    /// How calls fold.
    #[must_use]
    pub const fn folding(&self) -> &Folding {
        &self.folding
    }

    /// Whether a case of this urgency calls people at all, or waits for the digest.
    #[must_use]
    pub const fn interrupts(&self, urgency: u8) -> bool {
        urgency <= self.interrupt
    }

    /// The turn of a shift that runs at `now`.
    #[must_use]
    pub fn turn(&self, shift: &Shift, now: Timestamp) -> Option<Turn> {
        shift.hours.turn(&self.holidays, now)
    }

    /// Who is on duty at a desk, by login.
    #[must_use]
    pub fn on_duty(&self, desk: &str, now: Timestamp) -> Vec<&str> {
        let runs = |s: &&Shift| s.desks.iter().any(|d| d == desk) && self.turn(s, now).is_some();
        self.shifts.iter().filter(runs).flat_map(|s| s.people.iter().map(String::as_str)).collect()
    }

    /// When the first step of a chain is taken.
    #[must_use]
    pub fn begin(&self, chain: &Chain, climber: Climber, raised: Timestamp) -> Timestamp {
        self.heeding(&chain.first, climber, raised.plus(chain.first.after))
    }

    /// The step of `level` is taken at `now`: what comes next. Something always does, and later than `now`.
    #[must_use]
    pub fn climb(&self, chain: &Chain, level: usize, climber: Climber, now: Timestamp) -> Rung {
        let last = level >= chain.top();
        let level = if last { chain.top() } else { level + 1 };
        let step = chain.step(level);
        let wait = if last { chain.repeat } else { step.after };
        Rung { level, next: self.heeding(step, climber, now.plus(wait)) }
    }

    /// A step waits for its hours unless a life is at risk, or they begin only after the clock has ended.
    fn heeding(&self, step: &Step, climber: Climber, at: Timestamp) -> Timestamp {
        let Some(hours) = step.hours.as_ref().filter(|_| climber.urgency > 0) else { return at };
        let opens = hours.opening(&self.holidays, at);
        if climber.until.is_some_and(|end| opens >= end) { at } else { opens }
    }

    /// Looks at a case.
    #[must_use]
    pub fn look(&self, case: &Watched, now: Timestamp) -> Look {
        let calls = case.alarm.filter(|_| self.interrupts(case.urgency));
        let later = [calls, case.last_tenth].into_iter().flatten().filter(|at| *at > now);
        Look {
            unacknowledged: calls.is_some_and(|at| at <= now),
            clock: case.last_tenth.is_some_and(|at| at <= now),
            next: later.min(),
        }
    }
}
