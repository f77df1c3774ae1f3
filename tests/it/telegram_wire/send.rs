//! Sending: what surely failed may be repeated, what may have arrived is said to be uncertain.

use std::time::Duration;

use tinan::channels::telegram::{FileFault, MAX_FILE, Me, Telegram};
use tinan::service::channel::{
    Button, Channel as _, ChatId, Content, FileRef, MessageRef, Outgoing, SendFault,
};

use super::{channel, options};
use crate::telegram::{Fake, Fault, Seen};

const CHAT: i64 = 5501;

fn say(text: &str) -> Outgoing {
    Outgoing::Say { text: text.to_owned(), buttons: Vec::new(), protect: false }
}

async fn send(telegram: &Telegram, what: &Outgoing) -> Result<Option<MessageRef>, SendFault> {
    telegram.send(&ChatId::new(CHAT.to_string()), what).await.map(|d| d.message)
}

#[tokio::test]
async fn a_protected_message_with_buttons_is_seen_pressed_settled_and_erased() {
    let fake = Fake::start();
    let (telegram, user) = (channel(&fake), fake.user(CHAT));
    user.starts(Some("abc"));
    let button = Button { label: "Gửi ngay".to_owned(), token: "t0k".to_owned() };
    let what =
        Outgoing::Say { text: "Chưa gửi".to_owned(), buttons: vec![vec![button], vec![]], protect: true };
    let message = send(&telegram, &what).await.expect("sent").expect("a number");
    let seen = user.wait_for("Chưa gửi").await;
    assert!(seen.protected && seen.by_bot && seen.buttons == ["Gửi ngay"]);
    assert_eq!(seen.id.to_string(), message.0);

    let press = user.presses("Gửi ngay");
    assert!(!user.is_answered(&press));
    send(&telegram, &Outgoing::Answer { callback: press.clone() }).await.expect("answered");
    assert!(user.is_answered(&press));
    for _ in 0..2 {
        send(&telegram, &Outgoing::Settle { message: message.clone() }).await.expect("settled, twice");
    }
    assert!(user.sees()[1].buttons.is_empty());
    for _ in 0..2 {
        send(&telegram, &Outgoing::Erase { message: message.clone() }).await.expect("erased, twice");
    }
    user.wait_until("only the person's message is left", |seen| matches!(seen, [own] if !own.by_bot)).await;
    send(&telegram, &Outgoing::Answer { callback: "long ago".to_owned() }).await.expect("too old is done");
}

#[tokio::test]
async fn what_a_person_does_is_understood() {
    let fake = Fake::start();
    let (telegram, user) = (channel(&fake), fake.user(CHAT));
    let number = user.writes("một");
    user.edits(number, "hai");
    user.sends_document("a.pdf", b"%PDF");
    user.blocks();
    user.unblocks();
    let seen = fake.pending();
    let contents: Vec<Content> = seen
        .iter()
        .map(|bytes| telegram.parse(bytes).unwrap_or_else(|e| panic!("{e}")))
        .inspect(|update| assert_eq!(update.chat.expose(), "5501"))
        .map(|update| update.content)
        .collect();
    assert!(matches!(&contents[0], Content::Text(t) if t == "một"));
    assert!(matches!(&contents[1], Content::Edited(t) if t == "hai"));
    assert!(matches!(&contents[2], Content::Media { file: Some((_, Some(4))), .. }));
    assert!(matches!(&contents[3..], [Content::Left, Content::Returned]));
}

