use std::time::Duration;

use tempfile::TempDir;

use super::super::{Vault, VaultError};
use super::chain::Chain;
use super::*;
use crate::kernel::id::{DeploymentId, RowId};

const DAY_LONG: Duration = Duration::from_hours(24);

struct World {
    dir: TempDir,
    entropy: Entropy,
    start: Timestamp,
}

fn world() -> World {
    let dir = tempfile::tempdir().expect("temporary folder");
    World { dir, entropy: Entropy::seeded(5), start: Timestamp::from_millis(20_000 * 86_400_000 + 5) }
}

impl World {
    fn path(&self) -> PathBuf {
        self.dir.path().join("keyring")
    }

    fn create(&self) -> Keyring {
        Keyring::create(&self.path(), &self.entropy, self.start).expect("created")
    }

    fn renewal(&self) -> Renewal {
        Renewal::draw(&self.entropy).expect("seeded")
    }

    fn on(&self, day: u32) -> Timestamp {
        self.start.plus(DAY_LONG * day)
    }
}

fn mark(key: &TransitKey) -> [u8; 16] {
    key.tag(b"mark")
}

#[test]
fn the_file_is_for_its_owner_only_and_is_never_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let w = world();
    w.create();
    let mode = std::fs::metadata(w.path()).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = Keyring::create(&w.path(), &w.entropy, w.start);
    assert!(matches!(again, Err(KeyringError::Exists)));
}

#[test]
fn each_day_brings_one_transit_key_and_each_week_one_mailbox_key() {
    let w = world();
    let ring = w.create();
    assert!(!ring.advance(w.on(0)).expect("written"));
    for day in 1..=8 {
        assert!(ring.advance(w.on(day)).expect("written"));
        assert!(!ring.advance(w.on(day)).expect("nothing to do"));
        let newest = ring.newest_transit();
        assert_eq!((newest.epoch(), newest.day()), (day + 1, 20_000 + day));
    }
    assert_eq!(ring.transit_ages().len(), 9);
    let weeks: Vec<_> = ring.mailboxes().iter().map(|k| (k.epoch(), k.day())).collect();
    assert_eq!(weeks, [(2, 20_007), (1, 20_000)]);
    assert_eq!(Keyring::open(&w.path()).expect("opens").transit_ages(), ring.transit_ages());
}

#[test]
fn two_nodes_with_the_same_file_hold_the_same_keys_however_long_one_slept() {
    let w = world();
    let one = w.create();
    let other_dir = tempfile::tempdir().expect("temporary folder");
    one.export_to(other_dir.path()).expect("exported");
    let two = Keyring::open(&other_dir.path().join("keyring")).expect("opens");
    for day in 1..=5 {
        one.advance(w.on(day)).expect("written");
    }
    let ahead = two.transit(6).expect("derived forwards");
    assert_eq!(mark(&ahead), mark(&one.newest_transit()));
    assert_eq!(two.newest_transit().epoch(), 1, "what seals is what was held");
    two.advance(w.on(5)).expect("written");
    for epoch in 1..=6 {
        let key = |ring: &Keyring| mark(&ring.transit(epoch).expect("held"));
        assert_eq!(key(&one), key(&two), "{epoch}");
    }
    assert_eq!(one.fingerprint(), two.fingerprint());
}

#[test]
fn a_destroyed_epoch_cannot_be_had_again() {
    let w = world();
    let ring = w.create();
    for day in 1..=4 {
        ring.advance(w.on(day)).expect("written");
    }
    let lost = mark(&ring.transit(3).expect("held"));
    assert_eq!(ring.destroy_transit_before(5, &[2]).expect("written"), 3);
    let reopened = Keyring::open(&w.path()).expect("opens");
    for ring in [&ring, &reopened] {
        for epoch in [1, 3, 4] {
            assert!(ring.transit(epoch).is_none(), "{epoch}");
        }
        assert!(ring.transit(2).is_some(), "still needed");
        assert_eq!(ring.newest_transit().epoch(), 5);
        let later = (5..400).filter_map(|e| ring.transit(e)).map(|k| mark(&k));
        assert!(later.chain([mark(&ring.transit(2).expect("held"))]).all(|m| m != lost));
    }
    assert_eq!(ring.destroy_transit_before(99, &[]).expect("written"), 1);
    assert_eq!(ring.newest_transit().epoch(), 5, "the newest is never destroyed");
}

