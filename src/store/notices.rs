//! Calls on their way to staff: committed with the step that makes them, sent under a lease, their outcome kept.
//! A row holds neither an address nor a text.

use uuid::Uuid;

use super::{StoreError, Tx};
use crate::domain::escalation::{Called, Way};
use crate::kernel::Timestamp;
use crate::kernel::id::{RowId, TenantId};

/// A call to be made.
#[derive(Debug, Clone)]
pub struct NewNotice {
    /// Its id; whoever receives it twice knows it by this.
    pub id: RowId,
    /// Whose service.
    pub tenant: TenantId,
    /// The alarm; none for a digest.
    pub alarm: Option<RowId>,
    /// The step that makes it.
    pub level: usize,
    /// What it folds under; a digest folds with nothing.
    pub fold: Option<[u8; 16]>,
    /// Whom, by login.
    pub person: String,
    /// How.
    pub way: Way,
    /// When it was decided.
    pub created: Timestamp,
}

/// A call taken to be made.
#[derive(Debug, Clone)]
pub struct TakenNotice {
    /// Its place among the calls.
    pub seq: i64,
    /// The sender's right to it.
    pub token: RowId,
    /// Its id.
    pub id: RowId,
    /// Whose service.
    pub tenant: TenantId,
    /// The alarm; none for a digest.
    pub alarm: Option<RowId>,
    /// The step that made it.
    pub level: usize,
    /// Whom, by login.
    pub person: String,
    /// How; none when this program no longer knows the way.
    pub way: Option<Way>,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// When it was decided.
    pub created: Timestamp,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The other end took it.
    Sent,
    /// Nobody knows whether it arrived.
    Uncertain,
    /// It did not arrive and is not tried again.
    Failed,
    /// There was nothing left to say.
    Moot,
    /// It is tried again at that moment.
    Again(Timestamp),
}

impl Outcome {
    const fn state(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Uncertain => "uncertain",
            Self::Failed => "failed",
            Self::Moot => "moot",
            Self::Again(_) => "queued",
        }
    }
}

type Row = (i64, Uuid, Uuid, Option<Uuid>, i64, String, String, i64, i64);

impl Tx {
    /// Stores calls to be made.
    pub async fn add_notices(&mut self, rows: &[NewNotice]) -> Result<(), StoreError> {
        insert_rows!(
            self,
            "INSERT INTO notices (id, tenant, alarm, level, fold, person, way, state, attempts, not_before, created) ",
            rows,
            |b, n| {
                b.push_bind(n.id.uuid());
                b.push_bind(n.tenant.uuid());
                b.push_bind(n.alarm.map(RowId::uuid));
                b.push_bind(i64::try_from(n.level).unwrap_or(i64::MAX));
                b.push_bind(n.fold.map(Uuid::from_bytes));
                b.push_bind(n.person.as_str());
                b.push_bind(n.way.as_str());
                b.push_bind("queued");
                b.push_bind(0_i64);
                b.push_bind(n.created.as_millis());
                b.push_bind(n.created.as_millis());
            },
            ""
        );
        Ok(())
    }

