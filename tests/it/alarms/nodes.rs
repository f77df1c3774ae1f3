//! Restarts and several nodes: no call is lost, and none is made twice but under a lease that ran out.

use super::*;
use crate::databases::Database;
use crate::on_both_databases;

impl Post {
    /// Another node, or this one after a restart.
    async fn node(&self, store: Store, seed: u64) -> Hotline {
        let hotline = self.world.node(store, seed, |parts| parts.shelf = None).await.expect("opens");
        hotline.follow(self.world.hotline.plan());
        hotline
    }
}

on_both_databases! {
    async fn a_restart_between_step_and_call_neither_loses_nor_doubles_it(database: Database) {
        let post = Post::open(database.store.clone()).await;
        post.submit(Priority::LIFE, WORDS, None).await;
        post.world.clock.advance(Duration::from_mins(1));
        jobs::keep_watch(&post.world.hotline).await.expect("watches");
        assert_eq!(post.calls(), [0; 4], "the step is committed, the call is not made");
        let second = post.node(database.another().await, 9).await;
        second.take_over().await.expect("takes over");
        work(&second, &post.ways).await;
        assert_eq!(post.calls(), [1, 0, 0, 0]);
        work(&second, &post.ways).await;
        post.work().await;
        assert_eq!(post.calls(), [1, 0, 0, 0]);
    }

    async fn a_call_whose_maker_died_is_made_again_with_the_same_id(database: Database) {
        let post = Post::open(database.store.clone()).await;
        post.submit(Priority::LIFE, WORDS, None).await;
        post.world.clock.advance(Duration::from_mins(1));
        jobs::keep_watch(&post.world.hotline).await.expect("watches");
        let taken = post.world.hotline.take_calls(10).await.expect("takes");
        assert_eq!(taken.len(), 1);
        let second = post.node(database.another().await, 9).await;
        work(&second, &post.ways).await;
        assert_eq!(post.calls(), [0; 4], "the first still has its lease");
        post.world.clock.advance(Duration::from_secs(11));
        work(&second, &post.ways).await;
        assert_eq!(post.calls(), [1, 0, 0, 0]);
        // The first was only slow: its call comes late, and its outcome changes nothing.
        post.world.hotline.call(&post.ways, &taken[0]).await.expect("calls");
        let bodies = post.http.seen("/pager/hoa");
        let id = |n: usize| serde_json::from_str::<serde_json::Value>(&bodies[n].body).expect("JSON")["id"].clone();
        assert_eq!((bodies.len(), id(0)), (2, id(1)));
        let calls = &post.alarms("hoa").await[0].calls;
        assert_eq!((calls.len(), calls[0].state.as_str()), (1, "sent"));
    }

    async fn two_nodes_take_each_step_once(database: Database) {
        let post = Post::open(database.store.clone()).await;
        let second = post.node(database.another().await, 9).await;
        for n in 0..5 {
            post.submit(Priority::LIFE, &format!("lời thứ {n}"), None).await;
        }
        for _ in 0..40 {
            post.world.clock.advance(Duration::from_mins(1));
            for _ in 0..2 {
                let (a, b) = tokio::join!(
                    jobs::keep_watch(&post.world.hotline),
                    jobs::keep_watch(&second)
                );
                a.expect("watches");
                b.expect("watches");
                let (a, b) =
                    tokio::join!(jobs::call_due(&post.world.hotline, &post.ways), jobs::call_due(&second, &post.ways));
                a.expect("calls");
                b.expect("calls");
            }
        }
        post.work().await;
        // 1: officer; 6: lead; 16 and 36: province.
        assert_eq!(post.calls(), [5, 5, 10, 10]);
    }
}
