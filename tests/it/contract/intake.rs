//! Cases arrive: numbered without gaps, once each, all of a batch or the good ones of it.

use tinan::domain::lane::Kind;
use tinan::domain::state::State;
use tinan::store::StoreError;
use tinan::store::intake::{NewCase, Opened};

use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::{Scene, YEAR};

/// The intake and register numbers of a case that was stored.
fn numbers(opened: &Opened) -> (i64, Option<i64>) {
    match opened {
        Opened::Numbered { number, register, .. } => (*number, *register),
        Opened::Repeated(_) => panic!("answered before"),
    }
}

/// Asserts that these are the numbers 1, 2, 3 … in some order.
pub(super) fn assert_gapless(mut numbers: Vec<i64>) {
    numbers.sort_unstable();
    let expected: Vec<i64> = (1..).take(numbers.len()).collect();
    assert_eq!(numbers, expected);
}

on_both_databases! {
    async fn a_case_is_stored_with_all_that_belongs_to_it(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let case = scene.with_mailbox(scene.tip(), [9; 32]);
        let receipt = case.receipt.clone().expect("has one");
        assert_eq!(numbers(&writer.open_case(case.clone()).await.expect("opens")), (1, Some(1)));

        let mut tx = database.store.read().await.expect("reads");
        let stored = tx.case(scene.tenant, case.id).await.expect("reads").expect("is there");
        assert_eq!(stored.number.to_string(), "TN-19-2026-000001");
        assert_eq!((stored.desk, stored.kind, stored.state), (scene.tips, Kind::Tips, State::Received));
        assert_eq!((stored.due, stored.alarm, stored.hold), (case.due, Some(case.alarm), None));
        assert_eq!((stored.version, stored.unread), (1, 1));
        assert_eq!(stored.received_hour, case.received_hour);
        let found = tx.receipt(&receipt.lookup).await.expect("reads");
        assert_eq!(found, Some((case.id, scene.tenant, receipt.public_key.to_vec())));
        assert_eq!(tx.receipt_key_of(case.id).await.expect("reads"), Some(receipt.public_key.to_vec()));
        assert_eq!(tx.register_of(case.id).await.expect("reads"), [(scene.tips, YEAR, 1)]);
        assert_eq!(tx.mailboxes_of(case.id).await.expect("reads"), [case.mailbox.expect("has one")]);
        assert_eq!(tx.items(scene.tenant, case.id).await.expect("reads").len(), 2);
        assert!(tx.case_exists(case.id).await.expect("reads"));
        assert!(!tx.case_exists(scene.tip().id).await.expect("reads"));
        assert!(tx.case(Scene::new(2).tenant, case.id).await.expect("reads").is_none(), "another tenant");
    }

    async fn each_kind_tenant_and_year_counts_for_itself(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let other = Scene::new(2);
        other.furnish(&database.store).await;
        let old = NewCase { year: YEAR - 1, ..scene.tip() };
        for (case, expected) in [
            (scene.tip(), (1, Some(1))),
            (scene.help(), (1, None)),
            (other.tip(), (1, Some(1))),
            (old, (1, Some(1))),
            (scene.tip(), (2, Some(2))),
            (NewCase { register: None, ..scene.tip() }, (3, None)),
            (scene.tip(), (4, Some(3))),
        ] {
            assert_eq!(numbers(&writer.open_case(case).await.expect("opens")), expected);
        }
        let mut tx = database.store.read().await.expect("reads");
        let counters = tx.counters(scene.tenant).await.expect("reads");
        let expected = [("case:counselling", YEAR, 1), ("case:tips", YEAR - 1, 1), ("case:tips", YEAR, 4)];
        for (series, year, value) in expected {
            assert!(counters.contains(&(series.to_owned(), year, value)), "{series} {year}: {counters:?}");
        }
        assert_eq!(counters.len(), 5);
    }

    async fn two_requests_with_one_key_in_one_batch_make_one_case(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let twin = || NewCase { replay: Some(scene.replay(7)), ..scene.tip() };
        let (a, b, c) = (twin(), twin(), scene.tip());
        let (a, b, c) = tokio::join!(writer.open_case(a), writer.open_case(b), writer.open_case(c));
        let outcomes = [a.expect("opens"), b.expect("opens")];
        let repeated: Vec<_> = outcomes
            .iter()
            .filter_map(|o| if let Opened::Repeated(first) = o { Some(first) } else { None })
            .collect();
        assert_eq!(repeated.len(), 1);
        assert_eq!((repeated[0].epoch, repeated[0].body_hash.as_slice()), (1, [1; 32].as_slice()));
        assert!(matches!(c.expect("opens"), Opened::Numbered { .. }));
        assert_eq!(database.count("cases").await, 2);
        let numbers = database.texts("SELECT CAST(number AS TEXT) FROM cases ORDER BY number").await;
        assert_eq!(numbers, [["1"], ["2"]]);
    }

    async fn a_request_repeated_later_gets_the_first_answer(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let first = NewCase { replay: Some(scene.replay(7)), ..scene.tip() };
        let sealed = first.replay.clone().expect("has one").sealed;
        let id = first.id;
        assert!(matches!(writer.open_case(first).await.expect("opens"), Opened::Numbered { .. }));
        for _ in 0..2 {
            let again = NewCase { replay: Some(scene.replay(7)), ..scene.tip() };
            let Opened::Repeated(answer) = writer.open_case(again).await.expect("opens") else {
                panic!("stored twice")
            };
            assert_eq!(answer.case, Some(id));
            assert!(answer.sealed.as_bytes() == sealed.as_bytes(), "another answer");
        }
        for table in ["cases", "items", "receipts", "register_entries", "audit"] {
            assert_eq!(database.count(table).await, 1, "{table}");
        }
    }

    async fn one_bad_case_of_a_batch_fails_alone(database: Database) {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let stored = scene.tip();
        writer.open_case(stored.clone()).await.expect("opens");
        let mut batch: Vec<NewCase> = (0..255).map(|_| scene.tip()).collect();
        batch.insert(100, NewCase { id: stored.id, ..scene.tip() });
        let outcomes = futures_util::future::join_all(batch.into_iter().map(|c| writer.open_case(c))).await;
        let mut given = vec![1];
        for (i, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(opened) => given.push(numbers(&opened).0),
                Err(StoreError::Database(_)) => assert_eq!(i, 100),
                Err(e) => panic!("{e:?}"),
            }
        }
        assert_eq!(given.len(), 256);
        assert_gapless(given);
        assert_eq!(database.count("items").await, 256, "the bad one left something behind");
        assert_eq!(database.count("register_entries").await, 256);
        assert_eq!(database.count("audit").await, 256);
    }
}
