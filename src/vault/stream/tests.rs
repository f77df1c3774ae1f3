use proptest::prelude::*;

use super::super::Recipient;
use super::*;
use crate::kernel::Entropy;
use crate::kernel::id::{CaseId, DeploymentId, ItemId};

struct World {
    vault: Vault,
    place: Place,
    desk: PrivateKey,
}

fn world() -> World {
    let entropy = Entropy::seeded(31);
    let item = ItemId::random(&entropy).expect("seeded");
    let case = CaseId::random(&entropy).expect("seeded");
    World {
        desk: PrivateKey::generate(Recipient::Desk, &entropy).expect("seeded"),
        place: Place::first(ItemKind::Attachment, item, case),
        vault: Vault::new(DeploymentId::random(&entropy).expect("seeded"), entropy.clone()),
    }
}

impl World {
    fn seal(&self, data: &[u8], piece: usize) -> (Vec<u8>, Wrap) {
        let (mut sealer, wraps) =
            self.vault.seal_attachment(&self.place, &[self.desk.public()]).expect("sealed");
        let mut out = Vec::new();
        for piece in data.chunks(piece) {
            sealer.push(piece, &mut out).expect("sealed");
        }
        let tail = sealer.finish();
        assert_eq!(tail.length(), data.len() as u64);
        for piece in tail {
            let piece = piece.expect("sealed");
            assert!(piece.len() <= HEADER + CHUNK + TAG);
            out.extend(piece);
        }
        (out, wraps.into_iter().next().expect("one reader"))
    }

    fn open(&self, sealed: &[u8], wrap: &Wrap, piece: usize) -> Result<Vec<u8>, VaultError> {
        let mut opener = self.vault.open_attachment(&self.place, wrap, &self.desk)?;
        let mut out = Vec::new();
        for piece in sealed.chunks(piece) {
            opener.push(piece, &mut out)?;
            assert!(opener.buffer.len() <= CHUNK + TAG);
        }
        let length = opener.finish(&mut out)?;
        assert_eq!(length, out.len() as u64);
        Ok(out)
    }
}

#[test]
fn edges_of_frames_and_classes_come_back_whole() {
    let w = world();
    let full = ROOM * 4;
    for len in [0, 1, ROOM - 1, ROOM, ROOM + 1, full - 2, full - 1, full, full + 1, ROOM * 5, 300_000] {
        let data: Vec<u8> = (0..len).map(|i| i.to_le_bytes()[0] | 1).collect();
        let (sealed, wrap) = w.seal(&data, 10_000);
        assert_eq!(w.open(&sealed, &wrap, 7_777), Ok(data), "{len}");
    }
}

#[test]
fn small_files_all_have_one_length() {
    let w = world();
    let length = |len| w.seal(&vec![1; len], 1 << 20).0.len();
    assert_eq!(length(0), length(60_000));
    assert_eq!(length(1), 58 + 65_536 + 5 * 16);
}

#[test]
fn a_file_cut_at_any_chunk_is_noticed() {
    let w = world();
    let (sealed, wrap) = w.seal(&vec![9; 200_000], 1 << 20);
    let mut cut = HEADER;
    while cut < sealed.len() {
        assert_eq!(w.open(&sealed[..cut], &wrap, 50_000), Err(VaultError::DoesNotOpen), "{cut}");
        cut += CHUNK + TAG;
    }
    assert!(w.open(&sealed[..sealed.len() - 1], &wrap, 50_000).is_err());
    assert!(w.open(&[], &wrap, 1).is_err());
}

#[test]
fn chunks_cannot_be_exchanged_repeated_or_added() {
    let w = world();
    let (sealed, wrap) = w.seal(&vec![9; 200_000], 1 << 20);
    let chunk = |n: usize| HEADER + n * (CHUNK + TAG)..HEADER + (n + 1) * (CHUNK + TAG);
    let mut swapped = sealed.clone();
    swapped[chunk(0)].copy_from_slice(&sealed[chunk(1)]);
    swapped[chunk(1)].copy_from_slice(&sealed[chunk(0)]);
    assert!(w.open(&swapped, &wrap, 50_000).is_err());
    let mut longer = sealed.clone();
    longer.extend_from_slice(&sealed[chunk(0)]);
    assert!(w.open(&longer, &wrap, 50_000).is_err());
}

#[test]
fn a_file_opens_in_its_own_place_only() {
    let w = world();
    let (sealed, wrap) = w.seal(b"jpeg", 10);
    let mut other = world();
    other.place.part = 1;
    assert_eq!(other.open(&sealed, &wrap, 100_000), Err(VaultError::DoesNotOpen));
    other.place.kind = ItemKind::Tip;
    assert_eq!(other.open(&sealed, &wrap, 100_000), Err(VaultError::WrongKind));
}

#[test]
fn frames_that_break_the_rules_are_refused() {
    let full = |used: u16, fill: u8| {
        let mut chunk = vec![fill; CHUNK];
        chunk[..2].copy_from_slice(&used.to_be_bytes());
        chunk
    };
    let mut ended = false;
    assert!(unframe(&full(16_382, 1), &mut ended).is_ok() && !ended);
    assert!(unframe(&full(10, 1), &mut ended).is_err(), "padding that is not zero");
    assert!(unframe(&full(16_383, 0), &mut ended).is_err(), "more than fits");
    assert!(unframe(&full(10, 0), &mut ended).is_ok() && ended);
    assert!(unframe(&full(1, 0), &mut ended).is_err(), "data after the end");
    assert!(unframe(&[0], &mut ended).is_err(), "half a frame");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pieces_of_any_size_make_the_same_file(
        len in 0..150_000_usize,
        push in 1..40_000_usize,
        pull in 1..40_000_usize,
    ) {
        let w = world();
        let data: Vec<u8> = (0..len).map(|i| i.to_le_bytes()[0]).collect();
        let (sealed, wrap) = w.seal(&data, push);
        prop_assert_eq!(w.open(&sealed, &wrap, pull), Ok(data));
    }

    #[test]
    fn any_flipped_bit_is_an_error(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let w = world();
        let (mut sealed, wrap) = w.seal(&vec![5; 70_000], 70_000);
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(w.open(&sealed, &wrap, 100_000).is_err());
    }
}
