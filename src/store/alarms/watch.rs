//! What the watch sees of cases: one index, read from its beginning, however many cases are stored.

use uuid::Uuid;

use crate::domain::case::Priority;
use crate::domain::lane::Kind;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, TenantId};
use crate::store::cases::NEVER;
use crate::store::{StoreError, Tx};

/// What the watch reads of a case.
#[derive(Debug, Clone)]
pub struct WatchedCase {
    /// Which.
    pub id: CaseId,
    /// Whose service.
    pub tenant: TenantId,
    /// Which desk has it.
    pub desk: DeskId,
    /// The kind of that desk.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// How urgent it is.
    pub priority: Priority,
    /// Its deadline.
    pub due: Option<Timestamp>,
    /// When somebody must have acknowledged it; none once somebody has.
    pub alarm: Option<Timestamp>,
    /// With what it came together.
    pub fold: Option<[u8; 16]>,
    /// What the row said about when to look.
    pub watch: i64,
}

type WatchedRow = (Uuid, Uuid, Uuid, String, String, i64, i64, Option<i64>, Option<Uuid>, i64);

fn watched_of(row: WatchedRow) -> Result<WatchedCase, StoreError> {
    let (id, tenant, desk, kind, state, priority, due, alarm, fold, watch) = row;
    let bad = |column| StoreError::Corrupt { table: "cases", column };
    Ok(WatchedCase {
        id: CaseId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        desk: DeskId::from_uuid(desk),
        kind: Kind::parse(&kind).ok_or_else(|| bad("kind"))?,
        state: State::parse(&state).map_err(|_| bad("state"))?,
        priority: Priority::from_level(priority).ok_or_else(|| bad("priority"))?,
        due: (due != NEVER).then(|| Timestamp::from_millis(due)),
        alarm: alarm.map(Timestamp::from_millis),
        fold: fold.map(Uuid::into_bytes),
        watch,
    })
}

impl Tx {
    /// Cases that the watch must look at now, a few at a time, over an index.
    pub async fn watched_cases(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<WatchedCase>, StoreError> {
        let rows = fetch_all!(
            self,
            WatchedRow,
            "SELECT id, tenant, desk, kind, state, priority, due, alarm, summons, watch FROM cases
             WHERE watch IS NOT NULL AND watch <= $1 ORDER BY watch LIMIT $2",
            now.as_millis(),
            limit
        )?;
        rows.into_iter().map(watched_of).collect()
    }

    /// The watch has looked at a case as it was read; false when it has changed since, or another node has looked.
    pub async fn case_watched(
        &mut self,
        case: &WatchedCase,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "UPDATE cases SET watch = $2 WHERE id = $1 AND watch = $3 AND desk = $4 AND state = $5
             AND due = $6 AND COALESCE(alarm, -1) = $7",
            case.id.uuid(),
            next.map(Timestamp::as_millis),
            case.watch,
            case.desk.uuid(),
            case.state.code(),
            case.due.map_or(NEVER, Timestamp::as_millis),
            case.alarm.map_or(-1, Timestamp::as_millis)
        )?;
        Ok(changed == 1)
    }
}
