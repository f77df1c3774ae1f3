//! The fault matrix: every channel against every way for things to go wrong, with the real program. Each cell
//! states what was sent, what was stored and what was answered, and fails if anything was lost or doubled.
//!
//! `TINAN_TEST_MATRIX=FILE` appends the cells to a file as lines of a table; `TINAN_TEST_LONG=1` takes the numbers
//! of the issue (a backlog of 100,000) instead of the short ones. See docs/reliability.md.

mod cells;
mod clock;
mod line;
mod lines;
mod poll;
mod post;
mod storm;
mod wrong;

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

/// How long anything may take before it counts as lost; generous, because the machine may be busy.
const SOON: Duration = Duration::from_mins(1);

/// How many messages a cell sends, and how many the large ones.
struct Size {
    few: usize,
    burst: usize,
    backlog: usize,
}

fn size() -> Size {
    let long = std::env::var_os("TINAN_TEST_LONG").is_some();
    Size { few: 12, burst: 1_000, backlog: if long { 100_000 } else { 1_000 } }
}

/// What became of the messages of one cell.
struct Cell {
    fault: &'static str,
    sent: usize,
    stored: usize,
    answered: String,
}

impl Cell {
    fn new(fault: &'static str, sent: usize, stored: usize, answered: impl Into<String>) -> Self {
        Self { fault, sent, stored, answered: answered.into() }
    }

    /// Nothing lost, nothing doubled.
    fn whole(self) -> Self {
        assert_eq!(self.stored, self.sent, "{}: {} sent", self.fault, self.sent);
        self
    }

    fn print(&self, channel: &str) {
        let mut line = String::new();
        let Self { fault, sent, stored, answered } = self;
        write!(line, "| {channel} | {fault} | {sent} | {stored} | {answered} |").expect("a string");
        eprintln!("{line}");
        if let Some(path) = std::env::var_os("TINAN_TEST_MATRIX") {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            writeln!(file.expect("a file"), "{line}").expect("written");
        }
    }
}
