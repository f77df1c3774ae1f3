//! The lexicon file: named rules over words, so that an editor can add a word without a programmer.
//!
//! A rule is a list of conditions; one that holds is enough. A condition is a list of word groups that must all
//! occur; a group is `a|b|c`, any of them. `!word` must match with its marks even in a text without marks.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::tokens::{Tokens, Word};

/// The lexicon file is not as it should be; the message names the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("lexicon: {0}")]
pub struct BadLexicon(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    short: BTreeMap<String, String>,
    set: BTreeMap<String, String>,
    rule: BTreeMap<String, RuleFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    any: Vec<Vec<String>>,
    #[serde(default)]
    not: Vec<String>,
}

pub(super) struct Entry {
    pub(super) words: Vec<Word>,
    pub(super) strict: bool,
    /// The number of its first word in [`Beginnings`].
    pub(super) first: usize,
}

/// The plain forms of all first words, numbered: so a text is looked up here once a word, and not once an entry.
#[derive(Default)]
pub(super) struct Beginnings(HashMap<String, usize>);

impl Beginnings {
    fn number(&mut self, word: &Word) -> usize {
        let next = self.0.len();
        *self.0.entry(word.folded().to_owned()).or_insert(next)
    }

    /// The number of a plain form, if an entry begins with it.
    pub(super) fn find(&self, folded: &str) -> Option<usize> {
        self.0.get(folded).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

struct Rule {
    any: Vec<Vec<Vec<Entry>>>,
    not: Vec<Entry>,
}

/// The rules, parsed once.
pub struct Lexicon {
    short: BTreeMap<String, Vec<String>>,
    rules: BTreeMap<String, Rule>,
    pub(super) beginnings: Beginnings,
}

impl Lexicon {
    /// Rules without which [`super::read`] would be silently deaf.
    const NEEDED: [&'static str; 13] = [
        "crisis.overdose",
        "crisis.suicide",
        "crisis.violence",
        "crisis.child",
        "drug",
        "use",
        "counsel",
        "self",
        "kin",
        "status",
        "tip",
        "greeting",
        "about_us",
    ];

    /// Reads the text of a lexicon file.
    pub fn parse(toml: &str) -> Result<Self, BadLexicon> {
        let file: File = toml::from_str(toml).map_err(|e| BadLexicon(e.to_string()))?;
        let (mut rules, mut beginnings) = (BTreeMap::new(), Beginnings::default());
        for (name, rule) in &file.rule {
            let rule = Rule::of(rule, &file.set, &mut beginnings);
            rules.insert(name.clone(), rule.map_err(|e| BadLexicon(format!("{name}: {e}")))?);
        }
        if let Some(missing) = Self::NEEDED.iter().find(|name| !rules.contains_key(**name)) {
            return Err(BadLexicon(format!("no rule {missing}")));
        }
        let short =
            file.short.into_iter().map(|(k, v)| (k, v.split(' ').map(str::to_owned).collect())).collect();
        Ok(Self { short, rules, beginnings })
    }

    /// The lexicon the program was built with.
    pub fn embedded() -> Result<Self, BadLexicon> {
        Self::parse(include_str!("../../../config/lexicon.toml"))
    }

    /// A short form (`ko`, `vk`) written out; any other word as it is.
    pub(super) fn written_out<'a>(&'a self, word: &'a str) -> Vec<&'a str> {
        self.short.get(word).map_or_else(|| vec![word], |full| full.iter().map(String::as_str).collect())
    }

    /// Whether a rule holds for a text; a rule that is not in the file never does.
    pub(super) fn fires(&self, name: &str, tokens: &Tokens) -> bool {
        self.rules.get(name).is_some_and(|rule| rule.holds(tokens))
    }

    /// The codes after `prefix` of all rules that hold.
    pub(super) fn codes(&self, prefix: &str, tokens: &Tokens) -> Vec<String> {
        let named =
            self.rules.iter().filter_map(|(name, rule)| name.strip_prefix(prefix).map(|code| (code, rule)));
        named.filter(|(_, rule)| rule.holds(tokens)).map(|(code, _)| code.to_owned()).collect()
    }

    /// The codes that rules of this prefix can give, to be checked against the taxonomy.
    pub fn known(&self, prefix: &str) -> impl Iterator<Item = &str> {
        self.rules.keys().filter_map(move |name| name.strip_prefix(prefix))
    }
}

impl Rule {
    fn of(
        file: &RuleFile,
        sets: &BTreeMap<String, String>,
        beginnings: &mut Beginnings,
    ) -> Result<Self, String> {
        let mut group = |text: &String| entries(text, sets, beginnings);
        let mut all = |groups: &Vec<String>| groups.iter().map(&mut group).collect::<Result<Vec<_>, _>>();
        let any: Vec<Vec<Vec<Entry>>> = file.any.iter().map(&mut all).collect::<Result<_, _>>()?;
        let not = file.not.iter().map(&mut group).collect::<Result<Vec<_>, _>>()?;
        if any.is_empty() || any.iter().any(Vec::is_empty) {
            return Err("an empty condition".to_owned());
        }
        Ok(Self { any, not: not.into_iter().flatten().collect() })
    }

    fn holds(&self, tokens: &Tokens) -> bool {
        let mut masked = vec![false; tokens.len()];
        for entry in &self.not {
            tokens.mask(entry, &mut masked);
        }
        let occurs = |entry: &Entry| tokens.has(entry, &masked);
        self.any.iter().any(|groups| groups.iter().all(|group| group.iter().any(occurs)))
    }
}

/// The words of a group `a|!b|@set`.
fn entries(
    text: &str,
    sets: &BTreeMap<String, String>,
    beginnings: &mut Beginnings,
) -> Result<Vec<Entry>, String> {
    let mut out = Vec::new();
    for raw in text.split('|').map(str::trim) {
        if let Some(name) = raw.strip_prefix('@') {
            let set = sets.get(name).filter(|s| !s.contains('@')).ok_or_else(|| format!("no set {name}"))?;
            out.extend(entries(set, sets, beginnings)?);
        } else {
            let (strict, phrase) = raw.strip_prefix('!').map_or((false, raw), |rest| (true, rest));
            let words: Vec<Word> = phrase.split_whitespace().map(Word::of).collect();
            let first = words.first().ok_or_else(|| format!("an empty word in «{text}»"))?;
            out.push(Entry { first: beginnings.number(first), words, strict });
        }
    }
    Ok(out)
}
