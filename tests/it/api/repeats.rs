//! A request that is repeated with its `Idempotency-Key` is done once and answered as the first time.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tinan::store::Store;

use super::{Api, Ask, Reply};
use crate::on_both_databases;
use crate::world::World;

/// Sends the same request twice at the same moment.
async fn twice(api: &Api, ask: impl Fn() -> Ask) -> [Reply; 2] {
    let (one, two) = (api.clone(), api.clone());
    let (first, second) = (ask(), ask());
    let one = tokio::spawn(async move { one.send(first).await });
    let two = tokio::spawn(async move { two.send(second).await });
    [one.await.expect("ends"), two.await.expect("ends")]
}

async fn waiting(api: &Api) -> usize {
    let anh = api.log_in("anh").await;
    let queue = api.send(Ask::get("/api/v1/queue?desk=tips").by(&anh)).await.ok(200);
    queue["cases"].as_array().expect("cases").len()
}

#[tokio::test]
async fn a_repeated_tip_gets_the_same_receipt_and_makes_one_case() {
    let api = Api::open().await;
    let tip = || Ask::post("/api/v1/tips", &json!({"text": "Một tin"})).key("k-1");
    let first = api.send(tip()).await;
    api.world.clock.advance(std::time::Duration::from_secs(90));
    let second = api.send(tip()).await;
    assert_eq!((first.ok(201), first.status), (second.ok(201), second.status));
    assert_eq!(waiting(&api).await, 1);

    // The same key with other words reveals nothing; on another route or without it, it is another request.
    let other = Ask::post("/api/v1/tips", &json!({"text": "Tin khác"})).key("k-1");
    let other = api.send(other).await.problem(422, "other_request");
    assert!(other.get("receipt").is_none());
    let call = json!({"text": "Một tin", "consent": true, "about": "self"});
    let call = api.send(Ask::post("/api/v1/counselling", &call).key("k-1")).await.ok(201);
    assert_ne!(call["receipt"], first.json()["receipt"]);
    api.send(Ask::post("/api/v1/tips", &json!({"text": "Một tin"}))).await.ok(201);
    assert_eq!(waiting(&api).await, 2);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let api = Api::open().await;
    for key in ["", &"k".repeat(256)] {
        let tip = Ask::post("/api/v1/tips", &json!({"text": "Một tin"})).key(key);
        assert_eq!(api.send(tip).await.problem(422, "bad_field")["field"], "Idempotency-Key");
    }
    assert_eq!(waiting(&api).await, 0);
}

on_both_databases! {
    async fn two_tips_at_once_with_one_key_make_one_case(store: Store) {
        let api = Api::on(World::on(store, false).await);
        for round in 0..8 {
            let body = json!({"text": format!("Tin {round}")});
            let key = format!("k-{round}");
            let [one, two] = twice(&api, || Ask::post("/api/v1/tips", &body).key(&key)).await;
            assert_eq!(one.ok(201), two.ok(201));
        }
        assert_eq!(waiting(&api).await, 8);
    }

    async fn every_repeated_step_is_taken_once(store: Store) {
        every_step(World::on(store, false).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_message_is_added_once() {
    let api = Api::open().await;
    let (mine, other) = (api.tip("Một tin").await, api.tip("Tin khác").await);
    let body = json!({"text": "Thêm"});
    let more = |receipt: &str| Ask::post("/api/v1/case/messages", &body).holding(receipt).key("k");
    let [one, two] = twice(&api, || more(&mine)).await;
    assert_eq!(one.ok(201), two.ok(201));
    // Typed another way it is the same caller; another receipt is another.
    api.send(more(&mine.to_lowercase().replace('-', " "))).await.ok(201);
    api.send(more(&other)).await.ok(201);
    for receipt in [mine, other] {
        let own = api.send(Ask::get("/api/v1/case").holding(&receipt)).await.ok(200);
        assert_eq!(own["messages"].as_array().expect("messages").len(), 2);
    }
}

async fn every_step(world: World) {
    let api = Api::on(world);
    api.tip("Tin một").await;
    api.tip("Tin hai").await;
    let anh = api.log_in("anh").await;
    let next = || Ask::post("/api/v1/queue/next?desk=tips", &json!({})).by(&anh).key("next");
    let [one, two] = twice(&api, next).await;
    let case = one.ok(200);
    assert_eq!(case, two.ok(200));
    assert_eq!(api.send(next()).await.ok(200), case);

    let mut version = case["version"].clone();
    for (step, extra) in [
        ("release", json!({})),
        ("claim", json!({})),
        ("acknowledge", json!({})),
        ("reply", json!({"text": "Chào"})),
        ("note", json!({"text": "Ghi"})),
        ("transition", json!({"to": "CLASSIFIED", "reason": "Rõ"})),
    ] {
        let mut body = extra;
        body["version"] = version.clone();
        let path = format!("/api/v1/cases/{}/{step}", case["id"].as_str().expect("an id"));
        let ask = |body: &Value| Ask::post(&path, body).by(&anh).key("step");
        let [one, two] = twice(&api, || ask(&body)).await;
        assert!(one.status.is_success(), "{step}: {}", one.json());
        assert_eq!((one.status, one.json()), (two.status, two.json()), "{step}");
        let again = api.send(ask(&body)).await;
        assert_eq!((again.status, again.json()), (one.status, one.json()), "{step}");
        let now = one.json()["version"].clone();
        assert_eq!(now.as_i64(), version.as_i64().map(|v| v + 1), "{step}");
        body["version"] = now.clone();
        api.send(ask(&body)).await.problem(422, "other_request");
        version = now;
    }
    let opened = api.case(&anh, &case).await.ok(200);
    assert_eq!(opened["version"], version);
    assert_eq!(opened["notes"].as_array().expect("notes").len(), 1);
    assert_eq!(opened["thread"].as_array().expect("thread").len(), 2);

    // The same key on another case is another request.
    let other = api.next(&anh, "tips").await;
    let path = format!("/api/v1/cases/{}/note", other["id"].as_str().expect("an id"));
    let body = json!({"version": other["version"], "text": "Ghi"});
    api.send(Ask::post(&path, &body).by(&anh).key("step")).await.ok(201);
}

#[tokio::test]
async fn a_login_is_never_answered_from_memory() {
    let api = Api::open().await;
    let body = json!({"login": "anh", "password": crate::world::password("anh")});
    let login = || Ask::post("/api/v1/staff/session", &body).key("k");
    let (one, two) = (api.send(login()).await, api.send(login()).await);
    assert_eq!((one.status, two.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_ne!(one.json()["token"], two.json()["token"]);
}
