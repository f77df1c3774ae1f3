//! What leaves the program, over which way, and what happens when an end is down.

use tinan::channels::telegram::{Options, Telegram};
use tinan::service::channel::Channel;
use tinan::vault::hmac_sha256;

use super::*;
use crate::databases::Database;
use crate::heard::Heard;
use crate::telegram::{Fake, TOKEN};

#[tokio::test]
async fn every_way_carries_desk_count_urgency_and_age_and_nothing_else() {
    let database = Database::sqlite().await;
    let post = Post::open(database.store.clone()).await;
    post.submit(Priority::LIFE, WORDS, Some("05716")).await;
    post.pass(20).await;
    assert_eq!(post.calls(), [1, 1, 1, 1]);
    let pager = post.http.seen("/pager/hoa").remove(0);
    let body: serde_json::Value = serde_json::from_str(&pager.body).expect("JSON");
    let keys: Vec<&String> = body.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["cause", "desk", "id", "kind", "minutes", "step", "text", "urgency", "waiting"]);
    assert_eq!((&body["desk"], &body["waiting"], &body["urgency"]), (&"tips".into(), &1.into(), &0.into()));
    let signed = format!("{}.{}", pager.header("x-tinan-time"), pager.body);
    let mac = data_encoding::HEXLOWER.encode(&hmac_sha256(SECRET.as_bytes(), &[signed.as_bytes()]));
    assert_eq!(pager.header("x-tinan-signature"), format!("sha256={mac}"));

    let sms = post.http.seen("/sendsms").remove(0);
    assert!(sms.query.starts_with(
        "username=tinan&password=password-of-the-gateway&to=%2B84900000001&text=Tin+An%2C+ban+tiep+nhan+tin"
    ));
    assert!(!sms.query.contains("coding"), "plain letters need none");
    let bridge: serde_json::Value = serde_json::from_str(&post.http.seen("/bridge")[0].body).expect("JSON");
    assert_eq!(bridge["to"], "+84900000002");
    assert!(bridge["say"].as_str().expect("words").contains("I repeat."));
    let letter = post.mail.letters().remove(0);
    assert!(
        letter.contains("RCPT TO:<sen@province.example.vn>") && letter.contains("life at risk"),
        "{letter}"
    );

    let all = [pager.body, sms.query, bridge.to_string(), letter].join("\n");
    for secret in ["Hoa Mai", "Hoa+Mai", "sốc", "soc", "05716", "Võ Nhai", "TN-19", "000001/2026", "web\""]
    {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    let rows = database.texts("SELECT person, way FROM notices ORDER BY seq").await;
    assert_eq!(
        rows,
        [["hoa", "webhook"], ["anh", "sms"], ["sen", "call"], ["sen", "email"]],
        "no address, no text"
    );
}

#[tokio::test]
async fn when_an_end_is_down_the_next_person_is_called_at_once_and_the_others_ways_go_on() {
    let database = Database::sqlite().await;
    let post = Post::open(database.store.clone()).await;
    post.http.answers(503);
    post.submit(Priority::LIFE, WORDS, None).await;
    post.world.clock.advance(Duration::from_mins(1));
    for _ in 0..20 {
        post.work().await;
        post.world.clock.advance(Duration::from_secs(2));
    }
    let [pager, sms, _, letters] = post.calls();
    assert_eq!((pager, letters), (5, 0), "tried five times, then given up");
    assert!(sms > 0, "the lead is not kept waiting for the five minutes");
    for _ in 0..30 {
        post.work().await;
        post.world.clock.advance(Duration::from_secs(2));
    }
    assert_eq!(post.mail.letters().len(), 1, "mail reaches the province while the bridge is down");
    let states: Vec<String> = post.alarms("hoa").await[0].calls.iter().map(|c| c.state.clone()).collect();
    assert!(states.contains(&"failed".to_owned()) && states.contains(&"sent".to_owned()), "{states:?}");
    // What is broken for everybody is not hurried: the last step keeps its time.
    let before = post.mail.letters().len();
    post.pass(10).await;
    assert_eq!(post.mail.letters().len(), before);
    post.pass(11).await;
    assert_eq!(post.mail.letters().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_is_called_in_telegram() {
    let fake = Fake::start();
    let user = fake.user(4242);
    user.starts(None);
    let mut options = Options::new(Secret::new(TOKEN.to_owned()));
    options.api_url = Some(fake.url());
    let telegram: Arc<dyn Channel> = Arc::new(Telegram::new(options).expect("a bot"));
    let file = CHAIN
        .replace("webhook = \"PAGER/hoa\"", "telegram = \"4242\"")
        .replace("\"webhook\"", "\"telegram\"");
    let database = Database::sqlite().await;
    let post = Post::with(database.store.clone(), &file).await;
    let post = Post { ways: Ways::new(Vec::new(), &[telegram]), ..post };
    post.submit(Priority::LIFE, WORDS, None).await;
    post.pass(1).await;
    let seen = user.sees().into_iter().find(|m| m.by_bot).expect("a message");
    assert!(seen.text.contains("1 việc mức nguy cấp") && !seen.text.contains("Hoa Mai"), "{}", seen.text);
}

#[tokio::test]
async fn neither_a_tip_nor_an_address_of_staff_reaches_the_log() {
    let heard = Heard::at("off,tinan=trace");
    let database = Database::sqlite().await;
    let post = Post::open(database.store.clone()).await;
    post.submit(Priority::LIFE, WORDS, None).await;
    for status in [200, 503, 400, 302] {
        post.http.answers(status);
        post.pass(25).await;
    }
    let log = heard.text();
    assert!(log.contains("a call to staff did not get through"), "{log}");
    for secret in
        ["Hoa Mai", "+8490", "8490000000", "sen@province", "127.0.0.1", "password-of", SECRET, "/pager"]
    {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
