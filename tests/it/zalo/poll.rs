//! Polling, for development: every message is handed out once.

use std::sync::Arc;
use std::time::Duration;

use tinan::channels::zalo::{Mode, Options, Poller, Zalo};
use tinan::jobs;
use tokio_util::sync::CancellationToken;

use super::{TIP, options};
use crate::world::World;
use crate::zalo_fake::{Fake, Fault};

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_by_polling_takes_the_webhook_off_and_goes_on_after_faults() {
    let (fake, world) = (Fake::start(), World::open().await);
    let hooked = super::channel(&fake);
    hooked.set_webhook("https://tinan.example/hooks/zalo").await.expect("set");
    fake.hold();
    let zalo = Zalo::new(Options { mode: Mode::Poll, secret: None, ..options(&fake) });
    let zalo = Arc::new(zalo.unwrap_or_else(|e| panic!("{e}")));
    fake.fails("getUpdates", [Fault::Gateway(502), Fault::Garbage]);
    let stop = CancellationToken::new();
    let poller = Poller::new(Arc::clone(&zalo), Arc::new(world.hotline.clone()));
    let polling = tokio::spawn(poller.run(stop.clone()));
    let user = fake.user("d1");
    user.writes(TIP);
    user.writes("nha so bay");
    let talk = async {
        while !user.hears().iter().any(|m| m.contains("Chưa gửi") && m.contains("nha so bay")) {
            jobs::drain(&world.hotline, &*zalo).await.expect("works");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), talk).await.expect("both are answered");
    assert_eq!(fake.hook(), None, "the operator chose to poll");
    assert_eq!(fake.waiting(), 0);
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), polling).await.expect("stops").expect("no panic");
}
