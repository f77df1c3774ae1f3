use std::path::PathBuf;

use super::*;

const SIZE: u64 = START + 4096;

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spool");
    (folder, path)
}

fn payload(n: u8) -> Vec<u8> {
    vec![n; 40 + usize::from(n)]
}

/// All that waits, without taking it.
fn waiting(log: &Log) -> Vec<Vec<u8>> {
    let (mut all, mut place) = (Vec::new(), log.head);
    while place.offset < log.tail.offset {
        let (record, after) = log.record(place).expect("reads").expect("a record");
        if let Record::Sound(payload) = record {
            all.push(payload);
        }
        place = after;
    }
    all
}

fn take(log: &mut Log) -> Option<Vec<u8>> {
    let (after, payload) = log.front().expect("reads")?;
    log.advance(after).expect("advances");
    Some(payload)
}

#[test]
fn records_come_back_in_order_and_the_file_is_all_there() {
    let (_folder, path) = folder();
    let mut log = Log::open(&path, SIZE).expect("opens");
    log.append(&[payload(1), payload(2)]).expect("appends");
    drop(log);
    let meta = path.metadata().expect("a file");
    assert_eq!(meta.len(), SIZE);
    assert!(std::os::unix::fs::MetadataExt::blocks(&meta) * 512 >= SIZE, "a hole would need the disk later");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777, 0o600);
    let mut log = Log::open(&path, SIZE).expect("opens");
    log.append(&[payload(3)]).expect("appends");
    assert_eq!(log.waiting(), 3);
    assert_eq!([1, 2, 3].map(|n| (n, take(&mut log))), [1, 2, 3].map(|n| (n, Some(payload(n)))));
    assert_eq!(take(&mut log), None);
}

#[test]
fn a_record_torn_at_any_byte_is_ignored_and_the_ones_before_stay() {
    let (_folder, path) = folder();
    let mut log = Log::open(&path, SIZE).expect("opens");
    log.append(&[payload(1), payload(2)]).expect("appends");
    let begin = usize::try_from(log.tail.offset).expect("small");
    log.append(&[payload(3)]).expect("appends");
    let end = usize::try_from(log.tail.offset).expect("small");
    drop(log);
    let whole = std::fs::read(&path).expect("reads");
    for cut in begin..end {
        for keep_beginning in [true, false] {
            let mut torn = whole.clone();
            let lost = if keep_beginning { cut..end } else { begin..cut + 1 };
            torn[lost].fill(0);
            std::fs::write(&path, &torn).expect("writes");
            let mut log = Log::open(&path, SIZE).expect("opens");
            assert_eq!(waiting(&log), [payload(1), payload(2)], "torn at {cut}");
            log.append(&[payload(9)]).expect("appends");
            drop(log);
            let log = Log::open(&path, SIZE).expect("opens");
            assert_eq!(waiting(&log), [payload(1), payload(2), payload(9)], "torn at {cut}");
        }
    }
}

#[test]
fn a_slot_torn_at_any_byte_leaves_the_one_before() {
    let (_folder, path) = folder();
    let mut log = Log::open(&path, SIZE).expect("opens");
    log.append(&[payload(1), payload(2), payload(3)]).expect("appends");
    assert_eq!(take(&mut log), Some(payload(1)));
    let before = std::fs::read(&path).expect("reads");
    assert_eq!(take(&mut log), Some(payload(2)));
    let written = usize::try_from((log.generation % 2) * SLOT).expect("small");
    drop(log);
    let after = std::fs::read(&path).expect("reads");
    for cut in 0..SLOT_BYTES {
        let mut torn = after.clone();
        torn[written + cut..written + SLOT_BYTES]
            .copy_from_slice(&before[written + cut..written + SLOT_BYTES]);
        std::fs::write(&path, &torn).expect("writes");
        let log = Log::open(&path, SIZE).expect("opens");
        let left = waiting(&log);
        assert!(left == [payload(3)] || left == [payload(2), payload(3)], "torn at {cut}: {}", left.len());
    }
}

#[test]
fn an_emptied_log_starts_over_and_keeps_nothing_of_what_it_held() {
    let (_folder, path) = folder();
    let mut log = Log::open(&path, SIZE).expect("opens");
    for round in 1..=50 {
        log.append(&[payload(round), payload(round + 100)]).expect("appends: there is room again");
        assert_eq!(take(&mut log), Some(payload(round)));
        assert_eq!(take(&mut log), Some(payload(round + 100)));
        assert_eq!((log.waiting(), log.tail.offset), (0, START));
    }
    let bytes = std::fs::read(&path).expect("reads");
    let start = usize::try_from(START).expect("small");
    assert!(bytes[start..].iter().all(|b| *b == 0));
    drop(log);
    assert_eq!(Log::open(&path, SIZE).expect("opens").waiting(), 0);
}

#[test]
fn a_crash_while_starting_over_neither_repeats_nor_keeps() {
    let (_folder, path) = folder();
    let mut log = Log::open(&path, SIZE).expect("opens");
    log.append(&[payload(1), payload(2)]).expect("appends");
    assert_eq!(take(&mut log), Some(payload(1)));
    // The slot says "empty, unclean", and the machine dies before the first zero.
    let (after, _) = log.front().expect("reads").expect("one waits");
    log.unclean = log.tail.offset;
    log.head = Place { offset: START, ..after };
    log.write_slot().expect("writes");
    drop(log);
    let mut log = Log::open(&path, SIZE).expect("opens");
    assert_eq!(log.waiting(), 0);
    let start = usize::try_from(START).expect("small");
    assert!(std::fs::read(&path).expect("reads")[start..].iter().all(|b| *b == 0));
    log.append(&[payload(7)]).expect("appends");
    drop(log);
    assert_eq!(waiting(&Log::open(&path, SIZE).expect("opens")), [payload(7)]);
}

#[test]
fn a_damaged_record_hides_none_of_its_neighbours() {
    let (_folder, path) = folder();
    let mut log = Log::open(&path, SIZE).expect("opens");
    log.append(&[payload(1)]).expect("appends");
    let second = usize::try_from(log.tail.offset + FRAME).expect("small");
    log.append(&[payload(2), payload(3)]).expect("appends");
    drop(log);
    let mut bytes = std::fs::read(&path).expect("reads");
    bytes[second] ^= 1;
    std::fs::write(&path, bytes).expect("writes");
    let mut log = Log::open(&path, SIZE).expect("opens");
    assert_eq!(take(&mut log), Some(payload(1)));
    assert_eq!(take(&mut log), Some(payload(3)));
    assert_eq!(take(&mut log), None);
}

#[test]
fn a_file_that_is_no_spool_is_left_alone() {
    let (_folder, path) = folder();
    std::fs::write(&path, vec![b'x'; 100_000]).expect("writes");
    let refused = Log::open(&path, SIZE).map(|_| ()).expect_err("not ours");
    assert_eq!(refused.kind(), ErrorKind::InvalidData);
    assert!(std::fs::read(&path).expect("reads").iter().all(|b| *b == b'x'));
}

#[test]
fn one_process_at_a_time_and_a_smaller_wish_shrinks_nothing() {
    let (_folder, path) = folder();
    let log = Log::open(&path, SIZE).expect("opens");
    let second = Log::open(&path, SIZE).map(|_| ()).expect_err("taken");
    assert_eq!(second.kind(), ErrorKind::ResourceBusy);
    drop(log);
    let log = Log::open(&path, START + 100).expect("opens");
    assert_eq!(log.size, SIZE);
    drop(log);
    assert_eq!(Log::open(&path, 2 * SIZE).expect("grows").size, 2 * SIZE);
}
