//! Not words: photos, voices, what Zalo keeps to itself, what nobody knows, and what comes twice or too late.

use std::time::Duration;

use serde_json::json;
use tinan::domain::lane::Kind;
use tinan::service::casefile::CaseView;
use tinan::store::Store;

use super::{Bot, TIP};
use crate::on_both_databases;
use crate::remote::Chats as _;
use crate::world::World;
use crate::zalo_fake::Fault;

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_alone_as_the_first_message_becomes_a_case_with_its_file() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("b1");
    let photo: Vec<u8> = (0..90_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    bot.fake.fails("download", [Fault::CutBefore, Fault::Gateway(502)]);
    user.sends_photo("", &photo);
    user.chooses("Báo tin cho công an").await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (step, _) = bot.next("anh", "tips").await;
    let view = bot.until_case("anh", &step, "the photo is there", |v| v.files.len() == 1).await;
    assert_eq!(view.files[0].about.name, "photo");
    assert!(bot.world.content("anh", &view, 0).await == photo);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_with_words_and_a_voice_come_to_the_open_case() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("b2");
    let step = bot.has_tip_of(&user).await;
    let anh = bot.world.actor("anh").await;
    bot.world.hotline.reply(&anh, &step, "Có ảnh không?").await.expect("replies");
    user.wait_for("Bạn có tin mới.").await;
    user.writes("xem");
    user.wait_for("Có ảnh không?").await;
    user.sends_photo("biển số đây", b"JPEG");
    user.speaks(b"AAC");
    let view = bot.until_case("anh", &step, "both are there", |v| v.files.len() == 2).await;
    assert!(view.thread.iter().any(|m| m.text.contains("biển số đây")));
    let mut names: Vec<&str> = view.files.iter().map(|f| f.about.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["photo", "voice"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_to_our_own_neighbours_is_not_followed() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("b3");
    let step = bot.has_tip_of(&user).await;
    // A listener that would notice.
    let private = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = private.local_addr().expect("an address").port();
    for url in [
        format!("http://127.0.0.1:{port}/latest/meta-data"),
        format!("https://127.0.0.1:{port}/"),
        format!("https://localhost:{port}/"),
        "file:///etc/passwd".to_owned(),
        "not an address".to_owned(),
    ] {
        user.sends_photo_at(&url);
    }
    let view = bot.until_case("anh", &step, "the desk is told", |v| v.notes.len() == 5).await;
    assert!(view.notes.iter().all(|n| n.text.contains("không tải được")) && view.files.is_empty());
    let asked = tokio::time::timeout(Duration::from_millis(50), private.accept()).await;
    assert!(asked.is_err(), "nobody knocked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_too_large_is_left_and_the_person_hears_how_to_send_it() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.fake.user("b4");
    let step = bot.has_tip_of(&user).await;
    let most = usize::try_from(tinan::channels::zalo::MAX_FILE).expect("fits");
    user.sends_photo("", &vec![7; most + 1]);
    user.wait_for("lớn quá").await;
    bot.until_case("anh", &step, "the desk is told", |v| v.notes.len() == 1 && v.files.is_empty()).await;
}

on_both_databases! {
    async fn what_zalo_withholds_is_answered_at_once_and_a_counsellor_knows(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let user = bot.fake.user("b5");
        user.is_withheld();
        let told = user.wait_for("không chuyển nội dung").await;
        for way in ["111", "113", "115", "0769.04.04.04", "https://tinan.example", "Zalo"] {
            assert!(told.contains(way), "{way}: {told}");
        }
        let (step, view) = bot.next("binh", "counselling").await;
        assert_eq!(view.case.kind, Kind::Counselling);
        assert!(view.thread[0].text.contains("bị Zalo giữ lại"), "{}", view.thread[0].text);
        assert!(view.reachable, "a counsellor can write to them");
        user.is_withheld();
        let again = |v: &CaseView| v.thread.iter().filter(|m| m.text.contains("giữ lại")).count() == 2;
        bot.until_case("binh", &step, "the second is in the same case", again).await;
        let binh = bot.world.actor("binh").await;
        let other = bot.world.hotline.next_case(&binh, "counselling", None).await.expect("asks");
        assert!(other.is_none_or(|c| c.id == step.case), "one person, one case");
        bot.world.hotline.reply(&binh, &step, "Em gọi 111 nhé.").await.expect("replies");
        user.wait_for("Bạn có tin mới.").await;
    }

    async fn what_comes_twice_counts_once(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let user = bot.fake.user("b6");
        user.writes(TIP);
        user.chooses("Gửi ngay").await;
        user.receipt().await;
        user.is_withheld();
        user.wait_for("không chuyển nội dung").await;
        bot.is_quiet().await;
        let heard = user.hears().len();
        bot.fake.repeats_everything();
        bot.is_quiet().await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(user.hears().len(), heard, "{:#?}", user.hears());
        let (_, view) = bot.next("anh", "tips").await;
        assert_eq!(view.thread.len(), 1);
    }

    async fn what_comes_in_the_wrong_order_is_put_right_while_it_waits(store: Store) {
        let bot = Bot::idle(World::on(store, false).await).await;
        let user = bot.fake.user("b7");
        bot.fake.hold();
        let parts = [TIP, "phan hai: nha so bay", "phan ba: cua xanh", "phan bon: dem nao cung sang den"];
        for part in parts {
            user.writes(part);
        }
        bot.fake.release_backwards();
        bot.holds(4).await;
        bot.works();
        bot.is_quiet().await;
        user.chooses("Gửi ngay").await;
        user.receipt().await;
        let (_, view) = bot.next("anh", "tips").await;
        let places: Vec<_> = parts.iter().map(|p| view.thread[0].text.find(p).expect("is there")).collect();
        assert!(places.is_sorted(), "{}", view.thread[0].text);
    }

    async fn what_nobody_understands_goes_to_a_person(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let strange = json!({"event_name": "message.hologram.received",
            "message": {"message_id": "m1", "chat": {"id": "b8", "chat_type": "PRIVATE"}, "shape": "cube"}});
        bot.fake.pushes(&strange.to_string());
        bot.fake.pushes("not json at all");
        bot.is_quiet().await;
        let mut tx = bot.world.hotline.store().read().await.expect("reads");
        let tenant = bot.world.hotline.world().tenant.id;
        let letters = tx.dead_letters(tenant, 10).await.expect("reads");
        assert!(letters.len() == 2 && letters.iter().all(|l| l.channel == "zalo"), "{}", letters.len());
        drop(tx);
        let (_, view) = bot.next("binh", "counselling").await;
        let text = &view.thread[0].text;
        assert!(text.contains("hologram") || text.contains("not json"), "a person can read it: {text}");
    }
}
