//! Two databases behind one set of verbs. `fetch_all!`, `fetch_optional!`, `fetch_one!` and `execute!` expand
//! to a two-armed match with concrete types: no generics, no second SQL text.

mod server;

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, PgPool, Postgres, SqlSafeStr, Sqlite, SqlitePool, Transaction};

use super::StoreError;
use super::audit::Entry;
use super::folds::Move;
use super::queue::CountChange;

pub(super) use server::answered;
use server::{READING, enduring_pool, patient_pool, within};

/// Where the store is and how hard it may be used.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Connections for reading (SQLite) or for everything (PostgreSQL).
    pub connections: u32,
    /// How long a caller waits for a connection, and on PostgreSQL for each answer, before the database counts as
    /// away. Reading waits four times as long for an answer.
    pub patience: Duration,
}

/// Which database answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// One file beside the program.
    Sqlite,
    /// A server, shared by nodes.
    Postgres,
}

/// The pools. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pools: Pools,
    patience: Duration,
}

#[derive(Debug, Clone)]
enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

/// One transaction: what it read and wrote stands or falls together. A `Tx` that returned an error is spent,
/// unless the error came inside a savepoint.
pub struct Tx {
    pub(super) conn: Conn,
    /// Audit entries of this transaction; the writer links them into the chain just before the commit.
    pub(super) entries: Vec<Entry>,
    /// Changes of the queue counts; written in one statement just before the commit.
    pub(super) counts: Vec<CountChange>,
    /// Changes of how many cases are shown aside, and beneath which rows; written with the counts.
    pub(super) moves: Vec<Move>,
    /// Whether a statement has failed. PostgreSQL then refuses to go on by itself, SQLite would keep the half.
    pub(super) spoiled: bool,
    /// Whether workers of other nodes have something to do after the commit.
    pub(super) wakes: bool,
    /// How long each answer of PostgreSQL is waited for.
    pub(super) patience: Duration,
}

pub(super) enum Conn {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// The name under which PostgreSQL nodes wake each other.
const CHANNEL: &str = "tinan";

/// Hears the commits of other nodes.
pub struct Ear {
    listener: sqlx::postgres::PgListener,
}

impl Ear {
    /// Resolves at the next commit. Polling goes on beside it: what is not heard is found a little later.
    pub async fn next(&mut self) -> Result<(), StoreError> {
        self.listener.recv().await?;
        Ok(())
    }
}

macro_rules! query_with {
    ($tx:expr, $build:ident::<$row:ty>, $verb:ident, $sql:expr $(, $arg:expr)*) => {
        match &mut $tx.conn {
            $crate::store::tx::Conn::Sqlite(t) => {
                sqlx::$build::<_, $row>($sql)$(.bind($arg))*.$verb(&mut **t).await
            }
            $crate::store::tx::Conn::Postgres(t) => {
                $crate::store::tx::answered(
                    sqlx::$build::<_, $row>($sql)$(.bind($arg))*.$verb(&mut **t), $tx.patience
                ).await
            }
        }
        .map_err(|e| $tx.spoil(e))
    };
}

/// All rows as tuples.
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        query_with!($tx, query_as::<$row>, fetch_all, $sql $(, $arg)*)
    };
}

/// The row as a tuple, if there is one.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        query_with!($tx, query_as::<$row>, fetch_optional, $sql $(, $arg)*)
    };
}

/// The one row as a tuple.
macro_rules! fetch_one {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        query_with!($tx, query_as::<$row>, fetch_one, $sql $(, $arg)*)
    };
}

/// How many rows a statement changed.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        match &mut $tx.conn {
            $crate::store::tx::Conn::Sqlite(t) => {
                sqlx::query($sql)$(.bind($arg))*.execute(&mut **t).await.map(|r| r.rows_affected())
            }
            $crate::store::tx::Conn::Postgres(t) => {
                $crate::store::tx::answered(
                    sqlx::query($sql)$(.bind($arg))*.execute(&mut **t), $tx.patience
                ).await.map(|r| r.rows_affected())
            }
        }
        .map_err(|e| $tx.spoil(e))
    };
}

impl Store {
    /// Connects; creates the SQLite file if it is not there. Does not migrate.
    pub async fn connect(options: &StoreOptions) -> Result<Self, StoreError> {
        let url = options.url.as_str();
        let pools = if url.starts_with("sqlite:") {
            let file = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(options.patience)
                .pragma("secure_delete", "ON")
                .pragma("temp_store", "MEMORY")
                .pragma("mmap_size", "0")
                // two padded items and their neighbours fit into 8 KiB, of 4 KiB each would waste a half
                .page_size(8192)
                // in pages: four times SQLite's own, so that a page changed often is copied back less often
                .pragma("wal_autocheckpoint", "4000")
                .statement_cache_capacity(300)
                .disable_statement_logging();
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                .acquire_timeout(options.patience)
                .connect_with(file.clone())
                .await?;
            let read = SqlitePoolOptions::new()
                .max_connections(options.connections)
                .acquire_timeout(options.patience)
                .connect_lazy_with(file.create_if_missing(false));
            Pools::Sqlite { write, read }
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let server =
                PgConnectOptions::from_str(url)?.statement_cache_capacity(300).disable_statement_logging();
            Pools::Postgres(patient_pool(options).connect_lazy_with(server))
        } else {
            return Err(StoreError::Address);
        };
        Ok(Self { pools, patience: options.patience })
    }

