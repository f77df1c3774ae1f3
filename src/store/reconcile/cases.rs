//! Cases, and what hangs on them by their position.

use uuid::Uuid;

use super::MOST;
use crate::domain::finding::FindingKind;
use crate::store::findings::Sighting;
use crate::store::{StoreError, Tx};

/// What names the object of a sighting.
#[derive(Clone, Copy)]
pub(super) enum Named {
    /// The id in the row.
    Id,
    /// The position of the case that is not there.
    Place,
}

/// The kinds that are found by the position of a case, each with a question over positions `$1 < seq <= $2`. Kinds
/// of items are the numbers of `vault::ItemKind`: 1 tip, 5 counselling, 12 address, 14 dead letter. The bounds are
/// said twice, so that no planner is tempted to read a table to its end.
pub(super) const BY_CASE: [(FindingKind, Named, &str); 11] = [
    (
        FindingKind::CaseWithoutOpening,
        Named::Id,
        "SELECT c.seq, c.id FROM cases c WHERE c.seq > $1 AND c.seq <= $2 AND NOT EXISTS
         (SELECT 1 FROM items i WHERE i.case_seq = c.seq AND i.case_seq > $1 AND i.case_seq <= $2
          AND i.kind IN (1, 5, 14)) ORDER BY c.seq LIMIT $3",
    ),
    (
        FindingKind::CaseWithoutReceipt,
        Named::Id,
        "SELECT c.seq, c.id FROM cases c WHERE c.seq > $1 AND c.seq <= $2 AND NOT EXISTS
         (SELECT 1 FROM receipts r WHERE r.case_seq = c.seq AND r.case_seq > $1 AND r.case_seq <= $2)
         AND EXISTS (SELECT 1 FROM items i WHERE i.case_seq = c.seq AND i.case_seq > $1 AND i.case_seq <= $2
          AND i.kind IN (1, 5)) ORDER BY c.seq LIMIT $3",
    ),
    (
        FindingKind::CaseWithoutDesk,
        Named::Id,
        "SELECT c.seq, c.id FROM cases c WHERE c.seq > $1 AND c.seq <= $2 AND NOT EXISTS
         (SELECT 1 FROM desks d WHERE d.id = c.desk AND d.tenant = c.tenant AND d.kind = c.kind)
         ORDER BY c.seq LIMIT $3",
    ),
    (
        FindingKind::ItemWithoutCase,
        Named::Id,
        "SELECT i.case_seq, i.id FROM items i WHERE i.case_seq > $1 AND i.case_seq <= $2 AND NOT EXISTS
         (SELECT 1 FROM cases c WHERE c.seq = i.case_seq AND c.seq > $1 AND c.seq <= $2)
         ORDER BY i.case_seq LIMIT $3",
    ),
    (
        FindingKind::ItemWithoutKey,
        Named::Id,
        "SELECT i.case_seq, i.id FROM items i WHERE i.case_seq > $1 AND i.case_seq <= $2 AND NOT EXISTS
         (SELECT 1 FROM wraps w WHERE w.case_seq = i.case_seq AND w.case_seq > $1 AND w.case_seq <= $2
          AND w.item = i.id) ORDER BY i.case_seq LIMIT $3",
    ),
    (
        FindingKind::KeyWithoutItem,
        Named::Id,
        "SELECT w.case_seq, w.item FROM wraps w WHERE w.case_seq > $1 AND w.case_seq <= $2 AND NOT EXISTS
         (SELECT 1 FROM items i WHERE i.case_seq = w.case_seq AND i.case_seq > $1 AND i.case_seq <= $2
          AND i.id = w.item) ORDER BY w.case_seq LIMIT $3",
    ),
    (
        FindingKind::ReceiptWithoutCase,
        Named::Place,
        "SELECT r.case_seq, r.tenant FROM receipts r WHERE r.case_seq > $1 AND r.case_seq <= $2 AND NOT EXISTS
         (SELECT 1 FROM cases c WHERE c.seq = r.case_seq AND c.seq > $1 AND c.seq <= $2)
         ORDER BY r.case_seq LIMIT $3",
    ),
    (
        FindingKind::RegisterWithoutCase,
        Named::Place,
        "SELECT e.case_seq, e.unit FROM register_entries e WHERE e.case_seq > $1 AND e.case_seq <= $2 AND NOT EXISTS
         (SELECT 1 FROM cases c WHERE c.seq = e.case_seq AND c.seq > $1 AND c.seq <= $2
          AND c.kind IN ('tips', 'oversight')) ORDER BY e.case_seq LIMIT $3",
    ),
    (
        FindingKind::RegisterTwice,
        Named::Place,
        "SELECT e.case_seq, e.unit FROM register_entries e WHERE e.case_seq > $1 AND e.case_seq <= $2
         GROUP BY e.case_seq, e.unit HAVING COUNT(*) > 1 ORDER BY e.case_seq LIMIT $3",
    ),
    (
        FindingKind::AddressWithoutMailbox,
        Named::Id,
        "SELECT c.seq, i.id FROM cases c JOIN items i ON i.case_seq = c.seq AND i.case_seq > $1 AND i.case_seq <= $2
         WHERE c.seq > $1 AND c.seq <= $2 AND i.kind = 12 AND NOT EXISTS
         (SELECT 1 FROM mailboxes m WHERE m.case_id = c.id AND m.address = i.id) ORDER BY c.seq LIMIT $3",
    ),
    (
        FindingKind::MailboxWithoutAddress,
        Named::Id,
        "SELECT c.seq, m.id FROM cases c JOIN mailboxes m ON m.case_id = c.id
         WHERE c.seq > $1 AND c.seq <= $2 AND NOT EXISTS
         (SELECT 1 FROM items i WHERE i.case_seq = c.seq AND i.case_seq > $1 AND i.case_seq <= $2
          AND i.id = m.address) ORDER BY c.seq LIMIT $3",
    ),
];

