//! A clock that jumps: days ahead, then back behind the start. In this process, because the real program has the
//! real time only.

use std::time::Duration;

use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::domain::receipt::Receipt;
use tinan::jobs;
use tinan::service::intake::Submission;

use super::line::Line;
use super::{Cell, size};
use crate::world::{START, World};

const DAY: Duration = Duration::from_hours(24);

/// A messenger's talk, or the intake behind pages and API; who only reports has nothing that a clock could upset.
pub(super) async fn jumps<L: Line>(line: &L) -> Option<Cell> {
    let world = World::open().await;
    let waits = line.messenger(&world, 1).is_some();
    if !waits && !line.spools() {
        return None;
    }
    let moments = [START, START.plus(40 * DAY), START.minus(DAY), START.plus(DAY / 24)];
    let (mut sent, few) = (0, size().few / 4);
    let mut receipts = Vec::new();
    for moment in moments {
        world.clock.set(moment);
        for n in sent + 1..=sent + few {
            match line.messenger(&world, 100_000 + n) {
                Some((channel, raw)) => {
                    let bot = (channel.name(), channel.bot());
                    assert_eq!(world.hotline.accept(bot, vec![raw], None).await.expect("accepts"), 1);
                }
                None => receipts.push(submit(&world).await),
            }
        }
        sent += few;
        world.hotline.upkeep().await.expect("keeps house");
        world.hotline.tend_keys().await.expect("tends keys");
        // Worked off only after the next jump, so that every message has one in between.
        if moment != START {
            work(line, &world).await;
        }
    }
    work(line, &world).await;
    for receipt in &receipts {
        let readings = Receipt::parse(receipt).expect("a receipt");
        world.hotline.look_up(&readings).await.expect("opens");
    }
    let stored = if waits { line.answered(100_001..100_001 + sent) } else { receipts.len() };
    assert!(world.hotline.verify_audit().await.expect("verifies").faults.is_empty());
    let told = if waits { format!("{stored} of {sent}") } else { "every receipt opens its case".to_owned() };
    Some(Cell::new("the clock jumps 40 days ahead, then back", sent, stored, told).whole())
}

async fn work<L: Line>(line: &L, world: &World) {
    if let Some((channel, _)) = line.messenger(world, 1) {
        jobs::drain(&world.hotline, &*channel).await.expect("works");
    }
}

async fn submit(world: &World) -> String {
    let submission = Submission {
        kind: Kind::Tips,
        text: "toi nao cung co nguoi ban ma tuy".to_owned(),
        locale: "vi".to_owned(),
        channel: "api".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    };
    let accepted = world.hotline.submit(submission, None).await.expect("taken");
    accepted.receipt
}
