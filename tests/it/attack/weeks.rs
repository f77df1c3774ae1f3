//! Days pass while nobody works off what came, and clocks that jump.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use tinan::jobs;
use tinan::kernel::Secret;
use tinan::service::channel::{
    Channel, ChatId, Content, Delivered, MessageRef, Outgoing, Raw, Sending, Unparsable, Update,
};
use tinan::vault::Keyring;

use super::TIP;
use crate::world::{START, World, password};

const DAY: Duration = Duration::from_hours(24);
/// Longer than an unconfirmed tip waits.
const HALF_AN_HOUR: Duration = Duration::from_mins(31);

/// A messenger of slips of paper: `chat|text`.
struct Slips {
    bot: &'static str,
    sent: Mutex<Vec<(String, String)>>,
}

impl Slips {
    fn of(bot: &'static str) -> Self {
        Self { bot, sent: Mutex::new(Vec::new()) }
    }

    /// How many chats were told something that contains these words.
    fn told(&self, words: &str) -> usize {
        let sent = self.sent.lock().expect("whole");
        let mut chats: Vec<&str> =
            sent.iter().filter(|(_, t)| t.contains(words)).map(|(c, _)| c.as_str()).collect();
        chats.sort_unstable();
        chats.dedup();
        chats.len()
    }
}

impl Channel for Slips {
    fn name(&self) -> &'static str {
        "slips"
    }

    fn bot(&self) -> &str {
        self.bot
    }

    fn parse(&self, bytes: &[u8]) -> Result<Update, Unparsable> {
        let text = std::str::from_utf8(bytes).map_err(|_| Unparsable)?;
        let (chat, words) = text.split_once('|').ok_or(Unparsable)?;
        Ok(Update { chat: ChatId::new(chat), message: None, content: Content::Text(words.to_owned()) })
    }

    fn send<'a>(&'a self, chat: &'a ChatId, what: &'a Outgoing) -> Sending<'a> {
        let mut sent = self.sent.lock().expect("whole");
        let message = if let Outgoing::Say { text, .. } = what {
            sent.push((chat.expose().to_owned(), text.clone()));
            Some(MessageRef(sent.len().to_string()))
        } else {
            None
        };
        Box::pin(async move { Ok(Delivered { message }) })
    }
}

fn slips(first: usize, many: usize) -> Vec<Raw> {
    let slip = |n| Raw { key: format!("k{n}"), bytes: format!("chat{n}|{TIP}, so {n}").into_bytes() };
    (first..first + many).map(slip).collect()
}

fn keyring_file(world: &World) -> PathBuf {
    world.files().parent().expect("a folder").join("keyring")
}

fn transit_keys(world: &World) -> Vec<u32> {
    let ring = Keyring::open(&keyring_file(world)).expect("a keyring");
    ring.transit_ages().iter().map(|a| a.epoch).collect()
}

