//! `tinan audit verify`.

use std::process::ExitCode;

use anyhow::Result;

use crate::boot::config::Config;
use crate::boot::open::{Base, Told};
use crate::kernel::{Clock, Entropy};

/// The audit log
#[derive(clap::Subcommand)]
pub(super) enum Audit {
    /// Check every link, every countersigned statement, every tally, and that nothing is missing in the books
    Verify,
}

pub(super) async fn run(config: &Config, Audit::Verify: &Audit) -> Result<ExitCode> {
    let base = Base::existing(config, Clock::System, Entropy::System).await?;
    let hotline = base.hotline(config).await?;
    let mut report = hotline.verify_audit().await.map_err(Told::from)?;
    let books = hotline.reconcile_whole().await.map_err(Told::from)?;
    report.faults.extend(books.iter().map(|s| format!("books: {} {}", s.kind.as_str(), s.object)));
    for (chain, links) in &report.chains {
        println!("chain {chain}: {links} links");
    }
    for (series, year, given) in &report.numbers {
        println!("numbers {series} {year}: {given}");
    }
    println!("countersigned statements: {}", report.checkpoints);
    println!("daily tallies: {}", report.tallies);
    for fault in &report.faults {
        println!("FAULT  {fault}");
    }
    if report.faults.is_empty() {
        println!("The audit log holds.");
        println!("The books agree.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("Not everything holds: keep the database as it is, and compare with the last backup.");
    Ok(ExitCode::FAILURE)
}
