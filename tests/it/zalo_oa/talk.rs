//! Whole talks, windows that close, and people who take themselves back.

use std::time::Duration;

use serde_json::json;
use tinan::service::casefile::CaseView;
use tinan::store::Store;

use super::{Bot, TIP};
use crate::console::page_of;
use crate::on_both_databases;
use crate::remote::Chats as _;
use crate::world::World;
use crate::zalo_fake::Fault;

const DAY: Duration = Duration::from_hours(24);

on_both_databases! {
    async fn a_tip_is_sent_read_and_answered(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let user = bot.fake.follower("186729651760683225");
        user.writes(TIP);
        user.chooses("Gửi ngay").await;
        let receipt = user.receipt().await;
        let told = user.wait_for("7 ngày").await;
        assert!(told.contains("mã"), "the code is the way back: {told}");
        let (step, view) = bot.next("anh", "tips").await;
        assert_eq!(view.thread[0].text, TIP);
        let anh = bot.world.actor("anh").await;
        bot.world.hotline.reply(&anh, &step, "Xe lấy hàng biển số nào?").await.expect("replies");
        user.wait_for("Bạn có tin mới.").await;
        user.writes("xem");
        user.wait_for("biển số nào").await;
        user.sends_photo("biển số đây", b"JPEG");
        let view = bot.until_case("anh", &step, "the photo is there", |v| v.files.len() == 1).await;
        assert!(view.thread.iter().any(|m| m.text.contains("biển số đây")));
        user.writes(&receipt);
        user.wait_for("Xe lấy hàng biển số nào?").await;
        bot.has_sent_all().await;
        assert_eq!(bot.fake.renewals(), 1, "one access token serves them all");
    }

    async fn when_the_window_has_closed_the_officer_is_told_and_the_code_opens_it(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let user = bot.fake.follower("7701");
        user.writes(TIP);
        user.chooses("Gửi ngay").await;
        let receipt = user.receipt().await;
        let (mut step, _) = bot.next("anh", "tips").await;
        let anh = bot.world.actor("anh").await;
        bot.has_sent_all().await;
        // Between the second and the seventh day it costs, and arrives.
        for _ in 0..3 {
            bot.passes(DAY);
        }
        step.version = bot.world.hotline.reply(&anh, &step, "Thêm gì không?").await.expect("replies").version;
        user.wait_for("Bạn có tin mới.").await;
        assert_eq!(bot.fake.billed(), 1);
        let path = format!("/console/cases/{}", step.case);
        let page = page_of(&bot.world, "anh", &path).await;
        assert!(page.contains("cho báo tin đến 29/11/2026"), "{page}");
        for _ in 0..5 {
            bot.passes(DAY);
        }
        let page = page_of(&bot.world, "anh", &path).await;
        assert!(page.contains("Từ 29/11/2026") && page.contains("không cho báo tin nữa"), "{page}");
        bot.world.hotline.reply(&anh, &step, "Xe biển số nào?").await.expect("the reply stands");
        let told = |v: &CaseView| v.notes.iter().any(|n| n.text.contains("không nhắn được nữa"));
        let view = bot.until_case("anh", &step, "the officer is told", told).await;
        assert!(view.outbox.is_empty(), "nothing waits for a decision that nobody can make");
        assert_eq!(user.hears().iter().filter(|m| m.contains("Bạn có tin mới.")).count(), 1);
        // The person comes back with the code: here, which opens the window again, or anywhere.
        user.writes(&receipt);
        user.wait_for("Xe biển số nào?").await;
    }

    async fn who_withdraws_is_forgotten(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let user = bot.fake.follower("7702");
        user.writes(TIP);
        user.chooses("Gửi ngay").await;
        user.receipt().await;
        let (step, view) = bot.next("anh", "tips").await;
        assert!(view.reachable);
        bot.has_sent_all().await;
        let heard = user.hears().len();
        user.withdraws();
        bot.until_case("anh", &step, "it is forgotten", |v| !v.reachable).await;
        bot.is_quiet().await;
        let anh = bot.world.actor("anh").await;
        bot.world.hotline.reply(&anh, &step, "Cảm ơn").await.expect("a reply still stands");
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(user.hears().len(), heard, "and never written to again: {:#?}", user.hears());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_zalo_does_not_name_is_answered_in_their_conversation() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.follower("conversation:c7c7c7");
    user.writes(TIP);
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (_, view) = bot.next("anh", "tips").await;
    assert!(view.reachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_account_itself_sends_is_not_answered_and_what_nobody_knows_goes_to_a_person() {
    let bot = Bot::start(World::open().await).await;
    for name in ["oa_send_text", "oa_send_image", "user_seen_message", "user_received_message", "follow"] {
        bot.fake.account_event(name, &json!({"text": "từ trang quản trị"}));
    }
    bot.fake.account_event("user_send_hologram", &json!({"shape": "cube"}));
    bot.is_quiet().await;
    assert!(bot.fake.calls("v3.0/oa/message/cs").is_empty());
    let (_, view) = bot.next("binh", "counselling").await;
    assert!(view.thread[0].text.contains("hologram"), "a person can read it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_twice_or_while_we_were_away_counts_once() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.follower("7703");
    bot.fake.account_leads_to("http://127.0.0.1:1/nobody");
    user.writes(TIP);
    bot.fake.until("Zalo has tried", |f| f.retries() == [0]).await;
    for (n, minutes) in [1, 5, 15].into_iter().enumerate() {
        bot.fake.passes(Duration::from_mins(minutes));
        bot.fake.until("Zalo has tried again", |f| f.retries().len() == n + 2).await;
    }
    let url = super::serve(&bot.channel, &bot.world.hotline).await;
    bot.fake.account_leads_to(&url);
    bot.fake.passes(Duration::from_mins(30));
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    assert_eq!(bot.fake.retries()[..5], [0, 1, 2, 3, 4]);
    bot.is_quiet().await;
    bot.has_sent_all().await;
    let heard = user.hears().len();
    bot.fake.repeats_everything();
    bot.is_quiet().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(user.hears().len(), heard);
    assert!(!bot.fake.is_unsubscribed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_errors_is_kept() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.follower("7704");
    // Too many calls, then "send failed": both are tried again.
    bot.fake.fails("v3.0/oa/message/cs", [Fault::No(-32), Fault::No(-200), Fault::Gateway(503)]);
    user.writes(TIP);
    let heard = || user.hears().iter().any(|m| m.contains("Chưa gửi"));
    bot.passes_until(Duration::from_secs(20), "it arrives in the end", heard).await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (step, _) = bot.next("anh", "tips").await;
    bot.has_sent_all().await;
    let anh = bot.world.actor("anh").await;
    bot.fake.fails("v3.0/oa/message/cs", [Fault::No(-224)]);
    bot.world.hotline.reply(&anh, &step, "Cảm ơn").await.expect("replies");
    let failed = |v: &CaseView| v.outbox == [("failed".to_owned(), 1)];
    bot.until_case("anh", &step, "a person must look", failed).await;
}
