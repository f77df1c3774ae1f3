//! Up the chain, and what ends a climb.

use super::*;
use crate::on_both_databases;
use tinan::domain::state::State;
use tinan::service::people::NewDesk;
use tinan::store::audit::Action;

on_both_databases! {
    async fn an_alarm_climbs_from_officer_to_lead_to_province_until_a_named_person_acknowledges(store: Store) {
        let post = Post::open(store).await;
        post.submit(Priority::LIFE, WORDS, None).await;
        post.work().await;
        assert_eq!(post.calls(), [0; 4], "the minute to acknowledge it is not over");
        post.pass(1).await;
        assert_eq!(post.calls(), [1, 0, 0, 0]);
        post.pass(4).await;
        assert_eq!(post.calls(), [1, 0, 0, 0], "the lead is called after five minutes, not before");
        post.pass(1).await;
        assert_eq!(post.calls(), [1, 1, 0, 0]);
        post.pass(10).await;
        assert_eq!(post.calls(), [1, 1, 1, 1]);
        post.pass(60).await;
        assert_eq!(post.calls(), [1, 1, 4, 4], "the last step is repeated for as long as it takes");
        let step = post.alarmed().await;
        post.acknowledge("hoa", &step).await;
        post.pass(60).await;
        assert_eq!(post.calls(), [1, 1, 4, 4]);
        assert!(post.alarms("hoa").await.is_empty());
        assert_eq!(post.world.audited(Action::Called).await.len(), 6, "who was called when is in the log");
    }

    async fn opening_claiming_and_releasing_silence_nobody(store: Store) {
        let post = Post::open(store).await;
        post.submit(Priority::LIFE, WORDS, None).await;
        post.pass(1).await;
        let (hotline, hoa) = (&post.world.hotline, post.world.actor("hoa").await);
        let step = post.alarmed().await;
        hotline.open_case(&hoa, step.case).await.expect("opens");
        let claimed = hotline.claim(&hoa, &step).await.expect("claims");
        post.pass(5).await;
        assert_eq!(post.calls(), [1, 1, 0, 0], "claimed, and still climbing");
        let step = Step { version: claimed.version, ..step };
        let noted = hotline.note(&hoa, &step, "đang xem").await.expect("notes");
        let step = Step { version: noted.version, ..step };
        let released = hotline.release(&hoa, &step).await.expect("releases");
        post.pass(10).await;
        assert_eq!(post.calls(), [1, 1, 1, 1], "given back, and still climbing");
        post.acknowledge("anh", &Step { version: released.version, ..step }).await;
        post.pass(40).await;
        assert_eq!(post.calls(), [1, 1, 1, 1]);
    }

    async fn a_citizen_who_calls_again_raises_it_again(store: Store) {
        let post = Post::open(store).await;
        post.submit(Priority::LIFE, WORDS, None).await;
        post.pass(1).await;
        let step = post.alarmed().await;
        post.acknowledge("hoa", &step).await;
        let (case, now) = (step.case, post.world.clock.now());
        let mut tx = post.world.hotline.store().begin().await.expect("begins");
        tx.raise_alarm(case, now).await.expect("raises");
        tx.commit().await.expect("commits");
        post.pass(11).await;
        assert_eq!(post.calls()[0], 2);
    }

    async fn what_is_not_urgent_calls_nobody(store: Store) {
        let post = Post::open(store).await;
        for priority in [Priority::URGENT, Priority::NORMAL, Priority::LOW] {
            post.submit(priority, WORDS, None).await;
        }
        post.work().await;
        for _ in 0..10 {
            post.world.clock.advance(Duration::from_hours(2));
            post.work().await;
        }
        assert_eq!(post.calls()[1..], [0, 0, 0]);
        assert!(post.alarms("hoa").await.is_empty(), "overdue, but for the digest");
    }

    async fn a_clock_in_its_last_tenth_calls_once_and_a_new_clock_calls_again(store: Store) {
        let post = Post::open(store).await;
        post.submit(Priority::NORMAL, WORDS, None).await;
        // 24 hours from 04:00; the last tenth begins 144 minutes before: 21 h 24 min after the tip of 04:12.
        post.world.clock.advance(Duration::from_mins(21 * 60 + 23));
        post.work().await;
        assert!(post.alarms("hoa").await.is_empty());
        post.pass(1).await;
        let step = post.alarmed().await;
        assert_eq!(post.http.seen("/pager/hoa").len(), 1);
        let line = post.alarms("hoa").await.remove(0);
        let hoa = post.world.actor("hoa").await;
        let ended = post.world.hotline.end_alarm(&hoa, line.id, &ids(&line)).await.expect("ends");
        assert_eq!(ended, 1);
        post.pass(60).await;
        assert_eq!(post.calls(), [1, 0, 0, 0], "acknowledged once, it is not raised again for the same clock");
        let step = Step { version: step.version + 1, ..step };
        let view = post.world.hotline.open_case(&hoa, step.case).await.expect("opens");
        assert_eq!(view.case.version, step.version);
        post.world.hotline.transition(&hoa, &step, State::Classified, "rõ nơi").await.expect("moves");
        post.world.clock.advance(Duration::from_hours(24 * 17));
        post.work().await;
        assert_eq!(post.calls()[0], 1, "the new clock runs for twenty days");
        post.world.clock.advance(Duration::from_hours(24));
        post.work().await;
        assert_eq!(post.calls()[0], 2);
    }

    async fn a_case_handed_over_begins_anew_at_the_other_desk_whose_chain_ends_with_the_desk_above(store: Store) {
        let own = CHAIN.replace("[chain.system]", "[chain.tips-b]\nrepeat_minutes = 15\n[[chain.tips-b.step]]\n\
            who = [\"parent\"]\nafter_minutes = 0\nways = [\"sms\"]\n[chain.system]");
        let post = Post::with(store, &own).await;
        let (hotline, anh) = (&post.world.hotline, post.world.actor("anh").await);
        let new = NewDesk { name: "tips-b".into(), parent: "tips".into(), lead: "kim".into() };
        hotline.add_desk(&anh, new, Secret::new(crate::world::password("kim"))).await.expect("adds");
        hotline.refresh().await.expect("reads");
        post.submit(Priority::LIFE, WORDS, None).await;
        post.pass(1).await;
        let step = post.alarmed().await;
        hotline.transfer(&anh, &step, "tips-b", "của bàn B").await.expect("hands over");
        assert!(post.alarms("hoa").await.is_empty(), "whoever hands it over has seen it");
        post.pass(2).await;
        assert_eq!(post.calls(), [1, 1, 0, 0], "the lead of the desk above is called");
        post.pass(15).await;
        assert_eq!(post.calls(), [1, 2, 0, 0]);
    }

    async fn what_the_program_finds_wrong_with_itself_climbs_like_any_alarm(store: Store) {
        let post = Post::open(store).await;
        let raise = || post.world.hotline.raise_finding("orphans", Priority::URGENT);
        assert!(raise().await.expect("raises"));
        assert!(!raise().await.expect("is raised already"));
        post.work().await;
        post.pass(20).await;
        assert_eq!(post.calls(), [0, 0, 0, 2]);
        assert!(post.alarms("hoa").await.is_empty(), "not an officer's business");
        let line = post.alarms("quan").await.remove(0);
        let end = async |login: &str| {
            let actor = post.world.actor(login).await;
            post.world.hotline.end_alarm(&actor, line.id, &[]).await
        };
        assert!(end("hoa").await.is_err());
        assert_eq!(end("quan").await.expect("ends"), 1);
        post.pass(40).await;
        assert_eq!(post.calls(), [0, 0, 0, 2]);
        assert!(raise().await.expect("raised anew, when it is found again"));
    }

    async fn a_clock_set_back_or_far_ahead_neither_silences_nor_storms(store: Store) {
        let post = Post::open(store).await;
        post.submit(Priority::LIFE, WORDS, None).await;
        post.pass(6).await;
        assert_eq!(post.calls(), [1, 1, 0, 0]);
        post.world.clock.advance(Duration::from_hours(10));
        post.work().await;
        assert_eq!(post.calls(), [1, 1, 1, 1], "one step, not one for each that was missed");
        post.world.clock.set(crate::world::START);
        post.work().await;
        assert_eq!(post.calls(), [1, 1, 2, 2], "the old time need not come again");
        post.pass(20).await;
        assert_eq!(post.calls(), [1, 1, 3, 3]);
    }
}
