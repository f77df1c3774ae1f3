//! The key directory, verified: what may be sealed to, and by whose word.
//!
//! Replacing a public key in the database is how one would read every future tip; so no key is used that does not
//! chain to the root, whose public half is pinned in the configuration.
//!
//! - The **root** signs administrators, leads and custodians, and may revoke anything.
//! - An **administrator** signs roles without a desk: administrators (no more power than the signer's own),
//!   supervisors, auditors.
//! - A **lead** signs members and leads of the own desk (so a lead can hand over), keys of the own desk only, and
//!   leads of a child desk, unless the root ever named a lead there: a desk anchored by the root has no parent
//!   that a changed row could invent.
//! - Who changes or revokes an entry must be entitled to the old one as well as to the new one.
//!
//! Entries are weighed in the order of their serials, and a signer's standing is that of the moment of signing:
//! members whom a departed lead signed stay members. Someone with write access *and* a departed lead's key could
//! back-date; like deleted rows, that shows in the audit chain, to which [`Directory::fingerprint`] is tied.

mod lookup;
mod weigh;

use std::collections::HashMap;

use super::entry::{Claim, Entry, Owner, Role, Status, Subject};
use super::hash::sha256_flat;
use super::{PublicKey, RootPublic, SignKey};
use crate::kernel::id::{DeploymentId, DeskId, StaffId};

pub use lookup::{Expiring, NoTrustedKey};

/// Why an entry counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It belongs to another deployment.
    #[error("of another deployment")]
    OtherDeployment,
    /// Nobody known and valid by then has the signer's key.
    #[error("signed by nobody known")]
    UnknownSigner,
    /// The signer had been revoked before.
    #[error("signed by someone revoked")]
    SignerRevoked,
    /// The signer's own entry had expired by the first day of this one.
    #[error("signed by someone whose entry had expired")]
    SignerExpired,
    /// The signature is not the signer's over these bytes.
    #[error("the signature does not hold")]
    Signature,
    /// The signer may not sign this.
    #[error("signed by someone not entitled to")]
    NotEntitled,
    /// An entry of the same owner has this serial already.
    #[error("the serial was used before")]
    Serial,
    /// Its first day lies more than a day ahead; it counts when the day comes.
    #[error("not valid yet")]
    NotYet,
    /// A key in it is none that an honest pair has.
    #[error("a key in it is unusable")]
    BadKey,
}

/// An entry that counts for nothing, for the operator to look into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected {
    /// Its serial.
    pub serial: u64,
    /// Whom it claims to be about.
    pub owner: Owner,
    /// What is wrong with it.
    pub reason: Reason,
}

/// A member of staff whose keys chain to the root.
#[derive(Debug, Clone)]
pub struct StaffPublic {
    /// The member.
    pub staff: StaffId,
    /// What for.
    pub role: Role,
    /// Where, for roles that have a desk.
    pub desk: Option<DeskId>,
    /// What grants are wrapped to.
    pub wrap_key: PublicKey,
    /// What the member's signatures are verified with.
    pub sign_key: SignKey,
    /// Last day of validity.
    pub not_after_day: u32,
}

/// One accepted entry of a desk.
struct DeskEntry {
    key: PublicKey,
    parent: Option<DeskId>,
    claim: Claim,
}

/// One accepted entry of a member; the latest stands last.
struct StaffEntry {
    public: StaffPublic,
    claim: Claim,
}

/// One accepted entry of a custodian.
struct CustodianEntry {
    key: PublicKey,
    tree: DeskId,
    claim: Claim,
}

/// The verified directory. Cheap to ask, made anew when an entry is added.
pub struct Directory {
    today: u32,
    parents: HashMap<DeskId, DeskId>,
    desks: HashMap<DeskId, Vec<DeskEntry>>,
    staff: HashMap<StaffId, Vec<StaffEntry>>,
    custodians: HashMap<uuid::Uuid, Vec<CustodianEntry>>,
    anchored: Vec<DeskId>,
    rejected: Vec<Rejected>,
    accepted: Vec<[u8; 32]>,
}

impl Directory {
    /// Keeps what chains to the root. `tree` names each desk's parent as the database has it; `today` is in days
    /// since the Unix epoch (UTC).
    #[must_use]
    pub fn verify(
        root: &RootPublic,
        deployment: DeploymentId,
        entries: &[Entry],
        tree: &[(DeskId, Option<DeskId>)],
        today: i64,
    ) -> Self {
        let mut directory = Self {
            today: u32::try_from(today).unwrap_or(0),
            parents: tree.iter().filter_map(|(desk, parent)| Some((*desk, (*parent)?))).collect(),
            desks: HashMap::new(),
            staff: HashMap::new(),
            custodians: HashMap::new(),
            anchored: Vec::new(),
            rejected: Vec::new(),
            accepted: Vec::new(),
        };
        let mut ordered: Vec<&Entry> = entries.iter().collect();
        ordered.sort_by_key(|entry| entry.claim.serial);
        for entry in ordered {
            if let Err(reason) = directory.weigh(root, deployment, entry) {
                let (serial, owner) = (entry.claim.serial, entry.claim.owner());
                directory.rejected.push(Rejected { serial, owner, reason });
            }
        }
        directory
    }

    /// What was found and does not count.
    #[must_use]
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// A hash over everything that counts, in order: two nodes with the same fingerprint trust the same keys.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let parts: Vec<&[u8]> = self.accepted.iter().map(<[u8; 32]>::as_slice).collect();
        sha256_flat(&parts)
    }
}

#[cfg(test)]
pub(super) mod tests;
