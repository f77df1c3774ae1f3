//! The Zalo bot from end to end: a fake Zalo on the wire, the real webhook, the real service and database.

mod crash;
mod door;
mod odd;
mod poll;
mod sending;
mod silence;
mod talk;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tinan::channels::zalo::{HOOK, Options, Zalo, routes};
use tinan::jobs;
use tinan::kernel::Secret;
use tinan::service::Hotline;
use tinan::service::casefile::CaseView;
use tinan::service::casework::Step;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::world::World;
use crate::zalo_fake::{Fake, SECRET, TOKEN};

const TIP: &str = "o ngo 12 pho Hoang co nguoi ban ma tuy da, toi nao cung co xe lay hang";

fn options(fake: &Fake) -> Options {
    let mut options = Options::new(Secret::new(TOKEN.to_owned()), Some(Secret::new(SECRET.to_owned())));
    options.api_url = Some(fake.url());
    options.call_timeout = Duration::from_millis(1_500);
    options.poll_timeout = Duration::from_secs(1);
    options.per_second = 1_000;
    options
}

fn channel(fake: &Fake) -> Arc<Zalo> {
    Arc::new(Zalo::new(options(fake)).unwrap_or_else(|e| panic!("{e}")))
}

/// Our webhook on a free port; returns its address.
async fn serve(zalo: &Arc<Zalo>, hotline: &Hotline) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}{HOOK}", listener.local_addr().expect("an address"));
    let app = routes(Arc::clone(zalo), Arc::new(hotline.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// A bot at work: called, attending, sending.
struct Bot {
    world: World,
    fake: Fake,
    zalo: Arc<Zalo>,
    working: Arc<AtomicBool>,
    stop: CancellationToken,
}

impl Bot {
    async fn start(world: World) -> Self {
        let bot = Self::idle(world).await;
        bot.works();
        bot
    }

    /// Takes what comes and does nothing with it yet.
    async fn idle(world: World) -> Self {
        let fake = Fake::start();
        let zalo = channel(&fake);
        let url = serve(&zalo, &world.hotline).await;
        fake.hook_leads_to(&url);
        let found = zalo.set_webhook(&format!("https://tinan.example{HOOK}")).await.expect("announced");
        assert!(found.ok);
        let (working, stop) = (Arc::new(AtomicBool::new(false)), CancellationToken::new());
        let bot = Self { world, fake, zalo, working, stop };
        bot.keep_working();
        bot
    }

    fn works(&self) {
        self.working.store(true, Ordering::SeqCst);
    }

    fn keep_working(&self) {
        let (hotline, zalo) = (self.world.hotline.clone(), Arc::clone(&self.zalo));
        let (working, stop) = (Arc::clone(&self.working), self.stop.clone());
        tokio::spawn(async move {
            while !stop.is_cancelled() {
                if working.load(Ordering::SeqCst) {
                    jobs::drain(&hotline, &*zalo).await.expect("works");
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
    }

    /// The most urgent case of a desk, claimed and opened.
    async fn next(&self, login: &str, desk: &str) -> (Step, CaseView) {
        let actor = self.world.actor(login).await;
        let asked = async {
            loop {
                if let Some(found) = self.world.hotline.next_case(&actor, desk, None).await.expect("asks") {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let claimed = tokio::time::timeout(Duration::from_secs(10), asked).await.expect("a case");
        let view = self.world.hotline.open_case(&actor, claimed.id).await.expect("opens");
        (Step { case: claimed.id, version: claimed.version, once: None }, view)
    }

    /// Waits until the case looks so, minutes passing.
    async fn until_case(
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

    /// How many updates wait to be worked off.
    async fn backlog(&self) -> i64 {
        self.world.hotline.backlog("zalo", "4839574812").await.expect("reads")
    }

    /// Waits until so many updates wait.
    async fn holds(&self, updates: i64) {
        let filled = async {
            while self.backlog().await != updates {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(
            tokio::time::timeout(Duration::from_secs(10), filled).await.is_ok(),
            "{}",
            self.backlog().await
        );
    }

    /// Waits until nothing is to be sent, now or later: there is nothing that could be deleted.
    async fn has_sent_all(&self) {
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
        tokio::time::timeout(Duration::from_secs(10), sent).await.expect("everything is sent");
    }

    /// Waits until everything that came was worked off.
    async fn is_quiet(&self) {
        self.fake.until("all is taken", |f| f.waiting() == 0).await;
        self.holds(0).await;
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
