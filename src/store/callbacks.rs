//! Call-backs that somebody asked for: one row a case. The number itself is a sealed item; a row knows the hour, and
//! nothing of it once it is over.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{StoreError, Tx};
use crate::domain::callback::{Row, Slot, Standing};
use crate::domain::case::{Hold, Priority};
use crate::domain::lane::Kind;
use crate::kernel::Timestamp;
use crate::kernel::id::{CallbackId, CaseId, DeskId, ItemId, RowId, StaffId, TenantId};

/// A call-back that came with a case, ready to be stored. Its number is among the sealed items of the case.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewCallback {
    /// Its id.
    pub id: CallbackId,
    /// The sealed number.
    pub item: ItemId,
    /// The beginning of the hour.
    pub from: Timestamp,
    /// The end of the hour.
    pub to: Timestamp,
}

impl NewCallback {
    /// The row it becomes.
    #[must_use]
    pub fn row(&self, tenant: TenantId, case: CaseId, desk: DeskId) -> Row {
        Row {
            id: self.id,
            tenant,
            case,
            desk,
            standing: Standing::Open,
            slot: Slot::of_row(self.from, self.to),
            tries: 0,
            version: 1,
            hold: None,
            item: Some(self.item),
        }
    }
}

/// What the watch reads.
#[derive(Debug, Clone)]
pub struct WatchedCallback {
    /// The call-back.
    pub row: Row,
    /// How urgent its case is.
    pub priority: Priority,
    /// What the row said about when to look.
    pub watch: i64,
}

type Columns = (Uuid, Uuid, Uuid, Uuid, String, i64, i64, i64, i64, Option<Uuid>, Option<i64>, Option<Uuid>);

fn row_of(columns: Columns) -> Result<Row, StoreError> {
    let (id, tenant, case, desk, state, from, to, tries, version, holder, until, item) = columns;
    let bad = |column| StoreError::Corrupt { table: "callbacks", column };
    let hold = match (holder, until) {
        (Some(by), Some(until)) => {
            Some(Hold { by: StaffId::from_uuid(by), until: Timestamp::from_millis(until) })
        }
        (None, None) => None,
        _ => return Err(bad("holder")),
    };
    Ok(Row {
        id: CallbackId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        case: CaseId::from_uuid(case),
        desk: DeskId::from_uuid(desk),
        standing: Standing::parse(&state).ok_or_else(|| bad("state"))?,
        slot: Slot::of_row(Timestamp::from_millis(from), Timestamp::from_millis(to)),
        tries: u32::try_from(tries).map_err(|_| bad("tries"))?,
        version,
        hold,
        item: item.map(ItemId::from_uuid),
    })
}

/// What is stored of the hour: nothing once it is over.
fn hours(row: &Row) -> (i64, i64) {
    match row.standing {
        Standing::Open => (row.slot.from().as_millis(), row.slot.to().as_millis()),
        _ => (0, 0),
    }
}

