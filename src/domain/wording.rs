//! What a citizen's words plainly say: a crisis, a lane, who it is about. Deterministic, over data in
//! `config/lexicon.toml`.
//!
//! It decides only what is asked next and which numbers are shown, never whether something is received. When in
//! doubt it leans to asking, and to a counsellor: a mother writing about her son must never read as a plain tip.

mod lexicon;
mod tokens;

use serde::{Deserialize, Serialize};

pub use self::lexicon::{BadLexicon, Lexicon};
use self::tokens::Tokens;
pub use self::tokens::folded;

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
}

/// What the writer seems to want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lean {
    /// To report something.
    Tip,
    /// Help with drug use, their own or somebody's.
    Counsel,
    /// To know what became of a report.
    Status,
    /// Not plain.
    #[default]
    Unclear,
}

/// What was understood of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations, each asked for by itself")]
pub struct Reading {
    /// The most urgent danger.
    pub crisis: Option<Crisis>,
    /// What the writer seems to want.
    pub lane: Lean,
    /// The user of drugs seems to be the writer or close kin: ask before anything goes to a tips desk.
    pub about_self_or_kin: bool,
    /// Officials or police seem to be the wrongdoers: the tips desks must not see it.
    pub officials: bool,
    /// It seems to be happening now.
    pub ongoing: bool,
    /// A weapon is named.
    pub weapon: bool,
    /// A greeting, thanks or nothing: not worth keeping.
    pub small_talk: bool,
    /// Asks who we are and who reads this, and nothing else.
    pub asks_about_us: bool,
    /// Offence categories, by their codes in the taxonomy.
    pub categories: Vec<String>,
    /// Tags, by their codes in the taxonomy.
    pub tags: Vec<String>,
}

/// Reads a text.
#[must_use]
pub fn read(lexicon: &Lexicon, text: &str) -> Reading {
    let tokens = Tokens::of(lexicon, text);
    let has = |rule: &str| lexicon.fires(rule, &tokens);
    let categories = lexicon.codes("category.", &tokens);
    let tags = lexicon.codes("tag.", &tokens);
    let drug = has("drug") || !categories.is_empty();
    let counsel = has("counsel");
    let own = has("self") || (has("kin") && (drug || counsel || has("use")));
    let officials = ["bribe_cover", "rehab_abuse"].iter().any(|code| categories.iter().any(|c| c == code));
    // help outweighs report: a call for help read by police does more harm than a tip that is asked about
    let lane = if has("status") {
        Lean::Status
    } else if counsel || own {
        Lean::Counsel
    } else if drug || has("tip") {
        Lean::Tip
    } else {
        Lean::Unclear
    };
    Reading {
        crisis: Crisis::ALL.into_iter().find(|c| has(&format!("crisis.{}", c.as_str()))),
        lane,
        about_self_or_kin: own,
        officials,
        ongoing: tags.iter().any(|t| t == "ongoing"),
        weapon: tags.iter().any(|t| t == "weapon"),
        small_talk: tokens.is_empty() || (tokens.len() <= 4 && has("greeting") && !drug && !counsel),
        asks_about_us: has("about_us") && lane == Lean::Unclear && !drug,
        categories,
        tags,
    }
}

#[cfg(test)]
mod tests;
