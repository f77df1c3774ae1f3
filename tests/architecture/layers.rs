//! Which layer may use which, and which crates belong to whom.
//!
//! The check is textual. It looks at paths that begin at the crate's root (`crate::`, `$crate::`, `tinan::`,
//! enough `super::`), grouped imports included, and at names of crates; comments and strings do not count.

use std::fmt::Write as _;
use std::path::Path;

use crate::source::{crates_named, has_word, module_of, roots_named, strip};

/// The layers, lowest first; those of one line never use each other.
const LAYERS: [&[&str]; 10] = [
    &["kernel"],
    &["domain"],
    &["vault", "text"],
    &["store"],
    &["service"],
    &["web"],
    &["channels", "citizen", "console", "api", "jobs"],
    &["boot"],
    &["cli"],
    &["main"],
];

/// Who alone may name a crate: modules, by the beginning of their path.
const CRATES: [(&str, &[&str]); 10] = [
    ("sqlx", &["store"]),
    ("object_store", &["store"]),
    ("aes_gcm", &["vault"]),
    ("hpke", &["vault"]),
    ("argon2", &["vault"]),
    ("ed25519_dalek", &["vault"]),
    ("axum", &["web", "channels", "citizen", "console", "api", "jobs", "boot"]),
    ("teloxide", &["channels::telegram"]),
    ("lettre", &["channels::staff"]),
    ("anyhow", &["boot", "cli", "main"]),
];

/// What the pure rules must not even name.
const IMPURE: [&str; 12] = [
    "tokio",
    "sqlx",
    "axum",
    "teloxide",
    "tracing",
    "hpke",
    "aes_gcm",
    "argon2",
    "reqwest",
    "getrandom",
    "metrics",
    "futures_util",
];
const IMPURE_WORDS: [&str; 6] = ["async", "await", "SystemTime", "Instant", "std::fs", "std::net"];

/// No file is longer, but for these, each with its reason.
const LINES: usize = 400;
const LONGER: &[(&str, &str)] = &[];

/// A file as the checks see it: its path below the project, with slashes, and its text.
struct Source {
    path: String,
    text: String,
}

fn level(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|names| names.contains(&layer))
}

/// Everything that is wrong with these files, one line each.
fn faults(sources: &[Source], longer: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for Source { path, text } in sources {
        let lines = text.lines().count();
        let longer = longer.iter().any(|(allowed, _)| allowed == path);
        if lines > LINES && !longer {
            found.push(format!("{path}: {lines} lines, more than {LINES}"));
        } else if lines <= LINES && longer {
            found.push(format!("{path}: is short enough now; strike it from the list of longer files"));
        }
        if path.ends_with("/mod.rs") {
            found.push(format!("{path}: a module is foo.rs beside foo/, never mod.rs"));
        }
        if let Some(module) = module_of(path) {
            faults_of_module(&mut found, path, &module, &strip(text));
        }
    }
    found
}

fn faults_of_module(found: &mut Vec<String>, path: &str, module: &str, code: &str) {
    let layer = module.split("::").next().unwrap_or_default();
    let Some(own) = level(layer) else {
        found.push(format!("{path}: {layer} is no layer we know"));
        return;
    };
    for used in roots_named(code, module) {
        if used == "*" {
            found.push(format!("{path}: imports everything from the crate's root"));
        } else if used != layer && level(&used).is_some_and(|l| l >= own) {
            found.push(format!("{path}: {layer} uses {used}, which is not below it"));
        }
    }
    let named = crates_named(code);
    for (name, allowed) in CRATES {
        let inside = |a: &&str| *module == **a || module.starts_with(&format!("{a}::"));
        if named.iter().any(|n| n == name) && !allowed.iter().any(inside) {
            found.push(format!("{path}: {name} belongs to {}", allowed.join(", ")));
        }
    }
    if layer == "domain" {
        for name in IMPURE.iter().filter(|n| named.iter().any(|m| m == *n)) {
            found.push(format!("{path}: the pure rules name {name}"));
        }
        for word in IMPURE_WORDS.iter().filter(|w| has_word(code, w)) {
            found.push(format!("{path}: the pure rules say {word}"));
        }
    }
}

fn read(folder: &Path, sources: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).expect("a folder of ours") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let below = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("below the project");
            let text = std::fs::read_to_string(&path).expect("readable");
            sources.push(Source { path: below.to_str().expect("a plain name").to_owned(), text });
        }
    }
}

#[test]
fn the_house_stands_as_it_was_drawn() {
    let mut sources = Vec::new();
    for folder in ["src", "tests"] {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut sources);
    }
    assert!(sources.len() > 50, "too few files were found");
    let mut report = String::new();
    for fault in faults(&sources, LONGER) {
        writeln!(report, "{fault}").expect("a string");
    }
    assert!(report.is_empty(), "\n{report}");
    for (path, _) in LONGER {
        assert!(sources.iter().any(|s| s.path == *path), "{path} is gone; strike it from the list");
    }
}

/// The faults of one planted file, where these may be longer.
fn planted_among(path: &str, text: &str, longer: &[(&str, &str)]) -> Vec<String> {
    faults(&[Source { path: path.to_owned(), text: text.to_owned() }], longer)
}

