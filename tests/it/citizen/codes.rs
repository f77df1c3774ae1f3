//! Behind a code: the desk's words, and never a tip's own.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use tinan::domain::receipt::Receipt;
use tinan::service::casework::Step;

use super::browser::{Page, get, post, press};
use super::pages;
use crate::world::World;

const TIP: &str = "Nhà số 12 ngõ Hoa Ban bán ma túy mỗi tối.";
const WORDS: &str = "Em tôi bỏ học và hay thức trắng đêm.";
const UNKNOWN: &str = "0000-0000-0000-0000-0000";

async fn report(pages: &Router) -> String {
    let seen = post(pages, "/report", &[("text", TIP)]).await;
    press(pages, &seen, "/report", "send").await.receipt()
}

async fn call_for_help(pages: &Router) -> String {
    let fields = [("text", WORDS), ("about", "relative"), ("consent", "yes")];
    let seen = post(pages, "/help-me", &fields).await;
    press(pages, &seen, "/help-me", "send").await.receipt()
}

async fn look(pages: &Router, code: &str) -> Page {
    post(pages, "/code", &[("code", code)]).await
}

async fn add(pages: &Router, page: &Page, text: &str) -> Page {
    let mut fields = page.hidden();
    fields.push(("text".to_owned(), text.to_owned()));
    post(pages, "/code/add", &fields).await
}

/// The desk's lead answers the one case that waits.
async fn answer(world: &World, login: &str, desk: &str, text: &str) {
    let actor = world.actor(login).await;
    let case = world.hotline.next_case(&actor, desk, None).await.expect("a queue").expect("a case");
    let step = Step { case: case.id, version: case.version, once: None };
    world.hotline.reply(&actor, &step, text).await.expect("is sent");
}

