//! Which cases come next, in stretches: those beneath a row before the row itself, so that no row is handed on while
//! it is being cleared.

use super::Running;
use crate::domain::case::{Aside, Case};
use crate::domain::document::Opening;
use crate::domain::likeness::Likeness;
use crate::kernel::id::{CaseId, FoldId};
use crate::service::access::kids;
use crate::service::casefile::document;
use crate::service::{Error, Hotline, Refusal};
use crate::store::items::Item;
use crate::store::queue::Cursor;
use crate::vault::{ItemKind, Place, Wrap};

impl Hotline {
    /// Works at a row or at the side queue until it is done or the request has done its share.
    pub(super) async fn sweep_on(&self, r: &mut Running<'_>) -> Result<bool, Error> {
        match r.sweep.head {
            Some(head) => {
                let case = self.store().read().await?.case(r.sweep.tenant, head).await?;
                let case = case.filter(|c| c.desk == r.sweep.desk).ok_or(Refusal::NotFound)?;
                self.sweep_row(r, &case).await
            }
            None => self.sweep_side(r).await,
        }
    }

    /// The side queue, row by row.
    async fn sweep_side(&self, r: &mut Running<'_>) -> Result<bool, Error> {
        let (limit, mut after) = (i64::from(r.flood.rules().unit()), Cursor::START);
        loop {
            let page = self.store().read().await?.side_page(r.sweep.desk, after, limit).await?;
            let Some(last) = page.last() else { return Ok(true) };
            after = Cursor::of(last);
            let seen = |c: &&Case| (c.number.year, c.number.number) <= r.sweep.upto;
            let cases: Vec<Case> = page.iter().filter(seen).cloned().collect();
            let ids: Vec<CaseId> = cases.iter().map(|c| c.id).collect();
            let folds = self.store().read().await?.folds_of(&ids).await?;
            let (rows, alone): (Vec<Case>, Vec<Case>) =
                cases.into_iter().partition(|c| folds.iter().any(|f| f.head == c.id));
            for row in rows {
                if !self.sweep_row(r, &row).await? {
                    return Ok(false);
                }
            }
            if !self.sweep_some(r, alone).await? {
                return Ok(false);
            }
        }
    }

    /// A row: what is beneath it, then itself.
    async fn sweep_row(&self, r: &mut Running<'_>, head: &Case) -> Result<bool, Error> {
        let fold = self.store().read().await?.folds_of(&[head.id]).await?.first().map(|f| f.id);
        if let Some(fold) = fold
            && !self.sweep_beneath(r, head, fold).await?
        {
            return Ok(false);
        }
        if !head.state.waits() || matches!(head.aside, Aside::Folded(_)) {
            return Ok(true);
        }
        self.sweep_some(r, vec![head.clone()]).await
    }

    async fn sweep_beneath(&self, r: &mut Running<'_>, head: &Case, fold: FoldId) -> Result<bool, Error> {
        let like = self.likenesses(r, &[head.id]).await?;
        // A head that does not open says nothing that others could be compared with.
        let Some((_, like)) = like.into_iter().next() else { return Err(Refusal::NotFound.into()) };
        let (limit, mut after) = (i64::from(r.flood.rules().unit()), (0, 0));
        loop {
            let page = self.store().read().await?.fold_page(fold, after, r.sweep.upto, limit).await?;
            let Some(last) = page.last() else { return Ok(true) };
            after = (last.number.year, last.number.number);
            let ids: Vec<CaseId> = page.iter().map(|c| c.id).collect();
            let known = self.likenesses(r, &ids).await?;
            let alike = |c: &Case| known.iter().any(|(id, l)| *id == c.id && like.same(l));
            let (same, other): (Vec<Case>, Vec<Case>) = page.into_iter().partition(alike);
            self.set_apart(r, other).await?;
            if !self.sweep_some(r, same).await? {
                return Ok(false);
            }
        }
    }

    /// Cases that a member chose, each at the version they saw.
    pub(super) async fn sweep_chosen(
        &self,
        r: &mut Running<'_>,
        chosen: &[(CaseId, i64)],
    ) -> Result<bool, Error> {
        let mut tx = self.store().read().await?;
        let mut cases = Vec::new();
        for (id, version) in chosen {
            match tx.case(r.sweep.tenant, *id).await?.filter(|c| c.desk == r.sweep.desk) {
                Some(case) if case.version == *version => cases.push(case),
                _ => r.passed += 1,
            }
        }
        drop(tx);
        r.left = r.left.max(cases.len());
        for stretch in cases.chunks(usize::try_from(r.flood.rules().unit()).unwrap_or(1)) {
            self.sweep_some(r, stretch.to_vec()).await?;
        }
        Ok(true)
    }

    /// What each of these cases says, opened with the member's keys; those that do not open are left out.
    async fn likenesses(&self, r: &Running<'_>, cases: &[CaseId]) -> Result<Vec<(CaseId, Likeness)>, Error> {
        let world = self.world();
        let keys = r.actor.keys_for(&world, r.sweep.desk);
        let mut tx = self.store().read().await?;
        let mut items: Vec<(CaseId, Item, Wrap)> = Vec::new();
        for kind in [ItemKind::Tip, ItemKind::Counselling] {
            items.extend(tx.items_with_wraps(cases, kind, &kids(&keys)).await?);
        }
        drop(tx);
        let mut out: Vec<(CaseId, Likeness)> = Vec::new();
        for (case, item, wrap) in items {
            if out.iter().any(|(known, _)| *known == case) {
                continue;
            }
            let Some(key) = keys.iter().find(|k| k.kid() == wrap.kid()) else { continue };
            let place = Place::first(item.kind, item.id, case);
            let Ok(body) = self.vault().open_item(&place, &item.blob, &wrap, key) else { continue };
            let Ok(opening) = document::<Opening>(&body) else { continue };
            out.push((case, r.flood.likeness(&opening.text, &opening.details)));
        }
        Ok(out)
    }
}