#[tokio::test]
async fn a_long_text_becomes_several_messages_under_one_reference() {
    let fake = Fake::start();
    let (telegram, user) = (channel(&fake), fake.user(CHAT));
    user.starts(None);
    let text = format!("{}\n\n{}\n\n{}", "a".repeat(4000), "b".repeat(4000), "c".repeat(50));
    let button = Button { label: "Xem".to_owned(), token: "v".to_owned() };
    let what = Outgoing::Say { text, buttons: vec![vec![button]], protect: true };
    let message = send(&telegram, &what).await.expect("sent").expect("numbers");
    let said: &[Seen] = &user.sees()[1..];
    let lengths: Vec<usize> = said.iter().map(|m| m.text.len()).collect();
    assert_eq!(lengths, [4000, 4052]);
    assert!(said.iter().all(|m| m.protected));
    assert_eq!(said.iter().map(|m| m.buttons.len()).collect::<Vec<_>>(), [0, 1]);
    send(&telegram, &Outgoing::Settle { message: message.clone() }).await.expect("settled");
    assert!(user.sees()[2].buttons.is_empty());
    send(&telegram, &Outgoing::Erase { message }).await.expect("erased");
    assert_eq!(user.sees().len(), 1);
}

#[tokio::test]
async fn when_a_later_part_fails_the_earlier_ones_are_taken_back() {
    let fake = Fake::start();
    let (telegram, user) = (channel(&fake), fake.user(CHAT));
    user.starts(None);
    let long = say(&format!("{}\n\n{}", "a".repeat(4000), "b".repeat(4000)));
    fake.fails("sendMessage", [Fault::Slow(Duration::ZERO), Fault::wait(7)]);
    assert_eq!(send(&telegram, &long).await, Err(SendFault::Wait(Duration::from_secs(7))));
    assert_eq!(user.sees().len(), 1, "a retry would double the first part");

    fake.fails("sendMessage", [Fault::Slow(Duration::ZERO), Fault::wait(7)]);
    fake.fails("deleteMessage", [Fault::Gateway(502)]);
    assert_eq!(send(&telegram, &long).await, Err(SendFault::Uncertain));
}

#[tokio::test]
async fn every_fault_of_a_send_has_its_own_meaning() {
    use SendFault::{Gone, Refused, Uncertain, Unreachable, Wait};
    let fake = Fake::start();
    let (telegram, user) = (channel(&fake), fake.user(CHAT));
    user.starts(None);
    // the fault, what it means, and whether the message stands in the chat all the same
    let cases = [
        (Fault::wait(3), Wait(Duration::from_secs(3)), false),
        (Fault::refused(500, "Internal Server Error"), Unreachable, false),
        (Fault::Gateway(503), Unreachable, false),
        (Fault::Gateway(407), Unreachable, false),
        (Fault::Gateway(502), Uncertain, false),
        (Fault::CutBefore, Uncertain, false),
        (Fault::CutAfter, Uncertain, true),
        (Fault::Torn, Uncertain, true),
        (Fault::Slow(Duration::from_secs(4)), Uncertain, true),
        (Fault::Garbage, Uncertain, true),
        (Fault::refused(401, "Unauthorized"), Unreachable, false),
        (Fault::refused(403, "Forbidden: user is deactivated"), Gone, false),
        (Fault::refused(400, "Bad Request: chat not found"), Gone, false),
        (Fault::refused(400, "Bad Request: can't parse entities"), Refused(400), false),
    ];
    for (fault, meaning, stands) in cases {
        fake.fails("sendMessage", [fault.clone()]);
        let before = user.sees().len();
        assert_eq!(send(&telegram, &say("x")).await, Err(meaning), "{fault:?}");
        assert_eq!(user.sees().len() - before, usize::from(stands), "{fault:?}");
    }
    user.blocks();
    assert_eq!(send(&telegram, &say("x")).await, Err(Gone));
    user.unblocks();
    assert!(send(&telegram, &say("x")).await.is_ok());
    let stranger = ChatId::new("99");
    assert_eq!(telegram.send(&stranger, &say("x")).await.err(), Some(Gone));
}

#[tokio::test]
async fn what_can_be_done_twice_is_never_uncertain() {
    let fake = Fake::start();
    let (telegram, user) = (channel(&fake), fake.user(CHAT));
    user.starts(None);
    let message = send(&telegram, &say("x")).await.expect("sent").expect("a number");
    for fault in [Fault::CutBefore, Fault::CutAfter] {
        fake.fails("deleteMessage", [fault]);
        let erase = Outgoing::Erase { message: message.clone() };
        assert_eq!(send(&telegram, &erase).await, Err(SendFault::Unreachable));
    }
    assert_eq!(user.sees().len(), 1, "the second try did it");
    send(&telegram, &Outgoing::Erase { message }).await.expect("and the third agrees");
}

