//! Files that no row names: a crash between the file and its commit leaves them. They are sealed, nobody can open
//! them, and they only take up room.

use std::collections::HashSet;

use super::disk;
use crate::kernel::id::ItemId;
use crate::service::{Error, Hotline};
use crate::store::files::{Old, Olds, Shelf};

/// How many rows are read at a time.
const STRETCH: i64 = 1000;

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tidied {
    /// Files that were never finished.
    pub parts: usize,
    /// Finished ones that no row names.
    pub orphans: usize,
}

impl Hotline {
    /// Removes the files of the shelf that no row names and that nothing was written to for as long as the settings
    /// say. Each is asked for once more right before it goes.
    pub async fn tidy_shelf(&self) -> Result<Tidied, Error> {
        let (now, mut done) = (self.now(), Tidied::default());
        let Some(shelf) = self.shelf() else { return Ok(done) };
        if self.clock_is_suspect(now).await? {
            return Ok(done);
        }
        let before = now.minus(self.options().orphans_after);
        let (mut from, mut named, mut failed) = (None, None, None);
        loop {
            let Olds { files, next } = shelf.old(before, from).await.map_err(disk)?;
            if named.is_none() && !files.is_empty() {
                named = Some(self.named_files().await?);
            }
            let known = |file: &Old| file.whole && named.as_ref().is_some_and(|n| n.contains(&file.item));
            for file in files.iter().filter(|f| !known(f)) {
                // one that does not go must not keep the others
                failed = self.tidy(shelf, file, &mut done).await.err().or(failed);
            }
            if next.is_none() {
                break;
            }
            from = next;
        }
        if done != Tidied::default() {
            tracing::warn!(
                parts = done.parts,
                orphans = done.orphans,
                "files that no row names were removed"
            );
        }
        failed.map_or(Ok(done), Err)
    }

    async fn tidy(&self, shelf: &Shelf, file: &Old, done: &mut Tidied) -> Result<(), Error> {
        if file.whole && self.store().read().await?.attachment_exists(file.item).await? {
            return Ok(());
        }
        shelf.discard(file).await.map_err(disk)?;
        if file.whole {
            done.orphans += 1;
        } else {
            done.parts += 1;
        }
        Ok(())
    }

    async fn named_files(&self) -> Result<HashSet<ItemId>, Error> {
        let (mut named, mut last) = (HashSet::new(), None);
        loop {
            let some = self.store().read().await?.named_files(last, STRETCH).await?;
            let Some(newest) = some.last() else { return Ok(named) };
            last = Some(*newest);
            named.extend(some);
        }
    }
}
