//! All names by their letters: one sorted table, and a small sieve before it, since most words are no names.

use super::data::Tables;
use super::form::{Agree, Form};
use super::form::{Key, compare, words_of};

/// What a name names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum What {
    /// A commune of today.
    Today,
    /// A commune of before 1 July 2025.
    Old,
    /// A district of before 1 July 2025.
    District,
    /// A province, of today or before.
    Realm,
}

/// One name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    key: u64,
    /// How many letters it has.
    letters: u16,
    pub(super) id: u16,
    pub(super) province: u8,
    pub(super) what: What,
}

/// Bits of the sieve.
const SIEVE: u64 = 1 << 18;

pub(super) struct Index {
    entries: Vec<Entry>,
    sieve: Vec<u64>,
    /// The most words of a name.
    pub(super) longest: usize,
}

impl Index {
    pub(super) fn of(tables: &Tables) -> Self {
        let mut index = Self { entries: Vec::with_capacity(16_000), sieve: vec![0; 4_096], longest: 1 };
        for (id, c) in numbered(&tables.communes) {
            index.put(c.name, id, c.province, What::Today);
        }
        for (id, old) in numbered(&tables.olds) {
            let province = tables.districts.get(usize::from(old.district)).map_or(0, |d| d.province);
            index.put(old.name, id, province, What::Old);
        }
        for (id, d) in numbered(&tables.districts) {
            index.put(d.name, id, d.province, What::District);
        }
        for (id, realm) in numbered(&tables.realms) {
            index.put(&realm.name, id, realm.province, What::Realm);
        }
        index.entries.sort_unstable_by_key(|e| (e.key, e.province, e.what, e.id));
        index.entries.shrink_to_fit();
        index
    }

    fn put(&mut self, name: &str, id: u16, province: u8, what: What) {
        for name in spellings(name) {
            let words = words_of(name);
            let key = Key::of(&words).0;
            let letters = words.iter().map(|w| w.letters().len()).sum::<usize>();
            let letters = u16::try_from(letters).unwrap_or(u16::MAX);
            self.longest = self.longest.max(words.len());
            self.entries.push(Entry { key, letters, id, province, what });
            let bit = sieve_bit(key);
            if let Some(cell) = self.sieve.get_mut((bit / 64) as usize) {
                *cell |= 1 << (bit % 64);
            }
        }
    }

    /// All names with these letters.
    pub(super) fn named(&self, key: Key) -> &[Entry] {
        let bit = sieve_bit(key.0);
        if self.sieve.get((bit / 64) as usize).is_none_or(|cell| cell & (1 << (bit % 64)) == 0) {
            return &[];
        }
        let from = self.entries.partition_point(|e| e.key < key.0);
        let rest = self.entries.get(from..).unwrap_or_default();
        let len = rest.iter().take_while(|e| e.key == key.0).count();
        rest.get(..len).unwrap_or_default()
    }

    /// Every name of a province with so many letters, or one more or less.
    pub(super) fn about_as_long(&self, province: u8, letters: usize) -> impl Iterator<Item = &Entry> {
        let near = move |e: &Entry| usize::from(e.letters).abs_diff(letters) <= 1;
        self.entries.iter().filter(move |e| e.province == province && near(e))
    }
}

/// The rows of a table with their numbers; reading the files refuses a row that gets none.
fn numbered<T>(table: &[T]) -> impl Iterator<Item = (u16, &T)> {
    (0..=u16::MAX).zip(table)
}

const fn sieve_bit(key: u64) -> u64 {
    (key ^ (key >> 29)) % SIEVE
}

/// The ways a name is written: `Phường 4` is called 4, `Xuân Hương - Đà Lạt` is called Xuân Hương.
pub(super) fn spellings(name: &str) -> impl Iterator<Item = &str> {
    let numbered = name.strip_prefix("Phường ").filter(|n| n.bytes().all(|b| b.is_ascii_digit()));
    let main = numbered.unwrap_or_else(|| name.split_once(" (").map_or(name, |(n, _)| n));
    let short = main.split_once(" - ").map(|(n, _)| n);
    std::iter::once(main).chain(short)
}

/// How typed words go with a name in the best of its spellings.
pub(super) fn agreement(typed: &[Form], name: &str) -> Option<Agree> {
    spellings(name).filter_map(|n| compare(typed, &words_of(n))).max()
}
