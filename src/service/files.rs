//! Files of a case, streamed: sealed as they come, opened as they go, never whole in memory.
//!
//! Each file is two items. The note (name, type, length) is opened with the case. The content lies on the shelf;
//! its item's row holds only the first bytes of the sealed stream, so that its wraps are kept, handed over and
//! destroyed like those of any item. The content's id follows from the note's, which binds the two.

mod tidy;

use std::io;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Builder;

use super::access::{Actor, kids};
use super::casefile::document;
use super::citizen::Added;
use super::once::Once;
use super::{Error, Fault, Hotline, Refusal};
use crate::domain::document::Attached;
use crate::domain::receipt::Receipt;
use crate::kernel::Secret;
use crate::kernel::id::{CaseId, DeskId, ItemId, TenantId};
use crate::store::audit::{Action, Entry};
use crate::store::files::{Incoming, Reading, Shelf};
use crate::store::items::{NewItem, NewWrap};
use crate::store::outbox::Hold;
use crate::store::replays::NewReplay;
use crate::store::writer::Work;
use crate::store::{StoreError, Tx};
use crate::vault::{AttachmentOpener, AttachmentSealer, ItemKind, Place, PublicKey, Sealed, Wrap, sha256};

pub use tidy::Tidied;

/// How many of the first sealed bytes stay in the item's row: the header, and what makes it a blob.
const IN_ROW: usize = 90;

/// A file on its way in.
pub struct Upload {
    hotline: Hotline,
    folder: Shelf,
    tenant: TenantId,
    case: CaseId,
    own: Option<PublicKey>,
    desk: DeskId,
    note: ItemId,
    wraps: Vec<NewWrap>,
    sealer: AttachmentSealer,
    incoming: Incoming,
    first: Vec<u8>,
    digest: Sha256,
    length: u64,
    most: u64,
    /// Given back when the file is kept or given up.
    place: Option<OwnedSemaphorePermit>,
}

/// A file on its way out.
pub struct Download {
    /// What is known of it.
    pub about: Attached,
    opener: Option<AttachmentOpener>,
    file: Reading,
}

/// The id of a file's content.
fn content_of(note: ItemId) -> ItemId {
    let mut bits = [0; 16];
    for (to, from) in bits.iter_mut().zip(sha256(&[b"tinan/file", &note.bytes()])) {
        *to = from;
    }
    ItemId::from_uuid(Builder::from_random_bytes(bits).into_uuid())
}

pub(crate) fn disk(e: io::Error) -> Error {
    Error::Fault(Fault::new(e))
}

impl Hotline {
    /// Begins a file for the case a receipt finds, of at most `most` bytes.
    pub async fn attach(&self, folder: &Shelf, readings: &[Receipt], most: u64) -> Result<Upload, Error> {
        let mut tx = self.store().read().await?;
        let found = self.find(&mut tx, readings).await?.ok_or_else(|| self.nobody())?;
        drop(tx);
        let place = self.upload_place(folder).await?;
        let upload = self.attach_to(folder, found.case, Some(found.key.private.public()), most).await?;
        Ok(Upload { place, ..upload })
    }

    /// A place among those who send files. On its way into an object store each may keep a piece of several MiB in memory,
    /// and anybody can begin one: who finds no place for a while is told to come back. A folder needs none.
    async fn upload_place(&self, shelf: &Shelf) -> Result<Option<OwnedSemaphorePermit>, Error> {
        if !matches!(shelf, Shelf::Bucket(_)) {
            return Ok(None);
        }
        let place = tokio::time::timeout(self.options().upload_wait, self.upload_places().acquire_owned());
        Ok(Some(place.await.ok().and_then(Result::ok).ok_or(Refusal::Busy)?))
    }

    /// Begins a file for a known case. `receipt` is the citizen's key, where there is one that can be trusted.
    pub(crate) async fn attach_to(
        &self,
        folder: &Shelf,
        id: CaseId,
        receipt: Option<&PublicKey>,
        most: u64,
    ) -> Result<Upload, Error> {
        let world = self.world();
        let case = self.store().read().await?.case(world.tenant.id, id).await?.ok_or(Refusal::NotFound)?;
        let own = receipt.filter(|_| !case.kind.is_tip());
        let to: Vec<&PublicKey> = world.readers(case.desk)?.into_iter().chain(own).collect();
        let note = ItemId::random(self.entropy())?;
        let content = content_of(note);
        let place = Place::first(ItemKind::Attachment, content, id);
        let (sealer, wraps) = self.vault().seal_attachment(&place, &to)?;
        let wraps = self.for_a_day(wraps, own);
        Ok(Upload {
            incoming: folder.begin(content).await.map_err(disk)?,
            hotline: self.clone(),
            folder: folder.clone(),
            desk: case.desk,
            tenant: case.tenant,
            case: id,
            own: own.cloned(),
            note,
            wraps,
            sealer,
            first: Vec::new(),
            digest: Sha256::new(),
            length: 0,
            most,
            place: None,
        })
    }

