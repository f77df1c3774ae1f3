//! Weighing one entry against what is already trusted.

use super::super::{KeyId, PublicKey, Recipient, SignKey};
use super::{
    Claim, CustodianEntry, DeploymentId, DeskEntry, DeskId, Directory, Entry, Kind, Reason, Role, RootPublic,
    StaffEntry, StaffPublic, Status, Subject,
};

/// On whose word an entry stands.
enum Signer<'a> {
    Root(&'a SignKey),
    Member(&'a StaffPublic),
}

impl Directory {
    pub(super) fn weigh(
        &mut self,
        root: &RootPublic,
        deployment: DeploymentId,
        entry: &Entry,
    ) -> Result<(), Reason> {
        let claim = &entry.claim;
        if entry.deployment != deployment {
            return Err(Reason::OtherDeployment);
        }
        let message = entry.signed_bytes();
        let by_root = entry.signer == root.key().kid();
        let signers =
            if by_root { vec![Signer::Root(root.key())] } else { self.signers(entry.signer, claim)? };
        let holds = signers.first().is_some_and(|signer| {
            let key = match signer {
                Signer::Root(key) => key,
                Signer::Member(member) => &member.sign_key,
            };
            key.verify_raw(&message, &entry.signature)
        });
        if !holds {
            return Err(Reason::Signature);
        }
        let founder = self.entitled(&signers, claim)?;
        if !self.fits_its_tree(claim) {
            return Err(Reason::OtherTree);
        }
        if claim.status == Status::Valid && claim.not_before_day > self.today.saturating_add(1) {
            return Err(Reason::NotYet);
        }
        self.accept(claim, founder)?;
        self.accepted.push(entry.clone());
        Ok(())
    }

    /// The owners of a signing key, as things stood when the entry was made. Usually one; but anybody may have had
    /// a colleague's public key signed as their own, and must not be able to speak in the colleague's way with it.
    fn signers(&self, kid: KeyId, claim: &Claim) -> Result<Vec<Signer<'_>>, Reason> {
        let latest = self.staff.values().filter_map(|entries| entries.last());
        let known: Vec<&StaffEntry> = latest.filter(|e| e.public.sign_key.kid() == kid).collect();
        if known.is_empty() {
            return Err(Reason::UnknownSigner);
        }
        let valid: Vec<&StaffEntry> = known.into_iter().filter(|e| e.claim.status == Status::Valid).collect();
        if valid.is_empty() {
            return Err(Reason::SignerRevoked);
        }
        let current = valid.into_iter().filter(|e| e.claim.not_after_day >= claim.not_before_day);
        let signers: Vec<Signer<'_>> = current.map(|e| Signer::Member(&e.public)).collect();
        if signers.is_empty() { Err(Reason::SignerExpired) } else { Ok(signers) }
    }

    /// Whether one of the signers may make this entry and replace what it replaces. Gives the signer's desk, if it
    /// was a member of one who signed.
    fn entitled(&self, signers: &[Signer<'_>], claim: &Claim) -> Result<Option<DeskId>, Reason> {
        let current = self.current(claim);
        if current.is_some_and(|current| current.serial == claim.serial) {
            return Err(Reason::Serial);
        }
        let allowed = signers.iter().find(|signer| match signer {
            Signer::Root(_) => claim.status == Status::Revoked || root_may(claim),
            Signer::Member(member) => {
                let over_old =
                    current.is_none_or(|old| old.status == Status::Revoked || self.member_may(member, old));
                over_old && self.member_may(member, claim)
            }
        });
        match allowed {
            Some(Signer::Root(_)) => Ok(None),
            Some(Signer::Member(member)) => Ok(member.desk),
            None => Err(Reason::NotEntitled),
        }
    }

    /// Kind and parent were settled when the desk got its first lead.
    fn fits_its_tree(&self, claim: &Claim) -> bool {
        match claim.subject {
            Subject::Desk { desk, kind, parent, .. } => {
                self.kind(desk) == Some(kind) && self.parent(desk) == parent
            }
            Subject::Staff { role, desk: Some(desk), .. } => {
                self.kind(desk).is_none_or(|kind| role.kind() == Some(kind))
            }
            Subject::Staff { desk: None, .. } | Subject::Custodian { .. } => true,
        }
    }

    /// What is trusted about the same owner so far.
    fn current(&self, claim: &Claim) -> Option<&Claim> {
        match claim.subject {
            Subject::Desk { desk, .. } => self.desks.get(&desk)?.last().map(|e| &e.claim),
            Subject::Staff { staff, .. } => self.staff.get(&staff)?.last().map(|e| &e.claim),
            Subject::Custodian { id, .. } => self.custodians.get(&id)?.last().map(|e| &e.claim),
        }
    }

    fn member_may(&self, member: &StaffPublic, claim: &Claim) -> bool {
        match (member.role, member.desk, &claim.subject) {
            (Role::Administrator, None, Subject::Staff { role, .. }) => !role.has_desk(),
            (Role::Lead(_), Some(own), Subject::Desk { desk, .. }) => *desk == own,
            (Role::Lead(kind), Some(own), Subject::Staff { role, desk: Some(desk), .. }) => {
                *desk == own || (*role == Role::Lead(kind) && self.is_or_becomes_child(*desk, own))
            }
            _ => false,
        }
    }

    /// A desk that nobody leads yet becomes the child of the first who names a lead for it.
    fn is_or_becomes_child(&self, desk: DeskId, of: DeskId) -> bool {
        let unheard_of = !self.kinds.contains_key(&desk) && !self.tops.contains(&desk);
        unheard_of || self.parent(desk) == Some(of)
    }

    fn accept(&mut self, claim: &Claim, signers_desk: Option<DeskId>) -> Result<(), Reason> {
        let trust = |kind, raw| PublicKey::trust(kind, raw).map_err(|_| Reason::BadKey);
        match claim.subject {
            Subject::Desk { desk, key, .. } => {
                let key = trust(Recipient::Desk, key)?;
                self.desks.entry(desk).or_default().push(DeskEntry { key, claim: *claim });
            }
            Subject::Custodian { id, tree, key } => {
                let key = trust(Recipient::Custodian, key)?;
                self.custodians.entry(id).or_default().push(CustodianEntry { key, tree, claim: *claim });
            }
            Subject::Staff { staff, role, desk, keys } => {
                let wrap_key = trust(Recipient::Staff, keys.wrap)?;
                let sign_key = SignKey::trust(&keys.sign).map_err(|_| Reason::BadKey)?;
                let not_after_day = claim.not_after_day;
                let public = StaffPublic { staff, role, desk, wrap_key, sign_key, not_after_day };
                self.staff.entry(staff).or_default().push(StaffEntry { public, claim: *claim });
                if let (Status::Valid, Role::Lead(kind), Some(desk)) = (claim.status, role, desk) {
                    self.settle(desk, kind, signers_desk);
                }
            }
        }
        Ok(())
    }

    /// The first lead of a desk settles what it is and where it stands.
    fn settle(&mut self, desk: DeskId, kind: Kind, signers_desk: Option<DeskId>) {
        if self.kinds.contains_key(&desk) {
            return;
        }
        self.kinds.insert(desk, kind);
        if let Some(parent) = signers_desk {
            self.parents.insert(desk, parent);
        }
    }
}

/// What the root may give (it may take away anything): never a desk's key, which only a lead can know.
const fn root_may(claim: &Claim) -> bool {
    match claim.subject {
        Subject::Desk { .. } => false,
        Subject::Staff { role, .. } => matches!(role, Role::Administrator | Role::Lead(_)),
        Subject::Custodian { .. } => true,
    }
}
