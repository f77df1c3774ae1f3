//! Meta values, leases of work, numbers, and answers that are kept for a day.

use tinan::store::Store;

use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::{Scene, YEAR};

on_both_databases! {
    async fn a_meta_value_is_claimed_once_and_set_often(store: Store) {
        let mut tx = store.begin().await.expect("begins");
        assert_eq!(tx.meta("deployment").await.expect("reads"), None);
        assert!(tx.claim_meta("deployment", "a").await.expect("claims"));
        assert!(!tx.claim_meta("deployment", "b").await.expect("claims"));
        assert_eq!(tx.meta("deployment").await.expect("reads").as_deref(), Some("a"));
        tx.set_meta("deployment", "c").await.expect("sets");
        tx.set_meta("keyring", "d").await.expect("sets");
        assert_eq!(tx.meta("deployment").await.expect("reads").as_deref(), Some("c"));
    }

    async fn two_set_ups_at_once_are_one(database: Database) {
        let second = database.another().await;
        let claim = |store: Store, value: &'static str| async move {
            let mut tx = store.begin().await.expect("begins");
            let won = tx.claim_meta("deployment", value).await.expect("claims");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            tx.commit().await.expect("commits");
            won
        };
        let (a, b) = tokio::join!(claim(database.store.clone(), "a"), claim(second.clone(), "b"));
        assert!(a != b, "{a} {b}");
        second.close().await;
    }

    async fn a_lease_belongs_to_one_node_until_it_runs_out(store: Store) {
        let scene = Scene::new(1);
        let (a, b) = (scene.node(), scene.node());
        let mut tx = store.begin().await.expect("begins");
        assert!(tx.lease("poll", a, scene.now(), scene.later(1)).await.expect("leases"));
        assert!(!tx.lease("poll", b, scene.now(), scene.later(1)).await.expect("leases"));
        assert!(tx.lease("sweep", b, scene.now(), scene.later(1)).await.expect("leases"));
        assert!(tx.lease("poll", a, scene.now(), scene.later(2)).await.expect("renews"));
        assert!(!tx.lease("poll", b, scene.later(1), scene.later(3)).await.expect("leases"));
        assert!(tx.lease("poll", b, scene.later(2), scene.later(3)).await.expect("takes over"));
        tx.give_back(b).await.expect("gives back");
        assert!(tx.lease("poll", a, scene.now(), scene.later(9)).await.expect("leases"));
        tx.clear_leases().await.expect("clears");
        assert!(tx.lease("poll", b, scene.now(), scene.later(1)).await.expect("leases"));
    }

    async fn a_rolled_back_number_is_given_again(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        assert_eq!(tx.take_numbers(scene.tenant, "case:tips", YEAR, 3).await.expect("takes"), 1);
        assert_eq!(tx.take_numbers(scene.tenant, "case:tips", YEAR, 1).await.expect("takes"), 4);
        tx.commit().await.expect("commits");
        let mut tx = store.begin().await.expect("begins");
        assert_eq!(tx.take_numbers(scene.tenant, "case:tips", YEAR, 5).await.expect("takes"), 5);
        drop(tx);
        let mut tx = store.begin().await.expect("begins");
        assert_eq!(tx.take_numbers(scene.tenant, "case:tips", YEAR, 1).await.expect("takes"), 5);
        assert_eq!(tx.take_numbers(scene.tenant, "case:tips", YEAR + 1, 1).await.expect("takes"), 1);
        assert_eq!(tx.take_numbers(Scene::new(2).tenant, "case:tips", YEAR, 1).await.expect("takes"), 1);
        let counters = tx.counters(scene.tenant).await.expect("reads");
        assert_eq!(counters, [("case:tips".to_owned(), YEAR, 5), ("case:tips".to_owned(), YEAR + 1, 1)]);
    }

    async fn gaps_in_the_numbers_are_found(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        for case in [scene.tip(), scene.tip(), scene.tip(), scene.help()] {
            writer.open_case(case).await.expect("opens");
        }
        let gaps = || async {
            let mut tx = database.store.read().await.expect("reads");
            tx.number_gaps(scene.tenant).await.expect("reads")
        };
        let whole = gaps().await;
        assert_eq!(whole.len(), 3);
        assert!(whole.iter().all(|(_, _, given, found)| given == found), "{whole:?}");
        database.raw("DELETE FROM register_entries WHERE number = 2").await;
        database.raw("UPDATE cases SET number = 9 WHERE number = 3").await;
        let broken = gaps().await.into_iter().filter(|(_, _, given, found)| given != found);
        assert_eq!(broken.map(|(_, _, given, found)| (given, found)).collect::<Vec<_>>(), [(3, 9), (3, 2)]);
    }

    async fn an_answer_without_a_case_is_kept_once_and_for_a_day(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let (first, twin) = (scene.replay(3), scene.replay(3));
        let mut tx = store.begin().await.expect("begins");
        assert!(tx.replay(&first.lookup).await.expect("reads").is_none());
        assert!(tx.add_replay(&first).await.expect("adds"));
        assert!(!tx.add_replay(&twin).await.expect("adds"));
        let read = tx.replay(&first.lookup).await.expect("reads").expect("there");
        assert!(read.sealed.as_bytes() == first.sealed.as_bytes() && read.case.is_none());
        assert_eq!(tx.transit_epochs_in_use().await.expect("reads"), [1]);
        assert_eq!(tx.erase_replays(scene.now(), 10).await.expect("erases"), 0);
        assert_eq!(tx.erase_replays(first.until, 10).await.expect("erases"), 1);
        assert!(tx.replay(&first.lookup).await.expect("reads").is_none());
    }
}
