//! What waits for a bot that is gone, and ways back that fell silent: both end where somebody sees it.

use std::time::Duration;

use tinan::jobs;
use tinan::service::casework::Step;
use tinan::service::outbox::worker_lease;
use tinan::store::audit::Action;

use super::sending::{Pair, bot};
use crate::databases::Database;
use crate::on_both_databases;

const DAY: Duration = Duration::from_hours(24);

impl Pair {
    /// Days pass, and on each of them somebody reads the case, so that the clock is believed.
    async fn days_pass(&self, days: u32, step: &Step) {
        let anh = self.world.actor("anh").await;
        for _ in 0..days {
            self.world.clock.advance(DAY);
            self.one.open_case(&anh, step.case).await.expect("opens");
        }
    }

    /// The one case of the tips desk, claimed.
    async fn claimed(&self) -> Step {
        let anh = self.world.actor("anh").await;
        let next = self.one.next_case(&anh, "tips", None).await.expect("asks").expect("a case");
        Step { case: next.id, version: next.version, once: None }
    }
}

on_both_databases! {
    async fn messages_of_a_bot_that_is_gone_end_where_the_desk_sees_it(database: Database) {
        let two = Pair::on(&database, crate::world::sending()).await;
        two.a_tip().await;
        let (mut step, anh) = (two.claimed().await, two.world.actor("anh").await);
        step.version = two.one.reply(&anh, &step, "Xe màu gì?").await.expect("replies").version;
        two.fake.user(4720).sends_document("a.pdf", b"%PDF");
        two.hears().await;
        let waiting = database.count("outbox WHERE state = 'queued'").await;
        assert!(waiting >= 3, "an announcement, a file, an answer of the bot: {waiting}");
        let served = [("telegram".to_owned(), bot().to_owned())];

        two.days_pass(1, &step).await;
        assert_eq!(two.one.end_unserved(&[]).await.expect("looks"), 0, "not before its time");
        two.days_pass(2, &step).await;
        assert_eq!(two.one.end_unserved(&served).await.expect("looks"), 0, "this node works for it");
        let lease = worker_lease("telegram", bot());
        assert!(two.two.lease(&lease, Duration::from_secs(10)).await.expect("leases"));
        assert_eq!(two.one.end_unserved(&[]).await.expect("looks"), 0, "another node works for it");
        two.world.clock.advance(Duration::from_secs(11));
        let ended = two.one.end_unserved(&[]).await.expect("ends");
        assert_eq!(i64::try_from(ended).expect("few"), waiting);
        assert_eq!(two.one.end_unserved(&[]).await.expect("looks"), 0);

        let view = two.one.open_case(&anh, step.case).await.expect("opens");
        assert_eq!(view.outbox, [("failed".to_owned(), 1)], "parked with the case");
        assert!(view.notes.len() == 1 && view.notes[0].text.contains("không tải được"));
        assert_eq!(database.count("outbox").await, 1, "what belongs to no case is erased");
        // The bot is back: a member sends the parked one.
        two.one.send_again(&anh, &step).await.expect("sends");
        jobs::drain(&two.one, &*two.telegram).await.expect("works");
        two.fake.user(4720).wait_for("Bạn có tin mới.").await;
        assert_eq!(database.count("outbox").await, 0);
        two.end().await;
    }

    async fn what_was_parked_does_not_hold_its_key_for_ever(database: Database) {
        let two = Pair::on(&database, crate::world::sending()).await;
        two.a_tip().await;
        let (step, anh) = (two.claimed().await, two.world.actor("anh").await);
        two.one.reply(&anh, &step, "Xe màu gì?").await.expect("replies");
        two.days_pass(3, &step).await;
        assert_eq!(two.one.end_unserved(&[]).await.expect("ends"), 2, "the receipt's deletion too");
        two.days_pass(6, &step).await;
        two.one.upkeep().await.expect("keeps house");
        let mut tx = two.one.store().read().await.expect("reads");
        assert_eq!(tx.transit_epochs_in_use().await.expect("reads"), [] as [u32; 0]);
        drop(tx);
        two.end().await;
    }

    async fn a_way_back_that_fell_silent_is_forgotten_and_the_audit_log_says_so(database: Database) {
        let two = Pair::on(&database, crate::world::sending()).await;
        two.a_tip().await;
        let (step, anh) = (two.claimed().await, two.world.actor("anh").await);
        two.days_pass(21, &step).await;
        two.one.upkeep().await.expect("keeps house");
        assert!(two.one.open_case(&anh, step.case).await.expect("opens").reachable, "not before its time");
        two.days_pass(1, &step).await;
        two.one.upkeep().await.expect("keeps house");
        assert!(!two.one.open_case(&anh, step.case).await.expect("opens").reachable);
        let mut tx = two.one.store().read().await.expect("reads");
        let links = tx.links(two.one.node(), 0, 1000).await.expect("reads");
        let lapsed: Vec<_> =
            links.iter().filter(|l| l.entry.action == Action::MailboxLapsed.code()).collect();
        assert_eq!(lapsed.len(), 1);
        assert!(lapsed[0].entry.object == step.case.uuid() && lapsed[0].entry.actor.is_nil());
        drop(tx);
        two.end().await;
    }
}
