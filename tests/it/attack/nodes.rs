//! Two nodes on one PostgreSQL, and one is killed.

use std::time::Duration;

use super::{TIP, previewed, receipts};
use crate::databases::Database;
use crate::process::Install;
use crate::telegram::Fake;
use crate::until::until;

const TAKEN_OVER: Duration = Duration::from_secs(25);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_node_finishes_the_work_of_a_killed_one() {
    let Some(database) = Database::postgres().await else { return };
    let fake = Fake::start();
    let node = || Install::empty().with("TINAN_DATABASE__URL", database.url()).with_bot(&fake);
    let (one, two) = (node().set_up(), node());
    let folder = two.data();
    let exported = one.run(&["keys", "export-node", folder.to_str().expect("a path")]).await;
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let first = one.serve().await;
    let early = fake.user(8000);
    early.writes(TIP);
    until("the first node works", TAKEN_OVER, async || previewed(&early)).await;
    let second = two.serve().await;
    let users: Vec<_> = (8001..8021).map(|chat| fake.user(chat)).collect();
    for user in &users {
        user.writes(TIP);
    }
    let some = async || users.iter().any(previewed) || fake.waiting() == 0;
    until("it is at work", TAKEN_OVER, some).await;
    first.kill();
    let took = until("all are answered", TAKEN_OVER, async || users.iter().all(previewed)).await;
    eprintln!("the other node had answered everybody {took:?} after the kill");
    for user in users.iter().chain([&early]) {
        user.presses("Gửi ngay");
    }
    let all = async || users.iter().chain([&early]).all(|u| !receipts(u).is_empty());
    until("all have receipts", TAKEN_OVER, all).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    for user in users.iter().chain([&early]) {
        let codes = receipts(user);
        assert_eq!(codes.len(), 1, "{:#?}", user.sees());
        assert_eq!(second.case(&codes[0]).await.0, 200);
    }
    assert_eq!(two.count("cases").await, users.len() + 1, "each tip exactly once");
    two.assert_sound().await;
    drop(second);
    database.end().await;
}
