mod tree;
mod world;

use uuid::Uuid;

use super::super::{Custodian, RootKey, StaffKeys, StaffSecret};
use super::*;

pub(in crate::vault) use world::{Person, World};

const TODAY: i64 = 20_000;

#[test]
fn what_chains_to_the_root_is_trusted() {
    let mut w = World::new();
    let (lead, key) = w.anchored(w.tips);
    let (admin, auditor, officer) = (w.person(), w.person(), w.person());
    let claim = w.staff(&admin, Role::Administrator, None);
    w.by_root(&claim);
    let claim = w.staff(&auditor, Role::Auditor, None);
    w.by(&admin, &claim);
    let claim = w.staff(&officer, Role::Member(Kind::Tips), Some(w.tips));
    w.by(&lead, &claim);

    let directory = w.verify();
    assert_eq!(directory.rejected(), []);
    assert_eq!(directory.desk(w.tips).expect("trusted").kid(), key.kid());
    let found = directory.staff(officer.id).expect("trusted");
    assert_eq!((found.role, found.desk), (Role::Member(Kind::Tips), Some(w.tips)));
    assert!(found.sign_key.verify(b"head", &officer.secret.sign(b"head")));
    assert!(!found.sign_key.verify(b"head", &lead.secret.sign(b"head")));
    assert!(directory.staff(auditor.id).is_some());
    assert_eq!(directory.members(w.tips).count(), 2);
    assert_eq!(directory.desk(w.counselling).err(), Some(NoTrustedKey));
}

#[test]
fn a_public_key_put_into_a_signed_entry_is_refused() {
    let mut w = World::new();
    w.anchored(w.tips);
    let thief = w.desk_key();
    let mut bytes = w.entries[1].to_bytes();
    bytes[55..87].copy_from_slice(&thief.public().to_bytes());
    w.entries[1] = Entry::from_row(&bytes).expect("well formed");
    assert_eq!(w.reasons(), [Reason::Signature]);
    assert_eq!(w.verify().desk(w.tips).err(), Some(NoTrustedKey));
}

#[test]
fn no_bit_of_an_entry_can_be_flipped() {
    let mut w = World::new();
    w.anchored(w.tips);
    let good = w.entries[1].to_bytes();
    assert_eq!(good.len(), 208);
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        if let Ok(bent) = Entry::from_row(&bytes) {
            w.entries[1] = bent;
            assert!(w.verify().desk(w.tips).is_err(), "byte {at}");
        }
    }
}

#[test]
fn entries_signed_by_strangers_or_of_other_deployments_count_for_nothing() {
    let mut w = World::new();
    let (stranger, key) = (w.person(), w.desk_key());
    let claim = w.desk(w.tips, &key, None);
    w.by(&stranger, &claim);
    let claim = w.staff(&stranger, Role::Lead(Kind::Tips), Some(w.tips));
    w.by(&stranger, &claim);
    let claim = w.staff(&stranger, Role::Lead(Kind::Tips), Some(w.tips));
    let elsewhere = DeploymentId::random(&w.entropy).expect("seeded");
    w.entries.push(w.root.sign_entry(elsewhere, &claim));
    assert_eq!(w.reasons(), [Reason::UnknownSigner, Reason::UnknownSigner, Reason::OtherDeployment]);
    assert!(w.verify().desk(w.tips).is_err());
}

#[test]
fn a_lead_signs_for_the_own_desk_only() {
    let mut w = World::new();
    let (tips_lead, _) = w.anchored(w.tips);
    let (_, key) = w.anchored(w.counselling);
    let (spy, thief) = (w.person(), w.desk_key());
    let claims = [
        w.desk(w.counselling, &thief, None),
        w.staff(&spy, Role::Member(Kind::Counselling), Some(w.counselling)),
        w.staff(&spy, Role::Lead(Kind::Counselling), Some(w.counselling)),
        w.staff(&spy, Role::Administrator, None),
        w.staff(&spy, Role::Supervisor, None),
    ];
    for claim in &claims {
        w.by(&tips_lead, claim);
    }
    assert_eq!(w.reasons(), [Reason::NotEntitled; 5]);
    assert_eq!(w.verify().desk(w.counselling).expect("trusted").kid(), key.kid());
}

#[test]
fn nobody_takes_over_another_desks_member() {
    let mut w = World::new();
    let (tips_lead, _) = w.anchored(w.tips);
    let (counsellor, _) = w.anchored(w.counselling);
    let mut claim = w.staff(&counsellor, Role::Member(Kind::Tips), Some(w.tips));
    w.by(&tips_lead, &claim);
    claim = w.staff(&counsellor, Role::Lead(Kind::Counselling), Some(w.counselling));
    claim.status = Status::Revoked;
    w.by(&tips_lead, &claim);
    assert_eq!(w.reasons(), [Reason::NotEntitled; 2]);
    assert_eq!(w.verify().staff(counsellor.id).and_then(|s| s.desk), Some(w.counselling));
}

