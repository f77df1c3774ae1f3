//! Canaries and the lines they are sent through. What is removed here can be nothing but a canary: these tables hold
//! nothing else, and in the list of updates seen a canary's row is found by its own name.

use std::time::Duration;

use uuid::Uuid;

use super::mailboxes::epoch_of;
use super::{StoreError, Tx};
use crate::domain::canary::{Flight, Line, Trouble};
use crate::kernel::Timestamp;
use crate::kernel::id::{RowId, TenantId};
use crate::vault::{Sealed, SealedCanary, Wrap};

/// So many old canaries are removed at once.
const REMOVED: i64 = 500;

/// A canary that arrives.
#[derive(Clone)]
pub struct NewCanary {
    /// Its name.
    pub id: RowId,
    /// Whose service.
    pub tenant: TenantId,
    /// Through which line it came.
    pub line: String,
    /// Calendar year in Vietnam.
    pub year: i64,
    /// Transit epoch that its key follows from.
    pub epoch: u32,
    /// Its words, sealed.
    pub sealed: SealedCanary,
    /// When.
    pub arrived: Timestamp,
}

/// A canary that has arrived.
pub struct Canary {
    /// Position in its series.
    pub number: i64,
    /// Calendar year in Vietnam.
    pub year: i64,
    /// Transit epoch that its key follows from.
    pub epoch: u32,
    /// Its words, sealed.
    pub sealed: SealedCanary,
    /// When it arrived, to the hour.
    pub arrived: Timestamp,
    /// When its answer came to the end of the outbox; to the hour once the round has ended.
    pub answered: Option<Timestamp>,
}

/// How a round ended.
#[derive(Debug, Clone, Copy)]
pub enum Ended {
    /// It came back whole.
    Good {
        /// When that was seen.
        at: Timestamp,
        /// How long it was under way.
        took: Duration,
    },
    /// It did not.
    Bad(Trouble),
}

/// What makes a canary's update the same update when it comes again.
#[must_use]
pub fn update_key(canary: RowId) -> String {
    format!("canary:{canary}")
}

type LineRow = (String, i64, Option<Uuid>, Option<i64>, i64, Option<i64>, Option<i64>, Option<String>);

fn line_of((name, since, flight, begun, next, good, took, trouble): LineRow) -> Result<Line, StoreError> {
    let begun = begun.map(Timestamp::from_millis);
    let trouble = trouble.map(|word| {
        Trouble::parse(&word).ok_or(StoreError::Corrupt { table: "canary_lines", column: "trouble" })
    });
    Ok(Line {
        name,
        since: Timestamp::from_millis(since),
        flight: flight.map(RowId::from_uuid).zip(begun).map(|(canary, begun)| Flight { canary, begun }),
        next: Timestamp::from_millis(next),
        good: good.map(Timestamp::from_millis),
        took: took.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0))),
        trouble: trouble.transpose()?,
    })
}

impl Tx {
    /// All lines, by name.
    pub async fn canary_lines(&mut self, tenant: TenantId) -> Result<Vec<Line>, StoreError> {
        let rows = fetch_all!(
            self,
            LineRow,
            "SELECT name, since, flight, begun, next, good, took, trouble FROM canary_lines
             WHERE tenant = $1 ORDER BY name",
            tenant.uuid()
        )?;
        rows.into_iter().map(line_of).collect()
    }

