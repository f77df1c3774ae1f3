//! SMS from the gateway's call to its `sendsms`, through the real service and both databases.

use std::sync::Arc;
use std::time::Duration;

use tinan::channels::sms::Sms;
use tinan::domain::lane::Kind;
use tinan::domain::receipt::Receipt;
use tinan::jobs;
use tinan::service::casefile::CaseView;
use tinan::service::casework::Step;

use crate::databases::Database;
use crate::sms::{Kannel, SECRET};
use crate::world::World;

const PHONE: &str = "+84987654321";
const TIP: &str = "Nhà KIMSMS cuối ngõ 9 bán ma túy ban đêm";

/// An installation with SMS at work.
struct Line {
    world: World,
    kannel: Kannel,
    sms: Arc<Sms>,
    hook: String,
}

impl Line {
    async fn open() -> Self {
        Self::on(World::with_oversight().await).await
    }

    async fn on(world: World) -> Self {
        let kannel = Kannel::start().await;
        let sms = Arc::new(Sms::new(kannel.options()).expect("sound options"));
        let hook = Kannel::serve(&sms, world.hotline.clone()).await;
        Self { world, kannel, sms, hook }
    }

    /// A text message comes in; the status of our answer.
    async fn comes(&self, id: &str, text: &str) -> u16 {
        let time = "2026-11-22 04:12:00";
        let fields =
            [("from", PHONE), ("to", "8088"), ("id", id), ("time", time), ("text", text), ("secret", SECRET)];
        self.kannel.deliver(&self.hook, &fields).await
    }

    /// Works off what waits; the texts that were sent.
    async fn answers(&self) -> Vec<String> {
        jobs::drain(&self.world.hotline, &*self.sms).await.expect("works");
        let sent = self.kannel.sent();
        assert!(sent.iter().all(|(to, _, _)| to == PHONE));
        sent.into_iter().map(|(_, _, text)| text).collect()
    }

    /// Time passes and timers ring.
    async fn waits(&self, minutes: u64) {
        self.world.clock.advance(Duration::from_mins(minutes));
        for row in self.world.hotline.due_timers(100).await.expect("reads") {
            self.world.hotline.tick(&row).await.expect("ticks");
        }
    }

    async fn next(&self, login: &str, desk: &str) -> Option<(Step, CaseView)> {
        let actor = self.world.actor(login).await;
        let claimed = self.world.hotline.next_case(&actor, desk, None).await.expect("asks")?;
        let step = Step { case: claimed.id, version: claimed.version, once: None };
        Some((step, self.world.hotline.open_case(&actor, claimed.id).await.expect("opens")))
    }
}

#[tokio::test]
async fn a_talk_over_sms_from_the_first_word_to_being_forgotten() {
    let line = Line::open().await;
    assert_eq!(line.comes("u1", TIP).await, 200);
    assert_eq!(line.answers().await, ["Da nhan. Cam on ban."]);
    assert_eq!(line.comes("u2", "biển số 20H1").await, 200);
    assert!(line.answers().await.is_empty());
    line.waits(3).await;
    let (step, view) = line.next("anh", "tips").await.expect("a case");
    assert_eq!(view.thread[0].text, format!("{TIP}\nbiển số 20H1"));
    assert_eq!((view.opening.expect("opened").channel.as_str(), view.register.len()), ("sms", 1));

    line.comes("u3", "Mã").await;
    let code = line.answers().await.concat();
    let found = line.world.hotline.look_up(&Receipt::parse(&code).expect("a code")).await.expect("found");
    assert_eq!(found.kind, Kind::Tips);

    let anh = line.world.actor("anh").await;
    line.world.hotline.reply(&anh, &step, "Xe màu gì hả bạn?").await.expect("replies");
    assert_eq!(line.answers().await, ["Ban co tin moi. Nhan XEM de doc."], "nothing of what");
    line.comes("u4", "xem").await;
    assert_eq!(line.answers().await, ["Xe màu gì hả bạn?"]);
    line.comes("u5", "Màu đỏ").await;
    assert_eq!(line.answers().await, ["Da nhan. Cam on ban."]);
    let view = line.world.hotline.open_case(&anh, step.case).await.expect("opens");
    assert_eq!(view.thread.last().map(|m| m.text.as_str()), Some("Màu đỏ"));
    line.comes("u6", "XEM").await;
    assert_eq!(line.answers().await, ["Xe màu gì hả bạn?"], "again, while the words wait");
    line.world.clock.advance(Duration::from_hours(49));
    line.world.hotline.upkeep().await.expect("tidies");
    line.comes("u6b", "XEM").await;
    assert_eq!(line.answers().await, ["Chua co tin moi."]);

    line.comes("u7", "QUEN").await;
    assert_eq!(line.answers().await, ["Da quen so nay. Ban tu xoa tin tren may."]);
    let view = line.world.hotline.open_case(&anh, step.case).await.expect("opens");
    assert!(!view.reachable);
}

#[tokio::test]
async fn repeated_messages_count_once_and_undecided_ones_reach_a_counsellor() {
    let line = Line::open().await;
    for _ in 0..3 {
        assert_eq!(line.comes("same", "chuyện này tôi không biết nói với ai").await, 200);
    }
    assert_eq!(line.answers().await, ["Da nhan. Cam on ban."]);
    line.waits(3).await;
    let (_, view) = line.next("binh", "counselling").await.expect("a case");
    assert_eq!(view.thread[0].text, "chuyện này tôi không biết nói với ai");
    assert!(line.next("binh", "counselling").await.is_none() && line.next("anh", "tips").await.is_none());
}

