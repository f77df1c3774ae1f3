//! While a flood lasts people are asked a plain question; whatever they answer, they are heard.

use tinan::domain::case::Aside;
use tinan::service::queue::List;

use super::browser::{get, post, press};
use super::pages;
use crate::flood::{JUNK, STRANGER, Watched};
use crate::world::World;

const TIP: &str = "Nhà số 12 ngõ Hoa Ban bán ma túy mỗi tối";
const HELP: &str = "Con tôi nghiện nhiều năm, gia đình không biết làm sao";

/// The sum on a page, worked out.
fn answer(words: &str) -> String {
    let numbers = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"];
    let (_, asked) = words.split_once("cùng lúc. ").expect("the question");
    let (sum, _) = asked.split_once(" bằng mấy").expect("its end");
    let (a, b) = sum.split_once(" cộng ").expect("two numbers");
    let of = |word: &str| numbers.iter().position(|n| *n == word).expect("a number");
    (of(a) + of(b)).to_string()
}

#[tokio::test]
async fn the_question_comes_with_the_flood_and_only_decides_the_queue() {
    let world = World::open().await;
    world.staff().await;
    let node = Watched::watch(world);
    let pages = pages(&node.world);
    let calm = post(&pages, "/report", &[("text", TIP), ("do", "preview")]).await;
    assert!(!calm.html.contains("name=\"answer\""), "nobody is asked when all is quiet");
    node.all(vec![(STRANGER, JUNK.to_owned()); 210]).await;
    assert!(!get(&pages, "/report").await.html.contains("name=\"answer\""), "nor before they have written");

    for (n, given) in [Some("đúng"), Some("một trăm"), Some(""), None].into_iter().enumerate() {
        let text = format!("{TIP}, chuyện số {n}");
        let seen = post(&pages, "/report", &[("text", text.as_str()), ("do", "preview")]).await;
        assert!(seen.html.contains("name=\"answer\"") && seen.html.contains("<label for=\"answer\">"));
        let right = answer(&seen.read());
        let mut fields = seen.hidden();
        fields.extend(given.map(|g| ("answer".to_owned(), if n == 0 { right } else { g.to_owned() })));
        fields.push(("do".to_owned(), "send".to_owned()));
        let sent = post(&pages, "/report", &fields).await;
        assert_eq!(sent.receipt().len(), 24, "everybody has a code: {given:?}");
    }
    let anh = node.world.actor("anh").await;
    let lines = |rows: Vec<tinan::service::queue::Line>| -> Vec<String> {
        rows.into_iter()
            .filter_map(|l| l.summary)
            .map(|s| s.line)
            .filter(|l| l.contains("chuyện số"))
            .collect()
    };
    assert_eq!(lines(node.rows(&anh, List::Main).await), [format!("{TIP}, chuyện số 0")]);
    assert_eq!(lines(node.rows(&anh, List::Side).await).len(), 3);

    let crisis = post(&pages, "/report", &[("text", "nó sốc thuốc rồi cứu với"), ("do", "preview")]).await;
    assert!(!crisis.html.contains("name=\"answer\""), "whoever is in danger is not asked");
    let sent = press(&pages, &crisis, "/report", "send").await;
    assert_eq!(sent.receipt().len(), 24);
    let first = node.rows(&anh, List::Main).await.into_iter().next().expect("a row");
    assert_eq!((first.case.priority.level(), first.case.aside), (0, Aside::Main), "and comes first");
    node.assert_sound().await;
}

#[tokio::test]
async fn a_call_for_help_is_asked_too_and_taken_whatever_the_answer() {
    let node = Watched::watch(World::open().await);
    let pages = pages(&node.world);
    node.all(vec![(STRANGER, JUNK.to_owned()); 210]).await;
    let fields = [("text", HELP), ("about", "relative"), ("consent", "yes"), ("do", "preview")];
    let seen = post(&pages, "/help-me", &fields).await;
    assert!(seen.html.contains("name=\"answer\""), "{}", seen.read());
    let english = post(&pages, "/help-me?lang=en", &fields).await;
    assert!(english.read().contains("What is "), "{}", english.read());
    assert_eq!(press(&pages, &seen, "/help-me", "send").await.receipt().len(), 24);
}
