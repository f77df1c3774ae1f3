//! A case has one holder, whoever asks at once.

use std::collections::HashSet;
use std::time::Duration;

use tinan::domain::case::{Case, Refused};
use tinan::domain::state::State;
use tinan::kernel::id::{CaseId, DeskId, StaffId};
use tinan::kernel::{Entropy, Timestamp};
use tinan::store::queue::Cursor;
use tinan::store::{StoreError, Tx, Writer};

use super::queue::{assert_counts_are_true, change, moved};
use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::Scene;

const LEASE: Duration = Duration::from_mins(30);

async fn claim_next(
    tx: &mut Tx,
    desk: DeskId,
    by: StaffId,
    now: Timestamp,
) -> Result<Option<CaseId>, StoreError> {
    let Some(case) = tx.next_free(desk).await? else { return Ok(None) };
    let hold = case.claim(by, now, LEASE).map_err(|_| StoreError::Stale)?;
    let after = Case { hold: Some(hold), version: case.version + 1, ..case.clone() };
    tx.change_case(&case, &after, now).await?;
    Ok(Some(case.id))
}

/// Claims until nothing is left; what others were faster at is tried again.
async fn claim_all(writer: Writer, desk: DeskId, by: StaffId, now: Timestamp) -> Vec<CaseId> {
    let mut mine = Vec::new();
    loop {
        let claimed =
            writer.run(move |tx| Box::pin(async move { claim_next(tx, desk, by, now).await })).await;
        match claimed {
            Ok(Some(id)) => mine.push(id),
            Ok(None) => return mine,
            Err(StoreError::Stale) => {}
            Err(e) => panic!("{e:?}"),
        }
    }
}

/// One random step of staff on a random case; refusals and stale versions are part of the game.
async fn step(writer: &Writer, scene: &Scene, cases: &[CaseId], chance: &Entropy) {
    let [which, what, who, whither]: [u8; 4] = chance.bytes().expect("seeded");
    let id = cases[usize::from(which) % cases.len()];
    let by = scene.officers[usize::from(who) % 2];
    let (tenant, now) = (scene.tenant, scene.now());
    let outcome = writer
        .run(move |tx| {
            Box::pin(async move {
                let case = tx.case(tenant, id).await?.ok_or(StoreError::Stale)?;
                let next = case.state.next(case.kind);
                let to = next[usize::from(whither) % next.len()];
                let stale = |_: Refused| StoreError::Stale;
                let mut after = match what % 3 {
                    0 => Case { hold: Some(case.claim(by, now, LEASE).map_err(stale)?), ..case.clone() },
                    1 => {
                        case.release(by, now).map_err(stale)?;
                        Case { hold: None, ..case.clone() }
                    }
                    _ => {
                        case.transition(to, "lý do", by, now).map_err(stale)?;
                        Case { state: to, ..case.clone() }
                    }
                };
                after.version += 1;
                tx.change_case(&case, &after, now).await
            })
        })
        .await;
    assert!(matches!(outcome, Ok(()) | Err(StoreError::Stale)), "{outcome:?}");
}

