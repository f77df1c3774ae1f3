//! The first page of a queue, with few cases stored and with many. What is measured is all that a request
//! costs behind HTTP: proving the session, the page, its summaries opened.

use std::time::{Duration, Instant};

use anyhow::Result;
use tinan::boot::open::Told;
use tinan::service::Hotline;

use crate::forge::Forge;
use crate::ground::{Database, Ground};
use crate::measure::{memory, times};

/// What the full queue is compared with.
const FEW: usize = 1000;
/// How often a page is asked for.
const TIMES: usize = 200;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Cases that wait in the end
    #[arg(long, default_value_t = 1_000_000)]
    cases: usize,
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let ground = Ground::new(args.database).await?;
    let forge = Forge::new(&ground).await?;
    let hotline = ground.node().await?;
    let token = ground.session(&hotline).await?;
    forge.fill(&ground, FEW).await?;
    let few = pages(&hotline, token.expose(), FEW).await?;
    let began = Instant::now();
    forge.fill(&ground, args.cases.saturating_sub(FEW)).await?;
    println!("{} more cases stored in {:.0} s", args.cases - FEW, began.elapsed().as_secs_f64());
    let many = pages(&hotline, token.expose(), args.cases).await?;
    println!("full against few: {:.2}", many.as_secs_f64() / few.as_secs_f64());
    start(&ground, args.cases).await
}

/// How long the first page takes; the median.
async fn pages(hotline: &Hotline, token: &str, cases: usize) -> Result<Duration> {
    let page = async || {
        let actor = hotline.actor(token).await.map_err(Told::from)?;
        let page = hotline.queue(&actor, "tips", None, None).await.map_err(Told::from)?;
        let opened = page.cases.iter().filter(|line| line.summary.is_some()).count();
        anyhow::ensure!(opened == 50, "{opened} of 50 summaries open");
        Ok(())
    };
    let first = times(1, page).await?;
    // the cheaper wraps are stored behind the first reader's back
    tokio::time::sleep(Duration::from_millis(500)).await;
    let later = times(TIMES, page).await?;
    println!("first page at {cases} cases: {later}   (very first opening {:?})", first.at(1000));
    Ok(later.at(500))
}

/// How long a node takes to open the full database, and what it holds in memory.
async fn start(ground: &Ground, cases: usize) -> Result<()> {
    let began = Instant::now();
    let server = crate::server::Server::start(ground)?;
    let time = began.elapsed();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (now, _) = memory(server.process())?;
    println!("a server at {cases} cases: listening after {time:?}, {now} MiB idle");
    Ok(())
}
