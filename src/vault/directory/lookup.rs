//! Asking the verified directory.

use super::super::{KeyId, SignKey};
use super::{DeskEntry, DeskId, Directory, Kind, Owner, PublicKey, Role, StaffId, StaffPublic, Status};

/// No signed, unrevoked key of the desk exists; nothing may be sealed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no trusted key of this desk")]
pub struct NoTrustedKey;

/// A key whose validity ends, or has ended while it is still the best there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiring {
    /// Whose.
    pub owner: Owner,
    /// Last day of validity, in days since the Unix epoch.
    pub not_after_day: u32,
    /// Already past, and still used for want of a successor: to be said loudly.
    pub expired: bool,
}

impl Directory {
    /// The key to seal to: of the keys given to the desk, the last. An expired key without successor is still used
    /// (see [`Directory::expiring_within`]); when the last one was revoked there is none, and no older one returns.
    pub fn desk(&self, desk: DeskId) -> Result<&PublicKey, NoTrustedKey> {
        self.desk_entry(desk).map(|entry| &entry.key).ok_or(NoTrustedKey)
    }

    /// What the desk is for, as it was signed, whatever a row may say; known even if no key of the desk is.
    #[must_use]
    pub fn kind(&self, desk: DeskId) -> Option<Kind> {
        self.kinds.get(&desk).copied()
    }

    /// The desk's parent as it was signed, whatever a row may say.
    #[must_use]
    pub fn parent(&self, desk: DeskId) -> Option<DeskId> {
        self.parents.get(&desk).copied()
    }

    /// The readers of a desk's items: the desk, and its parent if that one has a key. Notes go to the desk only.
    pub fn readers(&self, desk: DeskId) -> Result<Vec<&PublicKey>, NoTrustedKey> {
        let mut readers = vec![self.desk(desk)?];
        readers.extend(self.parent(desk).and_then(|parent| self.desk(parent).ok()));
        Ok(readers)
    }

    /// Whether a key was ever given to the desk: old items stay under old keys.
    #[must_use]
    pub fn knows_desk_key(&self, desk: DeskId, kid: KeyId) -> bool {
        self.desks
            .get(&desk)
            .is_some_and(|all| all.iter().any(|e| e.key.kid() == kid && e.claim.status == Status::Valid))
    }

    /// A member whose entry is valid today.
    #[must_use]
    pub fn staff(&self, staff: StaffId) -> Option<&StaffPublic> {
        self.unrevoked(staff).filter(|public| public.not_after_day >= self.today)
    }

    /// A member who was not revoked, though the entry may have expired: may still read, may not sign.
    #[must_use]
    pub fn unrevoked(&self, staff: StaffId) -> Option<&StaffPublic> {
        let last = self.staff.get(&staff)?.last()?;
        (last.claim.status == Status::Valid).then_some(&last.public)
    }

    /// Every signing key a member ever had that chained to the root: what was signed then still holds.
    #[must_use]
    pub fn ever(&self, staff: StaffId) -> Vec<&SignKey> {
        self.staff.get(&staff).map(|all| all.iter().map(|e| &e.public.sign_key).collect()).unwrap_or_default()
    }

    /// All members of a desk whose entries are valid today, in no particular order.
    pub fn members(&self, desk: DeskId) -> impl Iterator<Item = &StaffPublic> {
        self.staff.keys().filter_map(|id| self.staff(*id)).filter(move |m| m.desk == Some(desk))
    }

    /// Somebody who leads or led the desk or its parent under this key.
    pub(in crate::vault) fn lead_ever(
        &self,
        lead: StaffId,
        desk: DeskId,
        kid: KeyId,
    ) -> Option<&StaffPublic> {
        let parent = self.parent(desk);
        self.staff.get(&lead)?.iter().map(|e| &e.public).find(|public| {
            let leads = matches!(public.role, Role::Lead(_)) && public.desk.is_some();
            leads && public.sign_key.kid() == kid && (public.desk == Some(desk) || public.desk == parent)
        })
    }

    /// The unrevoked custodians of the tree below a top desk, in the order they were signed.
    #[must_use]
    pub fn custodians(&self, tree: DeskId) -> Vec<&PublicKey> {
        let last = self.custodians.values().filter_map(|all| all.last());
        let mut of_tree: Vec<_> =
            last.filter(|e| e.tree == tree && e.claim.status == Status::Valid).collect();
        of_tree.sort_by_key(|e| e.claim.serial);
        of_tree.into_iter().map(|e| &e.key).collect()
    }

    /// Keys that end within so many days, and those used beyond their end; soonest first.
    #[must_use]
    pub fn expiring_within(&self, days: u32) -> Vec<Expiring> {
        let desks = self.desks.keys().filter_map(|desk| {
            let entry = self.desk_entry(*desk)?;
            Some((Owner::Desk(*desk), entry.claim.not_after_day))
        });
        let staff =
            self.staff.keys().filter_map(|id| Some((Owner::Staff(*id), self.unrevoked(*id)?.not_after_day)));
        let limit = self.today.saturating_add(days);
        let mut ending: Vec<Expiring> = desks
            .chain(staff)
            .filter(|(_, last)| *last <= limit)
            .map(|(owner, last)| Expiring { owner, not_after_day: last, expired: last < self.today })
            .collect();
        ending.sort_by_key(|e| e.not_after_day);
        ending
    }

    /// The latest key given to a desk, unless that very key was revoked since.
    fn desk_entry(&self, desk: DeskId) -> Option<&DeskEntry> {
        let all = self.desks.get(&desk)?;
        let given = all.iter().rfind(|e| e.claim.status == Status::Valid)?;
        let kid = given.key.kid();
        let last_word = all.iter().rfind(|e| e.key.kid() == kid)?;
        (last_word.claim.status == Status::Valid).then_some(given)
    }
}
