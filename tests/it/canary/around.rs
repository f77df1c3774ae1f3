//! What stands around canaries: citizens' cases, their numbers and counts, the books, the audit log.

use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::service::intake::Submission;

use super::lines::Ends;
use super::*;
use crate::on_both_databases;

async fn tip(world: &World, text: &str) {
    let tip = Submission {
        kind: Kind::Tips,
        text: text.to_owned(),
        locale: "vi".to_owned(),
        channel: "web".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    };
    world.hotline.submit(tip, None).await.expect("is taken");
}

async fn numbers(database: &Database) -> Vec<Vec<String>> {
    database.texts("SELECT CAST(number AS TEXT) FROM cases ORDER BY number").await
}

on_both_databases! {
    async fn numbers_register_and_counts_of_citizens_are_as_if_there_were_no_canaries(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = ends.all(&world);
        for n in 0..4 {
            // a rehearsal beside real tips, in one batch of the writer
            let text = format!("Có người bán ma tuý ở ngõ {n}");
            tokio::join!(tend(&world, &channels), tip(&world, &text));
            work(&world, &channels).await;
            tend(&world, &channels).await;
            world.clock.advance(minutes(5));
        }
        assert_eq!(numbers(&database).await, [["1"], ["2"], ["3"], ["4"]]);
        assert_eq!(database.count("canaries").await, 24);
        let places = database.texts("SELECT CAST(seq AS TEXT) FROM cases ORDER BY seq").await;
        assert_eq!(places, [["1"], ["2"], ["3"], ["4"]], "no gap tells the time between two cases");
        let tally = world.hotline.tally_of(world.hotline.world().tenant.id).await.expect("reads");
        assert!(tally.reconciled);
        let open: i64 = tally.desks.iter().flat_map(|d| &d.states).map(|(_, n)| n).sum();
        assert_eq!(open, 4);
        let figures = world.hotline.figures_now().await.expect("reads");
        assert_eq!(figures.faults(), Vec::<String>::new());
        assert_eq!((figures.lane(Kind::Tips).received, figures.lane(Kind::Counselling).received), (4, 0));
        let anh = world.actor("anh").await;
        assert_eq!(world.hotline.verify_audit().await.expect("verifies").faults, Vec::<String>::new());
        let mut handed = 0;
        while world.hotline.next_case(&anh, "tips", None).await.expect("asks").is_some() {
            handed += 1;
        }
        assert_eq!(handed, 4, "no canary is handed out");
        assert_eq!(database.count("alarms").await, 0);
        world.assert_nothing_is_lost().await;
    }

    async fn canaries_that_had_their_day_are_removed_and_nothing_else_is(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = vec![ends.telegram(), ends.sms()];
        tip(&world, "Có người bán ma tuý ở đầu ngõ").await;
        for _ in 0..30 {
            round(&world, &channels).await;
            world.clock.advance(Duration::from_hours(1));
        }
        round(&world, &channels).await;
        let tenant = world.hotline.world().tenant.id;
        let stored = database.count("canaries").await;
        assert!((72..=78).contains(&stored), "{stored}");
        assert_eq!(database.count("inbox_seen").await, 0, "nor a mark between the updates of citizens");
        let mut tx = database.store.read().await.expect("reads");
        assert_eq!(tx.canary_numbers(tenant).await.expect("reads"), [(93, 93 - stored, stored)]);
        drop(tx);
        assert_eq!(database.count("cases").await, 1);
        assert_eq!(world.hotline.verify_audit().await.expect("verifies").faults, Vec::<String>::new());
        world.assert_nothing_is_lost().await;
        // the books see what is missing among citizens' numbers as ever
        database.raw("UPDATE counters SET value = value + 1 WHERE series = 'case:tips'").await;
        let mut seen = 0;
        for _ in 0..8 {
            world.clock.advance(minutes(1));
            tend(&world, &channels).await;
            seen += world.hotline.reconcile().await.expect("looks").raised.len();
        }
        assert!(seen > 0, "a number that nothing bears is still found");
    }

    async fn a_stolen_database_opens_no_canary_and_a_canary_opens_nothing(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        round(&world, &vec![ends.telegram()]).await;
        for file in database.files() {
            let bytes = std::fs::read(file).unwrap_or_default();
            let found = bytes.windows("Tin thử".len()).any(|w| w == "Tin thử".as_bytes());
            assert!(!found, "the words of a canary lie sealed, as a citizen's do");
        }
        // the desks' keys, their members and the directory know nothing of canaries
        for table in ["desks", "directory", "grants", "wraps"] {
            let before = database.count(table).await;
            world.clock.advance(minutes(5));
            round(&world, &vec![ends.telegram()]).await;
            assert_eq!(database.count(table).await, before, "{table}");
        }
    }
}