impl Tx {
    /// What does not agree at the positions after `after` up to `until`.
    pub async fn orphans_by_case(&mut self, after: i64, until: i64) -> Result<Vec<Sighting>, StoreError> {
        let mut found = Vec::new();
        for (kind, named, sql) in BY_CASE {
            found.extend(self.ask_by_case(kind, named, sql, (after, until)).await?);
        }
        Ok(found)
    }

    /// Whether a sighting of a kind that is found by position is still there; nothing for the other kinds.
    pub async fn still_by_case(&mut self, seen: &Sighting) -> Result<Option<bool>, StoreError> {
        let Some((kind, named, sql)) = BY_CASE.into_iter().find(|(kind, ..)| *kind == seen.kind) else {
            return Ok(None);
        };
        let range = (seen.place.saturating_sub(1), seen.place);
        let found = self.ask_by_case(kind, named, sql, range).await?;
        Ok(Some(found.iter().any(|s| s.object == seen.object)))
    }

    async fn ask_by_case(
        &mut self,
        kind: FindingKind,
        named: Named,
        sql: &'static str,
        (after, until): (i64, i64),
    ) -> Result<Vec<Sighting>, StoreError> {
        let rows = fetch_all!(self, (i64, Uuid), sql, after, until, MOST)?;
        Ok(rows
            .into_iter()
            .map(|(place, id)| {
                let object = match named {
                    Named::Id => id.to_string(),
                    Named::Place => place.to_string(),
                };
                Sighting { kind, object, place }
            })
            .collect())
    }

    /// The highest position of a case; 0 when there is none.
    pub async fn highest_case(&mut self) -> Result<i64, StoreError> {
        let (seq,) = fetch_one!(self, (i64,), "SELECT COALESCE(MAX(seq), 0) FROM cases")?;
        Ok(seq)
    }
}
