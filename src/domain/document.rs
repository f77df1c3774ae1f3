//! What is inside the sealed items: one small JSON document each. Only the vault's output of them is stored.

use serde::{Deserialize, Serialize};

use crate::kernel::Timestamp;

/// The citizen's first words: a tip or a call for help, with everything that came with it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The words, exactly as they came.
    pub text: String,
    /// Language of the screens: `vi` or `en`.
    pub locale: String,
    /// When it came, exactly.
    pub at: Timestamp,
    /// Through what: `web`, `api`, `phone`, `sms`, `telegram`, `terminal`, `dead-letter`.
    pub channel: String,
    /// The public half of the receipt's key. Replies are sealed to this one, so that a row swapped in the
    /// database reads nothing.
    pub receipt_key: String,
    /// Everything else the person told us.
    #[serde(default)]
    pub details: Details,
}

/// What a person may add to a tip or a call for help; all of it optional.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Codes of `taxonomy.tsv`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Tags of `taxonomy.tsv`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The commune in the person's words, or its five-digit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commune: Option<String>,
    /// The place in the person's words, where `commune` is a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// When it happened, in the person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred: Option<String>,
    /// Whether it is happening now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ongoing: Option<bool>,
    /// Who needs help: `self`, `relative`, `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What alarmed us: `overdose`, `suicide`, `violence`, `child`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crisis: Option<String>,
    /// The person asked that the commune police of their home do not get this.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub avoid_commune: bool,
    /// When consent to counselling was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent_at: Option<Timestamp>,
    /// The case behind a repeated request that was spooled twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// A caller gave no name, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<super::informant::Withheld>,
    /// Who took the call down, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
}

/// A later message of the citizen, a reply of the desk, an internal note or the reason of a step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The words.
    pub text: String,
    /// When they were written, exactly.
    pub at: Timestamp,
    /// Who wrote them, by name, for staff; citizens never see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What the queue shows to members: small, sealed apart, so that a list opens without opening the tips.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The beginning of the text.
    pub line: String,
    /// When it came, exactly.
    pub at: Timestamp,
    /// Codes of `taxonomy.tsv`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Tags of `taxonomy.tsv`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The commune, if told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commune: Option<String>,
    /// What alarmed us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crisis: Option<String>,
    /// Through what it came.
    pub channel: String,
}

/// A way back: which bot, which chat.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The channel's name.
    pub channel: String,
    /// Which of our bots.
    pub bot: String,
    /// The chat on that channel.
    pub chat: String,
    /// Language of the chat.
    pub locale: String,
    /// What its messenger can do.
    #[serde(default)]
    pub manner: super::dialogue::Manner,
}

/// A file that came with a case, beside its sealed content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The name the person's device gave it.
    pub name: String,
    /// The media type that was claimed.
    pub media_type: String,
    /// Length of the plain content in bytes.
    pub bytes: u64,
    /// When it came, exactly.
    pub at: Timestamp,
}

/// The longest line of a summary, in characters.
const LINE: usize = 120;

impl Summary {
    /// The beginning of a text as one line.
    #[must_use]
    pub fn line_of(text: &str) -> String {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if flat.chars().count() <= LINE {
            return flat;
        }
        flat.chars().take(LINE - 1).chain(['…']).collect()
    }
}

/// The longest text a person may send at once, in characters; longer ones are sent in parts or as a file.
pub const LONGEST_TEXT: usize = 20_000;

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// Longer than [`LONGEST_TEXT`].
    #[error("the text is too long")]
    TooLong,
}

/// Checks a text without changing it: what a person wrote is kept as it is.
pub fn check_text(text: &str) -> Result<(), BadText> {
    if text.trim().is_empty() {
        Err(BadText::Empty)
    } else if text.chars().count() > LONGEST_TEXT {
        Err(BadText::TooLong)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_line_is_short_and_on_one_line() {
        assert_eq!(Summary::line_of("a\n  b"), "a b");
        let long = "ngõ ".repeat(80);
        assert_eq!(Summary::line_of(&long).chars().count(), LINE);
    }

    #[test]
    fn empty_and_endless_texts_are_refused() {
        assert_eq!(check_text(" \n"), Err(BadText::Empty));
        assert_eq!(check_text(&"x".repeat(LONGEST_TEXT + 1)), Err(BadText::TooLong));
        assert_eq!(check_text(&"ă".repeat(LONGEST_TEXT)), Ok(()));
    }
}