    /// Which database answers.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        match self.pools {
            Pools::Sqlite { .. } => Backend::Sqlite,
            Pools::Postgres(_) => Backend::Postgres,
        }
    }

    /// A transaction that only reads. On SQLite it sees one moment and never waits for a writer.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        let conn = match &self.pools {
            Pools::Sqlite { read, .. } => Conn::Sqlite(read.begin().await?),
            Pools::Postgres(pool) => Conn::Postgres(self.begin_on(pool, "BEGIN").await?),
        };
        Ok(Tx::on(conn, READING * self.patience))
    }

    /// A transaction that only reads and in which all questions see one and the same moment, on both databases: what
    /// others commit together is seen together or not at all.
    pub async fn snapshot(&self) -> Result<Tx, StoreError> {
        let mut tx = self.read().await?;
        if tx.backend() == Backend::Postgres {
            execute!(tx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
        }
        Ok(tx)
    }

    /// A transaction that writes. SQLite takes the write lock at once: read-then-write in a deferred
    /// transaction fails under load whatever the time-out.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let conn = match &self.pools {
            Pools::Sqlite { write, .. } => Conn::Sqlite(begin_immediate(write).await?),
            Pools::Postgres(pool) => {
                // Said together with BEGIN: it costs no round trip of its own.
                let begin = format!("BEGIN; SET LOCAL statement_timeout = {}", within(self.patience));
                Conn::Postgres(self.begin_on(pool, AssertSqlSafe(begin)).await?)
            }
        };
        Ok(Tx::on(conn, self.patience))
    }

    /// The pool limits the wait for a connection, this the answer to what is said on it as well.
    async fn begin_on(
        &self,
        pool: &PgPool,
        begin: impl SqlSafeStr,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        answered(pool.begin_with(begin), 2 * self.patience).await
    }

    /// Brings erased rows out of the SQLite write-ahead log as well; nothing to do on PostgreSQL, where the
    /// destruction of the key erases. `false` when a reader of an older moment stood in the way: the log still
    /// holds what was erased, and the caller tries again.
    pub async fn checkpoint(&self) -> Result<bool, StoreError> {
        let Pools::Sqlite { write, .. } = &self.pools else { return Ok(true) };
        let (busy, _, _): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(write).await?;
        Ok(busy == 0)
    }

    /// Hears when any node of a PostgreSQL database has committed something; none on SQLite, where there is
    /// one node only.
    pub async fn listen(&self) -> Result<Option<Ear>, StoreError> {
        let Pools::Postgres(pool) = &self.pools else { return Ok(None) };
        let mut listener = sqlx::postgres::PgListener::connect_with(pool).await?;
        answered(listener.listen(CHANNEL), self.patience).await?;
        Ok(Some(Ear { listener }))
    }

    /// Closes all connections after their work.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    pub(super) async fn run_migrations(&self, migrator: sqlx::migrate::Migrator) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite { write, .. } => migrator.run(write).await?,
            Pools::Postgres(pool) => {
                let server = pool.connect_options().as_ref().clone();
                let enduring = enduring_pool(self.patience).connect_lazy_with(server);
                let done = migrator.run(&enduring).await;
                enduring.close().await;
                done?;
            }
        }
        Ok(())
    }
}

/// When the disk is full, SQLite rolls back by itself; the driver's own rollback then fails, and the connection
/// believes for ever that it is inside a transaction. It is replaced.
async fn begin_immediate(write: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    const BEGIN: &str = "BEGIN IMMEDIATE";
    match write.begin_with(BEGIN).await {
        Err(sqlx::Error::InvalidSavePointStatement) => {
            // Whatever closing it says, the pool makes a new one.
            let _closed = write.acquire().await?.close().await;
            write.begin_with(BEGIN).await
        }
        outcome => outcome,
    }
}

impl Tx {
    const fn on(conn: Conn, patience: Duration) -> Self {
        Self {
            conn,
            entries: Vec::new(),
            counts: Vec::new(),
            moves: Vec::new(),
            spoiled: false,
            wakes: false,
            patience,
        }
    }

    /// Ends a transaction that wrote, without the writer (set-up, migrations, tests). The caller has linked
    /// its audit entries.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.conn {
            Conn::Sqlite(t) => t.commit().await?,
            Conn::Postgres(t) => answered(t.commit(), self.patience).await?,
        }
        Ok(())
    }

    /// Which database this transaction is on.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        match self.conn {
            Conn::Sqlite(_) => Backend::Sqlite,
            Conn::Postgres(_) => Backend::Postgres,
        }
    }

    /// Notes that a statement has failed.
    pub(super) fn spoil(&mut self, e: sqlx::Error) -> StoreError {
        self.spoiled |= !matches!(e, sqlx::Error::RowNotFound);
        StoreError::from(e)
    }

    /// Wakes the workers of all nodes at the commit, if there is work for them; nothing to do on SQLite.
    /// Notifying makes PostgreSQL commit one after another, so plain intake does not.
    pub(super) async fn wake_others(&mut self) -> Result<(), StoreError> {
        if self.wakes && self.backend() == Backend::Postgres {
            execute!(self, "SELECT pg_notify($1, '')", CHANNEL)?;
        }
        Ok(())
    }

    pub(super) async fn savepoint(&mut self) -> Result<(usize, usize, usize), StoreError> {
        execute!(self, "SAVEPOINT unit")?;
        Ok((self.entries.len(), self.counts.len(), self.moves.len()))
    }

    pub(super) async fn release(&mut self) -> Result<(), StoreError> {
        execute!(self, "RELEASE SAVEPOINT unit").map(|_| ())
    }

    pub(super) async fn rollback_to(&mut self, mark: (usize, usize, usize)) -> Result<(), StoreError> {
        self.entries.truncate(mark.0);
        self.counts.truncate(mark.1);
        self.moves.truncate(mark.2);
        self.spoiled = false;
        execute!(self, "ROLLBACK TO SAVEPOINT unit")?;
        self.release().await
    }
}
