//! No list of a flood scans: each is walked along the index that was made for it.

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use crate::databases::Database;

const QUERIES: [(&str, &str); 7] = [
    (
        "cases_queue",
        "SELECT * FROM cases c WHERE c.desk = x'00' AND c.waiting = 1 AND c.aside = 0
         AND (c.priority, c.due, c.year, c.number) > (1, 2, 3, 4)
         ORDER BY c.priority, c.due, c.year, c.number LIMIT 51",
    ),
    (
        "cases_free",
        "SELECT * FROM cases c WHERE c.desk = x'00' AND c.waiting = 1 AND c.aside = 0 AND c.holder IS NULL
         ORDER BY c.priority, c.due, c.year, c.number LIMIT 1",
    ),
    (
        "cases_aside",
        "SELECT * FROM cases c WHERE c.desk = x'00' AND c.aside = 1 AND c.waiting = 1 AND c.aside > 0
         AND (c.priority, c.due, c.year, c.number) > (1, 2, 3, 4)
         ORDER BY c.priority, c.due, c.year, c.number LIMIT 51",
    ),
    (
        "cases_aside",
        "SELECT * FROM cases c WHERE c.desk = x'00' AND c.waiting = 1 AND c.aside > 0 AND c.holder IS NULL
         ORDER BY c.aside, c.priority, c.due, c.year, c.number LIMIT 1",
    ),
    (
        "cases_folded",
        "SELECT * FROM cases c WHERE c.fold = x'00' AND c.waiting = 1 AND c.fold IS NOT NULL
         AND (c.year, c.number) > (1, 2) AND (c.year, c.number) <= (3, 4) ORDER BY c.year, c.number LIMIT 51",
    ),
    (
        "folds_by_head",
        "SELECT f.id, f.head, f.amount FROM folds f WHERE f.head IN (x'00', x'01') AND f.amount > 0",
    ),
    ("sweep_cases_draw", "SELECT * FROM sweep_cases WHERE sweep = x'00' AND draw > 1 ORDER BY draw LIMIT 25"),
];

#[tokio::test]
async fn every_list_of_a_flood_is_walked_along_its_index() {
    let database = Database::sqlite().await;
    let options: sqlx::sqlite::SqliteConnectOptions = database.url().parse().expect("an address");
    let mut connection = options.connect().await.expect("connects");
    for (index, sql) in QUERIES {
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
        let rows = plan.fetch_all(&mut connection).await.expect(sql);
        let steps: Vec<String> = rows.iter().map(|row| row.get(3)).collect();
        assert!(steps.iter().any(|s| s.starts_with("SEARCH") && s.contains(index)), "{sql}: {steps:?}");
        assert!(
            !steps.iter().any(|s| s.starts_with("SCAN") || s.contains("TEMP B-TREE")),
            "{sql}: {steps:?}"
        );
    }
    connection.close().await.expect("closes");
    database.end().await;
}
