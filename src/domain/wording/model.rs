//! What the cues weigh together: one small linear model per question, its weights a file beside the lexicon.
//!
//! The cues are the sets and rules of the lexicon that occur, and the plain words. The weights are learnt from the
//! labelled messages in the repository by `examples/understanding.rs train`; nothing is learnt while serving.

use super::findings::Findings;
use super::hasher::Table;
use super::hits::Hits;
use super::lexicon::Lexicon;
use super::source::{BadTerm, Source};
use super::tokens::Token;

/// The questions, each with its possible answers.
pub const HEADS: [(&str, &[&str]); 4] = [
    ("intent", &["tip", "counsel", "status", "other"]),
    ("about", &["self", "relative", "other", "none"]),
    (
        "category",
        &[
            "dealing",
            "transport",
            "possession",
            "production",
            "cultivation",
            "use_den",
            "use",
            "force_entice",
            "precursor_pharma",
            "appropriation",
            "equipment",
            "ngao_da",
            "rehab_abuse",
            "bribe_cover",
            "wanted",
            "other_crime",
        ],
    ),
    ("crisis", &["none", "overdose", "suicide", "violence", "child"]),
];

/// Weights are written as whole numbers, so many to one.
pub const MODEL_SCALE: f32 = 40.0;

/// The weights of all cues.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// Small, because there are many: the place of the answer and its weight as it is written.
    weights: Table<Box<str>, Box<[(u8, i16)]>>,
}

/// How likely the answers to the questions are, one after the other as in [`HEADS`].
#[derive(Debug)]
pub(super) struct Odds(Vec<f32>);

impl Model {
    /// Reads lines of a cue and of letters for answers, each with its weight.
    pub(super) fn parse((file, text): Source<'_>, faults: &mut Vec<BadTerm>) -> Self {
        let mut weights = Table::default();
        for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
            let read = line.split_once('\t').and_then(|(cue, list)| Some((cue, weights_of(list)?)));
            match read {
                Some((cue, list)) => drop(weights.insert(cue.into(), list)),
                None => faults.push(BadTerm {
                    file: file.to_owned(),
                    line: number + 1,
                    term: line.to_owned(),
                    what: "not a cue, letters and weights",
                }),
            }
        }
        Self { weights }
    }

    /// Weighs the cues of a text.
    pub(super) fn weigh(&self, lexicon: &Lexicon, hits: &Hits<'_>, found: &Findings<'_>) -> Odds {
        let mut sums = vec![0.0_f32; HEADS.iter().map(|(_, answers)| answers.len()).sum()];
        cues(lexicon, hits, found, &mut |cue, value| {
            for (slot, weight) in self.weights.get(cue).into_iter().flatten() {
                if let Some(sum) = sums.get_mut(usize::from(*slot)) {
                    *sum += f32::from(*weight) / MODEL_SCALE * value;
                }
            }
        });
        let mut from = 0;
        for (_, answers) in HEADS {
            let part = sums.iter_mut().skip(from).take(answers.len());
            let parts: Vec<&mut f32> = part.collect();
            let top = parts.iter().fold(f32::MIN, |top, x| top.max(**x));
            let all: f32 = parts.iter().map(|x| (**x - top).exp()).sum();
            for x in parts {
                *x = (*x - top).exp() / all;
            }
            from += answers.len();
        }
        Odds(sums)
    }
}

impl Odds {
    /// How likely an answer to a question is, between 0 and 1.
    pub(super) fn of(&self, head: &str, answer: &str) -> f32 {
        slot_of(head, answer).and_then(|slot| self.0.get(slot)).copied().unwrap_or_default()
    }

