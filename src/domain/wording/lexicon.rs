//! The lexicon in memory: one trie over all words and phrases, and the patterns over them.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::findings::Findings;
use super::hasher::Table;
use super::hits::{Hits, Span};
use super::model::Model;
use super::pattern::{Group, Pattern};
use super::rule::Rule;
use super::shape::{SHAPES, shapes};
use super::source::{BadLexicon, BadTerm, Line, Sheets, Source};
use super::tokens::{Token, Tokens};
use super::word::Word;

/// Names of sets whose phrases take the words inside them out of all other sets.
const MASK: &str = "mask.";
/// The set of plain words that are nearly always meant as they stand.
const COMMON: &str = "common";
/// The file of weights.
const MODEL: &str = "model.tsv";
/// The longest phrase, in words.
const LONGEST: usize = 12;

struct Term {
    words: Vec<Word>,
    strict: bool,
    mask: bool,
    groups: Vec<Group>,
}

/// The rules, parsed once.
#[derive(Default)]
pub struct Lexicon {
    short: Table<String, Vec<Word>>,
    /// Plain forms of all words of terms, numbered.
    words: Table<String, usize>,
    /// From a node and a word to the next node; node 0 is the root.
    steps: Table<(usize, usize), usize>,
    /// The terms that end at a node.
    ends: Vec<Vec<usize>>,
    terms: Vec<Term>,
    known: Table<(String, bool), usize>,
    groups: BTreeMap<String, Group>,
    /// The sets with a name of their own, in order.
    names: Vec<(String, Group)>,
    count: usize,
    /// Sets that hold a set.
    within: Vec<Vec<Group>>,
    derived: Vec<(Group, Vec<Pattern>)>,
    rules: BTreeMap<String, Vec<Pattern>>,
    pub(super) model: Model,
}

