//! When the database is away, intake must know, so that it can spool.

use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tinan::kernel::id::CaseId;
use tinan::store::intake::Opened;
use tinan::store::spool::{Entry, Spool};
use tinan::store::{Store, StoreError, StoreOptions, Tx, Writer};

use crate::databases::Database;
use crate::scene::Scene;

async fn impatient(url: &str) -> Store {
    let options = StoreOptions { url: url.to_owned(), connections: 4, patience: Duration::from_millis(500) };
    Store::connect(&options).await.expect("the address is good")
}

fn assert_away<T>(outcome: Result<T, StoreError>) {
    match outcome {
        Err(e) => assert!(e.is_away() && !e.is_contention(), "{e:?}"),
        Ok(_) => panic!("the database is not away"),
    }
}

/// Runs one test of this binary again in a process of its own, in which a file that may not grow is an error
/// and no signal.
fn in_a_process_of_its_own(name: &str) -> bool {
    if std::env::var_os("TINAN_TEST_ALONE").is_some() {
        return true;
    }
    let myself = std::env::current_exe().expect("a program");
    let status = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "alone"])
        .arg(myself)
        .args(["--exact", name])
        .env("TINAN_TEST_ALONE", "1")
        .status();
    assert!(status.expect("a shell").success(), "see above");
    false
}

/// Lets no file of this process grow beyond a size.
fn allow_files_of(bytes: Option<u64>) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: bytes.or(maximum), maximum }).expect("a soft limit");
}

#[tokio::test]
async fn a_full_disk_counts_as_away_and_recovers() {
    if !in_a_process_of_its_own("contract::away::a_full_disk_counts_as_away_and_recovers") {
        return;
    }
    let database = Database::sqlite().await;
    let (scene, writer) = Scene::open(1, &database.store).await;
    writer.open_case(scene.tip()).await.expect("opens");
    let sizes = database.files().into_iter().map(|f| f.metadata().expect("a file").len());
    allow_files_of(sizes.max().map(|largest| largest + 4096));
    for _ in 0..3 {
        let mut large = scene.tip();
        // Larger than the log may become, also when a new connection has begun it anew.
        large.items[0].blob = scene.sealed_with(&vec![5; 4_000_000]);
        assert_away(writer.open_case(large).await);
    }
    allow_files_of(None);
    let opened = writer.open_case(scene.tip()).await.expect("the disk has room again");
    assert!(matches!(opened, Opened::Numbered { number: 2, register: Some(2), .. }));
    assert_eq!(database.count("cases").await, 2);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_counts_as_away_and_can_be_read() {
    let database = Database::sqlite().await;
    let (scene, writer) = Scene::open(1, &database.store).await;
    writer.open_case(scene.tip()).await.expect("opens");
    let unwritable = impatient(&format!("{}?mode=ro", database.url())).await;
    assert_away(scene.writer(&unwritable).open_case(scene.tip()).await);
    let mut tx = unwritable.read().await.expect("reads");
    assert_eq!(tx.tenants().await.expect("reads").len(), 1);
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_counts_as_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("missing/tinan.db").display());
    let options = StoreOptions { url, connections: 1, patience: Duration::from_millis(200) };
    assert_away(Store::connect(&options).await);
}

