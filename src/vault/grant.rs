//! Grants: a desk's private key, wrapped to one of its members and signed by the lead who gave it.
//!
//! ```text
//! "HLg1" | deployment 16 | desk 16 | desk kid 8 | staff 16 | staff kid 8 | granter 16 | granter kid 8 | day u32 |
//! SHA-256(wrap) 32 | signature 64 | wrap 90
//! ```
//!
//! A grant made by a lead who has left since stays good. What protects the reader is threefold: the lead once led
//! the desk, the member is not revoked, and the key inside is one that the directory knows as the desk's.

use uuid::Uuid;

use super::bytes::Reader;
use super::hash::sha256_flat;
use super::wrap::{self, Bond, Object};
use super::{Directory, KeyId, PrivateKey, Recipient, StaffPublic, StaffSecret, Vault, VaultError, Wrap};
use crate::kernel::id::{DeskId, StaffId};

/// Who gives which desk's key to whom.
pub struct NewGrant<'a> {
    /// The desk.
    pub desk: DeskId,
    /// The desk's private key, unlocked by the giver.
    pub key: &'a PrivateKey,
    /// The receiver, as the directory has them.
    pub member: &'a StaffPublic,
    /// The giver, a lead of the desk.
    pub granter: StaffId,
    /// The giver's secret.
    pub secret: &'a StaffSecret,
    /// The day, since the Unix epoch.
    pub day: u32,
}

/// A grant as a row holds it; nothing in it is trusted before [`Grant::open`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    bytes: Vec<u8>,
    desk: DeskId,
    desk_kid: KeyId,
    staff: StaffId,
    granter: StaffId,
    granter_kid: KeyId,
    signed: usize,
    wrap: Wrap,
}

const SIGNED: usize = 4 + 16 + 16 + 8 + 16 + 8 + 16 + 8 + 4 + 32;

impl Grant {
    /// Makes a grant. Refuses a receiver who does not belong to the desk.
    pub fn make(vault: &Vault, new: &NewGrant<'_>) -> Result<Self, VaultError> {
        if new.member.desk != Some(new.desk) || new.key.kind() != Recipient::Desk {
            return Err(VaultError::NotEntitled);
        }
        let bond = bond(vault, new.desk);
        let wrap = wrap::seal(&vault.entropy, &new.member.wrap_key, &bond, new.key.seed())?;
        let mut bytes = Vec::with_capacity(SIGNED + 64 + 90);
        bytes.extend_from_slice(b"HLg1");
        bytes.extend_from_slice(&vault.deployment.bytes());
        bytes.extend_from_slice(&new.desk.bytes());
        bytes.extend_from_slice(&new.key.kid().to_bytes());
        bytes.extend_from_slice(&new.member.staff.bytes());
        bytes.extend_from_slice(&new.member.wrap_key.kid().to_bytes());
        bytes.extend_from_slice(&new.granter.bytes());
        bytes.extend_from_slice(&new.secret.sign_kid().to_bytes());
        bytes.extend_from_slice(&new.day.to_be_bytes());
        bytes.extend_from_slice(&sha256_flat(&[wrap.as_bytes()]));
        let signature = new.secret.sign_raw(&bytes);
        bytes.extend_from_slice(&signature);
        bytes.extend_from_slice(wrap.as_bytes());
        Self::from_row(bytes)
    }

    /// Reads a stored grant; checks its form, not its truth.
    pub fn from_row(bytes: Vec<u8>) -> Result<Self, VaultError> {
        let mut from = Reader::new(&bytes);
        from.magic(*b"HLg1")?;
        from.take::<16>()?;
        let desk = DeskId::from_uuid(Uuid::from_bytes(from.take()?));
        let desk_kid = KeyId::from_bytes(from.take()?);
        let staff = StaffId::from_uuid(Uuid::from_bytes(from.take()?));
        let staff_kid = KeyId::from_bytes(from.take()?);
        let granter = StaffId::from_uuid(Uuid::from_bytes(from.take()?));
        let granter_kid = KeyId::from_bytes(from.take()?);
        from.u32()?;
        let hash: [u8; 32] = from.take()?;
        from.take::<64>()?;
        let wrap = Wrap::from_row(from.rest().to_vec())?;
        if hash != sha256_flat(&[wrap.as_bytes()]) || wrap.kid() != staff_kid || wrap.is_symmetric() {
            return Err(VaultError::Malformed);
        }
        Ok(Self { bytes, desk, desk_kid, staff, granter, granter_kid, signed: SIGNED, wrap })
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The desk whose key it carries.
    #[must_use]
    pub const fn desk(&self) -> DeskId {
        self.desk
    }

    /// Which of the desk's keys it carries; the same name stands in the wraps that this key opens.
    #[must_use]
    pub const fn desk_kid(&self) -> KeyId {
        self.desk_kid
    }

    /// Whom it is for.
    #[must_use]
    pub const fn staff(&self) -> StaffId {
        self.staff
    }

    /// Whether a lead of the desk gave it to somebody not revoked, in this deployment.
    pub fn verify(&self, vault: &Vault, directory: &Directory) -> Result<(), VaultError> {
        let (signed, rest) = self.bytes.split_at_checked(self.signed).ok_or(VaultError::Malformed)?;
        let signature = rest.first_chunk::<64>().ok_or(VaultError::Malformed)?;
        let deployment = signed.get(4..20) == Some(&vault.deployment.bytes());
        let granter =
            directory.lead_ever(self.granter, self.desk, self.granter_kid).ok_or(VaultError::NotEntitled)?;
        let member = directory.unrevoked(self.staff).ok_or(VaultError::NotEntitled)?;
        let sound = deployment
            && member.desk == Some(self.desk)
            && directory.knows_desk_key(self.desk, self.desk_kid)
            && granter.sign_key.verify_raw(signed, signature);
        if sound { Ok(()) } else { Err(VaultError::NotEntitled) }
    }

    /// Verifies the grant and opens the desk's key with the member's secret.
    pub fn open(
        &self,
        vault: &Vault,
        directory: &Directory,
        secret: &StaffSecret,
    ) -> Result<PrivateKey, VaultError> {
        self.verify(vault, directory)?;
        let seed = wrap::open32(secret.key(), &bond(vault, self.desk), &self.wrap)?;
        let key = PrivateKey::from_seed(Recipient::Desk, &seed);
        if key.kid() == self.desk_kid { Ok(key) } else { Err(VaultError::DoesNotOpen) }
    }
}

/// Where a wrapped desk seed belongs.
pub(super) const fn bond(vault: &Vault, desk: DeskId) -> Bond {
    let id = desk.uuid();
    Bond { deployment: vault.deployment, object: Object::DeskSeed, id, case: Uuid::nil() }
}

#[cfg(test)]
mod tests;
