//! The working queue: its order, its pages, its counts.

use std::time::Duration;

use tinan::domain::case::{Case, Hold, Priority};
use tinan::domain::state::State;
use tinan::kernel::Timestamp;
use tinan::kernel::id::{CaseId, DeskId};
use tinan::store::intake::NewCase;
use tinan::store::queue::Cursor;
use tinan::store::{Store, StoreError, Writer};

use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::{Scene, YEAR};

/// Asserts that the kept counts are what counting would give.
pub(super) async fn assert_counts_are_true(database: &Database, scene: &Scene) {
    let mut tx = database.store.read().await.expect("reads");
    let mut kept = tx.desk_counts(scene.tenant).await.expect("reads");
    kept.retain(|(_, _, amount)| *amount != 0);
    let mut counted: Vec<(DeskId, State, i64)> = Vec::new();
    for desk in [scene.tips, scene.counselling] {
        for state in State::ALL {
            let rows = format!("cases WHERE desk = {} AND state = '{state}'", database.id(desk.uuid()));
            let amount = database.count(&rows).await;
            counted.push((desk, state, amount));
        }
    }
    counted.retain(|(_, _, amount)| *amount != 0);
    kept.sort_unstable();
    counted.sort_unstable();
    assert_eq!(kept, counted);
}

/// Changes a case in a unit of its own.
pub(super) async fn change(
    writer: &Writer,
    before: &Case,
    after: Case,
    now: Timestamp,
) -> Result<(), StoreError> {
    let before = before.clone();
    writer
        .run(move |tx| {
            let (before, after) = (before.clone(), after.clone());
            Box::pin(async move { tx.change_case(&before, &after, now).await })
        })
        .await
}

/// The next version of a case in another state.
pub(super) fn moved(case: &Case, state: State) -> Case {
    Case { state, version: case.version + 1, ..case.clone() }
}

/// All pages of a queue, one after the other.
async fn all_pages(store: &Store, desk: DeskId, size: i64) -> Vec<Case> {
    let (mut all, mut after) = (Vec::new(), Cursor::START);
    loop {
        let mut tx = store.read().await.expect("reads");
        let page = tx.queue_page(desk, after, size).await.expect("reads");
        let Some(last) = page.last() else { return all };
        after = Cursor::of(last);
        all.extend(page);
    }
}

/// Cases of every priority, with and without deadlines, many alike.
async fn many(scene: &Scene, writer: &Writer, amount: u64) -> Vec<CaseId> {
    let mut ids = Vec::new();
    for i in 0..amount {
        let hour = scene.now().hour();
        let due = (i % 3 != 0).then(|| hour.plus(Duration::from_hours(i % 5)));
        let priority = u8::try_from(i * 7 % 4).expect("small");
        let year = if i % 11 == 0 { YEAR - 1 } else { YEAR };
        let case = NewCase { due, priority, year, ..scene.tip() };
        ids.push(case.id);
        writer.open_case(case).await.expect("opens");
    }
    ids
}

