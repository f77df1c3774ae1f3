//! The side queue and what is beneath rows: pages over an index, counts that are kept.

use uuid::Uuid;

use super::cases::{CaseRow, case_columns, case_of};
use super::queue::Cursor;
use super::{Backend, StoreError, Tx};
use crate::domain::case::Case;
use crate::kernel::id::{CaseId, DeskId, FoldId, TenantId};

/// A row with cases beneath it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    /// Its number.
    pub id: FoldId,
    /// The case that has the row.
    pub head: CaseId,
    /// How many wait beneath it.
    pub amount: i64,
}

impl Tx {
    /// How many waiting cases of each desk are in the side queue (1) and beneath a row (2).
    pub async fn aside_counts(&mut self, tenant: TenantId) -> Result<Vec<(DeskId, i64, i64)>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, i64),
            "SELECT desk, aside, amount FROM aside_counts WHERE tenant = $1 ORDER BY desk, aside",
            tenant.uuid()
        )?;
        Ok(rows.into_iter().map(|(desk, tier, n)| (DeskId::from_uuid(desk), tier, n)).collect())
    }

    /// The rows that these cases lead and that have cases beneath them.
    pub async fn folds_of(&mut self, heads: &[CaseId]) -> Result<Vec<Fold>, StoreError> {
        if heads.is_empty() {
            return Ok(Vec::new());
        }
        let rows = fetch_list!(
            self,
            (Uuid, Uuid, i64),
            "SELECT f.id, f.head, f.amount FROM folds f WHERE f.head IN (",
            heads.iter().map(|head| head.uuid()),
            " AND f.amount > 0",
            ""
        );
        let fold =
            |(id, head, amount)| Fold { id: FoldId::from_uuid(id), head: CaseId::from_uuid(head), amount };
        Ok(rows.into_iter().map(fold).collect())
    }

    /// Cases beneath a row, in the order of arrival, after a place and up to another (year, number).
    pub async fn fold_page(
        &mut self,
        fold: FoldId,
        after: (i64, i64),
        upto: (i64, i64),
        limit: i64,
    ) -> Result<Vec<Case>, StoreError> {
        let rows = fetch_all!(
            self,
            CaseRow,
            concat!(
                "SELECT ",
                case_columns!(),
                " FROM cases c JOIN tenants t ON t.id = c.tenant
                 WHERE c.fold = $1 AND c.waiting = 1 AND c.fold IS NOT NULL
                   AND (c.year, c.number) > ($2, $3) AND (c.year, c.number) <= ($4, $5)
                 ORDER BY c.year, c.number LIMIT $6"
            ),
            fold.uuid(),
            after.0,
            after.1,
            upto.0,
            upto.1,
            limit
        )?;
        rows.into_iter().map(case_of).collect()
    }

    /// A page of the side queue of a desk.
    pub async fn side_page(
        &mut self,
        desk: DeskId,
        after: Cursor,
        limit: i64,
    ) -> Result<Vec<Case>, StoreError> {
        let rows = fetch_all!(
            self,
            CaseRow,
            concat!(
                "SELECT ",
                case_columns!(),
                " FROM cases c JOIN tenants t ON t.id = c.tenant
                 WHERE c.desk = $1 AND c.aside = 1 AND c.waiting = 1 AND c.aside > 0
                   AND (c.priority, c.due, c.year, c.number) > ($2, $3, $4, $5)
                 ORDER BY c.priority, c.due, c.year, c.number LIMIT $6"
            ),
            desk.uuid(),
            after.priority,
            after.due,
            after.year,
            after.number,
            limit
        )?;
        rows.into_iter().map(case_of).collect()
    }

    /// The next free case aside: the side queue first, then what is beneath rows.
    pub(super) async fn next_aside(&mut self, desk: DeskId) -> Result<Option<Case>, StoreError> {
        const PLAIN: &str = concat!(
            "SELECT ",
            case_columns!(),
            " FROM cases c JOIN tenants t ON t.id = c.tenant
             WHERE c.desk = $1 AND c.waiting = 1 AND c.aside > 0 AND c.holder IS NULL
             ORDER BY c.aside, c.priority, c.due, c.year, c.number LIMIT 1"
        );
        const LOCKING: &str = concat!(
            "SELECT ",
            case_columns!(),
            " FROM cases c JOIN tenants t ON t.id = c.tenant
             WHERE c.desk = $1 AND c.waiting = 1 AND c.aside > 0 AND c.holder IS NULL
             ORDER BY c.aside, c.priority, c.due, c.year, c.number LIMIT 1 FOR UPDATE OF c SKIP LOCKED"
        );
        let row = match self.backend() {
            Backend::Sqlite => fetch_optional!(self, CaseRow, PLAIN, desk.uuid())?,
            Backend::Postgres => fetch_optional!(self, CaseRow, LOCKING, desk.uuid())?,
        };
        row.map(case_of).transpose()
    }
}
