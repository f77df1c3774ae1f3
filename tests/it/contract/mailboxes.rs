//! Ways back, conversations, and words that wait.

use std::time::Duration;

use tinan::kernel::id::CaseId;
use tinan::store::mailboxes::{Dialogue, Held};
use tinan::store::outbox::NewOutgoing;
use tinan::store::{Store, StoreError};

use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::Scene;

const OLD: [u8; 32] = [1; 32];
const NEW: [u8; 32] = [2; 32];

fn dialogue(scene: &Scene, tag: [u8; 32]) -> Dialogue {
    Dialogue {
        tag,
        tenant: scene.tenant,
        channel: "telegram".to_owned(),
        bot: "a".to_owned(),
        id: scene.row(),
        mailbox_epoch: 1,
        epoch: 6,
        version: 0,
        sealed: scene.sealed(),
        wake: None,
        undecided: None,
        seen_hour: scene.now().hour(),
    }
}

fn held(scene: &Scene, tag: [u8; 32], case: CaseId) -> Held {
    let (id, tenant, sealed) = (scene.row(), scene.tenant, scene.sealed());
    Held { id, tenant, case, tag, epoch: 7, sealed, until: scene.later(60) }
}

fn outgoing(scene: &Scene, chat_tag: [u8; 32], desk_words: bool) -> NewOutgoing {
    NewOutgoing {
        id: scene.row(),
        tenant: scene.tenant,
        channel: "telegram".to_owned(),
        bot: "a".to_owned(),
        chat_tag,
        case: None,
        epoch: 8,
        sealed: scene.sealed(),
        desk_words,
        not_before: scene.now(),
        created_hour: scene.now().hour(),
    }
}

