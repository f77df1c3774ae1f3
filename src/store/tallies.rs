//! The daily tallies: figures and their chain.

use uuid::Uuid;

use super::{StoreError, Tx};
use crate::domain::lane::Kind;
use crate::domain::state::State;
use crate::domain::tally::{Figures, Given, Standing};
use crate::kernel::id::TenantId;

/// One day's tally as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TallyRow {
    /// Day in Vietnam, counted from 1970.
    pub day: i64,
    /// The figures, as the text that was hashed.
    pub body: String,
    /// The link of the chain.
    pub hash: [u8; 32],
}

fn row_of((day, body, hash): (i64, String, Vec<u8>)) -> Result<TallyRow, StoreError> {
    let hash = hash.try_into().map_err(|_| StoreError::Corrupt { table: "tallies", column: "hash" })?;
    Ok(TallyRow { day, body, hash })
}

impl Tx {
    /// How a tenant stands at this moment, all read in one statement: what is numbered and what is counted are
    /// of one commit.
    pub async fn figures(&mut self, tenant: TenantId) -> Result<Figures, StoreError> {
        let rows = fetch_all!(
            self,
            (String, String, i64, i64),
            "SELECT series, 'given', year, value FROM counters WHERE tenant = $1 AND series LIKE 'case:%'
             UNION ALL
             SELECT 'case:' || d.kind, k.state, 0, CAST(SUM(k.amount) AS BIGINT) FROM desk_counts k
             JOIN desks d ON d.id = k.desk WHERE k.tenant = $1 GROUP BY d.kind, k.state
             UNION ALL
             SELECT 'case:' || d.kind, 'folded', 0, CAST(SUM(a.amount) AS BIGINT) FROM aside_counts a
             JOIN desks d ON d.id = a.desk WHERE a.tenant = $1 AND a.aside = 2 GROUP BY d.kind",
            tenant.uuid()
        )?;
        let mut figures = Figures::default();
        let none = |kind| Standing { kind, received: 0, open: 0, closed: 0, folded: 0 };
        figures.lanes.extend(Kind::ALL.into_iter().map(none));
        for (series, what, year, n) in rows {
            let kind = series.strip_prefix("case:").and_then(Kind::parse);
            let kind = kind.ok_or(StoreError::Corrupt { table: "counters", column: "series" })?;
            let lane = figures.lanes.iter_mut().find(|l| l.kind == kind);
            let Some(lane) = lane else { continue };
            if what == "given" {
                lane.received += n;
                figures.series.push(Given { kind, year, last: n });
            } else if what == "folded" {
                // Beneath another's row they are open all the same, and stand apart in the sum.
                lane.folded += n;
                lane.open -= n;
            } else if what == State::Closed.code() {
                lane.closed += n;
            } else {
                lane.open += n;
            }
        }
        figures.series.sort_by_key(|s| (s.kind, s.year));
        Ok(figures)
    }

    /// Keeps a day's tally. Each day once: another node's is [`StoreError::Stale`].
    pub async fn add_tally(&mut self, tenant: TenantId, row: &TallyRow) -> Result<(), StoreError> {
        let changed = execute!(
            self,
            "INSERT INTO tallies (tenant, day, body, hash) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, day) DO NOTHING",
            tenant.uuid(),
            row.day,
            row.body.as_str(),
            row.hash.as_slice()
        )?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// The newest tally.
    pub async fn last_tally(&mut self, tenant: TenantId) -> Result<Option<TallyRow>, StoreError> {
        let row = fetch_optional!(
            self,
            (i64, String, Vec<u8>),
            "SELECT day, body, hash FROM tallies WHERE tenant = $1 ORDER BY day DESC LIMIT 1",
            tenant.uuid()
        )?;
        row.map(row_of).transpose()
    }

    /// The tallies of the days after `after`, oldest first, at most `limit`.
    pub async fn tallies(
        &mut self,
        tenant: TenantId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<TallyRow>, StoreError> {
        let rows = fetch_all!(
            self,
            (i64, String, Vec<u8>),
            "SELECT day, body, hash FROM tallies WHERE tenant = $1 AND day > $2 ORDER BY day LIMIT $3",
            tenant.uuid(),
            after,
            limit
        )?;
        rows.into_iter().map(row_of).collect()
    }

    /// The tenants of which there are tallies.
    pub async fn tallied_tenants(&mut self) -> Result<Vec<TenantId>, StoreError> {
        let rows = fetch_all!(self, (Uuid,), "SELECT DISTINCT tenant FROM tallies ORDER BY tenant")?;
        Ok(rows.into_iter().map(|(id,)| TenantId::from_uuid(id)).collect())
    }
}
