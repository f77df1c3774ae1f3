//! One database, two keyrings: a renewal that is cut off anywhere, and a node that was not told.

use std::time::Duration;

use tinan::kernel::Entropy;
use tinan::service::channel::Raw;
use tinan::service::spooling::Health;
use tinan::service::{Error, Hotline};
use tinan::store::{Store, meta};
use tinan::vault::{Keyring, Renewal};

use crate::on_both_databases;
use crate::world::World;

const MOMENT: Duration = Duration::from_secs(10);

async fn takes(hotline: &Hotline, key: &str) -> Result<usize, Error> {
    let update = Raw { key: key.to_owned(), bytes: b"chat|words".to_vec() };
    hotline.accept(("slips", "1"), vec![update], None).await
}

async fn pinned(hotline: &Hotline) -> (Option<String>, Option<String>) {
    let mut tx = hotline.store().read().await.expect("reads");
    let current = tx.meta(meta::name::KEYRING).await.expect("reads");
    (current, tx.meta(meta::name::KEYRING_NEXT).await.expect("reads"))
}

on_both_databases! {
    async fn a_running_node_with_the_old_keyring_stops_and_goes_on_with_the_new_file(store: Store) {
        let world = World::on(store, false).await;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keyring");
        std::fs::copy(world.keyring_file(), &file).expect("copied");
        let (one, two) = (&world.hotline, world.node_with(&file).await);
        two.refresh().await.expect("compares");
        assert_eq!(takes(&two, "before").await.expect("takes"), 1);

        one.renew_keys().await.expect("renews");
        two.refresh().await.expect("compares");
        assert_eq!(two.health().await, Health::OtherKeyring);
        let refused = takes(&two, "meanwhile").await;
        assert!(matches!(&refused, Err(Error::Fault(f)) if f.is_away()), "nothing is sealed that nobody could open");
        assert!(!two.lease("timers", MOMENT).await.expect("asks"), "and it takes no work");
        assert_eq!(two.tend_keys().await.expect("looks"), 0);
        one.refresh().await.expect("compares");
        assert_eq!(one.health().await, Health::Ready);
        assert_eq!(takes(one, "meanwhile").await.expect("takes"), 1);

        std::fs::copy(world.keyring_file(), &file).expect("brought");
        two.refresh().await.expect("compares");
        assert_eq!(two.health().await, Health::Ready);
        assert_eq!(takes(&two, "after").await.expect("takes"), 1);
        assert!(two.lease("timers", MOMENT).await.expect("asks"));
    }

    async fn a_renewal_that_is_cut_off_anywhere_leaves_nodes_that_start(store: Store) {
        let world = World::on(store, false).await;
        let one = &world.hotline;
        let ready = async || {
            one.refresh().await.expect("compares");
            one.health().await == Health::Ready
        };
        let old = pinned(one).await.0.expect("pinned at the set-up");
        let lost = Renewal::draw(&Entropy::System).expect("chance");
        one.announce_keyring(&lost).await.expect("announces");
        assert!(ready().await, "announced, and the file is still the old one");
        assert_eq!(one.tend_keys().await.expect("tends"), 0);
        assert_eq!(pinned(one).await.0, Some(old.clone()));

        let renewal = Renewal::draw(&Entropy::System).expect("chance");
        let new = tinan::service::rekey::written(&renewal.fingerprint());
        one.announce_keyring(&renewal).await.expect("announces");
        one.write_keyring(renewal).await.expect("writes");
        assert!(ready().await, "the file is new, and the database still knows both");
        assert_eq!(pinned(one).await, (Some(old), Some(new.clone())));
        one.tend_keys().await.expect("completes it");
        assert_eq!(pinned(one).await, (Some(new), None));
        assert!(ready().await);
        assert!(!one.settle_keyring().await.expect("looks"), "there is nothing left to do");
        let held = Keyring::open(&world.keyring_file()).expect("opens").transit_ages().len();
        assert_eq!(held, 2, "the old key and the new one: renewed once");
    }
}
