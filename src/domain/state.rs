//! The states of a case and the only steps between them. Codes are those of the procedure for sources of
//! information about crime (TT 28/2020/TT-BCA, TTLT 01/2017) and of our counselling practice.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::lane::Kind;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// A tip was received; it must be classified within 24 hours (TTLT 01/2017 Đ.8).
    Received,
    /// An officer has classified it.
    Classified,
    /// Stored because the text gives nothing to check (TT 28/2020 Đ.5.7); can be taken up again.
    InsufficientStored,
    /// Really a call for help: the citizen was offered to open a counselling request. Never a transfer.
    ToRehab,
    /// A call for help was received.
    New,
    /// A counsellor is working with the person.
    InCounselling,
    /// Closed by a person with a reason.
    Closed,
}

/// The text is not the code of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a state")]
pub struct NotAState;

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Received,
        Self::Classified,
        Self::InsufficientStored,
        Self::ToRehab,
        Self::New,
        Self::InCounselling,
        Self::Closed,
    ];

    /// The code, as in rows and in the JSON API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Classified => "CLASSIFIED",
            Self::InsufficientStored => "INSUFFICIENT_STORED",
            Self::ToRehab => "TO_REHAB",
            Self::New => "NEW",
            Self::InCounselling => "IN_COUNSELLING",
            Self::Closed => "CLOSED",
        }
    }

    /// The reverse of [`Self::code`].
    pub fn parse(code: &str) -> Result<Self, NotAState> {
        Self::ALL.into_iter().find(|s| s.code() == code).ok_or(NotAState)
    }

    /// The state in which a case of this kind begins.
    #[must_use]
    pub const fn first(kind: Kind) -> Self {
        if kind.is_tip() { Self::Received } else { Self::New }
    }

    /// The states that may follow for a case of this kind. A closed case opens again with a reason.
    #[must_use]
    pub const fn next(self, kind: Kind) -> &'static [Self] {
        match (kind.is_tip(), self) {
            (true, Self::Received | Self::ToRehab) => match self {
                Self::Received => &[Self::Classified],
                _ => &[Self::Classified, Self::Closed],
            },
            (true, Self::Classified) => &[Self::InsufficientStored, Self::ToRehab, Self::Closed],
            (true, Self::InsufficientStored) => &[Self::Classified, Self::Closed],
            (true, Self::Closed) => &[Self::Classified],
            (false, Self::New | Self::Closed) => &[Self::InCounselling],
            (false, Self::InCounselling) => &[Self::Closed],
            _ => &[],
        }
    }

    /// Whether a case in this state waits in the working queue.
    #[must_use]
    pub const fn waits(self) -> bool {
        !matches!(self, Self::Closed | Self::InsufficientStored)
    }

    /// What the citizen is told.
    #[must_use]
    pub const fn public(self, acknowledged: bool) -> PublicState {
        match self {
            Self::Received | Self::New if !acknowledged => PublicState::Received,
            Self::Received | Self::New => PublicState::Seen,
            Self::Classified | Self::InCounselling => PublicState::InProgress,
            Self::InsufficientStored => PublicState::NeedsMore,
            Self::ToRehab => PublicState::HelpOffered,
            Self::Closed => PublicState::Closed,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The coarse state that a receipt opens; its words are in the catalogue under `public_state.*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicState {
    /// Received, not yet read.
    Received,
    /// A person has read it.
    Seen,
    /// Somebody is working on it.
    InProgress,
    /// Kept, but there is too little to check; more details would help.
    NeedsMore,
    /// The desk offers to open a counselling request.
    HelpOffered,
    /// Closed.
    Closed,
}

impl PublicState {
    /// The catalogue key of its plain words, which differ between a report and a call for help.
    #[must_use]
    pub const fn phrase(self, kind: Kind) -> &'static str {
        match (kind.is_tip(), self) {
            (true, Self::Received) => "state.public.received",
            (true, Self::Seen | Self::InProgress) => "state.public.in_work",
            (_, Self::NeedsMore) => "state.public.stored",
            (_, Self::HelpOffered) => "state.public.help_offered",
            (true, Self::Closed) => "state.public.closed",
            (false, Self::Received | Self::Seen) => "state.public.waiting",
            (false, Self::InProgress) => "state.public.talking",
            (false, Self::Closed) => "state.public.ended",
        }
    }

    /// The code in the JSON API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Seen => "seen",
            Self::InProgress => "in_progress",
            Self::NeedsMore => "needs_more",
            Self::HelpOffered => "help_offered",
            Self::Closed => "closed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.code()), Ok(state));
        }
        assert_eq!(State::parse("received"), Err(NotAState));
    }

    #[test]
    fn every_path_of_either_kind_can_reach_closed_and_leave_it_again() {
        for kind in Kind::ALL {
            let mut seen = vec![State::first(kind)];
            let mut i = 0;
            while let Some(state) = seen.get(i).copied() {
                for next in state.next(kind) {
                    if !seen.contains(next) {
                        seen.push(*next);
                    }
                }
                i += 1;
            }
            assert!(seen.contains(&State::Closed), "{kind:?}");
            for state in &seen {
                assert!(!state.next(kind).is_empty(), "{kind:?} {state} is a dead end");
            }
        }
    }

    #[test]
    fn the_two_lanes_share_no_working_state() {
        for state in State::ALL {
            let tips = !state.next(Kind::Tips).is_empty();
            let help = !state.next(Kind::Counselling).is_empty();
            assert!(state == State::Closed || tips != help, "{state}");
        }
    }

    #[test]
    fn nothing_closes_without_having_been_taken_up() {
        assert!(!State::Received.next(Kind::Tips).contains(&State::Closed));
        assert!(!State::New.next(Kind::Counselling).contains(&State::Closed));
    }
}
