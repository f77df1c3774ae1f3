//! The two schemas are one schema.

use std::collections::BTreeSet;
use std::path::Path;

use crate::databases::Database;
use crate::on_both_databases;

fn files(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let names = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").file_name());
    names.map(|n| n.into_string().expect("plain names")).collect()
}

#[test]
fn both_folders_hold_the_same_migrations() {
    assert_eq!(files("sqlite"), files("postgres"));
    assert!(!files("sqlite").is_empty());
}

const SQLITE_COLUMNS: &str = "SELECT m.name, c.name, CAST(c.\"notnull\" AS TEXT) FROM sqlite_schema m
    JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'";
const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text,
    CASE is_nullable WHEN 'NO' THEN '1' ELSE '0' END
    FROM information_schema.columns WHERE table_schema = 'public'";
const SQLITE_INDEXES: &str =
    "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite%'";
const POSTGRES_INDEXES: &str = "SELECT tablename::text, indexname::text FROM pg_indexes
    WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key'";

async fn set(database: &Database, sql: &str) -> BTreeSet<Vec<String>> {
    let mut rows = database.texts(sql).await;
    // sqlx keeps its own list of migrations, in types of its own choice.
    rows.retain(|row| row[0] != "_sqlx_migrations");
    // SQLite says "nullable" of an integer key that cannot be null.
    for row in &mut rows {
        if row[1] == "seq" && row.len() == 3 {
            row[2] = "1".to_owned();
        }
    }
    rows.into_iter().collect()
}

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_and_indexes() {
    let Some(postgres) = Database::postgres().await else { return };
    let sqlite = Database::sqlite().await;
    let columns = set(&sqlite, SQLITE_COLUMNS).await;
    assert!(columns.len() > 100, "{columns:?}");
    assert_eq!(columns, set(&postgres, POSTGRES_COLUMNS).await);
    let indexes = set(&sqlite, SQLITE_INDEXES).await;
    assert!(indexes.len() > 20, "{indexes:?}");
    assert_eq!(indexes, set(&postgres, POSTGRES_INDEXES).await);
    postgres.end().await;
}

#[tokio::test]
async fn every_sqlite_table_is_strict() {
    let sqlite = Database::sqlite().await;
    let loose = sqlite
        .texts("SELECT name FROM pragma_table_list WHERE strict = 0 AND name NOT LIKE 'sqlite%' AND schema = 'main'")
        .await;
    assert_eq!(loose, [["_sqlx_migrations"]]);
}

on_both_databases! {
    async fn what_is_not_migrated_yet_is_counted(database: Database) {
        assert_eq!(database.store.pending_migrations().await.expect("reads"), 0);
        database.raw("DROP TABLE _sqlx_migrations").await;
        assert!(database.store.pending_migrations().await.expect("reads") > 0);
    }

    async fn migrating_twice_changes_nothing(database: Database) {
        let before = database.count("cases").await;
        let second = database.another().await;
        let (a, b) = tokio::join!(database.store.migrate(), second.migrate());
        a.expect("migrates again");
        b.expect("migrates again");
        assert_eq!(database.count("cases").await, before);
        second.close().await;
    }
}

/// Why a migration could not run while nodes of the version before are still at work; nothing if it could.
fn breaks_the_version_before(sql: &str) -> Option<String> {
    let bare: String =
        sql.lines().map(|l| l.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let upper = bare.to_uppercase();
    bare.split(';').map(str::trim).filter(|s| !s.is_empty()).find_map(|statement| {
        let words: Vec<String> = statement.split_whitespace().map(str::to_uppercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let fine = match words.as_slice() {
            ["CREATE" | "DROP", "INDEX", ..]
            | ["CREATE", "TABLE" | "SEQUENCE", ..]
            | ["INSERT", "INTO", ..] => true,
            // On a table that is new itself nothing of the version before depends.
            ["CREATE", "UNIQUE", "INDEX", _, "ON", table, ..] => {
                upper.contains(&format!("CREATE TABLE {table} "))
            }
            // A column that is new may be filled.
            ["UPDATE", table, "SET", column, ..] => {
                upper.contains(&format!("ALTER TABLE {table} ADD COLUMN {column} "))
            }
            ["ALTER", "TABLE", _, "ADD", "COLUMN", rest @ ..] => {
                !rest.contains(&"NOT") || rest.contains(&"DEFAULT")
            }
            _ => false,
        };
        (!fine).then(|| statement.to_owned())
    })
}

#[test]
fn migrations_only_add_so_that_nodes_can_be_replaced_one_at_a_time() {
    let mut seen = 0;
    for folder in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let sql = std::fs::read_to_string(&path).expect("a text");
            seen += 1;
            assert_eq!(breaks_the_version_before(&sql), None, "{}", path.display());
        }
    }
    assert!(seen >= 2, "{seen}");
    for bad in [
        "ALTER TABLE cases DROP COLUMN due",
        "ALTER TABLE cases ADD COLUMN aside INTEGER NOT NULL",
        "UPDATE cases SET due = 0",
        "DROP TABLE held",
        "CREATE UNIQUE INDEX one ON cases (due)",
        "ALTER TABLE cases RENAME COLUMN due TO until",
    ] {
        assert!(breaks_the_version_before(bad).is_some(), "{bad}");
    }
}
