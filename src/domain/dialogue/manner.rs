//! What a messenger can do, as far as the talk depends on it.

use serde::{Deserialize, Serialize};

/// How choices are shown, and whether what was said can be taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// It has buttons, and deletes messages of ours when asked to.
    #[default]
    Buttons,
    /// Text only: choices are numbered lines and come back as a number or a word, and nothing that was said can be
    /// deleted, so that no sentence may promise it.
    Plain {
        /// The longest message, in UTF-16 units.
        longest: usize,
    },
    /// A room of text: choices are numbered lines, and messages of ours can be taken back.
    Room {
        /// The longest message, in UTF-16 units.
        longest: usize,
    },
    /// Short messages that cost money and stay on a phone that others pick up: no menus, neutral answers.
    Short {
        /// The longest message, in UTF-16 units.
        longest: usize,
    },
}

impl Manner {
    /// The longest message, in UTF-16 units; `usual` where the messenger sets no limit of its own.
    #[must_use]
    pub const fn longest(self, usual: usize) -> usize {
        match self {
            Self::Buttons => usual,
            Self::Plain { longest } | Self::Room { longest } | Self::Short { longest } => longest,
        }
    }

    /// Whether the talk is the short one.
    #[must_use]
    pub const fn is_short(self) -> bool {
        matches!(self, Self::Short { .. })
    }

    /// Whether choices must be written out.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::Plain { .. } | Self::Room { .. })
    }
}

/// A lower number is no hour at which somebody would be called.
const EARLIEST: usize = 6;

/// A choice that a plain messenger showed as a numbered line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the person read.
    pub label: String,
    /// What a button would have brought back.
    pub token: String,
}

/// What a person's whole message means as a choice among these: its number, or its words with or without marks. Among
/// hours of a day a number that is one of them is meant as the clock shows it.
#[must_use]
pub fn chosen<'a>(choices: &'a [Choice], typed: &str) -> Option<&'a Choice> {
    let bare = typed.trim().trim_end_matches(['.', ')', '/']).trim();
    if let Ok(number) = bare.parse::<usize>() {
        let hour = format!("{number:02}:");
        let of_clock = choices.iter().find(|c| is_hour(&c.token) && c.label.starts_with(&hour));
        if number >= EARLIEST && of_clock.is_some() {
            return of_clock;
        }
        return choices.get(number.checked_sub(1)?);
    }
    choices.iter().find(|c| same_words(&c.label, bare))
}

/// Whether a token chooses an hour of a call.
fn is_hour(token: &str) -> bool {
    let action = token.strip_prefix(super::turn::menu::CALL_OF).and_then(|rest| rest.split_once(":h"));
    action.is_some_and(|(case, from)| case.parse::<u16>().is_ok() && from.parse::<i64>().is_ok())
}

/// Whether two short texts are the same words, however their marks and cases were typed.
#[must_use]
pub fn same_words(a: &str, b: &str) -> bool {
    let (a, b) = (crate::domain::wording::folded(a), crate::domain::wording::folded(b));
    !a.is_empty() && a == b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn menu() -> Vec<Choice> {
        ["Gửi ngay", "Huỷ"]
            .into_iter()
            .zip(["s1:send", "s1:cancel"])
            .map(|(label, token)| Choice { label: label.to_owned(), token: token.to_owned() })
            .collect()
    }

    #[test]
    fn a_choice_is_made_by_its_number_or_by_its_words() {
        let menu = menu();
        let token = |typed: &str| chosen(&menu, typed).map(|c| c.token.as_str());
        for typed in ["1", " 1. ", "1)", "Gửi ngay", "gui ngay", "GUI  NGAY!", "gửi ngay."] {
            assert_eq!(token(typed), Some("s1:send"), "{typed}");
        }
        for typed in ["2", "huy", "Hủy"] {
            assert_eq!(token(typed), Some("s1:cancel"), "{typed}");
        }
    }

    #[test]
    fn among_hours_a_number_is_what_the_clock_shows() {
        let hour =
            |h: i64| Choice { label: format!("{h:02}:00–{:02}:00", h + 1), token: format!("c:7:h{h}") };
        let hours: Vec<Choice> = (8..17).map(hour).collect();
        let label = |typed: &str| chosen(&hours, typed).map(|c| c.label.as_str());
        assert_eq!(label("8"), Some("08:00–09:00"));
        assert_eq!(label("2"), Some("09:00–10:00"));
        assert_eq!(label("16"), Some("16:00–17:00"));
        assert_eq!(label("17"), None);
    }

    #[test]
    fn anything_else_is_what_the_person_has_to_say() {
        let menu = menu();
        for typed in
            ["0", "3", "-1", "", "…", "12 Trần Phú", "gửi ngay đi", "1 và 2", "99999999999999999999999"]
        {
            assert!(chosen(&menu, typed).is_none(), "{typed}");
        }
        assert!(chosen(&[], "1").is_none());
    }
}
