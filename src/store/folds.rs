//! Which row a waiting case is shown in. A case beneath another's row stays reachable by its number and its receipt
//! like any other; what is kept here is only that its row is not drawn. Whoever leads a row and leaves the queue hands
//! the row to the next case beneath, in the same commit: nothing can stay hidden under a row that is gone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cases::aside_of;
use super::intake::NewCase;
use super::{StoreError, Tx};
use crate::domain::case::{Aside, Case};
use crate::domain::state::State;
use crate::kernel::id::{CaseId, DeskId, FoldId, TenantId};

/// Tenant, desk, state, tier and fold of a case.
pub(super) type Shown = (Uuid, Uuid, String, i64, Option<Uuid>);

/// Where intake would show a case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Placing {
    /// In the working queue.
    #[default]
    Main,
    /// In the side queue.
    Side,
    /// Beneath the row of `head`, if that still waits at this desk; otherwise in a row of its own.
    Under {
        /// Which row.
        fold: FoldId,
        /// The case that had it when this was decided.
        head: CaseId,
        /// Whether a row of its own would be in the side queue.
        side: bool,
    },
}

/// A change of how many waiting cases are shown aside.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    tenant: TenantId,
    desk: DeskId,
    tier: i64,
    fold: Option<FoldId>,
    by: i64,
}

type Heads = BTreeMap<FoldId, CaseId>;

impl Tx {
    /// Decides where each new case is shown. Two statements more when something of a batch folds, else none.
    pub(super) async fn arrange(&mut self, cases: &[(i64, &NewCase)]) -> Result<Vec<Aside>, StoreError> {
        let mut heads = self.standing(cases).await?;
        let mut rows: BTreeMap<FoldId, (&NewCase, CaseId, i64)> = BTreeMap::new();
        let mut out = Vec::with_capacity(cases.len());
        for (_, case) in cases {
            let aside = match case.placing {
                Placing::Main => Aside::Main,
                Placing::Side => Aside::Side,
                Placing::Under { fold, side, .. } => {
                    if let Some(head) = heads.get(&fold) {
                        rows.entry(fold).or_insert((*case, *head, 0)).2 += 1;
                        Aside::Folded(fold)
                    } else {
                        // The row is gone: the first that comes after has one of its own, and leads those that follow.
                        heads.insert(fold, case.id);
                        if side { Aside::Side } else { Aside::Main }
                    }
                }
            };
            self.shown(case.tenant, case.desk, (aside, None), 1);
            out.push(aside);
        }
        let rows: Vec<_> = rows.into_iter().collect();
        insert_rows!(
            self,
            "INSERT INTO folds (id, tenant, desk, head, amount) ",
            &rows,
            |b, (fold, (case, head, amount))| {
                b.push_bind(fold.uuid());
                b.push_bind(case.tenant.uuid());
                b.push_bind(case.desk.uuid());
                b.push_bind(head.uuid());
                b.push_bind(*amount);
            },
            " ON CONFLICT (id) DO UPDATE SET amount = folds.amount + excluded.amount, head = excluded.head"
        );
        Ok(out)
    }

    /// Which of the rows that new cases would go beneath are there. On PostgreSQL the heads are locked, so that none
    /// leaves the queue before these cases are beneath it.
    async fn standing(&mut self, cases: &[(i64, &NewCase)]) -> Result<Heads, StoreError> {
        const WAITS: &str = " AND c.waiting = 1 AND c.fold IS NULL
             AND c.state NOT IN ('CLOSED', 'INSUFFICIENT_STORED')";
        let mut wanted: BTreeMap<FoldId, (CaseId, DeskId)> = BTreeMap::new();
        for (_, case) in cases {
            if let Placing::Under { fold, head, .. } = case.placing {
                wanted.insert(fold, (head, case.desk));
            }
        }
        let mut heads = Heads::new();
        if wanted.is_empty() {
            return Ok(heads);
        }
        let rows = fetch_list!(
            self,
            (Uuid, Uuid),
            "SELECT f.id, f.head FROM folds f JOIN cases c ON c.id = f.head AND c.desk = f.desk WHERE f.id IN (",
            wanted.keys().map(|fold| fold.uuid()),
            WAITS,
            " FOR SHARE OF c"
        );
        heads.extend(rows.into_iter().map(|(fold, head)| (FoldId::from_uuid(fold), CaseId::from_uuid(head))));
        let fresh: Vec<(FoldId, (CaseId, DeskId))> =
            wanted.into_iter().filter(|(fold, _)| !heads.contains_key(fold)).collect();
        if fresh.is_empty() {
            return Ok(heads);
        }
        let rows = fetch_list!(
            self,
            (Uuid, Uuid),
            "SELECT c.id, c.desk FROM cases c WHERE c.id IN (",
            fresh.iter().map(|(_, (head, _))| head.uuid()),
            WAITS,
            " FOR SHARE OF c"
        );
        for (fold, (head, desk)) in fresh {
            let stored = rows.contains(&(head.uuid(), desk.uuid()));
            // Or it comes in this very batch, in a row of its own.
            let comes = |(_, c): &(i64, &NewCase)| {
                c.id == head && c.desk == desk && !matches!(c.placing, Placing::Under { .. })
            };
            if stored || cases.iter().any(comes) {
                heads.insert(fold, head);
            }
        }
        Ok(heads)
    }

