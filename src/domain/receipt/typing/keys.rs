//! The keys of the two input methods.

use super::super::value;
use super::{Cell, Stroke, Way};

/// How a keyboard is set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// Letters make marks: S F R X J, doubled vowels, W, DD.
    Telex,
    /// Digits make marks.
    Vni,
}

/// The key behind a mark.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) symbol: u8,
    pub(super) tone: bool,
}

impl Method {
    /// Both, the commoner first.
    pub(super) const ALL: [Self; 2] = [Self::Telex, Self::Vni];

    /// The five tone keys and the key that takes a tone away.
    pub(super) fn tones(self) -> ([char; 5], char) {
        match self {
            Self::Telex => (['S', 'F', 'R', 'X', 'J'], 'Z'),
            Self::Vni => (['1', '2', '3', '4', '5'], '0'),
        }
    }

    /// The key that makes `Đ` of `D`.
    pub(super) fn stroke(self) -> Key {
        Key::shape(if self == Self::Telex { 'D' } else { '9' })
    }

    /// Puts a combining mark onto the character before it; `None` if this method cannot have made it.
    pub(super) fn mark(self, cell: &mut Cell, mark: char) -> Option<()> {
        let telex = self == Self::Telex;
        let tone = ['\u{301}', '\u{300}', '\u{309}', '\u{303}', '\u{323}'].iter().position(|m| *m == mark);
        if let Some(key) = tone.and_then(|at| self.tones().0.get(at).copied()) {
            cell.marks.push(Key { symbol: value(key)?, tone: true });
            return Some(());
        }
        match mark {
            '\u{302}' if telex => cell.marks.push(Key { symbol: cell.symbol, tone: false }),
            '\u{302}' => cell.marks.push(Key::shape('6')),
            '\u{306}' => cell.marks.push(Key::shape(if telex { 'W' } else { '8' })),
            // in Telex a lone W shows as Ư; O and U are no symbols, so Ơ comes from a 0 typed as O
            '\u{31b}' if telex && Some(cell.symbol) == value('U') => cell.symbol = value('W')?,
            '\u{31b}' => cell.marks.push(Key::shape(if telex { 'W' } else { '7' })),
            _ => return None,
        }
        Some(())
    }
}

impl Key {
    fn shape(key: char) -> Self {
        Self { symbol: value(key).unwrap_or(0), tone: false }
    }
}

/// Whether a tone can sit on this symbol: A, E, Y, a W shown as Ư, or what was typed as I, O, U.
pub(super) fn is_vowel(symbol: u8) -> bool {
    ['A', 'E', 'Y', 'W', 'I', 'O', 'U'].iter().any(|v| value(*v) == Some(symbol))
}

/// Where the first vowel of a way stands.
pub(super) fn first_vowel(way: &Way) -> Option<usize> {
    way.iter().position(|s| is_vowel(s.symbol))
}

/// The way with a key put in at a place.
pub(super) fn insert(way: &Way, place: usize, symbol: u8) -> Way {
    let mut longer = way.clone();
    longer.insert(place.min(way.len()), Stroke { symbol, cell: None });
    longer
}
