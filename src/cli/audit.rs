//! `tinan audit verify`.

use std::process::ExitCode;

use anyhow::Result;

use crate::boot::config::Config;
use crate::boot::open::{Base, Told};
use crate::kernel::{Clock, Entropy};

/// The audit log
#[derive(clap::Subcommand)]
pub(super) enum Audit {
    /// Check every link, every countersigned statement, and that no number is missing
    Verify,
}

pub(super) async fn run(config: &Config, Audit::Verify: &Audit) -> Result<ExitCode> {
    let base = Base::existing(config, Clock::System, Entropy::System).await?;
    let report = base.hotline(config).await?.verify_audit().await.map_err(Told::from)?;
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
        return Ok(ExitCode::SUCCESS);
    }
    println!("The audit log does not hold: keep the database as it is, and compare with the last backup.");
    Ok(ExitCode::FAILURE)
}
