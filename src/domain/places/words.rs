//! The words around a name: what is named, where, whether it is somebody.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::data::BadPlaces;
use super::form::{Agree, Form, Key, words_of};
use super::scan::{Gap, Token};
use crate::domain::line::line_of;

/// The file.
pub(super) const FILE: &str = "places.toml";

/// What is said to be named.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    Xa,
    Phuong,
    ThiTran,
    DacKhu,
    /// English: any commune of today.
    Commune,
    Huyen,
    Quan,
    ThiXa,
    /// English: any district of before.
    District,
    ThanhPho,
    Tinh,
}

impl Unit {
    pub(super) const fn is_commune(self) -> bool {
        matches!(self, Self::Xa | Self::Phuong | Self::ThiTran | Self::DacKhu | Self::Commune)
    }

    pub(super) const fn is_district(self) -> bool {
        matches!(self, Self::Huyen | Self::Quan | Self::ThiXa | Self::ThanhPho | Self::District)
    }
}

/// What a word says about what stands beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cue {
    At,
    Near,
    Title,
    Street,
    Landmark,
    Village,
    And,
    Link,
}

#[derive(Clone, Copy)]
enum Role {
    Unit(Unit),
    After(Unit),
    Cue(Cue),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    unit: BTreeMap<Unit, Vec<String>>,
    unit_after: BTreeMap<Unit, Vec<String>>,
    cue: BTreeMap<Cue, Vec<String>>,
    guard: Guard,
    province: BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guard {
    words: Vec<String>,
    people: Vec<String>,
    first: Vec<String>,
}

/// The words of `config/places.toml`.
pub(super) struct Words {
    roles: BTreeMap<u64, Vec<(Vec<Form>, Role)>>,
    /// A bit for each key of `roles`: most words have none.
    sieve: [u64; 64],
    common: BTreeSet<u64>,
    people: BTreeSet<u64>,
    first: BTreeMap<u64, Vec<Form>>,
    /// Other names of provinces.
    pub(super) aliases: Vec<Alias>,
}

/// Another name of a province.
pub(super) struct Alias {
    pub(super) name: String,
    pub(super) code: String,
    /// Where it stands in the file.
    pub(super) line: usize,
}

/// Phrases that stand at one place, the longest first.
const LONGEST: usize = 3;

impl Words {
    pub(super) fn parse(text: &str) -> Result<Self, BadPlaces> {
        let file: File = toml::from_str(text).map_err(|e| {
            let line = line_of(text, e.span().map_or(0, |s| s.start));
            BadPlaces { file: FILE, line, fault: e.message().to_owned() }
        })?;
        let mut roles: BTreeMap<u64, Vec<(Vec<Form>, Role)>> = BTreeMap::new();
        let mut put = |phrases: &[String], role: Role| {
            for phrase in phrases {
                let words = words_of(phrase);
                roles.entry(Key::of(&words).0).or_default().push((words, role));
            }
        };
        file.unit.iter().for_each(|(unit, phrases)| put(phrases, Role::Unit(*unit)));
        file.unit_after.iter().for_each(|(unit, phrases)| put(phrases, Role::After(*unit)));
        file.cue.iter().for_each(|(cue, phrases)| put(phrases, Role::Cue(*cue)));
        let mut sieve = [0; 64];
        for key in roles.keys() {
            let (at, bit) = bit_of(*key);
            if let Some(cell) = sieve.get_mut(at) {
                *cell |= bit;
            }
        }
        let keys = |names: &[String]| names.iter().map(|n| Key::of(&words_of(n)).0).collect();
        let mut first: BTreeMap<u64, Vec<Form>> = BTreeMap::new();
        for word in file.guard.first.iter().flat_map(|w| words_of(w)) {
            first.entry(Key::EMPTY.then(&word).0).or_default().push(word);
        }
        let alias = |(name, code): (String, Spanned<String>)| {
            let line = line_of(text, code.span().start);
            Alias { name, code: code.into_inner(), line }
        };
        Ok(Self {
            roles,
            sieve,
            common: keys(&file.guard.words),
            people: keys(&file.guard.people),
            first,
            aliases: file.province.into_iter().map(alias).collect(),
        })
    }

