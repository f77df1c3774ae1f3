//! Gapless numbers: a counter row that is raised inside the transaction that uses the number, so that a
//! rollback gives it back.

use super::{StoreError, Tx};
use crate::kernel::id::TenantId;

impl Tx {
    /// Takes `amount` consecutive numbers of a series and returns the first.
    pub async fn take_numbers(
        &mut self,
        tenant: TenantId,
        series: &str,
        year: i64,
        amount: i64,
    ) -> Result<i64, StoreError> {
        let (last,): (i64,) = fetch_one!(
            self,
            (i64,),
            "INSERT INTO counters (tenant, series, year, value) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, series, year) DO UPDATE SET value = counters.value + excluded.value
             RETURNING value",
            tenant.uuid(),
            series,
            year,
            amount
        )?;
        Ok(last - amount + 1)
    }

    /// All counters of a tenant: series, year, last number given.
    pub async fn counters(&mut self, tenant: TenantId) -> Result<Vec<(String, i64, i64)>, StoreError> {
        fetch_all!(
            self,
            (String, i64, i64),
            "SELECT series, year, value FROM counters WHERE tenant = $1 ORDER BY series, year",
            tenant.uuid()
        )
    }

    /// For each counter how many numbers it gave and how many distinct ones are found in use, from 1 upward:
    /// series, year, given, found. Gapless means equal.
    pub async fn number_gaps(
        &mut self,
        tenant: TenantId,
    ) -> Result<Vec<(String, i64, i64, i64)>, StoreError> {
        let mut out = Vec::new();
        for (series, year, given) in self.counters(tenant).await? {
            let (found, highest): (i64, i64) = match series.split_once(':') {
                Some(("case", kind)) => fetch_one!(
                    self,
                    (i64, i64),
                    "SELECT COUNT(DISTINCT number), COALESCE(MAX(number), 0) FROM cases
                     WHERE tenant = $1 AND kind = $2 AND year = $3 AND number > 0",
                    tenant.uuid(),
                    kind,
                    year
                )?,
                Some(("register", unit)) => {
                    let unit: crate::kernel::id::DeskId = unit
                        .parse()
                        .map_err(|_| StoreError::Corrupt { table: "counters", column: "series" })?;
                    fetch_one!(
                        self,
                        (i64, i64),
                        "SELECT COUNT(DISTINCT number), COALESCE(MAX(number), 0) FROM register_entries
                         WHERE unit = $1 AND year = $2 AND number > 0",
                        unit.uuid(),
                        year
                    )?
                }
                _ => return Err(StoreError::Corrupt { table: "counters", column: "series" }),
            };
            // A number beyond the counter is as wrong as a missing one.
            out.push((series, year, given, if highest > given { highest } else { found }));
        }
        Ok(out)
    }
}
