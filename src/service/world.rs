//! What a node knows of the service it serves: the tenant, its desks, and the public keys that chain to the
//! pinned root. Read at the start and whenever the directory changes; a key that does not chain is not here.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::lane::Kind;
use crate::kernel::Timestamp;
use crate::kernel::id::DeskId;
use crate::store::Store;
use crate::store::people::{Desk, Tenant};
use crate::vault::{Directory, Entry, PublicKey};

use super::{Error, Fault, Identity, Refusal};

/// What the database, or the copy beside the spool, says.
#[derive(Serialize, Deserialize)]
struct Rows {
    tenant: Tenant,
    desks: Vec<Desk>,
    entries: Vec<Vec<u8>>,
    serial: i64,
}

impl Rows {
    async fn read(store: &Store) -> Result<Self, Error> {
        let mut tx = store.read().await?;
        let tenant = tx.tenants().await?.into_iter().next().ok_or(Refusal::NotSetUp)?;
        Ok(Self {
            desks: tx.desks(tenant.id).await?,
            serial: tx.directory_serial(tenant.id).await?,
            entries: tx.directory_entries(tenant.id).await?,
            tenant,
        })
    }

    /// Writes the copy: whole or not at all.
    fn keep(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_vec(self).map_err(|e| Error::Fault(Fault::new(e)))?;
        let new = path.with_extension("new");
        let write = || -> std::io::Result<()> {
            let mut file = std::fs::File::create(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&new, path)
        };
        write().map_err(|e| Error::Fault(Fault::new(e)))
    }

    fn copy(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read(path).map_err(|e| Error::Fault(Fault::new(e)))?;
        serde_json::from_slice(&text).map_err(|e| Error::Fault(Fault::new(e)))
    }
}

/// A snapshot.
pub struct World {
    /// Whose service.
    pub tenant: Tenant,
    /// All desks, with the kind and the parent that were signed.
    pub desks: Vec<Desk>,
    /// How many rows of desks say another kind or parent than was signed.
    pub contradicted: usize,
    /// The verified keys.
    pub directory: Directory,
    /// Serial of the newest entry read.
    pub serial: i64,
    /// The day it was verified on.
    pub day: i64,
}

impl World {
    /// Reads and verifies. Without a tenant the installation is not set up.
    pub async fn load(store: &Store, identity: &Identity, now: Timestamp) -> Result<Self, Error> {
        Ok(Self::verify(identity, Rows::read(store).await?, now))
    }

    /// Reads, verifies, and keeps a copy for a start without the database. The copy is trusted as little as
    /// the rows: what counts is signed.
    pub async fn load_and_keep(
        store: &Store,
        identity: &Identity,
        now: Timestamp,
        copy: Option<&Path>,
    ) -> Result<Self, Error> {
        let rows = Rows::read(store).await?;
        if let Some(path) = copy {
            rows.keep(path)?;
        }
        Ok(Self::verify(identity, rows, now))
    }

    /// Like [`Self::load_and_keep`]; with the database away it takes the copy.
    pub async fn load_or_copy(
        store: &Store,
        identity: &Identity,
        now: Timestamp,
        copy: Option<&Path>,
    ) -> Result<Self, Error> {
        match (Self::load_and_keep(store, identity, now, copy).await, copy) {
            (Err(Error::Fault(f)), Some(path)) if f.is_away() && path.exists() => {
                tracing::error!("the database is away: starting with the copy of the key directory");
                Ok(Self::verify(identity, Rows::copy(path)?, now))
            }
            (other, _) => other,
        }
    }

    /// Keeps what chains to the root, and says loudly what does not.
    fn verify(identity: &Identity, rows: Rows, now: Timestamp) -> Self {
        let Rows { tenant, desks, entries: rows, serial } = rows;
        let entries: Vec<Entry> = rows.iter().filter_map(|row| Entry::from_row(row).ok()).collect();
        if entries.len() != rows.len() {
            tracing::error!(unreadable = rows.len() - entries.len(), "key directory: unreadable entries");
        }
        let directory = Directory::verify(&identity.root, identity.deployment, &entries, now.day());
        for rejected in directory.rejected() {
            tracing::error!(serial = rejected.serial, reason = ?rejected.reason, "key directory: entry refused");
        }
        let told = told_desks(desks, &directory);
        let contradicted = told.iter().filter(|(_, contradicted)| *contradicted).count();
        if contradicted > 0 {
            tracing::error!(contradicted, "desks: rows that contradict what was signed are not believed");
        }
        let (desks, contradicted) = (told.into_iter().map(|(d, _)| d).collect(), contradicted);
        Self { tenant, desks, directory, serial, day: now.day(), contradicted }
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

    /// Where what arrives for a lane goes first: the top desk of that kind.
    #[must_use]
    pub fn front_desk(&self, kind: Kind) -> Option<&Desk> {
        self.desks.iter().find(|d| d.kind == kind && d.parent.is_none())
    }

    /// Whether tips about officials have a desk of their own.
    #[must_use]
    pub fn has_oversight(&self) -> bool {
        self.front_desk(Kind::Oversight).is_some()
    }

    /// The top of a desk's tree.
    #[must_use]
    pub fn top_of(&self, desk: DeskId) -> DeskId {
        let mut at = desk;
        // A tree is never deeper than the number of desks: a loop in the rows cannot hang us.
        for _ in 0..self.desks.len() {
            match self.desk(at).and_then(|d| d.parent) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }

    /// Who reads the items of a desk: its own key and its parent's. Refused when the desk has no key that
    /// chains to the root: then nothing may be sealed to it.
    pub fn readers(&self, desk: DeskId) -> Result<Vec<&PublicKey>, Error> {
        self.directory.readers(desk).map_err(|e| Error::Fault(Fault::new(e)))
    }

    /// The desk's own key only, for notes.
    pub fn desk_key(&self, desk: DeskId) -> Result<&PublicKey, Error> {
        self.directory.desk(desk).map_err(|e| Error::Fault(Fault::new(e)))
    }
}

/// What desks are and where they stand is believed of signatures only; a row gives the name. Says of each whether
/// its row says otherwise.
fn told_desks(rows: Vec<Desk>, directory: &Directory) -> Vec<(Desk, bool)> {
    let signed = |row: Desk| match directory.kind(row.id) {
        None => (row, false),
        Some(kind) => {
            let parent = directory.parent(row.id);
            let contradicted = row.kind != kind || row.parent != parent;
            (Desk { kind, parent, ..row }, contradicted)
        }
    };
    rows.into_iter().map(signed).collect()
}
