//! An object store on its bad days: what is refused is refused clearly and soon, and nothing half is taken for whole.

use std::time::Instant;

use tinan::store::files::{Old, Trouble};

use super::{LATE, MIB, SOON, film, fresh, lying, read, write};
use crate::bucket::{Bad, Fake, PATIENCE, SECRET};
use crate::until::until;

const SLOW_DOWN: Bad = Bad::Says(503, "SlowDown");

/// What troubled the store, in words that give nothing away.
fn trouble(e: &std::io::Error) -> Trouble {
    let told = format!("{e} {e:?}");
    for private in ["WHOWEARE", SECRET, "127.0.0.1", "deployment"] {
        assert!(!told.contains(private), "{told}");
    }
    Trouble::of(e).cloned().unwrap_or_else(|| panic!("no trouble: {e:?}"))
}

#[tokio::test]
async fn more_names_than_one_answer_holds_are_all_seen_and_none_is_asked_for_alone() {
    let fake = Fake::start().await;
    let shelf = fake.shelf();
    let mut items: Vec<_> = (0..2_345).map(|_| fresh()).collect();
    items.sort_by_key(|i| i.bytes());
    for item in &items {
        fake.plant(*item);
    }
    assert_eq!(lying(&shelf, LATE, &items).await.len(), items.len());
    assert_eq!(fake.asked("list"), 3);
    assert_eq!(shelf.lengths(&items).await.expect("asks"), vec![Some(1); items.len()]);
    assert_eq!(shelf.lengths(&items[1_500..1_600]).await.expect("asks"), vec![Some(1); 100]);
    assert_eq!((fake.asked("list"), fake.asked("head")), (7, 0));
}

#[tokio::test]
async fn a_store_that_gives_fewer_names_than_asked_for_hides_none() {
    let fake = Fake::start().await;
    let shelf = fake.shelf();
    fake.gives_names(3);
    let mut items: Vec<_> = (0..10).map(|_| fresh()).collect();
    items.sort_by_key(|i| i.bytes());
    for item in &items {
        fake.plant(*item);
    }
    assert_eq!(lying(&shelf, LATE, &items).await.len(), items.len());
    assert_eq!(fake.asked("list"), 4);
    assert_eq!(shelf.lengths(&items).await.expect("asks"), vec![Some(1); items.len()]);
    assert_eq!((fake.asked("list"), fake.asked("head")), (8, 0));
}

#[tokio::test]
async fn what_fails_for_a_moment_is_done_again() {
    let fake = Fake::start().await;
    let (shelf, item, data) = (fake.shelf(), fresh(), film(11 * MIB));
    for what in ["create", "put", "part", "complete", "head", "get", "list", "delete", "abort"] {
        fake.fails(what, [SLOW_DOWN, Bad::Says(500, "InternalError")]);
    }
    write(&shelf, item, &data).await.expect("keeps");
    assert!(read(&shelf, item).await.expect("reads") == data);
    assert_eq!(shelf.lengths(&[item]).await.expect("asks"), [Some(data.len() as u64)]);
    shelf.remove(item).await.expect("removes");
    assert_eq!((fake.names(), fake.uploads()), (Vec::new(), 0));
}

