//! What a node knows of the service it serves: the tenant, its desks, and the public keys that chain to the
//! pinned root. Read at the start and whenever the directory changes; a key that does not chain is not here.
//!
//! What was seen to count once is remembered, in the process and in a copy beside the spool: a row that somebody
//! alters or deletes is reported, and intake goes on with the key that was signed. Nobody is turned away because a
//! row was changed, and nothing is sealed to what the row says instead.

mod rows;

use std::path::Path;

use crate::domain::lane::Kind;
use crate::kernel::Timestamp;
use crate::kernel::id::DeskId;
use crate::store::Store;
use crate::store::people::{Desk, Tenant};
use crate::vault::{Directory, Entry, NoTrustedKey, PublicKey};

use self::rows::Rows;
use super::{Error, Fault, Identity, Refusal};

/// A snapshot.
pub struct World {
    /// Whose service.
    pub tenant: Tenant,
    /// All desks, with the kind and the parent that were signed.
    pub desks: Vec<Desk>,
    /// The verified keys.
    pub directory: Directory,
    /// The highest serial known, in rows or in entries: the next entry takes a higher one.
    pub serial: i64,
    /// The highest serial that the database had: another one means that there is something new to read.
    pub read: i64,
    /// The day it was verified on.
    pub day: i64,
    /// What in the rows was not as it was signed.
    pub distrust: Distrust,
}

/// Signs that somebody wrote into the database, besides [`Directory::rejected`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Distrust {
    /// Directory entries that are not even of the right form.
    pub unreadable: usize,
    /// Directory entries that this node has seen and that are altered or gone.
    pub missed: usize,
    /// Desks whose rows are gone, or say another kind or parent than was signed.
    pub contradicted: usize,
}

impl World {
    /// Reads and verifies beside the copy, and renews the copy; with the database away it takes the copy alone.
    /// Without a tenant the installation is not set up.
    pub async fn load(
        store: &Store,
        identity: &Identity,
        now: Timestamp,
        copy: Option<&Path>,
    ) -> Result<Self, Error> {
        let kept = copy.and_then(Rows::copy);
        match (Rows::read(store).await, kept) {
            (Err(Error::Fault(f)), Some(kept)) if f.is_away() => {
                tracing::error!("the database is away: starting with the copy of the key directory");
                Ok(Self::verify(identity, kept, Memory::default(), now))
            }
            (rows, kept) => {
                let memory = kept.map(Memory::from).unwrap_or_default();
                Ok(Self::verify(identity, rows?, memory, now).keep(copy))
            }
        }
    }

    /// Reads again; what this snapshot knew and the database no longer shows is kept.
    pub async fn reload(
        &self,
        store: &Store,
        identity: &Identity,
        now: Timestamp,
        copy: Option<&Path>,
    ) -> Result<Self, Error> {
        let rows = Rows::read(store).await?;
        let mut memory = copy.and_then(Rows::copy).map(Memory::from).unwrap_or_default();
        memory.entries.extend(self.directory.entries().iter().cloned());
        memory.desks.extend(self.desks.iter().cloned());
        Ok(Self::verify(identity, rows, memory, now).keep(copy))
    }

    /// Keeps what chains to the root, and says loudly what does not.
    fn verify(identity: &Identity, rows: Rows, memory: Memory, now: Timestamp) -> Self {
        let entries = rows.entries();
        let directory = Directory::verify_with(
            &identity.root,
            identity.deployment,
            (&entries, &memory.entries),
            now.day(),
        );
        let (desks, contradicted) = told_desks(rows.desks, memory.desks, &directory);
        let distrust = Distrust {
            unreadable: rows.entries.len() - entries.len(),
            missed: directory.missed(),
            contradicted,
        };
        let newest = directory.entries().iter().map(|e| e.claim().serial).max().unwrap_or(0);
        let serial = rows.serial.max(i64::try_from(newest).unwrap_or(i64::MAX));
        let world = Self {
            tenant: rows.tenant,
            desks,
            directory,
            serial,
            read: rows.serial,
            day: now.day(),
            distrust,
        };
        world.cry_out();
        world
    }

    /// Writes the copy. A disk that takes no copy stops no intake.
    fn keep(self, path: Option<&Path>) -> Self {
        let entries = self.directory.entries().iter().map(Entry::to_bytes).collect();
        let (tenant, desks) = (self.tenant.clone(), self.desks.clone());
        let rows = Rows { tenant, desks, entries, serial: self.read };
        if let Some(Err(e)) = path.map(|path| rows.keep(path)) {
            tracing::error!(error = %e, "the copy of the key directory cannot be written");
        }
        self
    }

