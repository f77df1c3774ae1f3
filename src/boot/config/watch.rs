//! How much the reconciler does, and what the public is told.

use super::read::Reader;
use crate::domain::tally::Publication;
use crate::service::reconcile::Pace;

pub(super) fn pace(r: &mut Reader) -> Option<Pace> {
    let new_rows = r.number("reconcile.new_rows", 100, 1_000_000);
    let old_rows = r.number("reconcile.old_rows", 10, 100_000);
    let margin = r.seconds("reconcile.margin_seconds", 5, 600);
    Some(Pace {
        new_rows: i64::try_from(new_rows?).ok()?,
        old_rows: i64::try_from(old_rows?).ok()?,
        margin: margin?,
    })
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
