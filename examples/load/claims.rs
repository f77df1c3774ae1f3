//! Many officers ask for the next case at once, each again as soon as it has one. No case may go to two.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tinan::boot::open::Told;
use tinan::service::{Actor, Hotline};

use crate::forge::Forge;
use crate::ground::{Database, Ground};
use crate::measure::{Spread, rate};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(long, default_value_t = 32)]
    officers: usize,
    /// Cases that wait
    #[arg(long, default_value_t = 100_000)]
    queue: usize,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Rounds on the same queue
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
    /// Nodes that share the database; the officers are spread over them
    #[arg(long, default_value_t = 1)]
    nodes: usize,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let ground = Ground::new(args.database).await?;
    let began = Instant::now();
    Forge::new(&ground).await?.fill(&ground, args.queue).await?;
    println!("{} cases stored in {:.0} s", args.queue, began.elapsed().as_secs_f64());
    let mut nodes = vec![ground.node().await?];
    let officers = match nodes.first() {
        Some(first) => ground.officers(first, args.officers).await?,
        None => Vec::new(),
    };
    let officers: Vec<Arc<Actor>> = officers.into_iter().map(Arc::new).collect();
    while nodes.len() < args.nodes {
        nodes.push(ground.node().await?);
    }
    let mut given = HashSet::new();
    for round in 1..=args.rounds {
        let start = Instant::now();
        let end = start + Duration::from_secs(args.seconds);
        let mut all = Vec::new();
        for (officer, node) in officers.iter().zip(nodes.iter().cycle()) {
            all.push(tokio::spawn(claim_until(node.clone(), Arc::clone(officer), end)));
        }
        let mut waits = Vec::new();
        for one in all {
            for (case, wait) in one.await?? {
                ensure!(given.insert(case), "a case went to two officers");
                waits.push(wait);
            }
        }
        let per_second = rate(waits.len(), start.elapsed());
        println!(
            "round {round}, {:?}, {} nodes: {per_second:.0} claims/s   {}",
            args.database,
            args.nodes,
            Spread::of(waits)
        );
    }
    println!("{} claims, no case twice", given.len());
    Ok(())
}

async fn claim_until(
    node: Hotline,
    officer: Arc<Actor>,
    end: Instant,
) -> Result<Vec<(tinan::kernel::id::CaseId, Duration)>> {
    let mut claims = Vec::new();
    while Instant::now() < end {
        let asked = Instant::now();
        let Some(claimed) = node.next_case(&officer, "tips", None).await.map_err(Told::from)? else {
            anyhow::bail!("the queue is empty: it must be longer for so many claims")
        };
        claims.push((claimed.id, asked.elapsed()));
    }
    Ok(claims)
}
