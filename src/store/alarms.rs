//! Alarms: what is watched, what was raised, what each is about, and who ended it. An open alarm always has a next
//! moment; the only statements that end one name the person who did.

mod climb;
mod watch;

use uuid::Uuid;

use super::cases::NEVER;
use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::{DeskId, RowId, StaffId, TenantId};

pub use climb::DeskAlarms;
pub use watch::WatchedCase;

/// What an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Cases nobody has acknowledged in time.
    Case,
    /// Cases whose clock is in its last tenth.
    Clock,
    /// What the program found wrong with itself.
    System,
}

impl Cause {
    /// The word in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Clock => "clock",
            Self::System => "system",
        }
    }

    fn parse(word: &str) -> Result<Self, StoreError> {
        let all = [Self::Case, Self::Clock, Self::System];
        let found = all.into_iter().find(|c| c.as_str() == word);
        found.ok_or(StoreError::Corrupt { table: "alarms", column: "cause" })
    }
}

/// An alarm to be raised.
#[derive(Debug, Clone)]
pub struct NewAlarm {
    /// Its id, if it does not join another.
    pub id: RowId,
    /// Whose service.
    pub tenant: TenantId,
    /// Which desk; none when it is about the program itself.
    pub desk: Option<DeskId>,
    /// What it is about.
    pub cause: Cause,
    /// Alarms of one fold are one alarm.
    pub fold: [u8; 16],
    /// What the program found, in a word.
    pub finding: Option<String>,
    /// 0 is a life at risk.
    pub urgency: u8,
    /// The end of the clock it is about.
    pub until: Option<Timestamp>,
    /// When.
    pub raised: Timestamp,
    /// When the first step is to be taken.
    pub next: Timestamp,
}

/// An alarm that nobody has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAlarm {
    /// Which.
    pub id: RowId,
    /// Whose service.
    pub tenant: TenantId,
    /// Which desk; none when it is about the program itself.
    pub desk: Option<DeskId>,
    /// What it is about.
    pub cause: Cause,
    /// What it was folded under.
    pub fold: [u8; 16],
    /// What the program found.
    pub finding: Option<String>,
    /// 0 is a life at risk.
    pub urgency: u8,
    /// The nearest end of a clock it is about.
    pub until: Option<Timestamp>,
    /// When it was raised.
    pub raised: Timestamp,
    /// The step to be taken next.
    pub level: usize,
    /// When.
    pub next: Timestamp,
}

type AlarmRow = (Uuid, Uuid, Uuid, String, Uuid, Option<String>, i64, Option<i64>, i64, i64, i64);

fn desk_of(id: Uuid) -> Option<DeskId> {
    (!id.is_nil()).then(|| DeskId::from_uuid(id))
}

fn corrupt(column: &'static str) -> StoreError {
    StoreError::Corrupt { table: "alarms", column }
}

fn alarm_of(row: AlarmRow) -> Result<OpenAlarm, StoreError> {
    let (id, tenant, desk, cause, fold, finding, urgency, until, raised, level, next) = row;
    Ok(OpenAlarm {
        id: RowId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        desk: desk_of(desk),
        cause: Cause::parse(&cause)?,
        fold: fold.into_bytes(),
        finding,
        urgency: u8::try_from(urgency).map_err(|_| corrupt("urgency"))?,
        until: until.map(Timestamp::from_millis),
        raised: Timestamp::from_millis(raised),
        level: usize::try_from(level).map_err(|_| corrupt("level"))?,
        next: Timestamp::from_millis(next),
    })
}

