//! Who may do what. Everything that is not allowed here is forbidden.

use serde::{Deserialize, Serialize};

use super::lane::Kind;

/// What a member of staff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works tips, of a tips or an oversight desk.
    Officer,
    /// Works calls for help.
    Counsellor,
    /// Sees counts and deadlines, no content.
    Supervisor,
    /// Manages people and settings, holds no desk key.
    Administrator,
    /// Sees the audit log and the counts, no content.
    Auditor,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] =
        [Self::Officer, Self::Counsellor, Self::Supervisor, Self::Administrator, Self::Auditor];

    /// The word in rows and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Counsellor => "counsellor",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == word)
    }

    /// The role that works the cases of a desk of this kind.
    #[must_use]
    pub const fn working(kind: Kind) -> Self {
        if kind.is_tip() { Self::Officer } else { Self::Counsellor }
    }

    /// Whether this role works at a desk, and so needs one.
    #[must_use]
    pub const fn needs_desk(self) -> bool {
        matches!(self, Self::Officer | Self::Counsellor)
    }
}

/// What staff can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// See a desk's queue, open its cases, work them.
    Work(Kind),
    /// See how many cases each desk has in each state, and what is late.
    Tally,
    /// Read and verify the audit log.
    Audit,
    /// Add staff without a desk, see who is there.
    People,
    /// See what the reconciler found, and look after it.
    Findings,
}

/// Whether the role alone allows the act. Working a case also needs membership of its desk, which is proven
/// by holding the desk's key.
#[must_use]
pub fn may(role: Role, act: Act) -> bool {
    match act {
        Act::Work(kind) => role == Role::working(kind),
        Act::Tally => matches!(role, Role::Supervisor | Role::Auditor),
        Act::Audit => role == Role::Auditor,
        Act::People => role == Role::Administrator,
        Act::Findings => matches!(role, Role::Supervisor | Role::Administrator),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_works_both_lanes() {
        for role in Role::ALL {
            assert!(
                !(may(role, Act::Work(Kind::Tips)) && may(role, Act::Work(Kind::Counselling))),
                "{role:?}"
            );
        }
    }

    #[test]
    fn those_who_oversee_or_administer_open_no_case() {
        for role in [Role::Supervisor, Role::Administrator, Role::Auditor] {
            for kind in Kind::ALL {
                assert!(!may(role, Act::Work(kind)), "{role:?} {kind:?}");
            }
        }
    }

    #[test]
    fn words_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
    }
}
