//! What Vietnamese keyboards make of a typed code, undone.
//!
//! Telex and VNI fold keys into marks: `AS` shows as `Á`, `D9` as `Đ`, and a tone key jumps back to a vowel typed
//! earlier in the same run. Some keys leave no trace at all: a second tone replaces the first, the same key twice
//! cancels itself, `Z` (VNI `0`) takes the tone away. Every group has four symbols, so what is missing is known,
//! and the few ways it can have been typed are listed; the check symbol then picks.

mod keys;
mod lost;

use std::collections::{BTreeSet, VecDeque};

use unicode_normalization::UnicodeNormalization;

use self::keys::{Key, Method};
use super::{LENGTH, luhn};

/// The most ways to read one group, and the most combinations of groups tried.
const MOST_WAYS: usize = 1_500;
const MOST_TRIED: usize = 20_000;

/// One symbol of a reading and where it comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stroke {
    /// Value in the alphabet.
    symbol: u8,
    /// The visible character it belongs to; `None` for a key that left only a mark, or nothing.
    cell: Option<u8>,
}

/// A visible character: a base symbol and the marks on it.
struct Cell {
    symbol: u8,
    marks: Vec<Key>,
}

/// A possible reading of a group.
type Way = Vec<Stroke>;

/// All readings of a typed code with a right check symbol, the likeliest first.
pub(super) fn readings(typed: &str) -> Vec<zeroize::Zeroizing<[u8; LENGTH]>> {
    let folded: String = typed.nfc().collect::<String>().to_uppercase();
    let groups: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric() && !is_mark(c)).filter(|g| !g.is_empty()).collect();
    let joined = folded.chars().filter(|c| c.is_alphanumeric() || is_mark(*c)).collect::<String>();
    let mut found = Vec::new();
    let marked = joined.nfd().any(|c| !c.is_ascii_alphanumeric());
    if !marked && joined.chars().count() == LENGTH {
        return plain(&joined);
    }
    for method in Method::ALL {
        let ways = if groups.len() == 5 {
            groups.iter().map(|group| ways(group, 4, method)).collect()
        } else {
            vec![ways(&joined, LENGTH, method)]
        };
        combine(&ways, &mut found);
    }
    found
}

/// A code without marks and of full length has one reading only.
fn plain(joined: &str) -> Vec<zeroize::Zeroizing<[u8; LENGTH]>> {
    let symbols: Option<Vec<u8>> = joined.chars().map(super::value).collect();
    symbols.and_then(|s| accept(&s)).into_iter().collect()
}

/// The symbols as a receipt's, if there are twenty and the check symbol is right.
fn accept(symbols: &[u8]) -> Option<zeroize::Zeroizing<[u8; LENGTH]>> {
    let whole: [u8; LENGTH] = symbols.try_into().ok()?;
    luhn::fits(&whole).then(|| zeroize::Zeroizing::new(whole))
}

/// Joins one way of each group, likeliest first, and keeps what the check symbol accepts.
fn combine(groups: &[Vec<Vec<u8>>], found: &mut Vec<zeroize::Zeroizing<[u8; LENGTH]>>) {
    let mut partial: Vec<Vec<u8>> = vec![Vec::new()];
    for ways in groups {
        let mut next = Vec::new();
        'fill: for head in &partial {
            for way in ways {
                if next.len() >= MOST_TRIED {
                    break 'fill;
                }
                next.push([head.as_slice(), way.as_slice()].concat());
            }
        }
        partial = next;
    }
    for whole in partial.iter().filter_map(|symbols| accept(symbols)) {
        if !found.contains(&whole) && found.len() < super::MOST_READINGS {
            found.push(whole);
        }
    }
}

/// The ways a group of `length` symbols can have been typed so that it shows as `group`.
fn ways(group: &str, length: usize, method: Method) -> Vec<Vec<u8>> {
    let Some(cells) = cells(group, method) else { return Vec::new() };
    let mut skeleton = Way::new();
    for (at, cell) in cells.iter().enumerate() {
        skeleton.push(Stroke { symbol: cell.symbol, cell: u8::try_from(at).ok() });
    }
    let whole = length == LENGTH;
    let mut open = vec![skeleton];
    for (at, cell) in cells.iter().enumerate() {
        for mark in &cell.marks {
            open = open.iter().flat_map(|way| with_mark(way, at, *mark, whole)).take(MOST_WAYS).collect();
        }
    }
    grow(open.into(), length, &lost::Shown::of(&cells, method))
}

/// Lengthens ways by keys that left no trace until they have `length` symbols; the likelier stay in front.
fn grow(mut open: VecDeque<Way>, length: usize, shown: &lost::Shown) -> Vec<Vec<u8>> {
    let mut seen = BTreeSet::new();
    let mut done = BTreeSet::new();
    let mut in_order = Vec::new();
    while let Some(way) = open.pop_front() {
        if seen.len() >= MOST_WAYS {
            break;
        }
        let missing = length.checked_sub(way.len());
        if missing == Some(0) {
            let symbols: Vec<u8> = way.iter().map(|s| s.symbol).collect();
            if done.insert(symbols.clone()) {
                in_order.push(symbols);
            }
        } else if let (Some(missing), true) = (missing, open.len() < MOST_WAYS) {
            open.extend(shown.restored(&way, missing).into_iter().filter(|w| seen.insert(w.clone())));
        }
    }
    in_order
}

/// Every place where the key of a visible mark can have been pressed: after the letter it shapes, or for a tone
/// after the first vowel of the run, because keyboards move a tone when the syllable grows.
///
/// In a code typed without dashes the next digit ends the run; inside a group of four that would save nothing.
fn with_mark(way: &Way, cell: usize, mark: Key, whole: bool) -> Vec<Way> {
    let base = way.iter().position(|s| s.cell.map(usize::from) == Some(cell)).unwrap_or(0);
    let digit = way.iter().skip(base).position(|s| s.cell.is_some() && s.symbol < 10).map(|at| base + at);
    let end = digit.filter(|_| whole).unwrap_or(way.len());
    let first = if mark.tone { keys::first_vowel(way).unwrap_or(base) } else { base };
    let mut places: Vec<usize> = (base + 1..=end).chain((first + 1)..=base).collect();
    places.dedup();
    places.into_iter().map(|place| keys::insert(way, place, mark.symbol)).collect()
}

/// The visible characters of a group; `None` if one cannot be part of a code.
fn cells(group: &str, method: Method) -> Option<Vec<Cell>> {
    let mut cells: Vec<Cell> = Vec::new();
    for c in group.nfd() {
        if let Some(symbol) = super::value(c) {
            cells.push(Cell { symbol, marks: Vec::new() });
        } else if c == 'Đ' {
            cells.push(Cell { symbol: super::value('D')?, marks: vec![method.stroke()] });
        } else {
            method.mark(cells.last_mut()?, c)?;
        }
    }
    Some(cells)
}

/// Whether a character is a combining mark of Vietnamese writing. Fewer than `letters::is_mark` knows: each of these is a
/// key of Telex and VNI, and a mark that is none was not made by a receipt's letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}' | '\u{301}' | '\u{302}' | '\u{303}' | '\u{306}' | '\u{309}' | '\u{31b}' | '\u{323}')
}
