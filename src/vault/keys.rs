//! Key pairs that things are wrapped to. Private keys live as 32-byte seeds (the X25519 scalar is derived, since
//! its stored form is not stable); public keys are only ever made from a private key, from a verified directory,
//! or for a receipt from its row: a key out of an unsigned row cannot be sealed to.

use std::fmt;

use data_encoding::HEXLOWER;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, Serializable};
use zeroize::Zeroizing;

use super::VaultError;
use super::hash::{expand, sha256_flat};
use crate::kernel::Entropy;

/// The HPKE suite byte: X25519, HKDF-SHA256, AES-256-GCM. (2 is kept free for X-Wing.)
pub(super) const SUITE: u8 = 1;
/// The byte that sets signing keys apart in key ids.
pub(super) const SIGNING: u8 = 0xed;

pub(super) type HpkePublic = <X25519HkdfSha256 as Kem>::PublicKey;
pub(super) type HpkePrivate = <X25519HkdfSha256 as Kem>::PrivateKey;

/// Eight bytes that name a public key; hexadecimal when shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// The id of a public key under its suite byte.
    pub(super) fn of(suite: u8, public: &[u8; 32]) -> Self {
        let hash = sha256_flat(&[b"hotline/v1 kid", &[suite], public]);
        let mut id = [0; 8];
        id.copy_from_slice(&hash[..8]);
        Self(id)
    }

    /// From the bytes a row holds.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// Whose key it is; bound into every wrap, so that a wrap for one kind of owner never opens for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Recipient {
    /// A desk.
    Desk = 1,
    /// A member of staff.
    Staff = 2,
    /// A citizen's receipt.
    Receipt = 3,
    /// A recovery custodian.
    Custodian = 4,
    /// Nobody: what the server seals for itself to see whether its ways in work. No directory can name such a key.
    Canary = 5,
}

impl Recipient {
    /// The number stored in rows and bound into wraps.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self as u8
    }

    /// The reverse of [`Self::to_byte`].
    pub fn from_byte(byte: u8) -> Result<Self, VaultError> {
        [Self::Desk, Self::Staff, Self::Receipt, Self::Custodian]
            .into_iter()
            .find(|kind| kind.to_byte() == byte)
            .ok_or(VaultError::Malformed)
    }
}

/// A public key that may be sealed to.
#[derive(Clone)]
pub struct PublicKey {
    kind: Recipient,
    kid: KeyId,
    raw: [u8; 32],
    hpke: HpkePublic,
}

impl PublicKey {
    /// Only for callers that have checked where the bytes come from.
    pub(super) fn trust(kind: Recipient, raw: [u8; 32]) -> Result<Self, VaultError> {
        let hpke = HpkePublic::from_bytes(&raw).map_err(|_| VaultError::BadKey)?;
        Ok(Self { kind, kid: KeyId::of(SUITE, &raw), raw, hpke })
    }

    /// Whose key it is.
    #[must_use]
    pub const fn kind(&self) -> Recipient {
        self.kind
    }

    /// Its name.
    #[must_use]
    pub const fn kid(&self) -> KeyId {
        self.kid
    }

    /// The 32 bytes to store.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.raw
    }

    pub(super) const fn hpke(&self) -> &HpkePublic {
        &self.hpke
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} key {}", self.kind, self.kid)
    }
}

/// A private key, held as long as a request needs it. No `Debug`, no `Clone`, no `Serialize`.
pub struct PrivateKey {
    seed: Zeroizing<[u8; 32]>,
    hpke: HpkePrivate,
    public: PublicKey,
    symmetric: Zeroizing<[u8; 32]>,
}

impl PrivateKey {
    /// A new key pair.
    pub fn generate(kind: Recipient, entropy: &Entropy) -> Result<Self, VaultError> {
        let seed = Zeroizing::new(entropy.bytes()?);
        Ok(Self::from_seed(kind, &seed))
    }

    /// The key pair of a seed (RFC 9180 `DeriveKeyPair`).
    pub(super) fn from_seed(kind: Recipient, seed: &[u8; 32]) -> Self {
        let (hpke, public) = X25519HkdfSha256::derive_keypair(seed);
        let raw: [u8; 32] = public.to_bytes().into();
        let public = PublicKey { kind, kid: KeyId::of(SUITE, &raw), raw, hpke: public };
        let symmetric = expand(seed, &[b"hotline/v1 symmetric", &[kind.to_byte()]]);
        Self { seed: Zeroizing::new(*seed), hpke, public, symmetric }
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The name of the pair.
    #[must_use]
    pub const fn kid(&self) -> KeyId {
        self.public.kid
    }

    /// Whose key it is.
    #[must_use]
    pub const fn kind(&self) -> Recipient {
        self.public.kind
    }

    pub(super) fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    pub(super) const fn hpke(&self) -> &HpkePrivate {
        &self.hpke
    }

    /// The key of symmetric wraps: whoever holds the seed can derive it, nobody else can.
    pub(super) fn symmetric(&self) -> &[u8; 32] {
        &self.symmetric
    }
}
