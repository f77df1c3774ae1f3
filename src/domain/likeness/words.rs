//! Words as they are compared: hashed, with and without their marks, and which of them are details.

use unicode_normalization::UnicodeNormalization;

use super::Fillers;
use super::hash::Key;

/// The bits of a word that hold which letters it has.
const LETTERS: u32 = (1 << 26) - 1;
/// The shortest word in which a slip is overlooked: shorter ones are other words.
const SHORTEST_SLIP: u8 = 4;

/// One word. Twelve bytes, none of them text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// Without marks.
    folded: u32,
    /// With marks; the same as `folded` when it has none.
    exact: u32,
    /// Which of 26 letters occur, in an order of this key's own.
    letters: u32,
    length: u8,
    detail: bool,
}

/// A text taken apart.
pub(super) struct Words {
    pub(super) words: Vec<Word>,
    /// All letters without marks, spaces and digits.
    pub(super) letters: Vec<char>,
}

impl Word {
    fn of(key: &Key, raw: &str, detail: bool) -> Self {
        let (exact, folded) = forms(raw);
        let hash = |text: &str| u32::try_from(key.hash(text.as_bytes()) >> 32).unwrap_or_default();
        let letters =
            folded.bytes().filter(u8::is_ascii_lowercase).fold(0, |set, letter| set | bit(key, letter));
        Self {
            folded: hash(&folded),
            exact: hash(&exact),
            letters,
            length: u8::try_from(folded.chars().count()).unwrap_or(u8::MAX),
            detail: detail || raw.chars().any(|c| c.is_ascii_digit()),
        }
    }

    /// Both forms in one number.
    pub(super) fn all(self) -> u64 {
        (u64::from(self.folded) << 32) | u64::from(if self.detail { self.exact } else { self.folded })
    }

    const fn plain(self) -> bool {
        self.folded == self.exact
    }

    /// Whether this can be the same word. A detail must be the same to the mark.
    pub(super) fn same(self, other: &Self) -> bool {
        self.exact == other.exact
            || (!self.detail
                && !other.detail
                && self.folded == other.folded
                && (self.plain() || other.plain()))
    }

    /// Whether one can be the other with a slip of the fingers.
    pub(super) fn slipped(self, other: &Self) -> bool {
        let close = self.length.abs_diff(other.length) <= 1 && self.length.min(other.length) >= SHORTEST_SLIP;
        close
            && !self.detail
            && !other.detail
            && self.folded != other.folded
            && ((self.letters ^ other.letters) & LETTERS).count_ones() <= 2
    }
}

/// The place of a letter, shifted by the key so that the set alone does not spell.
fn bit(key: &Key, letter: u8) -> u32 {
    let shift = u32::try_from(key.hash(b"letters") % 26).unwrap_or_default();
    1 << ((u32::from(letter - b'a') * 11 + shift) % 26)
}

/// A word with its marks (the tone moved to the end: `túy` and `tuý` are one) and without, both in small letters. Kept
/// apart from `wording::Word`, where hook and tilde are one: here they tell two names apart.
pub(super) fn forms(raw: &str) -> (String, String) {
    let (mut exact, mut folded, mut tones) = (String::new(), String::new(), String::new());
    for c in raw.to_lowercase().nfd() {
        match c {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => tones.push(c),
            'đ' => {
                exact.push(c);
                folded.push('d');
            }
            _ => {
                exact.push(c);
                if !unicode_normalization::char::is_combining_mark(c) {
                    folded.push(c);
                }
            }
        }
    }
    exact.push_str(&tones);
    (exact, folded)
}

impl Words {
    pub(super) fn read(key: &Key, fillers: &Fillers, text: &str, told: &[&str]) -> Self {
        let mut read = Self { words: Vec::new(), letters: Vec::new() };
        read.take(key, fillers, text);
        for part in told {
            // A word that nobody can type stands between, so that what was told never passes for what was written.
            read.words.push(Word::of(key, "\u{0}", true));
            read.words.extend(pieces(part).map(|(raw, _)| Word::of(key, raw, true)));
        }
        read
    }

    fn take(&mut self, key: &Key, fillers: &Fillers, text: &str) {
        let text: String = text.nfc().collect();
        // In a text in capitals a capital tells nothing.
        let (high, low) = (count(&text, char::is_uppercase), count(&text, char::is_lowercase));
        for (raw, begins) in pieces(&text) {
            let (exact, folded) = forms(raw);
            self.letters.extend(folded.chars().filter(|c| c.is_alphabetic()));
            let capital = raw.chars().next().is_some_and(char::is_uppercase);
            let name = capital && !begins && high <= low;
            if name || !fillers.holds(&exact) {
                self.words.push(Word::of(key, raw, name));
            }
        }
    }
}

fn count(text: &str, which: fn(char) -> bool) -> usize {
    text.chars().filter(|c| which(*c)).count()
}

/// The words of a text, each with whether it begins a sentence.
fn pieces(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut begins = true;
    let inside = |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(inside)?;
        let (gap, from) = rest.split_at_checked(start)?;
        begins |= gap.contains(['.', '!', '?', '…', '\n']);
        let end = from.find(|c| !inside(c)).unwrap_or(from.len());
        let (word, after) = from.split_at_checked(end)?;
        rest = after;
        Some((word, std::mem::take(&mut begins)))
    })
}
