//! How SQLite would answer every question that the store asks: none reads a table that grows with the cases to its
//! end, but for those named here, each with its reason. The questions are read out of the sources, so that a new
//! one cannot be forgotten.

use std::path::Path;

use sqlx::Connection as _;
use tinan::store::{Store, StoreOptions};

/// Tables that grow with the cases, and for ever.
const LONG: [&str; 12] = [
    "cases",
    "items",
    "wraps",
    "receipts",
    "register_entries",
    "events",
    "audit",
    "mailboxes",
    "attachments",
    "inbox_seen",
    "replays",
    "dead_letters",
];

/// Scans that are meant: words of the question, and why.
const MEANT: &[(&str, &str)] = &[
    ("SELECT epoch FROM outbox UNION", "what waits or was asked within a day: which keys are still needed"),
    ("FROM dead_letters", "rare by nature, and the operator's table"),
    ("SELECT DISTINCT tag FROM mailboxes WHERE seen_day", "chats of the last three weeks, at most 100 found"),
    ("SELECT DISTINCT epoch FROM mailboxes UNION", "chats of the last three weeks, in an index of keys only"),
];

/// The string literals of a source that are questions, those put together by `concat!` included.
fn questions(source: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find('"') {
        let before = rest[..at].trim_end();
        let (text, after) = literal(&rest[at + 1..]);
        rest = after;
        if !["SELECT ", "UPDATE ", "DELETE "].iter().any(|verb| text.trim_start().starts_with(verb)) {
            continue;
        }
        let mut whole = text;
        if before.ends_with("concat!(") {
            // The pieces between, which are lists of columns, are left out.
            while let Some(next) = rest.find(['"', ')']) {
                let (gap, tail) = rest.split_at(next);
                if let Some(tail) = tail.strip_prefix('"') {
                    let (piece, after) = literal(tail);
                    whole.push_str(if gap.contains("!(") { " c.seq " } else { "" });
                    whole.push_str(&piece);
                    rest = after;
                } else if gap.trim_end().ends_with("!(") {
                    rest = tail.strip_prefix(')').unwrap_or(tail);
                    whole.push_str(" c.seq ");
                } else {
                    break;
                }
            }
        }
        all.push(whole);
    }
    all
}

/// A literal up to its closing mark, and what follows.
fn literal(text: &str) -> (String, &str) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return (text[..at].replace("\\\n", " "), &text[at + 1..]),
            _ => escaped = false,
        }
    }
    (text.to_owned(), "")
}

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The long table that a step of a plan reads to its end, if it does. A name that the question gives it counts too.
fn scanned(question: &str, step: &str) -> Option<&'static str> {
    let name = step.strip_prefix("SCAN ")?.split(' ').next()?;
    LONG.into_iter().find(|table| {
        let named = |word: &str| question.contains(&format!("{word} {table} {name}"));
        name == *table || named("FROM") || named("JOIN")
    })
}

#[tokio::test]
async fn no_question_reads_a_long_table_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("plans.db").display());
    let patience = std::time::Duration::from_secs(5);
    let store =
        Store::connect(&StoreOptions { url: url.clone(), connections: 1, patience }).await.expect("connects");
    store.migrate().await.expect("migrates");
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("connects");
    let mut paths = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store"), &mut paths);
    let (mut asked, mut wrong) = (0, Vec::new());
    for path in paths {
        let source = std::fs::read_to_string(&path).expect("a source");
        for question in questions(&source) {
            let sql = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {question}"));
            let plan: Result<Vec<(i64, i64, i64, String)>, _> =
                sqlx::query_as(sql).fetch_all(&mut connection).await;
            // What SQLite does not understand is PostgreSQL's own, or a beginning that a builder goes on with.
            let Ok(plan) = plan else { continue };
            asked += 1;
            for (.., step) in plan {
                let meant = MEANT.iter().any(|(words, _)| question.contains(words));
                if !meant && let Some(table) = scanned(&question, &step) {
                    wrong.push(format!("{}: {table}: {step}\n    {question}", path.display()));
                }
            }
        }
    }
    assert!(asked > 100, "only {asked} questions were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn questions_are_found_in_sources() {
    let source = r#"
        fetch_all!(self, Row, "SELECT a FROM cases WHERE b = $1", x);
        let n = "no question";
        const Q: &str = concat!("SELECT ", case_columns!(), " FROM cases c
             WHERE c.desk = $1");
        execute!(self, "DELETE FROM held \
            WHERE until <= $1", y)
    "#;
    let found = questions(source);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[1].contains("c.seq  FROM cases c") && found[1].ends_with("c.desk = $1"), "{}", found[1]);
    assert_eq!(scanned("SELECT 1 FROM cases c", "SCAN c USING INDEX x"), Some("cases"));
    assert_eq!(scanned("SELECT 1 FROM cases", "SEARCH cases USING INDEX x (desk=?)"), None);
}
