//! Who told, or why they would not say. Both are asked of a caller; neither is ever demanded: a refusal is taken, and
//! its reason written down (TT 28/2020/TT-BCA, Điều 5.1 and 5.3).

use serde::{Deserialize, Serialize};

use crate::kernel::Timestamp;

/// Why somebody gave no name, as far as a word will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Afraid of revenge.
    Reprisal,
    /// It is about somebody they know.
    Acquainted,
    /// Does not want to say.
    Unwilling,
    /// Chose a way of reporting that asks for no name.
    AnonymousChannel,
}

impl Why {
    /// All, in the order shown.
    pub const ALL: [Self; 4] = [Self::Reprisal, Self::Acquainted, Self::Unwilling, Self::AnonymousChannel];

    /// The word in fields and catalogues.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reprisal => "reprisal",
            Self::Acquainted => "acquainted",
            Self::Unwilling => "unwilling",
            Self::AnonymousChannel => "anonymous_channel",
        }
    }
}

/// The refusal of a name, with its reason: there always is one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// In a word.
    pub why: Vec<Why>,
    /// In the caller's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

impl Withheld {
    /// What was ticked and said; nothing at all means that the caller chose a way that asks for no name.
    #[must_use]
    pub fn of(mut why: Vec<Why>, words: &str) -> Self {
        let words = Some(words.trim().to_owned()).filter(|w| !w.is_empty());
        if why.is_empty() && words.is_none() {
            why.push(Why::AnonymousChannel);
        }
        Self { why, words }
    }
}

/// A name given freely, sealed apart from what was told. There is no field for a telephone number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Informant {
    /// Full name.
    pub name: String,
    /// Where they live, if told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Number, day and place of the identity card, if told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub papers: Option<String>,
    /// When it was given, exactly.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_always_has_a_reason() {
        assert_eq!(Withheld::of(Vec::new(), " ").why, [Why::AnonymousChannel]);
        let said = Withheld::of(Vec::new(), " sợ lắm ");
        assert!(said.why.is_empty() && said.words.as_deref() == Some("sợ lắm"));
        assert_eq!(Withheld::of(vec![Why::Reprisal], "").why, [Why::Reprisal]);
    }
}
