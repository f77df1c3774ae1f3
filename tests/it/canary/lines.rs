//! The canary of every channel passes, against the fakes of the other ends.

use tinan::channels::sms::Sms;
use tinan::channels::telegram::{self, Telegram};
use tinan::channels::zalo::{self, Zalo};
use tinan::channels::zalo_oa::{self, ZaloOa};
use tinan::domain::canary::{WEB, words};
use tinan::kernel::id::RowId;
use tinan::kernel::{Entropy, Secret};
use tinan::service::channel::Content;

use super::*;
use crate::on_both_databases;
use crate::sms::{Kannel, SENDER};
use crate::{homeserver, matrix_as, telegram as telegram_fake, zalo_fake};

/// The other ends.
pub(super) struct Ends {
    pub(super) telegram: telegram_fake::Fake,
    pub(super) zalo: zalo_fake::Fake,
    pub(super) kannel: Kannel,
    pub(super) homeserver: homeserver::Fake,
}

impl Ends {
    pub(super) async fn start() -> Self {
        let (telegram, zalo) = (telegram_fake::Fake::start(), zalo_fake::Fake::start());
        Self { telegram, zalo, kannel: Kannel::start().await, homeserver: homeserver::Fake::start() }
    }

    pub(super) fn telegram(&self) -> Arc<dyn Channel> {
        let secret = Secret::new(telegram_fake::TOKEN.to_owned());
        let mut options = telegram::Options::new(secret);
        options.api_url = Some(self.telegram.url());
        options.call_timeout = Duration::from_millis(1_500);
        Arc::new(Telegram::new(options).unwrap_or_else(|e| panic!("{e}")))
    }

    fn zalo(&self) -> Arc<dyn Channel> {
        let secret = |s: &str| Secret::new(s.to_owned());
        let mut options = zalo::Options::new(secret(zalo_fake::TOKEN), Some(secret(zalo_fake::SECRET)));
        options.api_url = Some(self.zalo.url());
        Arc::new(Zalo::new(options).unwrap_or_else(|e| panic!("{e}")))
    }

    fn account(&self, world: &World) -> Arc<dyn Channel> {
        let secret = |s: &str| Secret::new(s.to_owned());
        let oa = ZaloOa::new(zalo_oa::Options {
            app_id: zalo_fake::APP_ID.to_owned(),
            oa_id: zalo_fake::OA_ID.to_owned(),
            secret_key: secret(zalo_fake::OA_SECRET),
            app_secret: secret(zalo_fake::APP_SECRET),
            refresh_token: secret(zalo_fake::FIRST_REFRESH),
            api_url: Some(self.zalo.url()),
            oauth_url: Some(self.zalo.url()),
            call_timeout: Duration::from_millis(1_500),
            per_second: 1_000,
            chat_gap: Duration::ZERO,
        });
        let oa = oa.unwrap_or_else(|e| panic!("{e}"));
        oa.open(&world.hotline);
        Arc::new(oa)
    }

    pub(super) fn sms(&self) -> Arc<dyn Channel> {
        Arc::new(Sms::new(self.kannel.options()).unwrap_or_else(|e| panic!("{e}")))
    }

    pub(super) fn all(&self, world: &World) -> Channels {
        let matrix = matrix_as::channel(&self.homeserver, &world.hotline);
        vec![self.telegram(), self.zalo(), self.account(world), self.sms(), matrix]
    }

    /// Whether anything was sent to anybody.
    fn sent(&self) -> usize {
        self.telegram.calls("sendMessage").len()
            + self.zalo.calls("sendMessage").len()
            + self.kannel.told().len()
            + self.zalo.billed()
            + self.homeserver.calls("send").len()
    }
}

#[tokio::test]
async fn every_channel_reads_its_canary_as_the_words_of_a_stranger() {
    let (world, ends) = (World::open().await, Ends::start().await);
    let canary = RowId::random(&Entropy::System).expect("chance");
    for channel in ends.all(&world) {
        let body = channel.canary(&words(canary), world.clock.now()).expect("has canaries");
        let update = channel.parse(&body).unwrap_or_else(|_| panic!("{}", channel.name()));
        assert!(matches!(update.content, Content::Text(t) if t == words(canary)), "{}", channel.name());
    }
}