impl Lexicon {
    /// Reads the files of a lexicon. All faults are reported together.
    pub fn load(sources: &[Source<'_>]) -> Result<Self, BadLexicon> {
        let mut faults = Vec::new();
        let (weights, sources): (Vec<_>, Vec<_>) = sources.iter().copied().partition(|s| s.0 == MODEL);
        if weights.is_empty() {
            faults.push(missing(MODEL, "this file is missing"));
        }
        let model = weights.first().map(|w| Model::parse(*w, &mut faults)).unwrap_or_default();
        let sheets = Sheets::read(&sources, &mut faults);
        let mut out = Self { ends: vec![Vec::new()], model, ..Self::default() };
        for name in SHAPES.iter().copied().chain(sheets.sets.keys().map(String::as_str)) {
            out.group_named(name);
        }
        for (name, _) in &sheets.derived {
            out.group_named(name);
        }
        for (word, line) in &sheets.short {
            let full: Vec<Word> = line.text.split_whitespace().map(Word::of).collect();
            out.short.insert(Word::of(word).exact().to_owned(), full);
        }
        for (name, lines) in &sheets.sets {
            let group = out.group_named(name);
            for line in lines {
                out.fill(group, name.starts_with(MASK), line, &line.text, &mut faults);
            }
        }
        for (name, lines) in &sheets.derived {
            let group = out.group_named(name);
            let patterns = out.patterns(lines, &mut faults);
            out.derived.push((group, patterns));
        }
        for (name, lines) in &sheets.rules {
            let patterns = out.patterns(lines, &mut faults);
            out.rules.insert(name.clone(), patterns);
        }
        out.mark_common();
        let asked = Rule::ALL.iter().map(|rule| rule.name());
        faults.extend(
            asked.filter(|n| !out.rules.contains_key(*n)).map(|n| missing(n, "this rule is missing")),
        );
        out.close();
        if faults.is_empty() { Ok(out) } else { Err(BadLexicon(faults)) }
    }

    /// The lexicon the program was built with, read once.
    pub fn embedded() -> Result<Arc<Self>, BadLexicon> {
        static EMBEDDED: LazyLock<Result<Arc<Lexicon>, BadLexicon>> =
            LazyLock::new(|| Lexicon::load(&super::EMBEDDED).map(Arc::new));
        EMBEDDED.clone()
    }

    fn group_named(&mut self, name: &str) -> Group {
        if let Some(group) = self.groups.get(name) {
            return *group;
        }
        let group = self.count;
        self.count += 1;
        self.within.push(Vec::new());
        self.groups.insert(name.to_owned(), group);
        group
    }

    fn patterns(&mut self, lines: &[Line], faults: &mut Vec<BadTerm>) -> Vec<Pattern> {
        let mut out = Vec::new();
        for line in lines {
            let mut inner = Vec::new();
            match Pattern::parse(line, |text| Ok(self.group_of(line, text, &mut inner))) {
                Ok(pattern) => out.push(pattern),
                Err(fault) => faults.push(fault),
            }
            faults.append(&mut inner);
        }
        out
    }

    /// The set that a text like `bán|@deal` stands for.
    fn group_of(&mut self, line: &Line, text: &str, faults: &mut Vec<BadTerm>) -> Group {
        if let Some(group) = text.strip_prefix('@').and_then(|name| self.groups.get(name)) {
            return *group;
        }
        let name = format!("({text})");
        let fresh = !self.groups.contains_key(&name);
        let group = self.group_named(&name);
        if fresh {
            self.fill(group, false, line, text, faults);
        }
        group
    }

    /// Puts the words of a line into a set.
    fn fill(&mut self, group: Group, mask: bool, line: &Line, text: &str, faults: &mut Vec<BadTerm>) {
        for raw in text.trim_matches('|').split('|').map(str::trim) {
            if let Some(name) = raw.strip_prefix('@') {
                match self.groups.get(name).copied() {
                    Some(inner) => self.within.get_mut(inner).into_iter().for_each(|w| w.push(group)),
                    None => faults.push(line.fault(raw, "there is no set of this name")),
                }
                continue;
            }
            let (strict, phrase) = raw.strip_prefix('!').map_or((false, raw), |rest| (true, rest));
            let words: Vec<Word> = phrase.split_whitespace().map(Word::of).collect();
            if words.is_empty() || words.len() > LONGEST || words.iter().any(|w| w.folded().is_empty()) {
                faults.push(line.fault(raw, "an empty or endless phrase"));
            } else if phrase.contains(|c: char| c.is_ascii_punctuation() && !"'-.".contains(c)) {
                faults.push(line.fault(raw, "a sign that belongs to no word"));
            } else {
                self.term(words, strict, mask, group);
            }
        }
    }

    fn term(&mut self, words: Vec<Word>, strict: bool, mask: bool, group: Group) {
        let key: Vec<&str> = words.iter().map(Word::exact).collect();
        let key = (key.join(" "), strict);
        if let Some(term) = self.known.get(&key).copied().and_then(|at| self.terms.get_mut(at)) {
            term.groups.push(group);
            term.mask |= mask;
            return;
        }
        let mut node = 0;
        for word in &words {
            let next = self.words.len();
            let number = *self.words.entry(word.folded().to_owned()).or_insert(next);
            let fresh = self.ends.len();
            node = *self.steps.entry((node, number)).or_insert(fresh);
            if node == fresh {
                self.ends.push(Vec::new());
            }
        }
        let index = self.terms.len();
        self.known.insert(key, index);
        self.terms.push(Term { words, strict, mask, groups: vec![group] });
        self.ends.get_mut(node).into_iter().for_each(|ends| ends.push(index));
    }

    /// Terms of one word that look like a common word must bear their marks.
    fn mark_common(&mut self) {
        let group = self.group_named(COMMON);
        let common: Vec<String> = self
            .terms
            .iter()
            .filter(|t| t.groups.contains(&group))
            .flat_map(|t| t.words.iter().map(|w| w.folded().to_owned()))
            .collect();
        for term in &mut self.terms {
            if let [word] = term.words.as_slice() {
                term.strict |= common.iter().any(|c| c == word.folded());
            }
        }
    }

    /// A word of a set is a word of all sets that hold this set.
    fn close(&mut self) {
        for term in &mut self.terms {
            term.groups = closure(&self.within, &term.groups);
        }
        for group in 0..self.count {
            let all = closure(&self.within, &[group]);
            if let Some(within) = self.within.get_mut(group) {
                *within = all;
            }
        }
        let own = self.groups.iter().filter(|(name, _)| !name.starts_with('('));
        self.names = own.map(|(name, group)| (name.clone(), *group)).collect();
        self.known = Table::default();
    }

    /// A short form (`ko`, `vk`) written out; none for any other word.
    pub(super) fn written_out(&self, word: &Word) -> Option<&[Word]> {
        self.short.get(word.exact()).map(Vec::as_slice)
    }

    /// Whether a word occurs in any phrase, marks aside.
    pub(super) fn knows(&self, word: &Word) -> bool {
        self.words.contains_key(word.folded())
    }

    /// The codes that rules of this prefix can give, to be checked against the taxonomy.
    pub fn codes(&self, prefix: &str) -> impl Iterator<Item = &str> {
        self.rules.keys().filter_map(move |name| name.strip_prefix(prefix))
    }

    /// The sets that have a name.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, Group)> {
        self.names.iter().map(|(name, group)| (name.as_str(), *group))
    }

