//! What this database belongs to.

use super::{StoreError, Tx};

/// Names of the values kept.
pub mod name {
    /// The deployment's id.
    pub const DEPLOYMENT: &str = "deployment";
    /// Fingerprint of the keyring every node must hold.
    pub const KEYRING: &str = "keyring";
    /// Fingerprint of a keyring that is being renewed; a node that holds it already is right too.
    pub const KEYRING_NEXT: &str = "keyring_next";
    /// What the last verification of the audit log found, as JSON.
    pub const VERIFIED: &str = "audit_verified";
    /// How far the reconciler has come, as JSON.
    pub const RECONCILED: &str = "reconciled";
}

impl Tx {
    /// A value.
    pub async fn meta(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let row = fetch_optional!(self, (String,), "SELECT value FROM meta WHERE name = $1", name)?;
        Ok(row.map(|(v,)| v))
    }

    /// Sets a value.
    pub async fn set_meta(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO meta (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            value
        )?;
        Ok(())
    }

    /// Takes a value away.
    pub async fn forget_meta(&mut self, name: &str) -> Result<(), StoreError> {
        execute!(self, "DELETE FROM meta WHERE name = $1", name)?;
        Ok(())
    }

    /// Sets a value only if there is none yet; `false` when there was one. Used as the lock of the set-up.
    pub async fn claim_meta(&mut self, name: &str, value: &str) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            name,
            value
        )?;
        Ok(changed == 1)
    }
}
