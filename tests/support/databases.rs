//! A fresh, migrated database of either kind for each test.
//!
//! SQLite is a real file in a folder of its own. PostgreSQL is a throw-away cluster of this process, or the
//! server that `TINAN_TEST_POSTGRES` names; each test gets a copy of one migrated template, which
//! stays behind on a server that was lent to us. Without any
//! PostgreSQL its half is skipped aloud, and where `CI` is set it fails.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use tinan::kernel::Entropy;
use tinan::store::{Backend, Store, StoreOptions};
use tokio::sync::OnceCell;

#[path = "cluster.rs"]
pub(crate) mod cluster;

use cluster::Cluster;

/// Writes a test once and runs it on both databases: `name::sqlite` and `name::postgres`. The argument is a
/// [`Store`], or a [`Database`] for tests that look behind it.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($arg:ident: $kind:ty) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn body($arg: $kind) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let database = $crate::databases::Database::sqlite().await;
                body(database.clone().into()).await;
                database.end().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let Some(database) = $crate::databases::Database::postgres().await else { return };
                body(database.clone().into()).await;
                database.end().await;
            }
        }
    )+};
}

/// A database of one test. The SQLite folder goes with the last clone.
#[derive(Clone)]
pub(crate) struct Database {
    /// Connected and migrated.
    pub(crate) store: Store,
    url: String,
    folder: Option<Arc<TempDir>>,
}

impl From<Database> for Store {
    fn from(database: Database) -> Self {
        database.store
    }
}

/// Connects with the limits that tests use.
pub(crate) async fn connect(url: &str) -> Store {
    let options = StoreOptions { url: url.to_owned(), connections: 8, patience: Duration::from_secs(20) };
    Store::connect(&options).await.expect("the address is good")
}