#[tokio::test]
async fn nobody_listening_is_surely_nothing_sent() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let fake = Fake::start();
    let mut options = options(&fake);
    options.api_url = Some(format!("http://{port}"));
    let telegram = Telegram::new(options).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(send(&telegram, &say("x")).await, Err(SendFault::Unreachable));
}

#[tokio::test]
async fn what_can_never_be_sent_does_not_leave() {
    let fake = Fake::start();
    let telegram = channel(&fake);
    let button = Button { label: "x".to_owned(), token: "t".repeat(65) };
    let hopeless = [
        say(" \n"),
        Outgoing::Say { text: "x".to_owned(), buttons: vec![vec![button]], protect: false },
        Outgoing::Erase { message: MessageRef("not a number".to_owned()) },
    ];
    for what in &hopeless {
        assert_eq!(send(&telegram, what).await, Err(SendFault::Refused(400)));
    }
    assert_eq!(telegram.send(&ChatId::new("@name"), &say("x")).await.err(), Some(SendFault::Refused(400)));
    assert!(fake.journal().is_empty());
}

#[tokio::test]
async fn method_names_go_out_in_camel_case_and_the_bot_knows_itself() {
    let fake = Fake::start();
    let me = channel(&fake).me().await.expect("answered");
    assert_eq!(me, Me { id: 7_654_321_098, username: Some("tinan_bot".to_owned()) });
    assert_eq!(fake.journal()[0].method, "getMe");
}

#[tokio::test]
async fn a_file_is_fetched_in_pieces_up_to_the_cap() {
    let fake = Fake::start();
    let telegram = channel(&fake);
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let (_, id) = fake.user(CHAT).sends_document("thư mục/tệp 1.bin", &bytes);
    let mut download = telegram.file(&FileRef(id)).await.expect("found");
    let (mut got, mut pieces) = (Vec::new(), 0);
    while let Some(piece) = download.next().await.expect("a piece") {
        got.extend(piece);
        pieces += 1;
    }
    assert!(got == bytes && pieces > 1);

    let too_large = vec![0; usize::try_from(MAX_FILE).expect("fits") + 1];
    let (_, id) = fake.user(CHAT).sends_document("big.bin", &too_large);
    assert_eq!(telegram.file(&FileRef(id)).await.err(), Some(FileFault::TooLarge));
    assert_eq!(telegram.file(&FileRef("nobody".to_owned())).await.err(), Some(FileFault::Gone));
}

#[tokio::test]
async fn the_fake_takes_any_case_and_forms_and_names_what_breaks_the_rules() {
    let fake = Fake::start();
    fake.user(CHAT).starts(None);
    let call = |method: &str, body: &str| {
        let url = format!("{}/bot{}/{method}", fake.url(), crate::telegram::TOKEN);
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let form = client.post(url).header("content-type", "application/x-www-form-urlencoded");
        let request = form.body(body.to_owned());
        async move { request.send().await.expect("answered").status().as_u16() }
    };
    assert_eq!(call("SENDMESSAGE", "chat_id=5501&text=xin+ch%C3%A0o").await, 200);
    assert_eq!(fake.user(CHAT).sees()[1].text, "xin chào");
    assert!(fake.take_violations().is_empty());
    assert_eq!(call("sendMessage", "chat_id=5501&txt=x").await, 400);
    assert_eq!(call("sendMessage", &format!("chat_id=5501&text={}", "x".repeat(4097))).await, 400);
    assert_eq!(call("sendTelepathy", "").await, 404);
    assert_eq!(call("deleteWebhook", "drop_pending_updates=true").await, 200);
    assert_eq!(fake.take_violations().len(), 4);
}
