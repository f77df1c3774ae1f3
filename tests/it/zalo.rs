//! The Zalo bot from end to end: a fake Zalo on the wire, the real webhook, the real service and database.

mod calls;
mod crash;
mod door;
mod odd;
mod poll;
mod sending;
mod silence;
mod talk;

use std::sync::Arc;
use std::time::Duration;

use tinan::channels::zalo::{HOOK, Options, Zalo, routes};
use tinan::kernel::Secret;
use tinan::service::Hotline;

use crate::remote::listen;
use crate::talker::{self, TIP};
use crate::world::World;
use crate::zalo_fake::{self, Fake, SECRET, TOKEN};

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
    let url = listen(routes(Arc::clone(zalo), Arc::new(hotline.clone()))).await;
    format!("{url}{HOOK}")
}

/// Us at work.
type Bot = talker::Bot<zalo_fake::State, Zalo>;

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
        Self::against(fake, zalo, world)
    }
}
