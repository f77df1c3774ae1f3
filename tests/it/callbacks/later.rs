//! What becomes of a call that is late, not answered, closed over or handed over.

use tinan::domain::escalation::{EMBEDDED, Plan};
use tinan::domain::state::State;
use tinan::kernel::Secret;
use tinan::service::casework::Step;
use tinan::service::people::NewDesk;

use super::*;
use crate::world::password;

on_both_databases! {
    async fn a_call_that_nobody_took_becomes_an_alarm_until_a_named_person_acts(database: Database) {
        let desk = Desk::open(database).await;
        let code = desk.asks().await;
        let row = desk.only().await.row;
        let (hotline, lan) = (desk.hotline(), desk.lan().await);
        desk.at(ONE.plus(MINUTE * 53));
        desk.watch().await;
        assert_eq!(desk.alarms().await, 0);
        desk.at(ONE.plus(MINUTE * 54));
        // Another node, or this one after a restart, finds it; two that look at once raise it once.
        let other = desk.world.another(true).await.expect("a node");
        let (a, b) = tokio::join!(jobs::keep_watch(hotline), jobs::keep_watch(&other));
        assert!(a.is_ok() && b.is_ok());
        assert_eq!(desk.alarms().await, 1);
        assert_eq!(desk.database.count("alarms WHERE ended IS NULL AND cause = 'clock'").await, 1);

        // Having seen it is not having called: it comes back.
        let alarm = hotline.alarms(&lan).await.expect("alarms").remove(0);
        assert!(not_found(hotline.end_callback_alarm(&desk.world.actor("hoa").await, alarm.id, &[row.id]).await));
        assert_eq!(hotline.end_callback_alarm(&lan, alarm.id, &[row.id]).await.expect("ends"), 1);
        desk.watch().await;
        assert_eq!(desk.alarms().await, 0);
        desk.world.clock.advance(MINUTE * 30);
        desk.watch().await;
        assert_eq!(desk.alarms().await, 1);

        // The clock is set back by a day and comes again: the alarm is still there.
        desk.at(ONE.minus(Duration::from_hours(24)));
        desk.watch().await;
        assert_eq!(desk.alarms().await, 1);
        desk.at(ONE.plus(MINUTE * 90));
        let moved = hotline.record_callback(&lan, (row.id, row.version), Outcome::Missed(Some(later(3)))).await;
        assert_eq!((moved.expect("another hour").slot, desk.alarms().await), (later(3), 0));

        // Taken, and left without a word: the lease runs out, and somebody is called again.
        desk.at(later(3).from().plus(MINUTE * 50));
        let row = desk.only().await.row;
        hotline.take_callback(&lan, row.id, row.version).await.expect("opens");
        desk.at(later(3).from().plus(MINUTE * 58));
        desk.watch().await;
        assert_eq!(desk.alarms().await, 0, "somebody is calling");
        desk.at(later(3).from().plus(MINUTE * 80));
        desk.watch().await;
        assert_eq!(desk.alarms().await, 1);
        // Withdrawn by the person: the alarm stays until somebody has seen it, and does not come back.
        hotline.withdraw_callback(&code).await.expect("is withdrawn");
        let alarm = hotline.alarms(&lan).await.expect("alarms").remove(0);
        assert_eq!(alarm.callbacks[0].standing, Standing::Withdrawn);
        assert_eq!(hotline.end_callback_alarm(&lan, alarm.id, &[row.id]).await.expect("ends"), 1);
        desk.world.clock.advance(Duration::from_hours(2));
        desk.watch().await;
        assert_eq!(desk.alarms().await, 0);
    }

    async fn an_hour_that_passed_is_no_permission_to_call_at_another(database: Database) {
        let desk = Desk::open(database).await;
        desk.asks().await;
        let row = desk.only().await.row;
        let (hotline, lan) = (desk.hotline(), desk.lan().await);
        // Nobody was there; the night passes.
        desk.at(ONE.plus(Duration::from_hours(9)));
        desk.watch().await;
        assert!(desk.only().await.missed && desk.alarms().await == 1);
        assert_eq!(why(hotline.take_callback(&lan, row.id, 1).await), Refused::TooLate);
        let first = hotline.callback_slots()[0];
        assert_eq!(first.from(), ONE.plus(Duration::from_hours(19)), "tomorrow at eight");
        hotline.record_callback(&lan, (row.id, 1), Outcome::Missed(Some(first))).await.expect("another hour");
        // Tomorrow turns out to be a day off: what was promised stands, and nothing new is offered for it.
        let off = "[[holiday]]\nfrom = \"2026-11-23\"\nto = \"2026-11-23\"\n";
        let plan = Plan::read(&[("a", EMBEDDED), ("b", off)]).unwrap_or_else(|f| panic!("{f:?}"));
        hotline.follow(std::sync::Arc::new(plan));
        assert_eq!(hotline.callback_slots()[0].from(), ONE.plus(Duration::from_hours(43)));
        assert_eq!(desk.only().await.row.slot, first);
        desk.at(first.from());
        hotline.take_callback(&lan, row.id, 2).await.expect("opens");
    }

    async fn a_number_that_is_not_reached_is_tried_so_often_and_then_forgotten(database: Database) {
        let desk = Desk::open(database).await;
        desk.asks().await;
        let (hotline, lan) = (desk.hotline(), desk.lan().await);
        let case = desk.only().await.case.id;
        for n in 0..3_u32 {
            let row = desk.only().await.row;
            assert_eq!(row.tries, n);
            desk.at(row.slot.from());
            let opened = hotline.take_callback(&lan, row.id, row.version).await.expect("opens");
            let id = (row.id, opened.row.version);
            let again = hotline.record_callback(&lan, id, Outcome::NotReached(Some(later(n + 1)))).await;
            if n == 2 {
                assert_eq!(why(again), Refused::EnoughTries);
                hotline.record_callback(&lan, id, Outcome::NotReached(None)).await.expect("is recorded");
            } else {
                again.expect("another hour");
            }
        }
        assert_eq!((desk.stands(case).await, desk.numbers().await), (Standing::NotReached, 0));
        let line = hotline.callback_of_case(&lan, case).await.expect("a case").expect("a call-back");
        assert_eq!(line.row.tries, 3);
    }

    async fn who_waits_for_a_call_is_not_closed_away(database: Database) {
        let desk = Desk::open(database).await;
        desk.asks().await;
        let (hotline, lan) = (desk.hotline(), desk.lan().await);
        let case = desk.only().await.case.id;
        let to = |version, to| {
            let (lan, step) = (&lan, Step { case, version, once: None });
            async move { hotline.transition(lan, &step, to, "xong").await }
        };
        let version = to(1, State::InCounselling).await.expect("moves").version;
        assert_eq!(why(to(version, State::Closed).await), Refused::StillOpen);
        let row = desk.only().await.row;
        hotline.record_callback(&lan, (row.id, row.version), Outcome::Withdrawn).await.expect("is recorded");
        to(version + 1, State::Closed).await.expect("closes");
        assert_eq!(why(hotline.enter_callback(&lan, case, &asked(later(1).from())).await), Refused::CaseClosed);
    }

    async fn a_case_that_is_handed_over_takes_its_call_along(database: Database) {
        let desk = Desk::open(database).await;
        desk.asks().await;
        let (hotline, binh) = (desk.hotline(), desk.world.actor("binh").await);
        let new = NewDesk { name: "tu-van-2".into(), parent: "counselling".into(), lead: "mai".into() };
        hotline.add_desk(&binh, new, Secret::new(password("mai"))).await.expect("adds");
        let line = desk.only().await;
        desk.at(ONE.plus(MINUTE * 55));
        desk.watch().await;
        assert_eq!(desk.alarms().await, 1);
        let step = Step { case: line.case.id, version: 1, once: None };
        hotline.transfer(&binh, &step, "tu-van-2", "gần nhà hơn").await.expect("is handed over");
        assert!(desk.waiting().await.is_empty() && desk.alarms().await == 0);
        let mai = desk.world.actor("mai").await;
        desk.world.clock.advance(MINUTE * 6);
        desk.watch().await;
        let alarms = hotline.alarms(&mai).await.expect("alarms");
        assert_eq!(alarms.iter().map(|a| a.callbacks.len()).sum::<usize>(), 1, "the new desk is called");
        let row = hotline.callbacks(&mai, "tu-van-2", None).await.expect("a list").lines.remove(0).row;
        let opened = hotline.take_callback(&mai, row.id, row.version).await.expect("opens");
        assert_eq!(opened.wanted.number.expose(), DIALLED);
    }
}