    /// The answers to a question, the likeliest first.
    pub(super) fn ranked(&self, head: &str) -> Vec<(&'static str, f32)> {
        let answers = HEADS.iter().find(|(name, _)| *name == head).map_or(&[][..], |(_, answers)| answers);
        let mut all: Vec<(&'static str, f32)> = answers.iter().map(|a| (*a, self.of(head, a))).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all
    }
}

/// The letter of an answer, counted over all of [`HEADS`].
#[must_use]
pub fn slot_letter(slot: usize) -> char {
    ('a'..='z').chain('A'..='Z').nth(slot).unwrap_or('?')
}

/// `a12b-3`: the answers and their weights.
fn weights_of(list: &str) -> Option<Box<[(u8, i16)]>> {
    let count: usize = HEADS.iter().map(|(_, answers)| answers.len()).sum();
    let mut out = Vec::new();
    let mut rest = list;
    while let Some(letter) = rest.chars().next() {
        let slot = (0..count).find(|slot| slot_letter(*slot) == letter)?;
        rest = rest.get(1..)?;
        let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (weight, after) = rest.split_at_checked(end)?;
        out.push((u8::try_from(slot).ok()?, weight.parse().ok()?));
        rest = after;
    }
    Some(out.into())
}

fn slot_of(head: &str, answer: &str) -> Option<usize> {
    let mut from = 0;
    for (name, answers) in HEADS {
        if name == head {
            return answers.iter().position(|a| *a == answer).map(|at| from + at);
        }
        from += answers.len();
    }
    None
}

/// Tells each cue of a text and its value: `s` sets, `r` rules, `w` words, `b` words that follow each other, `t` the
/// likeliest category by the rules, `d` what they say is wanted, `n` the length.
pub(super) fn cues(
    lexicon: &Lexicon,
    hits: &Hits<'_>,
    found: &Findings<'_>,
    tell: &mut dyn FnMut(&str, f32),
) {
    let mut cue = String::new();
    let mut say = |kind: &str, name: &[&str], value: f32| {
        cue.clear();
        cue.push_str(kind);
        cue.extend(name.iter().copied());
        tell(&cue, value);
    };
    say("bias", &[], 1.0);
    lexicon
        .named()
        .filter(|(_, group)| !hits.of(*group).is_empty())
        .for_each(|(name, _)| say("s:", &[name], 1.0));
    for (name, best) in found.all() {
        say("r:", &[name], 1.0);
        if best >= STRONG {
            say("R:", &[name], 1.0);
        }
    }
    if let Some(first) = super::offence::by_rules(found).first() {
        say("t:", &[first], PLAIN);
    }
    say("d:", &[super::intent::by_rules(found)], PLAIN);
    let length = match hits.tokens.len() {
        0..=2 => "2",
        3..=5 => "5",
        6..=10 => "10",
        11..=25 => "25",
        _ => "more",
    };
    say("n:", &[length], 1.0);
    let raw = hits.tokens.raw_keys;
    let words: Vec<&str> = hits.tokens.list.iter().take(WORDS).map(|token| plain(token, raw)).collect();
    let first = |word: &&str| words.iter().position(|w| w == word);
    let numbers: Vec<Option<usize>> = words.iter().map(first).collect();
    for (_, word) in words.iter().enumerate().filter(|(at, _)| numbers.get(*at) == Some(&Some(*at))) {
        say("w:", &[word], WORD);
    }
    let pair = |at: usize| (at.checked_sub(1).and_then(|b| numbers.get(b)), numbers.get(at));
    for at in (0..=words.len()).filter(|at| !(0..*at).any(|before| pair(before) == pair(*at))) {
        let before = at.checked_sub(1).and_then(|b| words.get(b)).unwrap_or(&"^");
        say("b:", &[before, " ", words.get(at).unwrap_or(&"$")], WORD);
    }
}

/// A word as it is learnt: without marks, figures all alike.
fn plain(token: &Token, raw_keys: bool) -> &str {
    let other = token.others.first().filter(|_| raw_keys);
    let word = other.unwrap_or(&token.word).folded();
    if word.bytes().any(|b| b.is_ascii_digit()) { "#" } else { word }
}

/// A word weighs less than a set or a rule, which stand for many.
const WORD: f32 = 0.4;
/// What the rules say by themselves weighs more.
const PLAIN: f32 = 2.0;
/// From this weight on a rule is a cue of its own.
const STRONG: i32 = 5;
/// Words of a text beyond these are not weighed one by one.
const WORDS: usize = 200;
