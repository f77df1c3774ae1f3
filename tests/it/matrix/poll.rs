//! Telegram, polled: the other end keeps what was not acknowledged by the next question, so it delivers by itself.

use std::ops::Range;
use std::time::{Duration, Instant};

use serde_json::json;

use super::post::Lock;
use super::{Cell, SOON, size};
use crate::databases::Database;
use crate::process::{Install, Running};
use crate::telegram::{Fake, Fault};
use crate::until::until;

const CHANNEL: &str = "Telegram, polling";

struct Poll {
    fake: Fake,
    install: Install,
    next: usize,
}

impl Poll {
    fn new() -> Self {
        let fake = Fake::start();
        fake.opens_chats(1..120_000);
        let install = Install::empty().with("TINAN_DATABASE__PATIENCE_SECONDS", "1").with_bot(&fake).set_up();
        Self { fake, install, next: 1 }
    }

    /// So many people write at once.
    fn write(&mut self, many: usize) -> Range<usize> {
        let people = self.next..self.next + many;
        self.next = people.end;
        for n in people.clone() {
            self.fake.user(i64::try_from(n).expect("few")).writes(&format!("co nguoi ban ma tuy o ngo {n}"));
        }
        people
    }

    async fn stored(&self) -> usize {
        self.install.count("dialogues").await
    }

    fn answered(&self, people: Range<usize>) -> usize {
        let user = |n| self.fake.user(i64::try_from(n).expect("few"));
        people.filter(|n| user(*n).sees().iter().any(|m| m.by_bot)).count()
    }

    /// Waits until Telegram has nothing left and everybody was answered, ends the server and counts.
    async fn finish(
        &self,
        fault: &'static str,
        server: Running,
        people: Range<usize>,
        before: usize,
    ) -> Cell {
        let handed = async || self.fake.waiting() == 0 && self.install.count("inbox").await == 0;
        until("all is worked off", SOON, handed).await;
        until("all are answered", SOON, async || self.answered(people.clone()) == people.len()).await;
        let stored = self.stored().await - before;
        server.kill();
        let told = format!("{} of {}", self.answered(people.clone()), people.len());
        Cell::new(fault, people.len(), stored, told).whole()
    }
}

async fn killed_before_commit(poll: &mut Poll) -> Cell {
    let server = poll.install.serve().await;
    let before = poll.stored().await;
    let lock = Lock::take(&poll.install).await;
    let people = poll.write(size().few);
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.kill();
    lock.release().await;
    assert_eq!(poll.fake.waiting(), people.len(), "Telegram still has all of them");
    let server = poll.install.serve().await;
    poll.finish("killed before the commit", server, people, before).await
}

async fn killed_before_acknowledgement(poll: &mut Poll) -> Cell {
    let server = poll.install.serve().await;
    let before = poll.stored().await;
    let had = poll.install.count("inbox_seen").await;
    poll.fake.fails("getUpdates", [Fault::CutBefore, Fault::CutBefore, Fault::CutBefore]);
    let people = poll.write(size().few);
    until("one is committed", SOON, async || poll.install.count("inbox_seen").await > had).await;
    server.kill();
    let server = poll.install.serve().await;
    poll.finish("killed after the commit, before the acknowledgement", server, people, before).await
}

async fn killed_before_processing(poll: &mut Poll) -> Cell {
    poll.install.set("TINAN_SERVE__ROLES", "web,channels");
    let server = poll.install.serve().await;
    let before = poll.stored().await;
    let people = poll.write(size().few);
    until("all are acknowledged", SOON, async || poll.fake.waiting() == 0).await;
    assert_eq!(poll.install.count("inbox").await, people.len(), "and nobody works for them");
    server.kill();
    poll.install.set("TINAN_SERVE__ROLES", "web,channels,worker");
    let server = poll.install.serve().await;
    poll.finish("killed after the acknowledgement, before processing", server, people, before).await
}

async fn killed_mid_send(poll: &mut Poll) -> Cell {
    let server = poll.install.serve().await;
    let before = poll.stored().await;
    poll.fake.fails("sendMessage", [Fault::Slow(Duration::from_mins(1))]);
    let handed = poll.fake.calls("sendMessage").len();
    let people = poll.write(size().few);
    until("an answer is under way", SOON, async || poll.fake.calls("sendMessage").len() > handed).await;
    server.kill();
    let server = poll.install.serve().await;
    poll.finish("killed in the middle of a send", server, people, before).await
}

