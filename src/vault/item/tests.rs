use std::collections::HashSet;

use proptest::prelude::*;

use super::super::{Recipient, VaultError};
use super::*;
use crate::kernel::Entropy;
use crate::kernel::id::{CaseId, DeploymentId, ItemId};

struct World {
    vault: Vault,
    place: Place,
    desk: PrivateKey,
    parent: PrivateKey,
}

fn world(seed: u64) -> World {
    let entropy = Entropy::seeded(seed);
    let item = ItemId::random(&entropy).expect("seeded");
    let case = CaseId::random(&entropy).expect("seeded");
    let key = || PrivateKey::generate(Recipient::Desk, &entropy).expect("seeded");
    World {
        desk: key(),
        parent: key(),
        place: Place { kind: ItemKind::Tip, item, case, part: 1, rev: 2 },
        vault: Vault::new(DeploymentId::random(&entropy).expect("seeded"), entropy.clone()),
    }
}

impl World {
    fn seal(&self, body: &[u8]) -> SealedItem {
        let to = [self.desk.public(), self.parent.public()];
        self.vault.seal_item(&self.place, body, &to).expect("sealed")
    }

    fn open(&self, item: &SealedItem) -> Result<Vec<u8>, VaultError> {
        let opened = self.vault.open_item(&self.place, &item.blob, &item.wraps[0], &self.desk)?;
        Ok(opened.expose().clone())
    }
}

#[test]
fn every_reader_opens_and_nobody_else() {
    let w = world(1);
    let sealed = w.seal("xã Tân Lập, quán số 12".as_bytes());
    for (wrap, key) in sealed.wraps.iter().zip([&w.desk, &w.parent]) {
        assert_eq!((wrap.as_bytes().len(), wrap.kid()), (90, key.kid()));
        let stored = Wrap::from_row(wrap.as_bytes().to_vec()).expect("well formed");
        let blob = Sealed::from_row(sealed.blob.as_bytes().to_vec()).expect("well formed");
        let opened = w.vault.open_item(&w.place, &blob, &stored, key).expect("opens");
        assert_eq!(opened.expose(), "xã Tân Lập, quán số 12".as_bytes());
    }
    let wrong = w.vault.open_item(&w.place, &sealed.blob, &sealed.wraps[0], &w.parent);
    assert_eq!(wrong.err(), Some(VaultError::OtherKey));
}

#[test]
fn an_item_opens_in_its_own_place_only() {
    let w = world(2);
    let sealed = w.seal(b"text");
    let other = world(3);
    let p = w.place;
    let elsewhere = [
        Place { kind: ItemKind::Note, ..p },
        Place { item: other.place.item, ..p },
        Place { case: other.place.case, ..p },
        Place { part: 2, ..p },
        Place { rev: 3, ..p },
        Place { item: ItemId::from_uuid(p.case.uuid()), case: CaseId::from_uuid(p.item.uuid()), ..p },
    ];
    for place in elsewhere {
        let opened = w.vault.open_item(&place, &sealed.blob, &sealed.wraps[0], &w.desk);
        assert_eq!(opened.err(), Some(VaultError::DoesNotOpen), "{place:?}");
    }
    let foreign = other.vault.open_item(&p, &sealed.blob, &sealed.wraps[0], &w.desk);
    assert_eq!(foreign.err(), Some(VaultError::DoesNotOpen));
}

#[test]
fn a_blob_does_not_open_with_another_items_wrap() {
    let w = world(4);
    let (one, two) = (w.seal(b"one"), w.seal(b"two"));
    let crossed = w.vault.open_item(&w.place, &one.blob, &two.wraps[0], &w.desk);
    assert_eq!(crossed.err(), Some(VaultError::DoesNotOpen));
}

#[test]
fn another_data_key_fails_at_the_commitment_before_anything_is_decrypted() {
    let w = world(5);
    let context = w.place.context(w.vault.deployment());
    let blob = blob::seal(w.vault.entropy(), &[1; 32], Framing::Text, &[&context], b"x").expect("sealed");
    let salt: [u8; 24] = blob.as_bytes()[2..26].try_into().expect("24 bytes");
    let stored = &blob.as_bytes()[26..58];
    let derive = |key| super::super::cobble::Cobble::derive(key, &salt, &[&context]);
    assert!(derive(&[1; 32]).check(stored).is_ok());
    assert_eq!(derive(&[2; 32]).check(stored), Err(VaultError::DoesNotOpen));
    assert!(blob::open(&[2; 32], Framing::Text, &[&context], &blob).is_err());
}

