//! The webhook: only what Zalo signed for this account is taken, and 200 means stored.

use std::time::Duration;

use serde_json::{Value, json};
use tinan::channels::hook::BODY_CAP;
use tinan::channels::zalo_oa::SIGNATURE_HEADER;

use super::{account, serve};
use crate::remote;
use crate::world::World;
use crate::zalo_fake::{APP_ID, FIRST_REFRESH, Fake, OA_ID, OA_SECRET, mac};

async fn post(url: &str, signature: Option<&str>, body: &str) -> u16 {
    remote::post(url, (SIGNATURE_HEADER, signature), body.to_owned()).await
}

fn body(world: &World, change: impl FnOnce(&mut Value)) -> (String, String) {
    let moment = world.clock.now().as_millis().to_string();
    let mut event = json!({ "app_id": APP_ID, "event_name": "user_send_text", "timestamp": moment,
        "sender": {"id": "77"}, "recipient": {"id": OA_ID}, "message": {"msg_id": "m1", "text": "a/b"} });
    change(&mut event);
    let moment = event["timestamp"].as_str().unwrap_or_default().to_owned();
    (event.to_string().replace('/', "\\/"), moment)
}

/// How an event is made wrong.
type Spoil = Box<dyn FnOnce(&mut Value)>;

#[tokio::test]
async fn only_what_zalo_signed_over_these_very_bytes_opens_the_door() {
    let (fake, world) = (Fake::start(), World::open().await);
    let url = serve(&account(&fake, FIRST_REFRESH, &world.hotline), &world.hotline).await;
    let (text, moment) = body(&world, |_| ());
    let right = mac(APP_ID, &text, &moment, OA_SECRET);
    let again = serde_json::from_str::<Value>(&text).expect("json").to_string();
    let wrong = [
        None,
        Some(String::new()),
        Some(right.clone()),
        Some("mac=".to_owned()),
        Some(format!("mac={}", mac(APP_ID, &again, &moment, OA_SECRET))),
        Some(format!("mac={}", mac(APP_ID, &text, &moment, "OtherSecret"))),
        Some(format!("mac={}", mac(APP_ID, &text, "", OA_SECRET))),
        Some(format!("mac={}", mac("1", &text, &moment, OA_SECRET))),
    ];
    for signature in &wrong {
        assert_eq!(post(&url, signature.as_deref(), &text).await, 401, "{signature:?}");
    }
    let waiting = || world.hotline.backlog("zalo_oa", OA_ID);
    assert_eq!(waiting().await.expect("reads"), 0);
    for good in [format!("mac={right}"), format!("mac = {}", right.to_uppercase())] {
        assert_eq!(post(&url, Some(&good), &text).await, 200);
    }
    assert_eq!(waiting().await.expect("reads"), 1, "the same update once");
}

#[tokio::test]
async fn another_application_another_account_and_long_ago_are_refused() {
    let (fake, world) = (Fake::start(), World::open().await);
    let url = serve(&account(&fake, FIRST_REFRESH, &world.hotline), &world.hotline).await;
    let old = |days: u64| world.clock.now().minus(Duration::from_hours(24 * days)).as_millis().to_string();
    let (long_ago, lately) = (old(29), old(2));
    let cases: [(Spoil, u16); 7] = [
        (Box::new(|e: &mut Value| e["app_id"] = "999".into()), 401),
        (Box::new(|e: &mut Value| e["recipient"]["id"] = "999".into()), 401),
        (Box::new(|e: &mut Value| e["timestamp"] = "soon".into()), 401),
        (Box::new(move |e: &mut Value| e["timestamp"] = long_ago.into()), 401),
        // What Zalo repeats for an hour and more is let in, and so is what a clock of ours makes look old.
        (Box::new(move |e: &mut Value| e["timestamp"] = lately.into()), 200),
        (Box::new(|e: &mut Value| e["message"]["msg_id"] = "m2".into()), 200),
        (
            Box::new(|e: &mut Value| {
                *e = json!({"app_id": APP_ID, "oa_id": OA_ID, "event_name": "user_withdraw",
            "user_id": "7", "timestamp": e["timestamp"]});
            }),
            200,
        ),
    ];
    for (n, (change, expected)) in cases.into_iter().enumerate() {
        let (text, moment) = body(&world, change);
        let signature = format!("mac={}", mac(APP_ID, &text, &moment, OA_SECRET));
        assert_eq!(post(&url, Some(&signature), &text).await, expected, "case {n}: {text}");
    }
    let large = " ".repeat(BODY_CAP + 1);
    assert_eq!(post(&url, Some("mac=ab"), &large).await, 413);
}

#[tokio::test]
async fn a_database_that_is_away_is_said_to_be_away() {
    let (fake, world) = (Fake::start(), World::open().await);
    let gone = world.node(world.hotline.store().clone(), 7, |_| ()).await.expect("a node");
    let url = serve(&account(&fake, FIRST_REFRESH, &gone), &gone).await;
    gone.store().close().await;
    let (text, moment) = body(&world, |_| ());
    let signature = format!("mac={}", mac(APP_ID, &text, &moment, OA_SECRET));
    assert_eq!(post(&url, Some(&signature), &text).await, 503);
}
