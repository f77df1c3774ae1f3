//! Messages of the dialogue, put into words and cut to what a messenger carries.

use super::{Catalogue, Locale, when};
use crate::domain::dialogue::{Arg, Say};

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

impl Catalogue {
    /// A message of the dialogue in words: usually one bubble, more if the words are too long for one. Buttons
    /// hang on the last; protection, handle and erasing concern each.
    #[must_use]
    pub fn bubbles(&self, locale: Locale, say: &Say) -> Vec<Bubble> {
        let text = self.phrase(locale, say.phrase, &say.args);
        let mut out: Vec<Bubble> =
            cut(&text).into_iter().map(|text| Bubble { text, buttons: Vec::new() }).collect();
        if let Some(last) = out.last_mut() {
            last.buttons = self.keyboard(locale, say);
        }
        out
    }

    fn keyboard(&self, locale: Locale, say: &Say) -> Vec<Vec<Key>> {
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
            Arg::Count(n) => n.to_string(),
            Arg::Receipt(receipt) => receipt.expose().to_string(),
        }
    }
}

/// Cuts at line or word ends where there is one in the last quarter, never inside a character.
fn cut(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text;
    while rest.encode_utf16().count() > LONGEST_MESSAGE {
        let mut units = 0;
        let fits = rest.char_indices().find(|(_, c)| {
            units += c.len_utf16();
            units > LONGEST_MESSAGE
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
        let parts = cut(&text);
        assert!(parts.len() > 1);
        assert!(parts.iter().all(|p| p.encode_utf16().count() <= LONGEST_MESSAGE));
        let bare = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(bare(&parts.concat()), bare(&text));
        let solid = "ậ".repeat(9_000);
        assert_eq!(cut(&solid).concat(), solid);
    }

    #[test]
    fn a_persons_braces_are_left_alone() {
        let texts = Catalogue::embedded().expect("embedded");
        let say = Say::new("chat.view.content").with("text", Arg::Text("{text} {call.police} {".to_owned()));
        assert!(
            texts
                .bubbles(Locale::Vi, &say)
                .first()
                .is_some_and(|b| b.text.contains("{text} {call.police} {"))
        );
    }
}
