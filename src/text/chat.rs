//! Messages of the dialogue, put into words and cut to what a messenger carries.

use super::{Catalogue, Locale, when};
use crate::domain::dialogue::{Arg, Manner, Say};

/// The longest message a messenger takes, in UTF-16 units (Telegram).
pub const LONGEST_MESSAGE: usize = 4_096;

/// A message in words. It may hold a receipt or a person's words: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Bubble {
    /// Plain text, at most [`LONGEST_MESSAGE`].
    pub text: String,
    /// Rows of buttons.
    pub buttons: Vec<Vec<Key>>,
}

/// A button in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What the person reads.
    pub label: String,
    /// What comes back when it is pressed.
    pub token: String,
}

/// How a message is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// With buttons.
    Buttons,
    /// Choices are lines of the text, numbered from `first`.
    Numbered {
        /// What the messenger can do.
        manner: Manner,
        /// The number of the first choice.
        first: usize,
    },
    /// Choices are named in the sentence itself: what nobody asked for must not take the numbers of a question
    /// that is still open.
    Named(Manner),
}

impl Voice {
    /// For a message that does not answer anything.
    #[must_use]
    pub const fn unasked(manner: Manner) -> Self {
        match manner {
            Manner::Buttons => Self::Buttons,
            Manner::Plain { .. } | Manner::Room { .. } | Manner::Short { .. } => Self::Named(manner),
        }
    }

    /// The endings of the keys that fit better than the plain one, the best first.
    const fn wordings(self) -> &'static [&'static str] {
        match self {
            Self::Buttons => &[],
            Self::Named(Manner::Short { .. }) => &["_short", "_plain"],
            // what is named in a sentence stands there in `_plain` too
            Self::Named(Manner::Room { .. }) => &["_room", "_plain"],
            Self::Numbered { manner: Manner::Room { .. }, .. } => &["_room"],
            Self::Numbered { .. } | Self::Named(_) => &["_plain"],
        }
    }

    const fn longest(self) -> usize {
        match self {
            Self::Buttons => LONGEST_MESSAGE,
            Self::Numbered { manner, .. } | Self::Named(manner) => manner.longest(LONGEST_MESSAGE),
        }
    }
}

impl Catalogue {
    /// A message of the dialogue in words: usually one bubble, more if the words are too long for one. Buttons
    /// hang on the last; protection, handle and erasing concern each. Where there are no buttons, a sentence that
    /// speaks of them, or of deleting, has a second wording under its key with `_plain`; where every message costs
    /// money, a third with `_short`; where there are no buttons and yet things can be deleted, one with `_room`.
    #[must_use]
    pub fn bubbles(&self, locale: Locale, say: &Say, voice: Voice) -> Vec<Bubble> {
        let variants = voice.wordings().iter().map(|wording| format!("{}{wording}", say.phrase));
        let variant = variants.into_iter().find(|key| self.has(key));
        let key = variant.as_deref().unwrap_or(say.phrase);
        let mut text = self.phrase(locale, key, &say.args);
        if let Voice::Numbered { first, .. } = voice {
            text = self.with_choices(locale, text, say, first);
        }
        let mut out: Vec<Bubble> = cut(&text, voice.longest())
            .into_iter()
            .map(|text| Bubble { text, buttons: Vec::new() })
            .collect();
        if let (Voice::Buttons, Some(last)) = (voice, out.last_mut()) {
            last.buttons = self.keyboard(locale, say);
        }
        out
    }

    /// A text with its choices as numbered lines below it.
    fn with_choices(&self, locale: Locale, text: String, say: &Say, first: usize) -> String {
        let keys = self.keyboard(locale, say).into_iter().flatten();
        let lines: Vec<String> = (first..).zip(keys).map(|(n, key)| format!("{n}. {}", key.label)).collect();
        if lines.is_empty() {
            return text;
        }
        let how = self.say(locale, "chat.choose_plain", &[]);
        format!("{}\n\n{}\n{how}", text.trim_end(), lines.join("\n"))
    }

    /// The buttons of a message in words.
    #[must_use]
    pub fn keyboard(&self, locale: Locale, say: &Say) -> Vec<Vec<Key>> {
        let key = |button: &crate::domain::dialogue::Button| Key {
            label: self.phrase(locale, button.label, &button.args),
            token: button.token.clone(),
        };
        say.buttons.iter().map(|row| row.iter().map(key).collect()).collect()
    }

    fn phrase(&self, locale: Locale, key: &str, args: &[(&'static str, Arg)]) -> String {
        let values: Vec<(&str, String)> =
            args.iter().map(|(name, arg)| (*name, self.value(locale, arg))).collect();
        let borrowed: Vec<(&str, &str)> =
            values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.say(locale, key, &borrowed)
    }

    fn value(&self, locale: Locale, arg: &Arg) -> String {
        match arg {
            Arg::Text(text) => text.clone(),
            Arg::Phrase(key) => self.say(locale, key, &[]),
            Arg::Moment(at) => when::stamp(*at),
            Arg::Day(at) => when::day(*at),
            Arg::Span(length) => self.span(locale, *length),
            Arg::Appointment(slot) => self.appointment(locale, slot.from(), slot.to()),
            Arg::Weekday(at) => format!("{} {}", self.say(locale, when::weekday(*at), &[]), when::day(*at)),
            Arg::Hours(slot) => when::hours(slot.from(), slot.to()),
            Arg::Count(n) => n.to_string(),
            Arg::Receipt(receipt) => receipt.expose().to_string(),
        }
    }
}

/// Cuts at line or word ends where there is one in the last quarter, never inside a character.
fn cut(text: &str, longest: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text;
    while rest.encode_utf16().count() > longest {
        let mut units = 0;
        let fits = rest.char_indices().find(|(_, c)| {
            units += c.len_utf16();
            units > longest
        });
        let (head, _) = rest.split_at(fits.map_or(rest.len(), |(at, _)| at));
        let end = head.rfind('\n').or_else(|| head.rfind(' ')).filter(|at| *at > head.len() / 4 * 3);
        let (head, tail) = rest.split_at(end.unwrap_or(head.len()));
        out.push(head.to_owned());
        rest = tail.trim_start();
    }
    out.push(rest.to_owned());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_cut_and_nothing_is_lost() {
        let text = "một câu dài 😀\n".repeat(2_000);
        let parts = cut(&text, LONGEST_MESSAGE);
        assert!(parts.len() > 1);
        assert!(parts.iter().all(|p| p.encode_utf16().count() <= LONGEST_MESSAGE));
        let bare = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(bare(&parts.concat()), bare(&text));
        let solid = "ậ".repeat(9_000);
        assert_eq!(cut(&solid, LONGEST_MESSAGE).concat(), solid);
        assert!(cut(&solid, 2_000).iter().all(|p| p.encode_utf16().count() <= 2_000));
    }

    #[test]
    fn a_persons_braces_are_left_alone() {
        let texts = Catalogue::embedded().expect("embedded");
        let say = Say::new("chat.view.content").with("text", Arg::Text("{text} {call.police} {".to_owned()));
        assert!(
            texts
                .bubbles(Locale::Vi, &say, Voice::Buttons)
                .first()
                .is_some_and(|b| b.text.contains("{text} {call.police} {"))
        );
    }
}
