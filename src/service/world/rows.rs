//! What the database, or the copy beside the spool, says about the service; nothing in it is believed for that.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Error, Fault, Refusal};
use crate::store::Store;
use crate::store::people::{Desk, Tenant};
use crate::vault::Entry;

#[derive(Serialize, Deserialize)]
pub(super) struct Rows {
    pub(super) tenant: Tenant,
    pub(super) desks: Vec<Desk>,
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) serial: i64,
}

impl Rows {
    pub(super) async fn read(store: &Store) -> Result<Self, Error> {
        let mut tx = store.read().await?;
        let tenant = tx.tenants().await?.into_iter().next().ok_or(Refusal::NotSetUp)?;
        Ok(Self {
            desks: tx.desks(tenant.id).await?,
            serial: tx.directory_serial(tenant.id).await?,
            entries: tx.directory_entries(tenant.id).await?,
            tenant,
        })
    }

    /// The entries of the right form.
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.entries.iter().filter_map(|row| Entry::from_row(row).ok()).collect()
    }

    /// The copy, if there is one that can be read.
    pub(super) fn copy(path: &Path) -> Option<Self> {
        let text = std::fs::read(path).ok()?;
        let read = serde_json::from_slice(&text);
        if read.is_err() {
            tracing::error!("the copy of the key directory is damaged and is made anew");
        }
        read.ok()
    }

    /// Writes the copy, whole or not at all, if it says something new.
    pub(super) fn keep(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_vec(self).map_err(|e| Error::Fault(Fault::new(e)))?;
        if std::fs::read(path).is_ok_and(|old| old == text) {
            return Ok(());
        }
        let new = path.with_extension("new");
        let write = || -> std::io::Result<()> {
            let mut file = std::fs::File::create(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&new, path)
        };
        write().map_err(|e| Error::Fault(Fault::new(e)))
    }
}
