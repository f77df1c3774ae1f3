//! Words as they can be compared: lower case, tone apart from letter, and a plain form without marks.
//!
//! People write with marks, without, or with the leftovers of Telex (`nguwowif`) and VNI (`ma tu1y`). A word with
//! marks must match with its marks; a word without may match anything it could have been.

use unicode_normalization::UnicodeNormalization;

use super::Lexicon;
use super::lexicon::Entry;

/// A word in comparable form.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Letters with their shapes (`đ`, `ư`, `â`), the tone moved to the end: `túy` and `tuý` are one.
    exact: String,
    /// ASCII letters and digits only.
    folded: String,
}

impl Word {
    /// The comparable form of one word.
    pub(super) fn of(raw: &str) -> Self {
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
                    if c.is_ascii() {
                        folded.push(c);
                    }
                }
            }
        }
        exact.push_str(&tones);
        Self { exact, folded }
    }

    /// Whether this word of a text can be the word of an entry.
    pub(super) fn can_be(&self, entry: &Self, strict: bool) -> bool {
        self.exact == entry.exact || (!strict && self.plain() && self.folded == entry.folded)
    }

    /// ASCII letters and digits only.
    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    fn plain(&self) -> bool {
        self.exact == self.folded
    }

    /// A second form of a word typed without a Vietnamese keyboard's help: Telex or VNI keys left in it.
    fn undone(&self) -> Option<Self> {
        if !self.plain() || self.folded.len() < 2 || self.folded.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
        let digits = self.folded.chars().any(|c| c.is_ascii_digit());
        let mut out = String::new();
        for (at, c) in self.folded.chars().enumerate() {
            let doubled = out.ends_with(c) && "aeod".contains(c);
            let key = if digits { c.is_ascii_digit() } else { c == 'w' || (at > 1 && "sfrxj".contains(c)) };
            if !(doubled || key) {
                out.push(c);
            }
        }
        (out != self.folded && !out.is_empty()).then(|| Self { exact: out.clone(), folded: out })
    }
}

/// A text as ASCII words, without marks, cases and signs: two short texts that differ in typing only are equal.
#[must_use]
pub fn folded(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
    let words: Vec<String> =
        words.map(|w| Word::of(w).folded.replace(|c: char| !c.is_ascii_alphanumeric(), "")).collect();
    words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The words of a text.
pub(super) struct Tokens {
    words: Vec<(Word, Option<Word>)>,
    /// Where the words stand with which entries begin, by their numbers, so that a long text costs no more per
    /// entry than a short one.
    places: Vec<Vec<usize>>,
}

impl Tokens {
    /// Splits at everything that is no letter, digit or mark; `m.a t.u.y` and short forms are written out.
    pub(super) fn of(lexicon: &Lexicon, text: &str) -> Self {
        let text: String = text.nfc().collect::<String>().to_lowercase();
        let mut words = Vec::new();
        for raw in text.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '\'') {
            let spelt = raw.split('.').all(|part| part.chars().count() == 1);
            let joined: String = raw.chars().filter(|c| *c != '.' && *c != '\'').collect();
            let parts: Vec<&str> = if spelt {
                vec![joined.as_str()]
            } else {
                raw.split('.').filter(|p| !p.is_empty()).collect()
            };
            for part in parts.iter().flat_map(|part| lexicon.written_out(part)) {
                let word = Word::of(part.trim_matches('\''));
                let undone = word.undone();
                if !word.exact.is_empty() {
                    words.push((word, undone));
                }
            }
        }
        let mut places = vec![Vec::new(); lexicon.beginnings.len()];
        for (at, (word, undone)) in words.iter().enumerate() {
            for plain in std::iter::once(word).chain(undone) {
                let number = lexicon.beginnings.find(&plain.folded);
                if let Some(places) = number.and_then(|n| places.get_mut(n)) {
                    places.push(at);
                }
            }
        }
        Self { words, places }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether an entry stands at this place. Leftovers of typing count only in entries of two words or more.
    fn stands(&self, at: usize, Entry { words, strict, .. }: &Entry) -> bool {
        let here = self.words.iter().skip(at).take(words.len());
        here.len() == words.len()
            && here.zip(words).all(|((word, undone), wanted)| {
                word.can_be(wanted, *strict)
                    || (words.len() > 1 && undone.as_ref().is_some_and(|w| w.can_be(wanted, *strict)))
            })
    }

    /// Places where the first word of an entry may stand.
    fn candidates(&self, entry: &Entry) -> impl Iterator<Item = usize> {
        self.places.get(entry.first).into_iter().flatten().copied()
    }

    /// Whether an entry stands somewhere outside the masked places.
    pub(super) fn has(&self, entry: &Entry, masked: &[bool]) -> bool {
        self.candidates(entry).any(|at| {
            let free = masked.iter().skip(at).take(entry.words.len()).all(|m| !m);
            free && self.stands(at, entry)
        })
    }

    /// Marks the places of an entry as not to be looked at.
    pub(super) fn mask(&self, entry: &Entry, masked: &mut [bool]) {
        for at in self.candidates(entry) {
            if self.stands(at, entry) {
                masked.iter_mut().skip(at).take(entry.words.len()).for_each(|m| *m = true);
            }
        }
    }
}
