//! What is wanted.

use super::findings::Findings;
use super::model::Odds;
use super::rule::Rule;
use super::{Crisis, Lean};

/// What was decided.
pub(super) struct Decided {
    pub(super) lane: Lean,
    pub(super) or: Vec<Lean>,
    pub(super) close: bool,
}

/// What the rules alone say is wanted.
pub(super) fn by_rules(found: &Findings<'_>) -> &'static str {
    let offence = found.codes("category.").map(|(_, best)| best).max().unwrap_or_default();
    let own = found.best(Rule::UseSelf);
    let kin = found.best(Rule::UseKin);
    let tip = offence + found.best(Rule::Report) * 2 + i32::from(found.has(Rule::Third)) * 2;
    let mut counsel = found.best(Rule::CounselAsk)
        + found.best(Rule::CounselWant) * 2
        + found.best(Rule::CounselCai) * 4
        + own
        + kin;
    if found.has(Rule::Overdose) || found.has(Rule::Suicide) {
        counsel += 5;
    }
    let status = found.best(Rule::StatusStrong) * 2 + found.best(Rule::StatusWeak);
    let off = found.best(Rule::TalkOff) * 3
        + found.best(Rule::TalkService) * 4
        + found.best(Rule::Unreal) * 4
        + found.best(Rule::Feeling) * 3;
    let scores = [("tip", tip), ("counsel", counsel), ("status", status), ("other", off)];
    scores.iter().max_by_key(|(_, s)| *s).filter(|(_, s)| *s > 2).map_or("other", |(answer, _)| *answer)
}

/// An answer this likely is asked about, if it is not the first.
const LIKELY: f32 = 0.15;

/// How sure it must be that somebody else is meant before kin that are named do not count.
const PLAINLY: f32 = 0.9;

/// Decides what is wanted. A danger is never small talk: it goes to whoever it more likely concerns.
pub(super) fn decide(found: &Findings<'_>, odds: &Odds, crises: &[Crisis]) -> Decided {
    let mut lanes: Vec<(Lean, f32)> =
        odds.ranked("intent").into_iter().map(|(answer, p)| (lane(answer), p)).collect();
    if !crises.is_empty() && lanes.first().is_some_and(|(first, _)| *first == Lean::Unclear) {
        lanes.retain(|(lane, _)| matches!(lane, Lean::Tip | Lean::Counsel));
    }
    // whoever was found out is in danger for what was reported
    let found_out = found.has(Rule::Reprisal) && !found.has(Rule::ReprisalFear);
    if found_out && lanes.first().is_some_and(|(first, _)| *first == Lean::Unclear) {
        lanes.retain(|(lane, _)| *lane == Lean::Tip);
    }
    let first = lanes.first().map_or(Lean::Unclear, |(lane, _)| *lane);
    let or = lanes.iter().skip(1).filter(|(_, p)| *p > LIKELY).map(|(lane, _)| *lane).collect();
    // asked once too often rather than once too little: unless plainly somebody else is meant
    let other = odds.of("about", "other") > PLAINLY;
    let named = found.has(Rule::UseKin)
        || (found.has(Rule::Kin) && (found.has(Rule::Drug) || found.has(Rule::CounselCai)));
    let close = found.has(Rule::UseSelf) || (named && !other) || odds.of("about", "self") > 0.5;
    Decided { lane: first, or, close: close && first != Lean::Status }
}

fn lane(answer: &str) -> Lean {
    match answer {
        "tip" => Lean::Tip,
        "counsel" => Lean::Counsel,
        "status" => Lean::Status,
        _ => Lean::Unclear,
    }
}
