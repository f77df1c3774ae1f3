//! The clear rows of cases and what staff does to them.

use uuid::Uuid;

use super::folds::Shown;
use super::queue::CountChange;
use super::{Backend, StoreError, Tx};
use crate::domain::case::{Aside, Case, Hold, Priority};
use crate::domain::lane::Kind;
use crate::domain::number::IntakeNumber;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, FoldId, ItemId, StaffId, TenantId};

/// The columns every query on cases reads, in the order of [`CaseRow`].
macro_rules! case_columns {
    () => {
        "c.id, c.tenant, c.desk, c.kind, c.state, c.priority, c.version, c.year, c.number, c.received_hour,
         c.due, c.alarm, c.holder, c.lease_until, c.unread, t.province, c.aside, c.fold"
    };
}
pub(super) use case_columns;

/// The columns that fit into a tuple.
type Base = (
    Uuid,
    Uuid,
    Uuid,
    String,
    String,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    Option<i64>,
    Option<Uuid>,
    Option<i64>,
    i64,
    String,
);

/// A row of [`case_columns`]: the driver's tuples end at sixteen.
pub(super) struct CaseRow {
    base: Base,
    aside: i64,
    fold: Option<Uuid>,
}

impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for CaseRow
where
    Base: sqlx::FromRow<'r, R>,
    usize: sqlx::ColumnIndex<R>,
    i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<Uuid>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self { base: Base::from_row(row)?, aside: row.try_get(16)?, fold: row.try_get(17)? })
    }
}

/// What a row without a deadline holds: after every deadline, on both databases alike.
pub(super) const NEVER: i64 = i64::MAX;

/// Reads a row into a case, or says which column is unreadable.
pub(super) fn case_of(row: CaseRow) -> Result<Case, StoreError> {
    let (id, tenant, desk, kind, state, priority, version, year, number, received, due, alarm, ..) = row.base;
    let (.., holder, lease_until, unread, province) = row.base;
    let bad = |column| StoreError::Corrupt { table: "cases", column };
    let kind = Kind::parse(&kind).ok_or_else(|| bad("kind"))?;
    let hold = match (holder, lease_until) {
        (Some(by), Some(until)) => {
            Some(Hold { by: StaffId::from_uuid(by), until: Timestamp::from_millis(until) })
        }
        (None, None) => None,
        _ => return Err(bad("holder")),
    };
    Ok(Case {
        id: CaseId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        desk: DeskId::from_uuid(desk),
        kind,
        state: State::parse(&state).map_err(|_| bad("state"))?,
        priority: Priority::from_level(priority).ok_or_else(|| bad("priority"))?,
        version,
        received_hour: Timestamp::from_millis(received),
        due: (due != NEVER).then(|| Timestamp::from_millis(due)),
        alarm: alarm.map(Timestamp::from_millis),
        hold,
        unread,
        aside: aside_of(row.aside, row.fold)?,
        number: IntakeNumber { kind, province, year, number },
    })
}

/// Reads where a case is shown.
pub(super) fn aside_of(tier: i64, fold: Option<Uuid>) -> Result<Aside, StoreError> {
    match (tier, fold) {
        (0, None) => Ok(Aside::Main),
        (1, None) => Ok(Aside::Side),
        (2, Some(fold)) => Ok(Aside::Folded(FoldId::from_uuid(fold))),
        _ => Err(StoreError::Corrupt { table: "cases", column: "aside" }),
    }
}

/// A staff event in the life of a case.
#[derive(Debug, Clone)]
pub struct Event {
    /// The version that the event made.
    pub version: i64,
    /// When, exactly: staff are not anonymous.
    pub at: Timestamp,
    /// Who.
    pub staff: Option<StaffId>,
    /// `claim`, `release`, `reply`, `note`, `transition`, `transfer`, `acknowledge`.
    pub action: String,
    /// State before.
    pub from: Option<State>,
    /// State after.
    pub to: Option<State>,
    /// The sealed item that holds the words or the reason.
    pub item: Option<ItemId>,
}

/// Whether a step changed anything that the watch waits for.
fn clocks_differ(before: &Case, after: &Case) -> bool {
    before.due != after.due
        || before.alarm != after.alarm
        || before.state != after.state
        || before.desk != after.desk
}

impl Tx {
    /// A case by id.
    pub async fn case(&mut self, tenant: TenantId, id: CaseId) -> Result<Option<Case>, StoreError> {
        let row = fetch_optional!(
            self,
            CaseRow,
            concat!(
                "SELECT ",
                case_columns!(),
                " FROM cases c JOIN tenants t ON t.id = c.tenant WHERE c.id = $1 AND c.tenant = $2"
            ),
            id.uuid(),
            tenant.uuid()
        )?;
        row.map(case_of).transpose()
    }

