//! Sealed files in a folder: written beside, synced and renamed before any row names them.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::{Old, Olds, gone, named, part_name};
use crate::kernel::Timestamp;
use crate::kernel::id::ItemId;

/// How much is gathered before it is written.
pub(super) const GATHER: usize = 256 * 1024;

/// A folder of sealed files.
#[derive(Debug, Clone)]
pub struct Folder {
    folder: PathBuf,
}

/// A file that is being written.
pub(super) struct Part {
    file: Option<File>,
    temporary: PathBuf,
    target: PathBuf,
}

impl Folder {
    pub(super) fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self, item: ItemId) -> PathBuf {
        self.folder.join(item.to_string())
    }

    fn part_path(&self, item: ItemId) -> PathBuf {
        self.folder.join(part_name(item))
    }

    pub(super) async fn begin(&self, item: ItemId) -> io::Result<Part> {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true).mode(0o700).create(&self.folder).await?;
        let temporary = self.part_path(item);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary).await?;
        Ok(Part { file: Some(file), temporary, target: self.path(item) })
    }

    pub(super) async fn open(&self, item: ItemId) -> io::Result<File> {
        File::open(self.path(item)).await
    }

    pub(super) async fn length(&self, item: ItemId) -> io::Result<Option<u64>> {
        match fs::metadata(self.path(item)).await {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            about => Ok(Some(about?.len())),
        }
    }

    pub(super) async fn lengths(&self, items: &[ItemId]) -> io::Result<Vec<Option<u64>>> {
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            all.push(self.length(*item).await?);
        }
        Ok(all)
    }

    pub(super) async fn remove(&self, item: ItemId) -> io::Result<()> {
        gone(fs::remove_file(self.path(item)).await)
    }

    /// All of them on one page: a folder is read in no order.
    pub(super) async fn old(&self, moment: Timestamp) -> io::Result<Olds> {
        let mut found = Olds::default();
        let mut folder = match fs::read_dir(&self.folder).await {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(found),
            folder => folder?,
        };
        while let Some(entry) = folder.next_entry().await? {
            let name = entry.file_name();
            let Some((item, whole)) = named(name.to_str().unwrap_or_default()) else { continue };
            // One that went away meanwhile is no concern of ours any more.
            let Ok(about) = entry.metadata().await else { continue };
            if about.is_file() && written_at(&about)? < moment {
                found.files.push(Old { item, whole });
            }
        }
        Ok(found)
    }

    pub(super) async fn discard(&self, old: &Old) -> io::Result<()> {
        let path = if old.whole { self.path(old.item) } else { self.part_path(old.item) };
        gone(fs::remove_file(path).await)
    }
}

/// A time before 1970 is a broken clock's: such a file counts as new.
fn written_at(about: &std::fs::Metadata) -> io::Result<Timestamp> {
    let since = about.modified()?.duration_since(std::time::UNIX_EPOCH);
    let millis = since.ok().and_then(|d| i64::try_from(d.as_millis()).ok());
    Ok(Timestamp::from_millis(millis.unwrap_or(i64::MAX)))
}

impl Part {
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(bytes).await,
            None => Ok(()),
        }
    }

    pub(super) async fn keep(mut self) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let kept = async {
            file.flush().await?;
            file.sync_all().await?;
            fs::rename(&self.temporary, &self.target).await?;
            File::open(self.target.parent().unwrap_or(Path::new("."))).await?.sync_all().await
        };
        let kept = kept.await;
        if kept.is_err() {
            let _best_effort = fs::remove_file(&self.temporary).await;
        }
        kept
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // What cannot be removed now is an orphan that names nobody.
            let _best_effort = std::fs::remove_file(&self.temporary);
        }
    }
}
