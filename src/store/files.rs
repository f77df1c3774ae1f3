//! Files too large for a row: sealed, on a shelf under their item's id; and the rows about them. The shelf is a folder
//! of this node, or an S3-compatible object store that all nodes share.
//!
//! A file is whole and lasting on the shelf before any row names it, so that a row never names half a file. The reverse,
//! a file that no row names, is what a crash leaves; it is sealed and can be removed at leisure.

mod bucket;
mod folder;
mod rows;
mod trouble;
mod wire;

use std::io;
use std::path::PathBuf;

use futures_util::StreamExt;
use tokio::io::AsyncReadExt;

use crate::kernel::Timestamp;
use crate::kernel::id::ItemId;

pub use bucket::{BadBucket, Bucket, BucketOptions};
pub use folder::Folder;
pub use trouble::Trouble;

/// What stands behind the name of a file that is not whole.
const PART: &str = ".part";

/// How much of a file of the folder is read at a time, and about how much is appended before it may flow on.
const STRETCH: usize = 64 * 1024;

/// Where sealed files lie. Cheap to clone.
///
/// What an object store is asked is boxed: it is large, and a folder should not pay for it in every caller.
#[derive(Debug, Clone)]
pub enum Shelf {
    /// In a folder of this node.
    Folder(Folder),
    /// In an object store.
    Bucket(Bucket),
}

/// A file that is being written. Dropped before [`Incoming::keep`], it is gone.
pub struct Incoming {
    pending: Vec<u8>,
    written: u64,
    sink: Sink,
}

enum Sink {
    Folder(folder::Part),
    Bucket(bucket::Part),
}

/// A file that is being read.
pub struct Reading(Source);

enum Source {
    Folder(tokio::fs::File),
    Bucket(bucket::Stream),
}

/// A file on the shelf that nothing was written to for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Old {
    /// Whose content it is, or was to become.
    pub item: ItemId,
    /// Whether it was finished; what was not, no row can name.
    pub whole: bool,
}

/// A page of such files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Olds {
    /// The files.
    pub files: Vec<Old>,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
}

impl Shelf {
    /// The shelf in this folder, which is made when the first file comes.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self::Folder(Folder::new(folder))
    }

    /// Begins a file.
    pub async fn begin(&self, item: ItemId) -> io::Result<Incoming> {
        let sink = match self {
            Self::Folder(folder) => Sink::Folder(folder.begin(item).await?),
            Self::Bucket(bucket) => Sink::Bucket(bucket.begin(item)),
        };
        Ok(Incoming { pending: Vec::new(), written: 0, sink })
    }

    /// Opens a file for reading.
    pub async fn open(&self, item: ItemId) -> io::Result<Reading> {
        Ok(Reading(match self {
            Self::Folder(folder) => Source::Folder(folder.open(item).await?),
            Self::Bucket(bucket) => Source::Bucket(Box::pin(bucket.open(item)).await?),
        }))
    }

    /// How long a file is; none if it is not there.
    pub async fn length(&self, item: ItemId) -> io::Result<Option<u64>> {
        match self {
            Self::Folder(folder) => folder.length(item).await,
            Self::Bucket(bucket) => Box::pin(bucket.length(item)).await,
        }
    }

    /// How long these files are, given in ascending order: an object store is asked for many at once.
    pub async fn lengths(&self, items: &[ItemId]) -> io::Result<Vec<Option<u64>>> {
        match self {
            Self::Folder(folder) => folder.lengths(items).await,
            Self::Bucket(bucket) => Box::pin(bucket.lengths(items)).await,
        }
    }

    /// Removes a file; one that is not there is removed already.
    pub async fn remove(&self, item: ItemId) -> io::Result<()> {
        match self {
            Self::Folder(folder) => folder.remove(item).await,
            Self::Bucket(bucket) => Box::pin(bucket.remove(item)).await,
        }
    }

    /// A page of the files that were last written to before `moment`, from where the page before ended. What has
    /// another name than ours is left alone.
    pub async fn old(&self, moment: Timestamp, from: Option<String>) -> io::Result<Olds> {
        match self {
            Self::Folder(folder) => folder.old(moment).await,
            Self::Bucket(bucket) => Box::pin(bucket.old(moment, from)).await,
        }
    }

    /// Removes such a file; one that is not there is removed already.
    pub async fn discard(&self, old: &Old) -> io::Result<()> {
        match self {
            Self::Folder(folder) => folder.discard(old).await,
            Self::Bucket(bucket) => Box::pin(bucket.discard(old)).await,
        }
    }
}

impl Incoming {
    /// Where sealed bytes are to be appended before [`Incoming::flow`].
    pub fn pending(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Writes what has gathered, once there is enough of it.
    pub async fn flow(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Folder(part) if self.pending.len() >= folder::GATHER => {
                self.written = self.written.saturating_add(self.pending.len() as u64);
                part.write(&self.pending).await?;
                self.pending.clear();
            }
            Sink::Folder(_) => {}
            Sink::Bucket(part) => {
                // all parts but the last are equally long, and the last is not empty
                while self.pending.len() > bucket::PIECE {
                    // room for the next one at once: growing would copy it, and hold it twice
                    let mut rest = Vec::with_capacity(bucket::PIECE + STRETCH);
                    rest.extend(self.pending.drain(bucket::PIECE..));
                    let piece = std::mem::replace(&mut self.pending, rest);
                    self.written = self.written.saturating_add(piece.len() as u64);
                    Box::pin(part.send(piece)).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes the file last and gives it its name; returns its length. It is durable when this returns.
    pub async fn keep(mut self) -> io::Result<u64> {
        self.flow().await?;
        let length = self.written.saturating_add(self.pending.len() as u64);
        match self.sink {
            Sink::Folder(mut part) => {
                part.write(&self.pending).await?;
                part.keep().await?;
            }
            Sink::Bucket(part) => Box::pin(part.keep(self.pending, length)).await?,
        }
        Ok(length)
    }
}

impl Reading {
    /// The next bytes; none after the last.
    pub async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        match &mut self.0 {
            Source::Folder(file) => {
                let mut bytes = vec![0; STRETCH];
                let read = file.read(&mut bytes).await?;
                bytes.truncate(read);
                Ok(Some(bytes).filter(|b| !b.is_empty()))
            }
            Source::Bucket(stream) => {
                while let Some(bytes) = stream.next().await {
                    let bytes = bytes.map_err(|e| trouble::told(&e))?;
                    if !bytes.is_empty() {
                        return Ok(Some(bytes.to_vec()));
                    }
                }
                Ok(None)
            }
        }
    }
}

/// What the file of an item is called while it is not whole.
fn part_name(item: ItemId) -> String {
    format!("{item}{PART}")
}

/// What is not there is removed already.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Whose file has this name, and whether it is whole; nothing if the name is none of ours.
fn named(name: &str) -> Option<(ItemId, bool)> {
    let bare = name.strip_suffix(PART);
    let id = bare.unwrap_or(name);
    let item = id.parse::<ItemId>().ok()?;
    (item.to_string() == id).then_some((item, bare.is_none()))
}
