//! One chain per writing node; a link covers all before it.

use std::time::Duration;

use tinan::store::audit::{Action, Chain, Checkpoint, Entry};
use tinan::store::{Store, StoreError, Writer};
use tinan::vault::{AuditEntry, audit_hash};

use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::Scene;

fn entry(scene: &Scene, action: Action, detail: u8) -> Entry {
    Entry {
        tenant: scene.tenant,
        hour: scene.now().hour(),
        actor: Some(scene.officers[0]),
        action,
        object: scene.tips.uuid(),
        detail: [detail; 32],
    }
}

async fn note(writer: &Writer, entries: Vec<Entry>) {
    let unit = writer.run(move |tx| {
        let entries = entries.clone();
        Box::pin(async move {
            for entry in entries {
                tx.note(entry);
            }
            Ok::<_, StoreError>(())
        })
    });
    unit.await.expect("notes");
}

/// Follows a chain from its beginning, page by page, and returns its length.
async fn assert_chain_holds(store: &Store, chain: Chain) -> i64 {
    let mut tx = store.read().await.expect("reads");
    let (node, mut n, mut hash) = (chain.node, 0_i64, chain.genesis);
    loop {
        let page = tx.links(node, n, 7).await.expect("reads");
        if page.is_empty() {
            break;
        }
        for link in page {
            n += 1;
            assert_eq!((link.entry.n, link.node), (n.unsigned_abs(), node));
            hash = audit_hash(&AuditEntry { prev: hash, ..link.entry });
            assert_eq!(link.hash, hash, "link {n}");
        }
    }
    let head = tx.heads().await.expect("reads").into_iter().find(|h| h.node == node).expect("a head");
    assert_eq!((head.n, head.hash), (n, data_encoding::HEXLOWER.encode(&hash)));
    n
}

on_both_databases! {
    async fn every_chain_verifies_from_its_beginning(database: Database) {
        let (scene, _) = Scene::open(1, &database.store).await;
        let second = database.another().await;
        let chains = [scene.chain(), scene.chain()];
        let writers = [Writer::start(database.store.clone(), chains[0]), Writer::start(second.clone(), chains[1])];
        let mut calls = Vec::new();
        for i in 0..40_u8 {
            let (writer, scene) = (writers[usize::from(i) % 2].clone(), scene.clone());
            calls.push(tokio::spawn(async move {
                let entries = vec![entry(&scene, Action::Claimed, i), entry(&scene, Action::Replied, i)];
                note(&writer, entries).await;
                writer.open_case(scene.tip()).await.expect("opens");
            }));
        }
        for call in calls {
            call.await.expect("no panic");
        }
        for chain in chains {
            assert_eq!(assert_chain_holds(&database.store, chain).await, 60);
        }
        second.close().await;
    }

    async fn two_writers_of_one_node_do_not_fork_its_chain(database: Database) {
        let (scene, _) = Scene::open(1, &database.store).await;
        let second = database.another().await;
        let chain = scene.chain();
        let writers = [Writer::start(database.store.clone(), chain), Writer::start(second.clone(), chain)];
        let calls = (0..30_u8).map(|i| {
            let (writer, scene) = (writers[usize::from(i) % 2].clone(), scene.clone());
            tokio::spawn(async move { note(&writer, vec![entry(&scene, Action::Noted, i)]).await })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.expect("no panic");
        }
        assert_eq!(assert_chain_holds(&database.store, chain).await, 30);
        second.close().await;
    }

    async fn a_link_keeps_what_was_noted(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let chain = scene.chain();
        let node = chain.node;
        let writer = Writer::start(store.clone(), chain);
        note(&writer, vec![entry(&scene, Action::Transferred, 9)]).await;
        note(&writer, vec![Entry { actor: None, ..entry(&scene, Action::LeaseLapsed, 0) }]).await;
        let mut tx = store.read().await.expect("reads");
        let links = tx.links(node, 0, 9).await.expect("reads");
        let first = &links[0].entry;
        assert_eq!((first.n, first.action, first.detail), (1, Action::Transferred.code(), [9; 32]));
        assert_eq!(i64::from(first.hour) * 3_600_000, scene.now().hour().as_millis());
        assert!(links[1].entry.actor != first.actor);
        assert_eq!(tx.links(node, 1, 9).await.expect("reads"), links[1..]);
        assert!(tx.links(scene.node(), 0, 9).await.expect("reads").is_empty());
    }

    async fn a_changed_row_breaks_the_chain(database: Database) {
        let (scene, _) = Scene::open(1, &database.store).await;
        let chain = scene.chain();
        let writer = Writer::start(database.store.clone(), chain);
        note(&writer, vec![entry(&scene, Action::Claimed, 1), entry(&scene, Action::Released, 2)]).await;
        database.raw("UPDATE audit SET action = 20 WHERE n = 1").await;
        let mut tx = database.store.read().await.expect("reads");
        let links = tx.links(chain.node, 0, 9).await.expect("reads");
        let changed = AuditEntry { prev: chain.genesis, ..links[0].entry };
        assert_ne!(audit_hash(&changed), links[0].hash);
        assert_eq!(audit_hash(&AuditEntry { action: Action::Claimed.code(), ..changed }), links[0].hash);
    }

    async fn the_newest_hour_is_that_of_the_latest_head(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.read().await.expect("reads");
        assert_eq!(tx.newest_audit_hour().await.expect("reads"), None);
        drop(tx);
        let (a, b) = (scene.writer(&store), scene.writer(&store));
        note(&a, vec![entry(&scene, Action::Claimed, 1)]).await;
        scene.clock.advance(Duration::from_hours(30));
        note(&b, vec![entry(&scene, Action::Claimed, 1)]).await;
        let mut tx = store.read().await.expect("reads");
        assert_eq!(tx.newest_audit_hour().await.expect("reads"), Some(scene.now().hour()));
    }

    async fn checkpoints_are_kept_oldest_first(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        for minutes in [5, 1] {
            let (at, heads) = (scene.later(minutes), format!("[{minutes}]"));
            let checkpoint = Checkpoint { staff: scene.officers[0], at, heads, signature: vec![4; 64] };
            tx.add_checkpoint(scene.row().uuid(), scene.tenant, &checkpoint).await.expect("adds");
        }
        let all = tx.checkpoints().await.expect("reads");
        assert_eq!(all.iter().map(|c| c.heads.as_str()).collect::<Vec<_>>(), ["[1]", "[5]"]);
        assert_eq!((all[0].staff, all[0].at, all[0].signature.len()), (scene.officers[0], scene.later(1), 64));
    }
}