    /// Keeps the counts after a step, and hands a row on that lost its head.
    pub(super) async fn rearrange(&mut self, before: &Case, after: &Case) -> Result<(), StoreError> {
        let (waited, waits) = (before.state.waits(), after.state.waits());
        if (waited, before.aside, before.desk) == (waits, after.aside, after.desk) {
            return Ok(());
        }
        if waited {
            self.shown(before.tenant, before.desk, folded(before.aside), -1);
        }
        if waits {
            self.shown(after.tenant, after.desk, folded(after.aside), 1);
        }
        let led = waited && !matches!(before.aside, Aside::Folded(_));
        let leads = waits && before.desk == after.desk && !matches!(after.aside, Aside::Folded(_));
        if led && !leads {
            for (fold,) in
                fetch_all!(self, (Uuid,), "SELECT id FROM folds WHERE head = $1", before.id.uuid())?
            {
                self.settle_fold(FoldId::from_uuid(fold)).await?;
            }
        }
        match after.aside {
            Aside::Folded(fold) if waits && !waited => self.settle_fold(fold).await,
            _ => Ok(()),
        }
    }

    /// The citizen has written again: new words have a row of their own, and in a case that rested they come to the
    /// working queue, as does everything with `urgent`.
    pub(super) async fn show_again(
        &mut self,
        case: CaseId,
        (tenant, desk, state, tier, fold): Shown,
        urgent: bool,
    ) -> Result<(), StoreError> {
        let aside = aside_of(tier, fold)?;
        let waited = State::parse(&state)
            .map_err(|_| StoreError::Corrupt { table: "cases", column: "state" })?
            .waits();
        if aside == Aside::Main || (aside == Aside::Side && waited && !urgent) {
            return Ok(());
        }
        execute!(self, "UPDATE cases SET aside = 0, fold = NULL WHERE id = $1", case.uuid())?;
        if waited {
            self.shown(TenantId::from_uuid(tenant), DeskId::from_uuid(desk), folded(aside), -1);
        }
        Ok(())
    }

    /// Gives a row whose head does not wait here any more to the oldest case beneath it.
    pub async fn settle_fold(&mut self, fold: FoldId) -> Result<(), StoreError> {
        let row = fetch_optional!(
            self,
            (Uuid, Uuid, i64, i64),
            "SELECT f.tenant, f.desk, c.aside,
             CAST(CASE WHEN c.waiting = 1 AND c.fold IS NULL AND c.desk = f.desk
               AND c.state NOT IN ('CLOSED', 'INSUFFICIENT_STORED') THEN 1 ELSE 0 END AS BIGINT)
             FROM folds f JOIN cases c ON c.id = f.head WHERE f.id = $1",
            fold.uuid()
        )?;
        let Some((tenant, desk, tier, 0)) = row else { return Ok(()) };
        let next = fetch_optional!(
            self,
            (Uuid,),
            "SELECT id FROM cases WHERE fold = $1 AND waiting = 1 AND fold IS NOT NULL AND desk = $2
             ORDER BY year, number LIMIT 1",
            fold.uuid(),
            desk
        )?;
        let Some((next,)) = next else { return Ok(()) };
        // A row of the side queue stays there.
        let tier = i64::from(tier == Aside::Side.tier());
        execute!(self, "UPDATE cases SET aside = $2, fold = NULL WHERE id = $1", next, tier)?;
        execute!(self, "UPDATE folds SET head = $2 WHERE id = $1", fold.uuid(), next)?;
        let (tenant, desk) = (TenantId::from_uuid(tenant), DeskId::from_uuid(desk));
        self.shown(tenant, desk, folded(Aside::Folded(fold)), -1);
        self.shown(tenant, desk, (if tier == 1 { Aside::Side } else { Aside::Main }, None), 1);
        Ok(())
    }

    /// Rows with cases beneath whose head does not wait; there should never be any.
    pub async fn stranded_folds(&mut self) -> Result<Vec<FoldId>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT f.id FROM folds f JOIN cases c ON c.id = f.head
             WHERE f.amount > 0 AND (c.waiting = 0 OR c.fold IS NOT NULL OR c.desk <> f.desk
               OR c.state IN ('CLOSED', 'INSUFFICIENT_STORED')) LIMIT 100"
        )?;
        Ok(rows.into_iter().map(|(fold,)| FoldId::from_uuid(fold)).collect())
    }

    fn shown(&mut self, tenant: TenantId, desk: DeskId, (aside, fold): (Aside, Option<FoldId>), by: i64) {
        if aside != Aside::Main {
            self.moves.push(Move { tenant, desk, tier: aside.tier(), fold, by });
        }
    }

    /// Writes the collected changes.
    pub(super) async fn write_moves(&mut self) -> Result<(), StoreError> {
        let (mut counts, mut folds) = (BTreeMap::new(), BTreeMap::new());
        for change in std::mem::take(&mut self.moves) {
            *counts.entry((change.desk, change.tier, change.tenant)).or_insert(0) += change.by;
            if let Some(fold) = change.fold {
                *folds.entry(fold).or_insert(0) += change.by;
            }
        }
        // In key order, so that two nodes lock the rows in the same order.
        for (fold, by) in folds.into_iter().filter(|(_, by): &(_, i64)| *by != 0) {
            execute!(self, "UPDATE folds SET amount = amount + $2 WHERE id = $1", fold.uuid(), by)?;
        }
        for ((desk, tier, tenant), by) in counts.into_iter().filter(|(_, by): &(_, i64)| *by != 0) {
            execute!(
                self,
                "INSERT INTO aside_counts (tenant, desk, aside, amount) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (desk, aside) DO UPDATE SET amount = aside_counts.amount + excluded.amount",
                tenant.uuid(),
                desk.uuid(),
                tier,
                by
            )?;
        }
        Ok(())
    }
}

/// What is counted for a case: its tier, and the row it is beneath.
const fn folded(aside: Aside) -> (Aside, Option<FoldId>) {
    match aside {
        Aside::Folded(fold) => (aside, Some(fold)),
        other => (other, None),
    }
}
