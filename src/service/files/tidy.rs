//! Files that no row names: a crash between the file and its commit leaves them. They are sealed, nobody can open
//! them, and they only take up room.

use std::collections::HashSet;

use super::disk;
use crate::kernel::id::ItemId;
use crate::service::{Error, Hotline};

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
        let old = shelf.old(now.minus(self.options().orphans_after)).await.map_err(disk)?;
        if old.is_empty() {
            return Ok(done);
        }
        let named = self.named_files().await?;
        for file in old.iter().filter(|f| !f.whole || !named.contains(&f.item)) {
            if file.whole && self.store().read().await?.attachment_exists(file.item).await? {
                continue;
            }
            shelf.discard(file).await.map_err(disk)?;
            if file.whole {
                done.orphans += 1;
            } else {
                done.parts += 1;
            }
        }
        if done != Tidied::default() {
            tracing::warn!(
                parts = done.parts,
                orphans = done.orphans,
                "files that no row names were removed"
            );
        }
        Ok(done)
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
