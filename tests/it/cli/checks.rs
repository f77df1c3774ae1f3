//! `doctor`, `audit verify`, `keys`, and faults of the configuration.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::bucket::{Bad, Fake};

const UNREAD: &str = "FAULT  books: files could not be looked at: the object store does not answer in time";

#[test]
fn faults_of_the_configuration_are_told_all_at_once_with_their_places() {
    let mut folder = Folder::new();
    let file = folder.dir.path().join("bad.toml");
    std::fs::write(&file, "[http]\nlisten = 1\nlisen = \"x\"\n[telegram]\ntoken = \"77:SECRET\"\n")
        .expect("written");
    folder.env.push(("TINAN_HTTP__PUBLIC_URL", "http://example.vn".to_owned()));
    folder.env.push(("TINAN_LOGG__LEVEL", "info".to_owned()));
    let path = file.display().to_string();
    let said = folder.run(&["--config", &path, "serve", "--roles", "webb"], "");
    assert_eq!(said.code, Some(1));
    let wanted = [
        format!("{path}:2: "),
        format!("{path}:3: "),
        format!("{path}:5: "),
        "TINAN_HTTP__PUBLIC_URL: ".to_owned(),
        "is TINAN_LOG__LEVEL meant?".to_owned(),
        "--roles: ".to_owned(),
    ];
    for part in wanted {
        assert!(said.err.contains(&part), "{part}: {}", said.err);
    }
    assert!(!said.err.contains("SECRET"));
    assert!(!folder.data().exists(), "nothing was started");
}

#[test]
fn doctor_fails_on_faults_only_and_blanks_secrets() {
    let mut folder = Folder::new();
    let none = folder.run(&["doctor"], "");
    assert_eq!(none.code, Some(1));
    assert!(none.out.contains("does not exist"), "{}", none.out);
    folder.setup("p-quan\np-anh\np-binh\n");
    folder.env.push(("TINAN_TELEGRAM__TOKEN", "4711:verysecret".to_owned()));
    folder.env.push(("TINAN_TELEGRAM__API_URL", "http://127.0.0.1:9".to_owned()));
    let well = folder.run(&["doctor"], "");
    assert_eq!(well.code, Some(0), "{}", well.out);
    for part in [
        "WARNING  passwords",
        "WARNING  alarms: nobody outside",
        "WARNING  desks",
        "WARNING  telegram",
        "telegram.token = (set)",
    ] {
        assert!(well.out.contains(part), "{part}: {}", well.out);
    }
    assert!(!well.out.contains("verysecret") && !well.err.contains("verysecret"));
    std::fs::set_permissions(folder.file("keyring"), std::fs::Permissions::from_mode(0o644))
        .expect("changed");
    let open = folder.run(&["doctor"], "");
    assert_eq!(open.code, Some(1));
    assert!(open.out.contains("others may read keyring"), "{}", open.out);
}

#[tokio::test]
async fn a_changed_audit_log_is_noticed() {
    let folder = Folder::set_up();
    let add = |login: &str| {
        let args = [
            "staff",
            "add",
            "--login",
            login,
            "--name",
            "N",
            "--role",
            "officer",
            "--desk",
            "tips",
            "--as",
            "anh",
            "--passwords-stdin",
        ];
        assert_eq!(folder.run(&args, "p-anh\nnew\n").code, Some(0));
    };
    add("hoa");
    add("mai");
    let said = folder.run(&["audit", "verify"], "");
    assert_eq!(said.code, Some(0), "{}", said.out);
    assert!(said.out.contains("3 links") && said.out.contains("The audit log holds."), "{}", said.out);
    change_link(&folder, 2).await;
    let said = folder.run(&["audit", "verify"], "");
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("link 2 does not hold"), "{}", said.out);
}

