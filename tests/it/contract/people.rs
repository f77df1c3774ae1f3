//! Tenants, desks, staff, their keys and sessions.

use tinan::domain::lane::Kind;
use tinan::kernel::id::{DeskId, StaffId};
use tinan::store::people::{Desk, GrantRow, RecoveryRow, Session};
use tinan::store::{Store, StoreError};

use crate::on_both_databases;
use crate::scene::Scene;

on_both_databases! {
    async fn a_province_comes_back_as_it_was_set_up(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        let tenants = tx.tenants().await.expect("reads");
        assert_eq!(tenants.iter().map(|t| (t.id, t.name.as_str())).collect::<Vec<_>>(), [(scene.tenant, "Phú Thọ")]);
        let id = DeskId::random(&scene.entropy).expect("seeded");
        let (name, parent) = ("tips-2".to_owned(), Some(scene.tips));
        let child = Desk { id, tenant: scene.tenant, kind: Kind::Tips, name, parent };
        tx.add_desk(&child).await.expect("adds");
        let desks = tx.desks(scene.tenant).await.expect("reads");
        assert_eq!(desks.iter().map(|d| d.id).collect::<Vec<_>>(), [scene.counselling, scene.tips, id]);
        assert_eq!(desks[2], child);
        assert!(tx.desks(Scene::new(2).tenant).await.expect("reads").is_empty());
    }

    async fn a_login_is_given_once(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        let id = StaffId::random(&scene.entropy).expect("seeded");
        let taken = tx.add_staff(&scene.officer(id, "an")).await;
        assert!(matches!(taken, Err(StoreError::Stale)), "{taken:?}");
        tx.add_staff(&scene.officer(id, "chi")).await.expect("adds");
        let chi = tx.staff_by_login("chi").await.expect("reads").expect("there");
        assert_eq!((chi.id, chi.name.as_str(), chi.starting_password), (id, "CHI", true));
        assert_eq!(tx.staff(id).await.expect("reads").expect("there").login, "chi");
        assert!(tx.staff_by_login("CHI").await.expect("reads").is_none());
        let all = tx.all_staff(scene.tenant).await.expect("reads");
        assert_eq!(all.iter().map(|s| s.login.as_str()).collect::<Vec<_>>(), ["an", "binh", "chi"]);
    }

    async fn a_vault_is_replaced_over_the_one_that_was_opened(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let an = scene.officers[0];
        let mut tx = store.begin().await.expect("begins");
        tx.replace_vault(an, &[7; 60], &[8; 60]).await.expect("replaces");
        let again = tx.replace_vault(an, &[7; 60], &[9; 60]).await;
        assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
        let stored = tx.staff(an).await.expect("reads").expect("there");
        assert_eq!((stored.vault, stored.starting_password), (vec![8; 60], false));
        assert_eq!(tx.staff(scene.officers[1]).await.expect("reads").expect("there").vault, [7; 60]);
    }

    async fn members_and_their_keys_are_found_from_both_sides(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let (desk, [an, binh]) = (scene.tips, scene.officers);
        let mut tx = store.begin().await.expect("begins");
        tx.add_member(scene.tenant, desk, an, true).await.expect("adds");
        tx.add_member(scene.tenant, desk, binh, false).await.expect("adds");
        let mut expected = vec![(an, true), (binh, false)];
        expected.sort_unstable();
        assert_eq!(tx.members(desk).await.expect("reads"), expected);
        assert_eq!(tx.memberships(an).await.expect("reads"), [(desk, true)]);
        assert!(tx.members(scene.counselling).await.expect("reads").is_empty());

        let desk_key = scene.wrap([5; 8]).kid();
        let grant = GrantRow { desk, desk_key, staff: an, bytes: vec![1; 200] };
        tx.add_grant(scene.tenant, &grant).await.expect("adds");
        let grants = tx.grants_of(an).await.expect("reads");
        assert_eq!(grants.iter().map(|g| (g.desk, g.desk_key)).collect::<Vec<_>>(), [(desk, desk_key)]);
        assert_eq!(grants[0].bytes, [1; 200]);
        assert!(tx.grants_of(binh).await.expect("reads").is_empty());

        for (pair, byte) in [("BC", 3), ("AB", 1), ("AC", 2)] {
            let row = RecoveryRow { desk, desk_key, pair: pair.to_owned(), wrap: vec![byte; 100] };
            tx.add_recovery(scene.tenant, &row).await.expect("adds");
        }
        let recoveries = tx.recoveries(desk).await.expect("reads");
        let found: Vec<_> = recoveries.iter().map(|r| (r.pair.as_str(), r.wrap[0])).collect();
        assert_eq!(found, [("AB", 1), ("AC", 2), ("BC", 3)]);
    }

    async fn the_directory_is_read_oldest_first(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let mut tx = store.begin().await.expect("begins");
        assert_eq!(tx.directory_serial(scene.tenant).await.expect("reads"), 0);
        for serial in [2, 1, 3] {
            tx.add_directory_entry(scene.tenant, serial, &[u8::try_from(serial).expect("small")]).await.expect("adds");
        }
        assert_eq!(tx.directory_entries(scene.tenant).await.expect("reads"), [[1], [2], [3]]);
        assert_eq!(tx.directory_serial(scene.tenant).await.expect("reads"), 3);
        let twice = tx.add_directory_entry(scene.tenant, 3, &[9]).await;
        assert!(matches!(twice, Err(StoreError::Database(_))), "a serial number names one entry");
    }

    async fn a_session_ends_by_idling_by_age_or_by_hand(store: Store) {
        let (scene, _) = Scene::open(1, &store).await;
        let [an, binh] = scene.officers;
        let session = |sid: u8, staff| Session {
            sid: [sid; 32],
            tenant: scene.tenant,
            staff,
            sealed_seed: scene.sealed(),
            idle_until: scene.later(15),
            absolute_until: scene.later(60),
        };
        let mut tx = store.begin().await.expect("begins");
        for (sid, staff) in [(1, an), (2, an), (3, an), (4, binh)] {
            tx.add_session(&session(sid, staff)).await.expect("adds");
        }
        let read = tx.session(&[1; 32], scene.now()).await.expect("reads").expect("there");
        assert_eq!((read.staff, read.absolute_until), (an, scene.later(60)));
        assert!(tx.session(&[1; 32], scene.later(15)).await.expect("reads").is_none(), "idled");
        tx.touch_session(&[1; 32], scene.later(90)).await.expect("touches");
        assert!(tx.session(&[1; 32], scene.later(59)).await.expect("reads").is_some());
        assert!(tx.session(&[1; 32], scene.later(60)).await.expect("reads").is_none(), "too old");
        assert!(tx.session(&[9; 32], scene.now()).await.expect("reads").is_none());
        assert_eq!(tx.end_session(&[2; 32]).await.expect("ends"), 1);
        assert_eq!(tx.end_session(&[2; 32]).await.expect("ends"), 0);
        assert_eq!(tx.end_other_sessions(an, &[1; 32]).await.expect("ends"), 1);
        assert!(tx.session(&[4; 32], scene.now()).await.expect("reads").is_some(), "another member's");
        assert_eq!(tx.erase_sessions(scene.later(15)).await.expect("erases"), 1);
        assert_eq!(tx.erase_sessions(scene.later(60)).await.expect("erases"), 1);
    }
}
