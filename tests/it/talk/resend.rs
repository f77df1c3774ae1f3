//! Asking for words again that could not be opened in time: the desk they came from hears it, and no other.

use std::time::Duration;

use tinan::service::casework::Step;

use super::{Bot, TIP, the_receipt};
use crate::telegram::User;
use crate::world::World;

const ASKED: &str = "nhờ gửi lại";

impl Bot {
    /// One chat with a tip and a call for help, both with their desks; the tip first.
    async fn both_lanes(&self, user: &User) -> (Step, Step) {
        user.starts(None);
        user.wait_until("the menu", |all| all.iter().any(|m| m.by_bot && !m.buttons.is_empty())).await;
        user.writes(TIP);
        user.wait_for("Chưa gửi").await;
        user.presses("Gửi ngay");
        the_receipt(user).await;
        let tip = self.next("anh", "tips").await.0;
        user.presses("Đã chép");
        user.wait_until("the receipt is gone", |all| !all.iter().any(|m| m.by_bot && m.protected)).await;
        user.presses("m:help");
        user.wait_until("it asks", |all| all.last().is_some_and(|m| m.by_bot)).await;
        user.writes("toi nghien da muon cai ma khong biet hoi ai");
        user.wait_until("consent", |all| all.iter().any(|m| m.buttons.iter().any(|b| b == "Gửi ngay"))).await;
        user.presses("Gửi ngay");
        the_receipt(user).await;
        (tip, self.next("binh", "counselling").await.0)
    }

    /// How often the desk of a case was asked, and how many messages of the citizen it has not read.
    async fn asked(&self, login: &str, step: &Step) -> (usize, i64) {
        let actor = self.world.actor(login).await;
        let mut tx = self.world.hotline.store().read().await.expect("reads");
        let case = tx.case(actor.tenant, step.case).await.expect("reads").expect("a case");
        drop(tx);
        let view = self.world.hotline.open_case(&actor, step.case).await.expect("opens");
        (view.thread.iter().filter(|m| m.text.contains(ASKED)).count(), case.unread)
    }

    /// Two days and a half pass, and somebody reads a case now and then, so that the clock is believed.
    async fn two_days_pass(&self, step: &Step) {
        let anh = self.world.actor("anh").await;
        for _ in 0..3 {
            self.world.clock.advance(Duration::from_hours(20));
            self.world.hotline.open_case(&anh, step.case).await.expect("opens");
            self.world.hotline.upkeep().await.expect("keeps house");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_desk_whose_words_were_lost_is_asked_again() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4750);
    let (tip, help) = bot.both_lanes(&user).await;
    let binh = bot.world.actor("binh").await;
    bot.world.hotline.reply(&binh, &help, "Bạn gọi số này nhé").await.expect("replies");
    user.wait_for("Bạn có tin mới.").await;
    bot.two_days_pass(&tip).await;
    assert_eq!((bot.asked("anh", &tip).await.0, bot.asked("binh", &help).await.0), (0, 0));
    user.presses("Xem");
    user.wait_for("không còn mở được").await;
    user.presses("Nhờ gửi lại");
    user.wait_for("Đã nhờ gửi lại").await;
    assert_eq!(bot.asked("binh", &help).await, (1, 1));
    assert_eq!(bot.asked("anh", &tip).await, (0, 0), "the other lane hears nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_for_a_case_that_is_not_this_chats() {
    let bot = Bot::start(World::open().await);
    let (user, stranger) = (bot.user(4751), bot.user(4752));
    let (tip, help) = bot.both_lanes(&user).await;
    let anh = bot.world.actor("anh").await;
    bot.world.hotline.reply(&anh, &tip, "Xe màu gì?").await.expect("replies");
    user.wait_for("Bạn có tin mới.").await;
    bot.two_days_pass(&tip).await;
    user.presses("Xem");
    user.wait_for("không còn mở được").await;
    let again = user.token("Nhờ gửi lại");
    stranger.starts(None);
    stranger.forges(&again);
    stranger.wait_for("mã 20 ký tự").await;
    for forged in ["r:", "r:x", "r:.", "r:a.b", "r:a.99999999"] {
        user.forges(forged);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!((bot.asked("anh", &tip).await.0, bot.asked("binh", &help).await.0), (0, 0));
}
