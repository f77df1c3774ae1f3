//! Asking to be called back by numbers, where there are no buttons; and what a kill in the middle leaves.

use tinan::domain::callback::Discretion;
use tinan::jobs;
use tinan::kernel::Timestamp;
use tinan::service::Hotline;

use super::*;
use crate::databases::Database;
use crate::on_both_databases;
use crate::remote::Chats as _;
use crate::zalo_fake::User;

/// 13:00 in Hanoi on the Sunday of the tests.
const ONE: Timestamp = Timestamp::from_millis(1_795_327_200_000);

/// Somebody who is talked with by hand, by one program after the other.
struct Hand<'a> {
    bot: &'a Bot,
    user: User,
}

impl Hand<'_> {
    async fn writes(&self, by: &Hotline, text: &str) {
        self.user.writes(text);
        self.bot.holds(1).await;
        jobs::drain(by, &*self.bot.channel).await.expect("works");
    }

    async fn chooses(&self, by: &Hotline, label: &str) {
        self.user.chooses(label).await;
        self.bot.holds(1).await;
        jobs::drain(by, &*self.bot.channel).await.expect("works");
    }

    /// Up to the question for the number.
    async fn chooses_an_hour(&self, by: &Hotline) {
        self.writes(by, "con toi nghien game va choi da, gia dinh phai lam sao").await;
        self.chooses(by, "Tư vấn viên (công an không đọc được)").await;
        self.chooses(by, "Gửi ngay").await;
        self.chooses(by, "Gọi lại cho tôi").await;
        self.chooses(by, "Chủ nhật 22/11/2026").await;
        self.chooses(by, "13:00–14:00").await;
        let told = self.user.wait_for("Bạn nhắn riêng số điện thoại vào đây").await;
        assert!(told.contains("Zalo thấy được số") && told.contains("1. Thôi, không cần gọi"), "{told}");
    }
}

on_both_databases! {
    async fn a_number_is_taken_once_whoever_works_and_whoever_is_killed(database: Database) {
        let store = database.store.clone();
        let bot = Bot::idle(World::on(store.clone(), false).await).await;
        let hand = Hand { bot: &bot, user: bot.fake.user("f1") };
        let first = bot.world.hotline.clone();
        hand.chooses_an_hour(&first).await;
        hand.user.writes("0987654321");
        bot.holds(1).await;
        // The first program ends before it has worked it off; two others start, and both find it.
        let one = bot.world.node(store.clone(), 21, |_| ()).await.expect("starts");
        let two = bot.world.node(store.clone(), 22, |_| ()).await.expect("starts");
        let (a, b) = tokio::join!(jobs::work_off(&one, &*bot.channel), jobs::work_off(&two, &*bot.channel));
        a.expect("works");
        b.expect("works");
        jobs::drain(&first, &*bot.channel).await.expect("works");
        // And they end before anything was sent: the next start says it, once.
        let last = bot.world.node(store, 23, |_| ()).await.expect("starts");
        jobs::drain(&last, &*bot.channel).await.expect("works");
        let told = hand.user.wait_for("Đã hẹn: tư vấn viên gọi bạn vào Chủ nhật 22/11/2026, 13:00–14:00.").await;
        assert!(told.contains("bạn tự xoá trên máy") && told.contains("GỌI LẠI"), "{told}");
        assert_eq!(hand.user.hears().iter().filter(|m| m.contains("Đã hẹn")).count(), 1);
        assert_eq!(database.count("callbacks").await, 1);
        assert_eq!(database.count("items WHERE kind = 18").await, 1);
        bot.world.assert_nothing_is_lost().await;

        // She sends it once more, to be sure: still one call-back and one number.
        hand.writes(&last, "0987654321").await;
        assert_eq!((database.count("callbacks").await, database.count("items WHERE kind = 18").await), (1, 1));
        let binh = bot.world.actor("binh").await;
        let line = last.callbacks(&binh, "counselling", None).await.expect("a list").lines.remove(0);
        bot.world.clock.set(ONE);
        let opened = last.take_callback(&binh, line.row.id, line.row.version).await.expect("opens");
        assert_eq!((opened.wanted.number.expose(), opened.wanted.say), ("0987654321", Discretion::NameOnly));
        assert_eq!(opened.wanted.channel, "zalo");
        assert_eq!(last.open_case(&binh, line.case.id).await.expect("opens").thread.len(), 1);

        // By a word she looks at it, and takes it back.
        hand.writes(&last, "gọi lại").await;
        hand.chooses(&last, "Không cần gọi nữa").await;
        hand.user.wait_for("Đã huỷ gọi lại. Số của bạn đã bị xoá.").await;
        assert_eq!(database.count("items WHERE kind = 18").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_not_lost_and_no_thanks_is_heard() {
    let bot = Bot::idle(World::open().await).await;
    let hand = Hand { bot: &bot, user: bot.fake.user("f2") };
    let hotline = bot.world.hotline.clone();
    hand.chooses_an_hour(&hotline).await;
    hand.writes(&hotline, "098765432").await;
    hand.user.wait_for("Số này chưa đúng nên không được giữ lại").await;
    hand.writes(&hotline, "con em nó đang khóc, em phải làm sao ạ").await;
    hand.user.wait_for("bạn nhắn riêng số điện thoại của bạn").await;
    hand.chooses(&hotline, "Thôi, không cần gọi").await;
    hand.user.wait_for("Đổi ý lúc nào, bạn nhắn GỌI LẠI").await;
    let (step, view) = bot.next("binh", "counselling").await;
    let words: Vec<_> = view.thread.iter().map(|m| m.text.as_str()).collect();
    assert_eq!(words.len(), 2, "{words:?}");
    assert!(words[1].starts_with("con em nó đang khóc"));
    let binh = bot.world.actor("binh").await;
    assert!(hotline.callback_of_case(&binh, step.case).await.expect("a case").is_none());
}