#[tokio::test]
async fn a_slip_is_told_apart_from_an_unknown_code() {
    let world = World::open().await;
    let pages = pages(&world);
    let code = report(&pages).await;
    let last = if code.ends_with('7') { '8' } else { '7' };
    let slip = format!("{}{last}", &code[..23]);
    let mistyped = look(&pages, &slip).await;
    assert_eq!(mistyped.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(mistyped.read().contains("gõ nhầm") && mistyped.field("code") == slip);
    let unknown = look(&pages, UNKNOWN).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.read().contains("không có ở đây"));
    let empty = look(&pages, " ").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(look(&pages, &"a".repeat(5_000)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_code_is_read_however_it_is_typed() {
    let world = World::open().await;
    let pages = pages(&world);
    let code = report(&pages).await;
    let spoken = Receipt::parse(&code).expect("a receipt")[0].spoken().to_string();
    let heard = spoken.replace('a', "ầ").replace('d', "Đ").replace(' ', "  ");
    for typed in [
        code.to_lowercase(),
        code.replace('-', " "),
        code.replace('-', ""),
        format!("  {code}\n"),
        spoken,
        heard,
    ] {
        assert_eq!(look(&pages, &typed).await.status, StatusCode::OK, "{typed:?}");
    }
}

#[tokio::test]
async fn a_tip_never_shows_its_own_words_and_the_desks_answer_is_read() {
    let world = World::open().await;
    let pages = pages(&world);
    let code = report(&pages).await;
    answer(&world, "anh", "tips", "Bạn có nhớ <b>biển số</b> xe không?").await;
    let page = look(&pages, &code).await;
    assert!(page.read().contains("Bạn có nhớ <b>biển số</b> xe không?"), "{}", page.read());
    assert!(!page.html.contains("<b>biển số"), "the desk's words are escaped too");
    assert!(!page.html.contains("Hoa Ban") && page.read().contains("đã nhận"));
    let more = add(&pages, &page, "Biển số 20H1 bí mật").await;
    assert_eq!(more.status, StatusCode::OK);
    assert!(more.read().contains("Đã nhận thêm lúc"), "{}", more.read());
    assert!(!more.html.contains("20H1"), "added words are not shown again");
    assert_eq!(more.html.matches("· đã nhận").count(), 2);
}

#[tokio::test]
async fn adding_twice_with_one_form_adds_once() {
    let world = World::open().await;
    let pages = pages(&world);
    let page = look(&pages, &report(&pages).await).await;
    for _ in 0..2 {
        let more = add(&pages, &page, "Thêm: họ đi xe đỏ").await;
        assert_eq!(more.status, StatusCode::OK);
        assert_eq!(more.html.matches("· đã nhận").count(), 2);
    }
}

#[tokio::test]
async fn counselling_shows_own_words_for_a_day() {
    let world = World::open().await;
    let pages = pages(&world);
    let code = call_for_help(&pages).await;
    assert!(look(&pages, &code).await.read().contains(WORDS));
    let page = look(&pages, &code).await;
    let more = add(&pages, &page, "Nó mới 15 tuổi thôi").await;
    assert!(more.read().contains("Nó mới 15 tuổi thôi"));
    answer(&world, "binh", "counselling", "Cảm ơn chị. Đêm nay em ấy có ngủ không?").await;
    assert!(look(&pages, &code).await.read().contains("Đêm nay em ấy có ngủ không?"));
}

#[tokio::test]
async fn words_about_officials_are_not_added_to_a_tip_before_the_person_has_decided() {
    let world = World::with_oversight().await;
    let pages = pages(&world);
    let page = look(&pages, &report(&pages).await).await;
    let words = "công an xã bảo kê cho nhà đó, nhận tiền hàng tháng";
    let asked = add(&pages, &page, words).await;
    assert!(asked.read().contains("Chưa gửi: có vẻ nói về cán bộ"), "{}", asked.read());
    assert_eq!((asked.typed().as_str(), asked.html.matches("· đã nhận").count()), (words, 1));
    let apart = post(&pages, "/report", &[("text", words), ("do", "preview")]).await;
    assert!(apart.read().contains("Người đọc: bàn giám sát"));
    let mut fields = asked.hidden();
    fields.extend([("text".to_owned(), words.to_owned()), ("do".to_owned(), "anyway".to_owned())]);
    assert_eq!(post(&pages, "/code/add", &fields).await.html.matches("· đã nhận").count(), 2);
}

#[tokio::test]
async fn words_that_cannot_be_added_stay_on_the_page() {
    let world = World::open().await;
    let pages = pages(&world);
    let page = look(&pages, &report(&pages).await).await;
    let empty = add(&pages, &page, " ").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    world.clock.advance(Duration::from_hours(24));
    let old = add(&pages, &page, "Thêm: họ đi xe đỏ").await;
    assert_eq!((old.status, old.typed().as_str()), (StatusCode::CONFLICT, "Thêm: họ đi xe đỏ"));
    world.hotline.store().close().await;
    let away = add(&pages, &old, "Thêm: họ đi xe đỏ").await;
    assert!(away.status.is_server_error());
    assert_eq!(away.field("text"), "Thêm: họ đi xe đỏ");
    assert!(!away.read().contains("không có ở đây"), "away is not unknown");
}

#[tokio::test]
async fn the_code_is_in_no_link_and_the_page_does_not_print_it() {
    let world = World::open().await;
    let pages = pages(&world);
    let code = report(&pages).await;
    let page = look(&pages, &code).await;
    let hidden = format!("<input type=\"hidden\" name=\"code\" value=\"{code}\">");
    let (all, forms) = (page.html.matches(&code).count(), page.html.matches(&hidden).count());
    assert_eq!((all, forms), (2, 2), "in the hidden fields of the two forms only");
    assert_eq!(page.field("code"), code);
    for link in page.html.split("href=\"").skip(1).chain(page.html.split("action=\"").skip(1)) {
        assert!(!link.split('"').next().unwrap_or("").contains(&code));
    }
    assert!(!get(&pages, &format!("/code?code={code}")).await.html.contains(&code));
}
