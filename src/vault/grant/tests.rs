use super::super::directory::tests::{Person, World};
use super::super::{Role, Status};
use super::*;
use crate::domain::lane::Kind;

struct Given {
    world: World,
    vault: Vault,
    lead: Person,
    officer: Person,
    key: PrivateKey,
    grant: Grant,
}

fn given() -> Given {
    let mut world = World::new();
    let vault = Vault::new(world.deployment, world.entropy.clone());
    let (lead, key) = world.anchored(world.tips);
    let officer = world.person();
    let claim = world.staff(&officer, Role::Member(Kind::Tips), Some(world.tips));
    world.by(&lead, &claim);
    let grant = give(&world, &vault, &lead, &officer, &key).expect("made");
    Given { world, vault, lead, officer, key, grant }
}

fn give(
    world: &World,
    vault: &Vault,
    lead: &Person,
    to: &Person,
    key: &PrivateKey,
) -> Result<Grant, VaultError> {
    let directory = world.verify();
    let member = directory.unrevoked(to.id).expect("known");
    let new = NewGrant { desk: world.tips, key, member, granter: lead.id, secret: &lead.secret, day: 20_000 };
    Grant::make(vault, &new)
}

impl Given {
    fn open(&self, grant: &Grant, who: &Person) -> Result<PrivateKey, VaultError> {
        let stored = Grant::from_row(grant.as_bytes().to_vec())?;
        stored.open(&self.vault, &self.world.verify(), &who.secret)
    }
}

#[test]
fn the_receiver_opens_the_desks_key_and_nobody_else() {
    let g = given();
    assert_eq!(g.open(&g.grant, &g.officer).expect("opens").kid(), g.key.kid());
    assert_eq!((g.grant.desk(), g.grant.staff()), (g.world.tips, g.officer.id));
    assert_eq!(g.open(&g.grant, &g.lead).err(), Some(VaultError::OtherKey));
}

#[test]
fn a_grant_by_a_stranger_or_a_mere_member_is_refused() {
    let g = given();
    let stranger = g.world.person();
    for who in [&stranger, &g.officer] {
        let forged = give(&g.world, &g.vault, who, &g.officer, &g.key).expect("made");
        assert_eq!(g.open(&forged, &g.officer).err(), Some(VaultError::NotEntitled));
    }
}

#[test]
fn a_key_the_directory_does_not_know_cannot_be_slipped_in() {
    let g = given();
    let thief = g.world.desk_key();
    let forged = give(&g.world, &g.vault, &g.lead, &g.officer, &thief).expect("made");
    assert_eq!(g.open(&forged, &g.officer).err(), Some(VaultError::NotEntitled));
}

#[test]
fn no_bit_of_a_grant_can_be_flipped() {
    let g = given();
    for at in 0..g.grant.as_bytes().len() {
        let mut bytes = g.grant.as_bytes().to_vec();
        bytes[at] ^= 1;
        let opened = Grant::from_row(bytes).and_then(|bent| g.open(&bent, &g.officer));
        assert!(opened.is_err(), "byte {at}");
    }
}

#[test]
fn whoever_belongs_to_another_desk_gets_nothing() {
    let mut g = given();
    let (counsellor, _) = g.world.anchored(g.world.counselling);
    let crossed = give(&g.world, &g.vault, &g.lead, &counsellor, &g.key);
    assert_eq!(crossed.err(), Some(VaultError::NotEntitled));
}

#[test]
fn a_revoked_member_opens_nothing_and_the_grants_of_a_departed_lead_stay_good() {
    let mut g = given();
    let heir = g.world.person();
    let claim = g.world.staff(&heir, Role::Lead(Kind::Tips), Some(g.world.tips));
    g.world.by(&g.lead, &claim);
    let mut claim = g.world.staff(&g.lead, Role::Lead(Kind::Tips), Some(g.world.tips));
    claim.status = Status::Revoked;
    g.world.by(&heir, &claim);
    assert!(g.open(&g.grant, &g.officer).is_ok());

    let mut claim = g.world.staff(&g.officer, Role::Member(Kind::Tips), Some(g.world.tips));
    claim.status = Status::Revoked;
    g.world.by(&heir, &claim);
    assert_eq!(g.open(&g.grant, &g.officer).err(), Some(VaultError::NotEntitled));
}
