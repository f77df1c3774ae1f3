//! Migrations, compiled in. Both databases have the same numbers and names; a test compares the results.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::{Backend, Store, StoreError};

/// Number, name, SQLite text, PostgreSQL text.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (
        1,
        "first",
        include_str!("../../migrations/sqlite/0001_first.sql"),
        include_str!("../../migrations/postgres/0001_first.sql"),
    ),
    (
        2,
        "watch",
        include_str!("../../migrations/sqlite/0002_watch.sql"),
        include_str!("../../migrations/postgres/0002_watch.sql"),
    ),
    (
        3,
        "alarms",
        include_str!("../../migrations/sqlite/0003_alarms.sql"),
        include_str!("../../migrations/postgres/0003_alarms.sql"),
    ),
    (
        4,
        "flood",
        include_str!("../../migrations/sqlite/0004_flood.sql"),
        include_str!("../../migrations/postgres/0004_flood.sql"),
    ),
    (
        5,
        "zalo",
        include_str!("../../migrations/sqlite/0005_zalo.sql"),
        include_str!("../../migrations/postgres/0005_zalo.sql"),
    ),
    (
        6,
        "phone",
        include_str!("../../migrations/sqlite/0006_phone.sql"),
        include_str!("../../migrations/postgres/0006_phone.sql"),
    ),
    (
        7,
        "canaries",
        include_str!("../../migrations/sqlite/0007_canaries.sql"),
        include_str!("../../migrations/postgres/0007_canaries.sql"),
    ),
    (
        8,
        "callbacks",
        include_str!("../../migrations/sqlite/0008_callbacks.sql"),
        include_str!("../../migrations/postgres/0008_callbacks.sql"),
    ),
];

impl Store {
    /// Brings the schema up to date. Safe to run on every node at once: PostgreSQL takes a lock.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let list = MIGRATIONS
            .iter()
            .map(|(number, name, sqlite, postgres)| {
                let text = match self.backend() {
                    Backend::Sqlite => *sqlite,
                    Backend::Postgres => *postgres,
                };
                Migration::new(
                    *number,
                    Cow::Borrowed(*name),
                    MigrationType::Simple,
                    text.into_sql_str(),
                    false,
                )
            })
            .collect();
        let mut migrator = Migrator::with_migrations(list);
        // A node of the version before, which falls in the middle of an upgrade, must come back on a schema that is
        // ahead of it. Migrations only add, and a test sees to that.
        migrator.set_ignore_missing(true);
        self.run_migrations(migrator).await
    }
}

impl Store {
    /// How many migrations this program knows that the database has not run.
    pub async fn pending_migrations(&self) -> Result<usize, StoreError> {
        let mut tx = self.read().await?;
        let run = fetch_all!(tx, (i64,), "SELECT version FROM _sqlx_migrations WHERE success");
        match run {
            Ok(run) => Ok(MIGRATIONS.iter().filter(|m| !run.iter().any(|(v,)| *v == m.0)).count()),
            // a database that was never migrated has no such table
            Err(e) if !e.is_away() && !e.is_contention() => Ok(MIGRATIONS.len()),
            Err(e) => Err(e),
        }
    }
}
