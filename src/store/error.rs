//! What can go wrong below the service.

/// A fault of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused a statement or is not there.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds something no version of this program writes.
    #[error("{table}.{column} holds something unreadable")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The row is not in the state the caller has seen.
    #[error("the row has changed meanwhile")]
    Stale,
    /// The writer has stopped or the batch was lost; nothing of it is known to be stored.
    #[error("the writer has stopped")]
    Stopped,
    /// A unit of work went on after one of its statements had failed; nothing of it is kept.
    #[error("a unit of work hid a failed statement")]
    Hidden,
    /// A unit of work met contention, or found the database away, and may be tried again.
    #[error("the unit may be tried again")]
    Again {
        /// Whether the database is away.
        away: bool,
    },
    /// The database address is not one we know.
    #[error("the database address must begin with sqlite:// or postgres://")]
    Address,
}

impl From<sqlx::Error> for StoreError {
    fn from(e: sqlx::Error) -> Self {
        Self::Database(e)
    }
}

/// SQLite result codes that say the file cannot be written now: read-only, I/O error, disk full, cannot open.
const SQLITE_AWAY: [&str; 4] = ["8", "10", "13", "14"];

impl StoreError {
    /// Whether the database is away, so that intake must use the spool: no connection, no disk, shutting down.
    #[must_use]
    pub fn is_away(&self) -> bool {
        match self {
            Self::Stopped | Self::Again { away: true } => true,
            Self::Database(sqlx::Error::Database(e)) => {
                let code = e.code().unwrap_or_default();
                // PostgreSQL classes 08 (connection), 53 (resources), 57P (shutdown), 58 (system), a server in
                // recovery (25006), one that ended our transaction because we stood still in it (25P03), or a
                // statement just before our patience did (57014); extended SQLite codes carry the plain one in the
                // low byte.
                if code.len() == 5 && code.chars().all(|c| c.is_ascii_alphanumeric()) {
                    return ["08", "53", "57P", "58"].iter().any(|c| code.starts_with(c))
                        || ["25006", "25P03", "57014"].contains(&code.as_ref());
                }
                let low = code.parse::<u32>().map(|c| (c & 0xff).to_string()).unwrap_or_default();
                SQLITE_AWAY.contains(&low.as_str())
            }
            Self::Database(e) => matches!(
                e,
                sqlx::Error::Io(_)
                    | sqlx::Error::Tls(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
                    | sqlx::Error::Protocol(_)
            ),
            _ => false,
        }
    }

    /// Whether a second try of the same unit may succeed: a deadlock or a busy file.
    #[must_use]
    pub fn is_contention(&self) -> bool {
        match self {
            Self::Again { away } => !away,
            Self::Database(sqlx::Error::Database(e)) => {
                let code = e.code().unwrap_or_default();
                matches!(code.as_ref(), "40P01" | "40001" | "55P03" | "5" | "6" | "261" | "517")
            }
            _ => false,
        }
    }
}
