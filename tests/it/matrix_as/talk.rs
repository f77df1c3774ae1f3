//! Whole talks, by numbers.

use std::time::Duration;

use tinan::domain::lane::Kind;
use tinan::service::casefile::CaseView;
use tinan::store::Store;

use super::{Bot, TIP};
use crate::on_both_databases;
use crate::remote::Chats as _;
use crate::world::World;

on_both_databases! {
    async fn a_tip_is_sent_read_and_answered_in_a_room(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let user = bot.guest("kim").await;
        let first = user.hears().remove(0);
        assert!(first.contains("không mã hoá đầu cuối") && first.contains("Matrix"), "{first}");
        user.writes(TIP);
        let preview = user.wait_for("Chưa gửi").await;
        assert!(preview.contains("1. Gửi ngay") && preview.contains("Trả lời bằng số."), "{preview}");
        user.chooses("Gửi ngay").await;
        let receipt = user.receipt().await;
        let told = user.wait_for(&receipt).await;
        assert!(told.contains("tự xoá sau 30 phút") && !told.contains("không xoá được"), "{told}");
        user.wait_until_gone("Chưa gửi").await;

        let (step, view) = bot.next("anh", "tips").await;
        assert_eq!(view.thread[0].text, TIP);
        let anh = bot.world.actor("anh").await;
        bot.world.hotline.reply(&anh, &step, "Xe lấy hàng biển số nào?").await.expect("replies");
        let told = user.wait_for("Bạn có tin mới.").await;
        assert!(told.contains("XEM") && !told.contains("biển số"), "a lock screen must not betray");
        user.writes("xem");
        user.wait_for("biển số nào").await;
        user.writes("xe Dream do, duoi 345");
        let answered = |v: &CaseView| v.thread.iter().any(|m| m.from == "citizen" && m.text.contains("345"));
        bot.until_case("anh", &step, "the answer is there", answered).await;
        bot.world.clock.advance(Duration::from_mins(11));
        user.wait_until_gone("biển số nào").await;
        bot.world.clock.advance(Duration::from_mins(31));
        user.wait_until_gone(&receipt).await;

        let typed = user.writes(&receipt.to_lowercase());
        user.wait_for("Xe lấy hàng biển số nào?").await;
        bot.fake.until("the typed code is taken away", |f| {
            f.calls("redact").iter().any(|c| c.path.contains(&typed))
        }).await;
        bot.is_quiet().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mother_is_asked_first_and_lands_with_a_counsellor() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.guest("mother").await;
    user.writes("con toi nghien game va choi da, gia dinh phai lam sao");
    user.chooses("Tư vấn viên (công an không đọc được)").await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (_, view) = bot.next("binh", "counselling").await;
    assert_eq!(view.case.kind, Kind::Counselling);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_asked_for_and_taken_back_in_a_room() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.guest("called").await;
    user.writes("con toi nghien game va choi da, gia dinh phai lam sao");
    user.chooses("Tư vấn viên (công an không đọc được)").await;
    for choice in ["Gửi ngay", "Gọi lại cho tôi", "Chủ nhật 22/11/2026", "13:00–14:00"] {
        user.chooses(choice).await;
    }
    user.wait_for("Matrix thấy được số").await;
    user.writes("0987 654 321");
    let told = user.wait_for("Đã hẹn: tư vấn viên gọi bạn vào Chủ nhật 22/11/2026, 13:00–14:00.").await;
    assert!(told.contains("bạn tự xoá nhé") && !told.contains("987"), "{told}");
    let binh = bot.world.actor("binh").await;
    let calls = async || {
        let page = bot.world.hotline.callbacks(&binh, "counselling", None).await;
        page.expect("a list").lines.len()
    };
    assert_eq!(calls().await, 1);
    user.writes("GOI LAI");
    user.chooses("Không cần gọi nữa").await;
    user.wait_for("Đã huỷ gọi lại").await;
    assert_eq!(calls().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_words_replace_what_is_held_and_are_added_to_what_was_sent() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.guest("edits").await;
    let first = user.writes(TIP);
    user.wait_for("Chưa gửi").await;
    user.changes(&first, &TIP.replace("12", "14"));
    user.wait_for("ngo 14").await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (step, view) = bot.next("anh", "tips").await;
    assert!(view.thread[0].text.contains("ngo 14") && !view.thread[0].text.contains("ngo 12"));
    user.changes(&first, &TIP.replace("12", "16"));
    let added = |v: &CaseView| v.thread.iter().any(|m| m.text.contains("ngo 16"));
    bot.until_case("anh", &step, "the change is there", added).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_deleted_in_time_are_never_sent() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.guest("deletes").await;
    let first = user.writes(TIP);
    user.wait_for("Chưa gửi").await;
    user.deletes(&first);
    user.wait_for("Đã huỷ tin vừa rồi").await;
    bot.is_quiet().await;
    bot.world.clock.advance(Duration::from_mins(31));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let anh = bot.world.actor("anh").await;
    assert!(bot.world.hotline.next_case(&anh, "tips", None).await.expect("asks").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_and_leaving_leave_no_way_back() {
    let bot = Bot::start(World::open().await).await;
    for (name, leaves) in [("forgets", false), ("goes", true)] {
        let user = bot.guest(name).await;
        user.writes(TIP);
        user.chooses("Gửi ngay").await;
        user.receipt().await;
        let (step, view) = bot.next("anh", "tips").await;
        assert!(view.reachable, "{name}");
        if leaves {
            user.leaves();
        } else {
            user.writes("quên");
            user.chooses("Quên ngay").await;
            user.wait_for("Đã quên").await;
        }
        bot.until_case("anh", &step, "it is forgotten", |v| !v.reachable).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_tip_is_taken_whole() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.guest("long").await;
    let long = format!("{TIP}. {}", "Nhà số bảy, cửa xanh, có chó dữ, đêm nào cũng sáng đèn. ".repeat(90));
    user.writes(&long);
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (_, view) = bot.next("anh", "tips").await;
    assert_eq!(view.thread[0].text.trim(), long.trim());
}
