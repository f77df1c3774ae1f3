//! Keys that left no trace: replaced, cancelled, or used to take a tone away.

use super::super::value;
use super::keys::{self, Method};
use super::{Cell, Way};

/// What of the method's habits can be at work in a group.
pub(super) struct Shown {
    method: Method,
    tones: Vec<u8>,
    toned: bool,
    shaped: bool,
}

impl Shown {
    /// Looks at the visible characters once.
    pub(super) fn of(cells: &[Cell], method: Method) -> Self {
        Self {
            method,
            tones: method.tones().0.iter().filter_map(|k| value(*k)).collect(),
            toned: cells.iter().any(|c| c.marks.iter().any(|m| m.tone)),
            shaped: cells.iter().any(|c| c.marks.iter().any(|m| !m.tone)),
        }
    }

    /// Longer ways, each with one event undone; `missing` symbols are still to be found.
    pub(super) fn restored(&self, way: &Way, missing: usize) -> Vec<Way> {
        let mut longer = self.cancelled(way);
        longer.extend(self.replaced(way));
        if missing >= 2 {
            longer.extend(self.removed(way));
        }
        longer
    }

    /// The same key twice undoes itself and shows once: press it once more, before where it shows.
    fn cancelled(&self, way: &Way) -> Vec<Way> {
        let mut longer = Vec::new();
        for (at, stroke) in way.iter().enumerate().filter(|(_, s)| s.cell.is_some()) {
            let target = way.iter().take(at + 1).position(|s| self.acts_on(stroke.symbol, s.symbol));
            if let Some(from) = target {
                longer.extend((from..=at).rev().map(|place| keys::insert(way, place, stroke.symbol)));
            }
        }
        longer
    }

    /// A second tone or shape replaces the first.
    fn replaced(&self, way: &Way) -> Vec<Way> {
        let mut longer = Vec::new();
        let Some(vowel) = keys::first_vowel(way) else { return longer };
        let again = way.iter().any(|s| s.cell.is_none() && self.tones.contains(&s.symbol));
        if self.toned || again {
            for place in vowel + 1..=way.len() {
                longer.extend(self.tones.iter().map(|tone| keys::insert(way, place, *tone)));
            }
        }
        if self.shaped {
            let shapes: &[char] = if self.method == Method::Telex { &['A', 'W'] } else { &['6', '8'] };
            for place in vowel + 1..=way.len() {
                longer.extend(shapes.iter().filter_map(|k| value(*k)).map(|k| keys::insert(way, place, k)));
            }
        }
        longer
    }

    /// A tone, and later the key that takes it away.
    fn removed(&self, way: &Way) -> Vec<Way> {
        let mut longer = Vec::new();
        let (Some(vowel), Some(eraser)) = (keys::first_vowel(way), value(self.method.tones().1)) else {
            return longer;
        };
        for first in vowel + 1..=way.len() {
            for tone in &self.tones {
                let toned = keys::insert(way, first, *tone);
                longer.extend((first + 1..=toned.len()).map(|place| keys::insert(&toned, place, eraser)));
            }
        }
        longer
    }

    /// Whether a key can have changed a symbol typed before it.
    fn acts_on(&self, key: u8, symbol: u8) -> bool {
        let is = |letter: char, v: u8| value(letter) == Some(v);
        if self.tones.contains(&key) {
            return keys::is_vowel(symbol);
        }
        match self.method {
            Method::Telex if is('W', key) => is('A', symbol) || is('W', symbol),
            Method::Telex => (is('A', key) || is('E', key) || is('D', key)) && key == symbol,
            Method::Vni if is('6', key) => is('A', symbol) || is('E', symbol),
            Method::Vni if is('8', key) => is('A', symbol),
            Method::Vni => is('9', key) && is('D', symbol),
        }
    }
}