    fn cry_out(&self) {
        for rejected in self.directory.rejected() {
            tracing::error!(serial = rejected.serial, reason = ?rejected.reason, "key directory: entry refused");
        }
        if self.distrust != Distrust::default() {
            let Distrust { unreadable, missed, contradicted } = self.distrust;
            tracing::error!(
                unreadable,
                missed,
                contradicted,
                "key directory: the database does not show what was signed; what was signed is used"
            );
        }
        for desk in self.desks.iter().filter(|d| self.directory.desk(d.id).is_err()) {
            tracing::error!(
                desk = desk.name,
                "no key of this desk chains to the root: nothing is sealed to it"
            );
        }
    }

    /// A desk by id.
    #[must_use]
    pub fn desk(&self, id: DeskId) -> Option<&Desk> {
        self.desks.iter().find(|d| d.id == id)
    }

    /// A desk by name.
    #[must_use]
    pub fn desk_named(&self, name: &str) -> Option<&Desk> {
        self.desks.iter().find(|d| d.name == name)
    }

    /// Where what arrives for a lane goes first: the top desk of that kind, or the one nearest to the top that has
    /// a key to seal to.
    #[must_use]
    pub fn front_desk(&self, kind: Kind) -> Option<&Desk> {
        let sealable = |d: &&Desk| d.kind == kind && self.directory.desk(d.id).is_ok();
        self.desks.iter().filter(sealable).min_by_key(|d| self.above(d.id).count())
    }

    /// Why nothing can be taken for a lane: there is no such desk, or a person must mend its key.
    #[must_use]
    pub fn nobody_to_seal_to(&self, kind: Kind) -> Error {
        if self.desks.iter().any(|d| d.kind == kind) {
            Fault::for_now(NoTrustedKey).into()
        } else {
            Refusal::NotSetUp.into()
        }
    }

    /// Whether tips about officials have a desk of their own, even if nothing can be sealed to it now: they must
    /// not reach another one instead.
    #[must_use]
    pub fn has_oversight(&self) -> bool {
        self.desks.iter().any(|d| d.kind == Kind::Oversight)
    }

    /// The top of a desk's tree.
    #[must_use]
    pub fn top_of(&self, desk: DeskId) -> DeskId {
        self.above(desk).last().unwrap_or(desk)
    }

    /// The desks above a desk, nearest first.
    fn above(&self, desk: DeskId) -> impl Iterator<Item = DeskId> + '_ {
        let parent = |id: &DeskId| self.desk(*id).and_then(|d| d.parent);
        // A tree is never deeper than the number of desks: a loop in the rows cannot hang us.
        std::iter::successors(parent(&desk), move |id| parent(id)).take(self.desks.len())
    }

    /// Who reads the items of a desk: its own key and its parent's. A desk without a key that chains to the root
    /// is read by the nearest desk above it that has one; without any, nothing is sealed.
    pub fn readers(&self, desk: DeskId) -> Result<Vec<&PublicKey>, Error> {
        if let Ok(readers) = self.directory.readers(desk) {
            return Ok(readers);
        }
        let nearest = self.above(desk).find_map(|id| self.directory.desk(id).ok());
        nearest.map(|key| vec![key]).ok_or_else(|| Fault::for_now(NoTrustedKey).into())
    }

    /// The desk's own key only, for notes.
    pub fn desk_key(&self, desk: DeskId) -> Result<&PublicKey, Error> {
        self.directory.desk(desk).map_err(|e| Fault::for_now(e).into())
    }
}

/// What a node has seen before.
#[derive(Default)]
struct Memory {
    entries: Vec<Entry>,
    desks: Vec<Desk>,
}

impl From<Rows> for Memory {
    fn from(rows: Rows) -> Self {
        Self { entries: rows.entries(), desks: rows.desks }
    }
}

/// What desks are and where they stand is believed of signatures only; a row gives the name. A desk whose row is
/// gone is remembered as long as a signed key of it is known. Says how many rows did not say what was signed.
fn told_desks(rows: Vec<Desk>, remembered: Vec<Desk>, directory: &Directory) -> (Vec<Desk>, usize) {
    let mut contradicted = 0;
    let mut desks: Vec<Desk> = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(kind) = directory.kind(row.id) else {
            desks.push(row);
            continue;
        };
        let parent = directory.parent(row.id);
        contradicted += usize::from(row.kind != kind || row.parent != parent);
        desks.push(Desk { kind, parent, ..row });
    }
    for old in remembered {
        if directory.desk(old.id).is_ok() && desks.iter().all(|d| d.id != old.id) {
            contradicted += 1;
            desks.push(old);
        }
    }
    (desks, contradicted)
}