on_both_databases! {
    async fn the_canary_of_every_way_in_comes_back_and_nothing_is_sent_to_anybody(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = ends.all(&world);
        // gets the account's first tokens, which is an entry of the audit log
        channels[2].probe().await.expect("is known");
        tend(&world, &channels).await;
        let before = elsewhere(&database).await;
        assert_eq!(line(&world, WEB).await.0.good, Some(world.clock.now()), "nobody else works on that one");
        assert_eq!(database.count("inbox").await, 5);
        work(&world, &channels).await;
        tend(&world, &channels).await;
        let lines = lines(&world).await;
        assert_eq!(lines.len(), 6);
        for (line, late) in &lines {
            assert!(!late && line.good.is_some() && line.took.is_some() && line.trouble.is_none(), "{line:?}");
        }
        assert!(lines.iter().any(|(line, _)| line.name == format!("sms:{SENDER}")));
        assert_eq!((ends.sent(), database.count("canaries").await), (0, 6));
        assert_eq!(ends.telegram.calls("getMe").len(), 1);
        let numbers = database.texts("SELECT CAST(number AS TEXT) FROM canaries ORDER BY number").await;
        assert_eq!(numbers, [["1"], ["2"], ["3"], ["4"], ["5"], ["6"]]);
        let left = |rows: Vec<(&'static str, i64)>| -> Vec<_> {
            rows.into_iter().filter(|(table, _)| !["inbox", "outbox"].contains(table)).collect()
        };
        assert_eq!(left(before), left(elsewhere(&database).await), "no table of citizens has changed");
        assert_eq!((database.count("inbox").await, database.count("outbox").await), (0, 0));
    }

    async fn a_round_begins_every_few_minutes_and_one_is_under_way_at_a_time(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let channels = vec![ends.telegram()];
        for n in 1..=3 {
            round(&world, &channels).await;
            tend(&world, &channels).await;
            assert_eq!(database.count("canaries").await, 2 * n);
            world.clock.advance(minutes(5));
        }
        for _ in 0..4 {
            tend(&world, &channels).await;
            world.clock.advance(minutes(3));
        }
        assert_eq!(database.count("inbox").await, 1, "the one that nobody works off");
    }

    async fn two_nodes_that_tend_at_once_send_one_canary(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let other = world.node(database.another().await, 77, |_| {}).await.expect("starts");
        let channels = vec![ends.telegram()];
        let (a, b) = tokio::join!(world.hotline.tend_canaries(&channels), other.tend_canaries(&channels));
        a.expect("tends");
        b.expect("tends");
        assert_eq!(database.count("inbox").await, 1);
        work(&world, &channels).await;
        let (a, b) = tokio::join!(world.hotline.tend_canaries(&channels), other.tend_canaries(&channels));
        a.expect("tends");
        b.expect("tends");
        assert_eq!(late(&world).await, Vec::<String>::new());
        let sent: Vec<_> = lines(&world).await.into_iter().filter(|(line, _)| line.good.is_some()).collect();
        assert_eq!(sent.len(), 2, "the other node can read the canary of this one");
    }

    async fn a_channel_that_is_given_up_is_nobodys_worry_and_off_is_off(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        round(&world, &vec![ends.telegram(), ends.sms()]).await;
        assert_eq!(lines(&world).await.len(), 3);
        round(&world, &vec![ends.sms()]).await;
        assert_eq!(lines(&world).await.len(), 2);
        let off = world
            .node(database.another().await, 78, |parts| parts.options.canary.enabled = false)
            .await
            .expect("starts");
        off.tend_canaries(&[ends.sms()]).await.expect("tends");
        assert_eq!(lines(&world).await, []);
        world.clock.advance(Duration::from_hours(5));
        assert_eq!(off.reconcile().await.expect("looks").seen, []);
    }
}
