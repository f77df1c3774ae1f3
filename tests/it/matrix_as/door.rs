//! The door: 200 means stored, and nothing else does.

use serde_json::{Value, json};
use tinan::channels::matrix::PUSH_CAP;

use super::{Bot, channel, serve};
use crate::homeserver::{Fake, HS_TOKEN, USER};
use crate::world::World;

async fn ask(request: reqwest::RequestBuilder, token: Option<&str>) -> (u16, Value) {
    let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
    let answer = request.send().await.expect("answered");
    let status = answer.status().as_u16();
    let sized = answer.headers().contains_key("content-length");
    let body = answer.text().await.expect("whole");
    assert!(sized, "Synapse takes an answer without a length for a failure");
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

async fn put(url: &str, token: Option<&str>, body: impl Into<reqwest::Body>) -> (u16, Value) {
    ask(client().put(format!("{url}/_matrix/app/v1/transactions/7")).body(body), token).await
}

fn message(id: &str, sender: &str) -> Value {
    json!({"type": "m.room.message", "room_id": "!r:localhost", "sender": sender, "event_id": id,
        "content": {"msgtype": "m.text", "body": "x"}})
}

#[tokio::test]
async fn only_the_right_token_opens_the_door_and_each_event_is_kept_once() {
    let (fake, world) = (Fake::start(), World::open().await);
    let url = serve(&channel(&fake, &world.hotline), &world.hotline).await;
    let one = json!({ "events": [message("$1", "@kim:localhost")] }).to_string();
    let almost = format!("{HS_TOKEN}y");
    for wrong in [None, Some(""), Some("x"), Some(almost.as_str()), Some(&HS_TOKEN[1..])] {
        let (status, body) = put(&url, wrong, one.clone()).await;
        assert_eq!((status, body["errcode"].as_str()), (403, Some("M_FORBIDDEN")), "{wrong:?}");
    }
    let waiting = || world.hotline.backlog("matrix", USER);
    assert_eq!(waiting().await.expect("reads"), 0);
    assert_eq!(put(&url, Some(HS_TOKEN), one.clone()).await, (200, json!({})));
    assert_eq!(put(&url, Some(HS_TOKEN), one).await, (200, json!({})));
    assert_eq!(waiting().await.expect("reads"), 1, "a transaction repeated is harmless");
    let more = json!({"events": [message("$2", "@kim:localhost"), message("$1", "@kim:localhost"),
        message("$3", USER), 7, {"type": "m.of.tomorrow"}], "ephemeral": [{}]});
    assert_eq!(put(&url, Some(HS_TOKEN), more.to_string()).await, (200, json!({})));
    assert_eq!(waiting().await.expect("reads"), 4, "what is no event is kept too; our own words are not");
    assert_eq!(put(&url, Some(HS_TOKEN), r#"{"events":[]}"#).await, (200, json!({})));
}

#[tokio::test]
async fn what_is_no_transaction_is_refused_with_its_reason() {
    let (fake, world) = (Fake::start(), World::open().await);
    let url = serve(&channel(&fake, &world.hotline), &world.hotline).await;
    for (body, code) in [
        (&b"not json"[..], "M_NOT_JSON"),
        (b"", "M_NOT_JSON"),
        (b"\xff\xfe", "M_NOT_JSON"),
        (b"{}", "M_BAD_JSON"),
        (b"[1]", "M_BAD_JSON"),
        (br#"{"events":7}"#, "M_BAD_JSON"),
    ] {
        let (status, told) = put(&url, Some(HS_TOKEN), body).await;
        assert_eq!(
            (status, told["errcode"].as_str()),
            (400, Some(code)),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
    let (status, told) = put(&url, Some(HS_TOKEN), vec![b' '; PUSH_CAP + 1]).await;
    assert_eq!((status, told["errcode"].as_str()), (413, Some("M_TOO_LARGE")));
    // The largest that may come: a hundred events of 64 KiB.
    let events: Vec<Value> = (0..100)
        .map(|n| {
            let mut event = message(&format!("$big{n}"), "@kim:localhost");
            event["content"]["body"] = "x".repeat(64_000).into();
            event
        })
        .collect();
    assert_eq!(put(&url, Some(HS_TOKEN), json!({ "events": events }).to_string()).await.0, 200);
    assert_eq!(world.hotline.backlog("matrix", USER).await.expect("reads"), 100);
}

#[tokio::test]
async fn a_database_that_is_away_is_said_to_be_away_and_the_homeserver_comes_again() {
    let (fake, world) = (Fake::start(), World::open().await);
    let gone = world.node(world.hotline.store().clone(), 7, |_| ()).await.expect("a node");
    let url = serve(&channel(&fake, &gone), &gone).await;
    gone.store().close().await;
    let one = json!({ "events": [message("$1", "@kim:localhost")] }).to_string();
    assert_eq!(put(&url, Some(HS_TOKEN), one).await.0, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_user_is_known_and_nobody_else_and_a_ping_is_answered() {
    let bot = Bot::idle(World::open().await).await;
    let url = serve(&bot.channel, &bot.world.hotline).await;
    let get = |path: &str| client().get(format!("{url}/_matrix/app/v1/{path}"));
    assert_eq!(ask(get("users/@tinan:localhost"), Some(HS_TOKEN)).await, (200, json!({})));
    assert_eq!(bot.fake.calls("register").len(), 1, "who is said to be there is there");
    assert_eq!(ask(get("users/@other:localhost"), Some(HS_TOKEN)).await.0, 404);
    assert_eq!(ask(get("rooms/%23hotline:localhost"), Some(HS_TOKEN)).await.0, 404);
    let ping = || client().post(format!("{url}/_matrix/app/v1/ping")).body("{}");
    assert_eq!(ask(ping(), Some(HS_TOKEN)).await, (200, json!({})));
    for closed in [get("users/@tinan:localhost"), get("rooms/%23hotline:localhost"), ping()] {
        assert_eq!(ask(closed, Some("guessed-guessed-guessed")).await.0, 403);
    }
    assert!(bot.channel.whoami().await.expect("answers"));
    bot.channel.ping().await.expect("it reaches us");
    bot.fake.leads_to("http://127.0.0.1:1");
    assert!(bot.channel.ping().await.is_err());
}
