//! Sending again what nobody knows the fate of: a person of the desk decides, and nobody else can.

use std::time::Duration;

use tinan::domain::policy::Role;
use tinan::kernel::Entropy;
use tinan::kernel::id::CaseId;
use tinan::service::casework::Step;
use tinan::service::{Error, Refusal};
use tinan::store::audit::Action;

use super::{Bot, TIP, the_receipt};
use crate::telegram::{Fault, User};
use crate::world::World;

const WORDS: &str = "Xe lấy hàng biển số nào?";

impl Bot {
    /// A tip is answered, and of the answer nobody knows whether it arrived.
    async fn an_uncertain_answer(&self, user: &User) -> Step {
        user.writes(TIP);
        user.wait_for("Chưa gửi").await;
        user.presses("Gửi ngay");
        the_receipt(user).await;
        let (mut step, _) = self.next("anh", "tips").await;
        let anh = self.world.actor("anh").await;
        step.version = self.world.hotline.reply(&anh, &step, WORDS).await.expect("replies").version;
        user.wait_for("Bạn có tin mới.").await;
        let said = self.fake.calls("sendMessage").len();
        self.fake.fails("sendMessage", [Fault::CutBefore]);
        user.presses("Xem");
        self.until_outbox(&step, &[("uncertain".to_owned(), 1)]).await;
        // The request never became a call, so the next one is the sentence after the words.
        assert!(self.fake.calls("sendMessage").len() <= said + 1);
        step
    }

    /// Waits until the messages of a case stand so.
    pub(super) async fn until_outbox(&self, step: &Step, wanted: &[(String, i64)]) {
        let anh = self.world.actor("anh").await;
        let so = async {
            loop {
                let states = self.world.hotline.open_case(&anh, step.case).await.expect("opens").outbox;
                if states == wanted {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let done = tokio::time::timeout(Duration::from_secs(10), so).await;
        assert!(done.is_ok(), "waited in vain for {wanted:?}");
    }

    /// How often the audit log of this node says that.
    pub(super) async fn audited(&self, action: Action, case: CaseId) -> Vec<bool> {
        let mut tx = self.world.hotline.store().read().await.expect("reads");
        let links = tx.links(self.world.hotline.node(), 0, 10_000).await.expect("reads");
        let such =
            links.into_iter().filter(|l| l.entry.action == action.code() && l.entry.object == case.uuid());
        such.map(|l| !l.entry.actor.is_nil()).collect()
    }
}

fn times(bot: &Bot, words: &str) -> usize {
    let said = bot.fake.calls("sendMessage");
    said.iter().filter(|c| c.args["text"].as_str().is_some_and(|t| t.contains(words))).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uncertain_answer_goes_out_once_more_when_a_member_says_so() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4730);
    let step = bot.an_uncertain_answer(&user).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(times(&bot, WORDS), 0, "a desk's words are not repeated by a program");
    let anh = bot.world.actor("anh").await;
    bot.world.hotline.send_again(&anh, &step).await.expect("sends");
    let words = user.wait_for(WORDS).await;
    assert!(words.protected);
    bot.until_outbox(&step, &[]).await;
    assert_eq!(times(&bot, WORDS), 1);
    assert_eq!(bot.audited(Action::SentAgain, step.case).await, [true], "with the member's name");
    bot.world.clock.advance(Duration::from_mins(11));
    super::gone(&user, WORDS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pressed_twice_it_is_sent_once() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4731);
    let step = bot.an_uncertain_answer(&user).await;
    let anh = bot.world.actor("anh").await;
    let hotline = &bot.world.hotline;
    let (one, two) = tokio::join!(hotline.send_again(&anh, &step), hotline.send_again(&anh, &step));
    let done = [one, two].into_iter().filter_map(Result::ok).collect::<Vec<_>>();
    assert_eq!(done.len(), 1, "one of them was stale");
    user.wait_for(WORDS).await;
    bot.until_outbox(&step, &[]).await;
    let later = Step { version: done[0].version, ..step };
    let refused = hotline.send_again(&anh, &later).await.err();
    assert!(matches!(refused, Some(Error::Refused(Refusal::Stale { .. }))), "{refused:?}");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(times(&bot, WORDS), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_member_of_the_desk_sends_again_and_for_others_there_is_no_such_case() {
    let bot = Bot::start(World::with_oversight().await);
    bot.world.staff().await;
    let user = bot.user(4732);
    let step = bot.an_uncertain_answer(&user).await;
    let missing = CaseId::random(&Entropy::seeded(9)).expect("seeded");
    for login in ["binh", "lan", "giang", "quan", "sen", "cam"] {
        let actor = bot.world.actor(login).await;
        for case in [step.case, missing] {
            let refused = bot.world.hotline.send_again(&actor, &Step { case, ..step.clone() }).await.err();
            assert!(matches!(refused, Some(Error::Refused(Refusal::NotFound))), "{login}: {refused:?}");
        }
    }
    bot.until_outbox(&step, &[("uncertain".to_owned(), 1)]).await;
    assert!(bot.audited(Action::SentAgain, step.case).await.is_empty());
    bot.world.add("anh", "chi", Role::Officer, Some("tips")).await;
    let officer = bot.world.actor("chi").await;
    let refused = bot.world.hotline.send_again(&officer, &step).await.err();
    assert!(
        refused.is_some_and(|e| !matches!(e, Error::Refused(Refusal::NotFound))),
        "somebody else holds it"
    );
    bot.world.clock.advance(Duration::from_mins(31));
    bot.world.hotline.send_again(&officer, &step).await.expect("a member may");
    user.wait_for(WORDS).await;
}
