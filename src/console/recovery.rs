//! The sheets that are shown once after the set-up: three custodians' keys for each tree of desks, for three
//! different people, and the root key. The server keeps none of them.

use askama::Template;

use super::shell::Shell;
use super::words::Words;
use crate::service::setup::Established;

/// The page with the sheets.
#[derive(Template)]
#[template(path = "console/recovery.html")]
pub(super) struct Sheets {
    shell: Shell,
    trees: Vec<Tree>,
    root: String,
}

/// The sheets of one tree.
struct Tree {
    name: String,
    keys: Vec<(&'static str, String)>,
}

/// Lays the sheets out.
pub(super) fn handed_over(t: Words, made: &Established) -> Sheets {
    let trees = made
        .custodians
        .iter()
        .map(|(kind, keys)| Tree {
            name: super::labels::word(t, "desk", kind.as_str()),
            keys: ["A", "B", "C"].into_iter().zip(keys.iter().map(|k| k.expose().clone())).collect(),
        })
        .collect();
    Sheets { shell: Shell::outside(t), trees, root: made.root.expose().clone() }
}
