//! The kinds of desk and the wall between them.

use serde::{Deserialize, Serialize};

/// What a desk is for. The trees of the three kinds never meet: no key, no member, no custodian is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Crime tips, worked by officers.
    Tips,
    /// Rehab counselling, worked by counsellors.
    Counselling,
    /// Tips about officials or police, which the tips desks cannot see.
    Oversight,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Tips, Self::Counselling, Self::Oversight];

    /// The word used in rows, URLs and the set-up command.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tips => "tips",
            Self::Counselling => "counselling",
            Self::Oversight => "oversight",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }

    /// Whether what lies here is a tip under criminal-procedure clocks, rather than a call for help.
    #[must_use]
    pub const fn is_tip(self) -> bool {
        matches!(self, Self::Tips | Self::Oversight)
    }
}