/// Behind the program's back.
async fn change_link(folder: &Folder, n: i64) {
    let url = format!("sqlite://{}", folder.file("tinan.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.expect("the file");
    sqlx::query("UPDATE audit SET action = 3 WHERE n = $1").bind(n).execute(&pool).await.expect("changed");
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_audit_log_tells_is_told_also_while_the_object_store_is_away() {
    let (mut folder, store) = (Folder::set_up(), Fake::start().await);
    folder.env.extend(store.settings());
    let well = folder.run(&["audit", "verify"], "");
    assert_eq!(well.code, Some(0), "{} {}", well.out, well.err);
    store.always(Some(Bad::Silent));
    let away = folder.run(&["audit", "verify"], "");
    assert_eq!(away.code, Some(1), "not everything was looked at");
    assert!(away.out.contains("1 links") && away.out.contains(UNREAD), "{} {}", away.out, away.err);
    assert_eq!(away.out.matches("FAULT").count(), 1, "{}", away.out);
    change_link(&folder, 1).await;
    let said = folder.run(&["audit", "verify"], "");
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("link 1 does not hold") && said.out.contains(UNREAD), "{}", said.out);
}

#[tokio::test]
async fn doctor_turns_red_over_a_key_directory_that_somebody_altered() {
    use sqlx::ConnectOptions as _;
    let folder = Folder::set_up();
    assert_eq!(folder.run(&["doctor"], "").code, Some(0), "and the directory is remembered");
    let url = format!("sqlite://{}", folder.file("tinan.db").display());
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("an address");
    let mut c = options.connect().await.expect("connects");
    let garbled = "UPDATE directory SET entry = X'00' WHERE serial = (SELECT MAX(serial) FROM directory)";
    let flipped = "UPDATE desks SET kind = 'counselling' WHERE name = 'tips'";
    for sql in [garbled, flipped] {
        sqlx::query(sql).execute(&mut c).await.expect("altered");
    }
    drop(c);
    let said = folder.run(&["doctor"], "");
    assert_eq!(said.code, Some(1), "{}", said.out);
    for told in [
        "1 entries of the key directory are garbled",
        "1 signed entries that this node knows",
        "1 desks are gone",
    ] {
        assert!(said.out.contains(told), "{told}: {}", said.out);
    }
}

#[tokio::test]
async fn doctor_is_red_over_a_finding_until_somebody_looks_after_it() {
    use sqlx::ConnectOptions as _;
    let folder = Folder::set_up();
    let url = format!("sqlite://{}", folder.file("tinan.db").display());
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("an address");
    let mut c = options.connect().await.expect("connects");
    let finding = "INSERT INTO findings (kind, object, tenant, place, first_seen, last_seen, raised)
        SELECT 'receipt_without_case', '17', id, 17, 0, 0, 0 FROM tenants";
    sqlx::query(finding).execute(&mut c).await.expect("planted");
    let said = folder.run(&["doctor"], "");
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(
        said.out.contains("FAULT    books: A sender's code leads to a case that is gone. 1 since"),
        "{}",
        said.out
    );
    assert!(said.out.lines().count() < 40, "one screen: {}", said.out);
    let taken = "UPDATE findings SET acknowledged = 1, acknowledged_by = (SELECT id FROM staff LIMIT 1)";
    sqlx::query(taken).execute(&mut c).await.expect("taken");
    drop(c);
    let said = folder.run(&["doctor"], "");
    assert_eq!(said.code, Some(0), "{}", said.out);
    assert!(said.out.contains("WARNING  books"), "{}", said.out);
}

#[tokio::test]
async fn the_tally_is_reported_and_red_when_it_does_not_add_up() {
    use sqlx::ConnectOptions as _;
    let folder = Folder::set_up();
    let url = format!("sqlite://{}", folder.file("tinan.db").display());
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("an address");
    let mut c = options.connect().await.expect("connects");
    for sql in [
        "INSERT INTO counters SELECT id, 'case:tips', 2026, 3 FROM tenants",
        "INSERT INTO desk_counts SELECT tenant, id, 'RECEIVED', 2 FROM desks WHERE name = 'tips'",
        "INSERT INTO desk_counts SELECT tenant, id, 'CLOSED', 1 FROM desks WHERE name = 'tips'",
    ] {
        sqlx::query(sql).execute(&mut c).await.expect("planted");
    }
    let said = folder.run(&["report", "tally"], "");
    assert_eq!(said.code, Some(0), "{}", said.out);
    assert!(said.out.contains("numbers tips 2026: 3"), "{}", said.out);
    assert!(!folder.run(&["report", "tally", "--year", "2025"], "").out.contains("numbers tips 2026"));
    sqlx::query("UPDATE desk_counts SET amount = 1").execute(&mut c).await.expect("changed");
    drop(c);
    let said = folder.run(&["report", "tally"], "");
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.out.contains("tips: 3 received, but 1 open + 1 closed + 0 folded"), "{}", said.out);
}

#[tokio::test]
async fn doctor_is_red_where_cases_wait_and_nobody_comes_or_nobody_could() {
    use sqlx::ConnectOptions as _;
    let folder = Folder::set_up();
    let url = format!("sqlite://{}", folder.file("tinan.db").display());
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("an address");
    let mut c = options.connect().await.expect("connects");
    let few = folder.run(&["doctor"], "");
    assert_eq!(few.code, Some(0), "{}", few.out);
    assert!(few.out.contains("WARNING  desks: desk tips: 1 of at least 3 people can open it"), "{}", few.out);
    for sql in [
        "INSERT INTO counters SELECT id, 'case:tips', 2026, 1 FROM tenants",
        "INSERT INTO desk_counts SELECT tenant, id, 'RECEIVED', 1 FROM desks WHERE name = 'tips'",
    ] {
        sqlx::query(sql).execute(&mut c).await.expect("planted");
    }
    assert_eq!(folder.run(&["doctor"], "").code, Some(0), "set up less than a day ago");
    let login = "INSERT INTO checkpoints SELECT randomblob(16), tenant, id, $1, '[]', x'00' FROM staff
        WHERE login = 'anh'";
    sqlx::query(login).bind(1_000_000_i64).execute(&mut c).await.expect("planted");
    let said = folder.run(&["doctor"], "");
    assert_eq!(said.code, Some(1), "{}", said.out);
    let last = said.out.lines().last().expect("a line");
    assert!(last.contains("FAULT    people: desk tips: 1 cases wait, and nobody"), "{}", said.out);
    let now = tinan::kernel::Clock::System.now().as_millis();
    sqlx::query(login).bind(now).execute(&mut c).await.expect("planted");
    assert_eq!(folder.run(&["doctor"], "").code, Some(0));
    let gone = "DELETE FROM grants WHERE desk = (SELECT id FROM desks WHERE name = 'counselling')";
    sqlx::query(gone).execute(&mut c).await.expect("planted");
    drop(c);
    let said = folder.run(&["doctor"], "");
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(said.out.contains("desk counselling: nobody can open it"), "{}", said.out);
}

#[test]
fn a_renewed_keyring_is_exported_to_the_next_node() {
    let folder = Folder::set_up();
    let status = |said: &Said| said.out.lines().next().unwrap_or_default().to_owned();
    let before = status(&folder.run(&["keys", "status"], ""));
    let old = std::fs::read(folder.file("keyring")).expect("there");
    assert_eq!(folder.run(&["keys", "renew"], "").code, Some(0));
    let after = status(&folder.run(&["keys", "status"], ""));
    assert!(before.starts_with("keyring") && before != after);
    let out = folder.dir.path().join("second").display().to_string();
    assert_eq!(folder.run(&["keys", "export-node", &out], "").code, Some(0));
    let exported = std::fs::read(Path::new(&out).join("keyring")).expect("exported");
    assert_eq!(exported, std::fs::read(folder.file("keyring")).expect("there"));
    assert_eq!(folder.run(&["keys", "export-node", &out], "").code, Some(1), "never written over");
    std::fs::write(folder.file("keyring"), old).expect("the old file is back");
    assert_eq!(folder.run(&["keys", "status"], "").code, Some(1), "the old keyring is refused");
}

#[test]
fn commands_on_nothing_say_what_to_do_and_make_nothing() {
    let folder = Folder::new();
    for args in [&["audit", "verify"][..], &["keys", "status"]] {
        let said = folder.run(args, "");
        assert_eq!(said.code, Some(1), "{args:?}");
        assert!(said.err.contains("tinan setup"), "{args:?}: {}", said.err);
        assert!(!folder.file("tinan.db").exists());
    }
    assert_eq!(folder.run(&["migrate"], "").code, Some(0));
    let said = folder.run(&["audit", "verify"], "");
    assert!(said.code == Some(1) && said.err.contains("not set up"), "{}", said.err);
}

#[test]
fn every_command_explains_itself() {
    let folder = Folder::new();
    let commands: [&[&str]; 17] = [
        &[],
        &["demo"],
        &["serve"],
        &["setup"],
        &["staff"],
        &["staff", "add"],
        &["desk", "add"],
        &["migrate"],
        &["doctor"],
        &["keys"],
        &["keys", "export-node"],
        &["keys", "recover"],
        &["keys", "clock-ok"],
        &["audit"],
        &["audit", "verify"],
        &["report"],
        &["report", "tally"],
    ];
    for command in commands {
        let mut args = command.to_vec();
        args.push("--help");
        let said = folder.run(&args, "");
        assert!(said.code == Some(0) && said.out.contains("--data-dir"), "{command:?}: {}", said.err);
    }
    assert_eq!(folder.run(&["sevre"], "").code, Some(2));
}

#[tokio::test]
async fn doctor_is_red_over_a_late_canary_and_says_aloud_that_they_are_off() {
    use sqlx::ConnectOptions as _;
    let mut folder = Folder::set_up();
    let fresh = folder.run(&["doctor"], "");
    assert!(fresh.out.contains("ok       canaries: were not sent yet"), "{}", fresh.out);
    let url = format!("sqlite://{}", folder.file("tinan.db").display());
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("an address");
    let mut c = options.connect().await.expect("connects");
    let line = "INSERT INTO canary_lines (name, tenant, since, next, good, took, trouble)
        SELECT 'zalo:77', id, 0, 0, 1795320720000, 12, 'not_worked_off' FROM tenants";
    sqlx::query(line).execute(&mut c).await.expect("planted");
    let stopped = folder.run(&["doctor"], "");
    assert_eq!(stopped.code, Some(1), "{}", stopped.out);
    assert!(stopped.out.contains("FAULT    canaries: no node is at work"), "{}", stopped.out);
    let node =
        "INSERT INTO leases (name, holder, until) SELECT 'upkeep', id, 9223372036854775807 FROM tenants";
    sqlx::query(node).execute(&mut c).await.expect("a node is there");
    let late = folder.run(&["doctor"], "");
    assert_eq!(late.code, Some(1), "{}", late.out);
    for part in ["FAULT    canaries: zalo:77 is LATE: the last came back 2026-11-22", "waits in the inbox"] {
        assert!(late.out.contains(part), "{part}: {}", late.out);
    }
    assert!(late.out.lines().count() < 40, "one screen: {}", late.out);
    let soon = "UPDATE canary_lines SET good = 4102444800000, trouble = 'refused'";
    sqlx::query(soon).execute(&mut c).await.expect("changed");
    assert_eq!(folder.run(&["doctor"], "").code, Some(1), "a moment that has not come proves nothing");
    let good = "UPDATE canary_lines SET good = CAST(unixepoch() AS INTEGER) * 1000";
    sqlx::query(good).execute(&mut c).await.expect("changed");
    let failed = folder.run(&["doctor"], "");
    assert_eq!(failed.code, Some(0), "{}", failed.out);
    assert!(failed.out.contains("WARNING  canaries: zalo:77: the last one failed"), "{}", failed.out);
    sqlx::query("UPDATE canary_lines SET trouble = NULL").execute(&mut c).await.expect("changed");
    drop(c);
    let well = folder.run(&["doctor"], "");
    assert!(well.out.contains("ok       canaries: zalo:77 came back"), "{}", well.out);
    folder.env.push(("TINAN_CANARY__ENABLED", "false".to_owned()));
    let off = folder.run(&["doctor"], "");
    assert_eq!(off.code, Some(0), "{}", off.out);
    assert!(off.out.contains("WARNING  canaries: ARE OFF"), "{}", off.out);
    folder.env.push(("TINAN_CANARY__LATE_SECONDS", "500".to_owned()));
    let refused = folder.run(&["doctor"], "");
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("must be at least twice canary.every_seconds"), "{}", refused.err);
}
