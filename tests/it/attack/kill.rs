//! `kill -9` in a stream of tips.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::{Install, Running, post};

/// What the outside knows: every key that was used, and the receipt if one was acknowledged.
type Ledger = Arc<Mutex<BTreeMap<String, Option<String>>>>;

const ROUNDS: usize = 5;
const CONNECTIONS: usize = 8;

fn body(key: &str) -> Value {
    json!({"text": format!("toi nao cung co nguoi ban ma tuy o ngo {key}")})
}

async fn send_until_it_dies(way: (reqwest::Client, String), ledger: Ledger, name: String) {
    for n in 0.. {
        let key = format!("{name}-{n}");
        ledger.lock().expect("whole").insert(key.clone(), None);
        let url = format!("{}/api/v1/tips", way.1);
        let answer = post(way.0.clone(), url, &[("idempotency-key", &key)], &body(&key)).await;
        let Some((status, answer)) = answer else { return };
        assert_eq!(status, 201, "{answer}");
        let receipt = answer["receipt"].as_str().expect("a receipt").to_owned();
        ledger.lock().expect("whole").insert(key, Some(receipt));
    }
}

async fn storm_and_kill(server: Running, ledger: &Ledger, round: usize) {
    let senders: Vec<_> = (0..CONNECTIONS)
        .map(|c| {
            tokio::spawn(send_until_it_dies(server.poster(), Arc::clone(ledger), format!("{round}-{c}")))
        })
        .collect();
    // never at the same point of a batch
    tokio::time::sleep(Duration::from_millis(250 + 137 * round as u64)).await;
    server.kill();
    for sender in senders {
        sender.await.expect("every answer was a receipt or none");
    }
}

async fn assert_kept(server: &Running, key: &str, acknowledged: Option<&str>) {
    let again = server.post("/api/v1/tips", &[("idempotency-key", key)], &body(key)).await;
    let (status, answer) = again.expect("answers");
    assert_eq!(status, 201, "{key}: {answer}");
    let receipt = answer["receipt"].as_str().expect("a receipt");
    if let Some(first) = acknowledged {
        assert_eq!(receipt, first, "{key} has two receipts");
    }
    let (status, case) = server.case(receipt).await;
    assert_eq!(status, 200, "{key}: {case}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_doubled_by_kill_9() {
    let install = Install::empty().set_up();
    let ledger = Ledger::default();
    for round in 0..ROUNDS {
        storm_and_kill(install.serve().await, &ledger, round).await;
        install.assert_sound().await;
    }
    let server = install.serve().await;
    let ledger = std::mem::take(&mut *ledger.lock().expect("whole"));
    let acknowledged = ledger.values().flatten().count();
    assert!(acknowledged >= ROUNDS * CONNECTIONS, "the storm was a breeze: {acknowledged}");
    let stored = install.count("cases").await;
    assert!((acknowledged..=ledger.len()).contains(&stored), "{stored} cases of {} requests", ledger.len());
    for (key, receipt) in &ledger {
        assert_kept(&server, key, receipt.as_deref()).await;
    }
    assert_eq!(install.count("cases").await, ledger.len(), "one case for one key");
    install.assert_sound().await;
    eprintln!("{acknowledged} acknowledged, {} in the air over {ROUNDS} kills", ledger.len() - acknowledged);
}