#[tokio::test]
async fn an_unknown_kind_of_address_is_refused() {
    for url in ["mysql://localhost/x", "", "tinan.db"] {
        let options = StoreOptions { url: url.to_owned(), connections: 1, patience: Duration::from_secs(1) };
        assert!(matches!(Store::connect(&options).await, Err(StoreError::Address)), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_server_counts_as_away_and_nobody_waits_for_the_others() {
    let Some((database, cluster)) = Database::alone().await else { return };
    let store = impatient(database.url()).await;
    let (scene, writer) = Scene::open(1, &store).await;
    writer.open_case(scene.tip()).await.expect("opens");
    let folder = tokio::task::spawn_blocking(|| cluster.stop()).await.expect("no panic");
    assert!(!folder.exists(), "the watchdog left its folder behind");

    let began = Instant::now();
    let batch = (0..50).map(|_| writer.open_case(scene.tip()));
    let outcomes = futures_util::future::join_all(batch).await;
    outcomes.into_iter().for_each(assert_away);
    assert!(began.elapsed() < Duration::from_secs(5), "each waited alone: {:?}", began.elapsed());
    assert_away(store.read().await);
    assert_away(store.begin().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_falls_silent_counts_as_away_and_every_connection_comes_back() {
    let Some((database, cluster)) = Database::alone().await else { return };
    let store = impatient(database.url()).await;
    let (scene, writer) = Scene::open(1, &store).await;
    writer.open_case(scene.tip()).await.expect("opens");
    let mut open: Vec<_> = Vec::new();
    for _ in 0..4 {
        open.push(store.begin().await.expect("begins"));
    }
    cluster.freeze(true);

    let began = Instant::now();
    for mut tx in open {
        assert_away(tx.tenants().await);
    }
    for _ in 0..4 {
        assert_away(writer.open_case(scene.tip()).await);
        assert_away(store.read().await);
    }
    assert!(began.elapsed() < Duration::from_secs(30), "nobody waits for long: {:?}", began.elapsed());

    cluster.freeze(false);
    let began = Instant::now();
    while writer.open_case(scene.tip()).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not come back");
    }
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(store.read().await.expect("a connection"));
    }
    // What was refused was not stored behind our back: a commit was never asked for.
    assert_eq!(database.count("cases").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_that_meets_a_silent_server_goes_to_the_spool_at_once() {
    const MANY: usize = 2000;
    let Some((database, cluster)) = Database::alone().await else { return };
    let (scene, _) = Scene::open(1, &database.store).await;
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(&folder.path().join("spool"), 64 << 20).expect("a spool");
    let writer = scene.writer(&impatient(database.url()).await);
    writer.open_case(scene.tip()).await.expect("opens");
    cluster.freeze(true);

    let asked = writer.asked();
    let submissions = (0..MANY).map(|_| async {
        let case = scene.tip();
        assert_away(writer.open_case(case.clone()).await);
        spool.append(&Entry::Case(Box::new(case))).await.expect("is spooled");
    });
    futures_util::future::join_all(submissions).await;
    // One batch found out; a second may have been on its way.
    let asked = writer.asked() - asked;
    assert!((1..=2).contains(&asked), "the silent server was asked {asked} times");
    assert_eq!(spool.len(), MANY as u64);

    cluster.freeze(false);
    let began = Instant::now();
    while writer.open_case(scene.tip()).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "it is asked again");
    }
    assert_eq!(database.count("cases").await, 2, "of those that were told so, none is stored");
}

/// Statements of this database that wait for somebody else's lock.
const BLOCKED: &str = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// A case whose row somebody holds until the transaction is dropped.
async fn held_case(database: &Database, scene: &Scene, writer: &Writer) -> (CaseId, Tx) {
    let case = scene.tip();
    let id = case.id;
    writer.open_case(case).await.expect("opens");
    let mut holder = database.store.begin().await.expect("begins");
    holder.lock_case(id).await.expect("holds");
    (id, holder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_takes_too_long_is_ended_by_the_server_itself() {
    let Some(database) = Database::postgres().await else { return };
    let (scene, writer) = Scene::open(1, &database.store).await;
    let (case, holder) = held_case(&database, &scene, &writer).await;
    let store = impatient(database.url()).await;
    for mut tx in [store.begin().await.expect("begins"), store.read().await.expect("begins")] {
        let outcome = tx.lock_case(case).await;
        let ended = matches!(&outcome, Err(StoreError::Database(sqlx::Error::Database(e)))
            if e.code().as_deref() == Some("57014"));
        assert!(ended, "we gave it up, and the server did not know: {outcome:?}");
        assert_away(outcome);
        assert_eq!(database.count(BLOCKED).await, 0, "it goes on");
    }
    drop(holder);
    scene
        .writer(&store)
        .run(move |tx| Box::pin(async move { tx.lock_case(case).await }))
        .await
        .expect("locks");
    store.close().await;
    database.end().await;
}

/// Waits until so many are blocked.
async fn until_blocked(database: &Database, n: i64) {
    let began = Instant::now();
    while database.count(BLOCKED).await != n {
        assert!(began.elapsed() < Duration::from_secs(20), "never {n}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn a_statement_of_a_node_that_is_gone_is_ended_by_the_server() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let (here, there) = (runtime().expect("a runtime"), runtime().expect("a runtime"));
    let Some(database) = here.block_on(Database::postgres()) else { return };
    let holder = here.block_on(async {
        let (scene, writer) = Scene::open(1, &database.store).await;
        let (case, holder) = held_case(&database, &scene, &writer).await;
        let url = database.url().to_owned();
        let patience = Duration::from_mins(10);
        there.spawn(async move {
            let store =
                Store::connect(&StoreOptions { url, connections: 1, patience }).await.expect("connects");
            let mut tx = store.begin().await.expect("begins");
            let _never = tx.lock_case(case).await;
        });
        until_blocked(&database, 1).await;
        holder
    });
    // As when a program is killed: its connections end without a word.
    there.shutdown_background();
    here.block_on(async {
        until_blocked(&database, 0).await;
        drop(holder);
        database.end().await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_may_take_longer_than_anybody_would_wait() {
    const HELD: &str =
        "pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_database d ON d.oid = l.database
        WHERE c.relname = '_sqlx_migrations' AND d.datname = current_database() AND l.granted
        AND l.mode = 'AccessExclusiveLock'";
    let Some(database) = Database::postgres().await else { return };
    let other = database.clone();
    let holder = tokio::spawn(async move {
        other.raw("BEGIN; LOCK TABLE _sqlx_migrations; SELECT pg_sleep(4); COMMIT").await;
    });
    while database.count(HELD).await == 0 {
        assert!(!holder.is_finished(), "it is never held");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let store = impatient(database.url()).await;
    store.migrate().await.expect("waits its turn");
    holder.await.expect("no panic");
    store.close().await;
    database.end().await;
}

#[test]
fn a_refusal_is_not_away() {
    assert!(StoreError::Stopped.is_away());
    for e in [StoreError::Stale, StoreError::Address, StoreError::Corrupt { table: "cases", column: "state" }]
    {
        assert!(!e.is_away() && !e.is_contention(), "{e:?}");
    }
}
