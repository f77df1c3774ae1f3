//! What the public is told of the tally, where it is told anything.

use axum::http::StatusCode;
use tinan::citizen::{Options, routes};
use tinan::web::Gate;

use super::browser::get;
use super::pages;
use crate::databases::Database;
use crate::world::World;

#[tokio::test]
async fn the_public_tally_is_not_there_unless_it_is_wanted() {
    let world = World::open().await;
    let page = get(&pages(&world), "/tally").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.html, get(&pages(&world), "/nowhere").await.html, "as an address that never was");
}

#[tokio::test]
async fn the_public_tally_tells_weeks_and_hides_small_numbers() {
    let database = Database::sqlite().await;
    let world = World::on(database.store.clone(), false).await;
    let open = world
        .node(database.another().await, 4, |parts| parts.options.publication.public = true)
        .await
        .expect("starts");
    let pages = routes(Gate::open(open.clone()), Options::embedded().expect("embedded"));
    let page = get(&pages, "/tally").await;
    assert!(page.status == StatusCode::OK && page.html.contains("Chưa có tuần nào"));
    // two Sundays, the newer one eight days ago
    let today = tinan::domain::tally::day_in_vietnam(world.clock.now());
    let sunday = open_sunday(today);
    for (day, tips) in [(sunday - 7, 10), (sunday, 22)] {
        let lane = |kind: &str, n: i64| {
            format!(r#"{{"kind":"{kind}","received":{n},"open":{n},"closed":0,"folded":0}}"#)
        };
        let body = format!(r#"{{"lanes":[{},{}],"series":[]}}"#, lane("tips", tips), lane("counselling", 3));
        let tenant = database.id(open.world().tenant.id.uuid());
        let hash = database.literal(&[0; 32]);
        database.raw(&format!("INSERT INTO tallies VALUES ({tenant}, {day}, '{body}', {hash})")).await;
    }
    let page = get(&pages, "/tally").await;
    assert!(page.html.contains("<td>12</td><td>dưới 5</td>"), "{}", page.html);
    let english = get(&pages, "/tally?lang=en").await;
    assert!(english.html.contains("fewer than 5"));
    assert!(!page.html.contains("public_tally."), "a sentence is missing");
    open.store().close().await;
}

/// The newest Sunday whose week may be told today.
fn open_sunday(today: i64) -> i64 {
    crate::world::PUBLICATION.sundays(today).next().expect("one")
}
