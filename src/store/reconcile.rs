//! Looking for rows that belong together and do not agree. Nothing is changed here. Every question is bounded by
//! a stretch of positions, a page, or a table that is short by nature, and answered by an index: a test reads the
//! plans. All are asked inside one [`super::Store::snapshot`], so that what is in flight is never half seen.

mod cases;
mod counts;
mod journal;
mod numbers;
mod pages;
mod short;
#[cfg(test)]
mod tests;

pub use counts::Cell;
pub use numbers::Series;
pub use pages::{Page, ShelfRow};
pub use short::Patience;

/// How many sightings one question gives at most: more say nothing more to a person.
const MOST: i64 = 100;
