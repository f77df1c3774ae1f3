//! The messages of the last hour, as hashes: which of them say the same, and how many are relatives. Bounded in number
//! and in size; what has not been met for longest is forgotten first.

use std::collections::{BTreeMap, HashMap};

use crate::domain::case::Priority;
use crate::domain::flood::Rules;
use crate::domain::likeness::{LANES, Likeness};
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, FoldId};
use crate::store::folds::Placing;

/// How many messages share a place in the index of relatives.
const CROWD: usize = 16;

/// A message that had a row of its own.
struct Seen {
    likeness: Likeness,
    /// Which case leads the row that others go beneath, and where.
    case: CaseId,
    desk: DeskId,
    priority: Priority,
    side: bool,
    fold: FoldId,
    /// How many that say the same have rows of their own.
    rows: u32,
    /// How many said the same.
    copies: u32,
    /// How many relatives came before or after.
    kin: u32,
    last: Timestamp,
    turn: u64,
}

/// What is to be placed.
pub(super) struct Asked {
    pub(super) case: CaseId,
    pub(super) desk: DeskId,
    pub(super) priority: Priority,
    /// How many that say the same have rows of their own.
    pub(super) own_rows: u32,
    /// Whether it is for the side queue whatever it says.
    pub(super) suspect: bool,
    /// Whether it is for the side queue when it has too many relatives.
    pub(super) unproven: bool,
    /// A number for the row, if one is needed.
    pub(super) fold: FoldId,
}

/// Where it goes.
pub(super) struct Placed {
    pub(super) placing: Placing,
    /// Whether it is one for the side queue.
    pub(super) suspect: bool,
    /// Whether too many said the same for all to be registered unseen.
    pub(super) many: bool,
    /// Whether it has too many relatives.
    pub(super) hot: bool,
}

/// The messages.
#[derive(Default)]
pub(super) struct Window {
    seen: HashMap<u64, Seen>,
    turns: BTreeMap<u64, u64>,
    whole: HashMap<u64, u64>,
    lanes: HashMap<(usize, u32), Vec<u64>>,
    folds: HashMap<FoldId, u64>,
    next: u64,
}

impl Window {
    /// Places a message and remembers it.
    pub(super) fn place(&mut self, rules: &Rules, likeness: Likeness, a: &Asked, now: Timestamp) -> Placed {
        self.forget(rules, now);
        let candidates = self.candidates(&likeness);
        let same = |id: &&u64| self.seen.get(id).is_some_and(|s| s.likeness.same(&likeness));
        match candidates.iter().find(same).copied() {
            Some(id) => self.again(rules, id, a, now),
            None => self.first(rules, likeness, &candidates, (a, now)),
        }
    }

    /// A row that was to be led by another case is led by this one now.
    pub(super) fn lead(&mut self, fold: FoldId, case: CaseId, side: bool) {
        if let Some(seen) = self.folds.get(&fold).and_then(|id| self.seen.get_mut(id)) {
            seen.case = case;
            seen.side = side;
        }
    }

    /// Messages that may say the same or be relatives, the likeliest first.
    fn candidates(&self, likeness: &Likeness) -> Vec<u64> {
        let mut shared: HashMap<u64, usize> = HashMap::new();
        for place in likeness.sketch().iter().copied().enumerate() {
            for id in self.lanes.get(&place).into_iter().flatten() {
                *shared.entry(*id).or_default() += 1;
            }
        }
        if let Some(id) = self.whole.get(&likeness.whole()) {
            *shared.entry(*id).or_default() += LANES;
        }
        let mut all: Vec<(usize, u64)> = shared.into_iter().map(|(id, n)| (n, id)).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.truncate(CROWD);
        all.into_iter().map(|(_, id)| id).collect()
    }

