//! Messages on their way out: in order per chat, by one sender at a time, visible when unsure.

use tinan::kernel::Timestamp;
use tinan::kernel::id::{CaseId, RowId};
use tinan::store::outbox::{Lease, NewOutgoing, Taken};
use tinan::store::{Store, Tx};

use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::Scene;

fn message(scene: &Scene, chat: u8) -> NewOutgoing {
    NewOutgoing {
        id: scene.row(),
        tenant: scene.tenant,
        channel: "telegram".to_owned(),
        bot: "a".to_owned(),
        chat_tag: [chat; 32],
        case: None,
        epoch: 5,
        sealed: scene.sealed(),
        desk_words: false,
        not_before: scene.now(),
        created_hour: scene.now().hour(),
    }
}

async fn take(tx: &mut Tx, now: Timestamp, lease: Lease, limit: i64) -> Vec<Taken> {
    tx.take_outgoing("telegram", "a", now, lease, limit).await.expect("takes")
}

fn chats(taken: &[Taken]) -> Vec<u8> {
    taken.iter().map(|t| t.chat_tag[0]).collect()
}

on_both_databases! {
    async fn a_chat_gets_its_messages_one_by_one_in_order(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let sent = [1, 1, 2, 1, 3].map(|chat| message(&scene, chat));
        let mut tx = store.begin().await.expect("begins");
        tx.insert_outgoing(&sent).await.expect("inserts");
        let first = take(&mut tx, scene.now(), scene.lease(1), 9).await;
        assert_eq!(chats(&first), [1, 2, 3]);
        assert_eq!(first[0].id, sent[0].id);
        assert!(first[0].sealed.as_bytes() == sent[0].sealed.as_bytes());
        assert_eq!((first[0].attempts, first[0].was_sending, first[0].epoch), (1, false, 5));
        assert!(take(&mut tx, scene.now(), scene.lease(1), 9).await.is_empty(), "a chat waits for its first");
        tx.erase_outgoing(first[0].hold).await.expect("erases");
        let second = take(&mut tx, scene.now(), scene.lease(1), 9).await;
        assert_eq!(second.iter().map(|t| t.id).collect::<Vec<_>>(), [sent[1].id]);
        tx.erase_outgoing(second[0].hold).await.expect("erases");
        let third = take(&mut tx, scene.now(), scene.lease(1), 9).await;
        assert_eq!(third.iter().map(|t| t.id).collect::<Vec<_>>(), [sent[3].id]);
    }

    async fn a_dead_senders_message_is_taken_again_and_says_so(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        tx.insert_outgoing(&[message(&scene, 1)]).await.expect("inserts");
        take(&mut tx, scene.now(), scene.lease(1), 9).await;
        let again = take(&mut tx, scene.later(1), scene.lease(2), 9).await;
        assert_eq!(again.len(), 1);
        assert_eq!((again[0].attempts, again[0].was_sending), (2, true));
        assert!(take(&mut tx, scene.now(), scene.lease(2), 9).await.is_empty());
        assert_eq!(tx.retake_all_outgoing(scene.now()).await.expect("retakes"), 1);
        assert_eq!(take(&mut tx, scene.now(), scene.lease(2), 9).await.len(), 1);
    }

    async fn a_sender_whose_lease_was_lost_changes_nothing(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        tx.insert_outgoing(&[message(&scene, 1)]).await.expect("inserts");
        let late = take(&mut tx, scene.now(), scene.lease(1), 9).await[0].hold;
        assert!(tx.renew_outgoing(late, scene.later(3)).await.expect("renews"));
        assert!(take(&mut tx, scene.later(2), scene.lease(4), 9).await.is_empty(), "renewed, so not to be had");
        let now = take(&mut tx, scene.later(3), scene.lease(5), 9).await[0].hold;
        assert_eq!((late.seq, late.token == now.token), (now.seq, false));
        assert!(!tx.renew_outgoing(late, scene.later(9)).await.expect("runs"));
        assert!(!tx.requeue_outgoing(late, scene.now()).await.expect("runs"));
        assert!(!tx.park_outgoing(late, false).await.expect("runs"));
        assert!(!tx.erase_outgoing(late).await.expect("runs"));
        assert!(take(&mut tx, scene.later(4), scene.lease(6), 9).await.is_empty(), "the other still sends it");
        assert!(tx.requeue_outgoing(now, scene.later(4)).await.expect("requeues"));
        for outcome in [tx.requeue_outgoing(now, scene.now()).await, tx.erase_outgoing(now).await] {
            assert!(!outcome.expect("runs"), "an outcome is written down once");
        }
        let again = take(&mut tx, scene.later(4), scene.lease(6), 9).await;
        assert_eq!((again.len(), again[0].attempts, again[0].was_sending), (1, 3, false));
        assert!(tx.erase_outgoing(again[0].hold).await.expect("erases"));
    }

    async fn a_message_waits_for_its_time_and_holds_back_the_later_ones_once_tried(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let reminder = NewOutgoing { not_before: scene.later(60), ..message(&scene, 1) };
        let answer = message(&scene, 1);
        let mut tx = store.begin().await.expect("begins");
        tx.insert_outgoing(&[reminder, answer.clone()]).await.expect("inserts");
        let first = take(&mut tx, scene.now(), scene.lease(1), 9).await;
        assert_eq!(first.iter().map(|t| t.id).collect::<Vec<_>>(), [answer.id], "a reminder holds nothing back");
        tx.requeue_outgoing(first[0].hold, scene.later(5)).await.expect("requeues");
        tx.insert_outgoing(&[message(&scene, 1)]).await.expect("inserts");
        assert!(take(&mut tx, scene.later(4), scene.lease(6), 9).await.is_empty(), "order is kept");
        let again = take(&mut tx, scene.later(5), scene.lease(6), 9).await;
        assert_eq!(again.iter().map(|t| (t.id, t.attempts)).collect::<Vec<_>>(), [(answer.id, 2)]);
        assert!(!again[0].was_sending);
    }

    async fn what_is_uncertain_or_failed_waits_for_a_person(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let case = CaseId::random(&scene.entropy).expect("seeded");
        let words = |chat| NewOutgoing { case: Some(case), desk_words: true, ..message(&scene, chat) };
        let mut tx = store.begin().await.expect("begins");
        tx.insert_outgoing(&[words(1), words(2), words(1), message(&scene, 3)]).await.expect("inserts");
        let taken = take(&mut tx, scene.now(), scene.lease(1), 9).await;
        assert_eq!(taken.iter().map(|t| (t.case, t.desk_words)).collect::<Vec<_>>()[..2], [(Some(case), true); 2]);
        tx.park_outgoing(taken[0].hold, true).await.expect("parks");
        tx.park_outgoing(taken[1].hold, false).await.expect("parks");
        let states = [("failed", 1), ("queued", 1), ("uncertain", 1)].map(|(s, n)| (s.to_owned(), n));
        assert_eq!(tx.outgoing_states(case).await.expect("reads"), states);
        let all = tx.outbox_states().await.expect("reads");
        assert!(all.contains(&("sending".to_owned(), 1)), "{all:?}");
        let next = take(&mut tx, scene.now(), scene.lease(1), 9).await;
        assert_eq!(chats(&next), [1], "a parked message holds nothing back");
        tx.erase_outgoing(next[0].hold).await.expect("erases");
        assert_eq!(tx.retry_parked(case, scene.now()).await.expect("retries"), 2);
        let again = take(&mut tx, scene.now(), scene.lease(1), 9).await;
        assert_eq!(again.iter().map(|t| (t.chat_tag[0], t.attempts)).collect::<Vec<_>>(), [(1, 1), (2, 1)]);
        tx.park_outgoing(again[0].hold, true).await.expect("parks");
        tx.park_outgoing(again[1].hold, false).await.expect("parks");
        assert_eq!(tx.erase_parked(scene.now().hour(), 1).await.expect("erases"), 0);
        for slice in [1, 1, 0] {
            assert_eq!(tx.erase_parked(scene.later(60).hour(), 1).await.expect("erases"), slice);
        }
    }

    async fn another_bots_messages_are_not_taken(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        tx.insert_outgoing(&[message(&scene, 1)]).await.expect("inserts");
        let other = tx.take_outgoing("telegram", "b", scene.now(), scene.lease(1), 9).await;
        assert!(other.expect("takes").is_empty());
        let other = tx.take_outgoing("zalo", "a", scene.now(), scene.lease(1), 9).await;
        assert!(other.expect("takes").is_empty());
        assert_eq!(take(&mut tx, scene.now(), scene.lease(1), 0).await.len(), 0);
    }

    async fn what_waits_for_a_session_that_is_over_is_erased(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let old = NewOutgoing { channel: "terminal".to_owned(), ..message(&scene, 1) };
        let mut tx = store.begin().await.expect("begins");
        let too = NewOutgoing { channel: "terminal".to_owned(), ..message(&scene, 3) };
        tx.insert_outgoing(&[old, message(&scene, 2), too]).await.expect("inserts");
        assert_eq!(tx.erase_orphaned("terminal", scene.now().hour(), 1).await.expect("erases"), 0);
        for slice in [1, 1, 0] {
            assert_eq!(tx.erase_orphaned("terminal", scene.later(60).hour(), 1).await.expect("erases"), slice);
        }
        assert_eq!(take(&mut tx, scene.now(), scene.lease(1), 9).await.len(), 1, "another channel's stays");
    }

    async fn senders_on_two_nodes_never_take_one_message_twice(database: Database) {
        let (scene, _) = Scene::open(1, &database.store).await;
        let all: Vec<NewOutgoing> = (0..90).map(|i| message(&scene, i)).collect();
        let mut tx = database.store.begin().await.expect("begins");
        tx.insert_outgoing(&all).await.expect("inserts");
        tx.commit().await.expect("commits");
        let second = database.another().await;
        let (now, until) = (scene.now(), scene.later(1));
        let tokens = scene.entropy.clone();
        let senders = (0..4).map(|i| {
            let writer = scene.writer(if i % 2 == 0 { &database.store } else { &second });
            let tokens = tokens.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let lease = Lease { token: RowId::random(&tokens).expect("seeded"), until };
                    let some = writer
                        .run(move |tx| {
                            Box::pin(async move { tx.take_outgoing("telegram", "a", now, lease, 7).await })
                        })
                        .await
                        .expect("takes");
                    if some.is_empty() {
                        return taken;
                    }
                    taken.extend(some.into_iter().map(|t| t.hold.seq));
                }
            })
        });
        let senders = futures_util::future::join_all(senders.collect::<Vec<_>>()).await;
        let mut taken: Vec<i64> = senders.into_iter().flat_map(|s| s.expect("no panic")).collect();
        taken.sort_unstable();
        let amount = taken.len();
        taken.dedup();
        assert_eq!(taken.len(), amount, "one was taken twice");
        assert_eq!(database.count("outbox WHERE state = 'sending' AND attempts = 1").await, 90);
        second.close().await;
    }
}
