//! What a desk is and where it stands: settled by signatures, whatever rows and leads say later.

use super::super::*;
use super::World;
use crate::vault::PrivateKey;

#[test]
fn nobody_becomes_the_parent_of_a_desk_the_root_anchored() {
    let mut w = World::new();
    let (tips_lead, _) = w.anchored(w.tips);
    w.anchored(w.second);
    let spy = w.person();
    let claim = w.staff(&spy, Role::Lead(Kind::Tips), Some(w.second));
    w.by(&tips_lead, &claim);
    assert_eq!(w.reasons(), [Reason::NotEntitled]);
    let directory = w.verify();
    assert!(directory.staff(spy.id).is_none());
    assert_eq!(directory.parent(w.second), None);
}

#[test]
fn a_lead_named_with_an_old_date_takes_no_top_desk() {
    let mut w = World::new();
    let (tips_lead, _) = w.anchored(w.tips);
    let spy = w.person();
    let claim = w.staff(&spy, Role::Lead(Kind::Tips), Some(w.second));
    w.by(&tips_lead, &claim);
    let (_, key) = w.anchored(w.second);
    w.custodian(w.second);
    assert_eq!(w.reasons(), [Reason::NotEntitled], "though it comes before the root's own word");
    assert_eq!(w.verify().desk(w.second).expect("trusted").kid(), key.kid());
}

#[test]
fn a_child_desk_has_one_parent_for_ever() {
    let mut w = World::new();
    let (lead, _) = w.anchored(w.tips);
    let (other, _) = w.anchored(w.second);
    let (local, spy, key) = (w.person(), w.person(), w.desk_key());
    let claim = w.staff(&local, Role::Lead(Kind::Tips), Some(w.district));
    w.by(&lead, &claim);
    for parent in [None, Some(w.second)] {
        let claim = w.desk(w.district, &key, parent);
        w.by(&local, &claim);
    }
    let claim = w.staff(&spy, Role::Lead(Kind::Tips), Some(w.district));
    w.by(&other, &claim);
    assert_eq!(w.reasons(), [Reason::OtherTree, Reason::OtherTree, Reason::NotEntitled]);
    assert_eq!(w.verify().parent(w.district), Some(w.tips));
    let heir = w.person();
    let claim = w.staff(&heir, Role::Lead(Kind::Tips), Some(w.district));
    w.by_root(&claim);
    assert_eq!(w.verify().parent(w.district), Some(w.tips), "the root names a lead and moves no desk");
}

#[test]
fn no_lead_signs_the_own_desk_into_another_lane() {
    let mut w = World::new();
    let (lead, key) = w.anchored(w.tips);
    let (friend, thief) = (w.person(), w.desk_key());
    let counselling = |key: &PrivateKey| Subject::Desk {
        desk: w.tips,
        kind: Kind::Counselling,
        parent: None,
        key: key.public().to_bytes(),
    };
    let subjects = [counselling(&key), counselling(&thief)];
    for subject in subjects {
        let claim = w.claim(subject);
        w.by(&lead, &claim);
    }
    for role in [Role::Member(Kind::Counselling), Role::Lead(Kind::Oversight)] {
        let claim = w.staff(&friend, role, Some(w.tips));
        w.by(&lead, &claim);
    }
    let claim = w.staff(&friend, Role::Lead(Kind::Counselling), Some(w.district));
    w.by(&lead, &claim);
    assert_eq!(w.reasons()[..4], [Reason::OtherTree; 4]);
    assert_eq!(w.reasons()[4..], [Reason::NotEntitled], "a child is of its parent's kind");
    assert_eq!(w.verify().kind(w.tips), Some(Kind::Tips));
    let claim = w.staff(&friend, Role::Lead(Kind::Counselling), Some(w.tips));
    w.by_root(&claim);
    assert_eq!(w.reasons()[5..], [Reason::OtherTree], "not even the root");
}

#[test]
fn what_was_seen_to_count_is_not_forgotten_because_a_row_was_altered_or_deleted() {
    let mut w = World::new();
    let (lead, key) = w.anchored(w.tips);
    let officer = w.person();
    let claim = w.staff(&officer, Role::Member(Kind::Tips), Some(w.tips));
    w.by(&lead, &claim);
    let mut claim = w.staff(&officer, Role::Member(Kind::Tips), Some(w.tips));
    claim.status = Status::Revoked;
    w.by(&lead, &claim);
    let remembered = w.verify().entries().to_vec();
    assert_eq!(w.verify_beside(&remembered).missed(), 0);

    let thief = w.desk_key();
    let mut bytes = w.entries[1].to_bytes();
    bytes[55..87].copy_from_slice(&thief.public().to_bytes());
    w.entries[1] = Entry::from_row(&bytes).expect("well formed");
    w.entries.pop();
    let directory = w.verify_beside(&remembered);
    assert_eq!(directory.desk(w.tips).expect("trusted").kid(), key.kid());
    assert!(directory.unrevoked(officer.id).is_none(), "the revocation still stands");
    assert_eq!((directory.missed(), directory.rejected().len()), (2, 1));
    assert_eq!(directory.entries(), remembered);
}

#[test]
fn what_is_remembered_needs_its_signature_like_everything_else() {
    let mut w = World::new();
    w.anchored(w.tips);
    let stranger = w.person();
    let claim = w.staff(&stranger, Role::Lead(Kind::Tips), Some(w.tips));
    let forged = stranger.secret.sign_entry(w.deployment, &claim);
    let directory = w.verify_beside(&[forged]);
    assert!(directory.staff(stranger.id).is_none());
    assert_eq!((directory.missed(), directory.rejected().len()), (0, 0));
}