    /// The calls that somebody got after a moment, whatever became of them.
    pub async fn called_since(&mut self, person: &str, since: Timestamp) -> Result<Vec<Called>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, i64),
            "SELECT DISTINCT fold, created FROM notices WHERE person = $1 AND created > $2 AND fold IS NOT NULL",
            person,
            since.as_millis()
        )?;
        let of = |(fold, at): (Uuid, i64)| Called { fold: fold.into_bytes(), at: Timestamp::from_millis(at) };
        Ok(rows.into_iter().map(of).collect())
    }

    /// Takes calls that are due and marks them as being made. One whose sender died is taken again when its lease
    /// ran out.
    pub async fn take_notices(
        &mut self,
        now: Timestamp,
        (token, until): (RowId, Timestamp),
        limit: i64,
    ) -> Result<Vec<TakenNotice>, StoreError> {
        let rows = fetch_all!(
            self,
            Row,
            "SELECT seq, id, tenant, alarm, level, person, way, attempts, created FROM notices
             WHERE state IN ('queued', 'sending') AND not_before <= $1
               AND (state = 'queued' OR lease_until <= $1)
             ORDER BY not_before, seq LIMIT $2",
            now.as_millis(),
            limit
        )?;
        let mut taken = Vec::with_capacity(rows.len());
        for row in rows {
            // The predicate is repeated: another node may have taken it since.
            let changed = execute!(
                self,
                "UPDATE notices SET state = 'sending', attempts = attempts + 1, lease = $3, lease_until = $4
                 WHERE seq = $1 AND (state = 'queued' OR (state = 'sending' AND lease_until <= $2))",
                row.0,
                now.as_millis(),
                token.uuid(),
                until.as_millis()
            )?;
            if changed == 1 {
                taken.push(taken_of(row, token)?);
            }
        }
        Ok(taken)
    }

    /// Writes down what became of a call; false when another sender has it by now.
    pub async fn settle_notice(&mut self, taken: &TakenNotice, outcome: Outcome) -> Result<bool, StoreError> {
        let again = if let Outcome::Again(at) = outcome { at } else { taken.created };
        let changed = execute!(
            self,
            "UPDATE notices SET state = $3, lease = NULL, lease_until = NULL, not_before = $4
             WHERE seq = $1 AND lease = $2 AND state = 'sending'",
            taken.seq,
            taken.token.uuid(),
            outcome.state(),
            again.as_millis()
        )?;
        Ok(changed == 1)
    }

    /// Whether every call of a step has failed, so that nobody was reached by it.
    pub async fn step_failed(&mut self, alarm: RowId, level: usize) -> Result<bool, StoreError> {
        let (all, failed) = fetch_one!(
            self,
            (i64, i64),
            "SELECT COUNT(*), COUNT(CASE WHEN state = 'failed' THEN 1 END) FROM notices
             WHERE alarm = $1 AND level = $2",
            alarm.uuid(),
            i64::try_from(level).unwrap_or(i64::MAX)
        )?;
        Ok(all > 0 && all == failed)
    }

    /// The calls of an alarm: step, login, way and what became of each.
    pub async fn notices_of(
        &mut self,
        alarm: RowId,
        limit: i64,
    ) -> Result<Vec<(i64, String, String, String)>, StoreError> {
        fetch_all!(
            self,
            (i64, String, String, String),
            "SELECT level, person, way, state FROM notices WHERE alarm = $1 ORDER BY seq DESC LIMIT $2",
            alarm.uuid(),
            limit
        )
    }

    /// How many calls ended in a state since a moment.
    pub async fn notices_in(&mut self, state: &str, since: Timestamp) -> Result<i64, StoreError> {
        let (n,) = fetch_one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM notices WHERE created > $2 AND state = $1",
            state,
            since.as_millis()
        )?;
        Ok(n)
    }

    /// On SQLite nobody else can be calling: a start takes all over at once.
    pub async fn retake_all_notices(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        execute!(self, "UPDATE notices SET lease_until = $1 WHERE state = 'sending'", now.as_millis())
    }

    /// When calls of ended alarms were made is known to the hour only, once they fold with nothing any more: the
    /// minute of a call is nearly the minute in which a citizen wrote. So many at once.
    pub async fn coarsen_notices(&mut self, before: Timestamp, most: i64) -> Result<u64, StoreError> {
        execute!(
            self,
            "UPDATE notices SET created = created - created % 3600000,
             not_before = not_before - not_before % 3600000
             WHERE created % 3600000 <> 0 AND state NOT IN ('queued', 'sending') AND seq IN
               (SELECT n.seq FROM notices n
                WHERE n.created <= $1 AND n.created % 3600000 <> 0 AND n.state NOT IN ('queued', 'sending')
                  AND NOT EXISTS (SELECT 1 FROM alarms a WHERE a.id = n.alarm AND a.ended IS NULL) LIMIT $2)",
            before.as_millis(),
            most
        )
    }

    /// Erases calls of before a moment, so many at once.
    pub async fn erase_notices(&mut self, before: Timestamp, most: i64) -> Result<u64, StoreError> {
        execute!(
            self,
            "DELETE FROM notices WHERE state NOT IN ('queued', 'sending') AND seq IN
                (SELECT seq FROM notices WHERE created < $1 AND state NOT IN ('queued', 'sending') LIMIT $2)",
            before.as_millis(),
            most
        )
    }

    /// Erases which shifts had their digest before a day.
    pub async fn erase_digests(&mut self, day: i64) -> Result<u64, StoreError> {
        execute!(self, "DELETE FROM digests WHERE day < $1", day)
    }

    /// A turn of a shift has its digest, once for each person; false when it had it before.
    pub async fn add_digest(
        &mut self,
        tenant: TenantId,
        person: &str,
        (shift, day): (&str, i64),
    ) -> Result<bool, StoreError> {
        let added = execute!(
            self,
            "INSERT INTO digests (tenant, person, shift, day) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            tenant.uuid(),
            person,
            shift,
            day
        )?;
        Ok(added == 1)
    }

    /// Whether a turn of a shift has had its digest.
    pub async fn had_digest(
        &mut self,
        tenant: TenantId,
        person: &str,
        (shift, day): (&str, i64),
    ) -> Result<bool, StoreError> {
        let found = fetch_optional!(
            self,
            (i64,),
            "SELECT day FROM digests WHERE tenant = $1 AND person = $2 AND shift = $3 AND day = $4",
            tenant.uuid(),
            person,
            shift,
            day
        )?;
        Ok(found.is_some())
    }
}

fn taken_of(row: Row, token: RowId) -> Result<TakenNotice, StoreError> {
    let (seq, id, tenant, alarm, level, person, way, attempts, created) = row;
    Ok(TakenNotice {
        seq,
        token,
        id: RowId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        alarm: alarm.map(RowId::from_uuid),
        level: usize::try_from(level)
            .map_err(|_| StoreError::Corrupt { table: "notices", column: "level" })?,
        person,
        way: Way::parse(&way),
        attempts: attempts + 1,
        created: Timestamp::from_millis(created),
    })
}
