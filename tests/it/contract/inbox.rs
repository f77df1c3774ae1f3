//! Updates of messengers: committed once, in order, erased once.

use std::time::Duration;

use tinan::kernel::id::CaseId;
use tinan::store::inbox::{DeadLetter, NewUpdate, Origin};
use tinan::store::{Store, StoreError};

use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::Scene;

fn origin(scene: &Scene, bot: &str) -> Origin {
    let (channel, bot) = ("telegram".to_owned(), bot.to_owned());
    Origin { tenant: scene.tenant, channel, bot, epoch: 4, now: scene.now() }
}

fn updates(scene: &Scene, keys: &[&str]) -> Vec<NewUpdate> {
    let new = |key: &&str| NewUpdate { id: scene.row(), key: (*key).to_owned(), sealed: scene.sealed() };
    keys.iter().map(new).collect()
}

on_both_databases! {
    async fn updates_are_taken_once_and_kept_in_order(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let from = origin(&scene, "a");
        let first = updates(&scene, &["1", "2", "2", "3"]);
        let mut tx = store.begin().await.expect("begins");
        assert_eq!(tx.accept(&from, &first, Some(3)).await.expect("accepts"), 3);
        assert_eq!(tx.accept(&from, &updates(&scene, &["3", "4"]), Some(4)).await.expect("accepts"), 1);
        assert_eq!(tx.accept(&origin(&scene, "b"), &updates(&scene, &["1"]), None).await.expect("accepts"), 1);
        assert_eq!(tx.accept(&from, &[], None).await.expect("accepts"), 0);
        tx.commit().await.expect("commits");

        let mut tx = store.read().await.expect("reads");
        let all = tx.updates("telegram", "a", 0, 10).await.expect("reads");
        assert_eq!(all.len(), 4);
        assert!(all.is_sorted_by(|a, b| a.seq < b.seq));
        let ids: Vec<_> = all.iter().take(3).map(|u| u.id).collect();
        assert_eq!(ids, [first[0].id, first[1].id, first[3].id]);
        assert!(all[0].sealed.as_bytes() == first[0].sealed.as_bytes());
        assert_eq!((all[0].tenant, all[0].epoch, all[0].attempts), (scene.tenant, 4, 0));
        assert_eq!(all[0].received_hour, scene.now().hour());
        let rest = tx.updates("telegram", "a", all[1].seq, 1).await.expect("reads");
        assert_eq!(rest.iter().map(|u| u.seq).collect::<Vec<_>>(), [all[2].seq]);
        assert_eq!(tx.backlog("telegram", "a").await.expect("reads"), 4);
        assert_eq!(tx.backlog("telegram", "b").await.expect("reads"), 1);
        assert_eq!(tx.transit_epochs_in_use().await.expect("reads"), [4]);
    }

    async fn the_position_is_kept_per_bot_and_may_go_back(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        assert_eq!(tx.cursor("telegram", "a").await.expect("reads"), None);
        // A messenger that starts its numbers anew must not be ignored for ever.
        for position in [900, 17] {
            tx.accept(&origin(&scene, "a"), &[], Some(position)).await.expect("accepts");
            assert_eq!(tx.cursor("telegram", "a").await.expect("reads"), Some(position));
        }
        tx.accept(&origin(&scene, "a"), &[], None).await.expect("accepts");
        assert_eq!(tx.cursor("telegram", "a").await.expect("reads"), Some(17));
        assert_eq!(tx.cursor("telegram", "b").await.expect("reads"), None);
    }

    async fn a_large_batch_with_repetitions_is_stored_exactly_once(database: Database) {
        let (scene, _) = Scene::open(1, &database.store).await;
        let keys: Vec<String> = (0..200).map(|i| (i % 150).to_string()).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut tx = database.store.begin().await.expect("begins");
        assert_eq!(tx.accept(&origin(&scene, "a"), &updates(&scene, &keys), Some(1)).await.expect("accepts"), 150);
        tx.commit().await.expect("commits");
        assert_eq!(database.count("inbox").await, 150);
        assert_eq!(database.count("inbox_seen").await, 150);
    }

    async fn an_update_is_erased_by_one_and_stale_for_the_second(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let second = database.another().await;
        let writers = [writer, scene.writer(&second)];
        let mut tx = database.store.begin().await.expect("begins");
        tx.accept(&origin(&scene, "a"), &updates(&scene, &["1"]), None).await.expect("accepts");
        let seq = tx.updates("telegram", "a", 0, 1).await.expect("reads")[0].seq;
        tx.commit().await.expect("commits");
        let erase = |i: usize| writers[i].run(move |tx| Box::pin(async move { tx.erase_update(seq).await }));
        let outcome = tokio::join!(erase(0), erase(1));
        assert!(
            matches!(outcome, (Ok(()), Err(StoreError::Stale)) | (Err(StoreError::Stale), Ok(()))),
            "{outcome:?}"
        );
        second.close().await;
    }

    async fn a_failed_update_is_put_off_and_counted(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        tx.accept(&origin(&scene, "a"), &updates(&scene, &["1"]), None).await.expect("accepts");
        let seq = tx.updates("telegram", "a", 0, 1).await.expect("reads")[0].seq;
        for _ in 0..2 {
            tx.defer_update(seq, scene.later(5)).await.expect("defers");
        }
        let update = tx.updates("telegram", "a", 0, 1).await.expect("reads").remove(0);
        assert_eq!((update.attempts, update.not_before), (2, scene.later(5)));
    }

    async fn updates_of_an_earlier_hour_are_shown_with_their_channel(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        tx.accept(&origin(&scene, "a"), &updates(&scene, &["1"]), None).await.expect("accepts");
        assert!(tx.overdue_updates(scene.now().hour(), 0, 9).await.expect("reads").is_empty());
        let next_hour = scene.now().hour().plus(Duration::from_hours(1));
        let overdue = tx.overdue_updates(next_hour, 0, 9).await.expect("reads");
        assert_eq!(overdue.len(), 1);
        assert_eq!((overdue[0].0.as_str(), overdue[0].1.as_str()), ("telegram", "a"));
    }

    async fn a_number_forgotten_may_come_again(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let from = origin(&scene, "a");
        let mut tx = store.begin().await.expect("begins");
        tx.accept(&from, &updates(&scene, &["1", "2", "3"]), None).await.expect("accepts");
        assert_eq!(tx.forget_seen(scene.now().day(), 10).await.expect("forgets"), 0);
        assert_eq!(tx.forget_seen(scene.now().day() + 1, 2).await.expect("forgets"), 2);
        assert_eq!(tx.forget_seen(scene.now().day() + 1, 2).await.expect("forgets"), 1);
        assert_eq!(tx.accept(&from, &updates(&scene, &["1"]), None).await.expect("accepts"), 1);
    }

    async fn dead_letters_are_shown_newest_first_to_their_tenant(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let letter = |hours: u64| DeadLetter {
            id: scene.row(),
            tenant: scene.tenant,
            channel: "telegram".to_owned(),
            bot: "a".to_owned(),
            bytes: 512,
            error: "unknown update".to_owned(),
            hour: scene.now().hour().plus(Duration::from_hours(hours)),
            case: CaseId::random(&scene.entropy).expect("seeded"),
        };
        let (old, new) = (letter(0), letter(1));
        let mut tx = store.begin().await.expect("begins");
        tx.add_dead_letter(&old).await.expect("adds");
        tx.add_dead_letter(&new).await.expect("adds");
        assert_eq!(tx.dead_letters(scene.tenant, 9).await.expect("reads"), [new.clone(), old]);
        assert_eq!(tx.dead_letters(scene.tenant, 1).await.expect("reads"), [new]);
        assert!(tx.dead_letters(Scene::new(2).tenant, 9).await.expect("reads").is_empty());
    }
}
