//! Which desk and how urgent: decided once, before anything is sealed, for all edges alike.

use super::World;
use crate::domain::case::Priority;
use crate::domain::document::Details;
use crate::domain::lane::Kind;
use crate::domain::taxonomy::OFFICIALS;

/// Where what arrived belongs and how urgent it is. A tip about officials goes to the oversight desk, which the
/// tips desks cannot see; an installation without one keeps it at the tips desk rather than turn it away.
#[must_use]
pub fn triage(world: &World, kind: Kind, details: Details) -> (Kind, Priority, Details) {
    let officials = details.categories.iter().any(|c| c == OFFICIALS);
    let kind = match kind {
        Kind::Tips if officials && world.has_oversight() => Kind::Oversight,
        Kind::Oversight if !world.has_oversight() => Kind::Tips,
        other => other,
    };
    let priority = if details.crisis.is_some() {
        Priority::LIFE
    } else if details.ongoing == Some(true) {
        Priority::URGENT
    } else {
        Priority::NORMAL
    };
    (kind, priority, details)
}