/// The numbers given out in a lane.
async fn numbers(world: &World, lane: &str) -> u64 {
    let report = world.hotline.verify_audit().await.expect("verifies");
    assert!(report.faults.is_empty(), "{:?}", report.faults.len());
    let of_lane = report.numbers.iter().filter(|(series, _, _)| series.contains(lane));
    of_lane.map(|(_, _, n)| u64::try_from(*n).expect("a count")).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_five_days_off_a_thousand_rows_are_handled_or_with_the_desk() {
    let world = World::open().await;
    let hotline = &world.hotline;
    let (bot, served) = (Slips::of("1"), [("slips".to_owned(), "1".to_owned())]);
    for first in (0..970).step_by(97) {
        assert_eq!(hotline.accept(("slips", "1"), slips(first, 97), None).await.expect("accepts"), 97);
    }
    let garbled = (0..10).map(|n| Raw { key: format!("g{n}"), bytes: vec![0xFF, n] }).collect();
    hotline.accept(("slips", "1"), garbled, None).await.expect("accepts");
    hotline.accept(("slips", "gone"), slips(5000, 20), None).await.expect("accepts");
    let needed = transit_keys(&world);

    world.clock.advance(5 * DAY);
    let upkeep = hotline.upkeep().await.expect("keeps house");
    assert!(upkeep.clock_suspect, "{upkeep:?}");
    assert_eq!(hotline.tend_keys().await.expect("looks"), 0, "nothing is destroyed by such a clock");
    assert_eq!(hotline.bury_overdue(&served).await.expect("buries"), 20, "the bot that is gone");
    jobs::drain(hotline, &bot).await.expect("works");
    assert_eq!(bot.told("Chưa gửi"), 970, "everybody is answered");
    assert!(needed.iter().all(|k| transit_keys(&world).contains(k)), "the keys that rows needed are there");
    world.clock.advance(HALF_AN_HOUR);
    jobs::drain(hotline, &bot).await.expect("works");

    assert_eq!(hotline.backlog("slips", "1").await.expect("counts"), 0);
    assert_eq!(hotline.backlog("slips", "gone").await.expect("counts"), 0);
    let actor = world.actor("anh").await;
    let tips = numbers(&world, "tips").await;
    assert!(tips >= 970, "{tips} tips");
    assert!(hotline.next_case(&actor, "tips", None).await.expect("asks").is_some());
    let mut tx = hotline.store().read().await.expect("reads");
    assert_eq!(tx.dead_letters(hotline.world().tenant.id, 100).await.expect("reads").len(), 30);
    drop(tx);
    for _ in 0..4 {
        world.clock.advance(DAY);
        // an audit entry of today says that the clock is right
        world.actor("anh").await;
        jobs::drain(hotline, &bot).await.expect("works");
        hotline.upkeep().await.expect("keeps house");
        hotline.tend_keys().await.expect("tends keys");
    }
    let left = transit_keys(&world);
    assert!(needed.iter().all(|k| !left.contains(k)), "{needed:?} should be destroyed, {left:?} are left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_round_forgets_all_numbers_of_a_bad_day() {
    let world = World::open().await;
    let hotline = &world.hotline;
    hotline.accept(("slips", "1"), slips(0, 5_000), None).await.expect("accepts");
    world.clock.advance(32 * DAY);
    hotline.confirm_clock().await.expect("is told");
    let upkeep = hotline.upkeep().await.expect("keeps house");
    assert!(!upkeep.clock_suspect, "{upkeep:?}");
    assert_eq!(hotline.accept(("slips", "1"), slips(0, 5_000), None).await.expect("accepts"), 5_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_destroys_nothing_and_loses_nothing() {
    let world = World::open().await;
    let hotline = &world.hotline;
    let bot = Slips::of("1");
    let accept = async |n| {
        assert_eq!(hotline.accept(("slips", "1"), slips(n, 1), None).await.expect("accepts"), 1);
    };
    accept(1).await;
    let before = std::fs::read(keyring_file(&world)).expect("a keyring");

    world.clock.set(START.plus(40 * DAY));
    let upkeep = hotline.upkeep().await.expect("keeps house");
    assert!(upkeep.clock_suspect && upkeep.erased == 0, "{upkeep:?}");
    assert_eq!(hotline.tend_keys().await.expect("looks"), 0, "nothing is destroyed by such a clock");
    assert_eq!(std::fs::read(keyring_file(&world)).expect("a keyring"), before, "not a byte was touched");
    accept(2).await;

    world.clock.set(START.minus(DAY));
    hotline.upkeep().await.expect("keeps house");
    hotline.tend_keys().await.expect("tends keys");
    accept(3).await;
    jobs::drain(hotline, &bot).await.expect("works");
    assert_eq!(bot.told("Chưa gửi"), 3, "all are answered");

    world.clock.set(START.plus(HALF_AN_HOUR));
    jobs::drain(hotline, &bot).await.expect("works");
    assert_eq!(numbers(&world, "tips").await, 3);
    assert_eq!(hotline.backlog("slips", "1").await.expect("counts"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_entry_made_by_a_wrong_clock_makes_it_right() {
    let world = World::open().await;
    let hotline = &world.hotline;
    hotline.accept(("slips", "1"), slips(1, 1), None).await.expect("accepts");
    let before = std::fs::read(keyring_file(&world)).expect("a keyring");
    world.clock.set(START.plus(40 * DAY));
    world.actor("anh").await;
    for _ in 0..3 {
        // a login, a message and upkeep itself make entries of the wrong day
        hotline.log_in("anh", Secret::new(password("anh"))).await.expect("logs in");
        let upkeep = hotline.upkeep().await.expect("keeps house");
        assert!(upkeep.clock_suspect && upkeep.erased == 0, "{upkeep:?}");
        assert_eq!(hotline.tend_keys().await.expect("looks"), 0);
        world.clock.advance(Duration::from_hours(23));
    }
    assert_eq!(std::fs::read(keyring_file(&world)).expect("a keyring"), before, "not a byte was touched");

    world.clock.set(START.plus(HALF_AN_HOUR));
    assert!(!hotline.upkeep().await.expect("keeps house").clock_suspect, "the clock has come back");
    assert!(transit_keys(&world).len() == 1, "nothing was stepped meanwhile");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_confirms_the_clock_ends_the_waiting_and_a_quiet_server_ends_it_in_three_days() {
    let world = World::open().await;
    let hotline = &world.hotline;
    world.clock.advance(5 * DAY);
    assert!(hotline.upkeep().await.expect("keeps house").clock_suspect);
    hotline.confirm_clock().await.expect("confirms");
    assert!(!hotline.upkeep().await.expect("keeps house").clock_suspect);
    hotline.tend_keys().await.expect("tends keys");
    assert!(transit_keys(&world).len() <= 3, "the keys of the days off are gone");

    world.clock.advance(5 * DAY);
    let (mut rounds, round) = (0, Duration::from_mins(30));
    while hotline.upkeep().await.expect("keeps house").clock_suspect {
        rounds += 1;
        world.clock.advance(round);
        assert!(rounds <= 2 * 73, "nobody visits, and yet it ends");
    }
    assert!(rounds >= 2 * 71, "{rounds} rounds of half an hour");
    assert!(hotline.verify_audit().await.expect("verifies").faults.is_empty());
}
