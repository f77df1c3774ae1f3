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
}
