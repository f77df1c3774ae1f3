//! Series of numbers: what the counter gave is what stands in rows, without a gap and without one too many.

use std::collections::HashSet;

use uuid::Uuid;

use super::MOST;
use crate::domain::finding::FindingKind;
use crate::domain::lane::Kind;
use crate::kernel::id::DeskId;
use crate::store::findings::Sighting;
use crate::store::{StoreError, Tx};

/// One series of one year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Whose.
    pub tenant: Uuid,
    /// `case:KIND` or `register:UNIT`.
    pub name: String,
    /// Calendar year.
    pub year: i64,
    /// The last number given.
    pub given: i64,
}

/// What a series counts.
enum Counted {
    Cases(Kind),
    Entries(DeskId),
}

impl Series {
    /// Names the series in findings and in what the reconciler remembers.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.tenant, self.name, self.year)
    }

    fn counted(&self) -> Result<Counted, StoreError> {
        let bad = || StoreError::Corrupt { table: "counters", column: "series" };
        match self.name.split_once(':') {
            Some(("case", kind)) => Ok(Counted::Cases(Kind::parse(kind).ok_or_else(bad)?)),
            Some(("register", unit)) => Ok(Counted::Entries(unit.parse().map_err(|_| bad())?)),
            _ => Err(bad()),
        }
    }

    fn sighting(&self, kind: FindingKind, number: i64) -> Sighting {
        Sighting { kind, object: format!("{}/{number}", self.key()), place: number }
    }
}

/// All counters.
pub(super) const COUNTERS: &str =
    "SELECT tenant, series, year, value FROM counters ORDER BY tenant, series, year";
/// The numbers of a series in use in a stretch, of cases and of register entries.
pub(super) const CASE_NUMBERS: &str = "SELECT number FROM cases
     WHERE tenant = $1 AND kind = $2 AND year = $3 AND number > $4 AND number <= $5";
pub(super) const ENTRY_NUMBERS: &str =
    "SELECT number FROM register_entries WHERE unit = $1 AND year = $2 AND number > $3 AND number <= $4";
/// Numbers outside a stretch.
pub(super) const CASE_BEYOND: &str = "SELECT number FROM cases
     WHERE tenant = $1 AND kind = $2 AND year = $3 AND number > $4 ORDER BY number LIMIT $5";
pub(super) const CASE_BELOW: &str = "SELECT number FROM cases
     WHERE tenant = $1 AND kind = $2 AND year = $3 AND number < $4 ORDER BY number LIMIT $5";
pub(super) const ENTRY_BEYOND: &str = "SELECT number FROM register_entries
     WHERE unit = $1 AND year = $2 AND number > $3 ORDER BY number LIMIT $4";
pub(super) const ENTRY_BELOW: &str = "SELECT number FROM register_entries
     WHERE unit = $1 AND year = $2 AND number < $3 ORDER BY number LIMIT $4";

impl Tx {
    /// All series with the last number given in each.
    pub async fn series(&mut self) -> Result<Vec<Series>, StoreError> {
        let rows = fetch_all!(self, (Uuid, String, i64, i64), COUNTERS)?;
        Ok(rows.into_iter().map(|(tenant, name, year, given)| Series { tenant, name, year, given }).collect())
    }

    /// The numbers of a stretch that were given and that nothing bears.
    pub async fn missing_numbers(
        &mut self,
        series: &Series,
        (after, until): (i64, i64),
    ) -> Result<Vec<Sighting>, StoreError> {
        let rows = match series.counted()? {
            Counted::Cases(kind) => {
                let (year, kind) = (series.year, kind.as_str());
                fetch_all!(self, (i64,), CASE_NUMBERS, series.tenant, kind, year, after, until)?
            }
            Counted::Entries(unit) => {
                fetch_all!(self, (i64,), ENTRY_NUMBERS, unit.uuid(), series.year, after, until)?
            }
        };
        let used: HashSet<i64> = rows.into_iter().map(|(n,)| n).collect();
        let missing = (after + 1..=until).filter(|n| !used.contains(n));
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        Ok(missing.take(most).map(|n| series.sighting(FindingKind::NumberMissing, n)).collect())
    }

    /// The numbers in use that were never given: after the last one, or before the first.
    pub async fn numbers_beyond(&mut self, series: &Series) -> Result<Vec<Sighting>, StoreError> {
        let (year, given, first) = (series.year, series.given, 1_i64);
        let mut rows = Vec::new();
        match series.counted()? {
            Counted::Cases(kind) => {
                let (tenant, kind) = (series.tenant, kind.as_str());
                rows.extend(fetch_all!(self, (i64,), CASE_BEYOND, tenant, kind, year, given, MOST)?);
                rows.extend(fetch_all!(self, (i64,), CASE_BELOW, tenant, kind, year, first, MOST)?);
            }
            Counted::Entries(unit) => {
                let unit = unit.uuid();
                rows.extend(fetch_all!(self, (i64,), ENTRY_BEYOND, unit, year, given, MOST)?);
                rows.extend(fetch_all!(self, (i64,), ENTRY_BELOW, unit, year, first, MOST)?);
            }
        }
        Ok(rows.into_iter().map(|(n,)| series.sighting(FindingKind::NumberBeyond, n)).collect())
    }
}
