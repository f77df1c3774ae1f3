//! `tinan report`: figures for the operator and those the service answers to. Counts only.

use std::process::ExitCode;

use anyhow::Result;

use crate::boot::config::Config;
use crate::boot::open::{Base, Told};
use crate::domain::lane::Kind;
use crate::domain::number::year_of;
use crate::domain::tally::{Figures, begin_of};
use crate::kernel::{Clock, Entropy};
use crate::service::tally::DayTally;
use crate::text::day;

/// Figures without content
#[derive(clap::Subcommand)]
pub(super) enum Report {
    /// Received = open + closed + folded, day by day, and the numbers given
    Tally {
        /// Only the days of this year
        #[arg(long)]
        year: Option<i64>,
    },
}

pub(super) async fn run(config: &Config, Report::Tally { year }: &Report) -> Result<ExitCode> {
    let base = Base::existing(config, Clock::System, Entropy::System).await?;
    let hotline = base.hotline(config).await?;
    let days = hotline.tallies_after(i64::MIN).await.map_err(Told::from)?;
    let now = hotline.figures_now().await.map_err(Told::from)?;
    println!(
        "{:<11} {:<12} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "day", "lane", "that day", "received", "open", "closed", "folded"
    );
    let mut before = Figures::default();
    let mut faults = Vec::new();
    for tally in days {
        if year.is_none_or(|y| year_of(begin_of(tally.day)) == y) {
            print_figures(&day(begin_of(tally.day)), &tally.figures, &before);
            faults.extend(faults_of(&tally));
        }
        before = tally.figures;
    }
    print_figures("now", &now, &before);
    for given in now.series.iter().filter(|s| year.is_none_or(|y| s.year == y)) {
        println!("numbers {} {}: {}", given.kind.as_str(), given.year, given.last);
    }
    faults.extend(now.faults().into_iter().map(|f| format!("now: {f}")));
    for fault in &faults {
        println!("FAULT  {fault}");
    }
    if faults.is_empty() {
        println!("Received = open + closed + folded, and each day follows from the one before.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("The figures do not hold: run `tinan audit verify` and keep the database as it is.");
    Ok(ExitCode::FAILURE)
}

fn faults_of(tally: &DayTally) -> Vec<String> {
    let name = day(begin_of(tally.day));
    let mut all: Vec<String> = tally.figures.faults().into_iter().map(|f| format!("{name}: {f}")).collect();
    if !tally.holds {
        all.push(format!("{name}: does not follow from the day before"));
    }
    all
}

/// One line a lane; lanes of which nothing ever came are left out.
fn print_figures(name: &str, figures: &Figures, before: &Figures) {
    for kind in Kind::ALL {
        let lane = figures.lane(kind);
        if lane.received == 0 && lane.open == 0 && lane.closed == 0 {
            continue;
        }
        let that_day = lane.received - before.lane(kind).received;
        println!(
            "{name:<11} {:<12} {that_day:>9} {:>9} {:>9} {:>9} {:>9}",
            kind.as_str(),
            lane.received,
            lane.open,
            lane.closed,
            lane.folded
        );
    }
}
