//! What staff and citizens do to a case's row.

use tinan::domain::case::Case;
use tinan::domain::state::State;
use tinan::kernel::id::{CaseId, ItemId};
use tinan::store::cases::Event;
use tinan::store::intake::NewCase;
use tinan::store::queue::Cursor;
use tinan::store::{Store, StoreError, Writer};

use super::queue::{change, moved};
use crate::on_both_databases;
use crate::scene::Scene;

async fn write_as_citizen(scene: &Scene, writer: &Writer, id: CaseId) {
    let (hour, desk) = (scene.now().hour(), scene.tips);
    writer
        .run(move |tx| Box::pin(async move { tx.citizen_wrote(id, desk, hour).await }))
        .await
        .expect("writes");
}

on_both_databases! {
    async fn a_stale_version_is_refused_and_changes_nothing(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let new = scene.tip();
        writer.open_case(new.clone()).await.expect("opens");
        let mut tx = store.read().await.expect("reads");
        let seen = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
        drop(tx);
        change(&writer, &seen, moved(&seen, State::Classified), scene.now()).await.expect("changes");
        let again = change(&writer, &seen, moved(&seen, State::Closed), scene.now()).await;
        assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
        let mut tx = store.read().await.expect("reads");
        let stored = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
        assert_eq!((stored.state, stored.version), (State::Classified, 2));
    }

    async fn what_a_citizen_writes_meanwhile_stays_unread_and_makes_nothing_stale(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let new = scene.tip();
        writer.open_case(new.clone()).await.expect("opens");
        let mut tx = store.read().await.expect("reads");
        let mut seen = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
        drop(tx);
        write_as_citizen(&scene, &writer, new.id).await;
        // Staff answer what they saw: one message read, the second not.
        let before = seen.clone();
        seen.unread = 0;
        change(&writer, &before, moved(&seen, State::Classified), scene.now()).await.expect("not stale");
        let mut tx = store.read().await.expect("reads");
        assert_eq!(tx.case(scene.tenant, new.id).await.expect("reads").expect("there").unread, 1);
        drop(tx);
        // Whoever opens it saw one; the next comes while the page is on its way.
        write_as_citizen(&scene, &writer, new.id).await;
        let id = new.id;
        for left in [1, 0, 0] {
            writer.run(move |tx| Box::pin(async move { tx.mark_read(id, 1, None).await })).await.expect("marks");
            let mut tx = store.read().await.expect("reads");
            let read = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
            assert_eq!((read.unread, read.version), (left, 2));
        }
        let mut tx = store.read().await.expect("reads");
        let read = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
        drop(tx);
        // A count that was already taken down never goes below zero.
        let stale_count = Case { unread: 5, ..read.clone() };
        let after = moved(&read, State::Closed);
        change(&writer, &stale_count, after, scene.now()).await.expect("changes");
        let mut tx = store.read().await.expect("reads");
        assert_eq!(tx.case(scene.tenant, new.id).await.expect("reads").expect("there").unread, 0);
    }

    async fn new_words_bring_a_resting_case_back_until_somebody_has_read_them(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let new = NewCase { due: None, ..scene.tip() };
        writer.open_case(new.clone()).await.expect("opens");
        let read = || async {
            let mut tx = store.read().await.expect("reads");
            let case = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
            let waiting = tx.queue_page(scene.tips, Cursor::START, 9).await.expect("reads").len();
            (case, waiting)
        };
        let (first, _) = read().await;
        let closed = Case { unread: 0, ..moved(&first, State::Closed) };
        change(&writer, &first, closed, scene.now()).await.expect("closes");
        assert_eq!(read().await.1, 0);
        write_as_citizen(&scene, &writer, new.id).await;
        let (closed, waiting) = read().await;
        assert_eq!((waiting, closed.unread, closed.state), (1, 1, State::Closed));
        let day = scene.now().hour().plus(std::time::Duration::from_hours(24));
        assert_eq!(closed.due, Some(day), "a clock runs again");
        // A claim alone does not hide it: the lease may lapse with the words unread.
        let claim = closed.claim(scene.officers[0], scene.now(), std::time::Duration::from_mins(30)).ok();
        let held = Case { hold: claim, version: closed.version + 1, ..closed.clone() };
        change(&writer, &closed, held, scene.now()).await.expect("claims");
        let (held, waiting) = read().await;
        assert_eq!(waiting, 1);
        let id = new.id;
        let rests = Some((State::Closed, None));
        writer.run(move |tx| Box::pin(async move { tx.mark_read(id, 1, rests).await })).await.expect("marks");
        let (opened, waiting) = read().await;
        assert_eq!((waiting, opened.due), (1, None), "it stays with its reader, and the clock of the words ends");
        let back = Case { hold: None, version: held.version + 1, ..opened.clone() };
        change(&writer, &opened, back, scene.now()).await.expect("releases");
        assert_eq!(read().await.1, 0);
    }

    async fn only_words_that_all_are_read_give_a_resting_case_its_own_clock_back(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let new = NewCase { due: None, ..scene.tip() };
        writer.open_case(new.clone()).await.expect("opens");
        let mut tx = store.read().await.expect("reads");
        let first = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
        drop(tx);
        let closed = Case { unread: 0, ..moved(&first, State::Closed) };
        change(&writer, &first, closed, scene.now()).await.expect("closes");
        for _ in 0..2 {
            write_as_citizen(&scene, &writer, new.id).await;
        }
        let day = Some(scene.now().hour().plus(std::time::Duration::from_hours(24)));
        let id = new.id;
        // One of two words read; then the other, by a page that saw the case in another state.
        for (state, left) in [(State::Closed, 1), (State::InsufficientStored, 0)] {
            let rests = Some((state, None));
            writer.run(move |tx| Box::pin(async move { tx.mark_read(id, 1, rests).await })).await.expect("marks");
            let mut tx = store.read().await.expect("reads");
            let case = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
            assert_eq!((case.unread, case.due), (left, day));
        }
    }

    async fn words_that_come_while_a_case_is_being_closed_keep_it_in_the_queue(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let new = scene.tip();
        writer.open_case(new.clone()).await.expect("opens");
        let mut tx = store.read().await.expect("reads");
        let seen = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
        drop(tx);
        write_as_citizen(&scene, &writer, new.id).await;
        let closed = Case { unread: 0, ..moved(&seen, State::Closed) };
        change(&writer, &seen, closed, scene.now()).await.expect("closes");
        let mut tx = store.read().await.expect("reads");
        let queue = tx.queue_page(scene.tips, Cursor::START, 9).await.expect("reads");
        assert_eq!(queue.iter().map(|c| (c.state, c.unread)).collect::<Vec<_>>(), [(State::Closed, 1)]);
    }

    async fn events_come_back_in_the_order_of_versions(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let new = scene.tip();
        writer.open_case(new.clone()).await.expect("opens");
        let item = ItemId::random(&scene.entropy).expect("seeded");
        let event = |version, from, to, action: &str, item| Event {
            version,
            at: scene.now(),
            staff: Some(scene.officers[0]),
            action: action.to_owned(),
            from,
            to,
            item,
        };
        let (from, to) = (Some(State::Received), Some(State::Classified));
        let all = [event(3, from, to, "transition", Some(item)), event(2, None, None, "claim", None)];
        let mut tx = store.begin().await.expect("begins");
        for e in &all {
            tx.add_event(scene.tenant, new.id, e).await.expect("adds");
        }
        let events = tx.events(new.id).await.expect("reads");
        let seen: Vec<_> = events.iter().map(|e| (e.version, e.action.as_str(), e.from, e.to, e.item)).collect();
        assert_eq!(seen, [(2, "claim", None, None, None), (3, "transition", from, to, Some(item))]);
        assert!(events.iter().all(|e| e.staff == Some(scene.officers[0]) && e.at == scene.now()));
        let twice = tx.add_event(scene.tenant, new.id, &all[0]).await;
        assert!(matches!(twice, Err(StoreError::Database(_))), "one version has one event of a kind");
    }

    async fn an_unknown_receipt_finds_nothing(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let new = NewCase { receipt: None, ..scene.tip() };
        writer.open_case(new.clone()).await.expect("opens");
        let mut tx = store.read().await.expect("reads");
        assert_eq!(tx.receipt(&scene.bytes()).await.expect("reads"), None);
        assert_eq!(tx.receipt_key_of(new.id).await.expect("reads"), None);
    }
}
