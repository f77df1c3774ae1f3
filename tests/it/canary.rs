//! Canaries: each way in is tried by the service itself, a way that is broken turns red and green again, nobody outside
//! can make one, and nothing but canaries comes and goes with them.

mod around;
mod broken;
mod forged;
mod lines;

use std::sync::Arc;
use std::time::Duration;

use tinan::domain::canary::Line;
use tinan::jobs;
use tinan::service::channel::Channel;
use tinan::store::Store;

use crate::databases::Database;
use crate::world::World;

/// A world whose books are looked at by nobody else.
async fn world(store: Store) -> World {
    World::on(store, true).await
}

type Channels = Vec<Arc<dyn Channel>>;

/// One look at the lines; in between nobody works.
async fn tend(world: &World, channels: &Channels) {
    world.hotline.tend_canaries(channels).await.expect("tends");
}

/// What the workers of all channels do.
async fn work(world: &World, channels: &Channels) {
    for channel in channels {
        jobs::drain(&world.hotline, &**channel).await.expect("works");
    }
}

/// A whole round: sent, worked off, taken in.
async fn round(world: &World, channels: &Channels) {
    tend(world, channels).await;
    work(world, channels).await;
    tend(world, channels).await;
}

async fn lines(world: &World) -> Vec<(Line, bool)> {
    world.hotline.canaries().await.expect("reads").lines
}

async fn line(world: &World, name: &str) -> (Line, bool) {
    lines(world).await.into_iter().find(|(line, _)| line.name == name).expect("the line is served")
}

/// Names of the lines that are late.
async fn late(world: &World) -> Vec<String> {
    lines(world).await.into_iter().filter(|(_, late)| *late).map(|(line, _)| line.name).collect()
}

fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}

/// Every table that a citizen's message could be in or be counted in, with how many rows it has.
async fn elsewhere(database: &Database) -> Vec<(&'static str, i64)> {
    const TABLES: [&str; 20] = [
        "cases",
        "items",
        "wraps",
        "receipts",
        "register_entries",
        "counters",
        "desk_counts",
        "aside_counts",
        "folds",
        "mailboxes",
        "dialogues",
        "inbox",
        "outbox",
        "held",
        "dead_letters",
        "alarms",
        "notices",
        "replays",
        "events",
        "audit",
    ];
    let mut all = Vec::new();
    for table in TABLES {
        all.push((table, database.count(table).await));
    }
    all
}
