//! One line of the key directory: who owns which public keys, until when, and who says so.
//!
//! ```text
//! "HLd1" | deployment 16 | rkind u8 | owner 16 | scope 16 | role u8 | suite u8 | X25519 32 | Ed25519 32 |
//! not_before_day u32 | not_after_day u32 | serial u64 | status u8 | signer kid 8 | signature 64       208 bytes
//! ```
//!
//! `scope` is a member's desk, a desk's parent, or the top desk of a custodian's tree (zeros if none). `role` holds
//! in its low half what a member is, in its high half the kind of desk (1 tips, 2 counselling, 3 oversight): of the
//! desk itself, or of the one a member works at; zero for custodians. The Ed25519 key is zero for desks and
//! custodians. The signature covers everything before it. Serials grow through the whole deployment and give the
//! order in which entries are weighed.

use uuid::Uuid;

use super::bytes::Reader;
use super::keys::SUITE;
use super::{KeyId, Recipient, Signature, VaultError};
use crate::domain::lane::Kind;
use crate::kernel::id::{DeploymentId, DeskId, StaffId};

const SIGNED: usize = 144;
/// Length of a stored entry.
const ENTRY: usize = SIGNED + 64;

/// What a member may sign and be given; not the finer rights of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Manages people and settings, holds no desk key.
    Administrator,
    /// Leads a desk of this kind: signs its members and its keys.
    Lead(Kind),
    /// Works at a desk of this kind: holds its key.
    Member(Kind),
    /// Reads sealed statistics, holds no desk key.
    Supervisor,
    /// Proves that all tips were handled, holds no desk key.
    Auditor,
}

impl Role {
    /// Whether the role belongs to one desk.
    #[must_use]
    pub const fn has_desk(self) -> bool {
        self.kind().is_some()
    }

    /// The kind of desk, for roles that belong to one.
    #[must_use]
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Self::Lead(kind) | Self::Member(kind) => Some(kind),
            Self::Administrator | Self::Supervisor | Self::Auditor => None,
        }
    }

    const fn to_byte(self) -> u8 {
        match self {
            Self::Administrator => 1,
            Self::Lead(kind) => kind_byte(kind) | 2,
            Self::Member(kind) => kind_byte(kind) | 3,
            Self::Supervisor => 4,
            Self::Auditor => 5,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        let of_desks = Kind::ALL.into_iter().flat_map(|kind| [Self::Lead(kind), Self::Member(kind)]);
        let mut all = [Self::Administrator, Self::Supervisor, Self::Auditor].into_iter().chain(of_desks);
        all.find(|role| role.to_byte() == byte)
    }
}

/// A desk's kind as the high half of a byte; part of the format.
const fn kind_byte(kind: Kind) -> u8 {
    match kind {
        Kind::Tips => 0x10,
        Kind::Counselling => 0x20,
        Kind::Oversight => 0x30,
    }
}

/// Whether an entry gives or takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Status {
    /// The keys are to be trusted.
    Valid = 1,
    /// The keys are never to be used again; takes effect at once, whatever its days say.
    Revoked = 2,
}

/// Both public halves of a member, not yet vouched for by anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffKeys {
    /// X25519.
    pub wrap: [u8; 32],
    /// Ed25519.
    pub sign: [u8; 32],
}

/// Who an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A desk, its kind, its parent in the tree of that kind, and its X25519 key.
    Desk {
        /// The desk.
        desk: DeskId,
        /// What it is for; signed, so that nobody can turn one lane's desk into another's.
        kind: Kind,
        /// Who backs it up; signed, so that nobody can slip another reader into a tree.
        parent: Option<DeskId>,
        /// The desk's X25519 key.
        key: [u8; 32],
    },
    /// A member of staff.
    Staff {
        /// The member.
        staff: StaffId,
        /// What for.
        role: Role,
        /// Where, for roles that have a desk.
        desk: Option<DeskId>,
        /// Both public halves.
        keys: StaffKeys,
    },
    /// A recovery custodian of one tree of desks.
    Custodian {
        /// The custodian.
        id: Uuid,
        /// The top desk of the tree.
        tree: DeskId,
        /// The custodian's X25519 key.
        key: [u8; 32],
    },
}

/// The owner of an entry, for lists shown to the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A desk.
    Desk(DeskId),
    /// A member of staff.
    Staff(StaffId),
    /// A recovery custodian.
    Custodian(Uuid),
}

/// What an entry says, before it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Who and which keys.
    pub subject: Subject,
    /// First day of validity, in days since the Unix epoch (UTC).
    pub not_before_day: u32,
    /// Last day of validity.
    pub not_after_day: u32,
    /// Greater than every serial of the deployment so far.
    pub serial: u64,
    /// Gives or takes away.
    pub status: Status,
}

impl Claim {
    /// Who it is about.
    #[must_use]
    pub const fn owner(&self) -> Owner {
        match self.subject {
            Subject::Desk { desk, .. } => Owner::Desk(desk),
            Subject::Staff { staff, .. } => Owner::Staff(staff),
            Subject::Custodian { id, .. } => Owner::Custodian(id),
        }
    }

