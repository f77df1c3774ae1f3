//! Sealed files in an S3-compatible object store, all nodes' together, under `PREFIX/DEPLOYMENT/ITEM`.
//!
//! A small file is one request. A larger one goes in pieces, and the store shows nothing of it before it is told that
//! it has them all; until then a small object beside it, `ITEM.part`, holds the name of the upload, so that what a
//! killed program left can be found and given up. A file counts as kept when the store, asked anew, has it in full length.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use hyper::body::Bytes;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{BackoffConfig, ObjectMeta, ObjectStoreExt, PutPayload, RetryConfig};

use super::trouble::{Trouble, told};
use super::wire::Wire;
use super::{Old, Olds, gone, named, part_name};
use crate::kernel::id::ItemId;
use crate::kernel::{Secret, Timestamp};

/// How long a piece is: the least that stores take.
pub(super) const PIECE: usize = 5 * 1024 * 1024;
/// How much of it is handed on at a time.
const SLICE: usize = 128 * 1024;
/// How many names are asked for at once; a store may give fewer.
const PAGE: usize = 1000;
/// How often a request is repeated that came to nothing.
const AGAIN: usize = 3;

/// Bytes as they come from the store.
pub(super) type Stream = BoxStream<'static, object_store::Result<Bytes>>;

/// Where an object store is, and how it knows us.
pub struct BucketOptions {
    /// The bucket.
    pub bucket: String,
    /// What all names begin with, without a slash at the end; may be empty.
    pub prefix: String,
    /// The store's address; empty for that of Amazon in this region.
    pub endpoint: String,
    /// The region, as requests are signed for it.
    pub region: String,
    /// Who we are there.
    pub access_key: Secret<String>,
    /// How we prove it.
    pub secret_key: Secret<String>,
    /// Certificates that are believed beside those of the public authorities, in PEM.
    pub roots: Vec<u8>,
    /// How long the store may say nothing.
    pub patience: Duration,
}

/// An object store cannot be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBucket {
    /// The certificates do not read.
    #[error("the certificates of the object store do not read")]
    Roots,
    /// The address does not.
    #[error("the address of the object store does not read")]
    Address,
}

/// A part of an object store that is this installation's own.
#[derive(Clone)]
pub struct Bucket {
    s3: Arc<AmazonS3>,
    /// What all names begin with, with a slash at the end.
    prefix: String,
}

/// What it holds includes how we prove who we are.
impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bucket")
    }
}

/// A file that is being written.
pub(super) struct Part {
    bucket: Bucket,
    item: ItemId,
    upload: Option<Upload>,
}

/// A file that goes in pieces.
struct Upload {
    id: String,
    pieces: Vec<PartId>,
}