async fn faulty_line(poll: &mut Poll) -> Vec<Cell> {
    let cases: [(&'static str, Vec<Fault>); 3] = [
        ("each delivered five times", vec![Fault::CutAfter; 4]),
        ("a peer that sends a byte now and then", vec![Fault::Slow(Duration::from_secs(3))]),
        (
            "the answer torn, garbled, refused",
            vec![Fault::Torn, Fault::Garbage, Fault::Gateway(502), Fault::wait(1)],
        ),
    ];
    let mut cells = Vec::new();
    for (fault, faults) in cases {
        let server = poll.install.serve().await;
        let before = poll.stored().await;
        poll.fake.fails("getUpdates", faults);
        let people = poll.write(size().few);
        cells.push(poll.finish(fault, server, people, before).await);
    }
    cells
}

async fn renumbered(poll: &mut Poll) -> Cell {
    let server = poll.install.serve().await;
    let before = poll.stored().await;
    let first = poll.write(size().few / 2);
    until("the first are taken", SOON, async || poll.fake.waiting() == 0).await;
    poll.fake.renumber(7);
    let people = first.start..poll.write(size().few / 2).end;
    poll.finish("the newest with lower numbers", server, people, before).await
}

async fn burst(poll: &mut Poll) -> Cell {
    let server = poll.install.serve().await;
    let (before, began) = (poll.stored().await, Instant::now());
    let people = poll.write(size().burst);
    until("all are acknowledged", SOON, async || poll.fake.waiting() == 0).await;
    let took = began.elapsed();
    until("all is worked off", SOON, async || poll.install.count("inbox").await == 0).await;
    let stored = poll.stored().await - before;
    server.kill();
    let told = format!("all taken in {:.1} s", took.as_secs_f32());
    Cell::new("a burst of 1,000", people.len(), stored, told).whole()
}

async fn nothing_can_be_written(poll: &mut Poll, fault: &'static str) -> Cell {
    let server = poll.install.serve().await;
    let before = poll.stored().await;
    server.no_file_may_grow(true);
    let people = poll.write(size().few);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(poll.fake.waiting(), people.len(), "Telegram still has all of them");
    server.no_file_may_grow(false);
    poll.finish(fault, server, people, before).await
}

async fn garbage(poll: &mut Poll) -> Cell {
    let server = poll.install.serve().await;
    let (before, letters) = (poll.stored().await, poll.install.count("dead_letters").await);
    poll.fake.push_garbage(json!([1, 2, 3]));
    poll.fake.push_garbage(json!({"update_id": 900_001, "a_kind_of_tomorrow": {"chat": 7}}));
    let people = poll.write(size().few);
    let seen = async || poll.install.count("dead_letters").await == letters + 2;
    until("a person can see both", SOON, seen).await;
    poll.finish("malformed, and of an unknown kind, in between", server, people, before).await
}

async fn backlog(poll: &mut Poll) -> Cell {
    let many = size().backlog;
    poll.install.set("TINAN_SERVE__ROLES", "web,channels");
    let server = poll.install.serve().await;
    let before = poll.stored().await;
    let mut written = 0;
    while written < many {
        written += poll.write(1_000.min(many - written)).len();
        until("all are acknowledged", SOON, async || poll.fake.waiting() == 0).await;
    }
    server.kill();
    poll.install.set("TINAN_SERVE__ROLES", "web,channels,worker");
    let began = Instant::now();
    let server = poll.install.serve().await;
    let ready = began.elapsed();
    let patience = SOON + Duration::from_millis(20) * u32::try_from(many).expect("few");
    while poll.install.count("inbox").await > 0 {
        assert!(began.elapsed() < patience, "the backlog is not worked off");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let stored = poll.stored().await - before;
    server.kill();
    let told = format!(
        "ready after {:.1} s, all worked off after {:.1} s",
        ready.as_secs_f32(),
        began.elapsed().as_secs_f32()
    );
    Cell::new("a restart with a backlog", many, stored, told).whole()
}

/// Two nodes ask for the same updates; one of them holds the right to.
async fn raced() -> Option<Cell> {
    let database = Database::postgres().await?;
    let fake = Fake::start();
    fake.opens_chats(1..1_000);
    let node = || Install::empty().with("TINAN_DATABASE__URL", database.url()).with_bot(&fake);
    let (one, two) = (node().set_up(), node());
    let folder = two.data();
    let exported = one.run(&["keys", "export-node", folder.to_str().expect("a path")]).await;
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let mut poll = Poll { fake, install: one, next: 1 };
    let first = poll.install.serve().await;
    let second = two.serve().await;
    let people = poll.write(size().few * 4);
    let cell = poll.finish("two nodes racing for each message", first, people, 0).await;
    second.kill();
    two.assert_sound().await;
    database.end().await;
    Some(cell)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn telegram_polling() {
    let mut poll = Poll::new();
    let mut cells = vec![
        killed_before_commit(&mut poll).await,
        killed_before_acknowledgement(&mut poll).await,
        killed_before_processing(&mut poll).await,
        killed_mid_send(&mut poll).await,
    ];
    cells.extend(faulty_line(&mut poll).await);
    cells.push(burst(&mut poll).await);
    cells.push(nothing_can_be_written(&mut poll, "the database away, the disk full").await);
    cells.push(garbage(&mut poll).await);
    cells.push(backlog(&mut poll).await);
    cells.push(renumbered(&mut poll).await);
    poll.install.assert_sound().await;
    cells.extend(raced().await);
    for cell in &cells {
        cell.print(CHANNEL);
    }
}
