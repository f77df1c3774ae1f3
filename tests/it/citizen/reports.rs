//! Reporting: nothing is kept before the last step, and each step tells the truth about the next.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use tinan::domain::lane::Kind;
use tinan::service::Actor;

use super::browser::{Page, get, post, press};
use super::pages;
use crate::world::World;

const TIP: &str = "Nhà số 12 ngõ Hoa Ban bán ma túy mỗi tối, xe máy ra vào nhiều.";

async fn preview(pages: &Router, text: &str) -> Page {
    post(pages, "/report", &[("text", text), ("do", "preview")]).await
}

/// Numbers of cases each desk kind has.
async fn stored(world: &World) -> [usize; 3] {
    let mut counts = [0; 3];
    for (login, desk, count) in [("anh", "tips", 0), ("binh", "counselling", 1), ("giang", "oversight", 2)] {
        if world.hotline.world().desk_named(desk).is_some() {
            let actor: Actor = world.actor(login).await;
            counts[count] = waiting(world, &actor, desk).await;
        }
    }
    counts
}

async fn waiting(world: &World, actor: &Actor, desk: &str) -> usize {
    let mut found = 0;
    while world.hotline.next_case(actor, desk, None).await.expect("a queue").is_some() {
        found += 1;
    }
    found
}

#[tokio::test]
async fn a_report_is_previewed_then_sent_and_gives_a_code() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = preview(&pages, TIP).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.read().starts_with("Chưa gửi"), "{}", seen.read());
    assert!(seen.read().contains(TIP) && seen.read().contains("Gửi ngay"));
    assert_eq!(stored(&world).await, [0, 0, 0], "a preview stores nothing");
    let sent = press(&pages, &seen, "/report", "send").await;
    assert_eq!(sent.status, StatusCode::OK);
    let code = sent.receipt();
    assert_eq!(code.len(), 24);
    assert_eq!(sent.read().matches(&code).count(), 1, "the code stands on the page once");
    assert_eq!(sent.html.matches(&code).count(), 2, "and in the form for a file");
    assert!(sent.read().contains("Chép ra giấy, đừng ghi đây là mã gì"));
    assert!(!sent.html.contains("Hoa Ban"), "the receipt page does not repeat the words");
    assert_eq!(stored(&world).await, [1, 0, 0]);
}

#[tokio::test]
async fn sending_twice_gives_the_same_code_and_one_case() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = preview(&pages, TIP).await;
    let (one, two) =
        tokio::join!(press(&pages, &seen, "/report", "send"), press(&pages, &seen, "/report", "send"));
    assert_eq!(one.receipt(), two.receipt());
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(press(&pages, &seen, "/report", "send").await.receipt(), one.receipt());
    assert_eq!(stored(&world).await, [1, 0, 0]);
}

#[tokio::test]
async fn the_same_form_with_other_words_is_shown_again_and_reveals_no_code() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = preview(&pages, TIP).await;
    let code = press(&pages, &seen, "/report", "send").await.receipt();
    let mut fields = seen.hidden();
    fields.iter_mut().filter(|(n, _)| n == "text").for_each(|(_, v)| v.push_str(" Thêm nữa."));
    fields.push(("do".to_owned(), "send".to_owned()));
    let again = post(&pages, "/report", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!again.html.contains(&code));
    assert!(again.field("text").ends_with("Thêm nữa."));
    assert_ne!(again.field("token"), seen.field("token"));
}

#[tokio::test]
async fn an_old_page_is_looked_at_once_more_before_it_is_sent() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = preview(&pages, TIP).await;
    world.clock.advance(Duration::from_hours(24));
    let again = press(&pages, &seen, "/report", "send").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.read().contains("Chưa gửi") && again.read().contains(TIP));
    assert_eq!(stored(&world).await, [0, 0, 0]);
    press(&pages, &again, "/report", "send").await.receipt();
}

#[tokio::test]
async fn cancelling_keeps_nothing_and_editing_keeps_everything() {
    let world = World::open().await;
    let pages = pages(&world);
    let fields = [
        ("text", "dòng một\r\n\r\n  dòng hai bán ma túy"),
        ("place", "xã Phú Lương"),
        ("when", "tối qua"),
        ("ongoing", "yes"),
        ("avoid", "yes"),
        ("category", "dealing"),
        ("category", "no_such"),
    ];
    let seen = post(&pages, "/report", &fields).await;
    let read = seen.read();
    for words in ["xã Phú Lương", "tối qua", "Đang diễn ra.", "Bán ma tuý", "Không chuyển cho Công an xã"]
    {
        assert!(read.contains(words), "{words}: {read}");
    }
    assert!(!seen.html.contains("no_such"));
    let edited = press(&pages, &seen, "/report", "edit").await;
    assert_eq!(edited.typed(), "dòng một\n\n  dòng hai bán ma túy");
    assert_eq!(edited.field("place"), "xã Phú Lương");
    assert!(edited.html.contains("value=\"dealing\" checked") && edited.html.contains("<details open>"));
    let gone = press(&pages, &seen, "/report", "cancel").await;
    assert!(gone.read().contains("không giữ lại gì"));
    assert_eq!(stored(&world).await, [0, 0, 0]);
}

