//! The Zalo bot from end to end: a fake Zalo on the wire, the real webhook, the real service and database.

mod calls;
mod crash;
mod door;
mod odd;
mod poll;
mod sending;
mod silence;
mod talk;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tinan::channels::zalo::{HOOK, Options, Zalo, routes};
use tinan::kernel::Secret;
use tinan::service::Hotline;
use tokio::net::TcpListener;

use crate::talker::Talker;
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
    talker: Talker,
    fake: Fake,
    zalo: Arc<Zalo>,
}

impl Deref for Bot {
    type Target = Talker;
    fn deref(&self) -> &Talker {
        &self.talker
    }
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
        Self { talker: Talker::idle(world, zalo.clone()), fake, zalo }
    }

    /// Waits until everything that came was worked off.
    async fn is_quiet(&self) {
        self.fake.until("all is taken", |f| f.waiting() == 0).await;
        self.holds(0).await;
    }
}
