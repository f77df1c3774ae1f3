//! Not words: files, what is encrypted, what nobody knows, and what comes twice or too late.

use serde_json::json;
use tinan::domain::lane::Kind;
use tinan::service::casefile::CaseView;
use tinan::service::casework::Step;
use tinan::store::Store;

use super::Bot;
use crate::homeserver::{Fault, Person};
use crate::on_both_databases;
use crate::remote::Chats as _;
use crate::world::World;

async fn with_case(bot: &Bot, name: &str) -> (Person, Step) {
    let user = bot.guest(name).await;
    let step = bot.has_tip_of(&user).await;
    (user, step)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_alone_becomes_a_case_with_its_file() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.guest("b1").await;
    let photo: Vec<u8> = (0..90_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    bot.fake.fails("download", [Fault::CutBefore, Fault::Gateway(502), Fault::limit(1_000)]);
    let heard = user.heard(true).len();
    user.sends("m.image", "", &photo);
    user.hears_more_than(heard).await;
    user.chooses("Báo tin cho công an").await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    let (step, _) = bot.next("anh", "tips").await;
    let view = bot.until_case("anh", &step, "the photo is there", |v| v.files.len() == 1).await;
    assert_eq!(view.files[0].about.name, "photo");
    assert!(bot.world.content("anh", &view, 0).await == photo);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_file_comes_to_the_open_case_with_its_words() {
    let bot = Bot::start(World::open().await).await;
    let (user, step) = with_case(&bot, "b2").await;
    for (kind, words) in [("m.image", "biển số đây"), ("m.file", ""), ("m.audio", ""), ("m.video", "")]
    {
        user.sends(kind, words, b"bytes");
    }
    bot.until_case("anh", &step, "all are there", |v| v.files.len() == 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_our_homeserver_is_ever_asked_for_a_file() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.guest("b3").await;
    // A listener that would notice.
    let private = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = private.local_addr().expect("an address").port();
    for url in [
        format!("http://127.0.0.1:{port}/latest/meta-data"),
        format!("https://localhost:{port}/"),
        "file:///etc/passwd".to_owned(),
        "mxc://localhost/../../v3/account/whoami".to_owned(),
    ] {
        user.sends_at("m.image", "", &url);
        user.wait_for("Loại tin này chúng tôi chưa nhận được").await;
    }
    // A file of a server far away is asked for at ours.
    let heard = user.heard(true).len();
    user.sends_at("m.image", "", &format!("mxc://127.0.0.1:{port}/abc"));
    user.hears_more_than(heard).await;
    user.chooses("Báo tin").await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    bot.fake.until("it is asked for", |f| !f.calls("download").is_empty()).await;
    let asked = bot.fake.calls("download").remove(0).path;
    assert_eq!(asked, ["v1", "media", "download", &format!("127.0.0.1:{port}"), "abc"]);
    let knocked = tokio::time::timeout(std::time::Duration::from_millis(50), private.accept()).await;
    assert!(knocked.is_err(), "nobody knocked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_too_large_is_left_and_the_person_hears_how_to_send_it() {
    let bot = Bot::start(World::open().await).await;
    let user = bot.guest("b4").await;
    let most = usize::try_from(tinan::channels::matrix::MAX_FILE).expect("fits");
    let heard = user.heard(true).len();
    user.sends("m.file", "", &vec![7; most + 1]);
    user.hears_more_than(heard).await;
    user.chooses("Báo tin cho công an").await;
    user.chooses("Gửi ngay").await;
    user.receipt().await;
    user.wait_for("lớn quá").await;
    let (step, _) = bot.next("anh", "tips").await;
    bot.until_case("anh", &step, "the desk is told", |v| v.notes.len() == 1 && v.files.is_empty()).await;
}

on_both_databases! {
    async fn what_is_encrypted_is_answered_at_once_and_a_counsellor_knows(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let user = bot.guest("b5").await;
        user.says("m.room.encrypted", &json!({"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA"}));
        let told = user.wait_for("mã hoá đầu cuối nên chúng tôi không đọc được").await;
        for way in ["111", "113", "115", "0769.04.04.04", "https://tinan.example", "Matrix"] {
            assert!(told.contains(way), "{way}: {told}");
        }
        let (step, view) = bot.next("binh", "counselling").await;
        assert_eq!(view.case.kind, Kind::Counselling);
        assert!(view.thread[0].text.contains("Tin mã hoá"), "{}", view.thread[0].text);
        user.says("m.room.encrypted", &json!({"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgB"}));
        let again = |v: &CaseView| v.thread.iter().filter(|m| m.text.contains("Tin mã hoá")).count() == 2;
        bot.until_case("binh", &step, "the second is noted with the first", again).await;
    }

    async fn what_is_pushed_again_counts_once(store: Store) {
        let bot = Bot::start(World::on(store, false).await).await;
        let (user, _) = with_case(&bot, "b6").await;
        bot.is_quiet().await;
        let before = user.heard(true).len();
        for _ in 0..3 {
            bot.fake.repeats_everything();
            bot.is_quiet().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(user.heard(true).len(), before, "nothing is answered twice");
        let anh = bot.world.actor("anh").await;
        assert!(bot.world.hotline.next_case(&anh, "tips", None).await.expect("asks").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_understands_goes_to_a_person() {
    let bot = Bot::start(World::open().await).await;
    bot.fake.pushes(json!({"type": "m.of.tomorrow", "content": {"words": "cứu với"}}));
    let (_, view) = bot.next("binh", "counselling").await;
    assert!(view.thread[0].text.contains("cứu với"), "{}", view.thread[0].text);
    let user = bot.guest("b7").await;
    user.says("m.poll.start", &json!({"question": "?"}));
    user.wait_for("Loại tin này chúng tôi chưa nhận được").await;
    let heard = user.heard(true).len();
    for small in ["m.reaction", "m.call.candidates"] {
        user.says(small, &json!({"a": 1}));
    }
    user.says("m.room.message", &json!({"msgtype": "m.notice", "body": "tôi là máy"}));
    bot.is_quiet().await;
    bot.has_sent_all().await;
    assert_eq!(user.heard(true).len(), heard, "two programs never talk with each other");
}