    /// Somebody said the same before.
    fn again(&mut self, rules: &Rules, id: u64, a: &Asked, now: Timestamp) -> Placed {
        let turn = self.next;
        self.next += 1;
        let own = if a.suspect { Placing::Side } else { Placing::Main };
        let Some(seen) = self.seen.get_mut(&id) else {
            return Placed { placing: own, suspect: a.suspect, many: false, hot: false };
        };
        self.turns.remove(&seen.turn);
        self.turns.insert(turn, id);
        (seen.turn, seen.last) = (turn, now);
        seen.copies = seen.copies.saturating_add(1);
        let many = rules.too_many_copies(seen.copies);
        let hot = a.unproven && rules.too_many_kin(seen.kin);
        let suspect = a.suspect || hot;
        // Beneath a row that is as urgent and as easily seen, never beneath a lesser one.
        let leads = seen.desk == a.desk && seen.priority <= a.priority && (!seen.side || suspect);
        if leads && seen.rows >= a.own_rows {
            let placing = Placing::Under { fold: seen.fold, head: seen.case, side: suspect };
            return Placed { placing, suspect, many, hot };
        }
        seen.rows += 1;
        if !leads {
            self.folds.remove(&seen.fold);
            self.folds.insert(a.fold, id);
            (seen.case, seen.desk, seen.priority, seen.fold) = (a.case, a.desk, a.priority, a.fold);
            (seen.side, seen.rows) = (suspect, 1);
        }
        Placed { placing: if suspect { Placing::Side } else { Placing::Main }, suspect, many: false, hot }
    }

    /// Nobody has said this yet.
    fn first(
        &mut self,
        rules: &Rules,
        likeness: Likeness,
        candidates: &[u64],
        (a, now): (&Asked, Timestamp),
    ) -> Placed {
        let mut kin = 0;
        for id in candidates {
            if let Some(seen) = self.seen.get_mut(id)
                && seen.likeness.distance(&likeness) <= rules.kin_distance()
            {
                seen.kin = seen.kin.saturating_add(1);
                kin = kin.max(seen.kin);
            }
        }
        let hot = a.unproven && rules.too_many_kin(kin);
        let suspect = a.suspect || hot;
        self.remember(
            rules,
            Seen {
                likeness,
                case: a.case,
                desk: a.desk,
                priority: a.priority,
                side: suspect,
                fold: a.fold,
                rows: 1,
                copies: 1,
                kin,
                last: now,
                turn: 0,
            },
        );
        Placed { placing: if suspect { Placing::Side } else { Placing::Main }, suspect, many: false, hot }
    }

    fn remember(&mut self, rules: &Rules, mut seen: Seen) {
        while self.seen.len() >= rules.remembered().max(1) {
            let Some((_, id)) = self.turns.first_key_value() else { break };
            self.drop_one(*id);
        }
        let id = self.next;
        self.next += 1;
        seen.turn = id;
        self.turns.insert(id, id);
        self.whole.insert(seen.likeness.whole(), id);
        self.folds.insert(seen.fold, id);
        for place in seen.likeness.sketch().iter().copied().enumerate() {
            let crowd = self.lanes.entry(place).or_default();
            if crowd.len() >= CROWD {
                crowd.remove(0);
            }
            crowd.push(id);
        }
        self.seen.insert(id, seen);
    }

    /// Forgets what has not been met within the window, and all of it when the clock was set back.
    fn forget(&mut self, rules: &Rules, now: Timestamp) {
        while let Some((_, id)) = self.turns.first_key_value() {
            let id = *id;
            let fresh = |s: &Seen| (s.last..s.last.plus(rules.window())).contains(&now);
            if self.seen.get(&id).is_some_and(fresh) {
                break;
            }
            self.drop_one(id);
        }
    }

    fn drop_one(&mut self, id: u64) {
        let Some(seen) = self.seen.remove(&id) else {
            self.turns.retain(|_, other| *other != id);
            return;
        };
        self.turns.remove(&seen.turn);
        self.folds.remove(&seen.fold);
        if self.whole.get(&seen.likeness.whole()) == Some(&id) {
            self.whole.remove(&seen.likeness.whole());
        }
        for place in seen.likeness.sketch().iter().copied().enumerate() {
            if let Some(crowd) = self.lanes.get_mut(&place) {
                crowd.retain(|other| *other != id);
                if crowd.is_empty() {
                    self.lanes.remove(&place);
                }
            }
        }
    }
}