#[test]
fn a_wrap_goes_over_to_another_desk_and_under_the_symmetric_key() {
    let w = world(6);
    let sealed = w.seal(b"text");
    let next = PrivateKey::generate(Recipient::Desk, w.vault.entropy()).expect("seeded");
    let moved = w.vault.rewrap(&w.place, &sealed.wraps[0], &w.desk, next.public()).expect("rewrapped");
    let fast = w.vault.rewrap_symmetric(&w.place, &moved, &next).expect("rewrapped");
    assert!(fast.is_symmetric() && !moved.is_symmetric());
    assert_eq!((fast.kid(), fast.as_bytes().len()), (next.kid(), 114));
    for wrap in [&moved, &fast] {
        let wrap = Wrap::from_row(wrap.as_bytes().to_vec()).expect("well formed");
        let opened = w.vault.open_item(&w.place, &sealed.blob, &wrap, &next).expect("opens");
        assert_eq!(opened.expose(), b"text");
        assert!(w.vault.open_item(&w.place, &sealed.blob, &wrap, &w.desk).is_err());
    }
    let elsewhere = Place { case: CaseId::from_uuid(Uuid::nil()), ..w.place };
    assert!(w.vault.rewrap(&elsewhere, &fast, &next, w.desk.public()).is_err());
}

#[test]
fn a_wrap_for_one_kind_of_owner_never_opens_for_another() {
    let w = world(7);
    let staff = PrivateKey::from_seed(Recipient::Staff, w.desk.seed());
    assert_eq!(staff.kid(), w.desk.kid());
    let sealed = w.seal(b"text");
    let opened = w.vault.open_item(&w.place, &sealed.blob, &sealed.wraps[0], &staff);
    assert_eq!(opened.err(), Some(VaultError::DoesNotOpen));
}

#[test]
fn unknown_versions_suites_and_lengths_are_refused() {
    let w = world(8);
    let sealed = w.seal(b"text");
    for at in [0, 1] {
        let mut blob = sealed.blob.as_bytes().to_vec();
        blob[at] = 9;
        assert_eq!(Sealed::from_row(blob), Err(VaultError::Malformed));
        let mut wrap = sealed.wraps[0].as_bytes().to_vec();
        wrap[at] = 9;
        assert_eq!(Wrap::from_row(wrap), Err(VaultError::Malformed));
    }
    assert!(Wrap::from_row(sealed.wraps[0].as_bytes()[..89].to_vec()).is_err());
    assert!(Sealed::from_row(b"a text that nobody sealed, of whatever length it may be".to_vec()).is_err());
}

#[test]
fn kinds_with_functions_of_their_own_are_refused_here() {
    let w = world(9);
    for kind in [ItemKind::Attachment, ItemKind::StaffVault, ItemKind::Session, ItemKind::Transit] {
        let place = Place { kind, ..w.place };
        let sealed = w.vault.seal_item(&place, b"x", &[w.desk.public()]);
        assert_eq!(sealed.err(), Some(VaultError::WrongKind));
    }
}

#[test]
fn padding_that_is_not_zero_or_too_long_is_an_error() {
    let w = world(10);
    let context = w.place.context(w.vault.deployment());
    let bare = |plain: &[u8]| {
        let mut sealed = blob::seal(w.vault.entropy(), &[1; 32], Framing::Bare, &[&context], plain)
            .expect("sealed")
            .into_bytes();
        sealed[1] = Framing::Text as u8;
        let sealed = Sealed::from_row(sealed).expect("well formed");
        blob::open(&[1; 32], Framing::Text, &[&context], &sealed).map(|plain| plain.to_vec())
    };
    let mut plain = vec![0; 2048];
    plain[3] = 5;
    assert_eq!(bare(&plain), Ok(vec![0; 5]));
    plain[9] = 1;
    assert_eq!(bare(&plain), Err(VaultError::DoesNotOpen));
    plain[9] = 0;
    plain.resize(4096, 0);
    assert_eq!(bare(&plain), Err(VaultError::DoesNotOpen));
    assert_eq!(bare(&[0, 0, 0, 5, 1]), Err(VaultError::DoesNotOpen));
}

