//! Polling: what is not stored is not acknowledged, and what is acknowledged is stored.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tinan::channels::intake::Turn;
use tinan::channels::telegram::{Health, Options, Telegram};
use tinan::kernel::Secret;
use tokio::time::{Instant, sleep};

use super::{Memory, Polling, channel, options};
use crate::telegram::{Fake, Fault, TOKEN};

fn memory() -> Arc<Memory> {
    Arc::new(Memory::default())
}

#[tokio::test]
async fn many_batches_arrive_whole_in_order_and_once() {
    let (fake, memory) = (Fake::start(), memory());
    let (a, b) = (fake.user(11), fake.user(12));
    for n in 0..125 {
        a.writes(&format!("a{n}"));
        b.writes(&format!("b{n}"));
    }
    let polling = Polling::start(&channel(&fake), &memory);
    memory.holds(250).await;
    fake.until("all is acknowledged", |f| f.waiting() == 0).await;
    polling.stop().await;
    let expected: Vec<String> = (1001..1251).map(|n: i64| n.to_string()).collect();
    assert_eq!(memory.keys(), expected);
    assert_eq!(memory.with(|m| m.batches), 3);
}

#[tokio::test]
async fn a_batch_that_could_not_be_stored_comes_again_from_the_same_offset() {
    let (fake, memory) = (Fake::start(), memory());
    fake.user(11).writes("x");
    memory.with(|m| m.refuse = 3);
    let mut polling = Polling::start(&channel(&fake), &memory);
    polling.becomes(Health::NotStoring).await;
    assert_eq!(fake.waiting(), 1);
    memory.holds(1).await;
    fake.until("it is acknowledged", |f| f.waiting() == 0).await;
    let offsets: Vec<_> = fake.calls("getUpdates").iter().map(|c| c.args["offset"].as_i64()).collect();
    assert_eq!(offsets[..4], [Some(0); 4]);
    polling.stop().await;
}

#[tokio::test]
async fn a_stop_in_the_middle_of_a_long_poll_is_quick_and_acknowledges_nothing() {
    let (fake, memory) = (Fake::start(), memory());
    fake.user(11).writes("x");
    memory.with(|m| m.refuse = usize::MAX);
    let mut polling = Polling::start(&channel(&fake), &memory);
    polling.becomes(Health::NotStoring).await;
    assert!(polling.stop().await < Duration::from_secs(1));
    assert_eq!(fake.waiting(), 1);

    memory.with(|m| m.refuse = 0);
    let polling = Polling::start(&channel(&fake), &memory);
    memory.holds(1).await;
    sleep(Duration::from_millis(100)).await;
    let calls = fake.journal().len();
    assert!(polling.stop().await < Duration::from_secs(1), "it waited for the long poll");
    sleep(Duration::from_millis(100)).await;
    assert!(fake.journal().len() <= calls + 1, "a parting call");
}

#[tokio::test]
async fn no_fault_of_the_line_loses_or_doubles_an_update() {
    let slow = Fault::Slow(Duration::from_millis(300));
    let internal = Fault::refused(500, "Internal Server Error");
    let faults =
        [Fault::Gateway(502), internal, Fault::CutBefore, Fault::CutAfter, Fault::Torn, Fault::Garbage, slow];
    for fault in faults {
        let (fake, memory) = (Fake::start(), memory());
        fake.user(11).writes("before");
        fake.fails("getUpdates", [fault.clone(), fault.clone()]);
        let began = Instant::now();
        let polling = Polling::start(&channel(&fake), &memory);
        memory.holds(1).await;
        fake.user(11).writes("after");
        memory.holds(2).await;
        assert!(began.elapsed() < Duration::from_secs(4), "{fault:?} took {:?}", began.elapsed());
        assert_eq!(memory.keys(), ["1001", "1002"], "{fault:?}");
        fake.until("both are acknowledged", |f| f.waiting() == 0).await;
        polling.stop().await;
    }
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    let (fake, memory) = (Fake::start(), memory());
    fake.user(11).writes("x");
    fake.fails("getUpdates", [Fault::wait(1)]);
    let began = Instant::now();
    let mut polling = Polling::start(&channel(&fake), &memory);
    polling.becomes(Health::Throttled).await;
    memory.holds(1).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(fake.calls("getUpdates")[0].status, 429);
    polling.stop().await;
}

#[tokio::test]
async fn two_pollers_notice_each_other_and_lose_nothing() {
    let (fake, memory) = (Fake::start(), memory());
    let mut first = Polling::start(&channel(&fake), &memory);
    sleep(Duration::from_millis(100)).await;
    let second = Polling::start(&channel(&fake), &memory);
    first.becomes(Health::Conflict).await;
    for n in 0..10 {
        fake.user(n).writes("x");
    }
    memory.holds(10).await;
    second.stop().await;
    first.becomes(Health::Polling).await;
    first.stop().await;
    assert_eq!(memory.count(), 10);
}

