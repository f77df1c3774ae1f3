//! Tokens that count once: renewed in time, by one node, and found again after a crash at any point.

use std::time::Duration;

use tinan::channels::zalo_oa::NoAccess;
use tinan::kernel::Secret;
use tinan::service::channel::{Channel as _, ChatId, Outgoing, SendFault};
use tinan::store::Store;
use tinan::store::audit::Action;
use tinan::store::tokens::TokenState;

use super::account;
use crate::on_both_databases;
use crate::world::World;
use crate::zalo_fake::{FIRST_REFRESH, Fake, Fault, OA_ID};

const OAUTH: &str = "v4/oa/access_token";

fn say() -> Outgoing {
    Outgoing::Say { text: "x".to_owned(), buttons: Vec::new(), protect: false }
}

async fn state_of(world: &World, refresh: &str) -> TokenState {
    let first = Secret::new(refresh.to_owned());
    world.hotline.tokens(("zalo_oa", OA_ID), &first).await.expect("reads").state
}

on_both_databases! {
    async fn a_pair_is_renewed_in_time_and_every_start_goes_on_with_it(store: Store) {
        let (fake, world) = (Fake::start(), World::on(store, false).await);
        fake.follower("77").writes("x");
        let chat = ChatId::new("77");
        for day in 1..=4 {
            // A new start each day, with the settings of the first.
            let oa = account(&fake, FIRST_REFRESH, &world.hotline);
            oa.tend().await.expect("renewed");
            assert!(oa.send(&chat, &say()).await.is_ok());
            oa.tend().await.expect("nothing to do");
            assert_eq!(fake.renewals(), day, "once a day");
            world.clock.advance(Duration::from_hours(20));
            fake.passes(Duration::from_hours(20));
        }
        assert_eq!(fake.spent(), 0, "no token was used twice");
        assert_eq!(world.audited(Action::TokensRenewed).await.len(), 4);
        assert_eq!(state_of(&world, FIRST_REFRESH).await, TokenState::Good);
    }

    async fn nodes_that_need_a_token_at_once_renew_it_once(store: Store) {
        let (fake, world) = (Fake::start(), World::on(store.clone(), false).await);
        fake.follower("77").writes("x");
        let mut nodes = vec![account(&fake, FIRST_REFRESH, &world.hotline)];
        for seed in 21..24 {
            let node = world.node(store.clone(), seed, |_| ()).await.expect("starts");
            nodes.push(account(&fake, FIRST_REFRESH, &node));
        }
        let chat = &ChatId::new("77");
        let sends = nodes.iter().map(|oa| async move {
            loop {
                match oa.send(chat, &say()).await {
                    Ok(_) => return,
                    Err(SendFault::Wait(_)) => tokio::time::sleep(Duration::from_millis(30)).await,
                    Err(fault) => panic!("{fault}"),
                }
            }
        });
        futures_util::future::join_all(sends).await;
        assert_eq!((fake.renewals(), fake.spent()), (1, 0));
        // The pair in use is taken back at Zalo's end: each asks anew, and it is renewed once.
        fake.takes_access_back();
        let sends = nodes.iter().map(|oa| async move {
            while let Err(fault) = oa.send(chat, &say()).await {
                assert!(matches!(fault, SendFault::Wait(_)), "{fault}");
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        });
        futures_util::future::join_all(sends).await;
        assert_eq!((fake.renewals(), fake.spent()), (2, 0));
    }

    async fn a_crash_before_the_call_costs_nothing(store: Store) {
        let (fake, world) = (Fake::start(), World::on(store, false).await);
        let first = Secret::new(FIRST_REFRESH.to_owned());
        // The intent is committed, and the program ends.
        let before = world.hotline.tokens(("zalo_oa", OA_ID), &first).await.expect("reads");
        world.hotline.begin_renewal(("zalo_oa", OA_ID), &first, before).await.expect("written");
        assert_eq!(state_of(&world, FIRST_REFRESH).await, TokenState::Asking);
        account(&fake, FIRST_REFRESH, &world.hotline).tend().await.expect("renewed");
        assert_eq!((fake.renewals(), fake.spent()), (1, 0));
        // So does a call that never arrived.
        fake.fails(OAUTH, [Fault::CutBefore, Fault::Gateway(502)]);
        world.clock.advance(Duration::from_hours(20));
        let oa = account(&fake, FIRST_REFRESH, &world.hotline);
        assert_eq!(oa.tend().await.err(), Some(NoAccess::NotNow));
        assert_eq!(oa.tend().await.err(), Some(NoAccess::NotNow));
        oa.tend().await.expect("renewed");
        assert_eq!((fake.renewals(), fake.spent()), (2, 0));
    }

    async fn an_answer_that_is_lost_is_noticed_and_a_new_authorisation_mends_it(store: Store) {
        let (fake, world) = (Fake::start(), World::on(store, false).await);
        fake.follower("77").writes("x");
        let (chat, oa) = (ChatId::new("77"), account(&fake, FIRST_REFRESH, &world.hotline));
        oa.tend().await.expect("renewed");
        world.clock.advance(Duration::from_hours(14));
        fake.passes(Duration::from_hours(14));
        // Zalo has done it, and the program ends before it hears so.
        fake.fails(OAUTH, [Fault::CutAfter]);
        assert_eq!(oa.tend().await.err(), Some(NoAccess::NotNow));
        let oa = account(&fake, FIRST_REFRESH, &world.hotline);
        assert_eq!(oa.tend().await.err(), Some(NoAccess::Refused), "the token is spent");
        assert_eq!(state_of(&world, FIRST_REFRESH).await, TokenState::Failed);
        assert_eq!(world.audited(Action::TokensRefused).await.len(), 1);
        assert!(oa.send(&chat, &say()).await.is_ok(), "what is in use still counts");
        assert_eq!(oa.tend().await.err(), Some(NoAccess::Refused));
        assert_eq!(fake.spent(), 1, "and Zalo is not asked all the time");
        world.clock.advance(Duration::from_hours(14));
        fake.passes(Duration::from_hours(14));
        assert_eq!(oa.send(&chat, &say()).await.err(), Some(SendFault::Unreachable), "it waits, nothing is lost");
        // A person authorises anew and sets the new token.
        let token = fake.authorises_anew();
        let oa = account(&fake, &token, &world.hotline);
        assert!(oa.send(&chat, &say()).await.is_ok());
        assert_eq!(state_of(&world, &token).await, TokenState::Good);
    }

    async fn who_gives_up_waiting_loses_no_tokens(store: Store) {
        let (fake, world) = (Fake::start(), World::on(store, false).await);
        let oa = account(&fake, FIRST_REFRESH, &world.hotline);
        fake.fails(OAUTH, [Fault::Slow(Duration::from_millis(300))]);
        assert!(tokio::time::timeout(Duration::from_millis(50), oa.tend()).await.is_err());
        oa.tend().await.expect("the answer was stored");
        assert_eq!((fake.renewals(), fake.spent()), (1, 0));
    }

    async fn the_row_keeps_its_key_and_nothing_in_it_is_readable(store: Store) {
        let (fake, world) = (Fake::start(), World::on(store, false).await);
        account(&fake, FIRST_REFRESH, &world.hotline).tend().await.expect("renewed");
        for _ in 0..4 {
            world.clock.advance(Duration::from_hours(20));
            world.hotline.upkeep().await.expect("tidied");
            world.hotline.tend_keys().await.expect("tended");
        }
        let first = Secret::new(FIRST_REFRESH.to_owned());
        let tokens = world.hotline.tokens(("zalo_oa", OA_ID), &first).await.expect("its key is still there");
        assert!(tokens.access.is_some());
        let row = world.hotline.store().read().await.expect("reads").tokens("zalo_oa", OA_ID).await.expect("reads");
        let bytes = String::from_utf8_lossy(row.expect("a row").sealed.as_bytes()).into_owned();
        assert!(!bytes.contains("access-") && !bytes.contains("refresh-"));
    }
}

#[tokio::test]
async fn before_the_service_is_there_nothing_is_sent() {
    let fake = Fake::start();
    let oa = tinan::channels::zalo_oa::ZaloOa::new(super::options(&fake, FIRST_REFRESH));
    let oa = oa.unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(oa.send(&ChatId::new("77"), &say()).await, Err(SendFault::Wait(_))));
    assert!(fake.journal().is_empty());
}
