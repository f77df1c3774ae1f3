//! Seal and open: the only user of the cryptographic crates.
//!
//! The vault knows nothing of the database or of who may do what: it takes and returns bytes, keys and ids.
//! What it promises is in DESIGN §4; each promise has a test beside the code, and files of format v1 made once
//! (`tests/golden`) must open for ever. It must never print a secret, fall back to weaker randomness, or
//! guess at an unknown version, suite or kind.
//!
//! Reading order: [`Place`] (what a sealed thing is bound to), `cobble` (the one symmetric construction),
//! [`Sealed`] and [`Wrap`] (what rows hold), `item` and `stream` (sealing for desks and citizens), then the
//! keys: [`Directory`], [`Grant`], [`MemberVault`], [`SessionToken`], [`Keyring`], [`RecoveryWrap`].

mod audit;
mod blob;
mod bytes;
mod canary;
mod cobble;
mod directory;
mod entry;
mod error;
mod grant;
mod hash;
mod item;
mod keyring;
mod keys;
mod member;
mod padding;
mod phrase;
mod place;
mod printed;
mod receipt;
mod recovery;
mod session;
mod signing;
mod stream;
mod wrap;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod vectors;

pub use audit::{AuditEntry, audit_hash, genesis, tally_genesis, tally_hash};
pub use blob::Sealed;
pub use canary::{CanaryKey, SealedCanary};
pub use directory::{Directory, Expiring, NoTrustedKey, Reason, Rejected, StaffPublic};
pub use entry::{Claim, Entry, Owner, Role, StaffKeys, Status, Subject};
pub use error::VaultError;
pub use grant::{Grant, NewGrant};
pub use hash::{hmac_sha256, same, sha256, sha256_flat};
pub use item::SealedItem;
pub use keyring::{Age, Keyring, KeyringError, MailboxKey, Purpose, Renewal, Replay, TransitKey};
pub use keys::{KeyId, PrivateKey, PublicKey, Recipient};
pub use member::{ArgonCost, MemberVault, UnlockError};
pub use phrase::{generate_phrase, meets_bar};
pub use place::{ItemKind, Place};
pub use receipt::{ReceiptKey, ReceiptLookup};
pub use recovery::{Custodian, Pair, RecoveryWrap};
pub use session::SessionToken;
pub use signing::{RootKey, RootPublic, SignKey, Signature, StaffSecret};
pub use stream::{AttachmentOpener, AttachmentSealer, AttachmentTail};
pub use wrap::Wrap;

use crate::kernel::Entropy;
use crate::kernel::id::DeploymentId;

/// What all sealing needs: the deployment that is bound into everything, and chance.
#[derive(Debug, Clone)]
pub struct Vault {
    deployment: DeploymentId,
    entropy: Entropy,
}

impl Vault {
    /// A vault for one deployment; clones are cheap and alike.
    #[must_use]
    pub const fn new(deployment: DeploymentId, entropy: Entropy) -> Self {
        Self { deployment, entropy }
    }

    /// The deployment bound into everything this vault seals.
    #[must_use]
    pub const fn deployment(&self) -> DeploymentId {
        self.deployment
    }

    /// Where this vault takes chance from.
    #[must_use]
    pub const fn entropy(&self) -> &Entropy {
        &self.entropy
    }
}
