//! Somebody who can write to the database: what they changed is noticed, and nothing of it is used or shown.

use std::time::Duration;

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::kernel::id::CaseId;
use tinan::kernel::{Entropy, Secret};
use tinan::service::casework::Step;
use tinan::service::intake::Submission;
use tinan::service::people::NewDesk;
use tinan::service::{Actor, Error, Refusal};
use tinan::vault::{PrivateKey, ReceiptKey, Recipient};

use crate::world::{World, password};

const FIRST: &str = "Điểm bán ma túy sau chợ Đồng Quang";
const SECOND: &str = "Xe chở gỗ lậu đêm nào cũng qua cầu Gia Bảy";

struct Scene {
    world: World,
    anh: Actor,
}

impl Scene {
    async fn open() -> Self {
        let world = World::open().await;
        let anh = world.actor("anh").await;
        Self { world, anh }
    }

    async fn tip(&self, text: &str) -> Result<String, Error> {
        self.world.hotline.submit(tip_of(text), None).await.map(|a| a.receipt)
    }

    async fn claimed(&self) -> Step {
        let next =
            self.world.hotline.next_case(&self.anh, "tips", None).await.expect("asks").expect("a case");
        Step { case: next.id, version: next.version, once: None }
    }

    /// Statements behind the program's back; the rows' columns are text.
    async fn sql(&self, sql: &str) -> Vec<Vec<String>> {
        let files = self.world.files();
        let path = files.parent().expect("a folder").join("tinan.db");
        let options: sqlx::sqlite::SqliteConnectOptions =
            format!("sqlite://{}", path.display()).parse().expect("an address");
        let mut c = options.busy_timeout(Duration::from_secs(20)).connect().await.expect("connects");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut c).await.expect(sql);
        let rows = rows.iter().map(|r| (0..r.len()).map(|i| r.get(i)).collect()).collect();
        c.close().await.expect("closes");
        rows
    }

    /// Puts a thief's public key in place of a desk's; gives the thief's key id.
    async fn swap_key_of(&self, desk: &str) -> String {
        let world = self.world.hotline.world();
        let desk = world.desk_named(desk).expect("a desk").id;
        let good = hex(&world.desk_key(desk).expect("a key").to_bytes());
        let thief = PrivateKey::generate(Recipient::Desk, &Entropy::System).expect("a key");
        let bad = hex(&thief.public().to_bytes());
        let rows = self.sql("SELECT CAST(serial AS TEXT), hex(entry) FROM directory").await;
        let mut swapped = 0;
        for row in rows.iter().filter(|r| r[1].contains(&good)) {
            let entry = row[1].replace(&good, &bad);
            self.sql(&format!("UPDATE directory SET entry = X'{entry}' WHERE serial = {}", row[0])).await;
            swapped += 1;
        }
        assert!(swapped > 0, "the key stands in the directory");
        hex(&thief.public().kid().to_bytes())
    }

    /// What the case page shows: all words, and how many items do not open.
    async fn shown(&self, case: CaseId) -> (String, usize) {
        let view = self.world.hotline.open_case(&self.anh, case).await.expect("opens");
        let opening = view.opening.map(|o| o.text).unwrap_or_default();
        let words: String = view.thread.iter().chain(&view.notes).map(|m| m.text.as_str()).collect();
        (opening + &words, view.unreadable)
    }
}