#[test]
fn members_and_administrators_sign_neither_desks_nor_colleagues() {
    let mut w = World::new();
    let (lead, _) = w.anchored(w.tips);
    let (admin, officer, thief) = (w.person(), w.person(), w.desk_key());
    let claim = w.staff(&admin, Role::Administrator, None);
    w.by_root(&claim);
    let claim = w.staff(&officer, Role::Member(Kind::Tips), Some(w.tips));
    w.by(&lead, &claim);
    for who in [&admin, &officer] {
        let friend = w.person();
        let claim = w.staff(&friend, Role::Member(Kind::Tips), Some(w.tips));
        w.by(who, &claim);
        let claim = w.desk(w.tips, &thief, None);
        w.by(who, &claim);
    }
    let claim = w.desk(w.tips, &thief, None);
    w.by_root(&claim);
    assert_eq!(w.reasons(), [Reason::NotEntitled; 5]);
}

#[test]
fn a_parents_lead_names_the_first_lead_of_a_child_desk() {
    let mut w = World::new();
    let (lead, tips_key) = w.anchored(w.tips);
    let (local, key) = (w.person(), w.desk_key());
    let claim = w.staff(&local, Role::Lead(Kind::Tips), Some(w.district));
    w.by(&lead, &claim);
    let claim = w.desk(w.district, &key, Some(w.tips));
    w.by(&local, &claim);
    let directory = w.verify();
    assert_eq!(directory.rejected(), []);
    assert_eq!(directory.parent(w.district), Some(w.tips));
    let readers: Vec<_> = directory.readers(w.district).expect("trusted").iter().map(|k| k.kid()).collect();
    assert_eq!(readers, [key.kid(), tips_key.kid()]);
    let claim = w.desk(w.district, &key, None);
    w.by(&lead, &claim);
    assert_eq!(w.reasons(), [Reason::NotEntitled], "the parent's lead knows no key of the child");
}

#[test]
fn the_next_key_takes_over_and_no_older_one_returns() {
    let mut w = World::new();
    let (lead, old) = w.anchored(w.tips);
    let new = w.desk_key();
    let claim = w.desk(w.tips, &new, None);
    w.by(&lead, &claim);
    assert_eq!(w.verify().desk(w.tips).expect("trusted").kid(), new.kid());
    assert!(w.verify().knows_desk_key(w.tips, old.kid()));

    let mut claim = w.desk(w.tips, &old, None);
    claim.status = Status::Revoked;
    w.by(&lead, &claim);
    assert_eq!(w.verify().desk(w.tips).expect("the other key").kid(), new.kid());

    let mut claim = w.desk(w.tips, &new, None);
    claim.status = Status::Revoked;
    w.by(&lead, &claim);
    assert_eq!(w.verify().desk(w.tips).err(), Some(NoTrustedKey));
}

#[test]
fn an_expired_desk_key_is_used_until_there_is_another_and_said_loudly() {
    let mut w = World::new();
    let (lead, old) = w.anchored(w.tips);
    let directory = w.verify_on(20_301);
    assert_eq!(directory.desk(w.tips).expect("still used").kid(), old.kid());
    let ending = directory.expiring_within(0);
    assert!(ending.iter().any(|e| e.owner == Owner::Desk(w.tips) && e.expired));
    assert!(w.verify_on(20_241).expiring_within(60).iter().all(|e| !e.expired));
    assert_eq!(w.verify_on(20_239).expiring_within(60), []);

    let new = w.desk_key();
    let claim = w.desk(w.tips, &new, None);
    w.by(&lead, &claim);
    assert_eq!(w.verify_on(20_301).desk(w.tips).expect("the successor").kid(), new.kid());
}

#[test]
fn an_expired_member_is_given_nothing_and_signs_nothing() {
    let mut w = World::new();
    let (lead, _) = w.anchored(w.tips);
    assert!(w.verify_on(20_301).staff(lead.id).is_none());
    assert!(w.verify_on(20_301).unrevoked(lead.id).is_some());
    let friend = w.person();
    let mut claim = w.staff(&friend, Role::Member(Kind::Tips), Some(w.tips));
    (claim.not_before_day, claim.not_after_day) = (20_301, 20_400);
    w.by(&lead, &claim);
    let directory = w.verify_on(20_301);
    assert_eq!(directory.rejected()[0].reason, Reason::SignerExpired);
}

