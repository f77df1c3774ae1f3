//! Load for the goals of speed: what they are, how to repeat them and what came out is in
//! `docs/performance.md`. Everything runs on throw-away data; `tips` can also drive a server that runs already.
//!
//! ```text
//! cargo run --release --example load -- tips [--database postgres] [--slow-fsync-ms 3] [--stored 100000]
//! cargo run --release --example load -- claims [--database postgres --nodes 3]
//! cargo run --release --example load -- queue --cases 1000000
//! cargo run --release --example load -- open
//! cargo run --release --example load -- flood [--junk 100000 --real 100] [--database postgres]
//! ```

#[expect(
    dead_code,
    clippy::expect_used,
    reason = "made for tests: what they stop and look at, a load does not"
)]
#[path = "../tests/support/cluster.rs"]
mod cluster;
#[path = "load/claims.rs"]
mod claims;
#[path = "load/flood.rs"]
mod flood;
#[path = "load/floor.rs"]
mod floor;
#[path = "load/forge.rs"]
mod forge;
#[path = "load/ground.rs"]
mod ground;
#[path = "load/measure.rs"]
mod measure;
#[path = "load/open.rs"]
mod open;
#[path = "load/queue.rs"]
mod queue;
#[path = "load/server.rs"]
mod server;
#[path = "load/tips.rs"]
mod tips;
#[path = "load/wire.rs"]
mod wire;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures how much Tin An bears.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tips through `POST /api/v1/tips`, against the raw floor
    Tips(tips::Args),
    /// Claims by many officers at once: no case may go to two
    Claims(claims::Args),
    /// The first page of a queue, nearly empty and full
    Queue(queue::Args),
    /// One case with twenty messages, opened again and again
    Open(open::Args),
    /// Real tips beside a flood of junk: their place and their speed
    Flood(flood::Args),
    /// The server that `tips` starts: not for people
    #[command(hide = true)]
    Serve,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        // one thread for the load: the other belongs to the server
        Command::Tips(args) => one_thread()?.block_on(tips::run(args)),
        Command::Claims(args) => all_threads()?.block_on(claims::run(args)),
        Command::Queue(args) => all_threads()?.block_on(queue::run(args)),
        Command::Open(args) => all_threads()?.block_on(open::run(args)),
        Command::Flood(args) => all_threads()?.block_on(flood::run(args)),
        Command::Serve => all_threads()?.block_on(server::serve()),
    }
}

fn one_thread() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn all_threads() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
