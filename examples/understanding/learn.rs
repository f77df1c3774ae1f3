//! Learns the weights: softmax regression for each question, the same result every time.

use std::collections::BTreeMap;

use tinan::domain::wording::{HEADS, Lexicon, MODEL_SCALE, cues, slot_letter};

use crate::rows::Row;

/// Few: more rounds fit these messages better and those of strangers worse.
const ROUNDS: usize = 10;
const RATE: f32 = 0.1;
/// How strongly weights are held down.
const HOLD: f32 = 1e-3;
/// How often a word must occur to be learnt.
const SEEN: usize = 2;

/// A message as numbered cues, and the right answers to each question; none where it is not labelled.
struct Example {
    cues: Vec<(usize, f32)>,
    right: Vec<Vec<usize>>,
}

/// Learns from labelled messages and writes the weights as text.
pub(crate) fn learn(lexicon: &Lexicon, rows: &[&Row]) -> String {
    let read: Vec<Vec<(String, f32)>> = rows.iter().map(|row| cues(lexicon, &row.text)).collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    read.iter().flatten().for_each(|(cue, _)| *seen.entry(cue).or_default() += 1);
    let word = |cue: &str| cue.starts_with("w:") || cue.starts_with("b:") || cue.starts_with("c:");
    let kept = seen.into_iter().filter(|(cue, n)| *n >= if word(cue) { SEEN } else { 1 });
    let numbers: BTreeMap<&str, usize> = kept.enumerate().map(|(number, (cue, _))| (cue, number)).collect();
    let numbered = |cues: &[(String, f32)]| -> Vec<(usize, f32)> {
        cues.iter().filter_map(|(cue, value)| numbers.get(cue.as_str()).map(|n| (*n, *value))).collect()
    };
    let examples: Vec<Example> = read
        .iter()
        .zip(rows)
        .map(|(cues, row)| Example { cues: numbered(cues), right: right(row) })
        .collect();
    let mut lines: Vec<String> = numbers.keys().map(|cue| format!("{cue}\t")).collect();
    let mut slot = 0;
    for (head, (_, answers)) in HEADS.iter().enumerate() {
        let weights = descend(&examples, head, answers.len(), numbers.len());
        for (line, weights) in lines.iter_mut().zip(&weights) {
            for (at, weight) in weights.iter().enumerate() {
                let whole = (weight * MODEL_SCALE).round();
                if whole.abs() >= 2.0 {
                    line.push_str(&format!("{}{whole}", slot_letter(slot + at)));
                }
            }
        }
        slot += answers.len();
    }
    let head = "# Learnt by `cargo run --release --example understanding -- train`: cue, then a letter for the answer and\n\
                # its weight. Not edited by hand.\n";
    let body: String = lines.into_iter().filter(|l| !l.ends_with('\t')).map(|l| l + "\n").collect();
    head.to_owned() + &body
}

/// The right answers of a message, by their places in [`HEADS`].
fn right(row: &Row) -> Vec<Vec<usize>> {
    let wanted = |head: &str| match head {
        "intent" => row.intent.clone(),
        "about" => row.about.clone().unwrap_or_default(),
        "category" if row.intent.first().is_some_and(|i| i == "tip") => row.categories.clone(),
        "crisis" => row.crisis.clone(),
        _ => Vec::new(),
    };
    let place = |(head, answers): &(&str, &[&str])| {
        wanted(head).iter().filter_map(|w| answers.iter().position(|a| a == w)).collect()
    };
    HEADS.iter().map(place).collect()
}

/// The weights of a cue for each answer, and how far they have moved.
struct Weights {
    now: Vec<f32>,
    moved: Vec<f32>,
}

/// Descends along the gradient, step by step over all examples in an order that changes but is always the same.
fn descend(examples: &[Example], head: usize, answers: usize, cues: usize) -> Vec<Vec<f32>> {
    let fresh = || Weights { now: vec![0.0; answers], moved: vec![1e-3; answers] };
    let mut weights: Vec<Weights> = std::iter::repeat_with(fresh).take(cues).collect();
    let mut order: Vec<&Example> = examples.iter().collect();
    let mut seed = 12_345_u64;
    for _ in 0..ROUNDS {
        for at in (1..order.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let bound = u64::try_from(at + 1).unwrap_or(1);
            order.swap(at, usize::try_from((seed >> 33) % bound).unwrap_or(0));
        }
        for example in &order {
            if let Some(right) = example.right.get(head).filter(|right| !right.is_empty()) {
                step(&mut weights, example, right, answers);
            }
        }
    }
    weights.into_iter().map(|w| w.now).collect()
}

/// One example moves the weights of its cues.
fn step(weights: &mut [Weights], example: &Example, right: &[usize], answers: usize) {
    let odds = odds(weights, &example.cues, answers);
    let hit: f32 = right.iter().filter_map(|answer| odds.get(*answer)).sum::<f32>().max(1e-6);
    let off: Vec<f32> = odds
        .iter()
        .enumerate()
        .map(|(answer, p)| if right.contains(&answer) { p - p / hit } else { *p })
        .collect();
    for (cue, value) in &example.cues {
        let Some(Weights { now, moved }) = weights.get_mut(*cue) else { continue };
        for ((weight, moved), off) in now.iter_mut().zip(moved).zip(&off) {
            let slope = off * value + HOLD * *weight;
            *moved += slope * slope;
            *weight -= RATE * slope / moved.sqrt();
        }
    }
}

fn odds(weights: &[Weights], cues: &[(usize, f32)], answers: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f32; answers];
    for (cue, value) in cues {
        for (sum, weight) in sums.iter_mut().zip(weights.get(*cue).into_iter().flat_map(|w| &w.now)) {
            *sum += weight * value;
        }
    }
    let top = sums.iter().copied().fold(f32::MIN, f32::max);
    let all: f32 = sums.iter().map(|s| (s - top).exp()).sum();
    sums.iter().map(|s| (s - top).exp() / all).collect()
}