fn tip_of(text: &str) -> Submission {
    Submission {
        kind: Kind::Tips,
        text: text.to_owned(),
        locale: "vi".to_owned(),
        channel: "web".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXUPPER.encode(bytes)
}

fn blob(id: uuid::Uuid) -> String {
    format!("X'{}'", hex(id.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sealed_to_a_swapped_receipt_key() {
    let scene = Scene::open().await;
    scene.tip(FIRST).await.expect("taken");
    let step = scene.claimed().await;
    let thief = PrivateKey::generate(Recipient::Receipt, &Entropy::System).expect("a key");
    let key = hex(&thief.public().to_bytes());
    let swapped = scene.sql(&format!("UPDATE receipts SET public_key = X'{key}' RETURNING 'swapped'")).await;
    assert_eq!(swapped.len(), 1);
    let outcome = scene.world.hotline.reply(&scene.anh, &step, "Xe nào?").await;
    assert!(matches!(outcome, Err(Error::Refused(Refusal::NotAllowed))), "the swap is noticed");
    let kid = hex(&thief.public().kid().to_bytes());
    assert!(scene.sql(&format!("SELECT 'x' FROM wraps WHERE hex(kid) = '{kid}'")).await.is_empty());
    assert!(
        ReceiptKey::public_from_row(&thief.public().to_bytes()).is_ok(),
        "it was a key that could be used"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sealed_to_a_swapped_desk_key() {
    let scene = Scene::open().await;
    scene.tip(FIRST).await.expect("taken");
    let kid = scene.swap_key_of("tips").await;
    // every node reads the directory again at the turn of the day
    scene.world.clock.advance(Duration::from_hours(24));
    scene.world.hotline.refresh().await.expect("reads again");
    let told = scene.world.hotline.world();
    assert_eq!((told.directory.rejected().len(), told.distrust.missed), (1, 1), "noticed");
    scene.tip(SECOND).await.expect("nobody is turned away");
    assert!(scene.sql(&format!("SELECT 'x' FROM wraps WHERE hex(kid) = '{kid}'")).await.is_empty());
    scene.claimed().await;
    let second = scene.claimed().await;
    assert!(scene.shown(second.case).await.0.contains(SECOND), "sealed to the good key");

    // a process that starts now has only the signed copy to go by
    let restarted = scene.world.another(true).await.expect("starts");
    assert_eq!(restarted.world().distrust.missed, 1);
    restarted.submit(tip_of(FIRST), None).await.expect("nobody is turned away");
    assert!(scene.sql(&format!("SELECT 'x' FROM wraps WHERE hex(kid) = '{kid}'")).await.is_empty());
    scene.claimed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_copy_a_tip_goes_to_the_nearest_desk_with_a_signed_key_or_is_refused_in_plain_words() {
    let scene = Scene::open().await;
    let kid = scene.swap_key_of("tips").await;
    let alone = scene.world.another(false).await.expect("starts");
    let refused = alone.submit(tip_of(FIRST), None).await;
    assert!(matches!(&refused, Err(Error::Fault(f)) if f.is_away()), "told that nothing was taken");
    let help = Submission { kind: Kind::Counselling, reads_as_tip: false, ..tip_of(FIRST) };
    alone.submit(help, None).await.expect("the other lane goes on");

    let new = NewDesk { name: "tips-b".into(), parent: "tips".into(), lead: "tam".into() };
    let added = scene.world.hotline.add_desk(&scene.anh, new, Secret::new(password("tam"))).await;
    added.expect("the node that remembers still adds desks");
    let alone = scene.world.another(false).await.expect("starts");
    alone.submit(tip_of(SECOND), None).await.expect("taken by the desk below");
    assert!(scene.sql(&format!("SELECT 'x' FROM wraps WHERE hex(kid) = '{kid}'")).await.is_empty());
    let tam = scene.world.actor("tam").await;
    let next = scene.world.hotline.next_case(&tam, "tips-b", None).await.expect("asks").expect("a case");
    let view = scene.world.hotline.open_case(&tam, next.id).await.expect("opens");
    assert_eq!(view.opening.expect("the tip").text, SECOND);

    let below = scene.swap_key_of("tips-b").await;
    let alone = scene.world.another(false).await.expect("starts");
    assert!(alone.submit(tip_of(FIRST), None).await.is_err(), "no key of this tree is left");
    assert!(scene.sql(&format!("SELECT 'x' FROM wraps WHERE hex(kid) = '{below}'")).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_whose_row_names_another_lane_stays_what_was_signed() {
    let scene = Scene::open().await;
    let hotline = &scene.world.hotline;
    let kid = |name: &str| {
        let world = hotline.world();
        hex(&world.desk_key(world.desk_named(name).expect("a desk").id).expect("a key").kid().to_bytes())
    };
    let (tips, counselling) = (kid("tips"), kid("counselling"));
    let flip =
        "UPDATE desks SET kind = CASE kind WHEN 'tips' THEN 'counselling' ELSE 'tips' END RETURNING 'x'";
    assert_eq!(scene.sql(flip).await.len(), 2);
    scene.sql("UPDATE staff SET role = 'counsellor' WHERE login = 'anh' RETURNING 'x'").await;
    scene.world.clock.advance(Duration::from_hours(24));
    hotline.refresh().await.expect("reads again");
    assert_eq!(hotline.world().distrust.contradicted, 2, "noticed");
    let help = Submission { kind: Kind::Counselling, reads_as_tip: false, ..tip_of(FIRST) };
    hotline.submit(help, None).await.expect("taken");
    let wraps = scene.sql("SELECT hex(kid) FROM wraps").await;
    assert!(wraps.iter().any(|w| w[0] == counselling), "sealed to the counselling desk");
    assert!(wraps.iter().all(|w| w[0] != tips), "and not to the one that its row calls so");
    let anh = hotline.prove("anh", Secret::new(password("anh"))).await;
    assert!(matches!(anh, Err(Error::Refused(Refusal::NotLoggedIn))), "no counsellor fits a tips desk");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_bit_in_a_wrap_shows_nothing_and_is_counted() {
    let scene = Scene::open().await;
    scene.tip(FIRST).await.expect("taken");
    let step = scene.claimed().await;
    assert_eq!(scene.shown(step.case).await, (format!("{FIRST}{FIRST}"), 0), "whole before");
    // the last byte belongs to the authentication tag, one in the middle to the sealed key
    for from_the_end in [1, 30] {
        let rows = scene.sql("SELECT CAST(rowid AS TEXT), hex(wrap) FROM wraps").await;
        for row in &rows {
            let mut bytes = data_encoding::HEXUPPER.decode(row[1].as_bytes()).expect("hex");
            let at = bytes.len() - from_the_end;
            bytes[at] ^= 1;
            let wrap = hex(&bytes);
            scene.sql(&format!("UPDATE wraps SET wrap = X'{wrap}' WHERE rowid = {}", row[0])).await;
        }
        let (words, unreadable) = scene.shown(step.case).await;
        assert!(words.is_empty() && unreadable >= 1, "{unreadable} unreadable");
        for row in &rows {
            scene.sql(&format!("UPDATE wraps SET wrap = X'{}' WHERE rowid = {}", row[1], row[0])).await;
        }
    }
    assert_eq!(scene.shown(step.case).await.1, 0, "only the bit was wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_moved_to_another_case_shows_nothing_and_is_counted() {
    let scene = Scene::open().await;
    scene.tip(FIRST).await.expect("taken");
    scene.tip(SECOND).await.expect("taken");
    let (first, second) = (scene.claimed().await, scene.claimed().await);
    let (here, there) = (blob(first.case.uuid()), blob(second.case.uuid()));
    let kept = scene.shown(first.case).await.0;
    for table in ["items", "wraps"] {
        let of = |case: &str| format!("(SELECT seq FROM cases WHERE id = {case})");
        let (to, from) = (of(&here), of(&there));
        let moved = format!("UPDATE {table} SET case_seq = {to} WHERE case_seq = {from} RETURNING 'moved'");
        assert!(!scene.sql(&moved).await.is_empty());
    }
    let (words, unreadable) = scene.shown(first.case).await;
    assert_eq!(words, kept, "its own words, and nothing of the other case");
    assert!(unreadable >= 1, "{unreadable}");
    assert!(scene.shown(second.case).await.0.is_empty());
}
