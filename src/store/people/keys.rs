//! The rows of desk keys: wrapped to members, and nested for the custodians of a tree.

use uuid::Uuid;

use crate::kernel::id::{DeskId, StaffId, TenantId};
use crate::store::{StoreError, Tx};
use crate::vault::KeyId;

/// A desk's key, wrapped to a member, with the leader's signature.
#[derive(Clone)]
pub struct GrantRow {
    /// Which desk.
    pub desk: DeskId,
    /// Which of its keys.
    pub desk_key: KeyId,
    /// To whom.
    pub staff: StaffId,
    /// The grant.
    pub bytes: Vec<u8>,
}

/// A desk's key, nested for a pair of custodians.
#[derive(Clone)]
pub struct RecoveryRow {
    /// Which desk.
    pub desk: DeskId,
    /// Which of its keys.
    pub desk_key: KeyId,
    /// `AB`, `AC` or `BC`.
    pub pair: String,
    /// The wrap.
    pub wrap: Vec<u8>,
}

fn key_id(table: &'static str, bytes: Vec<u8>) -> Result<KeyId, StoreError> {
    Ok(KeyId::from_bytes(bytes.try_into().map_err(|_| StoreError::Corrupt { table, column: "desk_key" })?))
}

impl Tx {
    /// Stores a grant.
    pub async fn add_grant(&mut self, tenant: TenantId, g: &GrantRow) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO grants (tenant, desk, desk_key, staff, grant_bytes) VALUES ($1, $2, $3, $4, $5)",
            tenant.uuid(),
            g.desk.uuid(),
            g.desk_key.to_bytes().as_slice(),
            g.staff.uuid(),
            g.bytes.as_slice()
        )?;
        Ok(())
    }

    /// The grants a member holds.
    pub async fn grants_of(&mut self, staff: StaffId) -> Result<Vec<GrantRow>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, Vec<u8>, Vec<u8>),
            "SELECT desk, desk_key, grant_bytes FROM grants WHERE staff = $1 ORDER BY desk",
            staff.uuid()
        )?;
        rows.into_iter()
            .map(|(desk, key, bytes)| {
                Ok(GrantRow { desk: DeskId::from_uuid(desk), desk_key: key_id("grants", key)?, staff, bytes })
            })
            .collect()
    }

    /// Who holds a key of a desk and has not left.
    pub async fn holders(&mut self, desk: DeskId, key: KeyId) -> Result<Vec<StaffId>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT g.staff FROM grants g JOIN staff s ON s.id = g.staff
             WHERE g.desk_key = $2 AND g.desk = $1 AND s.removed = 0 ORDER BY g.staff",
            desk.uuid(),
            key.to_bytes().as_slice()
        )?;
        Ok(rows.into_iter().map(|(staff,)| StaffId::from_uuid(staff)).collect())
    }

    /// Stores a recovery wrap.
    pub async fn add_recovery(&mut self, tenant: TenantId, r: &RecoveryRow) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO recoveries (tenant, desk, desk_key, pair, wrap) VALUES ($1, $2, $3, $4, $5)",
            tenant.uuid(),
            r.desk.uuid(),
            r.desk_key.to_bytes().as_slice(),
            r.pair.as_str(),
            r.wrap.as_slice()
        )?;
        Ok(())
    }

    /// The recovery wraps of a desk.
    pub async fn recoveries(&mut self, desk: DeskId) -> Result<Vec<RecoveryRow>, StoreError> {
        let rows = fetch_all!(
            self,
            (Vec<u8>, String, Vec<u8>),
            "SELECT desk_key, pair, wrap FROM recoveries WHERE desk = $1 ORDER BY desk_key, pair",
            desk.uuid()
        )?;
        rows.into_iter()
            .map(|(key, pair, wrap)| {
                Ok(RecoveryRow { desk, desk_key: key_id("recoveries", key)?, pair, wrap })
            })
            .collect()
    }
}
