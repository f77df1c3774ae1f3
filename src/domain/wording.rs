//! What a citizen's words tell: a danger, what is wanted, whom it is about, what happened. Deterministic, over the
//! lexicon in `config/understanding` and nothing else.
//!
//! It decides only what is asked next and which numbers are shown, never whether something is received. When in
//! doubt it leans to asking, and to a counsellor: a mother writing about her son must never read as a plain tip.

mod findings;
mod hasher;
mod hits;
mod lexicon;
mod model;
mod pattern;
mod rule;
mod shape;
mod source;
mod tokens;
mod word;

mod about;
mod crisis;
mod intent;
mod offence;
mod risk;

use serde::{Deserialize, Serialize};

pub use self::crisis::Crisis;
pub use self::lexicon::Lexicon;
pub use self::model::{HEADS, MODEL_SCALE, slot_letter};
use self::rule::Rule;
pub use self::source::{BadLexicon, BadTerm, Source};
pub(in crate::domain) use self::tokens::Tokens;
use self::word::Word;
use crate::domain::taxonomy::OFFICIALS;

/// The files of the lexicon the program was built with.
pub const EMBEDDED: [Source<'static>; 9] = [
    ("typing.toml", include_str!("../../config/understanding/typing.toml")),
    ("drugs.toml", include_str!("../../config/understanding/drugs.toml")),
    ("people.toml", include_str!("../../config/understanding/people.toml")),
    ("acts.toml", include_str!("../../config/understanding/acts.toml")),
    ("tags.toml", include_str!("../../config/understanding/tags.toml")),
    ("crisis.toml", include_str!("../../config/understanding/crisis.toml")),
    ("help.toml", include_str!("../../config/understanding/help.toml")),
    ("risk.toml", include_str!("../../config/understanding/risk.toml")),
    ("model.tsv", include_str!("../../config/understanding/model.tsv")),
];

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

impl Lean {
    /// The word of the JSON contracts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tip => "tip",
            Self::Counsel => "counsel",
            Self::Status => "status",
            Self::Unclear => "other",
        }
    }
}

/// Whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// The writer.
    Oneself,
    /// Somebody of the family, or as close.
    Relative,
    /// Somebody else.
    Other,
}

impl About {
    /// The word of the JSON contracts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oneself => "self",
            Self::Relative => "relative",
            Self::Other => "other",
        }
    }
}

/// What was understood of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations, each asked for by itself")]
pub struct Reading {
    /// The most urgent danger.
    pub crisis: Option<Crisis>,
    /// All dangers, the most urgent first.
    pub crises: Vec<Crisis>,
    /// What the writer seems to want.
    pub lane: Lean,
    /// What else may be wanted, the likelier first: the bot asks if this is not empty.
    pub or: Vec<Lean>,
    /// Whom it is about.
    pub about: Option<About>,
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
    /// Tells of a death or a danger that is past: no alarm, but gentle words.
    pub grief: bool,
    /// Asks to be protected.
    pub wants_protection: bool,
    /// Offence categories, by their codes in the taxonomy, the likeliest first.
    pub categories: Vec<String>,
    /// Tags, by their codes in the taxonomy.
    pub tags: Vec<String>,
    /// The writer's own words that point to the writer.
    pub self_risk: Vec<String>,
}

/// Tags that count whatever is wanted: what happens now, and an informant in danger.
const ALWAYS: [&str; 3] = ["ongoing", "reprisal", "weapon"];

impl Reading {
    /// The categories to be told to others, if this is what is wanted: of a person who asks for help no offence is
    /// told.
    #[must_use]
    pub fn told_categories(&self, wanted: Lean) -> &[String] {
        if wanted == Lean::Tip { &self.categories } else { &[] }
    }

    /// The tags to be told to others, if this is what is wanted: of a report all, else those of a danger or a threat.
    #[must_use]
    pub fn told_tags(&self, wanted: Lean) -> Vec<&str> {
        let danger = self.crises.contains(&Crisis::Violence);
        let counts = |tag: &str| match tag {
            "reprisal" => wanted != Lean::Unclear,
            tag => wanted == Lean::Tip || (danger && ALWAYS.contains(&tag)),
        };
        self.tags.iter().map(String::as_str).filter(|tag| counts(tag)).collect()
    }
}

/// Reads a text.
#[must_use]
pub fn read(lexicon: &Lexicon, text: &str) -> Reading {
    read_tokens(lexicon, text, &Tokens::of(lexicon, text))
}

/// The cues of a text and their values, for whoever learns the weights.
#[must_use]
pub fn cues(lexicon: &Lexicon, text: &str) -> Vec<(String, f32)> {
    let tokens = Tokens::of(lexicon, text);
    let hits = lexicon.hits(&tokens);
    let found = lexicon.findings(&hits);
    let mut out = Vec::new();
    model::cues(lexicon, &hits, &found, &mut |cue, value| out.push((cue.to_owned(), value)));
    out
}

/// A text as ASCII words, without marks, cases and signs: two short texts that differ in typing only are equal.
#[must_use]
pub fn folded(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
    let plain = |w: &str| Word::of(w).folded().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let words: Vec<String> = words.map(plain).collect();
    words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Reads a text that was taken into words already.
#[must_use]
pub(in crate::domain) fn read_tokens(lexicon: &Lexicon, text: &str, tokens: &Tokens) -> Reading {
    let hits = lexicon.hits(tokens);
    let found = lexicon.findings(&hits);
    let odds = lexicon.model.weigh(lexicon, &hits, &found);
    let crises = crisis::crises(&found, &odds);
    let categories = offence::categories(&found, &odds);
    let mut tags = offence::tags(&found);
    if crises.contains(&Crisis::Violence) && !tags.iter().any(|t| t == "ongoing") {
        tags.push("ongoing".to_owned());
        tags.sort();
    }
    let decided = intent::decide(&found, &odds, &crises);
    let officials = categories.iter().any(|code| OFFICIALS.contains(&code.as_str()));
    // what is answered and not kept must hold nothing else
    let told = [Rule::Drug, Rule::Report, Rule::CounselWant, Rule::CounselCai, Rule::Kin, Rule::Reprisal]
        .into_iter()
        .any(|rule| found.has(rule));
    let idle = decided.lane == Lean::Unclear && crises.is_empty() && categories.is_empty() && !told;
    Reading {
        crisis: crises.first().copied(),
        about_self_or_kin: decided.close,
        about: about::about(&odds, &decided),
        lane: decided.lane,
        or: decided.or,
        officials,
        ongoing: tags.iter().any(|t| t == "ongoing"),
        weapon: tags.iter().any(|t| t == "weapon"),
        small_talk: tokens.is_empty() || (tokens.len() <= 4 && found.has(Rule::TalkGreet) && idle),
        asks_about_us: found.has(Rule::TalkUs) && idle,
        grief: found.has(Rule::Grief) && crises.is_empty(),
        wants_protection: found.has(Rule::Protect),
        self_risk: risk::words(lexicon, &hits, text, decided.lane == Lean::Tip),
        crises,
        categories,
        tags,
    }
}

#[cfg(test)]
mod tests;
