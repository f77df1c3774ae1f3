//! The long, random variant: all channels at once into one program that is killed again and again. Behind a flag:
//!
//! `TINAN_TEST_STORM_MINUTES=N cargo test --test it matrix::storm -- --nocapture`
//!
//! The ledger is kept out here: what was sent, and whether it was acknowledged. At the end sent = stored, and a
//! second delivery of everything changes nothing. `TINAN_TEST_SEED` repeats the same pauses.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use tinan::kernel::Entropy;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::SOON;
use super::line::Line;
use super::lines::every_line;
use crate::process::{Install, told};

/// People that write at the same time, per channel.
const AT_ONCE: usize = 4;

/// One channel's part of the ledger.
struct Ledger {
    line: Box<dyn Line>,
    next: AtomicUsize,
    /// Deliveries that were not acknowledged, and so made again.
    again: AtomicUsize,
}

/// Where the program is, while it is.
type Base = watch::Receiver<String>;

struct Dice(Entropy);

impl Dice {
    fn new() -> (Self, u64) {
        let given = told("TINAN_TEST_SEED").and_then(|s| s.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from_le_bytes(Entropy::System.bytes().expect("chance")));
        (Self(Entropy::seeded(seed)), seed)
    }

    fn millis(&self, most: u64) -> Duration {
        let n = u32::from_le_bytes(self.0.bytes().expect("seeded"));
        Duration::from_millis(u64::from(n) % most)
    }
}

/// Person after person, each until it is acknowledged; nobody is begun after the end.
async fn write(ledger: Arc<Ledger>, base: Base, client: Client, end: Instant) {
    while Instant::now() < end {
        let n = ledger.next.fetch_add(1, Ordering::Relaxed);
        deliver(&ledger, &base, &client, n).await;
    }
}

async fn deliver(ledger: &Ledger, base: &Base, client: &Client, n: usize) {
    let began = Instant::now();
    loop {
        let at = base.borrow().clone();
        let answer = ledger.line.delivery(client, &at, n).send().await;
        let taken = match answer {
            Ok(answer) if answer.status().as_u16() == ledger.line.taken() => answer.bytes().await.is_ok(),
            _ => false,
        };
        if taken {
            return;
        }
        assert!(began.elapsed() < 2 * SOON, "{}: never taken", ledger.line.name());
        ledger.again.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// How many messages of chats and how many others are stored. A chat's message may have become a case by itself.
async fn stored(install: &Install) -> (usize, usize) {
    let chats = install.count("dialogues").await;
    let cases = install.count("cases WHERE kind = 'tips'").await;
    (chats, cases - install.count("mailboxes").await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_kills_lose_nothing_and_double_nothing() {
    let minutes = told("TINAN_TEST_STORM_MINUTES").and_then(|m| m.parse::<f32>().ok());
    let length = Duration::from_secs_f32(60.0 * minutes.unwrap_or(0.2));
    let (dice, seed) = Dice::new();
    let lines = every_line();
    let install = lines.iter().fold(Install::empty(), |i, l| l.furnish(i)).set_up();
    let ledger = |line| Arc::new(Ledger { line, next: AtomicUsize::new(1), again: AtomicUsize::new(0) });
    let ledgers: Vec<_> = lines.into_iter().map(ledger).collect();
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(20));
    let client = client.redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let mut server = install.serve().await;
    let (tell, base) = watch::channel(server.poster().1);
    let end = Instant::now() + length;
    let mut people = JoinSet::new();
    for ledger in ledgers.iter().flat_map(|l| std::iter::repeat_n(l, AT_ONCE)) {
        people.spawn(write(Arc::clone(ledger), base.clone(), client.clone(), end));
    }
    let mut kills = 0;
    while Instant::now() < end {
        tokio::time::sleep(dice.millis(5_000)).await;
        server.kill();
        kills += 1;
        tokio::time::sleep(dice.millis(1_500)).await;
        server = install.serve().await;
        tell.send_replace(server.poster().1);
    }
    while let Some(done) = people.join_next().await {
        done.expect("everything was acknowledged in the end");
    }
    settle(&install).await;
    report(&install, &ledgers, (length, kills, seed)).await;
    // Everything once more: nothing changes.
    let before = stored(&install).await;
    for ledger in &ledgers {
        let all = 1..ledger.next.load(Ordering::Relaxed).min(500);
        for n in all {
            deliver(ledger, &base, &client, n).await;
        }
    }
    settle(&install).await;
    assert_eq!(stored(&install).await, before, "a second delivery is not a second message");
    server.stop().await;
    install.assert_sound().await;
}

/// Nothing waits to be worked off.
async fn settle(install: &Install) {
    let began = Instant::now();
    while install.count("inbox").await > 0 {
        assert!(began.elapsed() < 10 * SOON, "what was acknowledged is not worked off");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn report(install: &Install, ledgers: &[Arc<Ledger>], (length, kills, seed): (Duration, usize, u64)) {
    let (mut chats, mut others) = (0, 0);
    eprintln!("storm of {:.1} min, {kills} kills -9, seed {seed}", length.as_secs_f32() / 60.0);
    for ledger in ledgers {
        let sent = ledger.next.load(Ordering::Relaxed) - 1;
        let again = ledger.again.load(Ordering::Relaxed);
        eprintln!("  {}: {sent} sent, {again} deliveries made again", ledger.line.name());
        *(if ledger.line.rows() == "dialogues" { &mut chats } else { &mut others }) += sent;
    }
    let (kept_chats, kept_others) = stored(install).await;
    let difference = |sent: usize, kept: usize| (sent.saturating_sub(kept), kept.saturating_sub(sent));
    let ((a, b), (c, d)) = (difference(chats, kept_chats), difference(others, kept_others));
    eprintln!(
        "  sent {}, stored {}, lost {}, doubled {}",
        chats + others,
        kept_chats + kept_others,
        a + c,
        b + d
    );
    assert_eq!((chats, others), (kept_chats, kept_others), "sent is not what is stored");
}
