//! The audit chain: each entry's hash covers the one before, so that nothing can be deleted, altered or moved
//! without every later hash being wrong. Members' keys countersign the heads ([`super::StaffSecret::sign`]).
//!
//! ```text
//! n u64 | prev 32 | hour u32 | tenant 16 | actor 16 | action u16 | object 16 | SHA-256(detail) 32
//! hash = SHA-256("hotline/v1 audit" | entry)
//! ```
//!
//! `hour` counts hours since the Unix epoch: the chain must not tell arrivals finer than the rows do.

use uuid::Uuid;

use super::hash::sha256_flat;
use crate::kernel::id::{DeploymentId, NodeId, TenantId};

/// What one link of the chain says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number in the node's chain, from 1, without gaps.
    pub n: u64,
    /// The hash of the entry before; [`genesis`] for the first.
    pub prev: [u8; 32],
    /// Hours since the Unix epoch.
    pub hour: u32,
    /// Whose service; nil for the deployment as a whole.
    pub tenant: Uuid,
    /// Who did it; nil for the program itself.
    pub actor: Uuid,
    /// What was done, in the numbering of the service.
    pub action: u16,
    /// To what; nil if to nothing in particular.
    pub object: Uuid,
    /// SHA-256 of the (sealed) detail; zeros if there is none.
    pub detail: [u8; 32],
}

impl AuditEntry {
    /// An entry of a tenant by the program itself, to be completed.
    #[must_use]
    pub const fn of(n: u64, prev: [u8; 32], hour: u32, tenant: TenantId, action: u16) -> Self {
        let nil = Uuid::nil();
        Self { n, prev, hour, tenant: tenant.uuid(), actor: nil, action, object: nil, detail: [0; 32] }
    }
}

/// The hash that the next entry's `prev` must be.
#[must_use]
pub fn audit_hash(entry: &AuditEntry) -> [u8; 32] {
    sha256_flat(&[
        b"hotline/v1 audit",
        &entry.n.to_be_bytes(),
        &entry.prev,
        &entry.hour.to_be_bytes(),
        entry.tenant.as_bytes(),
        entry.actor.as_bytes(),
        &entry.action.to_be_bytes(),
        entry.object.as_bytes(),
        &entry.detail,
    ])
}

/// What the first entry of a node's chain names as its predecessor, so that chains cannot be exchanged.
#[must_use]
pub fn genesis(deployment: DeploymentId, node: NodeId) -> [u8; 32] {
    sha256_flat(&[b"hotline/v1 audit-genesis", &deployment.bytes(), &node.bytes()])
}

/// The link of a day's tally: it covers the link before, the day and the figures as they are stored.
#[must_use]
pub fn tally_hash(prev: [u8; 32], tenant: TenantId, day: i64, body: &str) -> [u8; 32] {
    sha256_flat(&[b"hotline/v1 tally", &prev, &tenant.bytes(), &day.to_be_bytes(), body.as_bytes()])
}

/// What the first tally of a tenant names as its predecessor.
#[must_use]
pub fn tally_genesis(deployment: DeploymentId, tenant: TenantId) -> [u8; 32] {
    sha256_flat(&[b"hotline/v1 tally-genesis", &deployment.bytes(), &tenant.bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> AuditEntry {
        AuditEntry {
            n: 7,
            prev: [1; 32],
            hour: 500_000,
            tenant: Uuid::from_u128(1),
            actor: Uuid::from_u128(2),
            action: 3,
            object: Uuid::from_u128(4),
            detail: [5; 32],
        }
    }

    #[test]
    fn everything_in_a_tally_counts() {
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        let plain = tally_hash([1; 32], tenant, 7, "{}");
        assert_ne!(tally_hash([2; 32], tenant, 7, "{}"), plain);
        assert_ne!(tally_hash([1; 32], TenantId::from_uuid(Uuid::from_u128(2)), 7, "{}"), plain);
        assert_ne!(tally_hash([1; 32], tenant, 8, "{}"), plain);
        assert_ne!(tally_hash([1; 32], tenant, 7, "{ }"), plain);
    }

    #[test]
    fn every_field_counts() {
        let plain = audit_hash(&entry());
        let changed = [
            AuditEntry { n: 8, ..entry() },
            AuditEntry { prev: [2; 32], ..entry() },
            AuditEntry { hour: 500_001, ..entry() },
            AuditEntry { tenant: Uuid::from_u128(9), ..entry() },
            AuditEntry { actor: Uuid::from_u128(9), ..entry() },
            AuditEntry { action: 9, ..entry() },
            AuditEntry { object: Uuid::from_u128(9), ..entry() },
            AuditEntry { detail: [9; 32], ..entry() },
        ];
        for other in changed {
            assert_ne!(audit_hash(&other), plain, "{other:?}");
        }
    }
}