#[test]
fn salts_and_ephemeral_keys_never_repeat() {
    let entropy = Entropy::System;
    let w = world(11);
    let vault = Vault::new(w.vault.deployment(), entropy);
    let mut seen = HashSet::new();
    for _ in 0..500 {
        let sealed = vault.seal_item(&w.place, b"same text", &[w.desk.public()]).expect("sealed");
        assert!(seen.insert(sealed.blob.as_bytes()[2..26].to_vec()));
        assert!(seen.insert(sealed.wraps[0].as_bytes()[10..42].to_vec()));
    }
}

#[test]
fn data_keys_and_tokens_of_100_000_draws_are_all_different() {
    let mut seen = HashSet::new();
    for _ in 0..100_000 {
        assert!(seen.insert(Entropy::System.bytes::<32>().expect("os")));
    }
}

macro_rules! assert_lacks {
    ($trait:path: $($type:ty),+) => {$({
        trait Lacks<A> { fn checked() {} }
        impl<T: ?Sized> Lacks<()> for T {}
        struct Has;
        impl<T: ?Sized + $trait> Lacks<Has> for T {}
        // Two candidates, and thus no compilation, if the type had the trait.
        <$type as Lacks<_>>::checked();
    })+};
}

#[test]
fn secrets_can_be_neither_printed_nor_copied_nor_stored() {
    use super::super::{Custodian, ReceiptKey, RootKey, SessionToken, StaffSecret, TransitKey};
    assert_lacks!(std::fmt::Debug: PrivateKey, StaffSecret, RootKey, Custodian, ReceiptKey, SessionToken, TransitKey);
    assert_lacks!(Clone: PrivateKey, StaffSecret, RootKey, Custodian, ReceiptKey, SessionToken, TransitKey);
    assert_lacks!(serde::Serialize: PrivateKey, StaffSecret, RootKey, Custodian, ReceiptKey, SessionToken);
    assert_lacks!(std::fmt::Display: PrivateKey, StaffSecret, RootKey, Custodian, ReceiptKey, SessionToken);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_sealed_opens_to_itself(body in proptest::collection::vec(any::<u8>(), 0..70_000)) {
        let w = world(20);
        prop_assert_eq!(w.open(&w.seal(&body)), Ok(body));
    }

    #[test]
    fn any_flipped_bit_of_blob_or_wrap_is_an_error(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let w = world(21);
        let mut sealed = w.seal(b"text");
        let mut blob = sealed.blob.as_bytes().to_vec();
        let byte = at.index(blob.len());
        blob[byte] ^= 1 << bit;
        let mut wrap = sealed.wraps[0].as_bytes().to_vec();
        let byte = at.index(wrap.len());
        wrap[byte] ^= 1 << bit;
        if let Ok(blob) = Sealed::from_row(blob) {
            let bent = SealedItem { blob, ..sealed.clone() };
            prop_assert!(w.open(&bent).is_err());
        }
        if let Ok(wrap) = Wrap::from_row(wrap) {
            sealed.wraps[0] = wrap;
            prop_assert!(w.open(&sealed).is_err());
        }
    }

    #[test]
    fn a_ciphertext_cut_anywhere_is_an_error(len in 0..40_000_usize, cut in any::<prop::sample::Index>()) {
        let w = world(22);
        let sealed = w.seal(&vec![7; len]);
        let whole = sealed.blob.as_bytes();
        let blob = Sealed::from_row(whole[..cut.index(whole.len())].to_vec());
        if let Ok(blob) = blob {
            let cut = SealedItem { blob, ..sealed.clone() };
            prop_assert!(w.open(&cut).is_err());
        }
    }

    #[test]
    fn the_length_tells_only_the_class(one in 0..2045_usize, two in 0..2045_usize) {
        let w = world(23);
        let length = |len| w.seal(&vec![1; len]).blob.as_bytes().len();
        prop_assert_eq!(length(one), length(two));
        prop_assert_eq!(length(one), 58 + 2048 + 16);
    }
}
