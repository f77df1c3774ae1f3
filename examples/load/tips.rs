//! Tips over HTTP: kept connections, each sending the next tip as soon as the last is answered. After each
//! round the server is killed without warning, and the database must hold every tip that got a 201, under
//! numbers without a gap.

use std::collections::HashSet;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tinan::boot::open::connect;

use crate::floor;
use crate::forge::{Forge, WORDS};
use crate::ground::{Database, Ground};
use crate::measure::{Spread, memory, processor_time, rate};
use crate::server::{Server, again_with_slow_fsync, is_slow};
use crate::wire::Wire;

/// What is left out of the figures: the first second, in which connections and statements are made.
const WARM_UP: Duration = Duration::from_secs(1);

#[derive(clap::Args, Clone)]
pub(crate) struct Args {
    /// Kept connections, one tip at a time each
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How long each round lasts
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Rounds: each the floor and then HTTP, on a fresh database
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Cases that are stored beforehand
    #[arg(long, default_value_t = 0)]
    stored: usize,
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
    /// With an Idempotency-Key on every request
    #[arg(long)]
    keyed: bool,
    /// Makes every fsync so much slower (needs cc)
    #[arg(long)]
    slow_fsync_ms: Option<u32>,
    /// A server that runs already, such as `http://127.0.0.1:8080`; its flood handling must be off
    #[arg(long)]
    url: Option<String>,
}

/// What one round came to.
struct Round {
    accepted: usize,
    time: Duration,
    waits: Spread,
    refused: usize,
    receipts: HashSet<String>,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    if let Some(ms) = args.slow_fsync_ms
        && !is_slow()
    {
        return again_with_slow_fsync(ms);
    }
    if let Some(url) = &args.url {
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        let address = host.to_socket_addrs()?.next().context("an address")?;
        let round = drive(&args, address).await?;
        return told(&round).map(|_| ());
    }
    let mut ratios = Vec::new();
    for round in 1..=args.rounds {
        println!("round {round}, {:?}, {} connections", args.database, args.connections);
        let own = args.clone();
        let floor = std::thread::spawn(move || {
            floor::measure(own.database, own.connections, own.stored, Duration::from_secs(own.seconds))
        });
        let floor = floor.join().map_err(|_| anyhow::anyhow!("the floor panicked"))??;
        ratios.push(one_round(&args).await? / floor);
    }
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (ratios.first().context("a round")?, ratios.last().context("a round")?);
    println!("HTTP against the floor: {least:.2} to {most:.2}");
    Ok(())
}

async fn one_round(args: &Args) -> Result<f64> {
    let ground = Ground::new(args.database).await?;
    Forge::new(&ground).await?.fill(&ground, args.stored).await?;
    let server = Server::start(&ground)?;
    let (idle, _) = memory(server.process())?;
    let before = processor_time(server.process())?;
    let round = drive(args, server.address).await?;
    let used = processor_time(server.process())?.saturating_sub(before);
    let (after, most) = memory(server.process())?;
    let per_second = told(&round)?;
    server.kill()?;
    let each = used.as_secs_f64() * 1e6 / rate(round.accepted, Duration::from_secs(1));
    println!(
        "         server: {each:.0} µs of processor time a tip; memory idle {idle} MiB, after {after} MiB, at most {most} MiB"
    );
    compare(&ground, args.stored, &round).await?;
    Ok(per_second)
}

/// Every tip that was answered is there, and no number is missing.
async fn compare(ground: &Ground, stored: usize, round: &Round) -> Result<()> {
    ensure!(round.receipts.len() == round.accepted, "two tips got one receipt");
    let mut tx = connect(&ground.config).await?.read().await?;
    let tenant = tx.tenants().await?.into_iter().next().context("a tenant")?;
    for (series, _, given, found) in tx.number_gaps(tenant.id).await? {
        ensure!(given == found, "{series} has gaps");
        let least = stored + round.accepted;
        ensure!(usize::try_from(given)? >= least, "{series}: {given} stored, {least} acknowledged");
    }
    let bytes = ground.sqlite_file().and_then(|f| f.metadata().ok()).map_or(0, |m| m.len());
    println!("         killed: all acknowledged are stored, no gaps (file {} MiB)", bytes >> 20);
    Ok(())
}

fn told(round: &Round) -> Result<f64> {
    let per_second = rate(round.waits.len(), round.time);
    println!("  HTTP   {per_second:>7.0} tips/s   {}, {} refused", round.waits, round.refused);
    ensure!(round.refused == 0, "no tip may be refused");
    Ok(per_second)
}

async fn drive(args: &Args, address: SocketAddr) -> Result<Round> {
    let start = Instant::now() + WARM_UP;
    let end = start + Duration::from_secs(args.seconds);
    let senders = tokio::task::LocalSet::new();
    let mut all = Vec::new();
    for sender in 0..args.connections {
        all.push(senders.spawn_local(send(address, (start, end), args.keyed.then_some(sender))));
    }
    senders.await;
    let (mut waits, mut accepted, mut refused, mut receipts) = (Vec::new(), 0, 0, HashSet::new());
    for sent in all {
        let sent = sent.await??;
        waits.extend(sent.waits);
        accepted += sent.receipts.len();
        refused += sent.refused;
        receipts.extend(sent.receipts);
    }
    Ok(Round { accepted, time: end - start, waits: Spread::of(waits), refused, receipts })
}

#[derive(Default)]
struct Sent {
    /// Of the tips answered within the measured time.
    waits: Vec<Duration>,
    /// Of all tips.
    receipts: Vec<String>,
    refused: usize,
}

async fn send(address: SocketAddr, (start, end): (Instant, Instant), keyed: Option<usize>) -> Result<Sent> {
    let mut wire = Wire::connect(address).await?;
    let mut sent = Sent::default();
    let body = serde_json::json!({ "text": WORDS, "locale": "vi" }).to_string();
    let plain = request(&body, "");
    for n in 0.. {
        let own;
        let bytes = match keyed {
            Some(sender) => {
                own = request(&body, &format!("idempotency-key: load-{sender:06}-{n:010}\r\n"));
                &own
            }
            None => &plain,
        };
        let began = Instant::now();
        let answer = wire.ask(bytes).await?;
        let now = Instant::now();
        if answer.status == 201 {
            sent.receipts.push(receipt(answer.body)?);
            if now >= start && now < end {
                sent.waits.push(now - began);
            }
        } else {
            sent.refused += 1;
        }
        if now >= end {
            break;
        }
    }
    Ok(sent)
}

fn request(body: &str, more: &str) -> Vec<u8> {
    format!(
        "POST /api/v1/tips HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{more}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn receipt(body: &[u8]) -> Result<String> {
    let body = std::str::from_utf8(body)?;
    let after = body.split_once(r#""receipt":""#).context("a receipt")?.1;
    Ok(after.split('"').next().unwrap_or_default().to_owned())
}
