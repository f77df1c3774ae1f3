//! Open alarms on their way up, and as pages show them.

use uuid::Uuid;

use super::{AlarmRow, OpenAlarm, alarm_of, corrupt, desk_of};
use crate::domain::case::Case;
use crate::kernel::Timestamp;
use crate::kernel::id::{DeskId, RowId, TenantId};
use crate::store::cases::{CaseRow, case_columns, case_of};
use crate::store::{StoreError, Tx};

/// How many alarms of a desk are open, as banners show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskAlarms {
    /// Which desk; none for the program itself.
    pub desk: Option<DeskId>,
    /// How many.
    pub amount: i64,
    /// The most urgent.
    pub urgency: u8,
    /// The oldest.
    pub since: Timestamp,
}

impl Tx {
    /// Open alarms whose next step is due. One that was touched in the future was raised by a clock that has been
    /// set back since: it does not wait for the old time to come again.
    pub async fn due_alarms(&mut self, now: Timestamp, limit: i64) -> Result<Vec<OpenAlarm>, StoreError> {
        let rows = fetch_all!(
            self,
            AlarmRow,
            "SELECT id, tenant, desk, cause, fold, finding, urgency, until, raised, level, next_at FROM alarms
             WHERE ended IS NULL AND (next_at <= $1 OR touched > $2) ORDER BY urgency, next_at LIMIT $3",
            now.as_millis(),
            now.plus(std::time::Duration::from_mins(1)).as_millis(),
            limit
        )?;
        rows.into_iter().map(alarm_of).collect()
    }

    /// All open alarms of a tenant, the most urgent and oldest first.
    pub async fn open_alarms(&mut self, tenant: TenantId, limit: i64) -> Result<Vec<OpenAlarm>, StoreError> {
        let rows = fetch_all!(
            self,
            AlarmRow,
            "SELECT id, tenant, desk, cause, fold, finding, urgency, until, raised, level, next_at FROM alarms
             WHERE tenant = $1 AND ended IS NULL ORDER BY urgency, raised, id LIMIT $2",
            tenant.uuid(),
            limit
        )?;
        rows.into_iter().map(alarm_of).collect()
    }

    /// How many alarms are open at each desk.
    pub async fn alarms_by_desk(&mut self, tenant: TenantId) -> Result<Vec<DeskAlarms>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, i64, i64),
            "SELECT desk, COUNT(*), MIN(urgency), MIN(raised) FROM alarms
             WHERE tenant = $1 AND ended IS NULL GROUP BY desk ORDER BY desk",
            tenant.uuid()
        )?;
        let of = |(desk, amount, urgency, since)| {
            let urgency = u8::try_from(urgency).map_err(|_| corrupt("urgency"))?;
            Ok(DeskAlarms { desk: desk_of(desk), amount, urgency, since: Timestamp::from_millis(since) })
        };
        rows.into_iter().map(of).collect()
    }

    /// The step of an alarm is taken, once: false when it was taken already, or somebody has ended the alarm.
    pub async fn step_taken(
        &mut self,
        alarm: &OpenAlarm,
        (level, next): (usize, Timestamp),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let number = |level: usize| i64::try_from(level).unwrap_or(i64::MAX);
        let changed = execute!(
            self,
            "UPDATE alarms SET level = $4, next_at = $5, touched = $6
             WHERE id = $1 AND level = $2 AND next_at = $3 AND ended IS NULL",
            alarm.id.uuid(),
            number(alarm.level),
            alarm.next.as_millis(),
            number(level),
            next.as_millis(),
            now.as_millis()
        )?;
        Ok(changed == 1)
    }

    /// Takes the next step of an alarm now, if it waits at this level.
    pub async fn hurry(&mut self, alarm: RowId, level: usize, now: Timestamp) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE alarms SET next_at = $3 WHERE id = $1 AND level = $2 AND next_at > $3 AND ended IS NULL",
            alarm.uuid(),
            i64::try_from(level).unwrap_or(i64::MAX),
            now.as_millis()
        )?;
        Ok(())
    }

    /// The cases that an open alarm is still about, most urgent first.
    pub async fn cases_of_alarm(&mut self, alarm: RowId, limit: i64) -> Result<Vec<Case>, StoreError> {
        let rows = fetch_all!(
            self,
            CaseRow,
            concat!(
                "SELECT ",
                case_columns!(),
                " FROM alarm_causes k JOIN cases c ON c.id = k.object JOIN tenants t ON t.id = c.tenant
                 WHERE k.alarm = $1 AND k.ended IS NULL
                 ORDER BY c.priority, c.due, c.year, c.number LIMIT $2"
            ),
            alarm.uuid(),
            limit
        )?;
        rows.into_iter().map(case_of).collect()
    }

    /// Whether an alarm is still about something.
    pub async fn is_open_cause(&mut self, alarm: RowId, object: Uuid) -> Result<bool, StoreError> {
        let found = fetch_optional!(
            self,
            (Uuid,),
            "SELECT object FROM alarm_causes WHERE alarm = $1 AND object = $2 AND ended IS NULL",
            alarm.uuid(),
            object
        )?;
        Ok(found.is_some())
    }

    /// How many things an alarm is still about.
    pub async fn open_causes(&mut self, alarm: RowId) -> Result<i64, StoreError> {
        let (n,) = fetch_one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM alarm_causes WHERE alarm = $1 AND ended IS NULL",
            alarm.uuid()
        )?;
        Ok(n)
    }

    /// How many waiting cases of a desk have a clock that ends after one moment and not after another. Walks the
    /// queue's index by urgency, so that it costs what it finds.
    pub async fn ending_between(
        &mut self,
        desk: DeskId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<i64, StoreError> {
        let (n,) = fetch_one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM cases WHERE desk = $1 AND waiting = 1 AND priority IN (0, 1, 2, 3)
             AND due > $2 AND due <= $3",
            desk.uuid(),
            from.as_millis(),
            to.as_millis()
        )?;
        Ok(n)
    }
}
