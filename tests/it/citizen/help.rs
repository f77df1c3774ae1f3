//! Asking for help: nobody reads it without consent, and consent says what it means.

use axum::http::StatusCode;

use super::browser::{post, press};
use super::pages;
use crate::world::World;

const WORDS: &str = "Tôi lo cho em tôi, nó bỏ học và hay thức trắng đêm.";

#[tokio::test]
async fn a_call_for_help_needs_consent_and_reaches_the_counsellors_only() {
    let world = World::open().await;
    let pages = pages(&world);
    let refused = post(&pages, "/help-me", &[("text", WORDS), ("about", "relative")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.read().contains("Bạn cần đánh dấu đồng ý") && refused.typed() == WORDS);
    let fields = [("text", WORDS), ("about", "relative"), ("consent", "yes")];
    let seen = post(&pages, "/help-me", &fields).await;
    assert!(seen.read().starts_with("Chưa gửi") && seen.read().contains("Của người thân"));
    let sent = press(&pages, &seen, "/help-me", "send").await;
    assert!(sent.read().contains("Đã chuyển cho tư vấn viên"));
    assert_eq!(press(&pages, &seen, "/help-me", "send").await.receipt(), sent.receipt());
    let (police, counsel) = (world.actor("anh").await, world.actor("binh").await);
    assert!(world.hotline.next_case(&police, "tips", None).await.expect("a queue").is_none());
    let case = world.hotline.next_case(&counsel, "counselling", None).await.expect("a queue").expect("one");
    let view = world.hotline.open_case(&counsel, case.id).await.expect("opens");
    assert!(view.thread.iter().any(|m| m.text == WORDS));
    assert!(world.hotline.next_case(&counsel, "counselling", None).await.expect("a queue").is_none());
}

#[tokio::test]
async fn of_whoever_asks_for_help_no_offence_stands_in_the_case() {
    let world = World::open().await;
    let pages = pages(&world);
    let text = "Con trai tôi nghiện đá, nó bán ma túy ở quán karaoke, tôi phải làm sao";
    let read = tinan::domain::wording::read(&world.hotline.talk().lexicon, text);
    assert!(!read.categories.is_empty() && !read.tags.is_empty(), "or this proves nothing: {read:?}");
    let fields = [("text", text), ("about", "relative"), ("consent", "yes")];
    let seen = post(&pages, "/help-me", &fields).await;
    press(&pages, &seen, "/help-me", "send").await;
    let counsel = world.actor("binh").await;
    let case = world.hotline.next_case(&counsel, "counselling", None).await.expect("a queue").expect("one");
    let view = world.hotline.open_case(&counsel, case.id).await.expect("opens");
    let told = view.opening.expect("opened").details;
    assert!(told.categories.is_empty() && told.tags.is_empty(), "{:?} {:?}", told.categories, told.tags);
}

#[tokio::test]
async fn without_saying_whose_story_it_is_nothing_goes_on() {
    let world = World::open().await;
    let pages = pages(&world);
    for about in ["", "nobody"] {
        let fields = [("text", WORDS), ("consent", "yes"), ("about", about)];
        let page = post(&pages, "/help-me", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.read().contains("chuyện của ai"));
        assert!(page.html.contains("name=\"consent\" value=\"yes\" checked"), "what was ticked stays ticked");
    }
}

#[tokio::test]
async fn the_consent_says_when_a_counsellor_must_report() {
    let world = World::open().await;
    let page = super::browser::get(&pages(&world), "/help-me").await.read();
    for words in ["Không cần nêu tên ai", "nguy hiểm đến tính mạng hoặc tội phạm nghiêm trọng"]
    {
        assert!(page.contains(words), "{words}");
    }
    assert!(page.find("Không cần nêu tên ai") < page.find("Bạn muốn nói điều gì"), "consent comes first");
}
