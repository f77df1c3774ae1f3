//! What hangs on a case by its random id has no order of arrival: it is walked over in pages, lap after lap.

use uuid::Uuid;

use crate::domain::finding::FindingKind;
use crate::store::findings::Sighting;
use crate::store::{StoreError, Tx};

/// A stretch of ids that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What was found.
    pub found: Vec<T>,
    /// The last id; none at the end of the lap.
    pub last: Option<Uuid>,
}

/// A row about a sealed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShelfRow {
    /// Its name on the shelf.
    pub item: Uuid,
    /// How long it was when it was kept.
    pub bytes: i64,
    /// Whether the item that opens it is there.
    pub opened: bool,
}

impl ShelfRow {
    /// A sighting of this row.
    #[must_use]
    pub fn sighting(&self, kind: FindingKind) -> Sighting {
        Sighting { kind, object: self.item.to_string(), place: 0 }
    }
}

/// Ids of a page, and those of them whose case is not there.
pub(super) const MAILBOXES: &str = "SELECT id FROM mailboxes WHERE id > $1 ORDER BY id LIMIT $2";
pub(super) const LOST_MAILBOXES: &str = "SELECT m.id FROM mailboxes m WHERE m.id > $1 AND m.id <= $2
     AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = m.case_id)";
pub(super) const LETTERS: &str = "SELECT id FROM dead_letters WHERE id > $1 ORDER BY id LIMIT $2";
pub(super) const LOST_LETTERS: &str = "SELECT l.id FROM dead_letters l WHERE l.id > $1 AND l.id <= $2
     AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = l.case_id)";
pub(super) const FILES: &str = "SELECT a.item, a.sealed_bytes, CAST(CASE WHEN EXISTS
     (SELECT 1 FROM cases c JOIN items i ON i.case_seq = c.seq WHERE c.id = a.case_id AND i.id = a.item)
     THEN 1 ELSE 0 END AS BIGINT) FROM attachments a WHERE a.item > $1 ORDER BY a.item LIMIT $2";
/// One of them by its id.
const ONE_MAILBOX: &str = "SELECT m.id FROM mailboxes m WHERE m.id = $1
     AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = m.case_id)";
const ONE_LETTER: &str = "SELECT l.id FROM dead_letters l WHERE l.id = $1
     AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = l.case_id)";
const ONE_FILE: &str = "SELECT a.item, a.sealed_bytes, CAST(CASE WHEN EXISTS
     (SELECT 1 FROM cases c JOIN items i ON i.case_seq = c.seq WHERE c.id = a.case_id AND i.id = a.item)
     THEN 1 ELSE 0 END AS BIGINT) FROM attachments a WHERE a.item = $1";
const ONE_CASE: &str = "SELECT id FROM cases WHERE id = $1";

impl Tx {
    /// The mailboxes after `after` whose case is not there, `size` looked at.
    pub async fn lost_mailboxes(&mut self, after: Uuid, size: i64) -> Result<Page<Sighting>, StoreError> {
        self.lost(FindingKind::MailboxWithoutCase, (MAILBOXES, LOST_MAILBOXES), after, size).await
    }

    /// The dead letters after `after` whose case is not there, `size` looked at.
    pub async fn lost_letters(&mut self, after: Uuid, size: i64) -> Result<Page<Sighting>, StoreError> {
        self.lost(FindingKind::LetterWithoutCase, (LETTERS, LOST_LETTERS), after, size).await
    }

    async fn lost(
        &mut self,
        kind: FindingKind,
        (page, lost): (&'static str, &'static str),
        after: Uuid,
        size: i64,
    ) -> Result<Page<Sighting>, StoreError> {
        let ids = fetch_all!(self, (Uuid,), page, after, size)?;
        let Some((last,)) = ids.last().copied() else { return Ok(Page { found: Vec::new(), last: None }) };
        let rows = fetch_all!(self, (Uuid,), lost, after, last)?;
        let found =
            rows.into_iter().map(|(id,)| Sighting { kind, object: id.to_string(), place: 0 }).collect();
        let whole = i64::try_from(ids.len()).unwrap_or(i64::MAX) >= size;
        Ok(Page { found, last: whole.then_some(last) })
    }

    /// The rows about sealed files after `after`.
    pub async fn shelf_rows(&mut self, after: Uuid, size: i64) -> Result<Page<ShelfRow>, StoreError> {
        let rows = fetch_all!(self, (Uuid, i64, i64), FILES, after, size)?;
        let whole = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= size;
        let last = rows.last().filter(|_| whole).map(|(item, ..)| *item);
        let row = |(item, bytes, opened): (Uuid, i64, i64)| ShelfRow { item, bytes, opened: opened == 1 };
        Ok(Page { found: rows.into_iter().map(row).collect(), last })
    }

    /// The row about one sealed file.
    pub async fn shelf_row(&mut self, item: Uuid) -> Result<Option<ShelfRow>, StoreError> {
        let row = fetch_optional!(self, (Uuid, i64, i64), ONE_FILE, item)?;
        Ok(row.map(|(item, bytes, opened)| ShelfRow { item, bytes, opened: opened == 1 }))
    }

    /// Whether a mailbox, a dead letter or a receipt of the journal is still without its case; nothing for the
    /// other kinds.
    pub async fn still_by_id(&mut self, seen: &Sighting) -> Result<Option<bool>, StoreError> {
        let (sql, lost_if_there) = match seen.kind {
            FindingKind::MailboxWithoutCase => (ONE_MAILBOX, true),
            FindingKind::LetterWithoutCase => (ONE_LETTER, true),
            FindingKind::JournalWithoutCase => (ONE_CASE, false),
            _ => return Ok(None),
        };
        let Ok(id) = Uuid::try_parse(&seen.object) else { return Ok(Some(false)) };
        let row = fetch_optional!(self, (Uuid,), sql, id)?;
        Ok(Some(row.is_some() == lost_if_there))
    }
}