    /// Begins to read a file of a case, for a member of its desk. Reading is an audit event.
    pub async fn open_file(
        &self,
        actor: &Actor,
        folder: &Shelf,
        case: CaseId,
        note: ItemId,
    ) -> Result<Download, Error> {
        let world = self.world();
        let mut tx = self.store().read().await?;
        let file = self.file(&mut tx, actor, &world, case).await?;
        drop(tx);
        let keys = actor.keys_for(&world, file.case.desk);
        let item = file.items.iter().find(|i| i.id == note && i.kind == ItemKind::FileNote);
        let about: Attached = document(&file.open(self, item.ok_or(Refusal::NotFound)?, &keys)?)?;
        let content = content_of(note);
        let ours = kids(&keys);
        let stored = file.wraps.iter().find(|w| w.item == content && ours.contains(&w.wrap.kid()));
        let wrap = &stored.ok_or(Refusal::NotFound)?.wrap;
        let key = keys.iter().find(|k| k.kid() == wrap.kid()).ok_or(Refusal::NotFound)?;
        let place = Place::first(ItemKind::Attachment, content, case);
        let opener = self.vault().open_attachment(&place, wrap, key)?;
        let sealed = folder.open(content).await.map_err(disk)?;
        let (tenant, who, now) = (actor.tenant, actor.staff, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    tx.note(Entry::by(tenant, now, who, Action::FileRead, case.uuid()));
                    Ok(())
                })
            })
            .await?;
        Ok(Download { about, opener: Some(opener), file: sealed })
    }
}

impl Upload {
    /// Takes the next bytes.
    pub async fn push(&mut self, data: &[u8]) -> Result<(), Error> {
        self.length = self.length.saturating_add(data.len() as u64);
        if self.length > self.most {
            return Err(Refusal::TooLarge.into());
        }
        self.digest.update(data);
        self.sealer.push(data, self.incoming.pending())?;
        self.flow().await
    }

    async fn flow(&mut self) -> Result<(), Error> {
        keep_first(&mut self.first, self.incoming.pending());
        self.incoming.flow().await.map_err(disk)
    }

    /// A hash of everything that came so far: what makes a repetition the same request.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest.clone().finalize().into()
    }

    /// Ends the file. It is durable first, then its rows are committed in one unit; only then it is received.
    pub async fn finish(self, about: Attached, once: Option<Once>) -> Result<Added, Error> {
        let (hotline, folder) = (self.hotline.clone(), self.folder.clone());
        let added = Added { received_at: hotline.now() };
        let mut unit = self.close(about).await?;
        unit.replay = once.as_ref().map(|o| hotline.keep_answer(o, &added)).transpose()?;
        if hotline.commit_or_remove(&folder, unit).await? {
            return Ok(added);
        }
        // A twin of this request was quicker.
        let once = once.ok_or(Refusal::OtherRequest)?;
        hotline.answered_before(&once).await?.ok_or(Refusal::OtherRequest.into())
    }

    /// Ends a file that was fetched from a messenger: its rows and the end of the job are one commit. False if the
    /// job was somebody else's by then; the file is theirs to bring.
    pub(crate) async fn finish_fetched(self, about: Attached, job: Hold) -> Result<bool, Error> {
        let (hotline, folder) = (self.hotline.clone(), self.folder.clone());
        let mut unit = self.close(about).await?;
        unit.job = Some(job);
        hotline.commit_or_remove(&folder, unit).await
    }

    /// Makes the file last and its rows ready.
    async fn close(self, mut about: Attached) -> Result<Unit, Error> {
        if self.length == 0 {
            return Err(Refusal::Field("file").into());
        }
        let Self {
            hotline,
            tenant,
            case,
            own,
            desk,
            note,
            wraps,
            sealer,
            mut incoming,
            mut first,
            place,
            ..
        } = self;
        about.bytes = self.length;
        about.at = hotline.now();
        for piece in sealer.finish() {
            incoming.pending().extend_from_slice(&piece?);
            keep_first(&mut first, incoming.pending());
            incoming.flow().await.map_err(disk)?;
        }
        let content = content_of(note);
        let items = [
            hotline.seal_about(case, own.as_ref(), desk, (note, &about))?,
            NewItem {
                id: content,
                kind: ItemKind::Attachment.to_byte(),
                author: None,
                hour: about.at.hour(),
                blob: Sealed::from_row(first)?,
                wraps,
            },
        ];
        let sealed = incoming.keep().await.map_err(disk)?;
        drop(place);
        Ok(Unit { tenant, case, desk, content, items, replay: None, job: None, sealed })
    }
}

