//! Files too large for a row: sealed, in a folder of this node, under their item's id; and the rows about them.
//!
//! A file is written beside, synced and renamed before any row names it, so that a row never names half a file.
//! The reverse, a file that no row names, is what a crash leaves; it is sealed and can be removed at leisure.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, ItemId, TenantId};

/// How much is gathered before it is written.
const GATHER: usize = 256 * 1024;

/// The folder of sealed files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

/// A file that is being written. Dropped before [`Incoming::keep`], it is gone.
pub struct Incoming {
    file: Option<File>,
    pending: Vec<u8>,
    written: u64,
    temporary: PathBuf,
    target: PathBuf,
}

impl Shelf {
    /// The shelf in this folder, which is made when the first file comes.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self, item: ItemId) -> PathBuf {
        self.folder.join(item.to_string())
    }

    /// Begins a file.
    pub async fn begin(&self, item: ItemId) -> io::Result<Incoming> {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true).mode(0o700).create(&self.folder).await?;
        let target = self.path(item);
        let temporary = target.with_extension("part");
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary).await?;
        Ok(Incoming { file: Some(file), pending: Vec::new(), written: 0, temporary, target })
    }

    /// Opens a file for reading.
    pub async fn open(&self, item: ItemId) -> io::Result<File> {
        File::open(self.path(item)).await
    }

    /// How long a file is; none if it is not there.
    pub async fn length(&self, item: ItemId) -> io::Result<Option<u64>> {
        match fs::metadata(self.path(item)).await {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            about => Ok(Some(about?.len())),
        }
    }

    /// Removes a file; one that is not there is removed already.
    pub async fn remove(&self, item: ItemId) -> io::Result<()> {
        match fs::remove_file(self.path(item)).await {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

/// A file on the shelf that nothing was written to for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Old {
    /// Whose content it is, or was to become.
    pub item: ItemId,
    /// Whether it was finished; what was not, no row can name.
    pub whole: bool,
    path: PathBuf,
}

impl Shelf {
    /// The files that were last written to before `moment`. What has another name than ours is left alone.
    pub async fn old(&self, moment: Timestamp) -> io::Result<Vec<Old>> {
        let mut found = Vec::new();
        let mut folder = match fs::read_dir(&self.folder).await {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(found),
            folder => folder?,
        };
        while let Some(entry) = folder.next_entry().await? {
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            let bare = name.strip_suffix(".part");
            let Ok(item) = bare.unwrap_or(name).parse::<ItemId>() else { continue };
            if item.to_string() != bare.unwrap_or(name) {
                continue;
            }
            // One that went away meanwhile is no concern of ours any more.
            let Ok(about) = entry.metadata().await else { continue };
            if about.is_file() && written_at(&about)? < moment {
                found.push(Old { item, whole: bare.is_none(), path: entry.path() });
            }
        }
        Ok(found)
    }

    /// Removes such a file; one that is not there is removed already.
    pub async fn discard(&self, old: &Old) -> io::Result<()> {
        match fs::remove_file(&old.path).await {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

/// A time before 1970 is a broken clock's: such a file counts as new.
fn written_at(about: &std::fs::Metadata) -> io::Result<Timestamp> {
    let since = about.modified()?.duration_since(std::time::UNIX_EPOCH);
    let millis = since.ok().and_then(|d| i64::try_from(d.as_millis()).ok());
    Ok(Timestamp::from_millis(millis.unwrap_or(i64::MAX)))
}

impl Incoming {
    /// Where sealed bytes are to be appended before [`Incoming::flow`].
    pub fn pending(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Writes what has gathered, once there is enough of it.
    pub async fn flow(&mut self) -> io::Result<()> {
        if self.pending.len() >= GATHER { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.write_all(&self.pending).await?;
            self.written = self.written.saturating_add(self.pending.len() as u64);
        }
        self.pending.clear();
        Ok(())
    }

    /// Makes the file last and gives it its name; returns its length. It is durable when this returns.
    pub async fn keep(mut self) -> io::Result<u64> {
        self.write().await?;
        if let Some(mut file) = self.file.take() {
            let kept = async {
                file.flush().await?;
                file.sync_all().await?;
                fs::rename(&self.temporary, &self.target).await?;
                File::open(self.target.parent().unwrap_or(Path::new("."))).await?.sync_all().await
            };
            if let Err(e) = kept.await {
                let _best_effort = fs::remove_file(&self.temporary).await;
                return Err(e);
            }
        }
        Ok(self.written)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // What cannot be removed now is an orphan that names nobody.
            let _best_effort = std::fs::remove_file(&self.temporary);
        }
    }
}

impl Tx {
    /// Notes that a sealed file belongs to a case.
    pub async fn add_attachment(
        &mut self,
        tenant: TenantId,
        case: CaseId,
        item: ItemId,
        sealed_bytes: u64,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO attachments (item, tenant, case_id, sealed_bytes) VALUES ($1, $2, $3, $4)",
            item.uuid(),
            tenant.uuid(),
            case.uuid(),
            i64::try_from(sealed_bytes).unwrap_or(i64::MAX)
        )?;
        Ok(())
    }

    /// Whether a row names this sealed file.
    pub async fn attachment_exists(&mut self, item: ItemId) -> Result<bool, StoreError> {
        let row =
            fetch_optional!(self, (Uuid,), "SELECT item FROM attachments WHERE item = $1", item.uuid())?;
        Ok(row.is_some())
    }

    /// The sealed files that rows name, those after `item`, in order.
    pub async fn named_files(&mut self, item: Option<ItemId>, limit: i64) -> Result<Vec<ItemId>, StoreError> {
        let after = item.map_or(Uuid::nil(), ItemId::uuid);
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT item FROM attachments WHERE item > $1 ORDER BY item LIMIT $2",
            after,
            limit
        )?;
        Ok(rows.into_iter().map(|(item,)| ItemId::from_uuid(item)).collect())
    }

    /// The sealed files of a case.
    pub async fn attachments(&mut self, tenant: TenantId, case: CaseId) -> Result<Vec<ItemId>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT item FROM attachments WHERE case_id = $1 AND tenant = $2",
            case.uuid(),
            tenant.uuid()
        )?;
        Ok(rows.into_iter().map(|(item,)| ItemId::from_uuid(item)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Entropy;

    #[tokio::test]
    async fn a_file_has_its_name_only_once_it_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::new(folder.path().join("files"));
        let item = ItemId::random(&Entropy::seeded(1)).expect("seeded");
        let mut incoming = shelf.begin(item).await.expect("begins");
        incoming.pending().extend_from_slice(&vec![7; GATHER + 1]);
        incoming.flow().await.expect("writes");
        assert!(shelf.open(item).await.is_err());
        incoming.pending().push(8);
        assert_eq!(incoming.keep().await.expect("keeps"), GATHER as u64 + 2);
        assert!(shelf.open(item).await.is_ok());
        shelf.remove(item).await.expect("removes");
        shelf.remove(item).await.expect("is gone already");
        assert!(shelf.open(item).await.is_err());
    }

    #[tokio::test]
    async fn a_file_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::new(folder.path());
        let item = ItemId::random(&Entropy::seeded(1)).expect("seeded");
        drop(shelf.begin(item).await.expect("begins"));
        assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 0);
    }
}
