//! What becomes of a message when Zalo does not simply take it.

use std::time::Duration;

use tinan::service::channel::{Channel as _, ChatId, MessageRef, Outgoing, SendFault};

use super::{Bot, TIP, channel};
use crate::remote::Chats as _;
use crate::talker::say;
use crate::world::World;
use crate::zalo_fake::{Fake, Fault};

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_send_has_its_own_meaning() {
    let fake = Fake::start();
    let zalo = channel(&fake);
    fake.user("c1").writes("x");
    let chat = ChatId::new("c1");
    let cases = [
        (Fault::No(429), SendFault::Wait(Duration::from_mins(1))),
        (Fault::No(400), SendFault::Refused(400)),
        (Fault::No(401), SendFault::Unreachable),
        (Fault::No(403), SendFault::Uncertain),
        (Fault::No(404), SendFault::Refused(404)),
        (Fault::No(408), SendFault::Uncertain),
        (Fault::No(500), SendFault::Uncertain),
        (Fault::Gateway(502), SendFault::Uncertain),
        (Fault::Gateway(503), SendFault::Unreachable),
        (Fault::CutBefore, SendFault::Uncertain),
        (Fault::CutAfter, SendFault::Uncertain),
        (Fault::Torn, SendFault::Uncertain),
        (Fault::Garbage, SendFault::Uncertain),
        (Fault::Slow(Duration::from_secs(3)), SendFault::Uncertain),
    ];
    for (fault, expected) in cases {
        let told = format!("{fault:?}");
        fake.fails("sendMessage", [fault]);
        assert_eq!(zalo.send(&chat, &say("x")).await.err(), Some(expected), "{told}");
    }
    assert!(zalo.send(&chat, &say("xong")).await.is_ok_and(|d| d.message.is_none()));
    let said = fake.calls("sendMessage").pop().expect("a call").args;
    assert_eq!(serde_json::Value::from(said), serde_json::json!({"chat_id": "c1", "text": "xong"}));
    assert!(
        zalo.send(&chat, &say("")).await.is_err()
            && zalo.send(&chat, &say(&"x".repeat(2_001))).await.is_err()
    );
    assert_eq!(zalo.send(&ChatId::new("nobody"), &say("x")).await.err(), Some(SendFault::Refused(400)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_zalo_cannot_do_succeeds_without_being_asked() {
    let fake = Fake::start();
    let (zalo, chat, message) = (channel(&fake), ChatId::new("c1"), MessageRef("m".to_owned()));
    let silent = [
        Outgoing::Erase { message: message.clone() },
        Outgoing::Settle { message },
        Outgoing::Answer { callback: "x".to_owned() },
    ];
    for what in &silent {
        assert!(zalo.send(&chat, what).await.is_ok());
    }
    assert!(fake.journal().is_empty());
    assert!(fake.take_violations().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_goes_on_through_quotas_and_failures() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("c2");
    bot.fake.fails("sendMessage", [Fault::No(429), Fault::Gateway(503), Fault::CutBefore]);
    user.writes(TIP);
    let heard = || user.hears().iter().any(|m| m.contains("Chưa gửi"));
    bot.passes_until(Duration::from_secs(20), "it arrives in the end", heard).await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    bot.next("anh", "tips").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desks_words_that_may_have_arrived_wait_for_a_person() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("c3");
    let step = bot.has_tip_of(&user).await;
    let anh = bot.world.actor("anh").await;
    bot.world.hotline.reply(&anh, &step, "Biển số nào?").await.expect("replies");
    user.wait_for("Bạn có tin mới.").await;
    bot.is_quiet().await;
    bot.fake.fails("sendMessage", [Fault::CutAfter]);
    user.writes("xem");
    let parked = |v: &tinan::service::casefile::CaseView| v.outbox == [("uncertain".to_owned(), 1)];
    bot.until_case("anh", &step, "it waits for a person", parked).await;
    assert_eq!(
        user.hears().iter().filter(|m| m.contains("Biển số nào?")).count(),
        1,
        "never twice by itself"
    );
}
