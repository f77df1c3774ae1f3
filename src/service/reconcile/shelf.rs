//! Files on the shelf against the rows that name them. The shelf may be away when the database is not: then nothing is
//! said about files, and everything else is compared as ever.

use std::io;
use std::time::Duration;

use uuid::Uuid;

use super::round::Round;
use crate::domain::finding::FindingKind;
use crate::kernel::id::ItemId;
use crate::service::Error;
use crate::service::files::disk;
use crate::store::files::Shelf;
use crate::store::findings::Sighting;
use crate::store::reconcile::ShelfRow;

/// How long after its time a file that no row names may still lie there before somebody is told: it is tidied away
/// once an hour.
const TIDY: Duration = Duration::from_hours(2);

impl Round<'_> {
    /// A page of the rows; at the end of a lap also a page of what lies there and nobody names.
    pub(super) async fn files(&mut self) -> Result<(), Error> {
        if self.unread.is_some() {
            return Ok(());
        }
        let Some(shelf) = self.hotline.shelf().cloned() else { return Ok(()) };
        let most = self.progress.files_page(self.pace.old_rows);
        let page = self.tx.shelf_rows(self.progress.files, most).await?;
        let items: Vec<ItemId> = page.found.iter().map(|row| ItemId::from_uuid(row.item)).collect();
        let lengths = self.patiently(shelf.lengths(&items)).await;
        // the same page asked for in every round would never be passed if it is what takes too long
        self.progress.pace_files(lengths.is_none());
        let Some(lengths) = lengths else { return Ok(()) };
        for (row, length) in page.found.iter().zip(lengths) {
            self.seen.extend(wrong(row, length).into_iter().map(|kind| row.sighting(kind)));
        }
        self.progress.files = page.last.unwrap_or_default();
        if page.last.is_some() { Ok(()) } else { self.unnamed(&shelf).await }
    }

    async fn unnamed(&mut self, shelf: &Shelf) -> Result<(), Error> {
        let before = self.hotline.now().minus(self.hotline.options().orphans_after + TIDY);
        let from = Some(self.progress.names.clone()).filter(|n| !n.is_empty());
        let Some(page) = self.patiently(shelf.old(before, from)).await else { return Ok(()) };
        for file in page.files {
            if file.whole && !self.tx.attachment_exists(file.item).await? {
                let object = file.item.to_string();
                self.seen.insert(Sighting { kind: FindingKind::FileUnnamed, object, place: 0 });
            }
        }
        self.progress.names = page.next.unwrap_or_default();
        Ok(())
    }

    /// What the shelf says; nothing if it is away, which is then known for the rest of the round.
    async fn patiently<T>(&mut self, asked: impl Future<Output = io::Result<T>>) -> Option<T> {
        let late = || io::Error::from(io::ErrorKind::TimedOut);
        let said =
            tokio::time::timeout(self.pace.shelf_patience, asked).await.unwrap_or_else(|_| Err(late()));
        said.map_err(|e| self.unread = Some(disk(e))).ok()
    }

    /// Whether a sighting of a file is still there; nothing for the other kinds.
    pub(super) async fn still_on_shelf(&mut self, seen: &Sighting) -> Result<Option<bool>, Error> {
        if !is_of_a_file(seen.kind) {
            return Ok(None);
        }
        let Some(shelf) = self.hotline.shelf().cloned() else { return Ok(Some(true)) };
        let Ok(item) = Uuid::try_parse(&seen.object) else { return Ok(Some(false)) };
        if self.unread.is_some() {
            return Ok(Some(true));
        }
        let row = self.tx.shelf_row(item).await?;
        let Some(length) = self.patiently(shelf.length(ItemId::from_uuid(item))).await else {
            return Ok(Some(true));
        };
        let still = match row {
            None => seen.kind == FindingKind::FileUnnamed && length.is_some(),
            Some(row) => wrong(&row, length).contains(&seen.kind),
        };
        Ok(Some(still))
    }
}

/// Whether only a look at the shelf can tell.
pub(super) fn is_of_a_file(kind: FindingKind) -> bool {
    matches!(kind, FindingKind::FileMissing | FindingKind::FileUnnamed | FindingKind::FileWithoutItem)
}

/// What is wrong with a row about a file of this length.
fn wrong(row: &ShelfRow, length: Option<u64>) -> Vec<FindingKind> {
    let whole = length.is_some_and(|n| n >= row.bytes.unsigned_abs());
    let mut all = Vec::new();
    if !whole {
        all.push(FindingKind::FileMissing);
    }
    if !row.opened {
        all.push(FindingKind::FileWithoutItem);
    }
    all
}
