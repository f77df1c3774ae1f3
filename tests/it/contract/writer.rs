//! Units share a commit, never a failure.

use tinan::domain::state::State;
use tinan::kernel::id::CaseId;
use tinan::store::audit::{Action, Entry};
use tinan::store::intake::{NewCase, Opened};
use tinan::store::writer::AsStoreError;
use tinan::store::{Store, StoreError, Writer};

use super::queue::assert_counts_are_true;
use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::{Scene, YEAR};

/// The refusal of a use-case, or the store's own fault.
#[derive(Debug)]
enum Refused {
    No,
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(e: StoreError) -> Self {
        Self::Store(e)
    }
}

impl AsStoreError for Refused {
    fn into_retryable(self) -> Result<StoreError, Self> {
        match self {
            Self::Store(e) => e.into_retryable().map_err(Self::Store),
            Self::No => Err(self),
        }
    }
}

/// Writes in every way a unit can, then refuses if told to.
async fn write_all(writer: &Writer, scene: &Scene, case: NewCase, refuse: bool) -> Result<i64, Refused> {
    let (tenant, hour) = (scene.tenant, scene.now().hour());
    writer
        .run(move |tx| {
            let case = case.clone();
            Box::pin(async move {
                let object = case.id.uuid();
                tx.open_cases(&[&case]).await?;
                tx.set_meta("last", &case.id.to_string()).await?;
                let first = tx.take_numbers(tenant, "own", YEAR, 1).await?;
                tx.note(Entry { tenant, hour, actor: None, action: Action::Noted, object, detail: [3; 32] });
                if refuse { Err(Refused::No) } else { Ok(first) }
            })
        })
        .await
}

/// Everything of a case that a failed unit must not leave.
async fn traces(database: &Database, case: CaseId) -> i64 {
    let id = database.id(case.uuid());
    let mut found = database.count(&format!("cases WHERE id = {id}")).await;
    for table in ["items", "wraps", "receipts", "register_entries"] {
        let of = format!("{table} WHERE case_seq = (SELECT seq FROM cases WHERE id = {id})");
        found += database.count(&of).await;
        let orphans = format!("{table} WHERE case_seq NOT IN (SELECT seq FROM cases)");
        assert_eq!(database.count(&orphans).await, 0, "{table} of no case");
    }
    found + database.count(&format!("audit WHERE object = {id}")).await
}

