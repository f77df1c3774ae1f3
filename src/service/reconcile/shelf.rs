//! Files on the shelf against the rows that name them.

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
    /// A page of the rows; at the end of a lap also the files that nobody names.
    pub(super) async fn files(&mut self) -> Result<(), Error> {
        let Some(shelf) = self.hotline.shelf().cloned() else { return Ok(()) };
        let page = self.tx.shelf_rows(self.progress.files, self.pace.old_rows).await?;
        for row in &page.found {
            for kind in wrong(&shelf, row).await? {
                self.seen.insert(row.sighting(kind));
            }
        }
        self.progress.files = page.last.unwrap_or_default();
        if page.last.is_some() {
            return Ok(());
        }
        let before = self.hotline.now().minus(self.hotline.options().orphans_after + TIDY);
        for file in shelf.old(before).await.map_err(disk)? {
            if file.whole && !self.tx.attachment_exists(file.item).await? {
                let object = file.item.to_string();
                self.seen.insert(Sighting { kind: FindingKind::FileUnnamed, object, place: 0 });
            }
        }
        Ok(())
    }

    /// Whether a sighting of a file is still there; nothing for the other kinds.
    pub(super) async fn still_on_shelf(&mut self, seen: &Sighting) -> Result<Option<bool>, Error> {
        use FindingKind::{FileMissing, FileUnnamed, FileWithoutItem};
        if !matches!(seen.kind, FileMissing | FileUnnamed | FileWithoutItem) {
            return Ok(None);
        }
        let Some(shelf) = self.hotline.shelf().cloned() else { return Ok(Some(true)) };
        let Ok(item) = Uuid::try_parse(&seen.object) else { return Ok(Some(false)) };
        let row = self.tx.shelf_row(item).await?;
        let still = match row {
            None if seen.kind == FileUnnamed => {
                shelf.length(ItemId::from_uuid(item)).await.map_err(disk)?.is_some()
            }
            None => false,
            Some(row) => wrong(&shelf, &row).await?.contains(&seen.kind),
        };
        Ok(Some(still))
    }
}

/// What is wrong with a row about a file.
async fn wrong(shelf: &Shelf, row: &ShelfRow) -> Result<Vec<FindingKind>, Error> {
    let length = shelf.length(ItemId::from_uuid(row.item)).await.map_err(disk)?;
    let whole = length.is_some_and(|n| n >= row.bytes.unsigned_abs());
    let mut all = Vec::new();
    if !whole {
        all.push(FindingKind::FileMissing);
    }
    if !row.opened {
        all.push(FindingKind::FileWithoutItem);
    }
    Ok(all)
}
