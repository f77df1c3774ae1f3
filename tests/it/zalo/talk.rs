//! Whole talks, by numbers.

use std::time::Duration;

use tinan::domain::lane::Kind;
use tinan::store::Store;

use super::{Bot, TIP};
use crate::on_both_databases;
use crate::remote::Chats as _;
use crate::world::World;

on_both_databases! {
    async fn a_tip_is_sent_read_and_answered_by_numbers(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let user = bot.fake.user("6ede9afa66b88fe6d6a9");
        user.writes(TIP);
        let preview = user.wait_for("Chưa gửi").await;
        assert!(preview.contains("1. Gửi ngay") && preview.contains("Trả lời bằng số."), "{preview}");
        user.chooses("Gửi ngay").await;
        let receipt = user.receipt().await;
        let told = user.wait_for(&receipt).await;
        assert!(told.contains("không xoá được tin này") && !told.contains("tự xoá sau"), "{told}");

        let (step, view) = bot.next("anh", "tips").await;
        assert_eq!(view.thread[0].text, TIP);
        assert_eq!(view.register, ["000001/2026"]);
        let anh = bot.world.actor("anh").await;
        bot.world.hotline.reply(&anh, &step, "Xe lấy hàng biển số nào?").await.expect("replies");
        let told = user.wait_for("Bạn có tin mới.").await;
        assert!(told.contains("XEM") && !told.contains("biển số"), "a lock screen must not betray");
        user.writes("xem");
        user.wait_for("biển số nào").await;
        user.writes("xe Dream do, duoi 345");
        let answered = |v: &tinan::service::casefile::CaseView| {
            v.thread.iter().any(|m| m.from == "citizen" && m.text.contains("345"))
        };
        bot.until_case("anh", &step, "the answer is there", answered).await;

        // The code opens it anywhere, and here too.
        user.writes(&receipt.to_lowercase());
        user.wait_for("Xe lấy hàng biển số nào?").await;
        bot.is_quiet().await;
        bot.has_sent_all().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_zalo_can_see_is_said_at_the_start() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("a1");
    user.writes("/start");
    let told = user.wait_for("nơi báo tin").await;
    assert!(told.contains("Zalo thì thấy, và có thể đọc tin ở đây"), "{told}");
    assert!(told.contains("113") && told.contains("1. Báo tin"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mother_is_asked_first_and_lands_with_a_counsellor() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("a2");
    user.writes("con toi nghien game va choi da, gia dinh phai lam sao");
    user.chooses("Tư vấn viên (công an không đọc được)").await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (_, view) = bot.next("binh", "counselling").await;
    assert_eq!(view.case.kind, Kind::Counselling);
    let anh = bot.world.actor("anh").await;
    assert!(bot.world.hotline.next_case(&anh, "tips", None).await.expect("asks").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tip_that_nobody_confirms_sends_itself_when_it_was_said_to() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("a3");
    user.writes(TIP);
    let preview = user.wait_for("Chưa gửi").await;
    assert!(preview.contains("tự gửi sau 30 phút"), "{preview}");
    bot.is_quiet().await;
    bot.world.clock.advance(Duration::from_mins(31));
    user.receipt().await;
    bot.next("anh", "tips").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_leaves_no_way_back() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("a4");
    user.writes(TIP);
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (step, view) = bot.next("anh", "tips").await;
    assert!(view.reachable);
    user.writes("quên");
    user.chooses("Quên ngay").await;
    user.wait_for("Đã quên").await;
    bot.until_case("anh", &step, "it is forgotten", |v| !v.reachable).await;
    let anh = bot.world.actor("anh").await;
    bot.world.hotline.reply(&anh, &step, "Cảm ơn").await.expect("a reply still stands");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!user.hears().iter().any(|m| m.contains("Bạn có tin mới.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_tip_is_taken_whole_and_no_answer_is_too_long_for_zalo() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("a5");
    let long = format!("{TIP}. {}", "Nhà số bảy, cửa xanh, có chó dữ, đêm nào cũng sáng đèn. ".repeat(60));
    user.writes(&long);
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (step, view) = bot.next("anh", "tips").await;
    assert_eq!(view.thread[0].text.trim(), long.trim());
    let anh = bot.world.actor("anh").await;
    bot.world.hotline.reply(&anh, &step, &long).await.expect("replies");
    user.wait_for("Bạn có tin mới.").await;
    user.writes("XEM");
    user.wait_for("đọc xong bạn tự xoá").await;
    let words: String = user.hears().concat().split_whitespace().collect();
    let whole: String = long.split_whitespace().collect();
    assert!(words.contains(&whole), "all of the desk's words arrived, in pieces");
    // The fake complains about every message of more than 2,000 units.
}
