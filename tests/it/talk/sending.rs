//! Pair nodes and one outbox: a message leaves once, and who lost it has no say any more.

use std::sync::Arc;
use std::time::Duration;

use tinan::channels::telegram::{Options, Telegram};
use tinan::jobs;
use tinan::kernel::Secret;
use tinan::service::Hotline;
use tinan::service::channel::Raw;
use tinan::service::outbox::Sending;

use super::TIP;
use crate::databases::Database;
use crate::on_both_databases;
use crate::telegram::{Fake, Fault, TOKEN};
use crate::world::World;

/// Pair nodes of one installation, and a Telegram.
pub(super) struct Pair {
    pub(super) world: World,
    pub(super) one: Hotline,
    pub(super) two: Hotline,
    pub(super) fake: Fake,
    pub(super) telegram: Arc<Telegram>,
}

impl Pair {
    pub(super) async fn on(database: &Database, sending: Sending) -> Self {
        let world = World::on(database.store.clone(), false).await;
        let one = world.node(database.another().await, 1, |p| p.options.sending = sending).await;
        let two = world.node(database.another().await, 2, |p| p.options.sending = sending).await;
        let fake = Fake::start();
        let mut options = Options::new(Secret::new(TOKEN.to_owned()));
        options.api_url = Some(fake.url());
        let telegram = Arc::new(Telegram::new(options).expect("sound options"));
        Self { world, one: one.expect("opens"), two: two.expect("opens"), fake, telegram }
    }

    /// Somebody writes, and the preview waits to be sent.
    pub(super) async fn a_message_waits(&self) {
        self.fake.user(4720).writes(TIP);
        self.hears().await;
    }

    /// What Telegram has comes in, and one node works it off.
    pub(super) async fn hears(&self) {
        let raw = |bytes: Vec<u8>| {
            let update: serde_json::Value = serde_json::from_slice(&bytes).expect("an update");
            Raw { key: update["update_id"].to_string(), bytes }
        };
        let updates = self.fake.pending().into_iter().map(raw).collect();
        self.one.accept(("telegram", bot()), updates, None).await.expect("accepts");
        jobs::work_off(&self.one, &*self.telegram).await.expect("works");
    }

    /// A tip that was sent, and its receipt shown.
    pub(super) async fn a_tip(&self) {
        self.a_message_waits().await;
        jobs::drain(&self.one, &*self.telegram).await.expect("works");
        self.fake.user(4720).presses("Gửi ngay");
        self.hears().await;
        jobs::drain(&self.one, &*self.telegram).await.expect("works");
    }

    /// How many messages of the bot stand in the chat.
    fn said(&self) -> usize {
        self.fake.user(4720).sees().iter().filter(|m| m.by_bot).count()
    }

    /// What the node sends in the background.
    fn sends(&self, node: &Hotline) -> tokio::task::JoinHandle<usize> {
        let (node, telegram) = (node.clone(), Arc::clone(&self.telegram));
        tokio::spawn(async move { jobs::send_due(&node, &*telegram).await.expect("sends") })
    }

    pub(super) async fn end(self) {
        self.one.store().close().await;
        self.two.store().close().await;
    }
}

/// The bot's number, as rows name it.
pub(super) fn bot() -> &'static str {
    TOKEN.split(':').next().expect("digits")
}

on_both_databases! {
    async fn a_messenger_that_answers_slowly_gets_the_message_of_two_nodes_once(database: Database) {
        let (lease, margin) = (Duration::from_secs(1), Duration::from_millis(300));
        let two = Pair::on(&database, Sending { lease, margin, ..crate::world::sending() }).await;
        two.a_message_waits().await;
        two.fake.fails("sendMessage", [Fault::Slow(Duration::from_secs(3))]);
        let sending = two.sends(&two.one);
        two.fake.until("the message is there", |_| two.said() == 1).await;
        while !sending.is_finished() {
            tokio::time::sleep(Duration::from_millis(50)).await;
            two.world.clock.advance(Duration::from_millis(50));
            let taken = jobs::send_due(&two.two, &*two.telegram).await.expect("asks");
            assert!(taken == 0 || sending.is_finished(), "the lease is kept while the answer is awaited");
        }
        assert_eq!(sending.await.expect("no panic"), 1);
        assert_eq!((two.fake.calls("sendMessage").len(), two.said()), (1, 1));
        assert_eq!(database.count("outbox").await, 0);
        two.end().await;
    }

    async fn a_sender_that_ends_late_does_not_change_what_the_next_one_wrote_down(database: Database) {
        let two = Pair::on(&database, crate::world::sending()).await;
        two.a_message_waits().await;
        two.fake.fails("sendMessage", [Fault::Slow(Duration::from_secs(2)), Fault::wait(60)]);
        let sending = two.sends(&two.one);
        two.fake.until("the message is there", |_| two.said() == 1).await;
        // The first node hangs: it renews nothing, and its lease ends.
        two.world.clock.advance(Duration::from_secs(11));
        assert_eq!(jobs::send_due(&two.two, &*two.telegram).await.expect("takes over"), 1);
        assert_eq!(sending.await.expect("no panic"), 1);
        assert_eq!(two.fake.calls("sendMessage").len(), 2);
        let waits = "outbox WHERE state = 'queued' AND attempts = 2 AND lease IS NULL";
        assert_eq!(database.count(waits).await, 1, "the second node's word stands");
        two.world.clock.advance(Duration::from_secs(61));
        assert_eq!(jobs::send_due(&two.one, &*two.telegram).await.expect("sends"), 1);
        assert_eq!(database.count("outbox").await, 0);
        two.end().await;
    }

    async fn a_sender_that_slept_through_its_lease_sends_nothing(database: Database) {
        let two = Pair::on(&database, crate::world::sending()).await;
        two.a_message_waits().await;
        let taken = two.one.take_messages("telegram", bot(), 9).await.expect("takes");
        assert_eq!(taken.len(), 1);
        two.world.clock.advance(Duration::from_secs(11));
        assert_eq!(jobs::send_due(&two.two, &*two.telegram).await.expect("takes over"), 1);
        two.one.send(&*two.telegram, &taken[0]).await.expect("leaves it");
        assert_eq!((two.fake.calls("sendMessage").len(), two.said()), (1, 1));
        two.end().await;
    }

    async fn a_file_that_two_nodes_fetch_is_in_its_case_once(database: Database) {
        let two = Pair::on(&database, crate::world::sending()).await;
        two.a_message_waits().await;
        jobs::drain(&two.one, &*two.telegram).await.expect("works");
        let user = two.fake.user(4720);
        user.sends_document("a.pdf", &vec![7; 100_000]);
        two.hears().await;
        jobs::drain(&two.one, &*two.telegram).await.expect("works");
        user.presses("Gửi ngay");
        two.hears().await;
        two.fake.fails("download", [Fault::Slow(Duration::from_secs(2))]);
        let fetching = two.sends(&two.one);
        two.fake.until("it is under way", |f| f.calls("download").len() == 1).await;
        two.world.clock.advance(Duration::from_secs(11));
        jobs::drain(&two.two, &*two.telegram).await.expect("takes over");
        assert_eq!(database.count("attachments").await, 1, "the second node has it");
        fetching.await.expect("no panic");
        assert_eq!(two.fake.calls("download").len(), 2);
        assert_eq!(database.count("attachments").await, 1);
        assert_eq!(database.count("outbox WHERE attempts > 0").await, 0);
        let files = std::fs::read_dir(two.world.files()).expect("a folder").count();
        assert_eq!(files, 1, "what came too late is not kept");
        two.end().await;
    }
}
