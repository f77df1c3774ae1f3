//! The journal: what the audit chains say was received, against the cases.

use uuid::Uuid;

use super::MOST;
use crate::domain::finding::FindingKind;
use crate::kernel::id::NodeId;
use crate::store::audit::Action;
use crate::store::findings::Sighting;
use crate::store::{StoreError, Tx};

/// Receipts of a stretch of a chain, and those whose case is not there.
pub(super) const RECEIVED: &str =
    "SELECT COUNT(*) FROM audit WHERE node = $1 AND n > $2 AND n <= $3 AND action = $4";
pub(super) const WITHOUT_CASE: &str = "SELECT a.object FROM audit a
     WHERE a.node = $1 AND a.n > $2 AND a.n <= $3 AND a.action = $4
     AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = a.object) ORDER BY a.n LIMIT $5";
pub(super) const NUMBERED: &str =
    "SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM counters WHERE series LIKE 'case:%'";

fn opened() -> i64 {
    i64::from(Action::CaseOpened.code())
}

impl Tx {
    /// How many receipts the links after `after` up to `until` of a chain tell of.
    pub async fn received(&mut self, node: NodeId, after: i64, until: i64) -> Result<i64, StoreError> {
        let (n,) = fetch_one!(self, (i64,), RECEIVED, node.uuid(), after, until, opened())?;
        Ok(n)
    }

    /// The receipts among those links whose case is not there.
    pub async fn receipts_without_case(
        &mut self,
        node: NodeId,
        after: i64,
        until: i64,
    ) -> Result<Vec<Sighting>, StoreError> {
        let rows = fetch_all!(self, (Uuid,), WITHOUT_CASE, node.uuid(), after, until, opened(), MOST)?;
        let kind = FindingKind::JournalWithoutCase;
        Ok(rows.into_iter().map(|(id,)| Sighting { kind, object: id.to_string(), place: 0 }).collect())
    }

    /// How many intake numbers were given in all.
    pub async fn numbered(&mut self) -> Result<i64, StoreError> {
        let (n,) = fetch_one!(self, (i64,), NUMBERED)?;
        Ok(n)
    }
}