#[tokio::test]
async fn a_forgotten_webhook_is_taken_off_and_its_updates_are_kept() {
    let (fake, memory) = (Fake::start(), memory());
    let telegram = channel(&fake);
    telegram.set_webhook("http://127.0.0.1:9/hooks/telegram").await.expect("set");
    fake.user(11).writes("x");
    let mut polling = Polling::start(&telegram, &memory);
    polling.becomes(Health::Conflict).await;
    memory.holds(1).await;
    assert_eq!(telegram.webhook().await.expect("info").url, "");
    polling.stop().await;
}

#[tokio::test]
async fn a_refused_token_is_not_hurried() {
    let (fake, memory) = (Fake::start(), memory());
    let token = Secret::new(format!("{TOKEN}x"));
    let telegram = Telegram::new(Options { token, ..options(&fake) }).unwrap_or_else(|e| panic!("{e}"));
    let mut polling = Polling::start(&Arc::new(telegram), &memory);
    polling.becomes(Health::Unauthorised).await;
    // one try, and the next only after the longer wait of the options
    sleep(Duration::from_millis(500)).await;
    assert_eq!(fake.refused(), 1);
    fake.until("it tries again", |f| f.refused() == 2).await;
    assert!(polling.stop().await < Duration::from_secs(1));
}

#[tokio::test]
async fn a_lower_number_after_a_quiet_week_is_followed_downwards() {
    let (fake, memory) = (Fake::start(), memory());
    fake.renumber(727_334_708);
    fake.user(11).writes("before");
    let polling = Polling::start(&channel(&fake), &memory);
    memory.holds(1).await;
    fake.until("it is acknowledged", |f| f.waiting() == 0).await;
    fake.renumber(117_314_199);
    fake.user(11).writes("after");
    fake.user(11).writes("and more");
    memory.holds(3).await;
    fake.until("all is acknowledged", |f| f.waiting() == 0).await;
    polling.stop().await;
    assert_eq!(memory.keys(), ["727334708", "117314199", "117314200"]);
    assert_eq!(memory.with(|m| m.offset), 117_314_201);
}

#[tokio::test]
async fn garbage_is_kept_byte_for_byte_and_does_not_stop_the_rest() {
    let (fake, memory) = (Fake::start(), memory());
    let garbage = [json!(null), json!([7]), json!({"update_id": "7"}), json!({"x": 1.5}), json!("text")];
    for element in &garbage {
        fake.push_garbage(element.clone());
    }
    fake.push(11, "telepathy", &json!({"thought": 1}));
    fake.user(11).writes("x");
    let polling = Polling::start(&channel(&fake), &memory);
    memory.holds(7).await;
    fake.until("all is acknowledged", |f| f.waiting() == 0).await;
    polling.stop().await;
    memory.with(|m| {
        for (element, (key, bytes)) in garbage.iter().zip(&m.stored) {
            assert!(key.starts_with("sha256:"));
            assert_eq!(bytes, element.to_string().as_bytes());
        }
    });
    assert_eq!(memory.keys()[5..], ["1006", "1007"]);
}

#[tokio::test]
async fn a_batch_without_any_number_is_stored_once_and_not_asked_for_in_a_loop() {
    let (fake, memory) = (Fake::start(), memory());
    fake.push_garbage(json!({"no": "number"}));
    let polling = Polling::start(&channel(&fake), &memory);
    memory.holds(1).await;
    sleep(Duration::from_millis(500)).await;
    assert!(fake.calls("getUpdates").len() < 15, "{}", fake.calls("getUpdates").len());
    fake.user(11).writes("x");
    memory.holds(2).await;
    fake.until("the next number acknowledges both", |f| f.waiting() == 0).await;
    polling.stop().await;
    assert_eq!(memory.count(), 2);
}

#[tokio::test]
async fn nobody_asks_when_it_is_not_their_turn_or_too_much_waits() {
    for turn in [Turn::Others, Turn::Full] {
        let (fake, memory) = (Fake::start(), memory());
        memory.with(|m| m.resting = Some(turn));
        fake.user(11).writes("x");
        let mut polling = Polling::start(&channel(&fake), &memory);
        polling.becomes(Health::Standby).await;
        sleep(Duration::from_millis(100)).await;
        assert!(fake.journal().is_empty());
        memory.with(|m| m.resting = None);
        memory.holds(1).await;
        polling.stop().await;
    }
}

#[tokio::test]
async fn only_the_kinds_we_read_are_asked_for() {
    let (fake, memory) = (Fake::start(), memory());
    let polling = Polling::start(&channel(&fake), &memory);
    fake.user(11).writes("x");
    memory.holds(1).await;
    let asked = fake.calls("getUpdates")[0].args["allowed_updates"].clone();
    assert_eq!(asked, json!(["message", "edited_message", "callback_query", "my_chat_member"]));
    polling.stop().await;
}