#[tokio::test]
async fn a_store_that_is_away_or_says_no_refuses_soon_and_leaves_nothing() {
    let fake = Fake::start().await;
    let shelf = fake.shelf();
    let refused = |code: &str| Trouble::Refused(code.to_owned());
    for (bad, wanted) in [
        (SLOW_DOWN, refused("SlowDown")),
        (Bad::Says(403, "AccessDenied"), refused("AccessDenied")),
        (Bad::Says(404, "NoSuchBucket"), refused("NoSuchBucket")),
        (Bad::Silent, Trouble::Silent),
    ] {
        for length in [10, 6 * MIB] {
            fake.always(Some(bad));
            let began = Instant::now();
            let e = write(&shelf, fresh(), &film(length)).await.expect_err("refuses");
            assert_eq!(trouble(&e), wanted, "{length}");
            assert!(began.elapsed() < PATIENCE * 8, "{:?}", began.elapsed());
            fake.always(None);
        }
    }
    let gone = crate::bucket::shelf("http://127.0.0.1:1", ("WHOWEARE", SECRET), PATIENCE);
    let e = write(&gone, fresh(), b"x").await.expect_err("nobody is there");
    assert_eq!(trouble(&e), Trouble::Unreachable);
    assert!(trouble(&read(&gone, fresh()).await.expect_err("nobody")) == Trouble::Unreachable);
    assert!(!format!("{shelf:?}").contains(SECRET));
    assert_eq!(fake.names(), [""; 0]);
    // a body that is altered on the way is the store's to refuse: the proof is over its hash
    write(&shelf, fresh(), b"x").await.expect("keeps");
}

#[tokio::test]
async fn what_counts_is_what_lies_there_and_not_what_was_answered() {
    let fake = Fake::start().await;
    let shelf = fake.shelf();
    // done, and the answer was lost: a second try finds no such upload
    fake.fails("complete", [Bad::DoesAndSays(500, "InternalError")]);
    let item = fresh();
    write(&shelf, item, &film(6 * MIB)).await.expect("it is there");
    assert!(read(&shelf, item).await.expect("reads") == film(6 * MIB));
    // "well done", and nothing was
    for (what, length) in [("complete", 6 * MIB), ("put", 10)] {
        fake.fails(what, [Bad::Says(200, "InternalErrorOnceMore")]);
        let (item, before) = (fresh(), fake.asked(what));
        let kept = write(&shelf, item, &film(length)).await;
        let there = shelf.length(item).await.expect("asks");
        assert_eq!(kept.is_ok(), there == Some(length as u64), "{what}");
        assert!(fake.asked(what) > before);
    }
    // all pieces there, and the end refused
    fake.fails("complete", [Bad::Says(400, "InvalidPart")]);
    let item = fresh();
    let e = write(&shelf, item, &film(6 * MIB)).await.expect_err("not whole");
    assert_eq!(trouble(&e), Trouble::Refused("InvalidPart".to_owned()));
    let gone = async || fake.uploads() == 0 && lying(&shelf, LATE, &[item]).await.is_empty();
    until("the upload is given up", SOON, gone).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_gone_on_with_and_never_taken_for_the_whole() {
    let fake = Fake::start().await;
    let (shelf, item, data) = (fake.shelf(), fresh(), film(3 * MIB));
    write(&shelf, item, &data).await.expect("keeps");
    fake.fails("get", [Bad::Cut]);
    assert!(read(&shelf, item).await.expect("goes on where it ended") == data);
    fake.always(Some(Bad::Cut));
    let e = read(&shelf, item).await.expect_err("what never ends is not whole");
    assert_eq!(trouble(&e), Trouble::Unreachable);
}

#[tokio::test]
async fn an_upload_that_could_not_be_given_up_is_found_later() {
    let fake = Fake::start().await;
    let (shelf, item) = (fake.shelf(), fresh());
    let mut incoming = shelf.begin(item).await.expect("begins");
    incoming.pending().extend_from_slice(&film(6 * MIB));
    incoming.flow().await.expect("flows");
    fake.fails("abort", [Bad::Says(403, "AccessDenied")]);
    drop(incoming);
    until("it is tried to give it up", SOON, async || fake.asked("abort") == 1).await;
    let left = lying(&shelf, LATE, &[item]).await;
    assert_eq!((left.as_slice(), fake.uploads()), (&[Old { item, whole: false }][..], 1));
    fake.fails("abort", [Bad::Says(403, "AccessDenied")]);
    shelf.discard(&left[0]).await.expect_err("not now");
    assert_eq!(fake.uploads(), 1, "what remembers it is still there");
    shelf.discard(&left[0]).await.expect("given up");
    assert_eq!((fake.names(), fake.uploads()), (Vec::new(), 0));
}