    /// From now on a line is served. One that is served already stays as it is.
    pub async fn add_canary_line(
        &mut self,
        tenant: TenantId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO canary_lines (name, tenant, since, next) VALUES ($1, $2, $3, $3)
             ON CONFLICT (name) DO NOTHING",
            name,
            tenant.uuid(),
            now.as_millis()
        )?;
        Ok(())
    }

    /// A line is not served any more.
    pub async fn end_canary_line(&mut self, name: &str) -> Result<(), StoreError> {
        execute!(self, "DELETE FROM canary_lines WHERE name = $1", name)?;
        Ok(())
    }

    /// A canary sets out. False when another node was faster: the line has another one under way than was seen.
    pub async fn begin_canary(
        &mut self,
        line: &str,
        seen: Option<RowId>,
        flight: Flight,
        lost: Option<Trouble>,
    ) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "UPDATE canary_lines SET flight = $2, begun = $3, trouble = COALESCE($4, trouble)
             WHERE name = $1 AND flight IS NOT DISTINCT FROM $5",
            line,
            flight.canary.uuid(),
            flight.begun.as_millis(),
            lost.map(Trouble::as_str),
            seen.map(RowId::uuid)
        )?;
        Ok(changed == 1)
    }

    /// A round ends. False when that canary is not the one under way any more.
    pub async fn end_canary(
        &mut self,
        line: &str,
        canary: RowId,
        ended: Ended,
        next: Timestamp,
    ) -> Result<bool, StoreError> {
        let (good, took, trouble) = match ended {
            Ended::Good { at, took } => (Some(at.as_millis()), i64::try_from(took.as_millis()).ok(), None),
            Ended::Bad(trouble) => (None, None, Some(trouble.as_str())),
        };
        execute!(
            self,
            "UPDATE canaries SET answered = arrived WHERE id = $1 AND answered IS NOT NULL",
            canary.uuid()
        )?;
        let changed = execute!(
            self,
            "UPDATE canary_lines SET flight = NULL, begun = NULL, next = $3, good = COALESCE($4, good),
             took = COALESCE($5, took), trouble = $6 WHERE name = $1 AND flight = $2",
            line,
            canary.uuid(),
            next.as_millis(),
            good,
            took,
            trouble
        )?;
        Ok(changed == 1)
    }

    /// A canary arrives and gets its number. It arrives once. In the list of updates seen nothing is left of it: a mark
    /// every few minutes would be a clock between those of citizens.
    pub async fn open_canary(&mut self, new: &NewCanary) -> Result<(), StoreError> {
        let (number,): (i64,) = fetch_one!(
            self,
            (i64,),
            "INSERT INTO canary_series (tenant, year, given, removed) VALUES ($1, $2, 1, 0)
             ON CONFLICT (tenant, year) DO UPDATE SET given = canary_series.given + 1 RETURNING given",
            new.tenant.uuid(),
            new.year
        )?;
        execute!(
            self,
            "INSERT INTO canaries (id, tenant, line, year, number, epoch, sealed, wrap, arrived)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            new.id.uuid(),
            new.tenant.uuid(),
            new.line.as_str(),
            new.year,
            number,
            i64::from(new.epoch),
            new.sealed.blob.as_bytes().to_vec(),
            new.sealed.wrap.as_bytes().to_vec(),
            new.arrived.hour().as_millis()
        )?;
        let (channel, bot) = new.line.split_once(':').unwrap_or_default();
        execute!(
            self,
            "DELETE FROM inbox_seen WHERE channel = $1 AND bot = $2 AND update_key = $3",
            channel,
            bot,
            update_key(new.id)
        )?;
        Ok(())
    }

    /// The answer to a canary has come to the end of the outbox.
    pub async fn answer_canary(&mut self, canary: RowId, now: Timestamp) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE canaries SET answered = $2 WHERE id = $1 AND answered IS NULL",
            canary.uuid(),
            now.as_millis()
        )?;
        Ok(())
    }

    /// A canary that has arrived.
    pub async fn canary(&mut self, canary: RowId) -> Result<Option<Canary>, StoreError> {
        type Row = (i64, i64, i64, Vec<u8>, Vec<u8>, i64, Option<i64>);
        let row = fetch_optional!(
            self,
            Row,
            "SELECT number, year, epoch, sealed, wrap, arrived, answered FROM canaries WHERE id = $1",
            canary.uuid()
        )?;
        let Some((number, year, epoch, blob, wrap, arrived, answered)) = row else { return Ok(None) };
        let bad = |column| move |_| StoreError::Corrupt { table: "canaries", column };
        Ok(Some(Canary {
            number,
            year,
            epoch: epoch_of("canaries", epoch)?,
            sealed: SealedCanary {
                blob: Sealed::from_row(blob).map_err(bad("sealed"))?,
                wrap: Wrap::from_row(wrap).map_err(bad("wrap"))?,
            },
            arrived: Timestamp::from_millis(arrived),
            answered: answered.map(Timestamp::from_millis),
        }))
    }

    /// Removes canaries that arrived before the hour of a moment.
    pub async fn remove_canaries(
        &mut self,
        tenant: TenantId,
        before: Timestamp,
    ) -> Result<usize, StoreError> {
        let old = fetch_all!(
            self,
            (Uuid, i64),
            "SELECT id, year FROM canaries WHERE tenant = $1 AND arrived < $2 ORDER BY arrived LIMIT $3",
            tenant.uuid(),
            before.hour().as_millis(),
            REMOVED
        )?;
        for (id, year) in &old {
            if execute!(self, "DELETE FROM canaries WHERE id = $1", *id)? == 0 {
                continue;
            }
            execute!(
                self,
                "UPDATE canary_series SET removed = removed + 1 WHERE tenant = $1 AND year = $2",
                tenant.uuid(),
                *year
            )?;
        }
        Ok(old.len())
    }

    /// How many numbers of canaries were given, how many were removed and how many are there: for each year the first
    /// is the sum of the others.
    pub async fn canary_numbers(&mut self, tenant: TenantId) -> Result<Vec<(i64, i64, i64)>, StoreError> {
        fetch_all!(
            self,
            (i64, i64, i64),
            "SELECT s.given, s.removed, (SELECT COUNT(*) FROM canaries c WHERE c.tenant = s.tenant AND c.year = s.year)
             FROM canary_series s WHERE s.tenant = $1 ORDER BY s.year",
            tenant.uuid()
        )
    }

    /// Whether any node is at work.
    pub async fn anybody_at_work(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let row = fetch_optional!(
            self,
            (i64,),
            "SELECT until FROM leases WHERE until > $1 ORDER BY until DESC LIMIT 1",
            now.as_millis()
        )?;
        Ok(row.is_some())
    }
}
