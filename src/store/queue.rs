//! The working queue of a desk: pages, the next free case, counts that are kept and never counted.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::cases::{CaseRow, NEVER, case_columns, case_of};
use super::{Backend, StoreError, Tx};
use crate::domain::case::Case;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{DeskId, TenantId};

/// A change of how many cases a desk has in a state.
#[derive(Debug, Clone, Copy)]
pub struct CountChange {
    /// Whose service.
    pub tenant: TenantId,
    /// Which desk.
    pub desk: DeskId,
    /// Which state.
    pub state: State,
    /// How many more (or fewer).
    pub by: i64,
}

/// Where a page of the queue ended; the next begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Priority of the last case.
    pub priority: i64,
    /// Its deadline, or the end of time.
    pub due: i64,
    /// Its year.
    pub year: i64,
    /// Its number.
    pub number: i64,
}

impl Cursor {
    /// Before the first case.
    pub const START: Self = Self { priority: -1, due: 0, year: 0, number: 0 };

    /// The place of a case in the queue.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        Self {
            priority: i64::from(case.priority.level()),
            due: case.due.map_or(NEVER, Timestamp::as_millis),
            year: case.number.year,
            number: case.number.number,
        }
    }
}

impl Tx {
    /// A page of the waiting cases of a desk that have a row of their own in the working queue, most urgent first.
    pub async fn queue_page(
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
                 WHERE c.desk = $1 AND c.waiting = 1 AND c.aside = 0
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

    /// A page of the cases of a desk in one state, newest first (closed ones have no deadline to sort by).
    pub async fn state_page(
        &mut self,
        desk: DeskId,
        state: State,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<Case>, StoreError> {
        let after = after.unwrap_or(Cursor { priority: 0, due: 0, year: i64::MAX, number: i64::MAX });
        let rows = fetch_all!(
            self,
            CaseRow,
            concat!(
                "SELECT ",
                case_columns!(),
                " FROM cases c JOIN tenants t ON t.id = c.tenant
                 WHERE c.desk = $1 AND c.state = $2 AND (c.year, c.number) < ($3, $4)
                 ORDER BY c.year DESC, c.number DESC LIMIT $5"
            ),
            desk.uuid(),
            state.code(),
            after.year,
            after.number,
            limit
        )?;
        rows.into_iter().map(case_of).collect()
    }

    /// Gives the cases whose lease ran out back to the queue; returns how many.
    pub async fn free_lapsed(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        execute!(
            self,
            "UPDATE cases SET holder = NULL, lease_until = NULL WHERE holder IS NOT NULL AND lease_until <= $1",
            now.as_millis()
        )
    }

    /// The most urgent free case of a desk; one of the side queue or beneath a row only when there is no other. On
    /// PostgreSQL the row is locked and rows that other nodes are taking are passed over; SQLite has one writer at
    /// a time and no such clause.
    pub async fn next_free(&mut self, desk: DeskId) -> Result<Option<Case>, StoreError> {
        const PLAIN: &str = concat!(
            "SELECT ",
            case_columns!(),
            " FROM cases c JOIN tenants t ON t.id = c.tenant
             WHERE c.desk = $1 AND c.waiting = 1 AND c.aside = 0 AND c.holder IS NULL
             ORDER BY c.priority, c.due, c.year, c.number LIMIT 1"
        );
        const LOCKING: &str = concat!(
            "SELECT ",
            case_columns!(),
            " FROM cases c JOIN tenants t ON t.id = c.tenant
             WHERE c.desk = $1 AND c.waiting = 1 AND c.aside = 0 AND c.holder IS NULL
             ORDER BY c.priority, c.due, c.year, c.number LIMIT 1 FOR UPDATE OF c SKIP LOCKED"
        );
        let row = match self.backend() {
            Backend::Sqlite => fetch_optional!(self, CaseRow, PLAIN, desk.uuid())?,
            Backend::Postgres => fetch_optional!(self, CaseRow, LOCKING, desk.uuid())?,
        };
        match row {
            Some(row) => case_of(row).map(Some),
            None => self.next_aside(desk).await,
        }
    }

    /// Writes the collected changes of the counts.
    pub(super) async fn write_counts(&mut self) -> Result<(), StoreError> {
        let mut sums: BTreeMap<(DeskId, State), (TenantId, i64)> = BTreeMap::new();
        for change in std::mem::take(&mut self.counts) {
            sums.entry((change.desk, change.state)).or_insert((change.tenant, 0)).1 += change.by;
        }
        // In key order, so that two nodes lock the rows in the same order.
        for ((desk, state), (tenant, by)) in sums {
            execute!(
                self,
                "INSERT INTO desk_counts (tenant, desk, state, amount) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (desk, state) DO UPDATE SET amount = desk_counts.amount + excluded.amount",
                tenant.uuid(),
                desk.uuid(),
                state.code(),
                by
            )?;
        }
        Ok(())
    }

    /// How many cases each desk of a tenant has in each state.
    pub async fn desk_counts(&mut self, tenant: TenantId) -> Result<Vec<(DeskId, State, i64)>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, String, i64),
            "SELECT desk, state, amount FROM desk_counts WHERE tenant = $1 ORDER BY desk, state",
            tenant.uuid()
        )?;
        rows.into_iter()
            .map(|(desk, state, amount)| {
                let state = State::parse(&state)
                    .map_err(|_| StoreError::Corrupt { table: "desk_counts", column: "state" })?;
                Ok((DeskId::from_uuid(desk), state, amount))
            })
            .collect()
    }

    /// How many cases nobody has acknowledged in time, and the oldest such alarm, per desk. Read over the index of
    /// alarms for all tenants at once: asked for one, SQLite would rather walk all its cases.
    pub async fn overdue_alarms(
        &mut self,
        tenant: TenantId,
        now: Timestamp,
    ) -> Result<Vec<(DeskId, i64, Timestamp)>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, Uuid, i64, i64),
            "SELECT tenant, desk, COUNT(*), MIN(alarm) FROM cases
             WHERE alarm IS NOT NULL AND alarm <= $1 GROUP BY tenant, desk",
            now.as_millis()
        )?;
        Ok(rows
            .into_iter()
            .filter(|(of, ..)| *of == tenant.uuid())
            .map(|(_, desk, n, first)| (DeskId::from_uuid(desk), n, Timestamp::from_millis(first)))
            .collect())
    }

    /// How many waiting cases of each desk are past their deadline.
    pub async fn late_cases(
        &mut self,
        tenant: TenantId,
        now: Timestamp,
    ) -> Result<Vec<(DeskId, i64)>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, i64),
            "SELECT desk, COUNT(*) FROM cases WHERE waiting = 1 AND due <= $2 AND tenant = $1 GROUP BY desk",
            tenant.uuid(),
            now.as_millis()
        )?;
        Ok(rows.into_iter().map(|(desk, n)| (DeskId::from_uuid(desk), n)).collect())
    }
}
