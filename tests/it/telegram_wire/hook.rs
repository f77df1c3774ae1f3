//! The webhook: 200 means stored, and nothing else does.

use std::sync::Arc;
use std::time::Duration;

use tinan::channels::telegram::{BODY_CAP, Mode, Options, SECRET_HEADER, Telegram, routes};
use tinan::kernel::Secret;

use super::{Memory, options};
use crate::remote::{self, listen};
use crate::telegram::Fake;

const SECRET: &str = "correct-horse_battery";

/// Our side of the webhook on a free port; ends with the test's runtime.
async fn serve(fake: &Fake, mode: Mode) -> (Arc<Telegram>, Arc<Memory>, String) {
    let secret = Some(Secret::new(SECRET.to_owned()));
    let telegram = Telegram::new(Options { mode, secret, ..options(fake) }).unwrap_or_else(|e| panic!("{e}"));
    let (telegram, memory) = (Arc::new(telegram), Arc::new(Memory::default()));
    let url = listen(routes(Arc::clone(&telegram), Arc::clone(&memory))).await;
    (telegram, memory, format!("{url}/hooks/telegram"))
}

async fn post(url: &str, secret: Option<&str>, body: Vec<u8>) -> u16 {
    remote::post(url, (SECRET_HEADER, secret), body).await
}

#[tokio::test]
async fn updates_come_in_order_per_chat_and_again_until_they_are_stored() {
    let fake = Fake::start();
    fake.hook_retry(Duration::from_millis(10));
    let (telegram, memory, url) = serve(&fake, Mode::Webhook).await;
    memory.with(|m| m.refuse = 5);
    telegram.set_webhook(&url).await.expect("set");
    for n in 0..20 {
        fake.user(11).writes(&format!("a{n}"));
        fake.user(12).writes(&format!("b{n}"));
    }
    memory.holds(40).await;
    fake.until("all is acknowledged", |f| f.waiting() == 0).await;
    assert_eq!(memory.with(|m| m.batches), 45);
    let info = telegram.webhook().await.expect("info");
    assert!(info.url == url && info.pending == 0 && info.last_error.is_some());
    for letter in ["a", "b"] {
        let texts: Vec<String> = memory.with(|m| {
            let texts =
                m.stored.iter().map(|(_, b)| serde_json::from_slice::<serde_json::Value>(b).expect("json"));
            texts.filter_map(|v| v["message"]["text"].as_str().map(str::to_owned)).collect()
        });
        let mine: Vec<String> = texts.into_iter().filter(|t| t.starts_with(letter)).collect();
        assert_eq!(mine, (0..20).map(|n| format!("{letter}{n}")).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn only_the_right_secret_opens_the_door() {
    let fake = Fake::start();
    let (_, memory, url) = serve(&fake, Mode::Webhook).await;
    let body = || br#"{"update_id":1,"message":{}}"#.to_vec();
    let almost = format!("{SECRET}y");
    for wrong in [None, Some(""), Some("x"), Some(almost.as_str()), Some(&SECRET[1..])] {
        assert_eq!(post(&url, wrong, body()).await, 401, "{wrong:?}");
    }
    assert_eq!(memory.count(), 0);
    assert_eq!(post(&url, Some(SECRET), body()).await, 200);
    assert_eq!(post(&url, Some(SECRET), body()).await, 200);
    assert_eq!(memory.keys(), ["1"]);
}

#[tokio::test]
async fn what_is_not_an_update_is_stored_all_the_same() {
    let fake = Fake::start();
    let (_, memory, url) = serve(&fake, Mode::Webhook).await;
    let bodies: [&[u8]; 4] = [b"not json", b"[1,2]", b"\xff\xfe", b"{\"update_id\":{}}"];
    for body in bodies {
        assert_eq!(post(&url, Some(SECRET), body.to_vec()).await, 200);
    }
    let stored: Vec<Vec<u8>> = memory.with(|m| m.stored.iter().map(|(_, b)| b.clone()).collect());
    assert_eq!(stored, bodies);
}

#[tokio::test]
async fn a_body_is_taken_up_to_the_cap() {
    let fake = Fake::start();
    let (_, memory, url) = serve(&fake, Mode::Webhook).await;
    assert_eq!(post(&url, Some(SECRET), vec![b' '; BODY_CAP]).await, 200);
    assert_eq!(post(&url, Some(SECRET), vec![b' '; BODY_CAP + 1]).await, 413);
    let chunks = (0..=BODY_CAP / 1024).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024]));
    let undeclared = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client.post(&url).header(SECRET_HEADER, SECRET).body(undeclared).send().await;
    assert!(answer.is_ok_and(|r| r.status() == 413));
    assert_eq!(memory.count(), 1);
}

#[tokio::test]
async fn a_store_that_is_away_is_said_to_be_away() {
    let fake = Fake::start();
    let (_, memory, url) = serve(&fake, Mode::Webhook).await;
    memory.with(|m| m.refuse = 1);
    assert_eq!(post(&url, Some(SECRET), b"{\"update_id\":1}".to_vec()).await, 503);
    assert_eq!(post(&url, Some(SECRET), b"{\"update_id\":1}".to_vec()).await, 200);
    assert_eq!(memory.count(), 1);
}

#[tokio::test]
async fn there_is_no_door_when_the_mode_is_poll() {
    let fake = Fake::start();
    let (telegram, _, url) = serve(&fake, Mode::Poll).await;
    assert_eq!(telegram.mode(), Mode::Poll);
    assert_eq!(post(&url, Some(SECRET), b"{}".to_vec()).await, 404);
}
