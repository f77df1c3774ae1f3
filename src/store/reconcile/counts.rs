//! The kept counts of the desks against their cases and against the numbers given.

use uuid::Uuid;

use crate::domain::finding::FindingKind;
use crate::store::findings::Sighting;
use crate::store::{StoreError, Tx};

/// How many cases a desk is kept to have in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The desk.
    pub desk: Uuid,
    /// The state's code.
    pub state: String,
    /// As many as are kept.
    pub amount: i64,
}

impl Cell {
    /// A sighting of this count.
    #[must_use]
    pub fn sighting(&self) -> Sighting {
        Sighting {
            kind: FindingKind::CountsDiffer,
            object: format!("{}/{}", self.desk, self.state),
            place: 0,
        }
    }
}

pub(super) const CELLS: &str = "SELECT desk, state, amount FROM desk_counts ORDER BY desk, state";
pub(super) const COUNTED: &str = "SELECT COUNT(*) FROM cases WHERE desk = $1 AND state = $2";
/// Cases by kind as the desks keep them, beside the numbers given.
pub(super) const BY_KIND: &str =
    "SELECT d.kind, CAST(COALESCE(SUM(k.amount), 0) AS BIGINT), CAST(COALESCE((SELECT SUM(n.value)
       FROM counters n WHERE n.tenant = d.tenant AND n.series = 'case:' || d.kind), 0) AS BIGINT)
     FROM desks d LEFT JOIN desk_counts k ON k.desk = d.id GROUP BY d.tenant, d.kind";

impl Tx {
    /// All kept counts.
    pub async fn cells(&mut self) -> Result<Vec<Cell>, StoreError> {
        let rows = fetch_all!(self, (Uuid, String, i64), CELLS)?;
        Ok(rows.into_iter().map(|(desk, state, amount)| Cell { desk, state, amount }).collect())
    }

    /// Whether the cases of a desk in a state are as many as are kept. Costs as many index entries as there are.
    pub async fn cell_is_true(&mut self, cell: &Cell) -> Result<bool, StoreError> {
        let (n,) = fetch_one!(self, (i64,), COUNTED, cell.desk, cell.state.as_str())?;
        Ok(n == cell.amount)
    }

    /// The kinds whose desks have not as many cases as numbers were given.
    pub async fn kinds_that_differ(&mut self) -> Result<Vec<Sighting>, StoreError> {
        let rows = fetch_all!(self, (String, i64, i64), BY_KIND)?;
        Ok(rows
            .into_iter()
            .filter(|(_, kept, given)| kept != given)
            .map(|(object, ..)| Sighting { kind: FindingKind::CountsDiffer, object, place: 0 })
            .collect())
    }
}
