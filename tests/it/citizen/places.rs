//! The place of a report: understood as it is typed, offered where it is doubtful, picked by letter, never in the way.

use axum::http::StatusCode;
use tinan::service::Actor;

use super::browser::{Page, post, press};
use super::pages;
use crate::world::World;

const TIP: &str = "Nhà số 12 ngõ Hoa Ban bán ma túy mỗi tối, xe máy ra vào nhiều.";

/// Sends a preview as it stands, with a commune ticked.
async fn send(pages: &axum::Router, page: &Page, commune: Option<&str>) -> Page {
    let mut fields = page.hidden();
    fields.extend(commune.map(|code| ("commune".to_owned(), code.to_owned())));
    fields.push(("do".to_owned(), "send".to_owned()));
    post(pages, "/report", &fields).await
}

/// The place that a member reads: the commune and the person's own words.
async fn told(world: &World) -> (Option<String>, Option<String>) {
    let anh: Actor = world.actor("anh").await;
    let case = world.hotline.next_case(&anh, "tips", None).await.expect("a queue").expect("a case");
    let view = world.hotline.open_case(&anh, case.id).await.expect("opens");
    let details = view.opening.expect("an opening").details;
    (details.commune, details.place)
}

/// What was told, to be compared.
fn plain((commune, place): &(Option<String>, Option<String>)) -> (Option<&str>, Option<&str>) {
    (commune.as_deref(), place.as_deref())
}

#[tokio::test]
async fn an_old_name_is_shown_beside_the_new_one_and_both_reach_the_desk() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = post(&pages, "/report", &[("text", TIP), ("place", "xóm 5, xã Sơn Cẩm")]).await;
    let read = seen.read();
    assert!(read.contains("Phường Quan Triều") && read.contains("trước là xã Sơn Cẩm"), "{read}");
    assert_eq!(seen.html.matches(" checked").count(), 1);
    send(&pages, &seen, None).await.receipt();
    let (commune, place) = told(&world).await;
    assert_eq!(place.as_deref(), Some("xóm 5, xã Sơn Cẩm"));
    assert_eq!(commune.map(|c| c.len()), Some(5));
}

#[tokio::test]
async fn what_is_doubtful_is_offered_and_nothing_is_chosen_for_anybody() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = post(&pages, "/report", &[("text", TIP), ("place", "van lang")]).await;
    let read = seen.read();
    assert!(read.contains("Xã Văn Lang") && read.contains("Xã Văn Lăng"), "{read}");
    assert!(seen.html.contains("value=\"-\" checked"));
    send(&pages, &seen, Some("-")).await.receipt();
    assert_eq!(plain(&told(&world).await), (Some("van lang"), None));
}

#[tokio::test]
async fn one_of_those_offered_is_kept_with_the_words() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = post(&pages, "/report", &[("text", TIP), ("place", "van lang")]).await;
    let (_, rest) = seen.html.split_once("name=\"commune\" value=\"").expect("a choice");
    let code = &rest[..5];
    send(&pages, &seen, Some(code)).await.receipt();
    assert_eq!(plain(&told(&world).await), (Some(code), Some("van lang")));
}

#[tokio::test]
async fn a_place_in_the_text_is_understood_too_and_can_be_refused() {
    let world = World::open().await;
    let pages = pages(&world);
    let text = "xã Tân Cương có nhà bán ma túy mỗi tối";
    let seen = post(&pages, "/report", &[("text", text)]).await;
    assert!(seen.read().contains("Xã Tân Cương") && seen.html.contains(" checked"));
    send(&pages, &seen, Some("-")).await.receipt();
    assert_eq!(plain(&told(&world).await), (None, None));
}

#[tokio::test]
async fn two_taps_find_a_commune_and_the_words_are_kept_all_the_way() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen =
        post(&pages, "/report", &[("text", TIP), ("place", "gần cầu treo"), ("when", "tối qua")]).await;
    assert!(!seen.html.contains("type=\"radio\" name=\"commune\""));
    let letters = press(&pages, &seen, "/report", "letters").await;
    assert_eq!(letters.status, StatusCode::OK);
    assert!(letters.html.contains("name=\"letter\" value=\"Đ\"") && letters.html.len() < 11 * 1024);
    let mut fields = letters.hidden();
    fields.push(("letter".to_owned(), "Đ".to_owned()));
    let shown = post(&pages, "/report", &fields).await;
    let names = shown.read();
    assert!(names.contains("Xã Đại Từ") && names.contains("Xã Định Hóa") && !names.contains("Xã Tân Cương"));
    assert!(names.contains("trước: Bảo Linh, Chợ Chu, Đồng Thịnh, Phúc Chu"), "{names}");
    let (before, _) = shown.html.split_once("<span>Xã Định Hóa").expect("the commune");
    let code = before.rsplit_once("name=\"commune\" value=\"").expect("its choice").1[..5].to_owned();
    let mut fields = shown.hidden();
    fields.extend([("commune".to_owned(), code.clone()), ("do".to_owned(), "preview".to_owned())]);
    let chosen = post(&pages, "/report", &fields).await;
    assert!(chosen.read().contains("Xã Định Hóa") && chosen.read().contains("tối qua"));
    assert!(chosen.html.contains(&format!("value=\"{code}\" checked")));
    send(&pages, &chosen, Some(&code)).await.receipt();
    assert_eq!(plain(&told(&world).await), (Some(code.as_str()), Some("gần cầu treo")));
}

#[tokio::test]
async fn skipping_the_picker_and_senseless_values_change_nothing() {
    let world = World::open().await;
    let pages = pages(&world);
    let seen = post(&pages, "/report", &[("text", TIP), ("place", "gần cầu treo")]).await;
    let letters = press(&pages, &seen, "/report", "letters").await;
    let back = press(&pages, &letters, "/report", "skip_place").await;
    assert!(back.read().contains("Gửi ngay") && back.read().contains("gần cầu treo"));
    for letter in ["?", "<script>", "ă", "ZZZ"] {
        let mut fields = letters.hidden();
        fields.push(("letter".to_owned(), letter.to_owned()));
        let page = post(&pages, "/report", &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{letter}");
        assert!(!page.html.contains("type=\"radio\"") && !page.html.contains("<script>"), "{letter}");
    }
    send(&pages, &back, Some("99999")).await.receipt();
    assert_eq!(plain(&told(&world).await), (Some("gần cầu treo"), None));
}
