//! Several writers on one database: nodes on PostgreSQL, processes on SQLite.

use tinan::store::intake::{NewCase, Opened};

use super::intake::assert_gapless;
use super::queue::assert_counts_are_true;
use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::Scene;

on_both_databases! {
    async fn numbers_have_no_gaps_whatever_nodes_do_at_once(database: Database) {
        let (scene, first) = Scene::open(1, &database.store).await;
        let second_store = database.another().await;
        let second = scene.writer(&second_store);
        let taken = scene.tip();
        first.open_case(taken.clone()).await.expect("opens");
        let mut calls = Vec::new();
        for i in 0..240 {
            let writer = if i % 2 == 0 { first.clone() } else { second.clone() };
            // Every tenth collides with a stored case and must give its numbers back.
            let id = if i % 10 == 9 { taken.id } else { scene.tip().id };
            let case = NewCase { id, ..if i % 3 == 0 { scene.help() } else { scene.tip() } };
            calls.push(tokio::spawn(async move { writer.open_case(case).await }));
        }
        let mut stored = 1;
        for call in calls {
            stored += i64::from(call.await.expect("no panic").is_ok());
        }
        assert_eq!(stored, 1 + 216);
        for sql in [
            "SELECT CAST(number AS TEXT) FROM cases WHERE kind = 'tips'",
            "SELECT CAST(number AS TEXT) FROM cases WHERE kind = 'counselling'",
            "SELECT CAST(number AS TEXT) FROM register_entries",
        ] {
            let rows = database.texts(sql).await;
            assert!(rows.len() > 50);
            assert_gapless(rows.iter().map(|r| r[0].parse().expect("a number")).collect());
        }
        assert_eq!(database.count("cases").await, stored);
        assert_counts_are_true(&database, &scene).await;
        second_store.close().await;
    }

    async fn one_key_on_two_nodes_at_once_makes_one_case(database: Database) {
        let (scene, first) = Scene::open(1, &database.store).await;
        let second_store = database.another().await;
        let second = scene.writer(&second_store);
        for key in 0..20 {
            let twin = || NewCase { replay: Some(scene.replay(key)), ..scene.tip() };
            let (a, b) = tokio::join!(first.open_case(twin()), second.open_case(twin()));
            let stored = [a.expect("answered"), b.expect("answered")]
                .iter()
                .filter(|o| matches!(o, Opened::Numbered { .. }))
                .count();
            assert_eq!(stored, 1, "key {key}");
        }
        assert_eq!(database.count("cases").await, 20);
        second_store.close().await;
    }

    async fn nodes_that_lock_in_opposite_orders_both_get_through(database: Database) {
        let (scene, first) = Scene::open(1, &database.store).await;
        let second_store = database.another().await;
        let second = scene.writer(&second_store);
        let (a, b) = (scene.tip(), scene.tip());
        let ids = [a.id, b.id];
        first.open_case(a).await.expect("opens");
        first.open_case(b).await.expect("opens");
        let (hour, desk) = (scene.now().hour(), scene.tips);
        let touch = |writer: tinan::store::Writer, order: [usize; 2]| async move {
            writer
                .run(move |tx| {
                    Box::pin(async move {
                        for i in order {
                            tx.citizen_wrote(ids[i], desk, hour).await?;
                            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        }
                        Ok::<_, tinan::store::StoreError>(())
                    })
                })
                .await
        };
        for _ in 0..3 {
            let (a, b) = tokio::join!(touch(first.clone(), [0, 1]), touch(second.clone(), [1, 0]));
            a.expect("gets through");
            b.expect("gets through");
        }
        let mut tx = database.store.read().await.expect("reads");
        for id in ids {
            let case = tx.case(scene.tenant, id).await.expect("reads").expect("there");
            assert_eq!(case.unread, 7);
        }
        second_store.close().await;
    }
}
