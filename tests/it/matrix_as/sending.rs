//! Sending: a message has one name however often it is tried, and so arrives once.

use std::time::Duration;

use tinan::channels::matrix::Matrix;
use tinan::jobs;
use tinan::kernel::Entropy;
use tinan::kernel::id::RowId;
use tinan::service::channel::{Channel as _, ChatId, MessageRef, Outgoing, SendFault};
use tinan::store::Store;

use super::{Bot, TIP, channel, options};
use crate::homeserver::{Fake, Fault};
use crate::on_both_databases;
use crate::remote::Chats as _;
use crate::talker::say;
use crate::world::World;

fn name() -> RowId {
    RowId::random(&Entropy::System).expect("chance")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_send_has_its_own_meaning_and_a_repetition_arrives_once() {
    let (fake, world) = (Fake::start(), World::open().await);
    fake.opens_rooms(["c1".to_owned()].into_iter());
    let (matrix, user) = (channel(&fake, &world.hotline), fake.person("c1"));
    let (chat, name) = (ChatId::new(user.room()), name());
    let cases = [
        (Fault::limit(1_500), SendFault::Wait(Duration::from_millis(1_500))),
        (Fault::no(403, "M_FORBIDDEN"), SendFault::Gone),
        (Fault::no(404, "M_NOT_FOUND"), SendFault::Gone),
        (Fault::no(413, "M_TOO_LARGE"), SendFault::Refused(413)),
        (Fault::no(401, "M_UNKNOWN_TOKEN"), SendFault::Unreachable),
        (Fault::no(500, "M_UNKNOWN"), SendFault::Uncertain),
        (Fault::Gateway(502), SendFault::Uncertain),
        (Fault::Gateway(503), SendFault::Unreachable),
        (Fault::CutBefore, SendFault::Uncertain),
        (Fault::CutAfter, SendFault::Uncertain),
        (Fault::Garbage, SendFault::Uncertain),
        (Fault::Slow(Duration::from_secs(3)), SendFault::Uncertain),
    ];
    for (fault, expected) in cases {
        let told = format!("{fault:?}");
        fake.fails("send", [fault]);
        assert_eq!(matrix.send_named(name, &chat, &say("x")).await.err(), Some(expected), "{told}");
    }
    let sent = matrix.send_named(name, &chat, &say("x")).await.expect("sent").message.expect("an event");
    let again = matrix.send_named(name, &chat, &say("x")).await.expect("sent").message.expect("an event");
    assert_eq!((sent == again, user.hears()), (true, vec!["x".to_owned()]), "once, after all of that");
    let said = fake.calls("send").pop().expect("a call").body;
    assert_eq!(said, serde_json::json!({"msgtype": "m.text", "body": "x", "m.mentions": {}}));
    assert!(matrix.send(&chat, &say("y")).await.is_ok() && matrix.send(&chat, &say("y")).await.is_ok());
    assert_eq!(user.hears(), ["x", "y", "y"], "two messages are two");
    for text in ["", "  "] {
        assert_eq!(matrix.send(&chat, &say(text)).await.err(), Some(SendFault::Refused(400)));
    }
    let nobody = ChatId::new("!nobody:localhost");
    assert_eq!(matrix.send(&nobody, &say("x")).await.err(), Some(SendFault::Gone));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_somebody_removed_is_done_without() {
    let (fake, world) = (Fake::start(), World::open().await);
    fake.opens_rooms(["c2".to_owned()].into_iter());
    let (matrix, user) = (channel(&fake, &world.hotline), fake.person("c2"));
    fake.fails("redact", [Fault::no(400, "M_UNKNOWN_DEVICE")]);
    fake.fails("send", [Fault::no(400, "M_UNKNOWN_DEVICE")]);
    assert!(matrix.send(&ChatId::new(user.room()), &say("x")).await.is_ok());
    assert_eq!(user.hears(), ["x"]);
    assert_eq!(fake.take_violations().len(), 1, "the fake saw it come without");
}

on_both_databases! {
    async fn a_desks_words_cut_off_on_their_way_are_sent_again_and_arrive_once(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let user = bot.guest("c3").await;
        let step = bot.has_tip_of(&user).await;
        let anh = bot.world.actor("anh").await;
        bot.world.hotline.reply(&anh, &step, "Biển số nào?").await.expect("replies");
        user.wait_for("Bạn có tin mới.").await;
        bot.is_quiet().await;
        bot.fake.fails("send", [Fault::CutAfter, Fault::CutAfter, Fault::Garbage]);
        user.writes("xem");
        bot.until_case("anh", &step, "nobody is asked what to do", |v| {
            v.outbox.is_empty() && user.heard(true).iter().any(|m| m.contains("viết luôn vào đây"))
        }).await;
        let told = user.heard(true).iter().filter(|m| m.contains("Biển số nào?")).count();
        assert_eq!(told, 1, "three times sent, once there");
    }

    async fn a_send_that_a_kill_interrupted_is_finished_by_the_next_start(store: Store) {
        let bot = Bot::idle(World::on(store.clone(), false).await).await;
        let user = bot.fake.person("c4");
        user.invites();
        bot.holds(1).await;
        jobs::work_off(&bot.world.hotline, &*bot.channel).await.expect("works");
        // Taken under a lease, handed to the homeserver, and the program ends before it knows.
        let taken = bot.world.hotline.take_messages("matrix", bot.channel.bot(), 32).await.expect("takes");
        assert_eq!(taken.len(), 1, "the room first");
        bot.fake.fails("join", [Fault::CutAfter]);
        let enter = Outgoing::Enter { join: true, crowd: "x".to_owned() };
        let chat = ChatId::new(user.room());
        assert!(bot.channel.send_named(taken[0].id, &chat, &enter).await.is_err());
        let next = bot.world.node(store, 11, |_| ()).await.expect("starts");
        bot.world.clock.advance(Duration::from_mins(1));
        jobs::drain(&next, &*bot.channel).await.expect("works");
        assert_eq!(user.hears().iter().filter(|m| m.contains("nơi báo tin")).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_goes_on_through_limits_and_failures() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.guest("c5").await;
    bot.fake.fails("send", [Fault::limit(2_000), Fault::Gateway(503), Fault::CutBefore]);
    user.writes(TIP);
    let heard = || user.hears().iter().any(|m| m.contains("Chưa gửi"));
    bot.passes_until(Duration::from_secs(2), "it arrives in the end", heard).await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    bot.next("anh", "tips").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_asks_the_homeserver_and_buttons_ask_nobody() {
    let (fake, world) = (Fake::start(), World::open().await);
    fake.opens_rooms(["c6".to_owned()].into_iter());
    let (matrix, user) = (channel(&fake, &world.hotline), fake.person("c6"));
    let chat = ChatId::new(user.room());
    let message = matrix.send(&chat, &say("bí mật")).await.expect("sent").message.expect("an event");
    for silent in
        [Outgoing::Settle { message: message.clone() }, Outgoing::Answer { callback: "x".to_owned() }]
    {
        assert!(matrix.send(&chat, &silent).await.is_ok());
    }
    assert!(fake.calls("redact").is_empty());
    assert!(matrix.send(&chat, &Outgoing::Erase { message }).await.is_ok());
    assert!(user.hears().is_empty());
    let theirs = MessageRef("$theirs".to_owned());
    fake.fails("redact", [Fault::no(403, "M_FORBIDDEN")]);
    assert_eq!(matrix.send(&chat, &Outgoing::Erase { message: theirs }).await.err(), Some(SendFault::Gone));
    let nowhere = Matrix::new(
        tinan::channels::matrix::Options { homeserver: "http://127.0.0.1:1".to_owned(), ..options(&fake) },
        Entropy::System,
    );
    let nowhere = nowhere.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(nowhere.send(&chat, &say("x")).await.err(), Some(SendFault::Unreachable));
}
