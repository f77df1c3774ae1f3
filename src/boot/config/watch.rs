//! How much the reconciler does, how often canaries are sent, and what the public is told.

use std::time::Duration;

use super::read::Reader;
use crate::domain::canary;
use crate::domain::tally::Publication;
use crate::service::reconcile::Pace;

/// A shelf may take so long for a page at most, however patient uploads are: a round holds a snapshot of the database.
const SHELF_PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn pace(r: &mut Reader) -> Option<Pace> {
    let new_rows = r.number("reconcile.new_rows", 100, 1_000_000);
    let old_rows = r.number("reconcile.old_rows", 10, 100_000);
    let margin = r.seconds("reconcile.margin_seconds", 5, 600);
    let patience = r.seconds("files.patience_seconds", 1, 120);
    Some(Pace {
        new_rows: i64::try_from(new_rows?).ok()?,
        old_rows: i64::try_from(old_rows?).ok()?,
        margin: margin?,
        shelf_patience: patience?.min(SHELF_PATIENCE),
    })
}

/// How often the service tries its own ways in. A line has at least two rounds before it is late: one that fails by chance
/// calls nobody.
pub(super) fn canary(r: &mut Reader) -> Option<canary::Pace> {
    let enabled = r.flag("canary.enabled");
    let every = r.seconds("canary.every_seconds", 30, 3600);
    let late = r.seconds("canary.late_seconds", 60, 24 * 3600);
    let keep = r.number("canary.keep_hours", 1, 48);
    let (every, late) = (every?, late?);
    if late < every * 2 {
        r.fault("canary.late_seconds", "must be at least twice canary.every_seconds");
        return None;
    }
    Some(canary::Pace { enabled: enabled?, every, late, keep: Duration::from_hours(keep?) })
}

pub(super) fn publication(r: &mut Reader) -> Option<Publication> {
    let public = r.flag("tally.public");
    let smallest = r.number("tally.smallest", 5, 10_000);
    let delay = r.number("tally.delay_days", 7, 365);
    let weeks = r.number("tally.weeks", 1, 104);
    Some(Publication {
        public: public?,
        smallest: i64::try_from(smallest?).ok()?,
        delay_days: i64::try_from(delay?).ok()?,
        weeks: i64::try_from(weeks?).ok()?,
    })
}
