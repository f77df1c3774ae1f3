//! A database that stands still: its connections stay open, and nothing comes back on them.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::databases::Database;
use crate::process::{Install, PATIENCE, Running};

async fn tip(server: &Running, key: &str) -> String {
    let body = json!({"text": format!("toi nao cung co nguoi ban ma tuy o ngo {key}")});
    let answer = server.post("/api/v1/tips", &[("idempotency-key", key)], &body).await;
    let (status, answer) = answer.expect("answers in time");
    assert_eq!(status, 201, "{answer}");
    answer["receipt"].as_str().expect("a receipt").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tips_get_their_receipts_while_the_database_stands_still() {
    let Some((database, cluster)) = Database::alone().await else { return };
    let install = Install::empty()
        .with("TINAN_DATABASE__URL", database.url())
        .with("TINAN_DATABASE__PATIENCE_SECONDS", "1")
        .set_up();
    let server = install.serve().await;
    let mut receipts = vec![tip(&server, "before").await];

    cluster.freeze(true);
    for key in ["still-1", "still-2", "still-3"] {
        receipts.push(tip(&server, key).await);
    }
    assert_eq!(server.case(&receipts[0]).await.0, 503, "nobody can say now what a receipt opens");
    assert_eq!(server.text("/readyz").await, (200, "degraded\n".to_owned()));

    cluster.freeze(false);
    let began = Instant::now();
    while server.text("/readyz").await.1.contains("degraded") {
        assert!(began.elapsed() < PATIENCE, "the spool is not worked off");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for receipt in &receipts {
        assert_eq!(server.case(receipt).await.0, 200, "a receipt leads nowhere");
    }
    assert_eq!(install.count("cases WHERE kind = 'tips'").await, 4);
    install.assert_sound().await;
    server.stop().await;
    database.end().await;
    cluster.stop();
}
