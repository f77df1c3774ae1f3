//! The bot from end to end: a fake Telegram on the wire, the real poller, the real service and database.

mod again;
mod calls;
mod endings;
mod files;
mod resend;
mod sending;
mod shelf;
mod two_bots;

use std::sync::Arc;
use std::time::Duration;

use tinan::channels::telegram::{Options, Poller, Telegram};
use tinan::domain::lane::Kind;
use tinan::domain::state::State;
use tinan::jobs;
use tinan::kernel::{Entropy, Secret};
use tinan::service::casefile::CaseView;
use tinan::service::casework::Step;
use tokio_util::sync::CancellationToken;

use crate::remote::receipts;
use crate::talker::TIP;
use crate::telegram::{Fake, Seen, TOKEN, User};
use crate::world::World;

/// A bot at work: polling, attending, sending.
struct Bot {
    world: World,
    fake: Fake,
    stop: CancellationToken,
}

impl Bot {
    fn start(world: World) -> Self {
        Self::fronting(world, None, TOKEN)
    }

    /// A bot for one kind of desk.
    fn fronting(world: World, front: Option<Kind>, token: &'static str) -> Self {
        let fake = Fake::of(token);
        let stop = CancellationToken::new();
        let mut options = Options::new(Secret::new(token.to_owned()));
        options.front = front;
        options.api_url = Some(fake.url());
        options.poll_timeout = Duration::from_secs(1);
        let telegram = Arc::new(Telegram::new(options).expect("sound options"));
        let intake = Arc::new(world.hotline.clone());
        let poller = Poller::new(Arc::clone(&telegram), intake, Entropy::System);
        tokio::spawn(poller.run(stop.clone()));
        let (hotline, ended) = (world.hotline.clone(), stop.clone());
        tokio::spawn(async move {
            while !ended.is_cancelled() {
                jobs::drain(&hotline, &*telegram).await.expect("works");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        Self { world, fake, stop }
    }

    fn user(&self, chat: i64) -> User {
        self.fake.user(chat)
    }

    /// The most urgent case of a desk, claimed and opened.
    async fn next(&self, login: &str, desk: &str) -> (Step, CaseView) {
        let actor = self.world.actor(login).await;
        let claimed = self.world.hotline.next_case(&actor, desk, None).await.expect("asks").expect("a case");
        let view = self.world.hotline.open_case(&actor, claimed.id).await.expect("opens");
        (Step { case: claimed.id, version: claimed.version, once: None }, view)
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Waits for the message with the receipt.
async fn the_receipt(user: &User) -> Seen {
    let is = |m: &Seen| m.by_bot && m.protected && m.text.matches('-').count() >= 4;
    user.wait_until("the receipt", |all| all.iter().any(is)).await;
    user.sees().into_iter().rfind(is).expect("just seen")
}

/// Waits until no message says this.
async fn gone(user: &User, text: &str) {
    user.wait_until("a message to go", |all| !all.iter().any(|m| m.text.contains(text))).await;
}

/// The receipt in a message.
fn receipt_in(message: &Seen) -> String {
    receipts(&message.text).next().expect("a receipt").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tip_is_sent_read_answered_and_closed() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4711);
    user.writes(TIP);
    let preview = user.wait_for("Chưa gửi").await;
    assert!(preview.text.contains("30 phút"), "{}", preview.text);
    user.presses("Gửi ngay");
    let received = the_receipt(&user).await;
    let receipt = receipt_in(&received);
    assert!(received.protected);
    assert!(!user.sees().iter().any(|m| m.by_bot && m.text.contains("Chưa gửi")), "the preview is gone");
    user.presses("Đã chép");
    gone(&user, &receipt).await;

    let (step, view) = bot.next("anh", "tips").await;
    assert_eq!(view.thread[0].text, TIP);
    assert_eq!(view.register, ["000001/2026"]);
    let anh = bot.world.actor("anh").await;
    let done = bot.world.hotline.reply(&anh, &step, "Xe lấy hàng biển số nào?").await.expect("replies");
    let told = user.wait_for("Bạn có tin mới.").await;
    assert!(!told.text.contains("biển số"), "a lock screen must not betray");
    user.presses("Xem");
    let words = user.wait_for("biển số nào").await;
    assert!(words.protected);
    user.writes("xe Dream do, duoi 345");
    let step = Step { version: done.version, ..step };
    let answer = async {
        loop {
            let view = bot.world.hotline.open_case(&anh, step.case).await.expect("opens");
            if view.thread.iter().any(|m| m.from == "citizen" && m.text.contains("345")) {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let view = tokio::time::timeout(Duration::from_secs(10), answer).await.expect("the answer arrives");
    assert_eq!(view.case.version, done.version, "a citizen's message makes nothing stale");
    bot.world.clock.advance(Duration::from_mins(11));
    gone(&user, "biển số nào").await;

    let step = bot.move_to(&step, State::Classified, "rõ nơi, rõ giờ").await;
    bot.move_to(&step, State::Closed, "đã chuyển PC04").await;
    let readings = tinan::domain::receipt::Receipt::parse(&receipt).expect("well-formed");
    let case = bot.world.hotline.look_up(&readings).await.expect("found");
    assert_eq!(case.public_state.code(), "closed");
    assert!(case.messages.iter().all(|m| m.text.as_deref() != Some(TIP)), "own words of a tip stay closed");
    assert!(case.messages.iter().any(|m| m.text.as_deref() == Some("Xe lấy hàng biển số nào?")));
    bot.world.assert_nothing_is_lost().await;
}

impl Bot {
    async fn move_to(&self, step: &Step, to: State, reason: &str) -> Step {
        let anh = self.world.actor("anh").await;
        let done = self.world.hotline.transition(&anh, step, to, reason).await.expect("moves");
        Step { version: done.version, ..step.clone() }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tip_nobody_confirms_sends_itself_when_it_was_said_to() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4712);
    user.writes(TIP);
    user.wait_for("Chưa gửi").await;
    bot.world.clock.advance(Duration::from_mins(29));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(user.sees().iter().any(|m| m.text.contains("Chưa gửi")), "not before its time");
    bot.world.clock.advance(Duration::from_secs(61));
    let received = the_receipt(&user).await;
    receipt_in(&received);
    let (_, view) = bot.next("anh", "tips").await;
    assert_eq!(view.thread[0].text, TIP);
    bot.world.assert_nothing_is_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mother_is_asked_first_and_lands_with_a_counsellor() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4713);
    let words = "con toi nghien game va choi da, gia dinh phai lam sao";
    let read = tinan::domain::wording::read(&bot.world.hotline.talk().lexicon, words);
    assert!(!read.categories.is_empty(), "or the end proves nothing: {read:?}");
    user.writes(words);
    user.wait_for("Chưa gửi").await;
    bot.world.clock.advance(Duration::from_hours(1));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let anh = bot.world.actor("anh").await;
    assert!(bot.world.hotline.next_case(&anh, "tips", None).await.expect("asks").is_none());
    let screen = user.sees().into_iter().rfind(|m| !m.buttons.is_empty()).expect("a question");
    assert!(screen.buttons.iter().all(|b| b != "Gửi ngay"), "no default before a choice");
    user.presses(&screen.buttons[0]);
    let asks = |m: &Seen| m.buttons.iter().any(|b| b == "Gửi ngay");
    user.wait_until("the question of consent", |all| all.iter().any(asks)).await;
    assert!(user.sees().into_iter().any(|m| asks(&m) && m.text.contains("nêu tên")), "nobody need be named");
    user.presses("Gửi ngay");
    let received = the_receipt(&user).await;
    receipt_in(&received);
    let (_, view) = bot.next("binh", "counselling").await;
    assert_eq!(view.case.kind, Kind::Counselling);
    let told = view.opening.expect("opened").details;
    assert!(told.consent_at.is_some());
    assert!(told.categories.is_empty() && told.tags.is_empty(), "{:?} {:?}", told.categories, told.tags);
    let mut tx = bot.world.hotline.store().read().await.expect("reads");
    let world = bot.world.hotline.world();
    let tips = world.desk_key(world.desk_named("tips").expect("a desk").id).expect("a key").kid();
    let keys = tx.wrap_keys(view.case.id).await.expect("reads");
    assert!(keys.iter().all(|(_, kid)| *kid != tips), "no wrap of counselling names a key of the tips tree");
    bot.world.assert_nothing_is_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_leaves_no_way_back_and_the_case_stands() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4714);
    user.writes(TIP);
    user.wait_for("Chưa gửi").await;
    user.presses("Gửi ngay");
    the_receipt(&user).await;
    let (step, view) = bot.next("anh", "tips").await;
    assert!(view.reachable);
    user.writes("/quen");
    let ask = user.wait_for("Quên bạn").await;
    user.presses(&ask.buttons[0]);
    let anh = bot.world.actor("anh").await;
    let gone = async {
        while bot.world.hotline.open_case(&anh, step.case).await.expect("opens").reachable {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("forgotten");
    let done = bot.world.hotline.reply(&anh, &step, "Cảm ơn").await.expect("a reply still stands");
    assert_eq!(done.version, step.version + 1);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!user.sees().iter().any(|m| m.text.contains("Bạn có tin mới.")));
    bot.world.assert_nothing_is_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_understands_goes_to_a_person() {
    let bot = Bot::start(World::open().await);
    bot.fake.push(4715, "hologram", &serde_json::json!({"shape": "cube"}));
    let arrived = async {
        loop {
            let mut tx = bot.world.hotline.store().read().await.expect("reads");
            let tenant = bot.world.hotline.world().tenant.id;
            let letters = tx.dead_letters(tenant, 10).await.expect("reads");
            if let Some(letter) = letters.into_iter().next() {
                return letter;
            }
            drop(tx);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let letter = tokio::time::timeout(Duration::from_secs(10), arrived).await.expect("a dead letter");
    assert_eq!((letter.channel.as_str(), letter.bytes > 0), ("telegram", true));
    let (_, view) = bot.next("binh", "counselling").await;
    assert_eq!(view.case.id, letter.case);
    assert!(view.thread[0].text.contains("hologram"), "the content is there for a person to read");
    bot.world.assert_nothing_is_lost().await;
}
