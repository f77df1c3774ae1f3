//! Dangers that are answered with numbers before anything else.

use serde::{Deserialize, Serialize};

use super::findings::Findings;
use super::model::Odds;
use super::rule::Rule;

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

    const fn rule(self) -> Rule {
        match self {
            Self::Overdose => Rule::Overdose,
            Self::Suicide => Rule::Suicide,
            Self::Violence => Rule::Violence,
            Self::Child => Rule::Child,
        }
    }
}

/// A rule that weighs this much is not doubted.
const SURE: i32 = 9;
/// How much must speak against any other rule.
const DOUBT: f32 = 0.75;
/// What no rule found is told if it is this likely.
const LIKELY: f32 = 0.15;

/// The dangers of a text, the most urgent first: what the rules found, unless everything else speaks against it, and
/// what all cues together make likely.
pub(super) fn crises(found: &Findings<'_>, odds: &Odds) -> Vec<Crisis> {
    let none = odds.of("crisis", "none");
    let seen = |crisis: &Crisis| {
        let rule = found.best(crisis.rule());
        odds.of("crisis", crisis.as_str()) > LIKELY || rule >= SURE || (rule > 0 && none < DOUBT)
    };
    let mut all: Vec<Crisis> = Crisis::ALL.into_iter().filter(seen).collect();
    // whom to call first where a child is beaten: whatever is plainer
    if let [.., Crisis::Violence, Crisis::Child] = all.as_slice()
        && odds.of("crisis", "child") > odds.of("crisis", "violence")
    {
        let last = all.len() - 1;
        all.swap(last - 1, last);
    }
    all
}