/// The faults of one planted file.
fn planted(path: &str, text: &str) -> Vec<String> {
    planted_among(path, text, LONGER)
}

#[test]
fn a_planted_upward_use_is_found_however_it_is_written() {
    for text in [
        "use crate::service::Hotline;",
        "fn f() { crate::service::f(); }",
        "use crate::{kernel::id::CaseId, service::Hotline};",
        "use crate::{\n    kernel::{Clock, Entropy},\n    service,\n};",
        "use crate :: service;",
        "use super::super::service::Hotline;",
        "macro_rules! m { () => { $crate::service::f() }; }",
        "pub(in crate::service) fn f() {}",
        "use tinan::service;",
        "use crate::{self as root, service as s};",
        "mod tests { fn f() { super::super::super::service::f() } }",
    ] {
        let found = planted("src/store/cases.rs", text);
        assert_eq!(found, ["src/store/cases.rs: store uses service, which is not below it"], "{text}");
    }
    assert_eq!(planted("src/store/cases.rs", "use crate::*;").len(), 1);
}

#[test]
fn what_lies_below_or_within_may_be_used_and_comments_may_say_anything() {
    for text in [
        "use crate::kernel::Clock; use crate::vault::Sealed; use crate::store::Tx; use super::Tx;",
        "//! See [`crate::service`].\n/// crate::cli\n/* crate::boot /* crate::cli */ crate::jobs */",
        "const S: &str = \"crate::service\"; const R: &str = r#\"\"crate::cli\"#; const C: char = '\"';",
        "fn f<'a>(x: &'a str) -> &'a str { x }",
        "mod service_like { } use super::super::store::Tx;",
        "fn f() {} mod tests { use super::super::*; use super::super::service; }",
        "use other_crate::service::X; use x::crate_service::y;",
    ] {
        assert_eq!(planted("src/store/cases.rs", text), [""; 0], "{text}");
    }
}

#[test]
fn neighbours_on_one_floor_do_not_use_each_other() {
    for (path, text) in [
        ("src/console/page.rs", "use crate::api::X;"),
        ("src/citizen.rs", "use crate::channels::X;"),
        ("src/jobs.rs", "use crate::{channels::telegram::X};"),
        ("src/text.rs", "use crate::vault::X;"),
        ("src/domain/case.rs", "use crate::text::X;"),
        ("src/kernel/id.rs", "use crate::domain::X;"),
        ("src/boot.rs", "use crate::cli::X;"),
        ("src/service/queue.rs", "use crate::web::X;"),
    ] {
        assert_eq!(planted(path, text).len(), 1, "{path}: {text}");
    }
    assert_eq!(planted("src/main.rs", "use tinan::cli; use anyhow::Result;"), [""; 0]);
    assert_eq!(planted("src/newcomer.rs", "").len(), 1, "an unknown layer has no place");
}

#[test]
fn a_crate_in_the_wrong_layer_is_found() {
    for (path, text) in [
        ("src/service/intake.rs", "fn f(e: sqlx::Error) {}"),
        ("src/service/intake.rs", "use sqlx;"),
        ("src/service/intake.rs", "use {sqlx::Row};"),
        ("src/store/cases.rs", "use aes_gcm::Aes256Gcm;"),
        ("src/service/access.rs", "use ::argon2::Argon2;"),
        ("src/service/intake.rs", "use axum::Router;"),
        ("src/channels/zalo.rs", "use teloxide::Bot;"),
        ("src/service/error.rs", "use anyhow::Result;"),
    ] {
        assert_eq!(planted(path, text).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        ("src/store/tx.rs", "use sqlx::Row;"),
        ("src/channels/telegram/send.rs", "use teloxide::Bot; use axum::Router;"),
        ("src/web.rs", "use axum::Router;"),
        ("src/service/intake.rs", "let sqlx = 1; x.sqlx(); my::sqlx::f();"),
    ] {
        assert_eq!(planted(path, text), [""; 0], "{path}: {text}");
    }
}

#[test]
fn the_pure_rules_stay_pure() {
    for text in [
        "use tokio::sync::Mutex;",
        "async fn f() {}",
        "fn f() { tracing::info!(\"x\"); }",
        "fn f() { std::fs::read(\"x\"); }",
        "use std::time::SystemTime;",
    ] {
        assert_eq!(planted("src/domain/case.rs", text).len(), 1, "{text}");
    }
    assert_eq!(planted("src/domain/case.rs", "use std::time::Duration; fn asynchronous() {}"), [""; 0]);
}

#[test]
fn long_files_and_mod_rs_are_found() {
    let long = "//\n".repeat(LINES + 1);
    assert_eq!(planted("src/domain/case.rs", &long).len(), 1);
    assert_eq!(planted("tests/it/case.rs", &long).len(), 1);
    assert_eq!(planted("tests/it/case.rs", &"//\n".repeat(LINES)), [""; 0]);
    assert_eq!(planted("src/domain/mod.rs", "").len(), 1);
    let longer = [("src/domain/case.rs", "its reason")];
    assert_eq!(planted_among("src/domain/case.rs", "", &longer).len(), 1, "a needless exception");
    assert_eq!(planted_among("src/domain/case.rs", &long, &longer), [""; 0]);
}
