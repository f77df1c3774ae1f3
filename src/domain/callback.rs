//! Calling somebody back: counselling only, only who asked, only at the hour they chose. A tip is never called back: a
//! call can betray an informant. That is a type here: a [`CallBack`] cannot be made for any other lane.
//!
//! Nothing in here dials. A person does, and says how it went; then the number is forgotten.

mod number;
mod rules;

use serde::{Deserialize, Serialize};

pub use self::number::PhoneNumber;
pub use self::rules::{BadRules, Rules, Slot};
use super::case::Hold;
use super::lane::Kind;
use crate::kernel::Timestamp;
use crate::kernel::id::{CallbackId, CaseId, DeskId, ItemId, StaffId, TenantId};

/// What may be said to who picks up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discretion {
    /// Only the neutral name, until the person themselves is on the line.
    NameOnly,
    /// Where the call comes from may be said.
    MaySay,
}

impl Discretion {
    /// Both, in the order shown: the careful one first.
    pub const ALL: [Self; 2] = [Self::NameOnly, Self::MaySay];

    /// The word in fields and catalogues.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NameOnly => "name_only",
            Self::MaySay => "may_say",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.as_str() == word)
    }
}

/// What is sealed of a call-back: the number is content. No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Whom to call.
    pub number: PhoneNumber,
    /// What may be said to who picks up.
    pub say: Discretion,
    /// Through what it was asked for.
    pub channel: String,
    /// Who wrote it down for the caller, by name; none when the person asked by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_by: Option<String>,
    /// When it was asked for, exactly.
    pub at: Timestamp,
}

/// A call-back that was asked for. The fields are private: [`CallBack::new`] is the only way to one.
#[derive(Clone)]
pub struct CallBack {
    wanted: Wanted,
    slot: Slot,
}

impl CallBack {
    /// For a counselling desk, and for no other.
    pub fn new(kind: Kind, wanted: Wanted, slot: Slot) -> Result<Self, Refused> {
        Self::offered(kind)?;
        Ok(Self { wanted, slot })
    }

    /// Whether desks of a kind call back at all.
    pub const fn offered(kind: Kind) -> Result<(), Refused> {
        match kind {
            Kind::Counselling => Ok(()),
            Kind::Tips | Kind::Oversight => Err(Refused::NotCounselling),
        }
    }

    /// What is to be sealed.
    #[must_use]
    pub const fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// The hour that was chosen.
    #[must_use]
    pub const fn slot(&self) -> Slot {
        self.slot
    }
}

/// Where a call-back stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is to be made.
    Open,
    /// They talked.
    Reached,
    /// Nobody was reached, and it is not tried again.
    NotReached,
    /// It was somebody else's number.
    WrongNumber,
    /// The person does not want it any more.
    Withdrawn,
}

impl Standing {
    /// All.
    pub const ALL: [Self; 5] =
        [Self::Open, Self::Reached, Self::NotReached, Self::WrongNumber, Self::Withdrawn];

    /// The word in rows and catalogues.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reached => "reached",
            Self::NotReached => "not_reached",
            Self::WrongNumber => "wrong_number",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

/// How a call went, as the person who dialled says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// They talked.
    Reached,
    /// Nobody, or somebody else, picked up; tried once more at another hour, or not.
    NotReached(Option<Slot>),
    /// It was somebody else's number.
    WrongNumber,
    /// The person does not want it any more.
    Withdrawn,
    /// The hour has passed without a call: another one, or none. Nobody opened the number.
    Missed(Option<Slot>),
}

/// The clear part of a call-back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: CallbackId,
    /// Whose service.
    pub tenant: TenantId,
    /// Of which case.
    pub case: CaseId,
    /// Which desk has it.
    pub desk: DeskId,
    /// Where it stands.
    pub standing: Standing,
    /// The hour; meaningless once it does not stand open.
    pub slot: Slot,
    /// How often it was tried.
    pub tries: u32,
    /// Counts every change.
    pub version: i64,
    /// Who is calling.
    pub hold: Option<Hold>,
    /// The sealed number; none once it is forgotten.
    pub item: Option<ItemId>,
}

impl Row {
    /// Who is calling now. A lease from a clock that was set back since counts no longer than one begun now.
    #[must_use]
    pub fn held(&self, now: Timestamp, rules: &Rules) -> Option<Hold> {
        self.hold.filter(|h| h.until > now && h.until <= now.plus(rules.lease()))
    }

    /// Somebody takes it and is shown the number: only within the hour that was chosen, one at a time.
    pub fn take(&self, who: StaffId, now: Timestamp, rules: &Rules) -> Result<Self, Refused> {
        self.stands()?;
        if let Some(hold) = self.held(now, rules).filter(|h| h.by != who) {
            return Err(Refused::Held(hold));
        }
        if now < self.slot.from() {
            return Err(Refused::TooEarly);
        }
        // Who opened it in time and is still calling may look at the number again.
        let calling = self.held(now, rules).is_some();
        if self.is_missed(now, rules) && !calling {
            return Err(Refused::TooLate);
        }
        let hold = Some(Hold { by: who, until: now.plus(rules.lease()) });
        Ok(Self { version: self.version + 1, hold, ..self.clone() })
    }

