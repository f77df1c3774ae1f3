//! What staff and citizens do to a case's row.

use tinan::domain::state::State;
use tinan::kernel::id::{CaseId, ItemId};
use tinan::store::cases::Event;
use tinan::store::{Store, StoreError, Writer};

use super::queue::{change, moved};
use crate::on_both_databases;
use crate::scene::Scene;

async fn write_as_citizen(writer: &Writer, id: CaseId) {
    writer.run(move |tx| Box::pin(async move { tx.citizen_wrote(id).await })).await.expect("writes");
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
        write_as_citizen(&writer, new.id).await;
        // Staff answer what they saw: one message read, the second not.
        let before = seen.clone();
        seen.unread = 0;
        change(&writer, &before, moved(&seen, State::Classified), scene.now()).await.expect("not stale");
        let mut tx = store.read().await.expect("reads");
        assert_eq!(tx.case(scene.tenant, new.id).await.expect("reads").expect("there").unread, 1);
        drop(tx);
        let id = new.id;
        for _ in 0..2 {
            writer.run(move |tx| Box::pin(async move { tx.mark_read(id).await })).await.expect("marks");
        }
        let mut tx = store.read().await.expect("reads");
        let read = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
        assert_eq!((read.unread, read.version), (0, 2));
        drop(tx);
        // A count that was already taken down never goes below zero.
        let stale_count = tinan::domain::case::Case { unread: 5, ..read.clone() };
        let after = moved(&read, State::Closed);
        change(&writer, &stale_count, after, scene.now()).await.expect("changes");
        let mut tx = store.read().await.expect("reads");
        assert_eq!(tx.case(scene.tenant, new.id).await.expect("reads").expect("there").unread, 0);
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
        let new = tinan::store::intake::NewCase { receipt: None, ..scene.tip() };
        writer.open_case(new.clone()).await.expect("opens");
        let mut tx = store.read().await.expect("reads");
        assert_eq!(tx.receipt(&scene.bytes()).await.expect("reads"), None);
        assert_eq!(tx.receipt_key_of(new.id).await.expect("reads"), None);
    }
}
