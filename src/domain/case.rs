//! A case: what staff may do with it, as pure rules that take `now`.

use std::time::Duration;

use super::lane::Kind;
use super::number::IntakeNumber;
use super::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, FoldId, StaffId, TenantId};

/// How urgent a case is; the order of the queue. 0 is a life at risk now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// A life at risk now.
    pub const LIFE: Self = Self(0);
    /// Happening now, weapons, a child, an exposed informant.
    pub const URGENT: Self = Self(1);
    /// The ordinary case.
    pub const NORMAL: Self = Self(2);
    /// Nothing readable in it yet.
    pub const LOW: Self = Self(3);

    /// From a row.
    #[must_use]
    pub fn from_level(level: i64) -> Option<Self> {
        u8::try_from(level).ok().filter(|l| *l <= 3).map(Self)
    }

    /// 0 (most urgent) to 3.
    #[must_use]
    pub const fn level(self) -> u8 {
        self.0
    }
}

/// Who works on a case, and until when nobody else may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The holder.
    pub by: StaffId,
    /// When the lease runs out by itself.
    pub until: Timestamp,
}

/// Where a waiting case is shown. It decides about a row on a screen and about the height of an alarm, never about
/// a receipt, an intake number or a legal clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Aside {
    /// In a row of its own in the working queue.
    #[default]
    Main,
    /// In a row of its own in the side queue.
    Side,
    /// Beneath the row of an earlier case that says the same.
    Folded(FoldId),
}

impl Aside {
    /// As rows and counts keep it: 0, 1 or 2.
    #[must_use]
    pub const fn tier(self) -> i64 {
        match self {
            Self::Main => 0,
            Self::Side => 1,
            Self::Folded(_) => 2,
        }
    }

    /// Where a case is once a member has done something with it alone: no longer beneath another's row.
    #[must_use]
    pub const fn touched(self) -> Self {
        match self {
            Self::Folded(_) => Self::Main,
            other => other,
        }
    }
}

/// The clear part of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id, also in every sealed context.
    pub id: CaseId,
    /// Whose service it belongs to.
    pub tenant: TenantId,
    /// The one desk it belongs to.
    pub desk: DeskId,
    /// The kind of that desk.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// How urgent it is.
    pub priority: Priority,
    /// Counts staff changes.
    pub version: i64,
    /// Its number for life.
    pub number: IntakeNumber,
    /// When it came, to the hour.
    pub received_hour: Timestamp,
    /// The next deadline, computed from the rounded-down hour: never late.
    pub due: Option<Timestamp>,
    /// When an alarm is due unless somebody acknowledges; none once acknowledged.
    pub alarm: Option<Timestamp>,
    /// Who works on it.
    pub hold: Option<Hold>,
    /// Citizen's messages that nobody has opened.
    pub unread: i64,
    /// In which row it is shown while it waits.
    pub aside: Aside,
}

/// The steps that clear a case in bulk as no source of information about crime, in order; none where it stands so
/// that a person must look at it alone. It is classified and then closed, as one case would be.
#[must_use]
pub const fn steps_to_clear(kind: Kind, state: State) -> &'static [State] {
    match (kind.is_tip(), state) {
        (true, State::Received) => &[State::Classified, State::Closed],
        (false, State::New) => &[State::InCounselling, State::Closed],
        (true, State::Classified) | (false, State::InCounselling) => &[State::Closed],
        _ => &[],
    }
}

/// The state to which a cleared case comes back: the one from which it was closed.
#[must_use]
pub const fn taken_up_again(kind: Kind) -> State {
    if kind.is_tip() { State::Classified } else { State::InCounselling }
}

/// Why a step is refused; names both ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Somebody else works on it.
    #[error("held by somebody else")]
    Held(Hold),
    /// Only its holder can do this.
    #[error("not held by you")]
    NotHeld,
    /// There is no such step.
    #[error("no step from {from} to {to}")]
    NoStep {
        /// Where it stands.
        from: State,
        /// Where it should have gone.
        to: State,
    },
    /// A reason is needed.
    #[error("a reason is needed")]
    NoReason,
}

impl Case {
    /// Whether somebody holds it at `now`; a lease that ran out holds nothing.
    #[must_use]
    pub fn held(&self, now: Timestamp) -> Option<Hold> {
        self.hold.filter(|h| h.until > now)
    }

    /// Whether a named person has acknowledged it.
    #[must_use]
    pub const fn acknowledged(&self) -> bool {
        self.alarm.is_none()
    }

