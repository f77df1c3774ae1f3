//! Whatever goes wrong, neither the token nor a person reaches a log line or an error.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tinan::channels::telegram::Telegram;
use tinan::kernel::Secret;
use tinan::service::channel::{Channel as _, ChatId, FileRef, Outgoing};

use super::{Memory, Options, Polling, channel, options};
use crate::heard;
use crate::telegram::{FIRST_NAME, Fake, Fault, TOKEN, USERNAME};

const CHAT: i64 = 987_650_123;
const TEXT: &str = "hàng trắng ở kho số bảy";

/// Everything that can fail, fails; the errors are returned as text.
async fn a_bad_day(fake: &Fake) -> String {
    let (telegram, memory) = (channel(fake), Arc::new(Memory::default()));
    let user = fake.user(CHAT);
    let faults = || {
        [
            Fault::wait(0),
            Fault::refused(400, "Bad Request: chat 987650123 not found, hàng trắng ở kho số bảy"),
            Fault::refused(403, "Forbidden"),
            Fault::refused(500, "Internal"),
            Fault::Gateway(502),
            Fault::CutBefore,
            Fault::CutAfter,
            Fault::Torn,
            Fault::Garbage,
            Fault::Slow(Duration::from_secs(3)),
        ]
    };
    user.writes(TEXT);
    fake.fails("getUpdates", faults());
    let polling = Polling::start(&telegram, &memory);
    memory.holds(1).await;
    let mut said = String::new();
    let chat = ChatId::new(CHAT.to_string());
    let say = Outgoing::Say { text: TEXT.to_owned(), buttons: Vec::new(), protect: true };
    fake.fails("sendMessage", faults());
    fake.fails("getMe", faults());
    fake.fails("getFile", faults());
    for _ in faults() {
        if let Err(fault) = telegram.send(&chat, &say).await {
            writeln!(said, "{fault} {fault:?}").expect("into a string");
        }
        if let Err(fault) = telegram.me().await {
            writeln!(said, "{fault} {fault:?}").expect("into a string");
        }
        if let Err(fault) = telegram.file(&FileRef("f".to_owned())).await {
            writeln!(said, "{fault} {fault:?}").expect("into a string");
        }
    }
    polling.stop().await;
    let api_url = Some("http://127.0.0.1:1".to_owned());
    let token = Secret::new(TOKEN.to_owned());
    let nowhere =
        Telegram::new(Options { api_url, token, ..options(fake) }).unwrap_or_else(|e| panic!("{e}"));
    said + &format!("{:?}", nowhere.me().await)
}

#[test]
fn neither_the_token_nor_a_person_is_ever_logged() {
    let fake = Fake::start();
    let (logged, errors) = heard::everything(a_bad_day(&fake));
    assert!(logged.contains("polling is disturbed") && logged.contains("reqwest"), "nothing was captured");
    assert!(errors.lines().count() > 20, "{errors}");
    let secret = TOKEN.split(':').nth(1).expect("a secret");
    heard::assert_silent(
        &[TOKEN, secret, "987650123", FIRST_NAME, USERNAME, TEXT, "kho số"],
        &logged,
        &errors,
    );
    assert_eq!(json!({ "violations": fake.take_violations() }), json!({ "violations": [] }));
}
