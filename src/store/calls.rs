//! Calls that wait, are being talked, or were missed.

use super::{StoreError, Tx};
use crate::domain::lane::Kind;
use crate::domain::ringing::{Report, Ringing};
use crate::kernel::Timestamp;
use crate::kernel::id::TenantId;

/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;

impl Tx {
    /// Adds a report to what is known of a call. Any order, any number of times: the result is the same.
    pub async fn call_reported(
        &mut self,
        tenant: TenantId,
        (id, kind): (&[u8; 32], Kind),
        report: Report,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (answered, ended) = (i64::from(report == Report::Answer), i64::from(report == Report::End));
        let began = if ended == 1 { now.hour() } else { now.minute() };
        execute!(
            self,
            "INSERT INTO calls (id, tenant, kind, began, answered, ended, seen) VALUES ($1, $2, $3, $4, $5, $6, 0)
             ON CONFLICT (id) DO UPDATE SET
               answered = calls.answered | excluded.answered,
               ended = calls.ended | excluded.ended,
               began = CASE WHEN (calls.ended | excluded.ended) = 1 THEN calls.began - calls.began % $7
                            ELSE calls.began END",
            id.to_vec(),
            tenant.uuid(),
            kind.as_str(),
            began.as_millis(),
            answered,
            ended,
            HOUR
        )?;
        Ok(())
    }

    /// How the calls of a line stand; one that began before `stale` and never ended is over all the same.
    pub async fn ringing(
        &mut self,
        tenant: TenantId,
        kind: Kind,
        stale: Timestamp,
    ) -> Result<Ringing, StoreError> {
        let rows = fetch_all!(
            self,
            (i64, i64, i64),
            "SELECT answered, CAST(CASE WHEN ended = 1 OR began < $3 THEN 1 ELSE 0 END AS BIGINT) AS over, COUNT(*) FROM calls
             WHERE tenant = $1 AND kind = $2 AND (ended = 0 OR (answered = 0 AND seen = 0))
             GROUP BY answered, over",
            tenant.uuid(),
            kind.as_str(),
            stale.as_millis()
        )?;
        let mut all = Ringing::default();
        for (answered, over, amount) in rows {
            all.count(answered == 1, over == 1, amount);
        }
        Ok(all)
    }

    /// Takes note of the missed calls of a line; how many there were.
    pub async fn see_missed(&mut self, tenant: TenantId, kind: Kind) -> Result<u64, StoreError> {
        execute!(
            self,
            "UPDATE calls SET seen = 1 WHERE tenant = $1 AND kind = $2 AND ended = 1 AND answered = 0 AND seen = 0",
            tenant.uuid(),
            kind.as_str()
        )
    }

    /// Ends calls whose end was never told, and erases those that are over and done with since before `old`.
    pub async fn tidy_calls(&mut self, stale: Timestamp, old: Timestamp) -> Result<u64, StoreError> {
        execute!(
            self,
            "UPDATE calls SET ended = 1, began = began - began % $2 WHERE ended = 0 AND began < $1",
            stale.as_millis(),
            HOUR
        )?;
        execute!(
            self,
            "DELETE FROM calls WHERE ended = 1 AND (answered = 1 OR seen = 1) AND began < $1",
            old.as_millis()
        )
    }
}