    /// Where each set occurs.
    pub(super) fn hits<'t>(&self, tokens: &'t Tokens) -> Hits<'t> {
        let terms = self.scan(tokens);
        let masks: Vec<Span> = terms.iter().filter(|(term, _)| term.mask).map(|(_, span)| *span).collect();
        let masked = |span: &Span| masks.iter().any(|m| m.0 <= span.0 && span.1 <= m.1);
        let mut found: Vec<(Group, Span)> = Vec::with_capacity(terms.len() * 4);
        for (term, span) in terms.iter().filter(|(term, span)| term.mask || !masked(span)) {
            found.extend(term.groups.iter().map(|group| (*group, *span)));
        }
        for (name, span) in shapes(tokens) {
            let group = self.groups.get(name).copied();
            found.extend(self.all_of(group).map(|group| (group, span)));
        }
        let mut hits = Hits::of_all(self.count, &mut found, tokens);
        for (group, patterns) in &self.derived {
            let before = found.len();
            for span in patterns.iter().filter_map(|pattern| pattern.holds(&hits)) {
                found.extend(self.all_of(Some(*group)).map(|group| (group, span)));
            }
            if found.len() > before {
                hits.take(self.count, &mut found);
            }
        }
        hits
    }

    /// A set and all sets that hold it.
    fn all_of(&self, group: Option<Group>) -> impl Iterator<Item = Group> {
        group.and_then(|g| self.within.get(g)).into_iter().flatten().copied()
    }

    /// Applies all rules.
    pub(super) fn findings(&self, hits: &Hits<'_>) -> Findings<'_> {
        Findings::of(self.rules.iter().filter_map(|(name, patterns)| {
            let held = patterns.iter().filter(|pattern| pattern.holds(hits).is_some());
            held.map(|pattern| pattern.weight).max().map(|best| (name.as_str(), best))
        }))
    }

    /// Every place where a rule holds.
    pub(super) fn everywhere(&self, rule: Rule, hits: &Hits<'_>) -> Vec<Span> {
        self.rules.get(rule.name()).into_iter().flatten().flat_map(|p| p.everywhere(hits)).collect()
    }

    /// All terms that occur, in the order of the text.
    fn scan<'a>(&'a self, tokens: &Tokens) -> Vec<(&'a Term, Span)> {
        let numbers: Vec<Vec<(usize, usize)>> = tokens.list.iter().map(|t| self.numbers(t)).collect();
        let (mut out, mut forms) = (Vec::new(), Vec::with_capacity(LONGEST));
        for start in 0..numbers.len() {
            self.follow((0, start), tokens, &numbers, &mut forms, &mut out);
        }
        out
    }

    /// Goes on from a node with the word behind those whose forms are given.
    fn follow<'a>(
        &'a self,
        (node, start): (usize, usize),
        tokens: &Tokens,
        numbers: &[Vec<(usize, usize)>],
        forms: &mut Vec<usize>,
        out: &mut Vec<(&'a Term, Span)>,
    ) {
        let end = start + forms.len();
        for (number, form) in numbers.get(end).into_iter().flatten() {
            let Some(step) = self.steps.get(&(node, *number)) else { continue };
            forms.push(*form);
            let terms = self.ends.get(*step).into_iter().flatten().filter_map(|t| self.terms.get(*t));
            out.extend(terms.filter(|t| stands(t, tokens, start, forms)).map(|t| (t, (start, end + 1))));
            self.follow((*step, start), tokens, numbers, forms, out);
            forms.pop();
        }
    }

    /// The numbers of what a word of a text may be: of itself (0) and of its other forms (from 1).
    fn numbers(&self, token: &Token) -> Vec<(usize, usize)> {
        let forms = std::iter::once(&token.word).chain(&token.others).enumerate();
        forms.filter_map(|(form, word)| self.words.get(word.folded()).map(|n| (*n, form))).collect()
    }
}

/// Something without which a text would not be read, and nobody would notice.
fn missing(what: &str, fault: &'static str) -> BadTerm {
    BadTerm { file: "lexicon".to_owned(), line: 0, term: what.to_owned(), what: fault }
}

/// Whether a term stands at a place, with these forms of the words there.
fn stands(term: &Term, tokens: &Tokens, start: usize, forms: &[usize]) -> bool {
    let several = term.words.len() > 1;
    let apart = tokens.place(start + term.words.len() - 1) - tokens.place(start);
    let here = tokens.list.iter().skip(start).zip(forms);
    apart < term.words.len() + 3
        && here.zip(&term.words).all(|((token, form), wanted)| {
            if *form > 0 {
                return !term.strict && (several || tokens.raw_keys || *form > 1 || !tokens.marked);
            }
            let word = &token.word;
            word.exact() == wanted.exact()
                || !term.strict
                    && if word.plain() {
                        several || !tokens.marked
                    } else {
                        several && word.forgets(wanted.exact())
                    }
        })
}

fn closure(within: &[Vec<Group>], from: &[Group]) -> Vec<Group> {
    let mut all: Vec<Group> = Vec::new();
    let mut open = from.to_vec();
    while let Some(group) = open.pop() {
        if !all.contains(&group) {
            all.push(group);
            open.extend(within.get(group).into_iter().flatten());
        }
    }
    all
}