#[tokio::test]
async fn an_empty_or_endless_text_stays_on_the_page_with_a_reason() {
    let world = World::open().await;
    let pages = pages(&world);
    let empty = post(&pages, "/report", &[("text", "  "), ("place", "xã Phú Lương")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.read().contains("Bạn chưa viết gì") && empty.field("place") == "xã Phú Lương");
    let long = "ă".repeat(20_001);
    let endless = preview(&pages, &long).await;
    assert_eq!(endless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(endless.read().contains("20001") && endless.typed() == long);
    let place = "x".repeat(301);
    let field = post(&pages, "/report", &[("text", TIP), ("place", &place)]).await;
    assert_eq!((field.status, field.field("place")), (StatusCode::UNPROCESSABLE_ENTITY, place));
    let huge = post(&pages, "/report", &[("text", "x".repeat(300_000))]).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(huge.read().contains("Quay lại"));
}

#[tokio::test]
async fn a_report_about_officials_goes_to_the_oversight_desk_and_says_so_first() {
    let world = World::with_oversight().await;
    let pages = pages(&world);
    let ticked = post(&pages, "/report", &[("text", TIP), ("officials", "yes")]).await;
    assert!(ticked.read().contains("bàn giám sát. Các bàn nhận tin khác không thấy"));
    assert!(press(&pages, &ticked, "/report", "send").await.read().contains("Bàn giám sát đã nhận"));
    let read = preview(&pages, "công an xã bảo kê cho chủ quán bán ma túy, nhận tiền hàng tháng").await;
    assert!(read.read().contains("có vẻ nói về cán bộ hoặc công an"), "{}", read.read());
    press(&pages, &read, "/report", "send").await.receipt();
    let not = press(&pages, &read, "/report", "not_officials").await;
    assert!(not.read().contains("bàn nhận tin của Công an tỉnh Thái Nguyên"), "{}", not.read());
    press(&pages, &not, "/report", "send").await.receipt();
    assert_eq!(stored(&world).await, [1, 0, 2]);
}

#[tokio::test]
async fn without_an_oversight_desk_other_offices_are_named_before_sending() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = post(&pages, "/report", &[("text", TIP), ("officials", "yes")]).await;
    for words in ["chưa có bàn giám sát", "Thanh tra Công an tỉnh", "Viện kiểm sát nhân dân tỉnh"]
    {
        assert!(seen.read().contains(words), "{words}");
    }
    press(&pages, &seen, "/report", "send").await.receipt();
    assert_eq!(stored(&world).await, [1, 0, 0]);
}

#[tokio::test]
async fn a_report_is_not_sent_to_another_desk_than_the_page_told() {
    let world = World::with_oversight().await;
    let pages = pages(&world);
    let seen = post(&pages, "/report", &[("text", TIP), ("officials", "yes")]).await;
    let mut fields = seen.hidden();
    fields.iter_mut().filter(|(n, _)| n == "to").for_each(|(_, v)| *v = Kind::Tips.as_str().to_owned());
    fields.push(("do".to_owned(), "send".to_owned()));
    let again = post(&pages, "/report", &fields).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.read().contains("Nơi nhận tin đã thay đổi"));
    assert_eq!(stored(&world).await, [0, 0, 0]);
}

#[tokio::test]
async fn a_mother_who_reports_her_son_is_asked_who_should_read_it() {
    let world = World::open().await;
    let pages = pages(&world);
    let words = "con trai tôi nghiện ma túy đá, tôi không biết làm thế nào";
    let seen = preview(&pages, words).await;
    assert!(seen.read().contains("Bạn muốn ai đọc điều này?"), "{}", seen.read());
    let help = press(&pages, &seen, "/help-me", "counsel").await;
    assert_eq!((help.status, help.typed()), (StatusCode::OK, words.to_owned()));
    assert!(
        !help.html.contains("name=\"consent\" value=\"yes\" checked"),
        "consent is never given for somebody"
    );
    assert_eq!(stored(&world).await, [0, 0, 0]);
}

#[tokio::test]
async fn a_life_comes_first_on_every_step() {
    let world = World::open().await;
    let pages = pages(&world);
    let words = "bạn tôi sốc thuốc, tím tái, gọi không dậy";
    let seen = preview(&pages, words).await;
    let sent = press(&pages, &seen, "/report", "send").await;
    let empty = post(&pages, "/help-me", &[("text", words)]).await;
    for page in [&seen, &sent, &empty] {
        assert!(page.html.contains("<section class=\"crisis\""), "{}", page.read());
        assert!(page.html.contains("href=\"tel:115\""));
    }
    let calm = get(&pages, "/report").await;
    assert!(!calm.html.contains("class=\"crisis\""));
}

#[tokio::test]
async fn with_the_database_away_the_words_are_received_all_the_same() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = preview(&pages, TIP).await;
    world.hotline.store().close().await;
    let kept = press(&pages, &seen, "/report", "send").await;
    assert!(kept.status.is_success(), "{}", kept.status);
    assert!(
        !kept.read().contains("Chưa gửi"),
        "it is in the spool, synced, and has a receipt: {}",
        kept.read()
    );
}
