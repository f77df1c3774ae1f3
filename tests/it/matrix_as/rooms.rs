//! Where we are and where not: with one person, and with what they wrote before we came.

use super::{Bot, TIP, channel};
use crate::homeserver::{Fake, Fault};
use crate::remote::Chats as _;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_before_we_came_is_taken_once_and_in_order() {
    let bot = Bot::idle(World::open().await).await;
    let user = bot.fake.person("early");
    user.invites();
    user.writes(TIP);
    user.writes("nha co cua xanh");
    bot.fake.fails("join", [Fault::CutAfter, Fault::Gateway(502)]);
    bot.fake.fails("messages", [Fault::Slow(std::time::Duration::from_secs(3))]);
    bot.works();
    let clock = async {
        while !user.heard(true).iter().any(|m| m.contains("cua xanh")) {
            bot.world.clock.advance(std::time::Duration::from_secs(2));
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), clock).await.expect("it is asked about");
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (_, view) = bot.next("anh", "tips").await;
    assert_eq!(view.thread[0].text, format!("{TIP}\nnha co cua xanh"));
    assert!(bot.fake.calls("messages").len() > 1, "it was asked for again");
    // A second stay in the same room does not bring the first one back.
    user.leaves();
    bot.is_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_long_history_the_person_hears_that_not_all_of_it_came() {
    let bot = Bot::idle(World::open().await).await;
    let user = bot.fake.person("long");
    user.writes("lời từ rất lâu trước");
    for _ in 0..520 {
        user.says("m.reaction", &serde_json::json!({}));
    }
    user.invites();
    user.writes(TIP);
    bot.works();
    user.wait_for("Loại tin này chúng tôi chưa nhận được").await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (_, view) = bot.next("anh", "tips").await;
    assert!(view.thread[0].text.contains(TIP) && !view.thread[0].text.contains("rất lâu"));
    assert_eq!(bot.fake.calls("messages").len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_told_why_and_left() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.person("group");
    user.brings("second");
    user.invites();
    user.wait_for("Nhóm không phải chỗ để báo tin").await;
    bot.fake.until("we are gone", |_| !user.has_company()).await;
    bot.is_quiet().await;
    bot.has_sent_all().await;
    assert_eq!(user.hears().len(), 1, "nothing but why: {:?}", user.hears());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_is_not_for_two_is_turned_down_with_its_reason() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.person("public");
    user.invites_to(false);
    bot.fake.until("it is turned down", |_| user.was_refused()).await;
    let why = bot.fake.calls("leave").pop().expect("a call").body["reason"].as_str().map(str::to_owned);
    assert!(why.is_some_and(|why| why.contains("https://tinan.example")));
    assert!(bot.fake.calls("join").is_empty() && user.heard(true).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_becomes_a_group_is_left_and_leads_back_no_more() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.guest("grows").await;
    user.writes(TIP);
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (step, view) = bot.next("anh", "tips").await;
    assert!(view.reachable);
    user.brings("curious");
    user.wait_for("Nhóm không phải chỗ để báo tin").await;
    bot.until_case("anh", &step, "no way leads there", |v| !v.reachable).await;
    assert!(!user.has_company());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_without_devices_serves_as_well() {
    let (fake, world) = (Fake::start(), World::open().await);
    fake.has_no_devices();
    let matrix = channel(&fake, &world.hotline);
    matrix.appear().await.expect("appears");
    matrix.appear().await.expect("again");
    assert_eq!((fake.calls("register").len(), fake.calls("device").len()), (1, 1));
    let other = channel(&fake, &world.hotline);
    other.appear().await.expect("a user that is there already is ours");
}