on_both_databases! {
    async fn eight_claimers_on_three_nodes_never_claim_one_case_twice(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        for _ in 0..120 {
            writer.open_case(scene.tip()).await.expect("opens");
        }
        let stores = [database.another().await, database.another().await];
        let writers = [writer, scene.writer(&stores[0]), scene.writer(&stores[1])];
        let claimers = (0..8).map(|i| {
            let by = StaffId::random(&scene.entropy).expect("seeded");
            tokio::spawn(claim_all(writers[i % 3].clone(), scene.tips, by, scene.now()))
        });
        let claimed = futures_util::future::join_all(claimers.collect::<Vec<_>>()).await;
        let claimed: Vec<CaseId> = claimed.into_iter().flat_map(|c| c.expect("no panic")).collect();
        assert_eq!(claimed.len(), 120);
        assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 120, "one was claimed twice");
        assert_eq!(database.count("cases WHERE version = 2 AND holder IS NOT NULL").await, 120);
        for store in stores {
            store.close().await;
        }
    }

    async fn of_two_who_saw_the_same_version_one_is_stale(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let second = database.another().await;
        let writers = [writer, scene.writer(&second)];
        for _ in 0..10 {
            let new = scene.tip();
            writers[0].open_case(new.clone()).await.expect("opens");
            let mut tx = database.store.read().await.expect("reads");
            let seen = tx.case(scene.tenant, new.id).await.expect("reads").expect("there");
            drop(tx);
            let claim = |i: usize| {
                let hold = seen.claim(scene.officers[i], scene.now(), LEASE).expect("free");
                let after = Case { hold: Some(hold), version: 2, ..seen.clone() };
                let (writer, seen, now) = (writers[i].clone(), seen.clone(), scene.now());
                async move { change(&writer, &seen, after, now).await }
            };
            let outcome = tokio::join!(claim(0), claim(1));
            assert!(
                matches!(outcome, (Ok(()), Err(StoreError::Stale)) | (Err(StoreError::Stale), Ok(()))),
                "{outcome:?}"
            );
        }
        second.close().await;
    }

    async fn a_lease_renewed_meanwhile_is_not_taken_over(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let new = scene.tip();
        writer.open_case(new.clone()).await.expect("opens");
        let (tenant, [an, binh]) = (scene.tenant, scene.officers);
        let read = || async {
            let mut tx = database.store.read().await.expect("reads");
            tx.case(tenant, new.id).await.expect("reads").expect("there")
        };
        let free = read().await;
        let held = Case { hold: free.claim(an, scene.now(), LEASE).ok(), version: 2, ..free.clone() };
        change(&writer, &free, held, scene.now()).await.expect("claims");
        scene.clock.advance(LEASE);
        // Binh sees the lapsed lease; An renews it before Binh's claim is written.
        let lapsed = read().await;
        let (id, until) = (new.id, scene.later(30));
        writer.run(move |tx| Box::pin(async move { tx.renew_hold(id, an, until).await })).await.expect("renews");
        let taken = lapsed.claim(binh, scene.now(), LEASE).expect("lapsed");
        let taken = Case { hold: Some(taken), version: 3, ..lapsed.clone() };
        let outcome = change(&writer, &lapsed, taken.clone(), scene.now()).await;
        assert!(matches!(outcome, Err(StoreError::Stale)), "{outcome:?}");
        // The holder's own work is not made stale by the renewal.
        let renewed = read().await;
        assert_eq!(renewed.hold.map(|h| (h.by, h.until)), Some((an, until)));
        scene.clock.advance(LEASE);
        change(&writer, &lapsed, taken, scene.now()).await.expect("now it has lapsed");
        let binhs = read().await;
        writer.run(move |tx| Box::pin(async move { tx.renew_hold(id, an, until).await })).await.expect("no fault");
        assert_eq!(read().await, binhs, "An renewed what Binh holds");
    }

    async fn no_interleaving_of_staff_loses_a_count(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let second = database.another().await;
        let writers = [writer, scene.writer(&second)];
        for round in 0..6 {
            let mut cases = Vec::new();
            for i in 0..3 {
                let case = if i == 0 { scene.help() } else { scene.tip() };
                cases.push(case.id);
                writers[0].open_case(case).await.expect("opens");
            }
            let players = (0..6).map(|i| {
                let (writer, scene, cases) = (writers[i % 2].clone(), scene.clone(), cases.clone());
                let chance = Entropy::seeded(round * 100 + u64::try_from(i).expect("small"));
                tokio::spawn(async move {
                    for _ in 0..12 {
                        step(&writer, &scene, &cases, &chance).await;
                        if i == 0 {
                            writer.open_case(scene.tip()).await.expect("opens");
                        }
                    }
                })
            });
            for player in futures_util::future::join_all(players.collect::<Vec<_>>()).await {
                player.expect("no panic");
            }
            assert_counts_are_true(&database, &scene).await;
        }
        let closed = database.count("cases WHERE version > 2").await;
        assert!(closed > 5, "the game was too tame: {closed}");
        second.close().await;
    }

    async fn a_closed_case_leaves_the_queue_and_keeps_its_first_hour(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        writer.open_case(scene.tip()).await.expect("opens");
        let mut tx = database.store.read().await.expect("reads");
        let case = tx.queue_page(scene.tips, Cursor::START, 1).await.expect("reads").remove(0);
        drop(tx);
        let closed = moved(&case, State::Closed);
        change(&writer, &case, closed.clone(), scene.now()).await.expect("closes");
        let hour = scene.now().hour().as_millis();
        let row = format!("cases WHERE waiting = 0 AND closed_hour = {hour}");
        assert_eq!(database.count(&row).await, 1);
        scene.clock.advance(Duration::from_hours(5));
        let touched = moved(&closed, State::Closed);
        change(&writer, &closed, touched.clone(), scene.now()).await.expect("changes");
        assert_eq!(database.count(&row).await, 1, "the hour of closing moved");
        change(&writer, &touched, moved(&touched, State::Classified), scene.now()).await.expect("opens again");
        assert_eq!(database.count("cases WHERE waiting = 1 AND closed_hour IS NULL").await, 1);
    }
}