impl Download {
    /// The next bytes; none after the last. An error means that the file was altered or cut, and that what came
    /// before must not be trusted.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut out = Vec::new();
        while let Some(opener) = &mut self.opener {
            if let Some(sealed) = self.file.next().await.map_err(disk)? {
                opener.push(&sealed, &mut out)?;
            } else if let Some(opener) = self.opener.take() {
                opener.finish(&mut out)?;
            }
            if !out.is_empty() {
                return Ok(Some(out));
            }
        }
        Ok(None)
    }
}

/// Keeps the first sealed bytes for the row, before they flow to the shelf.
fn keep_first(first: &mut Vec<u8>, pending: &[u8]) {
    if first.is_empty()
        && let Some(start) = pending.get(..IN_ROW)
    {
        first.extend_from_slice(start);
    }
}

/// Everything about a file that is committed together.
struct Unit {
    tenant: TenantId,
    case: CaseId,
    desk: DeskId,
    content: ItemId,
    items: [NewItem; 2],
    replay: Option<NewReplay>,
    job: Option<Hold>,
    sealed: u64,
}

impl Hotline {
    /// Seals what is known of a file to the desk; in counselling the receipt opens it for a day, like the
    /// person's words.
    fn seal_about(
        &self,
        case: CaseId,
        own: Option<&PublicKey>,
        desk: DeskId,
        (note, about): (ItemId, &Attached),
    ) -> Result<NewItem, Error> {
        let world = self.world();
        let to: Vec<&PublicKey> = world.readers(desk)?.into_iter().chain(own).collect();
        let body = Secret::new(serde_json::to_vec(about).map_err(|e| Error::Fault(Fault::new(e)))?);
        let place = Place::first(ItemKind::FileNote, note, case);
        let sealed = self.vault().seal_item(&place, body.expose(), &to)?;
        let hour = about.at.hour();
        let wraps = self.for_a_day(sealed.wraps, own);
        let kind = ItemKind::FileNote.to_byte();
        Ok(NewItem { id: note, kind, author: None, hour, blob: sealed.blob, wraps })
    }

    /// Wraps to be stored; that of the receipt's key ends by itself.
    fn for_a_day(&self, wraps: Vec<Wrap>, own: Option<&PublicKey>) -> Vec<NewWrap> {
        let ends = self.now().hour().plus(self.options().own_words_for);
        let until = |wrap: &Wrap| own.filter(|o| o.kid() == wrap.kid()).map(|_| ends);
        wraps.into_iter().map(|wrap| NewWrap { until: until(&wrap), wrap }).collect()
    }

    /// Commits a file's rows. What was surely not committed is removed again: no row names it.
    async fn commit_or_remove(&self, folder: &Shelf, unit: Unit) -> Result<bool, Error> {
        let content = unit.content;
        let committed = self.commit_file(unit).await;
        // After a fault it is not known whether it was committed: the file stays, a row may name it.
        if matches!(committed, Ok(false) | Err(Error::Refused(_)))
            && let Err(e) = folder.remove(content).await
        {
            tracing::warn!(error = %e, "a file that no row names stays until it is tidied away");
        }
        committed
    }

    /// Commits a file's rows; false if a twin of the request, or another who had the job, was quicker.
    async fn commit_file(&self, unit: Unit) -> Result<bool, Error> {
        let (unit, hour) = (Arc::new(unit), self.now().hour());
        let committed = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move {
                    if let Some(replay) = &unit.replay
                        && !tx.add_replay(replay).await?
                    {
                        return Ok(false);
                    }
                    if let Some(job) = unit.job
                        && !tx.erase_outgoing(job).await?
                    {
                        return Ok(false);
                    }
                    let (tenant, case) = (unit.tenant, unit.case);
                    let rows: Vec<_> = unit.items.iter().map(|item| (tenant, case, item)).collect();
                    tx.insert_items(&rows).await?;
                    tx.add_attachment(tenant, case, unit.content, unit.sealed).await?;
                    tx.citizen_wrote(case, unit.desk, hour).await.map_err(|e| match e {
                        StoreError::Stale => Error::from(Refusal::Busy),
                        e => e.into(),
                    })?;
                    tx.note(Entry::by_nobody(tenant, hour, Action::FileAdded, case.uuid()));
                    Ok(true)
                })
            })
            .await?;
        self.wake();
        Ok(committed)
    }
}
