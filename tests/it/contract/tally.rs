//! The daily tally: it adds up, each day follows from the one before, and nobody can change or take one away unseen.

use std::time::Duration;

use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::domain::state::State;
use tinan::domain::tally::day_in_vietnam;
use tinan::service::casework::Step;
use tinan::service::intake::Submission;

use crate::databases::Database;
use crate::on_both_databases;
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

async fn submit(world: &World, kind: Kind, times: usize) {
    for _ in 0..times {
        let submission = Submission {
            kind,
            text: "Có người bán ma tuý".to_owned(),
            locale: "vi".to_owned(),
            channel: "web".to_owned(),
            details: Details::default(),
            priority: Priority::NORMAL,
            reads_as_tip: kind.is_tip(),
        };
        world.hotline.submit(submission, None).await.expect("is taken");
    }
}

async fn close_one(world: &World, login: &str) {
    let actor = world.actor(login).await;
    let claimed = world.hotline.next_case(&actor, "tips", None).await.expect("asks").expect("a case");
    let mut version = claimed.version;
    for to in [State::Classified, State::Closed] {
        let step = Step { case: claimed.id, version, once: None };
        version = world.hotline.transition(&actor, &step, to, "rõ").await.expect("moves").version;
    }
}

/// A day passes: upkeep keeps the clock believable, and the tally is made once.
async fn a_day_passes(world: &World) {
    for _ in 0..4 {
        world.clock.advance(DAY / 4);
        world.actor("anh").await;
        submit(world, Kind::Counselling, 1).await;
    }
    assert!(world.hotline.make_tally().await.expect("makes"));
    assert!(!world.hotline.make_tally().await.expect("looks"), "once a day");
}

async fn faults(world: &World) -> Vec<String> {
    world.hotline.verify_audit().await.expect("verifies").faults
}

