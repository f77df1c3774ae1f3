//! Dangers that are answered with numbers before anything else.

use serde::{Deserialize, Serialize};

use super::lexicon::Findings;
use super::model::Odds;

/// A danger that is answered with numbers before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crisis {
    /// Not breathing, not waking, too much taken.
    Overdose,
    /// Wants to die.
    Suicide,
    /// Somebody is attacked or about to be.
    Violence,
    /// A child is harmed or left alone.
    Child,
}

impl Crisis {
    /// All, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Overdose, Self::Suicide, Self::Violence, Self::Child];

    /// The word of the JSON contracts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overdose => "overdose",
            Self::Suicide => "suicide",
            Self::Violence => "violence",
            Self::Child => "child",
        }
    }

    const fn rule(self) -> &'static str {
        match self {
            Self::Overdose => "crisis.overdose",
            Self::Suicide => "crisis.suicide",
            Self::Violence => "crisis.violence",
            Self::Child => "crisis.child",
        }
    }
}

/// A rule that weighs this much is hardly ever doubted.
const SURE: i32 = 7;

/// The dangers of a text, the most urgent first: what the rules found, unless everything else speaks against it, and
/// what all cues together make likely.
pub(super) fn crises(found: &Findings<'_>, odds: &Odds) -> Vec<Crisis> {
    let none = odds.of("crisis", "none");
    let seen = |crisis: &Crisis| {
        let doubt = if found.best(crisis.rule()) >= SURE { 0.98 } else { 0.9 };
        odds.of("crisis", crisis.as_str()) > 0.25 || (found.has(crisis.rule()) && none < doubt)
    };
    Crisis::ALL.into_iter().filter(seen).collect()
}
