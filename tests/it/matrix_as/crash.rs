//! Killed with the real program: whoever wrote is answered, once; and no name is in the files.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::homeserver::{AS_TOKEN, Fake, HS_TOKEN, Person, USER};
use crate::process::Install;
use crate::remote::{Chats as _, receipts};

use super::TIP;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_wrote_is_answered_after_a_kill() {
    let fake = Fake::start();
    let install = Install::empty()
        .with("TINAN_MATRIX__HOMESERVER", &fake.url())
        .with("TINAN_MATRIX__USER", USER)
        .with("TINAN_MATRIX__AS_TOKEN", AS_TOKEN)
        .with("TINAN_MATRIX__HS_TOKEN", HS_TOKEN)
        .with("TINAN_MATRIX__CHAT_GAP_MS", "0")
        .set_up();
    let mut cases = 0;
    for (round, pause) in [5, 60].into_iter().enumerate() {
        let server = install.serve().await;
        fake.leads_to(&server.poster().1);
        let users: Vec<Person> = (0..15).map(|n| fake.person(&format!("e{round}-{n}"))).collect();
        for (n, user) in users.iter().enumerate() {
            user.invites();
            user.writes(&format!("{TIP}, so {n}"));
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.kill();
        let server = install.serve().await;
        fake.leads_to(&server.poster().1);
        for user in &users {
            user.wait_for("Chưa gửi").await;
            user.chooses("Gửi ngay").await;
        }
        for user in &users {
            let receipt = user.receipt().await;
            let heard = user.heard(true);
            let codes: BTreeSet<&str> = heard.iter().flat_map(|m| receipts(m)).collect();
            assert_eq!(codes, BTreeSet::from([receipt.as_str()]), "one tip, one code");
            let greeted = user.heard(true).iter().filter(|m| m.contains("nơi báo tin")).count();
            assert_eq!(greeted, 1, "greeted once");
        }
        cases += users.len();
        assert_eq!(install.count("cases").await, cases, "each tip exactly once");
        server.stop().await;
    }
    assert_eq!(install.count("inbox").await, 0);
    install.assert_sound().await;
}