#[test]
fn what_the_file_holds_leads_neither_back_nor_to_a_destroyed_neighbour() {
    let mut ring = Ring::new(&Entropy::seeded(1), 100).expect("seeded");
    let first = ring.transit.head.clone();
    ring.transit.advance(103, 1).expect("three days");
    let gone = ring.transit.live[1].key.clone();
    ring.transit.destroy(|epoch| epoch == 2);
    // Neither the head nor a key in use is the chain key that the destroyed one followed from.
    let held = ring.transit.live.iter().map(|l| &l.key).chain([&ring.transit.head]);
    for secret in held {
        assert!(secret.as_slice() != first.as_slice() && secret.as_slice() != gone.as_slice());
        let lookalike = Chain { live: Vec::new(), head: secret.clone(), ..twin(&ring.transit) };
        assert!((5..60).filter_map(|e| lookalike.key(e)).all(|(_, key)| *key != *gone));
    }
}

fn twin(chain: &Chain) -> Chain {
    Chain { label: chain.label, head: chain.head.clone(), live: Vec::new(), newest: chain.newest }
}

#[test]
fn a_clock_that_goes_back_or_leaps_years_changes_nothing() {
    let w = world();
    let ring = w.create();
    ring.advance(w.on(3)).expect("written");
    assert!(!ring.advance(w.on(1)).expect("nothing to do"));
    assert!(matches!(ring.advance(w.on(20_000)), Err(KeyringError::ClockLeap)));
    assert_eq!(ring.newest_transit().epoch(), 4);
}

#[test]
fn the_fingerprint_stays_with_time_and_destruction_and_changes_with_renewal() {
    let w = world();
    let ring = w.create();
    let before = ring.fingerprint();
    ring.advance(w.on(9)).expect("written");
    ring.destroy_transit_before(9, &[]).expect("written");
    ring.destroy_mailbox(1).expect("written");
    assert_eq!(ring.fingerprint(), before);
    let (newest, held) = (ring.newest_transit(), ring.transit_ages().len());
    ring.renew(&w.renewal(), w.on(9)).expect("written");
    assert_ne!(ring.fingerprint(), before);
    assert_eq!(ring.newest_transit().epoch(), newest.epoch() + 1);
    assert_eq!(ring.transit_ages().len(), held + 1);
    assert_eq!(mark(&ring.transit(newest.epoch()).expect("kept")), mark(&newest));
}

#[test]
fn a_renewed_chain_does_not_follow_from_the_old_one() {
    let w = world();
    let ring = w.create();
    let foreseen = mark(&ring.transit(2).expect("derived"));
    ring.renew(&w.renewal(), w.start).expect("written");
    assert_eq!(ring.newest_transit().epoch(), 2);
    assert_ne!(mark(&ring.newest_transit()), foreseen);
}

#[test]
fn a_renewal_begins_once_and_keeps_what_happened_since_it_was_drawn() {
    let w = world();
    let ring = w.create();
    let renewal = w.renewal();
    ring.advance(w.on(1)).expect("written");
    ring.renew(&renewal, w.on(1)).expect("written");
    let after = std::fs::read(w.path()).expect("read");
    ring.renew(&renewal, w.on(1)).expect("nothing to do");
    assert_eq!(std::fs::read(w.path()).expect("read"), after);
    assert_eq!(ring.fingerprint(), renewal.fingerprint());
    assert_eq!(ring.transit_ages().iter().map(|a| a.epoch).collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn a_suspended_keyring_opens_and_does_not_seal() {
    let w = world();
    let ring = w.create();
    let vault = Vault::new(DeploymentId::random(&w.entropy).expect("seeded"), w.entropy.clone());
    let row = RowId::random(&w.entropy).expect("seeded");
    let sealed = ring.newest_transit().seal(&vault, row, Purpose::Update, b"words").expect("sealed");
    ring.clone().suspend(true);
    let key = ring.newest_transit();
    assert_eq!(key.seal(&vault, row, Purpose::Update, b"more").err(), Some(VaultError::OtherKeyring));
    let replay = Replay { found_by: [1; 32], request: [2; 32], token: "t" };
    assert_eq!(key.replay_seal(&vault, &replay, b"answer").err(), Some(VaultError::OtherKeyring));
    assert_eq!(key.open(&vault, row, Purpose::Update, &sealed).expect("opens").expose(), b"words");
    ring.suspend(false);
    assert!(ring.newest_transit().seal(&vault, row, Purpose::Update, b"more").is_ok());
}

#[test]
fn another_process_rewriting_the_file_is_noticed() {
    let w = world();
    let (server, tool) = (w.create(), Keyring::open(&w.path()).expect("opens"));
    tool.renew(&w.renewal(), w.start).expect("written");
    assert_eq!(server.fingerprint(), tool.fingerprint());
    assert_eq!(mark(&server.newest_transit()), mark(&tool.newest_transit()));
    server.advance(w.on(1)).expect("written");
    assert_eq!(tool.newest_transit().epoch(), 3);
}

#[test]
fn a_lost_file_stops_no_sealing_but_every_change() {
    let w = world();
    let ring = w.create();
    let before = mark(&ring.newest_transit());
    std::fs::remove_file(w.path()).expect("removed");
    assert_eq!(mark(&ring.newest_transit()), before);
    assert!(ring.advance(w.on(1)).is_err());
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let w = world();
    w.create();
    let good = std::fs::read(w.path()).expect("read");
    for at in 0..good.len() {
        let mut bent = good.clone();
        bent[at] ^= 4;
        assert!(file::decode(&bent).is_err(), "byte {at}");
        assert!(file::decode(&good[..at]).is_err(), "cut at {at}");
    }
    assert!(file::decode(&good).is_ok());
}

#[test]
fn many_threads_advancing_at_once_step_once() {
    let w = world();
    let ring = w.create();
    let stepped: usize = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| ring.advance(w.on(1)).expect("written"))).collect();
        threads.into_iter().map(|t| usize::from(t.join().expect("no panic"))).sum()
    });
    assert_eq!(stepped, 1);
    assert_eq!(ring.newest_transit().epoch(), 2);
}

