//! What is broken turns red in time, and green again when it is mended.

use tinan::domain::canary::{Trouble, WEB};
use tinan::domain::finding::FindingKind;
use tinan::jobs;
use tinan::service::reconcile::Reconciled;

use super::lines::Ends;
use super::*;
use crate::on_both_databases;
use crate::telegram::Fault;

const TELEGRAM: &str = "telegram:7654321098";

async fn look(world: &World) -> Reconciled {
    world.clock.advance(minutes(1));
    world.hotline.reconcile().await.expect("looks")
}

/// Minutes pass: lines are tended, and workers work where they do.
async fn pass(world: &World, channels: &Channels, n: u64, works: bool) {
    for _ in 0..n {
        world.clock.advance(minutes(1));
        tend(world, channels).await;
        if works {
            work(world, channels).await;
            tend(world, channels).await;
        }
    }
}

/// Red until it is mended: late, raised by the reconciler, an alarm; then green, and the finding ends by itself.
async fn is_red_then_green(world: &World, channels: &Channels, name: &str, mend: impl AsyncFnOnce()) {
    assert_eq!(late(world).await, [name]);
    let seen = look(world).await;
    assert_eq!(seen.raised, [], "a suspicion first");
    let raised = look(world).await.raised;
    let raised: Vec<_> = raised.iter().map(|s| (s.kind, s.object.as_str())).collect();
    assert_eq!(raised, [(FindingKind::CanaryLate, name)]);
    mend().await;
    pass(world, channels, 2, true).await;
    assert_eq!(late(world).await, Vec::<String>::new());
    assert_eq!(line(world, name).await.0.trouble, None);
    let ended = look(world).await.ended;
    assert_eq!(ended.len(), 1, "{ended:?}");
}