    /// Takes the case for `by`; claiming again renews the lease.
    pub fn claim(&self, by: StaffId, now: Timestamp, lease: Duration) -> Result<Hold, Refused> {
        match self.held(now) {
            Some(hold) if hold.by != by => Err(Refused::Held(hold)),
            _ => Ok(Hold { by, until: now.plus(lease) }),
        }
    }

    /// Gives the case back.
    pub fn release(&self, by: StaffId, now: Timestamp) -> Result<(), Refused> {
        match self.held(now) {
            Some(hold) if hold.by == by => Ok(()),
            Some(hold) => Err(Refused::Held(hold)),
            None => Err(Refused::NotHeld),
        }
    }

    /// Whether `by` may write to the citizen or move the case: nobody else may be at it.
    pub fn work(&self, by: StaffId, now: Timestamp) -> Result<(), Refused> {
        match self.held(now) {
            Some(hold) if hold.by != by => Err(Refused::Held(hold)),
            _ => Ok(()),
        }
    }

    /// Moves the case to `to`, with a reason.
    pub fn transition(&self, to: State, reason: &str, by: StaffId, now: Timestamp) -> Result<(), Refused> {
        self.work(by, now)?;
        if !self.state.next(self.kind).contains(&to) {
            return Err(Refused::NoStep { from: self.state, to });
        }
        if reason.trim().is_empty() { Err(Refused::NoReason) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Entropy;

    fn case(state: State, hold: Option<Hold>) -> Case {
        let e = Entropy::seeded(1);
        Case {
            id: CaseId::random(&e).expect("seeded"),
            tenant: TenantId::random(&e).expect("seeded"),
            desk: DeskId::random(&e).expect("seeded"),
            kind: Kind::Tips,
            state,
            priority: Priority::NORMAL,
            version: 1,
            number: IntakeNumber { kind: Kind::Tips, province: "19".into(), year: 2026, number: 1 },
            received_hour: Timestamp::from_millis(0),
            due: None,
            alarm: None,
            hold,
            unread: 0,
            aside: Aside::Main,
        }
    }

    fn two() -> (StaffId, StaffId) {
        let e = Entropy::seeded(2);
        (StaffId::random(&e).expect("seeded"), StaffId::random(&e).expect("seeded"))
    }

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const LEASE: Duration = Duration::from_mins(30);

    #[test]
    fn a_held_case_is_refused_to_others_until_its_lease_runs_out() {
        let (anna, binh) = two();
        let hold = case(State::Received, None).claim(anna, NOW, LEASE).expect("free");
        let held = case(State::Received, Some(hold));
        assert_eq!(held.claim(binh, NOW, LEASE), Err(Refused::Held(hold)));
        assert_eq!(held.work(binh, NOW), Err(Refused::Held(hold)));
        assert!(held.claim(anna, NOW.plus(Duration::from_mins(1)), LEASE).is_ok());
        assert!(held.claim(binh, NOW.plus(LEASE), LEASE).is_ok());
    }

    #[test]
    fn clearing_in_bulk_takes_the_steps_that_one_case_would_take_and_can_be_taken_back() {
        for kind in Kind::ALL {
            for state in State::ALL {
                let mut at = state;
                for to in steps_to_clear(kind, state) {
                    assert!(at.next(kind).contains(to), "{kind:?}: no step from {at} to {to}");
                    at = *to;
                }
                assert!(at == state || at == State::Closed);
            }
            assert!(!steps_to_clear(kind, State::first(kind)).is_empty());
            assert!(State::Closed.next(kind).contains(&taken_up_again(kind)));
        }
    }

    #[test]
    fn only_the_holder_gives_back() {
        let (anna, binh) = two();
        let held = case(State::Received, Some(Hold { by: anna, until: NOW.plus(LEASE) }));
        assert!(held.release(binh, NOW).is_err());
        assert!(held.release(anna, NOW).is_ok());
        assert_eq!(case(State::Received, None).release(anna, NOW), Err(Refused::NotHeld));
    }

    #[test]
    fn closing_needs_a_reason_and_a_step() {
        let (anna, _) = two();
        assert_eq!(
            case(State::Received, None).transition(State::Closed, "xong", anna, NOW),
            Err(Refused::NoStep { from: State::Received, to: State::Closed })
        );
        let classified = case(State::Classified, None);
        assert_eq!(classified.transition(State::Closed, " ", anna, NOW), Err(Refused::NoReason));
        assert!(classified.transition(State::Closed, "đã chuyển", anna, NOW).is_ok());
    }
}