    /// Whether a name is a word of the language too.
    pub(super) fn is_word(&self, key: Key) -> bool {
        self.common.contains(&key.0)
    }

    /// Whether a name is first of all that of a person or a street.
    pub(super) fn is_person(&self, key: Key) -> bool {
        self.people.contains(&key.0)
    }

    /// Whether names of people begin like this.
    pub(super) fn begins_person(&self, first: &Form) -> bool {
        let known = self.first.get(&Key::EMPTY.then(first).0);
        known.into_iter().flatten().any(|word| first.agrees(word) >= Agree::Plain)
    }

    fn role(&self, key: Key) -> &[(Vec<Form>, Role)] {
        let (at, bit) = bit_of(key.0);
        let any = self.sieve.get(at).is_some_and(|cell| cell & bit != 0);
        if any { self.roles.get(&key.0).map_or(&[], Vec::as_slice) } else { &[] }
    }

    /// The phrases that begin at a word: role and number of words, the longest first.
    fn phrases<'a>(&'a self, tokens: &'a [Token]) -> impl Iterator<Item = (usize, Role, bool)> + 'a {
        (1..=LONGEST.min(tokens.len())).rev().flat_map(move |n| {
            let typed = tokens.get(..n).unwrap_or_default();
            let whole = typed.iter().skip(1).all(|t| t.gap == Gap::Soft);
            let keys = [false, true].map(|meant| typed.iter().fold(Key::EMPTY, |k, t| k.then(t.pick(meant))));
            let twice = keys[0].0 != keys[1].0;
            keys.into_iter().take(if twice { 2 } else { 1 }).enumerate().flat_map(move |(meant, key)| {
                let found = if whole { self.role(key) } else { &[] };
                found.iter().filter_map(move |(words, role)| {
                    let same = words.len() == n;
                    let least = typed.iter().zip(words).map(|(t, w)| t.pick(meant == 1).agrees(w)).min()?;
                    (same && least >= Agree::Plain).then_some((n, *role, least == Agree::Plain))
                })
            })
        })
    }

    /// The units that may be said at a word: unit, number of words, whether marks were left out.
    pub(super) fn units<'a>(&'a self, tokens: &'a [Token]) -> impl Iterator<Item = (Unit, usize, bool)> + 'a {
        self.phrases(tokens).filter_map(|(n, role, bare)| match role {
            Role::Unit(unit) => Some((unit, n, bare)),
            _ => None,
        })
    }

    /// The English unit that stands after a name.
    pub(super) fn unit_after(&self, tokens: &[Token]) -> Option<Unit> {
        self.phrases(tokens.get(..1)?).find_map(|(_, role, _)| match role {
            Role::After(unit) => Some(unit),
            _ => None,
        })
    }

    /// What the words that end right before a place say of it.
    pub(super) fn cues_before(&self, before: &[Token]) -> Vec<Cue> {
        if let [rest @ .., number] = before
            && number.form.is_number()
            && self.cues_before(rest).contains(&Cue::Village)
        {
            return vec![Cue::At];
        }
        let starts =
            (1..=LONGEST.min(before.len())).filter_map(|n| before.get(before.len() - n..).map(|t| (n, t)));
        let cues = starts.flat_map(|(n, tokens)| {
            self.phrases(tokens).filter_map(move |(len, role, _)| match role {
                Role::Cue(cue) if len == n => Some(cue),
                _ => None,
            })
        });
        cues.collect()
    }
}

/// The cell of the sieve and the bit in it.
fn bit_of(key: u64) -> (usize, u64) {
    let bit = (key ^ (key >> 31)) % 4_096;
    (usize::try_from(bit / 64).unwrap_or(0), 1 << (bit % 64))
}
