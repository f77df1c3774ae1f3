//! A server that may fall silent, and that must not wait long for us if we do: how long either waits for the other.

use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::StoreOptions;

/// A transaction in which we say nothing for so long is ended by the server, at the earliest.
const STILL: Duration = Duration::from_secs(10);
/// Reading waits so many times as long for an answer as writing, which holds up others.
pub(super) const READING: u32 = 4;

/// Waits for an answer of a server. A machine that stands still and a network that drops everything say nothing, and
/// TCP would wait for them for a quarter of an hour.
pub(in crate::store) async fn answered<T>(
    asked: impl Future<Output = Result<T, sqlx::Error>>,
    patience: Duration,
) -> Result<T, sqlx::Error> {
    let silence = || Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
    tokio::time::timeout(patience, asked).await.unwrap_or_else(|_| silence())
}

/// What a server is told of our patience, in milliseconds: it ends a statement a little before we give it up, so that
/// none goes on and holds its locks without anybody waiting for it. A commit is not ended: what the server has begun to
/// make last it makes last.
pub(super) fn within(patience: Duration) -> u128 {
    (patience * 9 / 10).as_millis().max(1)
}

/// Connections to a server that may fall silent, and that must not wait long for us if we do: a node that stands still
/// inside a transaction holds up all others for as long.
pub(super) fn patient_pool(options: &StoreOptions) -> PgPoolOptions {
    pool_of(options.connections, options.patience, within(READING * options.patience))
}

/// One connection for what may wait for another node and takes its time with a large table: a change of the schema.
pub(super) fn enduring_pool(patience: Duration) -> PgPoolOptions {
    pool_of(1, patience, 0)
}

/// `longest` is how long a statement may take, in milliseconds, unless its transaction says otherwise; 0 is for ever.
fn pool_of(connections: u32, patience: Duration, longest: u128) -> PgPoolOptions {
    let ms = STILL.max(2 * patience).as_millis();
    let session = format!(
        "SET idle_in_transaction_session_timeout = {ms}; SET tcp_keepalives_idle = 10; \
         SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; SET statement_timeout = {longest}"
    );
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience)
        .after_connect(move |server, _| {
            let session = session.clone();
            Box::pin(async move {
                server.execute(AssertSqlSafe(session)).await?;
                // A server before version 14 has no such setting, and not every system can look.
                match server.execute("SET client_connection_check_interval = 1000").await {
                    Err(e) if e.as_database_error().is_none() => Err(e),
                    _ => Ok(()),
                }
            })
        })
        // One that does not answer must not keep its place in the pool: it is closed without another word.
        .after_release(move |server, _| {
            Box::pin(async move { answered(server.ping(), patience).await.map(|()| true) })
        })
}