impl Database {
    /// A file of its own.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("tinan.db").display());
        let store = connect(&url).await;
        store.migrate().await.expect("migrates");
        Self { store, url, folder: Some(Arc::new(folder)) }
    }

    /// A copy of the migrated template; `None`, said aloud, when there is no PostgreSQL.
    pub(crate) async fn postgres() -> Option<Self> {
        let server = SERVER.get_or_init(Server::find).await.as_ref();
        let Some(server) = server else {
            assert!(std::env::var_os("CI").is_none(), "no PostgreSQL, and CI may not skip it");
            eprintln!("SKIPPED: no PostgreSQL");
            return None;
        };
        let name = fresh_name("test");
        server.run(&format!("CREATE DATABASE {name} TEMPLATE {}", server.template)).await;
        let url = server.url(&name);
        Some(Self { store: connect(&url).await, url, folder: None })
    }

    /// The only database of a server that nobody else uses, so that the server can be harmed; `None`, said aloud,
    /// when there is no PostgreSQL.
    pub(crate) async fn alone() -> Option<(Self, Cluster)> {
        let Some(cluster) = Cluster::start() else {
            assert!(std::env::var_os("CI").is_none(), "no PostgreSQL, and CI may not skip it");
            eprintln!("SKIPPED: no PostgreSQL");
            return None;
        };
        let url = cluster.url("postgres");
        until_answers(&url, || cluster.log()).await;
        let store = connect(&url).await;
        store.migrate().await.expect("migrates");
        Some((Self { store, url, folder: None }, cluster))
    }

    /// Another set of connections to the same database, as a second node has.
    pub(crate) async fn another(&self) -> Store {
        connect(&self.url).await
    }

    /// The address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The files of an SQLite database: the database and its write-ahead log.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let folder = self.folder.iter().map(|f| f.path());
        folder.flat_map(|f| [f.join("tinan.db"), f.join("tinan.db-wal")]).collect()
    }

    /// Runs statements behind the store's back.
    pub(crate) async fn raw(&self, sql: &str) {
        match self.store.backend() {
            Backend::Sqlite => {
                let options: sqlx::sqlite::SqliteConnectOptions = self.url.parse().expect("an address");
                let mut c = options.busy_timeout(Duration::from_secs(20)).connect().await.expect("connects");
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut c).await.expect(sql);
                c.close().await.expect("closes");
            }
            Backend::Postgres => run(&self.url, sql).await,
        }
    }

    /// The rows of a query whose columns are all text, as text.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<Vec<String>> {
        fn read<R: sqlx::Row>(row: &R) -> Vec<String>
        where
            usize: sqlx::ColumnIndex<R>,
            String: for<'r> sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
        {
            (0..row.len()).map(|i| row.get::<String, _>(i)).collect()
        }
        match self.store.backend() {
            Backend::Sqlite => {
                let options: sqlx::sqlite::SqliteConnectOptions = self.url.parse().expect("an address");
                let mut c = options.connect().await.expect("connects");
                let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut c).await.expect(sql);
                rows.iter().map(read).collect()
            }
            Backend::Postgres => {
                let mut c = sqlx::PgConnection::connect(&self.url).await.expect("connects");
                let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut c).await.expect(sql);
                rows.iter().map(read).collect()
            }
        }
    }

    /// One number that a query counts.
    pub(crate) async fn count(&self, from: &str) -> i64 {
        let rows = self.texts(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {from}")).await;
        rows[0][0].parse().expect("a number")
    }

    /// Bytes as a literal of this database.
    pub(crate) fn literal(&self, bytes: &[u8]) -> String {
        let hex = data_encoding::HEXLOWER.encode(bytes);
        match self.store.backend() {
            Backend::Sqlite => format!("X'{hex}'"),
            Backend::Postgres => format!("'\\x{hex}'"),
        }
    }

    /// An id as a literal of this database.
    pub(crate) fn id(&self, id: uuid::Uuid) -> String {
        match self.store.backend() {
            Backend::Sqlite => self.literal(id.as_bytes()),
            Backend::Postgres => format!("'{id}'"),
        }
    }

    /// Closes the connections; a borrowed server gets its room back.
    pub(crate) async fn end(self) {
        self.store.close().await;
        if let (Backend::Postgres, Some(Some(server))) = (self.store.backend(), SERVER.get()) {
            // A server of its own goes as a whole.
            let Some(name) = self.url.rsplit('/').find(|part| part.starts_with("tinan_")) else { return };
            let name = name.split('?').next().unwrap_or_default();
            server.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();

/// Where databases are made, and the migrated one they are copied from.
struct Server {
    origin: Origin,
    template: String,
}

enum Origin {
    /// Kept for as long as the process lives; its watchdog notices the end.
    Own(Mutex<Cluster>),
    Given(String),
}

impl Server {
    async fn find() -> Option<Self> {
        let given = std::env::var_os("TINAN_TEST_POSTGRES").and_then(|url| url.into_string().ok());
        let origin = match given.filter(|url| !url.is_empty()) {
            Some(url) => Origin::Given(url),
            None => Origin::Own(Mutex::new(Cluster::start()?)),
        };
        let server = Self { origin, template: fresh_name("template") };
        server.wait().await;
        server.run(&format!("CREATE DATABASE {}", server.template)).await;
        let template = connect(&server.url(&server.template)).await;
        template.migrate().await.expect("migrates");
        template.close().await;
        Some(server)
    }

    fn url(&self, database: &str) -> String {
        match &self.origin {
            Origin::Own(cluster) => cluster.lock().unwrap_or_else(PoisonError::into_inner).url(database),
            Origin::Given(url) => {
                let (before, options) = url.split_once('?').unwrap_or((url, ""));
                let server = before.match_indices('/').nth(2).map_or(before, |(i, _)| &before[..i]);
                format!("{server}/{database}?{options}")
            }
        }
    }

    async fn wait(&self) {
        let log = || match &self.origin {
            Origin::Own(cluster) => cluster.lock().unwrap_or_else(PoisonError::into_inner).log(),
            Origin::Given(_) => String::new(),
        };
        until_answers(&self.url("postgres"), log).await;
    }

    async fn run(&self, sql: &str) {
        run(&self.url("postgres"), sql).await;
    }
}

/// Waits for a server that is being started.
async fn until_answers(url: &str, log: impl Fn() -> String) {
    for _ in 0..300 {
        if sqlx::PgConnection::connect(url).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("PostgreSQL does not answer: {}", log());
}

async fn run(url: &str, sql: &str) {
    let mut connection = sqlx::PgConnection::connect(url).await.expect("connects");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect(sql);
    connection.close().await.expect("closes");
}

fn fresh_name(what: &str) -> String {
    let chance: [u8; 8] = Entropy::System.bytes().expect("the system has entropy");
    format!("tinan_{what}_{}", data_encoding::HEXLOWER.encode(&chance))
}
