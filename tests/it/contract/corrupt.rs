//! A row that no version of this program writes is named by table and column, never guessed at.

use tinan::store::StoreError;
use tinan::store::inbox::{NewUpdate, Origin};
use tinan::store::people::Session;
use tinan::store::queue::Cursor;

use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::Scene;

fn assert_corrupt<T>(outcome: Result<T, StoreError>, expected: (&str, &str)) {
    match outcome {
        Err(StoreError::Corrupt { table, column }) => assert_eq!((table, column), expected),
        Err(e) => panic!("{expected:?}: {e:?}"),
        Ok(_) => panic!("{expected:?} was read"),
    }
}

on_both_databases! {
    async fn a_case_with_an_unknown_state_or_half_a_hold_is_corrupt(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let case = scene.tip();
        writer.open_case(case.clone()).await.expect("opens");
        database.raw("UPDATE cases SET state = 'DONE'").await;
        let mut tx = database.store.read().await.expect("reads");
        assert_corrupt(tx.case(scene.tenant, case.id).await, ("cases", "state"));
        assert_corrupt(tx.queue_page(scene.tips, Cursor::START, 9).await, ("cases", "state"));
        drop(tx);
        database.raw("UPDATE cases SET state = 'RECEIVED', lease_until = 5").await;
        let mut tx = database.store.read().await.expect("reads");
        assert_corrupt(tx.case(scene.tenant, case.id).await, ("cases", "holder"));
        drop(tx);
        database.raw("UPDATE desk_counts SET state = 'DONE'").await;
        let mut tx = database.store.read().await.expect("reads");
        assert_corrupt(tx.desk_counts(scene.tenant).await, ("desk_counts", "state"));
    }

    async fn an_item_of_unknown_kind_or_unsealed_is_corrupt(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let case = scene.tip();
        writer.open_case(case.clone()).await.expect("opens");
        database.raw("UPDATE items SET kind = 200").await;
        let mut tx = database.store.read().await.expect("reads");
        assert_corrupt(tx.items(scene.tenant, case.id).await, ("items", "kind"));
        drop(tx);
        database.raw(&format!("UPDATE items SET kind = 1, blob = {}", database.literal(b"plain words"))).await;
        let mut tx = database.store.read().await.expect("reads");
        assert_corrupt(tx.items(scene.tenant, case.id).await, ("items", "blob"));
        drop(tx);
        database.raw(&format!("UPDATE wraps SET wrap = {}", database.literal(b"no wrap"))).await;
        let mut tx = database.store.read().await.expect("reads");
        assert_corrupt(tx.wraps_for(case.id, scene.wrap([1; 8]).kid()).await, ("wraps", "wrap"));
        drop(tx);
        database.raw(&format!("UPDATE wraps SET kid = {}", database.literal(b"kid"))).await;
        let mut tx = database.store.read().await.expect("reads");
        assert_corrupt(tx.wrap_keys(case.id).await, ("wraps", "kid"));
    }

    async fn an_update_in_flight_that_is_damaged_is_corrupt(database: Database) {
        let (scene, _) = Scene::open(1, &database.store).await;
        let (channel, bot) = ("telegram".to_owned(), "a".to_owned());
        let origin = Origin { tenant: scene.tenant, channel, bot, epoch: 1, now: scene.now() };
        let update = NewUpdate { id: scene.row(), key: "1".to_owned(), sealed: scene.sealed() };
        let mut tx = database.store.begin().await.expect("begins");
        tx.accept(&origin, &[update], None).await.expect("accepts");
        tx.commit().await.expect("commits");
        database.raw("UPDATE inbox SET epoch = -1").await;
        let mut tx = database.store.read().await.expect("reads");
        assert_corrupt(tx.updates("telegram", "a", 0, 9).await, ("inbox", "epoch"));
        drop(tx);
        database.raw(&format!("UPDATE inbox SET epoch = 1, sealed = {}", database.literal(b"text"))).await;
        let mut tx = database.store.read().await.expect("reads");
        assert_corrupt(tx.updates("telegram", "a", 0, 9).await, ("inbox", "sealed"));
    }

    async fn a_mailbox_a_session_and_a_link_are_read_as_strictly(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let case = scene.with_mailbox(scene.tip(), [4; 32]);
        writer.open_case(case.clone()).await.expect("opens");
        let session = Session {
            sid: [1; 32],
            tenant: scene.tenant,
            staff: scene.officers[0],
            sealed_seed: scene.sealed(),
            idle_until: scene.later(9),
            absolute_until: scene.later(9),
        };
        let mut tx = database.store.begin().await.expect("begins");
        tx.add_session(&session).await.expect("adds");
        tx.add_grant(
            scene.tenant,
            &tinan::store::people::GrantRow {
                desk: scene.tips,
                desk_key: scene.wrap([5; 8]).kid(),
                staff: scene.officers[0],
                bytes: vec![1],
            },
        )
        .await
        .expect("adds");
        tx.commit().await.expect("commits");
        let short = database.literal(b"short");
        database.raw(&format!("UPDATE mailboxes SET tag = {short}")).await;
        database.raw(&format!("UPDATE sessions SET sealed_seed = {short}")).await;
        database.raw(&format!("UPDATE grants SET desk_key = {short}")).await;
        database.raw(&format!("UPDATE audit SET detail = {short}")).await;
        let mut tx = database.store.read().await.expect("reads");
        assert_corrupt(tx.mailboxes_of(case.id).await, ("mailboxes", "tag"));
        assert_corrupt(tx.session(&[1; 32], scene.now()).await.map(drop), ("sessions", "sealed_seed"));
        assert_corrupt(tx.grants_of(scene.officers[0]).await.map(drop), ("grants", "desk_key"));
        let node = tx.heads().await.expect("reads")[0].node;
        assert_corrupt(tx.links(node, 0, 9).await, ("audit", "detail"));
    }
}
