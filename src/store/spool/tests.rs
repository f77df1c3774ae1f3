use std::path::PathBuf;

use super::*;
use crate::kernel::id::{CaseId, ItemId, TenantId};
use crate::kernel::{Entropy, Timestamp};
use crate::store::items::NewItem;
use crate::vault::{ItemKind, Sealed};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spool");
    (folder, path)
}

/// A message that bears a number, so that order can be seen.
fn message(n: usize) -> Entry {
    let e = Entropy::seeded(u64::try_from(n).expect("small"));
    let blob = Sealed::from_row([vec![1; 2], vec![7; 200]].concat()).expect("the shape of a blob");
    let hour = Timestamp::from_millis(i64::try_from(n).expect("small"));
    let id = ItemId::random(&e).expect("seeded");
    Entry::Message(Box::new(NewMessage {
        tenant: TenantId::random(&e).expect("seeded"),
        case: CaseId::random(&e).expect("seeded"),
        item: NewItem { id, kind: ItemKind::FollowUp.to_byte(), author: None, hour, blob, wraps: Vec::new() },
        hour,
        replay: None,
    }))
}

fn number(entry: &Entry) -> i64 {
    match entry {
        Entry::Message(m) => m.hour.as_millis(),
        Entry::Case(_) => -1,
    }
}

/// Drains all, or until `refuse` comes; returns what was seen, the refused one included.
async fn drain(spool: &Spool, refuse: i64) -> Vec<i64> {
    let mut seen = Vec::new();
    let outcome = spool
        .drain(|entry| {
            let n = number(&entry);
            seen.push(n);
            async move { if n == refuse { Err(n) } else { Ok(()) } }
        })
        .await;
    match outcome {
        Ok(drained) => assert_eq!(drained, u64::try_from(seen.len()).expect("small")),
        Err(DrainError::Refused(n)) => assert_eq!(n, refuse),
        Err(DrainError::Spool(e)) => panic!("{e}"),
    }
    seen
}

#[tokio::test]
async fn entries_outlive_the_process_and_come_back_in_order() {
    let (_folder, path) = folder();
    let spool = Spool::open(&path, 1 << 16).expect("opens");
    assert!(spool.is_empty());
    for n in 0..5 {
        spool.append(&message(n)).await.expect("appends");
    }
    drop(spool);
    let spool = Spool::open(&path, 1 << 16).expect("opens");
    assert_eq!(spool.len(), 5);
    assert_eq!(drain(&spool, -1).await, [0, 1, 2, 3, 4]);
    assert!(spool.is_empty());
    assert!(drain(&spool, -1).await.is_empty());
}

#[tokio::test]
async fn an_entry_that_was_not_taken_comes_first_again_also_after_a_crash() {
    let (_folder, path) = folder();
    let spool = Spool::open(&path, 1 << 16).expect("opens");
    for n in 0..4 {
        spool.append(&message(n)).await.expect("appends");
    }
    assert_eq!(drain(&spool, 2).await, [0, 1, 2]);
    assert_eq!(spool.len(), 2);
    drop(spool);
    let spool = Spool::open(&path, 1 << 16).expect("opens");
    spool.append(&message(4)).await.expect("appends");
    assert_eq!(drain(&spool, -1).await, [2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_that_wait_together_share_an_fsync_and_lose_nothing() {
    let (_folder, path) = folder();
    let spool = Spool::open(&path, 4 << 20).expect("opens");
    let appends = (0..400).map(|n| {
        let spool = spool.clone();
        tokio::spawn(async move { spool.append(&message(n)).await })
    });
    for append in appends.collect::<Vec<_>>() {
        append.await.expect("no panic").expect("appends");
    }
    assert_eq!(spool.len(), 400);
    assert!(spool.batches() < 400, "each had an fsync of its own");
    let mut seen = drain(&spool, -1).await;
    seen.sort_unstable();
    assert_eq!(seen, (0..400).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_spool_says_so_keeps_what_it_has_and_has_room_when_drained() {
    let (_folder, path) = folder();
    let spool = Spool::open(&path, 1 << 14).expect("opens");
    let mut stored = 0;
    let refused = loop {
        match spool.append(&message(stored)).await {
            Ok(()) => stored += 1,
            Err(e) => break e,
        }
    };
    assert!(matches!(refused, SpoolError::Full), "{refused}");
    assert!(stored > 3);
    assert_eq!(drain(&spool, -1).await.len(), stored);
    spool.append(&message(0)).await.expect("there is room again");
}

#[tokio::test]
async fn an_entry_too_large_is_refused_before_it_is_written() {
    let (_folder, path) = folder();
    let spool = Spool::open(&path, 4 << 20).expect("opens");
    let Entry::Message(mut large) = message(1) else { panic!("a message") };
    large.item.blob = Sealed::from_row(vec![1; 900_000]).expect("the shape of a blob");
    let outcome = spool.append(&Entry::Message(large)).await;
    assert!(matches!(outcome, Err(SpoolError::TooLarge)), "{outcome:?}");
    assert!(spool.is_empty());
}

#[tokio::test]
async fn entries_that_come_during_a_drain_are_drained_too() {
    let (_folder, path) = folder();
    let spool = Spool::open(&path, 1 << 16).expect("opens");
    spool.append(&message(0)).await.expect("appends");
    let mut seen = Vec::new();
    let drained = spool
        .drain(|entry| {
            let n = number(&entry);
            seen.push(n);
            let spool = spool.clone();
            async move {
                if n < 3 {
                    spool.append(&message(usize::try_from(n).expect("small") + 1)).await?;
                }
                Ok::<_, SpoolError>(())
            }
        })
        .await;
    assert_eq!((drained.expect("drains"), seen), (4, vec![0, 1, 2, 3]));
    assert!(spool.is_empty());
}

#[tokio::test]
async fn two_drains_at_once_hand_each_entry_over_once() {
    let (_folder, path) = folder();
    let spool = Spool::open(&path, 1 << 16).expect("opens");
    for n in 0..20 {
        spool.append(&message(n)).await.expect("appends");
    }
    let (a, b) = tokio::join!(drain(&spool, -1), drain(&spool, -1));
    assert_eq!([a, b].concat(), (0..20).collect::<Vec<_>>());
}
