//! Killed at the points that matter: what was acknowledged is answered, once.

use std::collections::BTreeSet;
use std::time::Duration;

use tinan::jobs;
use tinan::store::Store;

use super::{Bot, TIP};
use crate::on_both_databases;
use crate::process::Install;
use crate::remote::{Chats as _, receipts};
use crate::world::World;
use crate::zalo_fake::{Fake, SECRET, TOKEN, User};

on_both_databases! {
    async fn what_was_taken_and_not_answered_is_answered_by_the_next_start(store: Store) {
        let bot = Bot::idle(World::on(store.clone(), false).await).await;
        let user = bot.fake.user("e1");
        user.writes(TIP);
        bot.holds(1).await;
        bot.fake.until("it is acknowledged", |f| f.waiting() == 0).await;
        // The first program ends here: committed, acknowledged, not worked off.
        let next = bot.world.node(store.clone(), 11, |_| ()).await.expect("starts");
        jobs::drain(&next, &*bot.channel).await.expect("works");
        user.wait_for("Chưa gửi").await;
        user.writes("1");
        bot.holds(1).await;
        // And the second one here: the case is committed, its receipt not yet sent.
        assert_eq!(jobs::work_off(&next, &*bot.channel).await.expect("works"), 1);
        let last = bot.world.node(store, 12, |_| ()).await.expect("starts");
        jobs::drain(&last, &*bot.channel).await.expect("works");
        let receipt = user.receipt().await;
        jobs::drain(&bot.world.hotline, &*bot.channel).await.expect("works");
        assert_eq!(user.hears().iter().filter(|m| m.contains(&receipt)).count(), 1);
        assert_eq!(user.hears().iter().filter(|m| m.contains("Chưa gửi")).count(), 1);
        bot.next("anh", "tips").await;
    }
}

/// Waits until everybody has heard this.
async fn all_hear(users: &[User], text: &str) {
    for user in users {
        user.wait_for(text).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_wrote_is_answered_after_a_kill() {
    let fake = Fake::start();
    let install = Install::empty()
        .with("TINAN_ZALO__TOKEN", TOKEN)
        .with("TINAN_ZALO__SECRET", SECRET)
        .with("TINAN_ZALO__API_URL", &fake.url())
        .with("TINAN_ZALO__CHAT_GAP_MS", "0")
        .with("TINAN_HTTP__PUBLIC_URL", "https://tinan.example")
        .set_up();
    let mut cases = 0;
    for (round, pause) in [5, 60].into_iter().enumerate() {
        let server = install.serve().await;
        fake.hook_leads_to(&format!("{}/hooks/zalo", server.poster().1));
        fake.until("the hook is announced", |f| {
            f.hook().as_deref() == Some("https://tinan.example/hooks/zalo")
        })
        .await;
        let users: Vec<User> = (0..15).map(|n| fake.user(&format!("e{round}-{n}"))).collect();
        for (n, user) in users.iter().enumerate() {
            user.writes(&format!("{TIP}, so {n}"));
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.kill();
        let server = install.serve().await;
        fake.hook_leads_to(&format!("{}/hooks/zalo", server.poster().1));
        all_hear(&users, "Chưa gửi").await;
        for user in &users {
            user.writes("1");
        }
        for user in &users {
            let receipt = user.receipt().await;
            let heard = user.hears();
            let codes: BTreeSet<&str> = heard.iter().flat_map(|m| receipts(m)).collect();
            assert_eq!(codes, BTreeSet::from([receipt.as_str()]), "one tip, one code");
        }
        cases += users.len();
        assert_eq!(install.count("cases").await, cases, "each tip exactly once");
        server.stop().await;
    }
    assert_eq!(install.count("inbox").await, 0);
    install.assert_sound().await;
}
