//! The webhook: 200 means stored, and nothing else does.

use tinan::channels::hook::BODY_CAP;
use tinan::channels::zalo::{Mode, Options, SECRET_HEADER, Zalo};

use super::{Bot, channel, options, serve};
use crate::remote;
use crate::world::World;
use crate::zalo_fake::{Fake, SECRET};

async fn post(url: &str, secret: Option<&str>, body: Vec<u8>) -> u16 {
    remote::post(url, (SECRET_HEADER, secret), body).await
}

const UPDATE: &[u8] = br#"{"event_name":"message.text.received","message":{"message_id":"m1","text":"x"}}"#;

#[tokio::test]
async fn only_the_right_secret_opens_the_door() {
    let (fake, world) = (Fake::start(), World::open().await);
    let zalo = channel(&fake);
    let url = serve(&zalo, &world.hotline).await;
    let almost = format!("{SECRET}y");
    for wrong in [None, Some(""), Some("x"), Some(almost.as_str()), Some(&SECRET[1..])] {
        assert_eq!(post(&url, wrong, UPDATE.to_vec()).await, 401, "{wrong:?}");
    }
    let waiting = || world.hotline.backlog("zalo", "4839574812");
    assert_eq!(waiting().await.expect("reads"), 0);
    assert_eq!(post(&url, Some(SECRET), UPDATE.to_vec()).await, 200);
    assert_eq!(post(&url, Some(SECRET), UPDATE.to_vec()).await, 200);
    assert_eq!(waiting().await.expect("reads"), 1, "the same update once");
    let wrapped = [br#"{"ok":true,"result":"#, UPDATE, b"}"].concat();
    assert_eq!(post(&url, Some(SECRET), wrapped).await, 200);
    assert_eq!(waiting().await.expect("reads"), 1, "also in its other shape");
    for odd in [&b"not json"[..], b"[1,2]", b"\xff\xfe", b""] {
        assert_eq!(post(&url, Some(SECRET), odd.to_vec()).await, 200);
    }
    assert_eq!(waiting().await.expect("reads"), 5, "what is no update is stored all the same");
}

#[tokio::test]
async fn a_body_is_taken_up_to_the_cap() {
    let (fake, world) = (Fake::start(), World::open().await);
    let url = serve(&channel(&fake), &world.hotline).await;
    assert_eq!(post(&url, Some(SECRET), vec![b' '; BODY_CAP]).await, 200);
    assert_eq!(post(&url, Some(SECRET), vec![b' '; BODY_CAP + 1]).await, 413);
    assert_eq!(world.hotline.backlog("zalo", "4839574812").await.expect("reads"), 1);
}

#[tokio::test]
async fn a_database_that_is_away_is_said_to_be_away_and_zalo_comes_again() {
    let (fake, world) = (Fake::start(), World::open().await);
    let zalo = channel(&fake);
    let gone = world.node(world.hotline.store().clone(), 7, |_| ()).await.expect("a node");
    let url = serve(&zalo, &gone).await;
    gone.store().close().await;
    assert_eq!(post(&url, Some(SECRET), UPDATE.to_vec()).await, 503);
}

#[tokio::test]
async fn there_is_no_door_when_the_mode_is_poll() {
    let (fake, world) = (Fake::start(), World::open().await);
    let zalo = Zalo::new(Options { mode: Mode::Poll, ..options(&fake) }).unwrap_or_else(|e| panic!("{e}"));
    let url = serve(&std::sync::Arc::new(zalo), &world.hotline).await;
    assert_eq!(post(&url, Some(SECRET), UPDATE.to_vec()).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_zalo_finds_at_our_address_comes_back() {
    let bot = Bot::idle(World::open().await).await;
    assert_eq!(bot.channel.me().await.expect("answers").account_name, "bot.tinan");
    assert_eq!(bot.channel.webhook().await.expect("answers"), bot.fake.hook());
    assert_eq!(bot.fake.calls("setWebhook").len(), 1);
    bot.fake.finds_hook("webhook.err.tls");
    let found =
        bot.channel.set_webhook("https://elsewhere.example/hooks/zalo").await.expect("kept all the same");
    assert_eq!((found.ok, found.outcome.as_str()), (false, "webhook.err.tls"));
    bot.channel.delete_webhook().await.expect("done");
    assert_eq!(bot.channel.webhook().await.expect("404 means none"), None);
}
