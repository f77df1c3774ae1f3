//! The lexicon file: named rules over words, so that an editor can add a word without a programmer.
//!
//! A rule is a list of conditions; one that holds is enough. A condition is a list of word groups that must all
//! occur; a group is `a|b|c`, any of them. `!word` must match with its marks even in a text without marks.

use std::collections::BTreeMap;

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

struct Entry {
    words: Vec<Word>,
    strict: bool,
}

struct Rule {
    any: Vec<Vec<Vec<Entry>>>,
    not: Vec<Entry>,
}

/// The rules, parsed once.
pub struct Lexicon {
    short: BTreeMap<String, Vec<String>>,
    rules: BTreeMap<String, Rule>,
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
        let mut rules = BTreeMap::new();
        for (name, rule) in &file.rule {
            rules.insert(
                name.clone(),
                Rule::of(rule, &file.set).map_err(|e| BadLexicon(format!("{name}: {e}")))?,
            );
        }
        if let Some(missing) = Self::NEEDED.iter().find(|name| !rules.contains_key(**name)) {
            return Err(BadLexicon(format!("no rule {missing}")));
        }
        let short =
            file.short.into_iter().map(|(k, v)| (k, v.split(' ').map(str::to_owned).collect())).collect();
        Ok(Self { short, rules })
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
    fn of(file: &RuleFile, sets: &BTreeMap<String, String>) -> Result<Self, String> {
        let group = |text: &String| entries(text, sets);
        let all = |groups: &Vec<String>| groups.iter().map(group).collect::<Result<Vec<_>, _>>();
        let any: Vec<Vec<Vec<Entry>>> = file.any.iter().map(all).collect::<Result<_, _>>()?;
        let not = file.not.iter().map(group).collect::<Result<Vec<_>, _>>()?;
        if any.is_empty() || any.iter().any(Vec::is_empty) {
            return Err("an empty condition".to_owned());
        }
        Ok(Self { any, not: not.into_iter().flatten().collect() })
    }

    fn holds(&self, tokens: &Tokens) -> bool {
        let mut masked = vec![false; tokens.len()];
        for entry in &self.not {
            tokens.mask(&entry.words, entry.strict, &mut masked);
        }
        let occurs = |entry: &Entry| tokens.find(&entry.words, entry.strict, &masked).is_some();
        self.any.iter().any(|groups| groups.iter().all(|group| group.iter().any(occurs)))
    }
}

/// The words of a group `a|!b|@set`.
fn entries(text: &str, sets: &BTreeMap<String, String>) -> Result<Vec<Entry>, String> {
    let mut out = Vec::new();
    for raw in text.split('|').map(str::trim) {
        if let Some(name) = raw.strip_prefix('@') {
            let set = sets.get(name).filter(|s| !s.contains('@')).ok_or_else(|| format!("no set {name}"))?;
            out.extend(entries(set, sets)?);
        } else {
            let (strict, phrase) = raw.strip_prefix('!').map_or((false, raw), |rest| (true, rest));
            let words: Vec<Word> = phrase.split_whitespace().map(Word::of).collect();
            if words.is_empty() {
                return Err(format!("an empty word in «{text}»"));
            }
            out.push(Entry { words, strict });
        }
    }
    Ok(out)
}