impl Tx {
    /// Raises an alarm, or joins the open one of the same fold, which then is as urgent as the more urgent of the
    /// two. Returns which it is.
    pub async fn raise(&mut self, alarm: &NewAlarm) -> Result<RowId, StoreError> {
        let desk = alarm.desk.map_or(Uuid::nil(), DeskId::uuid);
        execute!(
            self,
            "INSERT INTO alarms (id, tenant, desk, cause, fold, finding, urgency, until, raised, level, next_at,
             touched) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $9) ON CONFLICT DO NOTHING",
            alarm.id.uuid(),
            alarm.tenant.uuid(),
            desk,
            alarm.cause.as_str(),
            Uuid::from_bytes(alarm.fold),
            alarm.finding.as_deref(),
            i64::from(alarm.urgency),
            alarm.until.map(Timestamp::as_millis),
            alarm.raised.as_millis(),
            alarm.next.as_millis()
        )?;
        let (id,) = fetch_one!(
            self,
            (Uuid,),
            "SELECT id FROM alarms WHERE tenant = $1 AND cause = $2 AND desk = $3 AND fold = $4 AND ended IS NULL",
            alarm.tenant.uuid(),
            alarm.cause.as_str(),
            desk,
            Uuid::from_bytes(alarm.fold)
        )?;
        let id = RowId::from_uuid(id);
        if id != alarm.id {
            self.join_alarm(id, alarm).await?;
        }
        Ok(id)
    }

    /// An open alarm becomes as urgent as the more urgent of the two, and ends as early as the earlier.
    async fn join_alarm(&mut self, open: RowId, joining: &NewAlarm) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE alarms SET next_at = CASE WHEN urgency > $2 AND next_at > $3 THEN $3 ELSE next_at END,
             urgency = CASE WHEN urgency > $2 THEN $2 ELSE urgency END,
             until = CASE WHEN $4 = $5 THEN until WHEN until IS NULL OR until > $4 THEN $4 ELSE until END
             WHERE id = $1",
            open.uuid(),
            i64::from(joining.urgency),
            joining.next.as_millis(),
            joining.until.map_or(NEVER, Timestamp::as_millis),
            NEVER
        )?;
        Ok(())
    }

    /// Says what an alarm is about. `due` is the end of the clock, if it is about one.
    pub async fn add_cause(
        &mut self,
        alarm: RowId,
        object: Uuid,
        due: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO alarm_causes (alarm, object, due) VALUES ($1, $2, $3)
             ON CONFLICT (alarm, object) DO UPDATE SET due = excluded.due, ended = NULL, ended_by = NULL",
            alarm.uuid(),
            object,
            due.map_or(0, Timestamp::as_millis)
        )?;
        Ok(())
    }

    /// Whether an alarm was raised for this clock of a case, ended or not; without a clock, whether one for the
    /// case itself is open.
    pub async fn was_raised(&mut self, object: Uuid, due: Option<Timestamp>) -> Result<bool, StoreError> {
        let found = fetch_optional!(
            self,
            (Uuid,),
            "SELECT alarm FROM alarm_causes WHERE object = $1 AND due = $2 AND (due > 0 OR ended IS NULL) LIMIT 1",
            object,
            due.map_or(0, Timestamp::as_millis)
        )?;
        Ok(found.is_some())
    }

    /// How many alarms of a kind are open at a desk.
    pub async fn open_at_desk(&mut self, desk: DeskId, cause: Cause) -> Result<i64, StoreError> {
        let (n,) = fetch_one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM alarms WHERE desk = $1 AND cause = $2 AND ended IS NULL",
            desk.uuid(),
            cause.as_str()
        )?;
        Ok(n)
    }

    /// A named person has ended everything that open alarms say about a case or a finding; alarms with nothing left
    /// end with it. When they were raised is then known to the hour only.
    pub async fn end_causes(&mut self, object: Uuid, by: StaffId, now: Timestamp) -> Result<(), StoreError> {
        let ended = execute!(
            self,
            "UPDATE alarm_causes SET ended = $2, ended_by = $3 WHERE object = $1 AND ended IS NULL",
            object,
            now.as_millis(),
            by.uuid()
        )?;
        if ended > 0 {
            execute!(
                self,
                "UPDATE alarms SET ended = $2, ended_by = $3, raised = raised - raised % 3600000,
                 touched = touched - touched % 3600000, next_at = next_at - next_at % 3600000
                 WHERE ended IS NULL AND id IN (SELECT alarm FROM alarm_causes WHERE object = $1)
                 AND NOT EXISTS (SELECT 1 FROM alarm_causes k WHERE k.alarm = alarms.id AND k.ended IS NULL)",
                object,
                now.as_millis(),
                by.uuid()
            )?;
        }
        Ok(())
    }

    /// An open alarm by id.
    pub async fn open_alarm(&mut self, id: RowId) -> Result<Option<OpenAlarm>, StoreError> {
        let row = fetch_optional!(
            self,
            AlarmRow,
            "SELECT id, tenant, desk, cause, fold, finding, urgency, until, raised, level, next_at FROM alarms
             WHERE id = $1 AND ended IS NULL",
            id.uuid()
        )?;
        row.map(alarm_of).transpose()
    }
}
