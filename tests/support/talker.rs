//! A service at work for one messenger: what came is worked off and what is due is sent, for as long as it is let; and
//! the eyes of the desks on what becomes of it.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tinan::jobs;
use tinan::service::casefile::CaseView;
use tinan::service::casework::Step;
use tinan::service::channel::{Channel, Outgoing};
use tokio_util::sync::CancellationToken;

use crate::remote::{Chats, Keeps, Remote};
use crate::world::World;

/// What somebody writes who has something to tell.
pub(crate) const TIP: &str = "o ngo 12 pho Hoang co nguoi ban ma tuy da, toi nao cung co xe lay hang";

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The service and its one messenger. Dropped, it stops.
pub(crate) struct Talker {
    /// The installation.
    pub(crate) world: World,
    channel: Arc<dyn Channel>,
    working: Arc<AtomicBool>,
    stop: CancellationToken,
}

impl Talker {
    /// Takes what comes and does nothing with it yet.
    pub(crate) fn idle(world: World, channel: Arc<dyn Channel>) -> Self {
        let (working, stop) = (Arc::new(AtomicBool::new(false)), CancellationToken::new());
        let talker = Self { world, channel, working, stop };
        let (hotline, channel) = (talker.world.hotline.clone(), Arc::clone(&talker.channel));
        let (working, stop) = (Arc::clone(&talker.working), talker.stop.clone());
        tokio::spawn(async move {
            while !stop.is_cancelled() {
                if working.load(Ordering::SeqCst) {
                    jobs::drain(&hotline, &*channel).await.expect("works");
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        talker
    }

    /// Begins to work.
    pub(crate) fn works(&self) {
        self.working.store(true, Ordering::SeqCst);
    }

    /// The most urgent case of a desk, claimed and opened; waits for one.
    pub(crate) async fn next(&self, login: &str, desk: &str) -> (Step, CaseView) {
        let actor = self.world.actor(login).await;
        let asked = async {
            loop {
                if let Some(found) = self.world.hotline.next_case(&actor, desk, None).await.expect("asks") {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let claimed = tokio::time::timeout(PATIENCE, asked).await.expect("a case");
        let view = self.world.hotline.open_case(&actor, claimed.id).await.expect("opens");
        (Step { case: claimed.id, version: claimed.version, once: None }, view)
    }

    /// Waits until the case looks so, minutes passing.
    pub(crate) async fn until_case(
        &self,
        login: &str,
        step: &Step,
        what: &str,
        so: impl Fn(&CaseView) -> bool,
    ) -> CaseView {
        let actor = self.world.actor(login).await;
        for _ in 0..300 {
            let view = self.world.hotline.open_case(&actor, step.case).await.expect("opens");
            if so(&view) {
                return view;
            }
            self.world.clock.advance(Duration::from_mins(1));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("waited in vain until {what}");
    }

    /// Lets time pass in such steps until it is so.
    pub(crate) async fn passes_until(&self, step: Duration, what: &str, so: impl Fn() -> bool) {
        let passing = async {
            while !so() {
                self.world.clock.advance(step);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, passing).await.is_ok(), "waited in vain until {what}");
    }

    /// How many updates wait to be worked off.
    pub(crate) async fn backlog(&self) -> i64 {
        self.world.hotline.backlog(self.channel.name(), self.channel.bot()).await.expect("reads")
    }

    /// Waits until so many updates wait.
    pub(crate) async fn holds(&self, updates: i64) {
        let filled = async {
            while self.backlog().await != updates {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let filled = tokio::time::timeout(PATIENCE, filled).await;
        assert!(filled.is_ok(), "{} instead of {updates}", self.backlog().await);
    }

    /// Waits until nothing is to be sent, now or later.
    pub(crate) async fn has_sent_all(&self) {
        let sent = async {
            loop {
                let mut tx = self.world.hotline.store().read().await.expect("reads");
                if tx.outbox_states().await.expect("reads").is_empty() {
                    return;
                }
                drop(tx);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, sent).await.expect("everything is sent");
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A channel at work against a fake of its remote: called, attending, sending.
pub(crate) struct Bot<S: Keeps, C> {
    talker: Talker,
    pub(crate) fake: Remote<S>,
    pub(crate) channel: Arc<C>,
}

impl<S: Keeps, C> Deref for Bot<S, C> {
    type Target = Talker;
    fn deref(&self) -> &Talker {
        &self.talker
    }
}

impl<S: Keeps, C: Channel + 'static> Bot<S, C> {
    /// Takes what comes and does nothing with it yet.
    pub(crate) fn against(fake: Remote<S>, channel: Arc<C>, world: World) -> Self {
        Self { talker: Talker::idle(world, channel.clone()), fake, channel }
    }

    /// Waits until everything that came was worked off.
    pub(crate) async fn is_quiet(&self) {
        self.fake.until("all is taken", |f| f.waiting() == 0).await;
        self.holds(0).await;
    }
}

impl<S: Keeps, C> Bot<S, C> {
    /// A tip of theirs, sent, and claimed by the tips desk.
    pub(crate) async fn has_tip_of(&self, user: &impl Chats) -> Step {
        user.types(TIP);
        user.chooses("Gửi ngay").await;
        user.receipt().await;
        self.next("anh", "tips").await.0
    }
}

/// A text that must not be passed on.
pub(crate) fn say(text: &str) -> Outgoing {
    Outgoing::Say { text: text.to_owned(), buttons: Vec::new(), protect: true }
}
