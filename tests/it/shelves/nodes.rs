//! Nodes that share an object store, and one whose object store is away.

use std::time::Duration;

use tinan::domain::case::Priority;
use tinan::domain::document::{Attached, Details};
use tinan::domain::lane::Kind;
use tinan::domain::receipt::Receipt;
use tinan::service::files::Tidied;
use tinan::service::intake::Submission;
use tinan::service::{Error, Hotline, Parts};
use tinan::store::files::Shelf;

use super::{MIB, film, fresh, write};
use crate::bucket::{Bad, Fake};
use crate::databases::Database;
use crate::on_both_databases;
use crate::world::{START, World};

/// Two nodes of one installation, with connections of their own, on one object store.
struct Two {
    world: World,
    fake: Fake,
    one: Hotline,
    other: Hotline,
}

impl Two {
    async fn on(database: &Database) -> Self {
        let (world, fake) = (World::on(database.store.clone(), false).await, Fake::start().await);
        let node = async |seed| {
            let (store, shelf) = (database.another().await, fake.shelf());
            world.node(store, seed, move |parts| parts.shelf = Some(shelf)).await.expect("opens")
        };
        let (one, other) = (node(1).await, node(2).await);
        Self { world, fake, one, other }
    }

    async fn receipt(&self) -> String {
        let submission = Submission {
            kind: Kind::Tips,
            text: "Có người bán ma tuý ở đầu ngõ".to_owned(),
            locale: "vi".to_owned(),
            channel: "web".to_owned(),
            details: Details::default(),
            priority: Priority::NORMAL,
            reads_as_tip: true,
        };
        self.one.submit(submission, None).await.expect("is taken").receipt
    }

    /// The one file of the one case, as the second node hands it out.
    async fn fetched(&self) -> Option<Vec<u8>> {
        let anh = self.world.actor("anh").await;
        let page = self.other.queue(&anh, "tips", None, None).await.expect("a queue");
        let case = page.cases[0].case.id;
        let view = self.other.open_case(&anh, case).await.expect("opens");
        let file = view.files.first()?;
        let mut download =
            self.other.open_file(&anh, &self.fake.shelf(), case, file.id).await.expect("begins");
        let mut out = Vec::new();
        while let Some(data) = download.next().await.expect("opens") {
            out.extend_from_slice(&data);
        }
        Some(out)
    }
}

async fn attach(hotline: &Hotline, shelf: &Shelf, receipt: &str, data: &[u8]) -> Result<(), Error> {
    let readings = Receipt::parse(receipt).expect("a receipt");
    let mut upload = hotline.attach(shelf, &readings, 1 << 30).await?;
    for piece in data.chunks(64 * 1024) {
        upload.push(piece).await?;
    }
    let about =
        Attached { name: "a.mp4".to_owned(), media_type: "video/mp4".to_owned(), bytes: 0, at: START };
    upload.finish(about, None).await.map(drop)
}

