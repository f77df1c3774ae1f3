//! What was erased is gone from the disk, not only from the answers.

use tinan::store::outbox::NewOutgoing;

use crate::databases::Database;
use crate::scene::Scene;

const MARKER: [u8; 32] = *b"the marker that must be gone ...";

/// How often the marker stands in the files of a database.
fn found(database: &Database) -> usize {
    let files = database.files().into_iter().filter_map(|f| std::fs::read(f).ok());
    files.map(|bytes| bytes.windows(32).filter(|w| **w == MARKER).count()).sum()
}

async fn checkpoint(database: &Database) {
    assert!(database.store.checkpoint().await.expect("runs"), "a reader stands in the way");
}

#[tokio::test]
async fn erased_messages_are_gone_from_the_file_and_its_log() {
    let database = Database::sqlite().await;
    let (scene, _) = Scene::open(1, &database.store).await;
    // Short ones share a page, the long one spills over many.
    let long = [vec![5; 30_000], MARKER.to_vec(), vec![5; 30_000]].concat();
    let messages = [scene.sealed_with(&MARKER), scene.sealed_with(&long)].map(|sealed| NewOutgoing {
        id: scene.row(),
        tenant: scene.tenant,
        channel: "telegram".to_owned(),
        bot: "a".to_owned(),
        chat_tag: scene.bytes(),
        case: None,
        epoch: 1,
        sealed,
        desk_words: false,
        not_before: scene.now(),
        created_hour: scene.now().hour(),
    });
    let mut tx = database.store.begin().await.expect("begins");
    tx.insert_outgoing(&messages).await.expect("inserts");
    tx.commit().await.expect("commits");
    assert!(found(&database) >= 2, "the marker was never there");
    checkpoint(&database).await;
    let mut tx = database.store.begin().await.expect("begins");
    let taken = tx.take_outgoing("telegram", "a", scene.now(), scene.lease(1), 9).await.expect("takes");
    assert_eq!(taken.len(), 2);
    for message in taken {
        tx.erase_outgoing(message.hold).await.expect("erases");
    }
    tx.commit().await.expect("commits");
    checkpoint(&database).await;
    assert_eq!(found(&database), 0);
}

#[tokio::test]
async fn a_forgotten_address_and_its_wraps_are_gone_from_the_file_and_its_log() {
    let database = Database::sqlite().await;
    let (scene, writer) = Scene::open(1, &database.store).await;
    let mut case = scene.with_mailbox(scene.tip(), MARKER);
    case.items[1].blob = scene.sealed_with(&MARKER);
    writer.open_case(case).await.expect("opens");
    assert!(found(&database) >= 2, "the marker was never there");
    checkpoint(&database).await;
    let mut tx = database.store.begin().await.expect("begins");
    tx.forget_chat(&MARKER).await.expect("forgets");
    tx.commit().await.expect("commits");
    checkpoint(&database).await;
    assert_eq!(found(&database), 0);
}

#[tokio::test]
async fn a_checkpoint_that_a_reader_holds_up_says_so() {
    let mut options_are_short = Database::sqlite().await;
    let options = tinan::store::StoreOptions {
        url: options_are_short.url().to_owned(),
        connections: 2,
        patience: std::time::Duration::from_millis(200),
    };
    options_are_short.store = tinan::store::Store::connect(&options).await.expect("connects");
    let database = options_are_short;
    let mut reader = database.store.read().await.expect("reads");
    reader.tenants().await.expect("looks at one moment");
    Scene::new(1).furnish(&database.store).await;
    assert!(!database.store.checkpoint().await.expect("runs"));
    drop(reader);
    let mut done = false;
    for _ in 0..50 {
        done = done || database.store.checkpoint().await.expect("runs");
    }
    assert!(done, "the reader has gone");
}
