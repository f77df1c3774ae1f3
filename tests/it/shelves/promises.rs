//! What every shelf promises.

use std::io::ErrorKind;

use tinan::kernel::Timestamp;
use tinan::store::files::Old;

use super::{LATE, MIB, SOON, all, film, fresh, lying, read, write};
use crate::until::until;

#[tokio::test]
async fn what_is_kept_is_read_back_and_what_is_removed_is_gone() {
    for stand in all().await {
        let (shelf, what) = (&stand.shelf, stand.what);
        for length in [1, 256 * 1024 + 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 12 * MIB] {
            let (item, data) = (fresh(), film(length));
            assert_eq!(write(shelf, item, &data).await.expect("keeps"), length as u64, "{what}");
            assert!(read(shelf, item).await.expect("reads") == data, "{what}: {length}");
            assert_eq!(shelf.length(item).await.expect("asks"), Some(length as u64), "{what}");
            assert_eq!(lying(shelf, LATE, &[item]).await, [Old { item, whole: true }], "{what}: {length}");
            shelf.remove(item).await.expect("removes");
            shelf.remove(item).await.expect("is gone already");
            assert_eq!(shelf.length(item).await.expect("asks"), None, "{what}");
            let gone = read(shelf, item).await.expect_err("is gone");
            assert_eq!(gone.kind(), ErrorKind::NotFound, "{what}: {gone}");
        }
    }
}

#[tokio::test]
async fn a_file_has_its_name_only_once_it_is_whole_and_given_up_it_leaves_nothing() {
    for stand in all().await {
        let (shelf, what) = (&stand.shelf, stand.what);
        for length in [10, 6 * MIB, 11 * MIB] {
            let item = fresh();
            let mut incoming = shelf.begin(item).await.expect("begins");
            incoming.pending().extend_from_slice(&film(length));
            incoming.flow().await.expect("flows");
            assert_eq!(shelf.length(item).await.expect("asks"), None, "{what}: {length}");
            assert!(lying(shelf, LATE, &[item]).await.iter().all(|f| !f.whole), "{what}: {length}");
            drop(incoming);
            let gone = async || lying(shelf, LATE, &[item]).await.is_empty();
            until(&format!("nothing is left, {what}: {length}"), SOON, gone).await;
        }
    }
}

#[tokio::test]
async fn what_a_killed_program_leaves_is_found_as_not_whole_and_removed() {
    for stand in all().await {
        let (shelf, what) = (&stand.shelf, stand.what);
        let (killed, kept) = (fresh(), fresh());
        write(shelf, kept, b"kept").await.expect("keeps");
        let mut incoming = shelf.begin(killed).await.expect("begins");
        incoming.pending().extend_from_slice(&film(11 * MIB));
        incoming.flow().await.expect("flows");
        // a killed program runs no destructors
        std::mem::forget(incoming);
        let part = Old { item: killed, whole: false };
        assert_eq!(lying(shelf, LATE, &[killed]).await, std::slice::from_ref(&part), "{what}");
        assert_eq!(
            lying(shelf, Timestamp::from_millis(0), &[killed, kept]).await,
            [],
            "{what}: all is young"
        );
        shelf.discard(&part).await.expect("discards");
        shelf.discard(&part).await.expect("is gone already");
        assert_eq!(lying(shelf, LATE, &[killed, kept]).await, [Old { item: kept, whole: true }], "{what}");
        shelf.discard(&Old { item: kept, whole: true }).await.expect("discards");
        assert_eq!(shelf.length(kept).await.expect("asks"), None, "{what}");
    }
}

#[tokio::test]
async fn many_are_asked_for_their_lengths_at_once() {
    for stand in all().await {
        let (shelf, what) = (&stand.shelf, stand.what);
        let mut items: Vec<_> = (0..7).map(|_| fresh()).collect();
        items.sort_by_key(|i| i.bytes());
        let mut wanted = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let there = i % 3 != 1;
            if there {
                write(shelf, *item, &film(i + 1)).await.expect("keeps");
            }
            wanted.push(there.then_some(i as u64 + 1));
        }
        assert_eq!(shelf.lengths(&items).await.expect("asks"), wanted, "{what}");
        assert_eq!(shelf.lengths(&[]).await.expect("asks"), [], "{what}");
    }
}