    /// Holds a case's row until the commit: whoever closes it and whoever asks to be called back about it follow each
    /// other. `SQLite` has one writer, who needs no such thing.
    pub async fn lock_case(&mut self, case: CaseId) -> Result<(), StoreError> {
        if self.backend() == Backend::Postgres {
            execute!(self, "SELECT id FROM cases WHERE id = $1 FOR UPDATE", case.uuid())?;
        }
        Ok(())
    }

    /// Whether a case with this id is stored.
    pub async fn case_exists(&mut self, id: CaseId) -> Result<bool, StoreError> {
        let row = fetch_optional!(self, (Uuid,), "SELECT id FROM cases WHERE id = $1", id.uuid())?;
        Ok(row.is_some())
    }

    /// Writes the state of `after` over the row that still has the version of `before`, and keeps the counts.
    /// Nothing changed means somebody else was faster, or has renewed a lease that `before` saw lapsed:
    /// [`StoreError::Stale`]. What the citizen wrote since `before` was read stays unread and keeps the case in
    /// the queue; so do unread words in a case that rests, until somebody opens or moves it. Where a clock or the
    /// alarm has changed, the watch looks at the case anew.
    pub async fn change_case(
        &mut self,
        before: &Case,
        after: &Case,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = execute!(
            self,
            "UPDATE cases SET desk = $3, state = $4, version = $5, due = $6, alarm = $7, holder = $8,
             lease_until = $9,
             waiting = CASE WHEN $10 = 1 OR unread > $15 THEN 1 WHEN state = $4 AND unread > $11 THEN waiting
             ELSE 0 END,
             unread = CASE WHEN unread > $11 THEN unread - $11 ELSE 0 END,
             aside = $16, fold = CASE WHEN $16 = 2 THEN fold ELSE NULL END,
             closed_hour = CASE WHEN $4 = 'CLOSED' THEN COALESCE(closed_hour, $12) ELSE NULL END,
             watch = CASE WHEN $17 = 1 THEN 0 ELSE watch END,
             summons = CASE WHEN $18 = 1 THEN NULL ELSE summons END
             WHERE id = $1 AND version = $2 AND (holder IS NULL OR lease_until <= $13 OR holder = $14)",
            before.id.uuid(),
            before.version,
            after.desk.uuid(),
            after.state.code(),
            after.version,
            after.due.map_or(NEVER, Timestamp::as_millis),
            after.alarm.map(Timestamp::as_millis),
            after.hold.map(|h| h.by.uuid()),
            after.hold.map(|h| h.until.as_millis()),
            i64::from(after.state.waits()),
            (before.unread - after.unread).max(0),
            now.hour().as_millis(),
            now.as_millis(),
            before.held(now).map(|h| h.by.uuid()),
            before.unread,
            after.aside.tier(),
            i64::from(clocks_differ(before, after)),
            i64::from(after.alarm.is_none())
        )?;
        if changed != 1 {
            return Err(StoreError::Stale);
        }
        if before.state != after.state || before.desk != after.desk {
            let tenant = before.tenant;
            self.counts.push(CountChange { tenant, desk: before.desk, state: before.state, by: -1 });
            self.counts.push(CountChange { tenant, desk: after.desk, state: after.state, by: 1 });
        }
        self.rearrange(before, after).await
    }

    /// The citizen has written again: the case asks for attention, its version stays. A case that was closed
    /// or stored comes back to the queue with a clock of a day, so that the new words are handled too.
    ///
    /// `sealed_for` is the desk the words were sealed to. If the case has gone to another desk since, nobody
    /// there could read them: [`StoreError::Stale`], and the caller seals again. The row stays locked until the
    /// commit, so a transfer cannot slip in between.
    pub async fn citizen_wrote(
        &mut self,
        case: CaseId,
        sealed_for: DeskId,
        hour: Timestamp,
    ) -> Result<(), StoreError> {
        let row = fetch_optional!(
            self,
            Shown,
            "UPDATE cases SET unread = unread + 1, waiting = 1, due = CASE WHEN due = $3 THEN $2 ELSE due END,
             watch = CASE WHEN due = $3 THEN 0 ELSE watch END
             WHERE id = $1 AND desk = $4 RETURNING tenant, desk, state, aside, fold",
            case.uuid(),
            hour.plus(std::time::Duration::from_hours(24)).as_millis(),
            NEVER,
            sealed_for.uuid()
        )?;
        self.show_again(case, row.ok_or(StoreError::Stale)?, false).await
    }

    /// The citizen calls for the person on duty: most urgent from now on, and an alarm at once.
    pub async fn raise_alarm(&mut self, case: CaseId, now: Timestamp) -> Result<(), StoreError> {
        let row = fetch_optional!(
            self,
            Shown,
            "UPDATE cases SET priority = 0, alarm = $2, waiting = 1, watch = 0 WHERE id = $1
             RETURNING tenant, desk, state, aside, fold",
            case.uuid(),
            now.as_millis()
        )?;
        match row {
            Some(row) => self.show_again(case, row, true).await,
            None => Ok(()),
        }
    }

