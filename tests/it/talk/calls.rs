//! Asking to be called back in the chat, with buttons: counselling only, and the number stands nowhere in the clear.

use tinan::domain::callback::{Discretion, Outcome, Slot, Standing};
use tinan::kernel::Timestamp;
use tinan::service::callback::staff::Line;

use super::*;
use crate::databases::Database;
use crate::until::until;

const SOON: Duration = Duration::from_secs(10);
const NUMBER: &str = "0987 654 321";
/// 13:00 in Hanoi on the Sunday of the tests.
const ONE: Timestamp = Timestamp::from_millis(1_795_327_200_000);

impl Bot {
    /// A mother has written, and it is with the counsellors; returns her code.
    async fn hears_a_mother(&self, user: &User) -> String {
        user.writes("con toi nghien game va choi da, gia dinh phai lam sao");
        let screen = user.wait_for("Chưa gửi").await;
        user.presses(&screen.buttons[0]);
        let asks = |m: &Seen| m.buttons.iter().any(|b| b == "Gửi ngay");
        user.wait_until("the question of consent", |all| all.iter().any(asks)).await;
        user.presses("Gửi ngay");
        receipt_in(&the_receipt(user).await)
    }

    /// She asks to be called at one.
    async fn asks_for_a_call(&self, user: &User) {
        user.wait_for("tư vấn viên gọi cho bạn vào giờ bạn chọn").await;
        user.presses("Gọi lại cho tôi");
        user.wait_for("Ngày nào tiện").await;
        user.presses("Chủ nhật 22/11/2026");
        user.wait_for("giờ nào tiện").await;
        user.presses("13:00–14:00");
        let told = user.wait_for("Bạn nhắn riêng số điện thoại vào đây").await;
        assert!(told.text.contains("Telegram thấy được số. Kín hơn: để số tại https://tinan.example"));
        assert!(told.text.contains("chỉ xưng là “An”"), "{}", told.text);
        user.writes(NUMBER);
        user.wait_for("Đã hẹn: tư vấn viên gọi bạn vào Chủ nhật 22/11/2026, 13:00–14:00.").await;
    }

    async fn calls(&self) -> Vec<Line> {
        let binh = self.world.actor("binh").await;
        self.world.hotline.callbacks(&binh, "counselling", None).await.expect("a list").lines
    }

    async fn until_calls(&self, amount: usize) {
        let so = async || self.calls().await.len() == amount;
        until("there are so many call-backs", SOON, so).await;
    }
}

