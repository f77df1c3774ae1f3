//! The use-cases: one call, one unit of work.

pub mod channel;