on_both_databases! {
    async fn a_refusing_unit_leaves_nothing_behind(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let cases: Vec<NewCase> = (0..4).map(|_| scene.tip()).collect();
        let outcomes = futures_util::future::join_all(
            cases.iter().enumerate().map(|(i, c)| write_all(&writer, &scene, c.clone(), i % 2 == 0)),
        )
        .await;
        let mut given = Vec::new();
        for (i, (outcome, case)) in outcomes.into_iter().zip(&cases).enumerate() {
            if i % 2 == 0 {
                assert!(matches!(outcome, Err(Refused::No)), "{outcome:?}");
                assert_eq!(traces(&database, case.id).await, 0, "unit {i}");
            } else {
                given.push(outcome.expect("stored"));
                // case, item, two wraps, receipt, register entry, two links
                assert_eq!(traces(&database, case.id).await, 8, "unit {i}");
            }
        }
        crate::contract::intake::assert_gapless(given);
        assert_counts_are_true(&database, &scene).await;
        let mut tx = database.store.read().await.expect("reads");
        let counts = tx.desk_counts(scene.tenant).await.expect("reads");
        assert_eq!(counts, [(scene.tips, State::Received, 2)]);
    }

    async fn a_unit_whose_statement_fails_fails_alone(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let stored = scene.tip();
        writer.open_case(stored.clone()).await.expect("opens");
        let bad = NewCase { id: stored.id, ..scene.tip() };
        let good = scene.tip();
        let (a, b, c) = tokio::join!(
            write_all(&writer, &scene, good.clone(), false),
            write_all(&writer, &scene, bad.clone(), false),
            writer.open_case(scene.tip()),
        );
        a.expect("the first is stored");
        assert!(matches!(b, Err(Refused::Store(StoreError::Database(_)))), "{b:?}");
        assert!(matches!(c.expect("the third is stored"), Opened::Numbered { .. }));
        assert_eq!(database.count("cases").await, 3);
        assert_eq!(database.count("audit").await, 4);
        assert_counts_are_true(&database, &scene).await;
    }

    async fn a_unit_that_hides_its_failure_takes_nobody_along(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let stored = scene.tip();
        writer.open_case(stored.clone()).await.expect("opens");
        let bad = NewCase { id: stored.id, ..scene.tip() };
        let hiding = writer.run(move |tx| {
            let bad = bad.clone();
            Box::pin(async move {
                let _hidden = tx.open_cases(&[&bad]).await;
                Ok::<_, StoreError>(())
            })
        });
        let (hidden, good) = tokio::join!(hiding, writer.open_case(scene.tip()));
        assert!(hidden.is_err(), "half a unit was kept");
        assert!(matches!(good.expect("stored"), Opened::Numbered { number: 2, .. }));
        assert_eq!(database.count("items").await, 2);
        assert_eq!(database.count("cases").await, 2);
    }

    async fn a_panicking_unit_does_not_end_the_writer(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let case = scene.tip();
        let panicking = writer.run(move |tx| {
            let case = case.clone();
            Box::pin(async move {
                tx.open_cases(&[&case]).await?;
                assert!(case.priority > 3, "a bug");
                Ok::<_, StoreError>(())
            })
        });
        let (outcome, other) = tokio::join!(panicking, writer.open_case(scene.tip()));
        assert!(matches!(outcome, Err(StoreError::Stopped)), "{outcome:?}");
        other.expect("stored");
        writer.open_case(scene.tip()).await.expect("the writer lives");
        assert_eq!(database.count("cases").await, 2);
        assert_counts_are_true(&database, &scene).await;
    }

    async fn a_batch_of_mixed_units_stands_together(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let opens = (0..128).map(|i| if i % 3 == 0 { scene.help() } else { scene.tip() });
        let opens: Vec<NewCase> = opens.collect();
        let jobs: Vec<NewCase> = (0..128).map(|_| scene.tip()).collect();
        let opened = opens.iter().map(|c| writer.open_case(c.clone()));
        let ran = jobs.iter().enumerate().map(|(i, c)| write_all(&writer, &scene, c.clone(), i % 5 == 0));
        let (opened, ran) =
            tokio::join!(futures_util::future::join_all(opened), futures_util::future::join_all(ran));
        assert!(opened.iter().all(Result::is_ok));
        assert_eq!(ran.iter().filter(|r| r.is_err()).count(), 26);
        let numbers = "SELECT CAST(number AS TEXT) FROM cases WHERE kind = ";
        for (kind, amount) in [("'tips'", 85 + 102), ("'counselling'", 43)] {
            let rows = database.texts(&format!("{numbers}{kind}")).await;
            assert_eq!(rows.len(), amount);
            crate::contract::intake::assert_gapless(rows.iter().map(|r| r[0].parse().expect("a number")).collect());
        }
        assert_counts_are_true(&database, &scene).await;
    }

    async fn a_caller_that_goes_away_undoes_nothing(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let case = scene.tip();
        let id = case.id;
        let waiting = writer.clone();
        tokio::spawn(async move { waiting.open_case(case).await.map(|_| ()) }).abort();
        // Whether the first was handed over or not, the next is answered after it.
        writer.open_case(scene.tip()).await.expect("opens");
        let mut tx = store.read().await.expect("reads");
        let counts = tx.desk_counts(scene.tenant).await.expect("reads");
        let there = i64::from(tx.case_exists(id).await.expect("reads"));
        assert_eq!(counts, [(scene.tips, State::Received, 1 + there)]);
    }
}
