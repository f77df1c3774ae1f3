//! What the reconciler has seen: kept until a person has looked, and afterwards too.

use uuid::Uuid;

use super::{StoreError, Tx};
use crate::domain::finding::FindingKind;
use crate::kernel::Timestamp;
use crate::kernel::id::{StaffId, TenantId};

/// Something that does not agree, as one look saw it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// What kind.
    pub kind: FindingKind,
    /// Which row, number or count: an id, never content.
    pub object: String,
    /// Where to look again, for kinds that are found by position.
    pub place: i64,
}

/// A finding that is not gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What was seen last.
    pub sighting: Sighting,
    /// Since when.
    pub first_seen: Timestamp,
    /// Whether it was seen twice, so that people are told.
    pub raised: bool,
}

/// A finding as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// Which row, number or count.
    pub object: String,
    /// Since when.
    pub first_seen: Timestamp,
    /// When it was last there.
    pub last_seen: Timestamp,
    /// Since when it is no more.
    pub gone: Option<Timestamp>,
    /// Who looks after it, and since when.
    pub acknowledged: Option<(StaffId, Timestamp)>,
}

/// How many findings of a kind are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFindings {
    /// What kind.
    pub kind: FindingKind,
    /// How many that nobody has acknowledged.
    pub new: i64,
    /// How many that somebody looks after.
    pub acknowledged: i64,
    /// The oldest.
    pub since: Timestamp,
}

fn kind_of(word: &str) -> Result<FindingKind, StoreError> {
    FindingKind::parse(word).ok_or(StoreError::Corrupt { table: "findings", column: "kind" })
}

impl Tx {
    /// All findings that are not gone, suspicions included; at most `limit`, those looked at longest ago first.
    pub async fn known_findings(&mut self, limit: i64) -> Result<Vec<Known>, StoreError> {
        let rows = fetch_all!(
            self,
            (String, String, i64, i64, Option<i64>),
            "SELECT kind, object, place, first_seen, raised FROM findings WHERE gone IS NULL
             ORDER BY last_seen, kind, object LIMIT $1",
            limit
        )?;
        rows.into_iter()
            .map(|(kind, object, place, first_seen, raised)| {
                Ok(Known {
                    sighting: Sighting { kind: kind_of(&kind)?, object, place },
                    first_seen: Timestamp::from_millis(first_seen),
                    raised: raised.is_some(),
                })
            })
            .collect()
    }

    /// Writes down what was seen. One that had gone begins anew, as a suspicion.
    pub async fn see_finding(
        &mut self,
        tenant: TenantId,
        seen: &Sighting,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO findings (kind, object, tenant, place, first_seen, last_seen)
             VALUES ($1, $2, $3, $4, $5, $5)
             ON CONFLICT (kind, object) DO UPDATE SET place = excluded.place, last_seen = excluded.last_seen,
             first_seen = CASE WHEN findings.gone IS NULL THEN findings.first_seen ELSE excluded.first_seen END,
             raised = CASE WHEN findings.gone IS NULL THEN findings.raised END,
             acknowledged = CASE WHEN findings.gone IS NULL THEN findings.acknowledged END,
             acknowledged_by = CASE WHEN findings.gone IS NULL THEN findings.acknowledged_by END,
             gone = NULL",
            seen.kind.as_str(),
            seen.object.as_str(),
            tenant.uuid(),
            seen.place,
            now.as_millis()
        )?;
        Ok(())
    }

    /// A suspicion was seen again: from now on people are told.
    pub async fn raise_finding(&mut self, seen: &Sighting, now: Timestamp) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "UPDATE findings SET raised = $3, last_seen = $3
             WHERE kind = $1 AND object = $2 AND raised IS NULL AND gone IS NULL",
            seen.kind.as_str(),
            seen.object.as_str(),
            now.as_millis()
        )?;
        Ok(changed == 1)
    }

    /// It is no more. A suspicion that was never raised leaves nothing.
    pub async fn end_finding(&mut self, seen: &Sighting, now: Timestamp) -> Result<(), StoreError> {
        execute!(
            self,
            "DELETE FROM findings WHERE kind = $1 AND object = $2 AND raised IS NULL",
            seen.kind.as_str(),
            seen.object.as_str()
        )?;
        execute!(
            self,
            "UPDATE findings SET gone = $3 WHERE kind = $1 AND object = $2 AND gone IS NULL",
            seen.kind.as_str(),
            seen.object.as_str(),
            now.as_millis()
        )?;
        Ok(())
    }

    /// A named person looks after it; false when somebody does already, or there is no such finding.
    pub async fn acknowledge_finding(
        &mut self,
        (kind, object): (FindingKind, &str),
        by: StaffId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "UPDATE findings SET acknowledged_by = $3, acknowledged = $4
             WHERE kind = $1 AND object = $2 AND raised IS NOT NULL AND acknowledged_by IS NULL",
            kind.as_str(),
            object,
            by.uuid(),
            now.as_millis()
        )?;
        Ok(changed == 1)
    }

    /// The findings of a tenant that were raised: open ones first, newest first, at most `limit`.
    pub async fn findings(&mut self, tenant: TenantId, limit: i64) -> Result<Vec<Finding>, StoreError> {
        type Row = (String, String, i64, i64, Option<i64>, Option<Uuid>, Option<i64>);
        let rows = fetch_all!(
            self,
            Row,
            "SELECT kind, object, first_seen, last_seen, gone, acknowledged_by, acknowledged FROM findings
             WHERE tenant = $1 AND raised IS NOT NULL
             ORDER BY CASE WHEN gone IS NULL THEN 0 ELSE 1 END, first_seen DESC, kind, object LIMIT $2",
            tenant.uuid(),
            limit
        )?;
        rows.into_iter()
            .map(|(kind, object, first_seen, last_seen, gone, by, at)| {
                Ok(Finding {
                    kind: kind_of(&kind)?,
                    object,
                    first_seen: Timestamp::from_millis(first_seen),
                    last_seen: Timestamp::from_millis(last_seen),
                    gone: gone.map(Timestamp::from_millis),
                    acknowledged: by.map(StaffId::from_uuid).zip(at.map(Timestamp::from_millis)),
                })
            })
            .collect()
    }

    /// How many findings of each kind are open.
    pub async fn open_findings(&mut self, tenant: TenantId) -> Result<Vec<OpenFindings>, StoreError> {
        let rows = fetch_all!(
            self,
            (String, i64, i64, i64),
            "SELECT kind, COUNT(*), COUNT(acknowledged_by), MIN(first_seen) FROM findings
             WHERE tenant = $1 AND raised IS NOT NULL AND gone IS NULL GROUP BY kind ORDER BY kind",
            tenant.uuid()
        )?;
        rows.into_iter()
            .map(|(kind, all, acknowledged, since)| {
                Ok(OpenFindings {
                    kind: kind_of(&kind)?,
                    new: all - acknowledged,
                    acknowledged,
                    since: Timestamp::from_millis(since),
                })
            })
            .collect()
    }
}
