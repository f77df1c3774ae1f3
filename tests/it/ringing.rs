//! Reports of the telephone system: any order, any number of times, and never a number.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tinan::channels::calls::{Options, SECRET_HEADER, routes};
use tinan::domain::ringing::Ringing;
use tinan::kernel::Secret;
use tinan::service::{Error, Refusal};
use tower::ServiceExt as _;

use crate::databases::Database;
use crate::world::World;

const SECRET: &str = "bi-mat-cua-tong-dai";

fn door(world: &World) -> Router {
    let options = Options {
        secret: Secret::new(SECRET.to_owned()),
        tips_line: "tips".to_owned(),
        counselling_line: "help".to_owned(),
    };
    routes(Arc::new(options), world.gate())
}

async fn post(door: &Router, secret: &str, body: Vec<u8>) -> u16 {
    let request = Request::post("/hooks/calls").header(SECRET_HEADER, secret).body(Body::from(body));
    door.clone().oneshot(request.expect("a request")).await.expect("infallible").status().as_u16()
}

async fn tell(door: &Router, line: &str, call: &str, event: &str) -> u16 {
    let body = json!({
        "call_id": call, "line": line, "event": event, "direction": "in", "at": "2026-11-22T04:12:00Z",
        "peer": "sip:0987654321@10.0.0.7", "from": "0987654321", "recording": "/var/calls/0987654321.wav",
    });
    post(door, SECRET, body.to_string().into_bytes()).await
}

async fn stands(world: &World, login: &str, desk: &str) -> Ringing {
    let actor = world.actor(login).await;
    world.hotline.ringing(&actor, desk).await.expect("reads")
}

async fn tells_a_call_whatever_the_order(database: Database) {
    let world = World::on(database.store.clone(), false).await;
    let door = door(&world);
    let orders = [
        ["start", "answer", "end"],
        ["start", "end", "answer"],
        ["answer", "start", "end"],
        ["answer", "end", "start"],
        ["end", "start", "answer"],
        ["end", "answer", "start"],
    ];
    for (n, order) in orders.iter().enumerate() {
        for event in order.iter().chain(order) {
            assert_eq!(tell(&door, "tips", &format!("call-{n}"), event).await, 200);
        }
    }
    assert_eq!(stands(&world, "anh", "tips").await, Ringing::default(), "answered and over");
    tell(&door, "tips", "rings", "start").await;
    tell(&door, "tips", "rings", "start").await;
    tell(&door, "tips", "talks", "start").await;
    tell(&door, "tips", "talks", "answer").await;
    tell(&door, "tips", "lost", "end").await;
    tell(&door, "tips", "lost", "start").await;
    tell(&door, "help", "rings", "start").await;
    assert_eq!(stands(&world, "anh", "tips").await, Ringing { waiting: 1, talking: 1, missed: 1 });
    assert_eq!(stands(&world, "binh", "counselling").await, Ringing { waiting: 1, talking: 0, missed: 0 });

    let anh = world.actor("anh").await;
    world.hotline.see_missed(&anh, "tips").await.expect("is noted");
    assert_eq!(stands(&world, "anh", "tips").await.missed, 0);
    world.clock.advance(Duration::from_hours(5));
    assert_eq!(
        stands(&world, "anh", "tips").await,
        Ringing { waiting: 0, talking: 0, missed: 1 },
        "never ended"
    );
    world.hotline.see_missed(&anh, "tips").await.expect("is noted");
    assert_eq!(stands(&world, "anh", "tips").await, Ringing::default());
    let foreign = world.hotline.ringing(&anh, "counselling").await;
    assert!(matches!(foreign, Err(Error::Refused(Refusal::NotFound))));

    assert_eq!(database.count("calls").await, 10);
    let hour = database.count("calls WHERE ended = 1 AND began % 3600000 <> 0").await;
    assert_eq!(hour, 0, "to the hour when it is over");
    world.clock.advance(Duration::from_hours(24 * 8));
    world.hotline.see_missed(&anh, "tips").await.expect("tidies");
    assert_eq!(database.count("calls").await, 1, "the other line's missed call stays until it is noted");
}

#[tokio::test]
async fn a_call_is_told_right_whatever_the_order_of_its_reports() {
    tells_a_call_whatever_the_order(Database::sqlite().await).await;
    if let Some(database) = Database::postgres().await {
        tells_a_call_whatever_the_order(database).await;
    }
}

#[tokio::test]
async fn a_callers_number_is_in_no_file_of_the_database() {
    let database = Database::sqlite().await;
    let world = World::on(database.store.clone(), false).await;
    let door = door(&world);
    for (line, event) in [("tips", "start"), ("tips", "end"), ("help", "start"), ("help", "end")] {
        assert_eq!(tell(&door, line, "0987654321-abc", event).await, 200);
    }
    for file in database.files() {
        let bytes = std::fs::read(&file).expect("reads");
        assert!(!bytes.windows(9).any(|w| w == b"987654321"), "{}", file.display());
    }
}

#[tokio::test]
async fn only_the_bridge_gets_in_and_nonsense_is_refused() {
    let world = World::open().await;
    let door = door(&world);
    let good = json!({"call_id": "1", "line": "tips", "event": "start"}).to_string().into_bytes();
    for wrong in ["", "sai", "bi-mat-cua-tong-da"] {
        assert_eq!(post(&door, wrong, good.clone()).await, 401);
    }
    for (call, line, event) in [
        ("", "tips", "start"),
        ("1", "elsewhere", "start"),
        ("1", "tips", "record"),
        (&*"x".repeat(300), "tips", "end"),
    ] {
        assert_eq!(tell(&door, line, call, event).await, 400, "{call} {line} {event}");
    }
    assert_eq!(post(&door, SECRET, b"\xff".to_vec()).await, 400);
    assert_eq!(post(&door, SECRET, vec![b' '; (1 << 20) + 1]).await, 413);
    assert_eq!(stands(&world, "anh", "tips").await, Ringing::default());
    assert_eq!(post(&door, SECRET, good.clone()).await, 200);
    world.hotline.store().close().await;
    assert_eq!(post(&door, SECRET, good).await, 503, "the bridge keeps it");
}