    fn fields(&self) -> Fields {
        let none = Uuid::nil();
        match self.subject {
            Subject::Desk { desk, kind, parent, key } => Fields {
                kind: Recipient::Desk,
                owner: desk.uuid(),
                scope: parent.map_or(none, DeskId::uuid),
                role: kind_byte(kind),
                keys: StaffKeys { wrap: key, sign: [0; 32] },
            },
            Subject::Staff { staff, role, desk, keys } => Fields {
                kind: Recipient::Staff,
                owner: staff.uuid(),
                scope: desk.map_or(none, DeskId::uuid),
                role: role.to_byte(),
                keys,
            },
            Subject::Custodian { id, tree, key } => Fields {
                kind: Recipient::Custodian,
                owner: id,
                scope: tree.uuid(),
                role: 0,
                keys: StaffKeys { wrap: key, sign: [0; 32] },
            },
        }
    }
}

/// A subject as its bytes have it.
struct Fields {
    kind: Recipient,
    owner: Uuid,
    scope: Uuid,
    role: u8,
    keys: StaffKeys,
}

impl Fields {
    fn subject(&self) -> Result<Subject, VaultError> {
        let scope = (!self.scope.is_nil()).then(|| DeskId::from_uuid(self.scope));
        let plain = self.keys.sign == [0; 32];
        match self.kind {
            Recipient::Desk if plain => {
                let kind = Kind::ALL.into_iter().find(|k| kind_byte(*k) == self.role);
                let (desk, kind) = (DeskId::from_uuid(self.owner), kind.ok_or(VaultError::Malformed)?);
                Ok(Subject::Desk { desk, kind, parent: scope, key: self.keys.wrap })
            }
            Recipient::Custodian if plain && self.role == 0 => {
                let tree = scope.ok_or(VaultError::Malformed)?;
                Ok(Subject::Custodian { id: self.owner, tree, key: self.keys.wrap })
            }
            Recipient::Staff => {
                let role = Role::from_byte(self.role);
                let role = role.filter(|r| r.has_desk() == scope.is_some()).ok_or(VaultError::Malformed)?;
                let staff = StaffId::from_uuid(self.owner);
                Ok(Subject::Staff { staff, role, desk: scope, keys: self.keys })
            }
            _ => Err(VaultError::Malformed),
        }
    }
}

/// A signed entry as a row holds it. Nothing in it is to be trusted before [`super::Directory::verify`] has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub(super) deployment: DeploymentId,
    pub(super) claim: Claim,
    pub(super) signer: KeyId,
    pub(super) signature: Signature,
}

impl Entry {
    pub(super) fn make(
        deployment: DeploymentId,
        claim: &Claim,
        signer: KeyId,
        sign: impl FnOnce(&[u8]) -> Signature,
    ) -> Self {
        let mut entry = Self { deployment, claim: *claim, signer, signature: [0; 64] };
        entry.signature = sign(&entry.signed_bytes());
        entry
    }

    /// What the entry says, unverified.
    #[must_use]
    pub const fn claim(&self) -> &Claim {
        &self.claim
    }

    /// Everything the signature covers.
    pub(super) fn signed_bytes(&self) -> Vec<u8> {
        let fields = self.claim.fields();
        let mut out = Vec::with_capacity(ENTRY);
        out.extend_from_slice(b"HLd1");
        out.extend_from_slice(&self.deployment.bytes());
        out.push(fields.kind.to_byte());
        out.extend_from_slice(fields.owner.as_bytes());
        out.extend_from_slice(fields.scope.as_bytes());
        out.extend_from_slice(&[fields.role, SUITE]);
        out.extend_from_slice(&fields.keys.wrap);
        out.extend_from_slice(&fields.keys.sign);
        out.extend_from_slice(&self.claim.not_before_day.to_be_bytes());
        out.extend_from_slice(&self.claim.not_after_day.to_be_bytes());
        out.extend_from_slice(&self.claim.serial.to_be_bytes());
        out.push(self.claim.status as u8);
        out.extend_from_slice(&self.signer.to_bytes());
        out
    }

    /// The bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.signed_bytes();
        out.extend_from_slice(&self.signature);
        out
    }

    /// Reads a stored entry; checks its form, not its truth.
    pub fn from_row(bytes: &[u8]) -> Result<Self, VaultError> {
        let mut from = Reader::new(bytes);
        from.magic(*b"HLd1")?;
        let deployment = DeploymentId::from_uuid(Uuid::from_bytes(from.take()?));
        let kind = Recipient::from_byte(from.u8()?)?;
        let (owner, scope) = (Uuid::from_bytes(from.take()?), Uuid::from_bytes(from.take()?));
        let (role, suite) = (from.u8()?, from.u8()?);
        let keys = StaffKeys { wrap: from.take()?, sign: from.take()? };
        let subject = Fields { kind, owner, scope, role, keys }.subject()?;
        let (not_before_day, not_after_day, serial) = (from.u32()?, from.u32()?, from.u64()?);
        let status = match from.u8()? {
            1 => Status::Valid,
            2 => Status::Revoked,
            _ => return Err(VaultError::Malformed),
        };
        let (signer, signature) = (KeyId::from_bytes(from.take()?), from.take()?);
        from.end()?;
        if suite != SUITE {
            return Err(VaultError::Malformed);
        }
        let claim = Claim { subject, not_before_day, not_after_day, serial, status };
        Ok(Self { deployment, claim, signer, signature })
    }
}
