//! Asking to be called back, without JavaScript: with the request for help, and behind the code until it has happened.

use axum::Router;
use axum::http::StatusCode;
use tinan::domain::callback::Outcome;
use tinan::kernel::Timestamp;

use super::browser::{Page, get, post, press};
use super::pages;
use crate::world::World;

const NUMBER: &str = "0987 654 321";
/// 13:00 in Hanoi on the Sunday of the tests.
const ONE: Timestamp = Timestamp::from_millis(1_795_327_200_000);

fn hour(hours: i64) -> String {
    (ONE.as_secs() + hours * 3600).to_string()
}

async fn previewed(pages: &Router, number: &str, slot: &str) -> Page {
    let fields = [
        ("text", "Con tôi nghiện, tôi không biết làm sao"),
        ("about", "relative"),
        ("consent", "yes"),
        ("callback_number", number),
        ("callback_slot", slot),
        ("callback_say", "name_only"),
        ("do", "preview"),
    ];
    post(pages, "/help-me", &fields).await
}

/// What a code shows.
async fn behind(pages: &Router, code: &str) -> Page {
    post(pages, "/code", &[("code", code)]).await
}

/// A button about the call-back behind a code.
async fn calls(pages: &Router, page: &Page, fields: &[(&str, &str)]) -> Page {
    let (code, token) = (page.field("code"), page.field("token"));
    let all = [&[("code", code.as_str()), ("token", token.as_str())], fields].concat();
    post(pages, "/code/call", &all).await
}

/// How many wait to be called.
async fn waiting(world: &World) -> usize {
    let binh = world.actor("binh").await;
    world.hotline.callbacks(&binh, "counselling", None).await.expect("a list").lines.len()
}

#[tokio::test]
async fn who_asks_for_help_can_ask_to_be_called_in_an_hour_of_their_choice() {
    let world = World::open().await;
    let pages = pages(&world);
    let form = get(&pages, "/help-me").await;
    assert!(form.read().contains("Nếu bạn muốn được gọi lại") && form.read().contains("xưng là “An”"));
    assert!(
        form.html.contains("<optgroup label=\"Chủ nhật 22/11/2026\">") && form.read().contains("13:00–14:00")
    );
    assert!(!get(&pages, "/report").await.html.contains("callback_number"), "a report has no such field");
    let seen = previewed(&pages, NUMBER, &hour(0)).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.read());
    assert!(seen.read().contains("0987654321, Chủ nhật 22/11/2026, 13:00–14:00"));
    let edited = press(&pages, &seen, "/help-me", "edit").await;
    assert_eq!(edited.field("callback_number"), NUMBER, "nothing is lost by going back");
    assert_eq!(waiting(&world).await, 0);
    let sent = press(&pages, &seen, "/help-me", "send").await;
    assert_eq!((sent.status, waiting(&world).await), (StatusCode::OK, 1));
    assert!(!sent.html.contains("0987"), "not on the page of the receipt");
    // Sent once more when the hour has come: the first receipt, not an error.
    world.clock.set(ONE);
    assert_eq!(press(&pages, &seen, "/help-me", "send").await.receipt(), sent.receipt());
    assert_eq!(waiting(&world).await, 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_nothing_is_stored() {
    let world = World::open().await;
    let pages = pages(&world);
    for (number, slot, number_wrong, slot_wrong) in [
        ("113", hour(0), true, false),
        ("", hour(0), true, false),
        (NUMBER, String::new(), false, true),
        (NUMBER, hour(-2), false, true),
        ("<script>", "x".to_owned(), true, true),
    ] {
        let page = previewed(&pages, number, &slot).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{number} {slot}");
        assert_eq!(page.html.contains("id=\"callback-number-wrong\""), number_wrong, "{number} {slot}");
        assert_eq!(page.html.contains("id=\"callback-slot-wrong\""), slot_wrong, "{number} {slot}");
        assert!(!page.html.contains("<script>"));
    }
    let without = previewed(&pages, "", "").await;
    assert!(without.status == StatusCode::OK && !without.read().contains("Gọi lại:"));
    press(&pages, &without, "/help-me", "send").await;
    assert_eq!(waiting(&world).await, 0, "whoever asks for nothing is not called");
}

#[tokio::test]
async fn the_code_changes_and_withdraws_it_and_never_shows_the_number() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = previewed(&pages, NUMBER, &hour(0)).await;
    let code = press(&pages, &seen, "/help-me", "send").await.receipt();
    let page = behind(&pages, &code).await;
    assert!(page.read().contains("Tư vấn viên sẽ gọi: Chủ nhật 22/11/2026, 13:00–14:00."), "{}", page.read());
    assert!(!page.html.contains("0987"));
    let wrong =
        calls(&pages, &page, &[("do", "ask"), ("callback_number", "12"), ("callback_slot", &hour(3))]).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.html.contains("value=\"12\""));
    assert_eq!(calls(&pages, &page, &[("do", "ask")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let other = [("do", "ask"), ("callback_number", "0912345678"), ("callback_slot", &hour(3))];
    let changed = calls(&pages, &page, &other).await;
    assert!(
        changed.read().contains("16:00–17:00") && changed.read().contains("Đã ghi."),
        "{}",
        changed.read()
    );
    assert!(!changed.html.contains("0912345678"));
    let gone = calls(&pages, &page, &[("do", "withdraw")]).await;
    assert!(gone.read().contains("Đã huỷ gọi lại. Số của bạn đã bị xoá.") && waiting(&world).await == 0);
    let again = calls(&pages, &page, &[("do", "withdraw")]).await;
    assert!(again.status == StatusCode::CONFLICT && again.read().contains("chưa có gì thay đổi"));
    world.clock.advance(std::time::Duration::from_hours(24));
    assert_eq!(calls(&pages, &page, &other).await.status, StatusCode::CONFLICT, "a page of yesterday");
}

#[tokio::test]
async fn the_page_says_what_became_of_it() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = previewed(&pages, NUMBER, &hour(0)).await;
    let code = press(&pages, &seen, "/help-me", "send").await.receipt();
    world.clock.set(ONE);
    let binh = world.actor("binh").await;
    let line = world.hotline.callbacks(&binh, "counselling", None).await.expect("a list").lines.remove(0);
    let opened = world.hotline.take_callback(&binh, line.row.id, 1).await.expect("opens");
    let id = (line.row.id, opened.row.version);
    world.hotline.record_callback(&binh, id, Outcome::Reached).await.expect("is recorded");
    let page = behind(&pages, &code).await;
    assert!(page.read().contains("đã gọi được. Số của bạn đã bị xoá."), "{}", page.read());
}

#[tokio::test]
async fn a_tip_has_no_such_thing_behind_its_code() {
    let world = World::open().await;
    let pages = pages(&world);
    let fields = [("text", "Nhà số 12 bán ma túy"), ("callback_number", NUMBER), ("callback_slot", &hour(0))];
    let seen = post(&pages, "/report", &fields).await;
    let code = press(&pages, &seen, "/report", "send").await.receipt();
    let page = behind(&pages, &code).await;
    assert!(!page.html.contains("callback") && !page.html.contains("/code/call"));
    let tried =
        calls(&pages, &page, &[("do", "ask"), ("callback_number", NUMBER), ("callback_slot", &hour(0))])
            .await;
    assert!(tried.status.is_client_error() && !tried.html.contains("0987"), "{}", tried.read());
    assert_eq!(waiting(&world).await, 0);
}
