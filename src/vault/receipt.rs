//! A citizen's receipt: 95 random bits that the citizen alone holds.
//!
//! No slow hash: the bits are random, and an expensive function at an anonymous door would be a way to shut it.
//! The look-up value and the key pair come from the same secret by different labels, bound to the deployment.

use std::fmt;

use super::hash::{expand, extract};
use super::{PrivateKey, PublicKey, Recipient, VaultError};
use crate::kernel::Secret;
use crate::kernel::id::DeploymentId;

/// What the database finds a receipt's case by; tells nothing about the receipt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReceiptLookup([u8; 16]);

impl fmt::Debug for ReceiptLookup {
    /// Shows nothing: in a log it would tie a moment to a citizen's row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptLookup(..)")
    }
}

impl ReceiptLookup {
    /// From the bytes a row holds.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// What follows from a receipt. No `Debug`: the private half opens what the desk wrote.
pub struct ReceiptKey {
    /// What the row is found by.
    pub lookup: ReceiptLookup,
    /// The key pair; only the public half is ever stored.
    pub private: PrivateKey,
}

impl ReceiptKey {
    /// From the 19 symbols' 95 bits, big-endian and left-aligned in 12 bytes (the last bit is 0).
    #[must_use]
    pub fn derive(deployment: DeploymentId, bits: &Secret<[u8; 12]>) -> Self {
        let prk = extract(&deployment.bytes(), bits.expose());
        let id: [u8; 32] = *expand(&prk, &[b"hotline/v1 receipt-id"]);
        let mut lookup = [0; 16];
        lookup.copy_from_slice(&id[..16]);
        let seed = expand(&prk, &[b"hotline/v1 receipt-x25519"]);
        let private = PrivateKey::from_seed(Recipient::Receipt, &seed);
        Self { lookup: ReceiptLookup(lookup), private }
    }

    /// A receipt's public key from its row. Before anything is sealed to it for a known case, the caller compares
    /// it with the copy inside the sealed tip: with write access to the row alone nobody may read the replies.
    pub fn public_from_row(bytes: &[u8]) -> Result<PublicKey, VaultError> {
        let raw = bytes.try_into().map_err(|_| VaultError::Malformed)?;
        PublicKey::trust(Recipient::Receipt, raw)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ItemKind, Place, Vault};
    use super::*;
    use crate::kernel::Entropy;
    use crate::kernel::id::{CaseId, ItemId};

    #[test]
    fn the_receipt_opens_what_was_sealed_to_its_row_and_another_does_not() {
        let entropy = Entropy::seeded(12);
        let here = DeploymentId::random(&entropy).expect("seeded");
        let vault = Vault::new(here, entropy.clone());
        let receipt = ReceiptKey::derive(here, &Secret::new([7; 12]));
        let public = ReceiptKey::public_from_row(&receipt.private.public().to_bytes()).expect("32 bytes");
        let item = ItemId::random(&entropy).expect("seeded");
        let place = Place::first(ItemKind::Reply, item, CaseId::random(&entropy).expect("seeded"));
        let sealed = vault.seal_item(&place, b"thanks", &[&public]).expect("sealed");
        let open = |key: &ReceiptKey| vault.open_item(&place, &sealed.blob, &sealed.wraps[0], &key.private);
        let again = ReceiptKey::derive(here, &Secret::new([7; 12]));
        assert_eq!(open(&again).expect("opens").expose(), b"thanks");

        let elsewhere = DeploymentId::random(&entropy).expect("seeded");
        let mut slip = [7; 12];
        slip[11] = 6;
        for other in [
            ReceiptKey::derive(elsewhere, &Secret::new([7; 12])),
            ReceiptKey::derive(here, &Secret::new(slip)),
        ] {
            assert_ne!(other.lookup, receipt.lookup);
            assert!(open(&other).is_err());
        }
        assert!(ReceiptKey::public_from_row(&[1; 31]).is_err());
    }
}
