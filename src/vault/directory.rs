//! The key directory, verified: what may be sealed to, and by whose word.
//!
//! Replacing a public key in the database is how one would read every future tip; so no key is used that does not
//! chain to the root, whose public half is pinned in the configuration.
//!
//! - The **root** signs administrators, leads and custodians, and may revoke anything.
//! - An **administrator** signs roles without a desk: administrators (no more power than the signer's own),
//!   supervisors, auditors.
//! - A **lead** signs members and leads of the own desk (so a lead can hand over), keys of the own desk only, and
//!   leads of a child desk: one whose first lead was named by a lead of the own desk, never by the root.
//! - **Kind and parent** of a desk follow from the signature under its first lead: the root names the kind, a
//!   parent's lead can only hand on the own. Neither ever changes, and no row of the database is asked. A desk that
//!   custodians were named for is the top of its tree, whatever anybody signs, and however it is dated back.
//! - Who changes or revokes an entry must be entitled to the old one as well as to the new one.
//!
//! Entries are weighed in the order of their serials, and a signer's standing is that of the moment of signing:
//! members whom a departed lead signed stay members. Someone with write access *and* a departed lead's key could
//! back-date; like deleted rows, that shows in the audit chain, to which [`Directory::fingerprint`] is tied.

mod lookup;
mod weigh;

use std::collections::{HashMap, HashSet};

use super::entry::{Claim, Entry, Owner, Role, Status, Subject};
use super::hash::sha256_flat;
use super::{PublicKey, RootPublic, SignKey};
use crate::domain::lane::Kind;
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
    /// The desk is of another kind, or stands elsewhere in its tree.
    #[error("another kind or parent than the desk's")]
    OtherTree,
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
    kinds: HashMap<DeskId, Kind>,
    parents: HashMap<DeskId, DeskId>,
    tops: HashSet<DeskId>,
    desks: HashMap<DeskId, Vec<DeskEntry>>,
    staff: HashMap<StaffId, Vec<StaffEntry>>,
    custodians: HashMap<uuid::Uuid, Vec<CustodianEntry>>,
    rejected: Vec<Rejected>,
    accepted: Vec<Entry>,
    missed: usize,
}

impl Directory {
    /// Keeps what chains to the root. `today` is in days since the Unix epoch (UTC).
    #[must_use]
    pub fn verify(root: &RootPublic, deployment: DeploymentId, entries: &[Entry], today: i64) -> Self {
        Self::verify_with(root, deployment, (entries, &[]), today)
    }

    /// Like [`Self::verify`], with entries that were seen to count before: one that is altered or gone since still
    /// counts, and so does a revocation. What is remembered is trusted no more than what is there: it is signed.
    #[must_use]
    pub fn verify_with(
        root: &RootPublic,
        deployment: DeploymentId,
        (entries, remembered): (&[Entry], &[Entry]),
        today: i64,
    ) -> Self {
        let mut seen: HashSet<Vec<u8>> = entries.iter().map(Entry::to_bytes).collect();
        let remembered = remembered.iter().filter(|entry| seen.insert(entry.to_bytes()));
        let mut all: Vec<(&Entry, bool)> = entries.iter().map(|entry| (entry, true)).collect();
        all.extend(remembered.map(|entry| (entry, false)));
        let mut directory = Self {
            today: u32::try_from(today).unwrap_or(0),
            kinds: HashMap::new(),
            parents: HashMap::new(),
            tops: all.iter().filter_map(|(entry, _)| top_of_a_tree(root, deployment, entry)).collect(),
            desks: HashMap::new(),
            staff: HashMap::new(),
            custodians: HashMap::new(),
            rejected: Vec::new(),
            accepted: Vec::new(),
            missed: 0,
        };
        all.sort_by_key(|(entry, _)| entry.claim.serial);
        for (entry, there) in all {
            match (directory.weigh(root, deployment, entry), there) {
                (Ok(()), true) | (Err(_), false) => {}
                (Ok(()), false) => directory.missed += 1,
                (Err(reason), true) => {
                    let (serial, owner) = (entry.claim.serial, entry.claim.owner());
                    directory.rejected.push(Rejected { serial, owner, reason });
                }
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
        let hashes: Vec<_> = self.accepted.iter().map(|e| sha256_flat(&[&e.signed_bytes()])).collect();
        let parts: Vec<&[u8]> = hashes.iter().map(<[u8; 32]>::as_slice).collect();
        sha256_flat(&parts)
    }

    /// The entries that count, in order: to be remembered.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.accepted
    }

    /// How many entries count only because they were remembered: somebody altered or deleted them.
    #[must_use]
    pub const fn missed(&self) -> usize {
        self.missed
    }
}

/// The desk for whose tree the root named a custodian by this entry.
fn top_of_a_tree(root: &RootPublic, deployment: DeploymentId, entry: &Entry) -> Option<DeskId> {
    let Subject::Custodian { tree, .. } = entry.claim.subject else { return None };
    let holds = entry.deployment == deployment
        && entry.signer == root.key().kid()
        && root.key().verify_raw(&entry.signed_bytes(), &entry.signature);
    holds.then_some(tree)
}

#[cfg(test)]
pub(super) mod tests;