impl Bucket {
    /// The part of the store that belongs to `deployment`. Nothing is asked of the store yet.
    pub fn new(options: &BucketOptions, deployment: &str) -> Result<Self, BadBucket> {
        let plain = options.endpoint.starts_with("http://");
        let wire = Wire::new(plain, &options.roots, options.patience).map_err(|_| BadBucket::Roots)?;
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        };
        let mut builder = AmazonS3Builder::new()
            .with_http_connector(wire)
            .with_bucket_name(&options.bucket)
            .with_region(&options.region)
            .with_access_key_id(options.access_key.expose())
            .with_secret_access_key(options.secret_key.expose())
            .with_retry(RetryConfig { backoff, max_retries: AGAIN, retry_timeout: options.patience })
            // not every store knows how to delete many at once
            .with_disable_bulk_delete(true);
        if !options.endpoint.is_empty() {
            builder = builder.with_endpoint(&options.endpoint).with_allow_http(plain);
        }
        let s3 = Arc::new(builder.build().map_err(|_| BadBucket::Address)?);
        let prefix = [options.prefix.as_str(), deployment].map(|p| p.trim_matches('/'));
        let prefix = prefix.iter().filter(|p| !p.is_empty()).fold(String::new(), |all, p| all + p + "/");
        Ok(Self { s3, prefix })
    }

    fn path(&self, item: ItemId) -> Path {
        Path::from(format!("{}{item}", self.prefix))
    }

    fn part_path(&self, item: ItemId) -> Path {
        Path::from(format!("{}{}", self.prefix, part_name(item)))
    }

    pub(super) fn begin(&self, item: ItemId) -> Part {
        Part { bucket: self.clone(), item, upload: None }
    }

    pub(super) async fn open(&self, item: ItemId) -> io::Result<Stream> {
        Ok(self.s3.get(&self.path(item)).await.map_err(|e| told(&e))?.into_stream())
    }

    pub(super) async fn length(&self, item: ItemId) -> io::Result<Option<u64>> {
        match self.s3.head(&self.path(item)).await.map_err(|e| told(&e)) {
            Ok(about) => Ok(Some(about.size)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Names come in order, a page a request; what is not among them is asked for by itself.
    pub(super) async fn lengths(&self, items: &[ItemId]) -> io::Result<Vec<Option<u64>>> {
        let (Some(first), Some(last)) = (items.first(), items.last()) else { return Ok(Vec::new()) };
        let last = format!("{}{last}", self.prefix);
        let mut listed = HashMap::new();
        // a name begins after its own beginning
        let mut after = format!("{}{first}", self.prefix);
        after.pop();
        // among too many others the rest is asked for one by one
        let mut names = 0;
        while names <= items.len() * 2 + PAGE {
            let (page, more) = self.page(Some(after)).await?;
            names += page.len();
            listed.extend(page.iter().filter_map(|o| Some((self.item(o)?, o.size))));
            match page.last() {
                Some(o) if more && *o.location.as_ref() < *last => after = o.location.to_string(),
                _ => break,
            }
        }
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            all.push(match listed.get(&(*item, true)) {
                Some(length) => Some(*length),
                None => self.length(*item).await?,
            });
        }
        Ok(all)
    }

    /// The names after one, in order, and whether the store has more.
    async fn page(&self, after: Option<String>) -> io::Result<(Vec<ObjectMeta>, bool)> {
        let options =
            PaginatedListOptions { offset: after, max_keys: Some(PAGE), ..PaginatedListOptions::default() };
        let prefix = Some(self.prefix.as_str()).filter(|p| !p.is_empty());
        let page = self.s3.list_paginated(prefix, options).await.map_err(|e| told(&e))?;
        Ok((page.result.objects, page.page_token.is_some()))
    }

    fn item(&self, object: &ObjectMeta) -> Option<(ItemId, bool)> {
        named(object.location.as_ref().strip_prefix(&self.prefix)?)
    }

    pub(super) async fn remove(&self, item: ItemId) -> io::Result<()> {
        self.delete(&self.path(item)).await
    }

    async fn delete(&self, path: &Path) -> io::Result<()> {
        gone(self.s3.delete(path).await.map_err(|e| told(&e)))
    }

    pub(super) async fn old(&self, moment: Timestamp, from: Option<String>) -> io::Result<Olds> {
        let (page, more) = self.page(from).await?;
        let old = |o: &&ObjectMeta| o.last_modified.timestamp_millis() < moment.as_millis();
        let files =
            page.iter().filter(old).filter_map(|o| self.item(o)).map(|(item, whole)| Old { item, whole });
        let next = page.last().filter(|_| more).map(|o| o.location.to_string());
        Ok(Olds { files: files.collect(), next })
    }

    pub(super) async fn discard(&self, old: &Old) -> io::Result<()> {
        if old.whole {
            return self.remove(old.item).await;
        }
        let note = match self.s3.get(&self.part_path(old.item)).await {
            Ok(note) => note.bytes().await,
            Err(e) => Err(e),
        };
        match note.map_err(|e| told(&e)) {
            Ok(id) => self.give_up(old.item, &String::from_utf8_lossy(&id)).await,
            Err(e) => gone(Err(e)),
        }
    }

    /// Gives an upload up, then what remembers it: in this order, so that it is never forgotten before.
    async fn give_up(&self, item: ItemId, upload: &str) -> io::Result<()> {
        let aborted =
            self.s3.abort_multipart(&self.path(item), &upload.to_owned()).await.map_err(|e| told(&e));
        match gone(aborted) {
            Err(e) if Trouble::of(&e) != Some(&Trouble::Refused("NoSuchUpload".to_owned())) => Err(e),
            _ => self.delete(&self.part_path(item)).await,
        }
    }
}

/// A body in slices, so that no layer below copies the whole of it.
fn payload(piece: Vec<u8>) -> PutPayload {
    let piece = Bytes::from(piece);
    let slices = (0..piece.len()).step_by(SLICE).map(|at| piece.slice(at..piece.len().min(at + SLICE)));
    slices.collect()
}

impl Part {
    /// Sends a piece. The first one begins the upload, and what remembers it is written before.
    pub(super) async fn send(&mut self, piece: Vec<u8>) -> io::Result<()> {
        let (s3, path) = (Arc::clone(&self.bucket.s3), self.bucket.path(self.item));
        if self.upload.is_none() {
            let id = s3.create_multipart(&path).await.map_err(|e| told(&e))?;
            let note = id.clone().into_bytes();
            self.upload = Some(Upload { id, pieces: Vec::new() });
            s3.put(&self.bucket.part_path(self.item), note.into()).await.map_err(|e| told(&e))?;
        }
        let Some(upload) = &mut self.upload else { return Ok(()) };
        let number = upload.pieces.len();
        upload
            .pieces
            .push(s3.put_part(&path, &upload.id, number, payload(piece)).await.map_err(|e| told(&e))?);
        Ok(())
    }

    /// Sends the last piece. Whatever the store answered, what counts is what it has: an answer can be lost, or be
    /// wrong.
    pub(super) async fn keep(mut self, last: Vec<u8>, length: u64) -> io::Result<()> {
        let sent = self.complete(last).await;
        match (self.bucket.length(self.item).await, sent) {
            (Ok(Some(there)), _) if there == length => {}
            (Err(e), sent) => return Err(sent.err().unwrap_or(e)),
            (Ok(_), sent) => {
                // What cannot be removed now is found when it is old.
                let _best_effort = self.bucket.remove(self.item).await;
                return Err(sent.err().unwrap_or_else(|| Trouble::Different.into()));
            }
        }
        if self.upload.take().is_some() {
            // What stays is found when it is old, and leads to nothing.
            let _best_effort = self.bucket.delete(&self.bucket.part_path(self.item)).await;
        }
        Ok(())
    }

    async fn complete(&mut self, last: Vec<u8>) -> io::Result<()> {
        let (s3, path) = (Arc::clone(&self.bucket.s3), self.bucket.path(self.item));
        if self.upload.is_none() {
            s3.put(&path, payload(last)).await.map_err(|e| told(&e))?;
            return Ok(());
        }
        self.send(last).await?;
        let Some(upload) = &mut self.upload else { return Ok(()) };
        let pieces = std::mem::take(&mut upload.pieces);
        s3.complete_multipart(&path, &upload.id, pieces).await.map_err(|e| told(&e))?;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        let (bucket, item) = (self.bucket.clone(), self.item);
        // What cannot be given up now is found when it is old.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let _best_effort = bucket.give_up(item, &upload.id).await;
            });
        }
    }
}
