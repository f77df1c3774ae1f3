//! `tinan audit verify`.

use std::process::ExitCode;

use anyhow::Result;

use crate::boot::config::Config;
use crate::boot::open::{Base, Told};
use crate::kernel::{Clock, Entropy};
use crate::service::Error;
use crate::service::reconcile::Whole;

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
    report.faults.extend(books(hotline.reconcile_whole().await));
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

/// What does not hold in the books. Whatever keeps them from being compared, the log was verified, and that is told.
fn books(compared: Result<Whole, Error>) -> Vec<String> {
    match compared {
        Ok(Whole { seen, unread }) => {
            let differs = seen.iter().map(|s| format!("books: {} {}", s.kind.as_str(), s.object));
            let unread = unread.map(|e| format!("books: files could not be looked at: {}", Told::from(e)));
            differs.chain(unread).collect()
        }
        Err(e) => vec![format!("books: could not be compared: {}", Told::from(e))],
    }
}
