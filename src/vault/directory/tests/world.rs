//! A small deployment to sign and to forge in.

use super::super::super::{Custodian, PrivateKey, Recipient, RootKey, StaffSecret};
use super::super::*;
use super::TODAY;
use crate::kernel::Entropy;

/// A deployment with ids for two top desks for tips, a child of the first, and a counselling desk.
pub(in crate::vault) struct World {
    pub(in crate::vault) entropy: Entropy,
    pub(in crate::vault) deployment: DeploymentId,
    pub(in crate::vault) root: RootKey,
    pub(in crate::vault) tips: DeskId,
    pub(in crate::vault) district: DeskId,
    pub(in crate::vault) second: DeskId,
    pub(in crate::vault) counselling: DeskId,
    pub(in crate::vault) entries: Vec<Entry>,
    serial: u64,
}

pub(in crate::vault) struct Person {
    pub(in crate::vault) id: StaffId,
    pub(in crate::vault) secret: StaffSecret,
}

impl World {
    pub(in crate::vault) fn new() -> Self {
        let entropy = Entropy::seeded(77);
        let desk = || DeskId::random(&entropy).expect("seeded");
        Self {
            deployment: DeploymentId::random(&entropy).expect("seeded"),
            root: RootKey::generate(&entropy).expect("seeded"),
            tips: desk(),
            district: desk(),
            counselling: desk(),
            second: desk(),
            entries: Vec::new(),
            serial: 0,
            entropy: entropy.clone(),
        }
    }

    pub(in crate::vault) fn person(&self) -> Person {
        let id = StaffId::random(&self.entropy).expect("seeded");
        Person { id, secret: StaffSecret::generate(&self.entropy).expect("seeded") }
    }

    pub(in crate::vault) fn desk_key(&self) -> PrivateKey {
        PrivateKey::generate(Recipient::Desk, &self.entropy).expect("seeded")
    }

    pub(super) fn claim(&mut self, subject: Subject) -> Claim {
        self.serial += 1;
        let (not_before_day, not_after_day) = (19_900, 20_300);
        Claim { subject, not_before_day, not_after_day, serial: self.serial, status: Status::Valid }
    }

    pub(in crate::vault) fn staff(&mut self, who: &Person, role: Role, desk: Option<DeskId>) -> Claim {
        self.claim(Subject::Staff { staff: who.id, role, desk, keys: who.secret.public() })
    }

    pub(in crate::vault) fn desk(&mut self, desk: DeskId, key: &PrivateKey, parent: Option<DeskId>) -> Claim {
        let kind = self.kind(desk);
        self.claim(Subject::Desk { desk, kind, parent, key: key.public().to_bytes() })
    }

    pub(in crate::vault) fn kind(&self, desk: DeskId) -> Kind {
        if desk == self.counselling { Kind::Counselling } else { Kind::Tips }
    }

    /// Has the root name a custodian of the tree below a desk.
    pub(super) fn custodian(&mut self, tree: DeskId) {
        let key = Custodian::generate(&self.entropy).expect("seeded").key().public().to_bytes();
        let id = self.entropy.uuid().expect("seeded");
        let claim = self.claim(Subject::Custodian { id, tree, key });
        self.by_root(&claim);
    }

    pub(in crate::vault) fn by_root(&mut self, claim: &Claim) {
        self.entries.push(self.root.sign_entry(self.deployment, claim));
    }

    pub(in crate::vault) fn by(&mut self, who: &Person, claim: &Claim) {
        self.entries.push(who.secret.sign_entry(self.deployment, claim));
    }

    /// A lead named by the root, with a key for the desk.
    pub(in crate::vault) fn anchored(&mut self, desk: DeskId) -> (Person, PrivateKey) {
        let (lead, key) = (self.person(), self.desk_key());
        let claim = self.staff(&lead, Role::Lead(self.kind(desk)), Some(desk));
        self.by_root(&claim);
        let claim = self.desk(desk, &key, None);
        self.by(&lead, &claim);
        (lead, key)
    }

    pub(in crate::vault) fn verify(&self) -> Directory {
        self.verify_on(TODAY)
    }

    pub(super) fn verify_beside(&self, remembered: &[Entry]) -> Directory {
        Directory::verify_with(&self.root.public(), self.deployment, (&self.entries, remembered), TODAY)
    }

    pub(super) fn verify_on(&self, today: i64) -> Directory {
        // Through bytes, as rows come.
        let entries: Vec<Entry> =
            self.entries.iter().map(|e| Entry::from_row(&e.to_bytes()).expect("well formed")).collect();
        Directory::verify(&self.root.public(), self.deployment, &entries, today)
    }

    /// The reasons found, in the order of serials.
    pub(super) fn reasons(&self) -> Vec<Reason> {
        self.verify().rejected().iter().map(|r| r.reason).collect()
    }
}