on_both_databases! {
    async fn what_one_node_took_another_hands_out(database: Database) {
        let two = Two::on(&database).await;
        let receipt = two.receipt().await;
        attach(&two.one, &two.fake.shelf(), &receipt, &film(12 * MIB)).await.expect("is kept");
        assert!(two.fetched().await.expect("a file") == film(12 * MIB));
        assert_eq!((two.fake.names().len(), two.fake.uploads()), (1, 0));
        assert!(two.fake.names()[0].starts_with("a/b/deployment/"), "{:?}", two.fake.names());
    }

    async fn while_the_object_store_is_away_files_are_refused_and_nothing_else_is(database: Database) {
        let two = Two::on(&database).await;
        let (receipt, shelf) = (two.receipt().await, two.fake.shelf());
        attach(&two.one, &shelf, &receipt, &film(10)).await.expect("is kept");
        two.fake.always(Some(Bad::Says(503, "SlowDown")));
        for length in [10, 6 * MIB] {
            let refused = attach(&two.one, &shelf, &receipt, &film(length)).await.expect_err("is away");
            assert!(matches!(refused, Error::Fault(_)), "{refused}");
        }
        two.receipt().await;
        for _ in 0..3 {
            two.world.clock.advance(Duration::from_mins(1));
            two.one.reconcile().await.expect_err("says that the shelf was not looked at");
        }
        assert!(two.one.last_round().await.expect("reads").expect("a round").caught_up, "the rest was");
        two.fake.always(None);
        two.world.clock.advance(Duration::from_mins(1));
        assert_eq!(two.one.reconcile().await.expect("looks").seen, [], "and no file was told to be missing");
        attach(&two.one, &shelf, &receipt, &film(6 * MIB)).await.expect("is kept again");
        assert_eq!((two.fake.names().len(), two.fake.uploads()), (2, 0), "what was refused left nothing");
    }

    async fn a_page_of_files_that_was_not_answered_is_asked_for_in_halves(database: Database) {
        let two = Two::on(&database).await;
        let (receipt, shelf) = (two.receipt().await, two.fake.shelf());
        for _ in 0..4 {
            attach(&two.one, &shelf, &receipt, &film(10)).await.expect("is kept");
        }
        for name in two.fake.names() {
            let item = name.rsplit('/').next().and_then(|n| n.parse().ok()).expect("a name of ours");
            shelf.remove(item).await.expect("a thief");
        }
        let shelf = two.fake.shelf();
        let slow = |parts: &mut Parts| (parts.shelf, parts.options.pace.old_rows) = (Some(shelf), 4);
        let slow = two.world.node(database.another().await, 3, slow).await.expect("opens");
        two.fake.always(Some(Bad::Says(403, "AccessDenied")));
        slow.reconcile().await.expect_err("nobody could look");
        two.fake.always(None);
        // what is not among the names is asked for by itself
        let before = two.fake.asked("head");
        assert_eq!(slow.reconcile().await.expect("looks").seen.len(), 2);
        assert_eq!(two.fake.asked("head") - before, 2);
    }

    async fn a_file_that_is_gone_from_the_object_store_is_told_and_one_of_nobody_is_tidied_away(database: Database) {
        let two = Two::on(&database).await;
        let (receipt, shelf) = (two.receipt().await, two.fake.shelf());
        attach(&two.one, &shelf, &receipt, &film(10)).await.expect("is kept");
        let (named, orphan, young, killed) = (two.fake.names(), fresh(), fresh(), fresh());
        for item in [orphan, young] {
            write(&shelf, item, b"of nobody").await.expect("keeps");
        }
        let mut incoming = shelf.begin(killed).await.expect("begins");
        incoming.pending().extend_from_slice(&film(6 * MIB));
        incoming.flow().await.expect("flows");
        std::mem::forget(incoming);
        for name in two.fake.names() {
            let at = if name.contains(&young.to_string()) { "2026-11-22T04:00:00Z" } else { "2026-11-20T04:00:00Z" };
            two.fake.date(&name, at);
        }
        assert_eq!(two.one.reconcile().await.expect("looks").seen.len(), 1, "one of nobody that is too old");
        assert_eq!(two.one.tidy_shelf().await.expect("tidies"), Tidied { parts: 1, orphans: 1 });
        assert_eq!(two.one.tidy_shelf().await.expect("tidies"), Tidied::default());
        assert_eq!((two.fake.names().len(), two.fake.uploads()), (2, 0), "the young one stays");
        two.world.clock.advance(Duration::from_mins(1));
        assert_eq!(two.one.reconcile().await.expect("looks").seen, []);

        let item = named[0].rsplit('/').next().and_then(|n| n.parse().ok()).expect("a name of ours");
        shelf.remove(item).await.expect("a thief");
        for raised in [0, 1] {
            two.world.clock.advance(Duration::from_mins(1));
            if raised == 1 {
                two.fake.always(Some(Bad::Says(503, "SlowDown")));
                two.one.reconcile().await.expect_err("nobody could look");
                let known = two.one.store().read().await.expect("reads").known_findings(9).await.expect("reads");
                assert!(known.len() == 1 && !known[0].raised, "a suspicion is not confirmed by not looking");
                two.fake.always(None);
            }
            let round = two.one.reconcile().await.expect("looks");
            assert_eq!((round.seen.len(), round.raised.len()), (1, raised));
        }
    }
}
