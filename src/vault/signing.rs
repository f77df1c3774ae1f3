//! Ed25519: the root key that anchors the directory, and each member's own secret.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::entry::{Claim, Entry, StaffKeys};
use super::hash::expand;
use super::keys::SIGNING;
use super::printed::{self, Printed};
use super::{KeyId, PrivateKey, Recipient, VaultError};
use crate::kernel::id::DeploymentId;
use crate::kernel::{Entropy, Secret};

/// What precedes every free statement, so that none can pass for a directory entry or a grant.
const STATEMENT: &[u8] = b"hotline/v1 statement\0";

/// A detached Ed25519 signature.
pub type Signature = [u8; 64];

/// The public half of a signing key that is known to belong to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignKey {
    key: VerifyingKey,
    kid: KeyId,
}

impl SignKey {
    /// Only for callers that have checked where the bytes come from.
    pub(super) fn trust(raw: &[u8; 32]) -> Result<Self, VaultError> {
        let key = VerifyingKey::from_bytes(raw).map_err(|_| VaultError::BadKey)?;
        if key.is_weak() {
            return Err(VaultError::BadKey);
        }
        Ok(Self { key, kid: KeyId::of(SIGNING, raw) })
    }

    /// Its name.
    #[must_use]
    pub const fn kid(&self) -> KeyId {
        self.kid
    }

    /// The 32 bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Whether this key signed the statement with [`StaffSecret::sign`].
    #[must_use]
    pub fn verify(&self, statement: &[u8], signature: &Signature) -> bool {
        self.verify_raw(&[STATEMENT, statement].concat(), signature)
    }

    pub(super) fn verify_raw(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.key.verify_strict(message, &signature).is_ok()
    }
}

/// The root key: signs the administrator, each first lead and the recovery custodians. Printed once, never stored.
pub struct RootKey(SigningKey);

impl RootKey {
    /// A new root key.
    pub fn generate(entropy: &Entropy) -> Result<Self, VaultError> {
        let seed = Zeroizing::new(entropy.bytes()?);
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The private half for paper.
    #[must_use]
    pub fn print(&self) -> Secret<String> {
        printed::print(Printed::RootPrivate, self.0.as_bytes())
    }

    /// Reads the private half from paper.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        Ok(Self(SigningKey::from_bytes(&*printed::parse(Printed::RootPrivate, text)?)))
    }

    /// The public half, to be pinned in the configuration.
    #[must_use]
    pub fn public(&self) -> RootPublic {
        let key = self.0.verifying_key();
        RootPublic(SignKey { key, kid: KeyId::of(SIGNING, key.as_bytes()) })
    }

    /// Signs a directory entry.
    #[must_use]
    pub fn sign_entry(&self, deployment: DeploymentId, claim: &Claim) -> Entry {
        Entry::make(deployment, claim, self.public().0.kid, |bytes| sign_raw(&self.0, bytes))
    }
}

fn sign_raw(key: &SigningKey, bytes: &[u8]) -> Signature {
    key.sign(bytes).to_bytes()
}

/// The public half of the root key; its text form stands in `tinan.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootPublic(SignKey);

impl RootPublic {
    pub(super) const fn key(&self) -> &SignKey {
        &self.0
    }
}

impl fmt::Display for RootPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(printed::print(Printed::RootPublic, &self.0.to_bytes()).expose())
    }
}

impl FromStr for RootPublic {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        SignKey::trust(&*printed::parse(Printed::RootPublic, text)?).map(Self)
    }
}

/// A member's secret: one seed, from which the key that things are wrapped to and the signing key follow.
/// It exists in memory during a request only.
pub struct StaffSecret {
    seed: Zeroizing<[u8; 32]>,
    key: PrivateKey,
    signing: SigningKey,
}

impl StaffSecret {
    /// A new member's secret.
    pub fn generate(entropy: &Entropy) -> Result<Self, VaultError> {
        let seed = Zeroizing::new(entropy.bytes()?);
        Ok(Self::from_seed(&seed))
    }

    /// X25519 = `DeriveKeyPair`(Expand(seed, "…staff-x25519")), Ed25519 seed = Expand(seed, "…staff-ed25519").
    pub(super) fn from_seed(seed: &[u8; 32]) -> Self {
        let ikm = expand(seed, &[b"hotline/v1 staff-x25519"]);
        let sign = expand(seed, &[b"hotline/v1 staff-ed25519"]);
        Self {
            seed: Zeroizing::new(*seed),
            key: PrivateKey::from_seed(Recipient::Staff, &ikm),
            signing: SigningKey::from_bytes(&sign),
        }
    }

    pub(super) fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The key that grants are opened with.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Both public halves, as a directory entry holds them.
    #[must_use]
    pub fn public(&self) -> StaffKeys {
        StaffKeys { wrap: self.key.public().to_bytes(), sign: self.signing.verifying_key().to_bytes() }
    }

    /// The name of the signing key.
    #[must_use]
    pub fn sign_kid(&self) -> KeyId {
        KeyId::of(SIGNING, self.signing.verifying_key().as_bytes())
    }

    /// Signs a statement (an audit head, a checkpoint); verified by [`SignKey::verify`].
    #[must_use]
    pub fn sign(&self, statement: &[u8]) -> Signature {
        sign_raw(&self.signing, &[STATEMENT, statement].concat())
    }

    /// Signs a directory entry; whether this member may is decided by whoever verifies it.
    #[must_use]
    pub fn sign_entry(&self, deployment: DeploymentId, claim: &Claim) -> Entry {
        Entry::make(deployment, claim, self.sign_kid(), |bytes| sign_raw(&self.signing, bytes))
    }

    pub(super) fn sign_raw(&self, bytes: &[u8]) -> Signature {
        sign_raw(&self.signing, bytes)
    }
}
