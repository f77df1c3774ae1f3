//! How alike two messages are, from keyed hashes of their words: what is kept to compare with holds no text.
//!
//! Two questions with two answers. Do they *say the same* ([`Likeness::same`]): then they may share a row, so this
//! is strict, and one name, number or place that differs is enough to say no. Are they *related*
//! ([`Likeness::distance`]): a sketch that small edits hardly move; it only counts, and hides nothing.

mod hash;
mod words;

pub use hash::Key;
use words::{Word, Words};

/// Parts of a sketch.
pub const LANES: usize = 16;
/// Words beyond which a text says the same only when it says all of it the same: memory is bounded.
const MOST_WORDS: usize = 400;
/// Letters beyond which the sketch does not look.
const MOST_LETTERS: usize = 4000;
/// Letters that are looked at together.
const SHINGLE: usize = 4;
/// One slip of the fingers is overlooked for so many words.
const WORDS_A_SLIP: usize = 10;

/// What is remembered of a message to compare others with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    sketch: [u32; LANES],
    words: Box<[Word]>,
    /// Of all words, or of the bare text where there are none.
    whole: u64,
    long: bool,
}

/// Words that make no difference, such as `ạ` and `please`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fillers(Vec<String>);

impl Fillers {
    /// From a list as people spell them.
    #[must_use]
    pub fn of(words: &[String]) -> Self {
        Self(words.iter().map(|w| words::forms(w).0).collect())
    }

    fn holds(&self, exact: &str) -> bool {
        self.0.iter().any(|filler| filler == exact)
    }
}

impl Likeness {
    /// Of a text and of what was told beside it (place, time, ticked boxes), which must be the same to the letter.
    #[must_use]
    pub fn of(key: &Key, fillers: &Fillers, text: &str, told: &[&str]) -> Self {
        let read = Words::read(key, fillers, text, told);
        let sketch = sketch_of(key, &read.letters);
        let long = read.words.len() > MOST_WORDS;
        let whole = match read.words.as_slice() {
            [] => key.hash(text.trim().as_bytes()),
            words => words.iter().fold(0, |sum, w| key.join(sum, w.all())),
        };
        let words = if long { Box::default() } else { read.words.into_boxed_slice() };
        Self { sketch, words, whole, long }
    }

    /// The parts by which relatives are found.
    #[must_use]
    pub const fn sketch(&self) -> &[u32; LANES] {
        &self.sketch
    }

    /// One number for all words: whoever says the same has the same, but for slips.
    #[must_use]
    pub const fn whole(&self) -> u64 {
        self.whole
    }

    /// In how many parts the sketches differ: 0 for the same letters, [`LANES`] for strangers.
    #[must_use]
    pub fn distance(&self, other: &Self) -> usize {
        self.sketch.iter().zip(&other.sketch).filter(|(a, b)| a != b).count()
    }

    /// Whether both say the same: the same words in the same order, whatever their marks, capitals, spaces and stops.
    /// A word without marks can be any with; two different marks are two words. One slip is overlooked in
    /// ten words, never in a number or a name with a capital.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        if self.long || other.long || self.words.is_empty() {
            return self.whole == other.whole && self.long == other.long;
        }
        let mut slips = self.words.len() / WORDS_A_SLIP;
        self.words.len() == other.words.len()
            && self.words.iter().zip(&other.words).all(|(a, b)| {
                a.same(b)
                    || (slips > 0 && a.slipped(b) && {
                        slips -= 1;
                        true
                    })
            })
    }
}

/// The smallest hash of all runs of letters, under 16 orders: two texts share as many as they share runs.
fn sketch_of(key: &Key, letters: &[char]) -> [u32; LANES] {
    let letters = letters.get(..MOST_LETTERS).unwrap_or(letters);
    let mut least = [u32::MAX; LANES];
    for run in letters.windows(SHINGLE.min(letters.len().max(1))) {
        let hash = run.iter().fold(0, |sum, c| key.join(sum, u64::from(u32::from(*c))));
        for (lane, order) in least.iter_mut().zip(1_u64..) {
            *lane = (*lane).min(hash::order(hash, order));
        }
    }
    least
}

#[cfg(test)]
mod tests;
