//! What is wanted.

use super::lexicon::Findings;
use super::model::Odds;
use super::{Crisis, Lean};

/// What was decided.
pub(super) struct Decided {
    pub(super) lane: Lean,
    pub(super) or: Vec<Lean>,
    pub(super) close: bool,
}

/// What the rules alone say is wanted.
pub(super) fn by_rules(found: &Findings<'_>) -> &'static str {
    let offence = found.codes("category.").map(|(_, f)| f.best).max().unwrap_or_default();
    let own = found.best("use.self");
    let kin = found.best("use.kin");
    let tip = offence + found.best("report") * 2 + i32::from(found.has("third")) * 2;
    let mut counsel = found.best("counsel.ask")
        + found.best("counsel.want") * 2
        + found.best("counsel.cai") * 4
        + own
        + kin;
    if found.has("crisis.overdose") || found.has("crisis.suicide") {
        counsel += 5;
    }
    let status = found.best("status.strong") * 2 + found.best("status.weak");
    let off = found.best("talk.off") * 3
        + found.best("talk.service") * 4
        + found.best("unreal") * 4
        + found.best("feeling") * 3;
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
    let found_out = found.has("tag.reprisal") && !found.has("reprisal.fear");
    if found_out && lanes.first().is_some_and(|(first, _)| *first == Lean::Unclear) {
        lanes.retain(|(lane, _)| *lane == Lean::Tip);
    }
    let first = lanes.first().map_or(Lean::Unclear, |(lane, _)| *lane);
    let or = lanes.iter().skip(1).filter(|(_, p)| *p > LIKELY).map(|(lane, _)| *lane).collect();
    // asked once too often rather than once too little: unless plainly somebody else is meant
    let other = odds.of("about", "other") > PLAINLY;
    let named = found.has("use.kin") || (found.has("kin") && (found.has("drug") || found.has("counsel.cai")));
    let close = found.has("use.self") || (named && !other) || odds.of("about", "self") > 0.5;
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