#[tokio::test]
async fn a_danger_is_answered_at_once_and_is_a_case_at_once() {
    let line = Line::open().await;
    line.comes("d1", "cứu với, nó sốc thuốc tím tái không thở").await;
    let said = line.answers().await;
    assert!(said.len() == 1 && said[0].contains("115") && said[0].len() <= 160, "{said:?}");
    let cases = [line.next("anh", "tips").await, line.next("binh", "counselling").await];
    assert_eq!(cases.iter().flatten().count(), 1, "without waiting");
}

#[tokio::test]
async fn a_gateway_that_is_away_is_asked_again_and_a_message_may_be_long() {
    let line = Line::open().await;
    line.comes("g1", TIP).await;
    line.kannel.fail(&[503, 403]);
    for _ in 0..4 {
        jobs::drain(&line.world.hotline, &*line.sms).await.expect("works");
        line.world.clock.advance(Duration::from_mins(1));
    }
    assert_eq!(line.kannel.sent().len(), 1, "once, when it was back");
    line.waits(3).await;
    let (step, _) = line.next("anh", "tips").await.expect("a case");
    let anh = line.world.actor("anh").await;
    let long = "Bạn kể thêm giúp nhé. ".repeat(40);
    line.world.hotline.reply(&anh, &step, &long).await.expect("replies");
    line.answers().await;
    line.comes("g2", "XEM").await;
    jobs::drain(&line.world.hotline, &*line.sms).await.expect("works");
    let sent = line.kannel.sent();
    assert!(
        sent.len() > 1 && sent.iter().all(|(_, coding, t)| coding == "2" && t.encode_utf16().count() <= 402)
    );
    let bare = |s: &str| s.split_whitespace().collect::<String>();
    assert_eq!(bare(&sent.into_iter().map(|(_, _, t)| t).collect::<String>()), bare(&long));
}

#[tokio::test]
async fn only_the_gateway_gets_in_and_odd_messages_are_kept_for_a_person() {
    let line = Line::open().await;
    let fields = |secret: &'static str| [("from", PHONE), ("id", "x"), ("text", "tin"), ("secret", secret)];
    assert_eq!(line.kannel.deliver(&line.hook, &fields("sai")).await, 401);
    assert_eq!(line.kannel.deliver(&line.hook, &fields("")).await, 401);
    assert_eq!(line.kannel.post(&line.hook, b"from=1&text=a".to_vec(), Some("sai")).await, 401);
    assert!(line.answers().await.is_empty());
    let large = vec![b'a'; (1 << 20) + 1];
    assert_eq!(line.kannel.post(&line.hook, large, Some(SECRET)).await, 413);
    let odd = b"from=%2B84987654321&id=o1&charset=KLINGON&text=%FF".to_vec();
    assert_eq!(line.kannel.post(&line.hook, odd, Some(SECRET)).await, 200);
    assert!(line.answers().await.is_empty());
    let (_, view) = line.next("binh", "counselling").await.expect("a dead letter is a case");
    assert!(view.thread[0].text.contains("KLINGON") && !view.thread[0].text.contains(SECRET));
}

#[tokio::test]
async fn what_a_gateway_calls_twice_counts_once_and_one_id_for_all_loses_nothing() {
    let line = Line::open().await;
    let fields = |text: &'static str| [("from", PHONE), ("id", "always"), ("text", text), ("secret", SECRET)];
    let nameless = [("from", PHONE), ("id", ""), ("text", "1"), ("secret", SECRET)];
    assert_eq!(line.kannel.deliver(&line.hook, &nameless).await, 400, "it could not be told from the next");
    for text in [TIP, TIP, "biển số xe là 20A"] {
        assert_eq!(line.kannel.deliver(&line.hook, &fields(text)).await, 200);
    }
    line.answers().await;
    line.waits(3).await;
    let (_, view) = line.next("anh", "tips").await.expect("a tip");
    let words = view.thread.iter().map(|t| t.text.as_str()).collect::<String>();
    assert_eq!(words.matches(TIP).count(), 1, "{words}");
    assert!(words.contains("biển số xe là 20A"), "{words}");
}

/// Sends a tip, and looks for number and words in every table.
async fn leaves_nothing_in_clear(database: Database) {
    let line = Line::on(World::on(database.store.clone(), false).await).await;
    assert_eq!(line.comes("n1", TIP).await, 200);
    nothing_of(&database).await;
    line.answers().await;
    nothing_of(&database).await;
    line.waits(3).await;
    assert!(line.next("anh", "tips").await.is_some());
    nothing_of(&database).await;
}

async fn nothing_of(database: &Database) {
    for file in database.files() {
        let bytes = std::fs::read(&file).expect("reads");
        for needle in [b"987654321".as_slice(), b"KIMSMS"] {
            assert!(!bytes.windows(needle.len()).any(|w| w == needle), "{}", file.display());
        }
    }
    if database.files().is_empty() {
        for table in ["inbox", "inbox_seen", "dialogues", "outbox", "items", "mailboxes", "cases", "audit"] {
            for row in database.texts(&format!("SELECT t::text FROM {table} t")).await.concat() {
                for needle in ["987654321", "KIMSMS"] {
                    let hex = data_encoding::HEXLOWER.encode(needle.as_bytes());
                    assert!(!row.contains(needle) && !row.contains(&hex), "{table}");
                }
            }
        }
    }
}

#[tokio::test]
async fn neither_number_nor_words_are_in_the_database() {
    leaves_nothing_in_clear(Database::sqlite().await).await;
    if let Some(database) = Database::postgres().await {
        leaves_nothing_in_clear(database).await;
    }
}

#[tokio::test]
async fn with_the_database_away_the_gateway_keeps_the_message() {
    let line = Line::open().await;
    line.world.hotline.store().close().await;
    assert_eq!(line.comes("w1", TIP).await, 503);
    assert_eq!(line.comes("w1", TIP).await, 503, "and again, with the same id");
}
