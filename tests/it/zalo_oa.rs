//! The Official Account from end to end: a fake Zalo on the wire, the real webhook, the real service and database.

mod door;
mod talk;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use tinan::channels::zalo_oa::{HOOK, Options, ZaloOa, routes};
use tinan::kernel::Secret;
use tinan::service::Hotline;

use crate::remote::listen;
use crate::talker::{self, TIP};
use crate::world::World;
use crate::zalo_fake::{self, APP_ID, APP_SECRET, FIRST_REFRESH, Fake, OA_ID, OA_SECRET};

fn options(fake: &Fake, refresh: &str) -> Options {
    let secret = |s: &str| Secret::new(s.to_owned());
    Options {
        app_id: APP_ID.to_owned(),
        oa_id: OA_ID.to_owned(),
        secret_key: secret(OA_SECRET),
        app_secret: secret(APP_SECRET),
        refresh_token: secret(refresh),
        api_url: Some(fake.url()),
        oauth_url: Some(fake.url()),
        call_timeout: Duration::from_millis(1_500),
        per_second: 1_000,
        chat_gap: Duration::ZERO,
    }
}

/// An account that the service of this node keeps.
pub(crate) fn account(fake: &Fake, refresh: &str, hotline: &Hotline) -> Arc<ZaloOa> {
    let oa = ZaloOa::new(options(fake, refresh)).unwrap_or_else(|e| panic!("{e}"));
    oa.open(hotline);
    Arc::new(oa)
}

/// Our webhook on a free port; returns its address.
async fn serve(oa: &Arc<ZaloOa>, hotline: &Hotline) -> String {
    let url = listen(routes(Arc::clone(oa), Arc::new(hotline.clone()))).await;
    format!("{url}{HOOK}")
}

/// Us at work.
type Bot = talker::Bot<zalo_fake::State, ZaloOa>;

impl Bot {
    async fn start(world: World) -> Self {
        let fake = Fake::start();
        let oa = account(&fake, FIRST_REFRESH, &world.hotline);
        let url = serve(&oa, &world.hotline).await;
        fake.account_leads_to(&url);
        let bot = Self::against(fake, oa, world);
        bot.works();
        bot
    }

    /// Time passes everywhere.
    fn passes(&self, time: Duration) {
        self.world.clock.advance(time);
        self.fake.passes(time);
    }
}
