//! `kill -9` while people write to the bot, at points that Telegram sees.

use std::time::Duration;

use super::{TIP, previewed, receipts};
use crate::process::{Install, Running};
use crate::telegram::{Fake, Fault, User};
use crate::until::until;

/// DESIGN §6 and the promise of the start: everybody who had written is answered by then.
const ANSWERED: Duration = Duration::from_secs(20);

fn people(fake: &Fake, first: i64, many: i64) -> Vec<User> {
    (first..first + many).map(|chat| fake.user(chat)).collect()
}

fn all_write(users: &[User]) {
    for (n, user) in users.iter().enumerate() {
        user.writes(&format!("{TIP}, so {n}"));
    }
}

/// Everybody presses send and gets one receipt, however often it is shown; there are that many cases.
async fn all_send(install: &Install, users: &[User], cases_before: usize) {
    for user in users {
        user.presses("Gửi ngay");
    }
    let all = async || users.iter().all(|u| !receipts(u).is_empty());
    until("everybody has a receipt", ANSWERED, all).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    for user in users {
        assert_eq!(receipts(user).len(), 1, "one tip, one code: {:#?}", user.sees());
    }
    assert_eq!(install.count("cases").await, cases_before + users.len(), "each tip exactly once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_the_commit_and_the_acknowledgement() {
    let fake = Fake::start();
    let install = Install::empty().with_bot(&fake).set_up();
    let server = install.serve().await;
    let (users, early) = (people(&fake, 9100, 6), fake.user(9099));
    early.writes(TIP);
    let listens = async || previewed(&early) && fake.waiting() == 0;
    until("it listens again", ANSWERED, listens).await;
    // The long poll that is under way brings the first of them; the question that would acknowledge it never
    // arrives.
    fake.fails("getUpdates", [Fault::CutBefore, Fault::CutBefore, Fault::CutBefore]);
    all_write(&users);
    until("one is committed", ANSWERED, async || install.count("inbox_seen").await > 1).await;
    server.kill();
    assert!(fake.waiting() > 0, "Telegram still has them");
    let _server = install.serve().await;
    let all = async || users.iter().all(previewed);
    until("everybody is answered", ANSWERED, all).await;
    assert!(users.iter().all(|u| u.sees().iter().filter(|m| !m.by_bot).count() == 1));
    all_send(&install, &users, 0).await;
    assert_eq!(install.count("inbox").await, 0);
    install.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_a_receipt_is_on_its_way() {
    let fake = Fake::start();
    let install = Install::empty().with_bot(&fake).set_up();
    let server = install.serve().await;
    let user = fake.user(9200);
    user.writes(TIP);
    until("a preview", ANSWERED, async || previewed(&user)).await;
    // It arrives, and the program never learns that it did.
    fake.fails("sendMessage", [Fault::Slow(Duration::from_mins(1))]);
    user.presses("Gửi ngay");
    until("the receipt arrives", ANSWERED, async || !receipts(&user).is_empty()).await;
    let sending = install.count("outbox WHERE state = 'sending'").await;
    assert!(sending > 0, "nobody knows that it arrived");
    server.kill();
    let _server = install.serve().await;
    let code = receipts(&user).remove(0);
    let holds = |text: Option<&str>| text.is_some_and(|t| t.contains(&code));
    let again =
        async || fake.calls("sendMessage").iter().filter(|c| holds(c.args["text"].as_str())).count() == 2;
    until("it is sent again", ANSWERED, again).await;
    assert_eq!(receipts(&user).len(), 1, "the same code: {:#?}", user.sees());
    assert_eq!(install.count("cases").await, 1);
    install.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_wrote_is_answered_after_a_kill() {
    let fake = Fake::start();
    let install = Install::empty().with_bot(&fake).set_up();
    let mut cases = 0;
    for (round, pause) in [0, 25, 90].into_iter().enumerate() {
        let server = install.serve().await;
        let users = people(&fake, 9300 + 100 * i64::try_from(round).expect("few"), 30);
        all_write(&users);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.kill();
        let server = install.serve().await;
        let all = async || users.iter().all(previewed);
        let took = until("everybody is answered", ANSWERED, all).await;
        eprintln!("killed {pause} ms after 30 people wrote: all answered {took:?} after the restart");
        all_send(&install, &users, cases).await;
        cases += users.len();
        server.stop().await;
    }
    install.assert_sound().await;
}

/// Telegram calls us: an update is acknowledged by the answer to that very call.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_wrote_is_answered_after_a_kill_when_telegram_calls_us() {
    let fake = Fake::start();
    let install = Install::empty()
        .with_bot(&fake)
        .with("TINAN_TELEGRAM__MODE", "webhook")
        .with("TINAN_TELEGRAM__SECRET", "correct-horse_battery")
        .with("TINAN_HTTP__PUBLIC_URL", "https://tinan.example")
        .set_up();
    // The proxy that ends TLS: it follows the program to its new port.
    let reach = |server: &Running| fake.hooks_lead_to(&format!("{}/hooks/telegram", server.poster().1));
    let mut cases = 0;
    for (round, pause) in [5, 40, 120].into_iter().enumerate() {
        let server = install.serve().await;
        reach(&server);
        let users = people(&fake, 9700 + 100 * i64::try_from(round).expect("few"), 20);
        all_write(&users);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.kill();
        let acknowledged = fake.waiting();
        let server = install.serve().await;
        reach(&server);
        let all = async || users.iter().all(previewed);
        let took = until("everybody is answered", ANSWERED, all).await;
        eprintln!("killed with {acknowledged} calls unanswered: all answered {took:?} after the restart");
        all_send(&install, &users, cases).await;
        cases += users.len();
        server.stop().await;
    }
    assert_eq!(install.count("inbox").await, 0);
    install.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_a_file_is_on_its_way() {
    let fake = Fake::start();
    let install = Install::empty().with_bot(&fake).set_up();
    let server = install.serve().await;
    let user = fake.user(9600);
    user.writes(TIP);
    until("a preview", ANSWERED, async || previewed(&user)).await;
    user.presses("Gửi ngay");
    until("a receipt", ANSWERED, async || !receipts(&user).is_empty()).await;
    // Three files: one is half here, one is asked for, one comes whole about when the program dies.
    fake.fails("download", [Fault::Slow(Duration::from_mins(1))]);
    for n in 0..3 {
        user.sends_document(&format!("{n}.pdf"), &vec![b'a' + n; 400_000]);
    }
    until("it is under way", ANSWERED, async || !fake.calls("download").is_empty()).await;
    server.kill();
    let _server = install.serve().await;
    until("all are there", ANSWERED, async || install.count("attachments").await == 3).await;
    let done = async || install.count("outbox WHERE attempts > 0").await == 0;
    until("nothing is under way", ANSWERED, done).await;
    assert_eq!(install.count("attachments").await, 3, "each file once");
    let whole = std::fs::read_dir(install.data().join("files")).expect("a folder").filter(|entry| {
        let name = entry.as_ref().expect("an entry").file_name();
        !name.to_string_lossy().ends_with(".part")
    });
    assert!(whole.count() >= 3, "and every row has its file");
    install.assert_sound().await;
}
