//! The raw floor: sealing a tip and storing it through the batching writer, without HTTP, parsing, reading or
//! answering. What the whole costs above it is what the edges cost.

use std::time::{Duration, Instant};

use anyhow::Result;
use tinan::store::intake::Opened;

use crate::forge::Forge;
use crate::ground::{Database, Ground};
use crate::measure::{Spread, rate};

/// Tips a second, with `tasks` senders who each wait for the commit before the next tip.
pub(crate) fn measure(database: Database, tasks: usize, stored: usize, time: Duration) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let ground = Ground::new(database).await?;
        let forge = Forge::new(&ground).await?;
        forge.fill(&ground, stored).await?;
        let writer = forge.writer(&ground)?;
        let start = Instant::now();
        let mut senders = Vec::new();
        for _ in 0..tasks {
            let (forge, writer) = (forge.clone(), writer.clone());
            senders.push(tokio::spawn(async move {
                let mut waits = Vec::new();
                while start.elapsed() < time {
                    let began = Instant::now();
                    let Opened::Numbered { .. } = writer.open_case(forge.tip()?).await? else {
                        anyhow::bail!("a new case is no repetition")
                    };
                    waits.push(began.elapsed());
                }
                Ok(waits)
            }));
        }
        let mut waits = Vec::new();
        for sender in senders {
            waits.extend(sender.await??);
        }
        let per_second = rate(waits.len(), start.elapsed());
        println!("  floor  {per_second:>7.0} tips/s   {}", Spread::of(waits));
        Ok(per_second)
    })
}
