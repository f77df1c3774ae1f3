//! How much the reconciler does.

use super::read::Reader;
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