impl Tx {
    /// Stores new call-backs, with one statement. The kind of the desk is stored because the row insists on it.
    pub async fn insert_callbacks(&mut self, rows: &[(Kind, Row)]) -> Result<(), StoreError> {
        insert_rows!(
            self,
            "INSERT INTO callbacks (id, tenant, case_id, desk, kind, state, item, slot_from, slot_to, tries, version,
             watch) ",
            rows,
            |b, (kind, row)| {
                let (from, to) = hours(row);
                b.push_bind(row.id.uuid());
                b.push_bind(row.tenant.uuid());
                b.push_bind(row.case.uuid());
                b.push_bind(row.desk.uuid());
                b.push_bind(kind.as_str());
                b.push_bind(row.standing.as_str());
                b.push_bind(row.item.map(ItemId::uuid));
                b.push_bind(from);
                b.push_bind(to);
                b.push_bind(i64::from(row.tries));
                b.push_bind(row.version);
                b.push_bind(row.watch().map(Timestamp::as_millis));
            },
            ""
        );
        Ok(())
    }

    /// Writes a call-back as a step leaves it; [`StoreError::Stale`] when somebody was faster.
    pub async fn change_callback(&mut self, before: &Row, after: &Row) -> Result<(), StoreError> {
        let (from, to) = hours(after);
        let changed = execute!(
            self,
            "UPDATE callbacks SET state = $3, item = $4, slot_from = $5, slot_to = $6, tries = $7, version = $8,
             holder = $9, lease_until = $10, watch = $11 WHERE id = $1 AND version = $2",
            before.id.uuid(),
            before.version,
            after.standing.as_str(),
            after.item.map(ItemId::uuid),
            from,
            to,
            i64::from(after.tries),
            after.version,
            after.hold.map(|h| h.by.uuid()),
            after.hold.map(|h| h.until.as_millis()),
            after.watch().map(Timestamp::as_millis)
        )?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// A call-back by id.
    pub async fn callback(&mut self, tenant: TenantId, id: CallbackId) -> Result<Option<Row>, StoreError> {
        let row = fetch_optional!(
            self,
            Columns,
            "SELECT id, tenant, case_id, desk, state, slot_from, slot_to, tries, version, holder, lease_until, item
             FROM callbacks WHERE id = $1 AND tenant = $2",
            id.uuid(),
            tenant.uuid()
        )?;
        row.map(row_of).transpose()
    }

    /// The call-back of a case, whatever became of it.
    pub async fn callback_of(&mut self, case: CaseId) -> Result<Option<Row>, StoreError> {
        let row = fetch_optional!(
            self,
            Columns,
            "SELECT id, tenant, case_id, desk, state, slot_from, slot_to, tries, version, holder, lease_until, item
             FROM callbacks WHERE case_id = $1",
            case.uuid()
        )?;
        row.map(row_of).transpose()
    }

    /// Whether somebody waits to be called back about a case.
    pub async fn awaits_callback(&mut self, case: CaseId) -> Result<bool, StoreError> {
        Ok(self.callback_of(case).await?.is_some_and(|row| row.standing == Standing::Open))
    }

    /// The open call-backs of a desk in the order of their hours, a page at a time.
    pub async fn open_callbacks(
        &mut self,
        desk: DeskId,
        after: Option<(Timestamp, CallbackId)>,
        limit: i64,
    ) -> Result<Vec<Row>, StoreError> {
        let (from, id) = after.map_or((-1, Uuid::nil()), |(at, id)| (at.as_millis(), id.uuid()));
        let rows = fetch_all!(
            self,
            Columns,
            "SELECT id, tenant, case_id, desk, state, slot_from, slot_to, tries, version, holder, lease_until, item
             FROM callbacks WHERE desk = $1 AND state = 'open' AND slot_from >= $2 AND (slot_from > $2 OR id > $3)
             ORDER BY slot_from, id LIMIT $4",
            desk.uuid(),
            from,
            id,
            limit
        )?;
        rows.into_iter().map(row_of).collect()
    }

    /// A case went to another desk, and its call-back with it. The watch looks anew, for the new desk's people.
    pub async fn move_callback(&mut self, case: CaseId, desk: DeskId) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE callbacks SET desk = $2, version = version + 1, holder = NULL, lease_until = NULL,
             watch = CASE WHEN state = 'open' THEN 0 ELSE NULL END WHERE case_id = $1",
            case.uuid(),
            desk.uuid()
        )?;
        Ok(())
    }

    /// Call-backs that the watch must look at now, a few at a time, over an index.
    pub async fn watched_callbacks(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<WatchedCallback>, StoreError> {
        let found = fetch_all!(
            self,
            (Uuid, Uuid, i64),
            "SELECT id, tenant, watch FROM callbacks WHERE watch IS NOT NULL AND watch <= $1 ORDER BY watch LIMIT $2",
            now.as_millis(),
            limit
        )?;
        let mut all = Vec::with_capacity(found.len());
        for (id, tenant, watch) in found {
            let tenant = TenantId::from_uuid(tenant);
            let Some(row) = self.callback(tenant, CallbackId::from_uuid(id)).await? else { continue };
            // A row whose case cannot be read is still called: as urgent as an ordinary one.
            let priority = self.case(tenant, row.case).await?.map_or(Priority::NORMAL, |case| case.priority);
            all.push(WatchedCallback { row, priority, watch });
        }
        Ok(all)
    }

    /// The watch has looked; false when somebody was faster.
    pub async fn callback_watched(
        &mut self,
        seen: &WatchedCallback,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "UPDATE callbacks SET watch = $3 WHERE id = $1 AND watch = $2 AND version = $4",
            seen.row.id.uuid(),
            seen.watch,
            next.map(Timestamp::as_millis),
            seen.row.version
        )?;
        Ok(changed == 1)
    }

    /// A named person has seen the alarm about a call-back; while it is open the watch looks again.
    pub async fn watch_callback_again(&mut self, id: CallbackId, at: Timestamp) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE callbacks SET watch = $2 WHERE id = $1 AND state = 'open'",
            id.uuid(),
            at.as_millis()
        )?;
        Ok(())
    }

    /// The call-backs that an open alarm is about, the earliest first.
    pub async fn callbacks_of_alarm(&mut self, alarm: RowId, limit: i64) -> Result<Vec<Row>, StoreError> {
        let rows = fetch_all!(
            self,
            Columns,
            "SELECT b.id, b.tenant, b.case_id, b.desk, b.state, b.slot_from, b.slot_to, b.tries, b.version, b.holder,
             b.lease_until, b.item FROM alarm_causes k JOIN callbacks b ON b.id = k.object
             WHERE k.alarm = $1 AND k.ended IS NULL ORDER BY b.slot_from, b.id LIMIT $2",
            alarm.uuid(),
            limit
        )?;
        rows.into_iter().map(row_of).collect()
    }
}
