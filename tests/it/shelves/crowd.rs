//! Many who begin a file at once: each may keep a piece of it in memory, so only so many are taken at a time.

use std::time::Duration;

use tinan::domain::case::Priority;
use tinan::domain::document::{Attached, Details};
use tinan::domain::lane::Kind;
use tinan::domain::receipt::Receipt;
use tinan::service::files::Upload;
use tinan::service::intake::Submission;
use tinan::service::{Error, Hotline, Refusal};
use tinan::store::files::Shelf;

use super::{MIB, film};
use crate::bucket::Fake;
use crate::databases::Database;
use crate::world::{START, World};

/// A node whose object store takes two files at a time.
async fn node(wait: Duration) -> (World, Hotline, Fake, Database) {
    let database = Database::sqlite().await;
    let (world, fake) = (World::on(database.store.clone(), false).await, Fake::start().await);
    let shelf = fake.shelf();
    let node = world.node(database.another().await, 1, move |parts| {
        parts.shelf = Some(shelf);
        (parts.options.uploads_at_once, parts.options.upload_wait) = (2, wait);
    });
    let hotline = node.await.expect("opens");
    (world, hotline, fake, database)
}

async fn code(hotline: &Hotline) -> Vec<Receipt> {
    let submission = Submission {
        kind: Kind::Tips,
        text: "Có người bán ma tuý ở đầu ngõ".to_owned(),
        locale: "vi".to_owned(),
        channel: "web".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    };
    let receipt = hotline.submit(submission, None).await.expect("is taken").receipt;
    Receipt::parse(&receipt).expect("a receipt")
}

fn is_busy(begun: Result<Upload, Error>) -> bool {
    matches!(begun.err(), Some(Error::Refused(Refusal::Busy)))
}

fn about() -> Attached {
    Attached { name: "a.mp4".to_owned(), media_type: "video/mp4".to_owned(), bytes: 0, at: START }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_files_are_on_their_way_at_once_than_memory_is_meant_for() {
    let (world, hotline, fake, _database) = node(Duration::from_millis(50)).await;
    let (code, shelf) = (code(&hotline).await, fake.shelf());
    let begin = async || hotline.attach(&shelf, &code, 1 << 30).await;
    let mut first = begin().await.expect("begins");
    let second = begin().await.expect("begins");
    first.push(&film(6 * MIB)).await.expect("is taken");
    assert!(is_busy(begin().await), "two are on their way");
    assert_eq!(Refusal::Busy.status(), 503, "come back");

    drop(second);
    let third = begin().await.expect("the one that was given up left its place");
    assert!(is_busy(begin().await));
    first.finish(about(), None).await.expect("is kept");
    let fourth = begin().await.expect("the one that was kept left its place");
    assert!(is_busy(begin().await));
    drop((third, fourth));

    // Who has no code waits for nothing and learns nothing.
    let (_all, _places) = (begin().await.expect("begins"), begin().await.expect("begins"));
    let nobody = Receipt::parse("0000-0000-0000-0000-0000").expect("reads");
    let refused = hotline.attach(&shelf, &nobody, 1 << 30).await;
    assert!(matches!(refused.err(), Some(Error::Refused(Refusal::NotFound))));
    // A folder keeps nothing in memory.
    let folder = Shelf::new(world.files());
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(hotline.attach(&folder, &code, 1 << 30).await.expect("begins"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_place_gets_the_next_that_is_free() {
    let (_world, hotline, fake, _database) = node(Duration::from_mins(1)).await;
    let (code, shelf) = (code(&hotline).await, fake.shelf());
    let begin = async || hotline.attach(&shelf, &code, 1 << 30).await;
    let (one, _two) = (begin().await.expect("begins"), begin().await.expect("begins"));
    let waits = begin();
    let mut waits = std::pin::pin!(waits);
    let early = tokio::time::timeout(Duration::from_millis(200), &mut waits).await;
    assert!(early.is_err(), "there is no place yet");
    drop(one);
    waits.await.expect("begins");
}
