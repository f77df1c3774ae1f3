//! No question of the reconciler reads a long table to its end.

use sqlx::Connection as _;

use super::{cases, counts, journal, numbers, pages};
use crate::store::{Store, StoreOptions};

/// Tables that grow with the cases.
const LONG: [&str; 8] =
    ["cases", "items", "wraps", "receipts", "register_entries", "audit", "mailboxes", "attachments"];

fn questions() -> Vec<&'static str> {
    let mut all: Vec<&str> = cases::BY_CASE.iter().map(|(_, _, sql)| *sql).collect();
    all.extend([numbers::COUNTERS, numbers::CASE_NUMBERS, numbers::ENTRY_NUMBERS, numbers::CASE_BEYOND]);
    all.extend([numbers::CASE_BELOW, numbers::ENTRY_BEYOND, numbers::ENTRY_BELOW]);
    all.extend([counts::CELLS, counts::COUNTED, counts::BY_KIND]);
    all.extend([journal::RECEIVED, journal::WITHOUT_CASE, journal::NUMBERED]);
    all.extend([pages::MAILBOXES, pages::LOST_MAILBOXES, pages::LETTERS, pages::LOST_LETTERS, pages::FILES]);
    all
}

/// The name a query gives a table, or the table itself.
fn is_long(question: &str, scanned: &str) -> bool {
    LONG.iter().any(|table| {
        scanned == *table
            || question.contains(&format!("FROM {table} {scanned} "))
            || question.contains(&format!("JOIN {table} {scanned} "))
    })
}

#[tokio::test]
async fn no_question_scans_a_long_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("plans.db").display());
    let patience = std::time::Duration::from_secs(5);
    let store =
        Store::connect(&StoreOptions { url: url.clone(), connections: 1, patience }).await.expect("connects");
    store.migrate().await.expect("migrates");
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("connects");
    for question in questions() {
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {question}")))
                .fetch_all(&mut connection)
                .await
                .expect(question);
        assert!(!plan.is_empty());
        for (.., step) in plan {
            let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
            assert!(!scanned.is_some_and(|t| is_long(question, t)), "{step}\n{question}");
        }
    }
}