    /// A member has opened the case when `seen` messages were unread; what came since stays so. `rests` is the
    /// state and the deadline of a case that rested then: with nothing left unread it gets that deadline again,
    /// instead of the day its new words had. Changes no version.
    pub async fn mark_read(
        &mut self,
        case: CaseId,
        seen: i64,
        rests: Option<(State, Option<Timestamp>)>,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE cases SET due = CASE WHEN unread <= $2 AND state = $3 THEN $4 ELSE due END,
             watch = CASE WHEN unread <= $2 AND state = $3 THEN 0 ELSE watch END,
             unread = CASE WHEN unread > $2 THEN unread - $2 ELSE 0 END
             WHERE id = $1 AND unread > 0",
            case.uuid(),
            seen,
            rests.map(|(state, _)| state.code()),
            rests.and_then(|(_, due)| due).map_or(NEVER, Timestamp::as_millis)
        )?;
        Ok(())
    }

    /// The holder is still there: the lease is renewed without a new version.
    pub async fn renew_hold(
        &mut self,
        case: CaseId,
        by: StaffId,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE cases SET lease_until = $3 WHERE id = $1 AND holder = $2",
            case.uuid(),
            by.uuid(),
            until.as_millis()
        )?;
        Ok(())
    }

    /// Writes down what staff did.
    pub async fn add_event(&mut self, tenant: TenantId, case: CaseId, e: &Event) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO events (tenant, case_id, version, at, staff, action, from_state, to_state, item)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            tenant.uuid(),
            case.uuid(),
            e.version,
            e.at.as_millis(),
            e.staff.map(StaffId::uuid),
            e.action.as_str(),
            e.from.map(State::code),
            e.to.map(State::code),
            e.item.map(ItemId::uuid)
        )?;
        Ok(())
    }

    /// What staff did to a case, in order.
    pub async fn events(&mut self, case: CaseId) -> Result<Vec<Event>, StoreError> {
        type Row = (i64, i64, Option<Uuid>, String, Option<String>, Option<String>, Option<Uuid>);
        let rows = fetch_all!(
            self,
            Row,
            "SELECT version, at, staff, action, from_state, to_state, item FROM events
             WHERE case_id = $1 ORDER BY version, at",
            case.uuid()
        )?;
        let state = |code: Option<String>| {
            code.map(|c| State::parse(&c))
                .transpose()
                .map_err(|_| StoreError::Corrupt { table: "events", column: "state" })
        };
        rows.into_iter()
            .map(|(version, at, staff, action, from, to, item)| {
                Ok(Event {
                    version,
                    at: Timestamp::from_millis(at),
                    staff: staff.map(StaffId::from_uuid),
                    action,
                    from: state(from)?,
                    to: state(to)?,
                    item: item.map(ItemId::from_uuid),
                })
            })
            .collect()
    }

    /// The register entries of a case: unit, year, number.
    pub async fn register_of(&mut self, case: CaseId) -> Result<Vec<(DeskId, i64, i64)>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, i64),
            "SELECT unit, year, number FROM register_entries
             WHERE case_seq = (SELECT seq FROM cases WHERE id = $1) ORDER BY year, number",
            case.uuid()
        )?;
        Ok(rows.into_iter().map(|(unit, year, n)| (DeskId::from_uuid(unit), year, n)).collect())
    }

    /// How a receipt finds its case: the case and the public key that was stored for the receipt.
    pub async fn receipt(
        &mut self,
        lookup: &[u8; 16],
    ) -> Result<Option<(CaseId, TenantId, Vec<u8>)>, StoreError> {
        let row = fetch_optional!(
            self,
            (Uuid, Uuid, Vec<u8>),
            "SELECT c.id, r.tenant, r.public_key FROM receipts r JOIN cases c ON c.seq = r.case_seq WHERE r.lookup = $1",
            lookup.as_slice()
        )?;
        Ok(row.map(|(case, tenant, key)| (CaseId::from_uuid(case), TenantId::from_uuid(tenant), key)))
    }

    /// The public key stored for a case's receipt. Believed only when it equals the one sealed in the case.
    pub async fn receipt_key_of(&mut self, case: CaseId) -> Result<Option<Vec<u8>>, StoreError> {
        let row = fetch_optional!(
            self,
            (Vec<u8>,),
            "SELECT public_key FROM receipts WHERE case_seq = (SELECT seq FROM cases WHERE id = $1)",
            case.uuid()
        )?;
        Ok(row.map(|(key,)| key))
    }
}
