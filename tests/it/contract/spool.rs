//! From the spool into the database: in order, once, and nobody's receipt leads nowhere.

use std::path::PathBuf;

use tinan::kernel::id::CaseId;
use tinan::store::intake::NewCase;
use tinan::store::spool::{Entry, NewMessage, Spool, Taken};
use tinan::store::{StoreError, Writer};
use tinan::vault::ItemKind;

use super::intake::assert_gapless;
use super::queue::assert_counts_are_true;
use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::Scene;

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("spool");
    (folder, path)
}

async fn take_in(writer: &Writer, entry: Entry) -> Result<Taken, StoreError> {
    writer
        .run(move |tx| {
            let entry = entry.clone();
            Box::pin(async move { tx.take_in(&entry).await })
        })
        .await
}

fn case(case: &NewCase) -> Entry {
    Entry::Case(Box::new(case.clone()))
}

fn message(scene: &Scene, case: CaseId) -> NewMessage {
    let (item, hour) = (scene.item(ItemKind::FollowUp, &[[1; 8]]), scene.now().hour());
    NewMessage { tenant: scene.tenant, case, desk: scene.tips, item, hour, replay: None }
}

on_both_databases! {
    async fn a_crash_between_commit_and_advance_doubles_nothing(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let (_folder, path) = folder();
        let spool = Spool::open(&path, 1 << 18).expect("opens");
        for _ in 0..10 {
            spool.append(&case(&scene.with_mailbox(scene.tip(), scene.bytes()))).await.expect("appends");
        }
        // Each pass commits one entry more than it is told: the crash comes before the advance.
        for pass in 0..4_usize {
            let mut left = pass;
            let outcome = spool
                .drain(|entry| {
                    let last = left == 0;
                    left = left.saturating_sub(1);
                    let writer = writer.clone();
                    async move {
                        take_in(&writer, entry).await?;
                        if last { Err(StoreError::Stopped) } else { Ok(()) }
                    }
                })
                .await;
            assert!(outcome.is_err());
        }
        drop(spool);
        let spool = Spool::open(&path, 1 << 18).expect("opens");
        assert_eq!(spool.len(), 4);
        let drained = spool
            .drain(|entry| {
                let writer = writer.clone();
                async move { take_in(&writer, entry).await.map(|_| ()) }
            })
            .await;
        assert_eq!(drained.expect("drains"), 4);
        for table in ["cases", "receipts", "register_entries", "mailboxes", "audit"] {
            assert_eq!(database.count(table).await, 10, "{table}");
        }
        let rows = database.texts("SELECT CAST(number AS TEXT) FROM cases").await;
        assert_gapless(rows.iter().map(|r| r[0].parse().expect("a number")).collect());
        assert_counts_are_true(&database, &scene).await;
    }

    async fn a_case_whose_commit_was_not_answered_is_not_stored_again(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let new = NewCase { replay: Some(scene.replay(1)), ..scene.tip() };
        writer.open_case(new.clone()).await.expect("opens");
        assert_eq!(take_in(&writer, case(&new)).await.expect("takes"), Taken::Before);
        assert_eq!(database.count("cases").await, 1);
        assert_counts_are_true(&database, &scene).await;
    }

    async fn a_request_repeated_into_the_spool_keeps_its_own_receipt(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let first = NewCase { replay: Some(scene.replay(1)), ..scene.tip() };
        let second = NewCase { replay: Some(scene.replay(1)), ..scene.tip() };
        writer.open_case(first.clone()).await.expect("opens");
        let taken = take_in(&writer, case(&second)).await.expect("takes");
        assert_eq!(taken, Taken::Twin { of: Some(first.id) });
        let again = take_in(&writer, case(&second)).await.expect("takes");
        assert_eq!(again, Taken::Twin { of: Some(first.id) }, "a crash may have come before the link");
        assert_eq!(take_in(&writer, case(&first)).await.expect("takes"), Taken::Before);
        assert_eq!(database.count("cases").await, 2);
        let mut tx = database.store.read().await.expect("reads");
        for new in [&first, &second] {
            let lookup = new.receipt.as_ref().expect("has one").lookup;
            let found = tx.receipt(&lookup).await.expect("reads").expect("leads somewhere");
            assert_eq!(found.0, new.id);
        }
        assert_counts_are_true(&database, &scene).await;
    }

    async fn a_spooled_message_is_added_once_and_shown_as_unread(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let new = scene.tip();
        writer.open_case(new.clone()).await.expect("opens");
        let words = message(&scene, new.id);
        let keyed = NewMessage { replay: Some(scene.replay(5)), ..message(&scene, new.id) };
        let repeated = NewMessage { replay: Some(scene.replay(5)), ..message(&scene, new.id) };
        for (message, expected) in [
            (&words, Taken::Stored),
            (&words, Taken::Before),
            (&keyed, Taken::Stored),
            (&repeated, Taken::Before),
        ] {
            let entry = Entry::Message(Box::new(message.clone()));
            assert_eq!(take_in(&writer, entry).await.expect("takes"), expected);
        }
        let mut tx = database.store.read().await.expect("reads");
        assert_eq!(tx.case(scene.tenant, new.id).await.expect("reads").expect("there").unread, 3);
        assert_eq!(tx.items(scene.tenant, new.id).await.expect("reads").len(), 3);
    }
}
