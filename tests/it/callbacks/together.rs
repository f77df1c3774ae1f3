//! What happens to a case and its call-back in the same moment.

use tinan::domain::flood::Rules;
use tinan::domain::state::State;
use tinan::service::casework::Step;
use tinan::service::sweep::{Choice, Deed, Order};
use tinan::store::Backend;

use super::*;
use crate::until::until;

impl Desk {
    /// Somebody writes, and a counsellor has begun to talk to them: the code, the case and its version.
    async fn talks(&self) -> (Vec<Receipt>, CaseId, i64) {
        let code = self.writes(Kind::Counselling).await;
        let (hotline, lan) = (self.hotline(), self.lan().await);
        let case = hotline.next_case(&lan, "counselling", None).await.expect("a queue").expect("a case");
        let step = Step { case: case.id, version: case.version, once: None };
        let done = hotline.transition(&lan, &step, State::InCounselling, "nhận").await.expect("moves");
        (code, case.id, done.version)
    }

    async fn state(&self, case: CaseId) -> State {
        let tenant = self.hotline().world().tenant.id;
        let mut tx = self.hotline().store().read().await.expect("reads");
        tx.case(tenant, case).await.expect("reads").expect("is there").state
    }
}

const SOON: Duration = Duration::from_secs(15);

/// Waits until so many wait for a lock. SQLite does not tell who waits to write, and lets in whom it likes: there nothing
/// is waited for.
async fn until_queued(database: &Database, many: i64) {
    let waiting = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    if database.store.backend() == Backend::Postgres {
        until("they wait for the case", SOON, async || database.count(waiting).await == many).await;
    }
}

on_both_databases! {
    async fn nobody_closes_a_case_while_its_person_asks_for_a_call(database: Database) {
        let desk = Desk::open(database.clone()).await;
        let other = desk.world.another(true).await.expect("a node");
        for asks_first in [true, false] {
            let (code, case, version) = desk.talks().await;
            // Both find the case's row held, as by somebody who is about to commit; then it is let go.
            let mut tx = desk.hotline().store().begin().await.expect("begins");
            tx.lock_case(case).await.expect("holds");
            let (hotline, lan, asker) = (desk.hotline().clone(), desk.lan().await, other.clone());
            let closes = async move {
                let step = Step { case, version, once: None };
                hotline.transition(&lan, &step, State::Closed, "xong").await.map(|_| ())
            };
            let asks = async move { asker.ask_callback(&code, &asked(ONE), "web", None).await.map(|_| ()) };
            let (closed, asked) = if asks_first {
                let asks = tokio::spawn(asks);
                until_queued(&database, 1).await;
                (tokio::spawn(closes), asks)
            } else {
                let closes = tokio::spawn(closes);
                until_queued(&database, 1).await;
                (closes, tokio::spawn(asks))
            };
            until_queued(&database, 2).await;
            assert!(!closed.is_finished() && !asked.is_finished(), "both wait for who holds the case");
            drop(tx);
            let (closed, asked) = (closed.await.expect("ends"), asked.await.expect("ends"));
            assert_ne!(closed.is_ok(), asked.is_ok(), "{closed:?} {asked:?}");
            if database.store.backend() == Backend::Postgres {
                assert_eq!(asked.is_ok(), asks_first, "who came first: {closed:?} {asked:?}");
            }
            let open = desk.waiting().await.iter().any(|line| line.case.id == case);
            let shut = desk.state(case).await == State::Closed;
            assert!(open == asked.is_ok() && shut == closed.is_ok());
            match closed {
                Ok(()) => assert_eq!(why(asked), Refused::CaseClosed),
                closed => assert_eq!(why(closed), Refused::StillOpen),
            }
        }
        desk.world.assert_nothing_is_lost().await;
    }

    async fn who_waits_for_a_call_is_not_swept_away(database: Database) {
        let desk = Desk::open(database).await;
        let hotline = desk.hotline();
        let rules = Rules::parse(include_str!("../../../config/flood.toml")).expect("the shipped file");
        hotline.watch_for_floods(rules).expect("watches");
        let code = desk.asks().await;
        let waiting = desk.only().await.case;
        desk.writes(Kind::Counselling).await;
        let binh = desk.world.actor("binh").await;
        let all = hotline.queue(&binh, "counselling", None, None).await.expect("a page").cases;
        let both: Vec<_> = all.iter().map(|line| (line.case.id, line.case.version)).collect();
        assert_eq!(both.len(), 2);
        let clear = async |cases| {
            let (desk, reason) = ("counselling".to_owned(), "Quảng cáo".to_owned());
            let order = Order { desk, choice: Choice::Cases(cases), deed: Deed::Clear, reason, once: None };
            let progress = hotline.sweep(&binh, &order).await.expect("sweeps");
            (progress.done, progress.passed)
        };
        assert_eq!(clear(both).await, (1, 1), "somebody waits: a person looks at that one alone");
        assert_eq!((desk.only().await.case.id, desk.state(waiting.id).await), (waiting.id, waiting.state));
        hotline.withdraw_callback(&code).await.expect("is withdrawn");
        assert_eq!(clear(vec![(waiting.id, waiting.version)]).await, (1, 0));
        assert_eq!(desk.state(waiting.id).await, State::Closed);
    }
}
