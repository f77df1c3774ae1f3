//! A citizen's receipt: 95 random bits that the citizen alone holds.
//!
//! No slow hash: the bits are random, and an expensive function at an anonymous door would be a way to shut it.
//! The look-up value and the key pair come from the same secret by different labels, bound to the deployment.

use super::hash::{expand, extract};
use super::{PrivateKey, PublicKey, Recipient, VaultError};
use crate::kernel::Secret;
use crate::kernel::id::DeploymentId;

/// What the database finds a receipt's case by; tells nothing about the receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReceiptLookup([u8; 16]);

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