#[test]
fn a_row_in_flight_opens_under_its_own_key_id_and_purpose_only() {
    let w = world();
    let ring = w.create();
    let vault = Vault::new(DeploymentId::random(&w.entropy).expect("seeded"), w.entropy.clone());
    let row = RowId::random(&w.entropy).expect("seeded");
    let other = RowId::random(&w.entropy).expect("seeded");
    let key = ring.newest_transit();
    let sealed = key.seal(&vault, row, Purpose::Update, b"raw").expect("sealed");
    assert_eq!(key.open(&vault, row, Purpose::Update, &sealed).expect("opens").expose(), b"raw");
    let shut = Some(VaultError::DoesNotOpen);
    assert_eq!(key.open(&vault, other, Purpose::Update, &sealed).err(), shut);
    assert_eq!(key.open(&vault, row, Purpose::Message, &sealed).err(), shut);
    ring.advance(w.on(1)).expect("written");
    assert_eq!(ring.newest_transit().open(&vault, row, Purpose::Update, &sealed).err(), shut);
}

#[test]
fn an_answer_is_replayed_to_the_same_request_only() {
    let w = world();
    let key = w.create().newest_transit();
    let vault = Vault::new(DeploymentId::random(&w.entropy).expect("seeded"), w.entropy.clone());
    let replay = || Replay { found_by: [1; 32], request: [2; 32], token: "b7c1" };
    let sealed = key.replay_seal(&vault, &replay(), b"201").expect("sealed");
    assert_eq!(key.replay_open(&vault, &replay(), &sealed).expect("opens").expose(), b"201");
    let mark = key.replay_mark(&replay());
    for other in [
        Replay { found_by: [9; 32], ..replay() },
        Replay { request: [9; 32], ..replay() },
        Replay { token: "b7c2", ..replay() },
    ] {
        assert!(key.replay_open(&vault, &other, &sealed).is_err());
        assert_ne!(key.replay_mark(&other), mark);
    }
}

#[test]
fn a_request_is_known_again_with_the_key_of_its_day_on_every_node_and_not_without_it() {
    let w = world();
    let ring = w.create();
    let replay = Replay { found_by: [1; 32], request: [2; 32], token: "1" };
    let first = ring.newest_transit();
    let mark = first.replay_mark(&replay);
    let twin = Keyring::open(&w.path()).expect("the same file");
    ring.advance(w.on(1)).expect("written");
    assert_ne!(ring.newest_transit().replay_mark(&replay), mark);
    assert_eq!(twin.transit(first.epoch()).expect("held").replay_mark(&replay), mark);
    ring.destroy_transit_before(first.epoch() + 1, &[]).expect("destroyed");
    assert!(ring.transit(first.epoch()).is_none());
}

#[test]
fn a_chat_is_found_by_bot_lane_and_id_together() {
    let key = world().create().newest_mailbox();
    let tag = key.tag(b"bot", 1, b"42");
    assert_eq!(tag, key.tag(b"bot", 1, b"42"));
    for other in [key.tag(b"bo", 1, b"42"), key.tag(b"bot", 2, b"42"), key.tag(b"bot", 1, b"43")] {
        assert_ne!(tag, other);
    }
    assert_ne!(key.tag(b"ab", 1, b"c"), key.tag(b"a", 1, b"bc"));
}
