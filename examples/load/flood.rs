//! Real tips beside a flood of junk: where they stand in the queue, and what they wait, as ratios to the same tips on a
//! quiet day. Half of the junk says the same, half is all different, none of it shows proof; the real ones do.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tinan::boot::open::Told;
use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::service::Hotline;
use tinan::service::flood::Sender;
use tinan::service::intake::Submission;
use tinan::service::queue::List;

use crate::ground::{Database, Ground};
use crate::measure::{Spread, rate};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Junk messages
    #[arg(long, default_value_t = 100_000)]
    junk: usize,
    /// Real tips among them
    #[arg(long, default_value_t = 100)]
    real: usize,
    /// Senders of junk at once
    #[arg(long, default_value_t = 64)]
    senders: usize,
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
}

const STRANGER: Sender = Sender::Stranger { proven: false };
const PROVEN: Sender = Sender::Stranger { proven: true };

fn tip(text: String) -> Submission {
    Submission {
        kind: Kind::Tips,
        text,
        locale: "vi".to_owned(),
        channel: "api".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    }
}

/// A tip that no other is like.
fn real(n: usize) -> String {
    format!("Nhà số {n} ngõ {} có người tên Tý{n} bán ma túy, xe 20A-{n:03}.{:02} ra vào", n * 3 % 97, n % 89)
}

/// Words by turns, so that no two messages are alike.
fn different(n: usize) -> String {
    let word = |i: usize| format!("{:x}", (n + 17).wrapping_mul(2_654_435_761 + i * 40_503) % 0xf_ffff);
    (0..14).map(word).collect::<Vec<_>>().join(" ")
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let quiet_ground = Ground::new(args.database).await?;
    let quiet = send_real(&quiet_ground.watching_node().await?, args.real, Duration::ZERO).await?;
    println!("quiet    {quiet}");

    let ground = Ground::new(args.database).await?;
    let node = ground.watching_node().await?;
    let (next, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let began = Instant::now();
    let mut senders = Vec::new();
    for _ in 0..args.senders {
        let (node, next, over) = (node.clone(), Arc::clone(&next), Arc::clone(&over));
        senders.push(tokio::spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= args.junk {
                    over.store(true, Ordering::Relaxed);
                    return anyhow::Ok(());
                }
                let text = if n % 2 == 0 {
                    "Mua số đẹp giá rẻ, bấm ngay hôm nay".to_owned()
                } else {
                    different(n)
                };
                node.submit_from(STRANGER, tip(text), None).await.map_err(Told::from)?;
            }
        }));
    }
    // Spread over the flood, by how much of it has come.
    let mut waits = Vec::new();
    for n in 0..args.real {
        while next.load(Ordering::Relaxed) < n * args.junk / args.real.max(1) && !over.load(Ordering::Relaxed)
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        waits.extend(one(&node, n).await?);
    }
    for sender in senders {
        sender.await??;
    }
    let per_second = rate(args.junk, began.elapsed());
    let flooded = Spread::of(waits);
    println!("flooded  {flooded}   at {per_second:.0} junk messages/s");
    let ratio = |permille| flooded.at(permille).as_secs_f64() / quiet.at(permille).as_secs_f64();
    println!("ratio    p50 {:.2}, p99 {:.2}", ratio(500), ratio(990));
    places(&ground, &node, &args).await
}

async fn send_real(node: &Hotline, amount: usize, pause: Duration) -> Result<Spread> {
    let mut waits = Vec::new();
    for n in 0..amount {
        waits.extend(one(node, n).await?);
        tokio::time::sleep(pause).await;
    }
    Ok(Spread::of(waits))
}

async fn one(node: &Hotline, n: usize) -> Result<Option<Duration>> {
    let asked = Instant::now();
    node.submit_from(PROVEN, tip(real(n)), None).await.map_err(Told::from)?;
    Ok(Some(asked.elapsed()))
}

/// Where the real ones stand in the working queue, and what the rest became.
async fn places(ground: &Ground, node: &Hotline, args: &Args) -> Result<()> {
    let officers = ground.officers(node, 1).await?;
    let lead = officers.first().context("the lead")?;
    let (mut at, mut after, mut found) = (0, None, HashMap::new());
    let asked = Instant::now();
    let mut first_page = None;
    loop {
        let page = node.list(lead, "tips", List::Main, after.as_deref()).await.map_err(Told::from)?;
        first_page.get_or_insert_with(|| asked.elapsed());
        for line in &page.cases {
            at += 1;
            let said = line.summary.as_ref().map(|s| s.line.clone()).unwrap_or_default();
            found.insert(said, at);
        }
        after = page.next;
        if after.is_none() {
            println!(
                "rows     {at} in the working queue, {} in the side queue, {} beneath rows",
                page.side, page.folded
            );
            ensure!(
                usize::try_from(page.folded)? + at + usize::try_from(page.side)? == args.junk + args.real
            );
            break;
        }
    }
    let places: Vec<usize> = (0..args.real).filter_map(|n| found.get(&real(n)).copied()).collect();
    ensure!(places.len() == args.real, "{} real tips are not in the working queue", args.real - places.len());
    ensure!(places.is_sorted(), "the real ones are not in the order of arrival");
    let last = places.last().copied().unwrap_or_default();
    println!("real     all {} in the working queue, in order, the last at row {last}", places.len());
    println!("page     the first in {:.1} ms", first_page.unwrap_or_default().as_secs_f64() * 1000.0);
    Ok(())
}