/// Whether a number stands anywhere in the files of a database, as it was typed or as it is dialled.
fn is_to_be_found(database: &Database) -> bool {
    let bytes: Vec<u8> =
        database.files().into_iter().flat_map(|f| std::fs::read(f).unwrap_or_default()).collect();
    assert!(!bytes.is_empty());
    [NUMBER, "0987654321", "987654321"].iter().any(|n| bytes.windows(n.len()).any(|w| w == n.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mother_is_called_back_at_the_hour_she_chose_in_the_chat() {
    let database = Database::sqlite().await;
    let bot = Bot::start(World::on(database.store.clone(), false).await);
    let user = bot.user(4750);
    bot.hears_a_mother(&user).await;
    bot.asks_for_a_call(&user).await;
    user.wait_until("her number to go", |all| !all.iter().any(|m| m.text.contains(NUMBER))).await;
    assert!(!user.sees().iter().any(|m| m.by_bot && m.text.contains("987")), "nobody repeats it");
    assert!(!is_to_be_found(&database));
    assert_eq!(database.count("items WHERE kind = 18").await, 1);

    let line = bot.calls().await.remove(0);
    assert_eq!((line.row.slot.from(), line.row.version), (ONE, 1));
    bot.world.clock.set(ONE);
    let (binh, hotline) = (bot.world.actor("binh").await, &bot.world.hotline);
    let opened = hotline.take_callback(&binh, line.row.id, 1).await.expect("opens");
    let wanted = &opened.wanted;
    assert_eq!((wanted.number.expose(), wanted.say), ("0987654321", Discretion::NameOnly));
    assert_eq!((wanted.channel.as_str(), &wanted.entered_by), ("telegram", &None));
    let thread = hotline.open_case(&binh, line.case.id).await.expect("opens").thread;
    assert!(!thread.iter().any(|m| m.text.contains("987")), "the number is no message of the case");
    hotline.record_callback(&binh, (line.row.id, opened.row.version), Outcome::Reached).await.expect("ends");
    assert_eq!(database.count("items WHERE kind = 18").await, 0);
    user.writes("/goilai");
    user.wait_for("Ngày nào tiện").await;
    bot.world.assert_nothing_is_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_changed_corrected_and_taken_back_in_the_chat() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4751);
    let code = bot.hears_a_mother(&user).await;
    bot.asks_for_a_call(&user).await;
    // The number was wrong, and the right one follows: one call-back, one number.
    user.writes("0912 345 678");
    user.wait_until("both to go", |all| !all.iter().any(|m| !m.by_bot && m.text.starts_with("09"))).await;
    let one = bot.calls().await.remove(0);
    assert_eq!((one.row.slot.from(), one.row.version), (ONE, 2));
    user.presses("Đổi giờ hoặc số");
    user.wait_until("the days", |all| all.iter().filter(|m| m.text.contains("Ngày nào tiện")).count() == 2)
        .await;
    user.presses("Thôi, không cần gọi");
    user.wait_for("Tư vấn viên sẽ gọi bạn, Chủ nhật 22/11/2026, 13:00–14:00.").await;
    assert_eq!(bot.calls().await.len(), 1, "what was asked for before stands");
    let readings = tinan::domain::receipt::Receipt::parse(&code).expect("well-formed");
    let own = bot.world.hotline.own_callback(&readings).await.expect("found");
    assert_eq!(own.slot.map(Slot::from), Some(ONE), "the code shows it as well");
    user.presses("Không cần gọi nữa");
    user.wait_for("Đã huỷ gọi lại. Số của bạn đã bị xoá.").await;
    bot.until_calls(0).await;
    let own = bot.world.hotline.own_callback(&readings).await.expect("found");
    assert_eq!(own.standing, Some(Standing::Withdrawn));
    bot.world.assert_nothing_is_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tip_is_not_offered_a_call_and_no_forged_button_gets_one() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4752);
    user.writes(TIP);
    user.wait_for("Chưa gửi").await;
    user.presses("Gửi ngay");
    the_receipt(&user).await;
    user.writes("/goilai");
    user.wait_for("Tin báo thì không bao giờ gọi lại").await;
    let (step, _) = bot.next("anh", "tips").await;
    let mailbox = {
        let mut tx = bot.world.hotline.store().read().await.expect("reads");
        tx.mailboxes_of(step.case).await.expect("reads").remove(0)
    };
    let [a, b, ..] = mailbox.id.bytes();
    let case = u16::from_be_bytes([a, b]);
    for forged in [format!("c:{case}"), format!("c:{case}:h{}", ONE.as_secs())] {
        let press = user.forges(&forged);
        user.wait_until("an answer", |_| user.is_answered(&press)).await;
    }
    user.writes(NUMBER);
    let anh = bot.world.actor("anh").await;
    let arrived =
        async || bot.world.hotline.open_case(&anh, step.case).await.expect("opens").thread.len() >= 2;
    until("they are words of the tip, as ever", SOON, arrived).await;
    assert!(!user.sees().iter().any(|m| m.text.contains("giờ bạn chọn") || m.text.contains("Ngày nào tiện")));
    assert!(bot.calls().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_to_be_called_at_another_hour_hears_that_something_waits() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4753);
    bot.hears_a_mother(&user).await;
    bot.asks_for_a_call(&user).await;
    bot.world.clock.set(ONE.plus(Duration::from_hours(2)));
    let (binh, hotline) = (bot.world.actor("binh").await, &bot.world.hotline);
    let row = bot.calls().await.remove(0).row;
    let slot = hotline.callback_slots()[1];
    let moved = Outcome::Missed(Some(slot));
    hotline.record_callback(&binh, (row.id, row.version), moved).await.expect("another hour");
    let told = user.wait_for("Bạn có tin mới.").await;
    assert!(!told.text.contains("gọi"), "a lock screen must not betray");
    user.presses("Xem");
    let words = user.wait_for("Giờ gọi lại cho bạn đã đổi: Chủ nhật 22/11/2026, 17:00–18:00.").await;
    assert!(words.protected);
    // Said once more by somebody who had not seen it: refused, and nobody is told twice.
    assert!(hotline.record_callback(&binh, (row.id, row.version), moved).await.is_err());
    bot.world.assert_nothing_is_lost().await;
    assert_eq!(user.sees().iter().filter(|m| m.text.contains("Bạn có tin mới.")).count(), 1);
}
