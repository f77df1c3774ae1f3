//! Whom it is about.

use super::intent::Decided;
use super::model::Odds;
use super::{About, Lean};

/// Whom a text is about.
pub(super) fn about(odds: &Odds, decided: &Decided) -> Option<About> {
    if matches!(decided.lane, Lean::Status | Lean::Unclear) {
        return None;
    }
    match odds.ranked("about").first()?.0 {
        "self" => Some(About::Oneself),
        "relative" => Some(About::Relative),
        "other" => Some(About::Other),
        _ => None,
    }
}
