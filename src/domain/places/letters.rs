//! The picker: a letter, then a commune. Two taps for a province with more than a hundred.

use unicode_normalization::UnicodeNormalization;

use super::form::words_of;
use super::{Commune, Places};

/// The letters of the alphabet that names are looked up under; `Ă Â` are under A, `Ê` under E, `Ô Ơ` under O, `Ư`
/// under U.
const LETTERS: &str = "ABCDĐEGHIKLMNOPQRSTUVXY";

/// The letter a name stands under; `#` for those that begin with a number.
fn letter_of(name: &str) -> char {
    let first = name.chars().next().unwrap_or('#');
    if matches!(first, 'Đ' | 'đ') {
        return 'Đ';
    }
    let base = first.nfd().next().unwrap_or('#').to_ascii_uppercase();
    if base.is_ascii_alphabetic() { base } else { '#' }
}

/// The order of a Vietnamese dictionary: word for word, in each the letters, then the tone.
fn order(name: &str) -> Vec<(Vec<u8>, u8)> {
    words_of(name).iter().map(|word| (word.alphabet(), word.tone_order())).collect()
}

impl Places {
    /// The letters that communes of a province begin with, in the order of the alphabet, numbers last.
    #[must_use]
    pub fn letters(&self, province: &str) -> Vec<char> {
        let has = |letter: char| self.of(province).any(|c| letter_of(c.name) == letter);
        LETTERS.chars().chain("FJWZ#".chars()).filter(|l| has(*l)).collect()
    }

    /// The communes of a province under a letter, in Vietnamese order.
    #[must_use]
    pub fn starting(&self, province: &str, letter: char) -> Vec<&Commune> {
        let mut found: Vec<&Commune> = self.of(province).filter(|c| letter_of(c.name) == letter).collect();
        found.sort_by_cached_key(|c| (order(c.name), c.code));
        found
    }

    /// What a commune was made of: the old names, each once, in Vietnamese order. A name that it kept is left out.
    #[must_use]
    pub fn made_of(&self, commune: &Commune) -> Vec<&'static str> {
        let Some(at) = self.tables.by_code.get(commune.code) else { return Vec::new() };
        let into = (0..).zip(&self.tables.olds).filter(|(id, _)| self.targets(*id).contains(at));
        let mut names: Vec<&str> = into.map(|(_, old)| old.name).collect();
        names.retain(|name| *name != commune.name);
        names.sort_by_cached_key(|name| (order(name), *name));
        names.dedup();
        names
    }

    fn of(&self, province: &str) -> impl Iterator<Item = &Commune> {
        let at = self.tables.province_at(province);
        self.tables.communes.iter().filter(move |c| Some(c.province) == at)
    }
}