on_both_databases! {
    async fn the_queue_is_most_urgent_first_and_its_pages_are_complete(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let mut ids = many(&scene, &writer, 60).await;
        writer.open_case(scene.help()).await.expect("opens");
        let whole = all_pages(&store, scene.tips, 1000).await;
        let places: Vec<_> = whole
            .iter()
            .map(|c| (c.priority, c.due.map_or(i64::MAX, Timestamp::as_millis), c.number.year, c.number.number))
            .collect();
        assert!(places.is_sorted(), "{places:?}");
        for size in [1, 7, 60] {
            assert_eq!(all_pages(&store, scene.tips, size).await, whole, "pages of {size}");
        }
        let mut seen: Vec<CaseId> = whole.iter().map(|c| c.id).collect();
        seen.sort_unstable();
        ids.sort_unstable();
        assert_eq!(seen, ids);
    }

    async fn paging_shows_nothing_twice_and_misses_nothing_that_stays(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let ids = many(&scene, &writer, 40).await;
        let (mut seen, mut left, mut after) = (Vec::new(), Vec::new(), Cursor::START);
        loop {
            let mut tx = store.read().await.expect("reads");
            let page = tx.queue_page(scene.tips, after, 6).await.expect("reads");
            drop(tx);
            let Some(last) = page.last() else { break };
            after = Cursor::of(last);
            seen.extend(page.iter().map(|c| c.id));
            // Meanwhile the first of the page leaves the queue, the last moves on in place, and one arrives.
            let stored = State::InsufficientStored;
            change(&writer, &page[0], moved(&page[0], stored), scene.now()).await.expect("changes");
            left.push(page[0].id);
            if page.len() > 1 {
                change(&writer, last, moved(last, State::Classified), scene.now()).await.expect("changes");
            }
            writer.open_case(NewCase { priority: 0, due: None, ..scene.tip() }).await.expect("opens");
        }
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), seen.len(), "shown twice");
        assert!(ids.iter().all(|id| seen.contains(id)), "one was missed");
        let now: Vec<CaseId> = all_pages(&store, scene.tips, 9).await.iter().map(|c| c.id).collect();
        assert!(left.iter().all(|id| !now.contains(id)), "a stored case still waits");
    }

    async fn the_cases_of_a_state_come_newest_first(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        many(&scene, &writer, 30).await;
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let mut tx = store.read().await.expect("reads");
            let page = tx.state_page(scene.tips, State::Received, after, 4).await.expect("reads");
            let Some(last) = page.last() else { break };
            after = Some(Cursor::of(last));
            seen.extend(page.iter().map(|c| (c.number.year, c.number.number)));
        }
        assert_eq!(seen.len(), 30);
        assert!(seen.is_sorted_by(|a, b| a > b), "{seen:?}");
        let mut tx = store.read().await.expect("reads");
        assert!(tx.state_page(scene.tips, State::Closed, None, 4).await.expect("reads").is_empty());
    }

    async fn the_next_free_case_is_the_first_of_the_queue_that_nobody_holds(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        many(&scene, &writer, 12).await;
        let queue = all_pages(&store, scene.tips, 100).await;
        for expected in &queue {
            let mut tx = store.begin().await.expect("begins");
            let next = tx.next_free(scene.tips).await.expect("reads").expect("one is free");
            assert_eq!(&next, expected);
            let hold = Some(Hold { by: scene.officers[0], until: scene.later(30) });
            let after = Case { hold, version: next.version + 1, ..next.clone() };
            tx.change_case(&next, &after, scene.now()).await.expect("claims");
            tx.commit().await.expect("commits");
        }
        let mut tx = store.begin().await.expect("begins");
        assert!(tx.next_free(scene.tips).await.expect("reads").is_none());
        assert_eq!(all_pages(&store, scene.tips, 100).await.len(), 12, "held cases stay on the page");
    }

    async fn a_lapsed_lease_frees_its_case_and_no_other(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        many(&scene, &writer, 2).await;
        let queue = all_pages(&store, scene.tips, 100).await;
        for (case, minutes) in queue.iter().zip([10, 20]) {
            let hold = Some(Hold { by: scene.officers[0], until: scene.later(minutes) });
            let after = Case { hold, version: 2, ..case.clone() };
            change(&writer, case, after, scene.now()).await.expect("claims");
        }
        for (minutes, freed) in [(9, 0), (1, 1), (0, 0), (10, 1)] {
            scene.clock.advance(Duration::from_mins(minutes));
            let now = scene.now();
            let n = writer.run(move |tx| Box::pin(async move { tx.free_lapsed(now).await })).await;
            assert_eq!(n.expect("frees"), freed);
        }
        let queue = all_pages(&store, scene.tips, 100).await;
        assert!(queue.iter().all(|c| c.hold.is_none() && c.version == 2));
    }

    async fn alarms_and_late_cases_are_told_per_desk(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        for (case, minutes) in [(scene.tip(), 10), (scene.tip(), 20), (scene.help(), 5)] {
            let at = scene.later(minutes);
            writer.open_case(NewCase { alarm: at, due: Some(at), ..case }).await.expect("opens");
        }
        writer.open_case(NewCase { due: None, alarm: scene.later(99), ..scene.tip() }).await.expect("opens");
        let ten = scene.later(10);
        let mut tx = store.read().await.expect("reads");
        let mut alarms = tx.overdue_alarms(scene.tenant, ten).await.expect("reads");
        let mut late = tx.late_cases(scene.tenant, ten).await.expect("reads");
        alarms.sort_unstable();
        late.sort_unstable();
        let mut expected = [(scene.tips, 1, ten), (scene.counselling, 1, scene.later(5))];
        expected.sort_unstable();
        assert_eq!(alarms, expected);
        assert_eq!(late, expected.map(|(desk, n, _)| (desk, n)));
        assert!(tx.overdue_alarms(scene.tenant, scene.now()).await.expect("reads").is_empty());
        let far = Timestamp::from_millis(i64::MAX - 1);
        let late = tx.late_cases(scene.tenant, far).await.expect("reads");
        assert!(late.contains(&(scene.tips, 2)), "a case without a deadline is never late: {late:?}");
        assert!(tx.late_cases(Scene::new(2).tenant, far).await.expect("reads").is_empty());
    }

    async fn a_call_for_the_person_on_duty_puts_a_resting_case_first(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        many(&scene, &writer, 5).await;
        let queue = all_pages(&store, scene.tips, 100).await;
        let last = queue.last().expect("five");
        change(&writer, last, moved(last, State::InsufficientStored), scene.now()).await.expect("changes");
        let (id, now) = (last.id, scene.later(7));
        writer.run(move |tx| Box::pin(async move { tx.raise_alarm(id, now).await })).await.expect("raises");
        let queue = all_pages(&store, scene.tips, 100).await;
        assert_eq!(queue.len(), 5);
        let raised = queue.iter().find(|c| c.id == id).expect("waits again");
        assert_eq!((raised.priority, raised.alarm, raised.version), (Priority::LIFE, Some(now), 2));
        assert!(queue.is_sorted_by_key(|c| c.priority));
    }

    async fn counts_follow_a_case_from_desk_to_desk(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        many(&scene, &writer, 3).await;
        let queue = all_pages(&database.store, scene.tips, 100).await;
        let away = Case { desk: scene.counselling, ..moved(&queue[0], State::Received) };
        change(&writer, &queue[0], away, scene.now()).await.expect("changes");
        change(&writer, &queue[1], moved(&queue[1], State::Classified), scene.now()).await.expect("changes");
        let stale = change(&writer, &queue[1], moved(&queue[1], State::Closed), scene.now()).await;
        assert!(matches!(stale, Err(StoreError::Stale)));
        let mut tx = database.store.read().await.expect("reads");
        let counts = tx.desk_counts(scene.tenant).await.expect("reads");
        assert!(counts.contains(&(scene.tips, State::Received, 1)), "{counts:?}");
        assert!(counts.contains(&(scene.tips, State::Classified, 1)), "{counts:?}");
        assert!(counts.contains(&(scene.counselling, State::Received, 1)), "{counts:?}");
        assert_eq!(queue[0].priority, Priority::LIFE);
        assert_counts_are_true(&database, &scene).await;
    }
}