on_both_databases! {
    async fn each_day_says_what_was_received_and_what_became_of_it(database: Database) {
        let world = World::on(database.store.clone(), true).await;
        world.staff().await;
        assert!(world.hotline.make_tally().await.expect("makes"), "a first one, of the day before");
        submit(&world, Kind::Tips, 3).await;
        submit(&world, Kind::Oversight, 2).await;
        close_one(&world, "anh").await;
        a_day_passes(&world).await;
        submit(&world, Kind::Tips, 2).await;
        a_day_passes(&world).await;

        let sen = world.actor("sen").await;
        let days = world.hotline.last_tallies(&sen).await.expect("reads");
        assert_eq!(days.len(), 3);
        let today = day_in_vietnam(world.hotline.now());
        assert_eq!(days.iter().map(|d| today - d.day).collect::<Vec<_>>(), [1, 2, 3]);
        let figures: Vec<_> = days
            .iter()
            .map(|d| {
                let tips = d.figures.lane(Kind::Tips);
                (tips.received, tips.open, tips.closed, d.figures.lane(Kind::Oversight).received)
            })
            .collect();
        assert_eq!(figures, [(5, 4, 1, 2), (3, 2, 1, 2), (0, 0, 0, 0)]);
        assert_eq!(days[0].figures.last(Kind::Counselling, 2026), 8);
        assert!(days.iter().all(|d| d.holds && d.figures.faults().is_empty()));
        let report = world.hotline.verify_audit().await.expect("verifies");
        assert_eq!((report.tallies, report.faults), (3, vec![]));
        assert!(world.hotline.last_tallies(&world.actor("cam").await).await.is_ok());
        for login in ["anh", "hoa", "lan", "quan"] {
            assert!(world.hotline.last_tallies(&world.actor(login).await).await.is_err(), "{login}");
        }
        world.assert_nothing_is_lost().await;
    }

    async fn a_tally_that_was_changed_taken_away_or_added_is_noticed(database: Database) {
        let world = World::on(database.store.clone(), false).await;
        submit(&world, Kind::Tips, 3).await;
        for _ in 0..3 {
            a_day_passes(&world).await;
        }
        assert_eq!(faults(&world).await, Vec::<String>::new());
        database.raw("CREATE TABLE kept AS SELECT * FROM tallies").await;
        let back = "DELETE FROM tallies; INSERT INTO tallies SELECT * FROM kept";
        let newest = "(SELECT MAX(day) FROM kept)";
        let oldest = "(SELECT MIN(day) FROM kept)";
        let wrongs = [
            (format!("UPDATE tallies SET body = REPLACE(body, '3', '2') WHERE day = {oldest}"), "does not follow"),
            (format!("DELETE FROM tallies WHERE day = {newest}"), "is missing or altered"),
            (format!("DELETE FROM tallies WHERE day = {oldest}"), "does not follow"),
            (format!("UPDATE tallies SET day = day + 1 WHERE day = {newest}"), "does not follow"),
            (
                format!("INSERT INTO tallies SELECT tenant, day + 1, body, hash FROM kept WHERE day = {newest}"),
                "is not in the audit log",
            ),
            ("UPDATE counters SET value = value - 1 WHERE series = 'case:tips'".to_owned(), "numbers given after 3"),
        ];
        for (sql, said) in wrongs {
            database.raw(&sql).await;
            let found = faults(&world).await;
            assert!(found.iter().any(|f| f.contains(said)), "{sql}: {found:?}");
            // The pages of supervisors and auditors see what they can without the whole log.
            let days = world.hotline.tallies_after(i64::MIN).await.expect("reads");
            let seen = ["does not follow", "is not in the audit log"].contains(&said);
            assert_eq!(days.iter().all(|d| d.holds), !seen, "{sql}");
            database.raw(back).await;
        }
    }

    async fn a_day_that_does_not_add_up_is_made_and_told(database: Database) {
        let world = World::on(database.store.clone(), false).await;
        submit(&world, Kind::Tips, 2).await;
        database.raw("UPDATE desk_counts SET amount = amount - 1 WHERE state = 'RECEIVED'").await;
        a_day_passes(&world).await;
        let found = faults(&world).await;
        assert!(found.iter().any(|f| f.contains("tips: 2 received, but 1 open + 0 closed")), "{found:?}");
    }

    async fn two_nodes_make_one_tally(database: Database) {
        let world = World::on(database.store.clone(), false).await;
        let other = world.node(database.another().await, 5, |_| ()).await.expect("starts");
        submit(&world, Kind::Tips, 1).await;
        let (a, b) = tokio::join!(world.hotline.make_tally(), other.make_tally());
        let made = [a, b].into_iter().filter(|r| matches!(r, Ok(true))).count();
        assert_eq!(made, 1);
        assert_eq!(database.count("tallies").await, 1);
        assert_eq!(faults(&world).await, Vec::<String>::new());
        other.store().close().await;
    }

    async fn the_public_is_told_late_in_weeks_and_no_small_number(database: Database) {
        let world = World::on(database.store.clone(), true).await;
        assert_eq!(world.hotline.public_tally().await.expect("reads"), None, "off unless it is wanted");
        let open = world
            .node(database.another().await, 6, |parts| parts.options.publication.public = true)
            .await
            .expect("starts");
        // the world begins on a Sunday: the first whole week ends seven days later
        assert!(world.hotline.make_tally().await.expect("makes"));
        a_day_passes(&world).await;
        submit(&world, Kind::Tips, 4).await;
        submit(&world, Kind::Oversight, 2).await;
        for _ in 0..13 {
            a_day_passes(&world).await;
            assert_eq!(open.public_tally().await.expect("reads").expect("is on"), []);
        }
        a_day_passes(&world).await;
        let weeks = open.public_tally().await.expect("reads").expect("is on");
        assert_eq!(weeks.len(), 1);
        assert_eq!((weeks[0].tips, weeks[0].counselling), (Some(6), Some(28)), "those about officials among them");
        for _ in 0..7 {
            a_day_passes(&world).await;
        }
        let weeks = open.public_tally().await.expect("reads").expect("is on");
        assert_eq!(weeks.iter().map(|w| w.tips).collect::<Vec<_>>(), [None, Some(6)]);
        open.store().close().await;
    }
}