on_both_databases! {
    async fn a_conversation_is_saved_over_the_version_it_was_read_at(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let first = dialogue(&scene, OLD);
        let mut tx = store.begin().await.expect("begins");
        assert!(tx.dialogue(&OLD).await.expect("reads").is_none());
        tx.save_dialogue(&first).await.expect("saves");
        let read = tx.dialogue(&OLD).await.expect("reads").expect("there");
        assert_eq!((read.version, read.id, read.epoch, read.mailbox_epoch), (1, first.id, 6, 1));
        assert!(read.sealed.as_bytes() == first.sealed.as_bytes());
        let (wake, undecided) = (Some(scene.later(1)), Some(scene.now()));
        let next = Dialogue { sealed: scene.sealed(), epoch: 9, wake, undecided, ..read.clone() };
        tx.save_dialogue(&next).await.expect("saves");
        for stale in [&first, &read] {
            let outcome = tx.save_dialogue(stale).await;
            assert!(matches!(outcome, Err(StoreError::Stale)), "{outcome:?}");
        }
        let read = tx.dialogue(&OLD).await.expect("reads").expect("there");
        assert_eq!((read.version, read.epoch, read.wake, read.undecided), (2, 9, wake, undecided));
        assert!(read.sealed.as_bytes() == next.sealed.as_bytes());
        tx.erase_dialogue(&OLD).await.expect("erases");
        assert!(tx.dialogue(&OLD).await.expect("reads").is_none());
    }

    async fn conversations_wake_at_their_time_and_show_what_is_undecided(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        for (tag, wake, undecided) in [(OLD, Some(5), None), (NEW, Some(3), Some(0)), ([3; 32], None, Some(2))] {
            let (wake, undecided) = (wake.map(|m| scene.later(m)), undecided.map(|m| scene.later(m)));
            tx.save_dialogue(&Dialogue { wake, undecided, ..dialogue(&scene, tag) }).await.expect("saves");
        }
        for tag in [[4; 32], [5; 32]] {
            tx.save_dialogue(&dialogue(&scene, tag)).await.expect("saves");
        }
        let waking = tx.waking_dialogues(scene.later(5), 9).await.expect("reads");
        assert_eq!(waking.iter().map(|d| d.tag).collect::<Vec<_>>(), [NEW, OLD]);
        assert_eq!(tx.waking_dialogues(scene.later(4), 9).await.expect("reads").len(), 1);
        let undecided = tx.undecided_dialogues(scene.later(1), 9).await.expect("reads");
        assert_eq!(undecided.iter().map(|d| d.tag).collect::<Vec<_>>(), [NEW]);
        assert_eq!(tx.undecided_dialogues(scene.later(2), 9).await.expect("reads").len(), 2);
        // Idle ones go; those that hold something waiting stay.
        assert_eq!(tx.erase_idle_dialogues(scene.now().hour(), 1).await.expect("erases"), 0);
        let later = scene.now().hour().plus(Duration::from_hours(1));
        for slice in [1, 1, 0] {
            assert_eq!(tx.erase_idle_dialogues(later, 1).await.expect("erases"), slice);
        }
        assert!(tx.dialogue(&[4; 32]).await.expect("reads").is_none());
        assert!(tx.dialogue(&[3; 32]).await.expect("reads").is_some());
    }

    async fn everything_of_a_chat_moves_to_its_new_tag(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let case = scene.with_mailbox(scene.tip(), OLD);
        writer.open_case(case.clone()).await.expect("opens");
        let words = held(&scene, OLD, case.id);
        let mut tx = database.store.begin().await.expect("begins");
        tx.save_dialogue(&dialogue(&scene, OLD)).await.expect("saves");
        tx.hold(&words).await.expect("holds");
        tx.insert_outgoing(&[outgoing(&scene, OLD, true)]).await.expect("inserts");
        assert_eq!(tx.mailbox_epochs_in_use().await.expect("reads"), [1]);
        tx.move_tag(&OLD, &NEW, 2).await.expect("moves");
        assert!(tx.mailboxes_by_tag(&OLD).await.expect("reads").is_empty());
        let moved = tx.mailboxes_by_tag(&NEW).await.expect("reads");
        assert_eq!(moved.iter().map(|m| (m.case, m.epoch)).collect::<Vec<_>>(), [(case.id, 2)]);
        let read = tx.dialogue(&NEW).await.expect("reads").expect("moved");
        assert_eq!((read.mailbox_epoch, read.version), (2, 1));
        assert!(tx.held(words.id, &NEW).await.expect("reads").is_some());
        let taken = tx.take_outgoing("telegram", "a", scene.now(), scene.lease(1), 9).await.expect("takes");
        assert_eq!(taken[0].chat_tag, NEW);
        assert_eq!(tx.mailbox_epochs_in_use().await.expect("reads"), [2]);
        let mut epochs = tx.transit_epochs_in_use().await.expect("reads");
        epochs.sort_unstable();
        assert_eq!(epochs, [6, 7, 8]);
        tx.commit().await.expect("commits");
        let old = database.literal(&OLD);
        for (table, column) in [("mailboxes", "tag"), ("dialogues", "tag"), ("held", "tag"), ("outbox", "chat_tag")] {
            assert_eq!(database.count(&format!("{table} WHERE {column} = {old}")).await, 0, "{table}");
        }
    }

    async fn a_forgotten_chat_leaves_no_way_back(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let (a, b) = (scene.with_mailbox(scene.tip(), OLD), scene.with_mailbox(scene.help(), OLD));
        let stranger = scene.with_mailbox(scene.tip(), NEW);
        for case in [&a, &b, &stranger] {
            writer.open_case(case.clone()).await.expect("opens");
        }
        let words = held(&scene, OLD, a.id);
        let mut tx = database.store.begin().await.expect("begins");
        tx.save_dialogue(&dialogue(&scene, OLD)).await.expect("saves");
        tx.hold(&words).await.expect("holds");
        tx.insert_outgoing(&[outgoing(&scene, OLD, true), outgoing(&scene, NEW, true)]).await.expect("inserts");
        let mut cases = tx.forget_chat(&OLD).await.expect("forgets");
        cases.sort_unstable();
        let mut expected = [a.id, b.id];
        expected.sort_unstable();
        assert_eq!(cases, expected);
        tx.commit().await.expect("commits");
        let mut tx = database.store.read().await.expect("reads");
        assert!(tx.mailboxes_by_tag(&OLD).await.expect("reads").is_empty());
        assert!(tx.mailboxes_of(a.id).await.expect("reads").is_empty());
        assert!(tx.dialogue(&OLD).await.expect("reads").is_none());
        assert!(tx.held(words.id, &OLD).await.expect("reads").is_none());
        for case in [&a, &b] {
            let items = tx.items(scene.tenant, case.id).await.expect("reads");
            assert_eq!(items.iter().map(|i| i.id).collect::<Vec<_>>(), [case.items[0].id], "the tip itself stays");
            let address = case.items[1].id;
            let keys = tx.wrap_keys(case.id).await.expect("reads");
            assert!(keys.iter().all(|(item, _)| *item != address), "a wrap of the address is left");
        }
        assert_eq!(tx.mailboxes_by_tag(&NEW).await.expect("reads").len(), 1, "another chat");
        assert_eq!(tx.items(scene.tenant, stranger.id).await.expect("reads").len(), 2);
        assert_eq!(database.count("outbox").await, 1);
    }

    async fn silent_chats_are_found_and_touched_ones_are_not(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let today = scene.now().day();
        writer.open_case(scene.with_mailbox(scene.tip(), OLD)).await.expect("opens");
        writer.open_case(scene.with_mailbox(scene.help(), OLD)).await.expect("opens");
        writer.open_case(scene.with_mailbox(scene.tip(), NEW)).await.expect("opens");
        let mut tx = store.begin().await.expect("begins");
        assert!(tx.silent_tags(today, 9).await.expect("reads").is_empty());
        tx.touch_mailboxes(&NEW, today + 1).await.expect("touches");
        tx.touch_mailboxes(&NEW, today).await.expect("touches");
        assert_eq!(tx.silent_tags(today + 1, 9).await.expect("reads"), [OLD]);
        assert_eq!(tx.silent_tags(today + 2, 9).await.expect("reads").len(), 2);
        assert_eq!(tx.silent_tags(today + 2, 1).await.expect("reads").len(), 1);
    }

    async fn held_words_open_for_their_chat_only_and_not_for_ever(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let case = CaseId::random(&scene.entropy).expect("seeded");
        let words = held(&scene, OLD, case);
        let mut tx = store.begin().await.expect("begins");
        tx.hold(&words).await.expect("holds");
        let read = tx.held(words.id, &OLD).await.expect("reads").expect("there");
        assert_eq!((read.case, read.epoch, read.until), (case, 7, words.until));
        assert!(read.sealed.as_bytes() == words.sealed.as_bytes());
        assert!(tx.held(words.id, &NEW).await.expect("reads").is_none());
        assert!(tx.held(scene.row(), &OLD).await.expect("reads").is_none());
        tx.hold(&held(&scene, OLD, case)).await.expect("holds");
        assert_eq!(tx.erase_held(scene.later(59), 1).await.expect("erases"), 0);
        for slice in [1, 1, 0] {
            assert_eq!(tx.erase_held(scene.later(60), 1).await.expect("erases"), slice);
        }
    }
}