    /// Whether its hour has passed, so that nobody may call any more without another one.
    #[must_use]
    pub fn is_missed(&self, now: Timestamp, rules: &Rules) -> bool {
        self.standing == Standing::Open && now >= self.slot.to().plus(rules.grace())
    }

    /// Somebody says how it went: who dialled; about an hour that was missed, anybody.
    pub fn record(
        &self,
        outcome: Outcome,
        who: StaffId,
        now: Timestamp,
        rules: &Rules,
    ) -> Result<Self, Refused> {
        self.stands()?;
        if let Some(hold) = self.held(now, rules).filter(|h| h.by != who) {
            return Err(Refused::Held(hold));
        }
        let mine = self.hold.is_some_and(|h| h.by == who);
        let missed = self.is_missed(now, rules) && !mine;
        let tried = self.tries.saturating_add(1);
        match outcome {
            Outcome::Missed(_) if !missed => Err(Refused::NotMissed),
            Outcome::Missed(Some(slot)) => Ok(self.again(slot, self.tries)),
            Outcome::Missed(None) => Ok(self.ended(Standing::NotReached, self.tries)),
            Outcome::Withdrawn => Ok(self.ended(Standing::Withdrawn, self.tries)),
            _ if !mine => Err(Refused::NotTaken),
            Outcome::Reached => Ok(self.ended(Standing::Reached, tried)),
            Outcome::WrongNumber => Ok(self.ended(Standing::WrongNumber, tried)),
            Outcome::NotReached(None) => Ok(self.ended(Standing::NotReached, tried)),
            Outcome::NotReached(Some(_)) if tried >= rules.tries() => Err(Refused::EnoughTries),
            Outcome::NotReached(Some(slot)) => Ok(self.again(slot, tried)),
        }
    }

    /// The person themselves does not want it any more. Always allowed while it has not happened.
    pub fn withdraw(&self) -> Result<Self, Refused> {
        self.stands()?;
        Ok(self.ended(Standing::Withdrawn, self.tries))
    }

    /// The person asks once more, with an hour and a number: it begins anew, whatever became of it before.
    #[must_use]
    pub fn anew(&self, slot: Slot, item: ItemId) -> Self {
        Self { standing: Standing::Open, item: Some(item), ..self.again(slot, 0) }
    }

    /// When the watch must look at it: in the last tenth of its hour, but not while somebody is calling.
    #[must_use]
    pub fn watch(&self) -> Option<Timestamp> {
        let last_tenth = self.slot.last_tenth();
        let held = self.hold.map_or(last_tenth, |h| h.until);
        (self.standing == Standing::Open).then(|| last_tenth.max(held))
    }

    fn stands(&self) -> Result<(), Refused> {
        if self.standing == Standing::Open { Ok(()) } else { Err(Refused::Over) }
    }

    fn again(&self, slot: Slot, tries: u32) -> Self {
        Self { slot, tries, version: self.version + 1, hold: None, ..self.clone() }
    }

    fn ended(&self, standing: Standing, tries: u32) -> Self {
        Self { standing, tries, version: self.version + 1, hold: None, item: None, ..self.clone() }
    }
}

/// Why something about a call-back is not done. The words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A tip is never called back.
    #[error("only counselling calls back")]
    NotCounselling,
    /// It is no number here.
    #[error("not a telephone number of this country")]
    BadNumber,
    /// The hour is not one of those offered, or no longer.
    #[error("not an hour that is offered")]
    NoSlot,
    /// It has happened, or was withdrawn.
    #[error("the call-back is over")]
    Over,
    /// Its hour has not come.
    #[error("its hour has not come")]
    TooEarly,
    /// Its hour has passed.
    #[error("its hour has passed")]
    TooLate,
    /// Its hour has not passed without a call.
    #[error("its hour was not missed")]
    NotMissed,
    /// Somebody else is calling.
    #[error("somebody else is calling")]
    Held(Hold),
    /// Only who dialled can say how it went.
    #[error("not taken by you")]
    NotTaken,
    /// It was tried as often as it may be.
    #[error("tried often enough")]
    EnoughTries,
    /// It has changed since the caller read it.
    #[error("stale")]
    Stale,
    /// A case with an open call-back cannot be closed.
    #[error("a call-back of the case is open")]
    StillOpen,
    /// A closed case is not called back.
    #[error("the case is closed")]
    CaseClosed,
}

impl Refused {
    /// The stable word, and the last part of the catalogue key.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotCounselling => "callback_not_counselling",
            Self::BadNumber => "callback_number",
            Self::NoSlot => "callback_slot",
            Self::Over => "callback_over",
            Self::TooEarly => "callback_early",
            Self::TooLate => "callback_late",
            Self::NotMissed => "callback_not_missed",
            Self::Held(_) => "callback_held",
            Self::NotTaken => "callback_not_taken",
            Self::EnoughTries => "callback_tries",
            Self::Stale => "callback_stale",
            Self::StillOpen => "callback_open",
            Self::CaseClosed => "callback_closed",
        }
    }

    /// Whether what was sent is wrong in itself, rather than at this moment.
    #[must_use]
    pub const fn is_input(&self) -> bool {
        matches!(self, Self::NotCounselling | Self::BadNumber | Self::NoSlot | Self::EnoughTries)
    }
}

#[cfg(test)]
mod tests;