#[test]
fn a_revoked_lead_signs_no_more_but_what_was_signed_stays() {
    let mut w = World::new();
    let (lead, key) = w.anchored(w.tips);
    let (heir, officer, friend) = (w.person(), w.person(), w.person());
    let claim = w.staff(&officer, Role::Member(Kind::Tips), Some(w.tips));
    w.by(&lead, &claim);
    let claim = w.staff(&heir, Role::Lead(Kind::Tips), Some(w.tips));
    w.by(&lead, &claim);
    let mut claim = w.staff(&lead, Role::Lead(Kind::Tips), Some(w.tips));
    claim.status = Status::Revoked;
    w.by(&heir, &claim);
    let claim = w.staff(&friend, Role::Member(Kind::Tips), Some(w.tips));
    w.by(&lead, &claim);
    assert_eq!(w.reasons(), [Reason::SignerRevoked]);
    let directory = w.verify();
    assert!(directory.staff(lead.id).is_none() && directory.unrevoked(lead.id).is_none());
    assert!(directory.staff(officer.id).is_some());
    assert_eq!(directory.desk(w.tips).expect("trusted").kid(), key.kid());
}

#[test]
fn entries_of_tomorrow_wait_and_weak_keys_never_count() {
    let mut w = World::new();
    let (lead, _) = w.anchored(w.tips);
    let mut claim = w.desk(w.tips, &w.desk_key(), None);
    claim.not_before_day = 20_002;
    w.by(&lead, &claim);
    let weak = StaffKeys { wrap: lead.secret.public().wrap, sign: [0; 32] };
    let staff = StaffId::random(&w.entropy).expect("seeded");
    let claim =
        w.claim(Subject::Staff { staff, role: Role::Member(Kind::Tips), desk: Some(w.tips), keys: weak });
    w.by(&lead, &claim);
    assert_eq!(w.reasons(), [Reason::NotYet, Reason::BadKey]);
    assert_eq!(w.verify_on(20_001).rejected().len(), 1);
}

#[test]
fn a_serial_serves_one_owner_once() {
    let mut w = World::new();
    let (lead, key) = w.anchored(w.tips);
    let mut claim = w.desk(w.tips, &w.desk_key(), None);
    claim.serial = 2;
    w.by(&lead, &claim);
    assert_eq!(w.reasons(), [Reason::Serial]);
    assert_eq!(w.verify().desk(w.tips).expect("trusted").kid(), key.kid());
}

#[test]
fn custodians_are_named_by_the_root_alone_and_stay_in_their_tree() {
    let mut w = World::new();
    let (lead, _) = w.anchored(w.tips);
    let mut kids = Vec::new();
    for by_root in [true, true, true, false] {
        let key = Custodian::generate(&w.entropy).expect("seeded").key().public().to_bytes();
        let id = Uuid::from_u128(kids.len() as u128 + 1);
        let claim = w.claim(Subject::Custodian { id, tree: w.tips, key });
        if by_root {
            w.by_root(&claim);
        } else {
            w.by(&lead, &claim);
        }
        kids.push(key);
    }
    let directory = w.verify();
    let found: Vec<_> = directory.custodians(w.tips).iter().map(|k| k.to_bytes()).collect();
    assert_eq!(found, kids[..3]);
    assert!(directory.custodians(w.counselling).is_empty());
    assert_eq!(w.reasons(), [Reason::NotEntitled]);
}

#[test]
fn passing_off_a_colleagues_key_as_ones_own_silences_nobody() {
    let mut w = World::new();
    let (tips_lead, _) = w.anchored(w.tips);
    let (counsellor, _) = w.anchored(w.counselling);
    for _ in 0..8 {
        let double = Person { id: w.person().id, secret: StaffSecret::from_seed(counsellor.secret.seed()) };
        let claim = w.staff(&double, Role::Member(Kind::Tips), Some(w.tips));
        w.by(&tips_lead, &claim);
    }
    let key = w.desk_key();
    let claim = w.desk(w.counselling, &key, None);
    w.by(&counsellor, &claim);
    assert_eq!(w.reasons(), []);
    assert_eq!(w.verify().desk(w.counselling).expect("trusted").kid(), key.kid());
}

#[test]
fn the_fingerprint_follows_what_counts() {
    let mut w = World::new();
    let (lead, _) = w.anchored(w.tips);
    let before = w.verify().fingerprint();
    let (stranger, key) = (w.person(), w.desk_key());
    let claim = w.desk(w.tips, &key, None);
    w.by(&stranger, &claim);
    assert_eq!(w.verify().fingerprint(), before);
    w.by(&lead, &claim);
    assert_ne!(w.verify().fingerprint(), before);
}

#[test]
fn the_root_key_survives_paper_and_configuration() {
    let w = World::new();
    let again = RootKey::parse(w.root.print().expose()).expect("parses");
    assert_eq!(again.public(), w.root.public());
    let text = w.root.public().to_string();
    assert_eq!(text.parse::<RootPublic>(), Ok(w.root.public()));
    assert!(RootKey::parse(&text).is_err(), "the public half is not taken for the private one");
}
