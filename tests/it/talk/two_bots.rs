//! Two bots of one installation, one for everything and one for counselling: whoever writes to both is two people.

use super::*;

const COUNSELLING_TOKEN: &str = "1234567890:BBFakeFakeFakeFakeFakeFakeFakeFakeFake";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_at_two_bots_is_never_merged() {
    let world = World::open().await;
    let bot = Bot::start(world.clone());
    let second = Bot::fronting(world, Some(Kind::Counselling), COUNSELLING_TOKEN);
    let (tip, help) = (bot.user(77), second.user(77));
    tip.writes("toi nao cung co nguoi ban ma tuy o ngo 12");
    tip.wait_for("Chưa gửi").await;
    tip.presses("Gửi ngay");
    tip.wait_for("Đã nhận tin").await;
    // The same chat number at the other bot: no draft, no case, no language of the first.
    help.writes("cho em hỏi một chuyện với ạ");
    let asked = help.wait_for("tư vấn viên").await;
    assert!(asked.text.contains("đồng ý để một tư vấn viên đọc"), "{}", asked.text);
    help.presses("Gửi ngay");
    help.wait_for("Đã nhận lời bạn").await;
    let (_, view) = second.next("binh", "counselling").await;
    assert_eq!(view.opening.expect("words").text, "cho em hỏi một chuyện với ạ");

    // Forgetting at one bot forgets nothing at the other.
    help.writes("/quen");
    help.wait_until("the question", |all| all.iter().any(|m| m.buttons.iter().any(|b| b == "Quên ngay")))
        .await;
    help.presses("Quên ngay");
    help.wait_for("Đã quên").await;
    let (step, _) = bot.next("anh", "tips").await;
    let anh = bot.world.actor("anh").await;
    bot.world.hotline.reply(&anh, &step, "Anh chị nhớ thêm gì không?").await.expect("replies");
    tip.wait_for("Bạn có tin mới").await;
    assert!(!help.sees().iter().any(|m| m.text.contains("Bạn có tin mới")), "the other chat hears nothing");
}
