//! Items: each sealed once under its own data key, which is wrapped to everyone who may read it.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::blob::{self, Framing};
use super::wrap::{self, Bond, Object};
use super::{ItemKind, Place, PrivateKey, PublicKey, Sealed, Vault, VaultError, Wrap};
use crate::kernel::Secret;

/// A sealed item with one wrap for each reader, in the order the readers were given.
#[derive(Debug, Clone)]
pub struct SealedItem {
    /// The content.
    pub blob: Sealed,
    /// The data key, once for each reader.
    pub wraps: Vec<Wrap>,
}

impl Vault {
    /// Seals a text under a new data key for the given readers. Attachments are streamed instead
    /// ([`Vault::seal_attachment`]); secrets of staff have their own functions.
    pub fn seal_item(&self, place: &Place, body: &[u8], to: &[&PublicKey]) -> Result<SealedItem, VaultError> {
        if Framing::of(place.kind) != Framing::Text || place.kind == ItemKind::Transit {
            return Err(VaultError::WrongKind);
        }
        let dek = Zeroizing::new(self.entropy.bytes()?);
        let context = place.context(self.deployment);
        let blob = blob::seal(&self.entropy, &dek, Framing::Text, &[&context], body)?;
        Ok(SealedItem { blob, wraps: self.wrap_all(place, &dek, to)? })
    }

    /// Opens a text with one of its wraps; nothing is released unless blob, wrap and place belong together.
    pub fn open_item(
        &self,
        place: &Place,
        blob: &Sealed,
        wrap: &Wrap,
        key: &PrivateKey,
    ) -> Result<Secret<Vec<u8>>, VaultError> {
        if Framing::of(place.kind) != Framing::Text || place.kind == ItemKind::Transit {
            return Err(VaultError::WrongKind);
        }
        let dek = self.unwrap_key(place, wrap, key)?;
        let context = place.context(self.deployment);
        let mut plain = blob::open(&dek, Framing::Text, &[&context], blob)?;
        Ok(Secret::new(std::mem::take(&mut *plain)))
    }

    /// Wraps an item's data key anew for another reader: transfer between desks, rotation of a desk key.
    pub fn rewrap(
        &self,
        place: &Place,
        wrap: &Wrap,
        key: &PrivateKey,
        to: &PublicKey,
    ) -> Result<Wrap, VaultError> {
        let dek = self.unwrap_key(place, wrap, key)?;
        wrap::seal(&self.entropy, to, &self.bond(place), dek.as_slice())
    }

    /// Wraps an item's data key anew under the symmetric key of the same owner, so that lists of summaries open
    /// without a public-key operation each.
    pub fn rewrap_symmetric(&self, place: &Place, wrap: &Wrap, key: &PrivateKey) -> Result<Wrap, VaultError> {
        let dek = self.unwrap_key(place, wrap, key)?;
        wrap::seal_symmetric(&self.entropy, key, &self.bond(place), dek.as_slice())
    }

    pub(super) fn wrap_all(
        &self,
        place: &Place,
        dek: &[u8; 32],
        to: &[&PublicKey],
    ) -> Result<Vec<Wrap>, VaultError> {
        let bond = self.bond(place);
        to.iter().map(|reader| wrap::seal(&self.entropy, reader, &bond, dek)).collect()
    }

    pub(super) fn unwrap_key(
        &self,
        place: &Place,
        wrap: &Wrap,
        key: &PrivateKey,
    ) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        wrap::open32(key, &self.bond(place), wrap)
    }

    const fn bond(&self, place: &Place) -> Bond {
        let (id, case): (Uuid, Uuid) = (place.item.uuid(), place.case.uuid());
        Bond { deployment: self.deployment, object: Object::DataKey, id, case }
    }
}

#[cfg(test)]
mod tests;