on_both_databases! {
    async fn a_worker_that_stopped_turns_its_line_red(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = vec![ends.telegram()];
        round(&world, &channels).await;
        pass(&world, &channels, 14, false).await;
        assert_eq!(late(&world).await, Vec::<String>::new(), "not before its time");
        pass(&world, &channels, 2, false).await;
        is_red_then_green(&world, &channels, TELEGRAM, async || {}).await;
        let alarms = database.count("alarms").await;
        assert_eq!(alarms, 1, "people were called");
    }

    async fn an_update_that_vanishes_from_the_inbox_turns_its_line_red(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = vec![ends.telegram()];
        round(&world, &channels).await;
        for _ in 0..22 {
            world.clock.advance(minutes(1));
            tend(&world, &channels).await;
            database.raw("DELETE FROM inbox").await;
        }
        assert_eq!(line(&world, TELEGRAM).await.0.trouble, Some(Trouble::NotWorkedOff));
        // the one that was taken away is waited for until it is late
        is_red_then_green(&world, &channels, TELEGRAM, async || pass(&world, &channels, 15, true).await).await;
    }

    async fn an_answer_that_does_not_leave_the_outbox_turns_its_line_red(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = vec![ends.telegram()];
        round(&world, &channels).await;
        for _ in 0..22 {
            world.clock.advance(minutes(1));
            tend(&world, &channels).await;
            jobs::work_off(&world.hotline, &*channels[0]).await.expect("works");
        }
        assert_eq!(line(&world, TELEGRAM).await.0.trouble, Some(Trouble::NotAnswered));
        is_red_then_green(&world, &channels, TELEGRAM, async || {}).await;
    }

    async fn a_messenger_that_does_not_know_us_turns_its_line_red(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = vec![ends.telegram()];
        round(&world, &channels).await;
        world.clock.advance(minutes(5));
        ends.telegram.fails("getMe", [Fault::Gateway(502)]);
        round(&world, &channels).await;
        let (unreachable, late) = line(&world, TELEGRAM).await;
        assert_eq!((unreachable.trouble, late), (Some(Trouble::Unreachable), false), "once is by chance");
        pass(&world, &channels, 1, true).await;
        assert_eq!(line(&world, TELEGRAM).await.0.trouble, None);
        let no = || Fault::refused(401, "Unauthorized");
        ends.telegram.fails("getMe", std::iter::repeat_with(no).take(14));
        pass(&world, &channels, 16, true).await;
        assert_eq!(line(&world, TELEGRAM).await.0.trouble, Some(Trouble::Refused));
        is_red_then_green(&world, &channels, TELEGRAM, async || pass(&world, &channels, 3, true).await).await;
    }

    async fn an_intake_that_stores_nothing_turns_the_web_red(database: Database) {
        let (world, channels) = (world(database.store.clone()).await, Vec::new());
        round(&world, &channels).await;
        database.raw("ALTER TABLE register_entries RENAME TO lost_entries").await;
        pass(&world, &channels, 16, true).await;
        assert_eq!(line(&world, WEB).await.0.trouble, Some(Trouble::NotStored));
        assert_eq!(late(&world).await, [WEB]);
        database.raw("ALTER TABLE lost_entries RENAME TO register_entries").await;
        is_red_then_green(&world, &channels, WEB, async || {}).await;
    }

    async fn an_inbox_that_cannot_be_written_turns_its_line_red(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = vec![ends.telegram()];
        round(&world, &channels).await;
        world.clock.advance(minutes(5));
        database.raw("ALTER TABLE inbox_seen RENAME TO lost_seen").await;
        tend(&world, &channels).await;
        assert_eq!(line(&world, TELEGRAM).await.0.trouble, Some(Trouble::NotStored));
        database.raw("ALTER TABLE lost_seen RENAME TO inbox_seen").await;
        world.clock.advance(minutes(1));
        round(&world, &channels).await;
        assert_eq!(line(&world, TELEGRAM).await.0.good, Some(world.clock.now()));
    }

    async fn a_canary_that_was_altered_is_noticed(database: Database) {
        let (world, channels) = (world(database.store.clone()).await, Vec::new());
        round(&world, &channels).await;
        let ends = Ends::start().await;
        let channels = vec![ends.telegram()];
        tend(&world, &channels).await;
        work(&world, &channels).await;
        database.raw("UPDATE canaries SET wrap = (SELECT c.wrap FROM canaries c WHERE c.line = 'web')").await;
        tend(&world, &channels).await;
        assert_eq!(line(&world, TELEGRAM).await.0.trouble, Some(Trouble::Altered));
        assert_eq!(line(&world, TELEGRAM).await.0.good, None);
    }

    async fn a_server_that_fell_in_the_middle_of_a_round_goes_on(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = vec![ends.telegram()];
        round(&world, &channels).await;
        world.clock.advance(minutes(5));
        // sent, and the server falls; another node has the same keyring
        tend(&world, &channels).await;
        let other = world.node(database.another().await, 91, |_| {}).await.expect("starts");
        jobs::drain(&other, &*channels[0]).await.expect("works");
        other.tend_canaries(&channels).await.expect("tends");
        assert_eq!(line(&world, TELEGRAM).await.0.good, Some(world.clock.now()));
        // the web's canary set out and never reached the intake
        database.raw("UPDATE canary_lines SET flight = tenant, begun = good WHERE name = 'web'").await;
        other.tend_canaries(&channels).await.expect("tends");
        assert_eq!(line(&world, WEB).await.0.trouble, None, "it may still be under way");
        world.clock.advance(minutes(1));
        other.tend_canaries(&channels).await.expect("tends");
        assert_eq!(line(&world, WEB).await.0.trouble, Some(Trouble::NotStored));
        world.clock.advance(minutes(1));
        other.tend_canaries(&channels).await.expect("tends");
        assert_eq!(line(&world, WEB).await.0.trouble, None);
    }

    async fn a_clock_that_jumps_neither_calls_people_nor_silences_a_line(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = vec![ends.telegram()];
        round(&world, &channels).await;
        let begun = world.clock.now();
        for at in [begun.plus(Duration::from_hours(20)), begun.minus(Duration::from_hours(20)), begun] {
            world.clock.set(at);
            assert_eq!(look(&world).await.raised, []);
            round(&world, &channels).await;
            assert_eq!(late(&world).await, Vec::<String>::new());
            assert_eq!(look(&world).await.raised, []);
        }
        pass(&world, &channels, 17, false).await;
        assert_eq!(late(&world).await, [TELEGRAM], "a worker that stops is seen after any jump");
    }
}
