//! Starts the fake Zalo of the tests, plays the citizen, and runs a client that others wrote against it
//! (`tests/zalo/run.sh`). Fails when the client fails, or when it broke a rule that the fake keeps.

#[path = "../tests/support/remote.rs"]
#[expect(dead_code, unused_imports, reason = "this check needs a part of the fake only")]
#[expect(clippy::expect_used, reason = "a test's own")]
mod remote;
#[path = "../tests/support/zalo.rs"]
#[expect(dead_code, unused_imports, reason = "this check needs a part of the fake only")]
#[expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test's own")]
mod zalo;

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

const CHAT: &str = "6ede9afa66b88fe6d6a9";

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let python = args.next().context("which python?")?;
    let script = args.next().context("which script?")?;
    let fake = zalo::Fake::start();
    let citizen = fake.user(CHAT);
    citizen.writes("xin chào");
    citizen.writes("tin thứ hai");
    let status = Command::new(python).args([&script, &fake.url(), zalo::TOKEN, CHAT]).status()?;
    ensure!(status.success(), "the independent client failed");
    ensure!(citizen.hears().iter().any(|m| m == "chào bạn"), "{:#?}", citizen.hears());
    ensure!(fake.waiting() == 0, "an update was not handed out");
    ensure!(fake.hook().is_none(), "the webhook was not taken off");
    println!("{} calls, no rule broken", fake.journal().len());
    Ok(())
}
