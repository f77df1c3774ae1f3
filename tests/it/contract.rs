//! What the store promises, on both databases: every query is run here.

mod attendance;
mod audit;
mod away;
mod cases;
mod claims;
mod corrupt;
mod erasure;
mod inbox;
mod intake;
mod items;
mod keeping;
mod mailboxes;
mod nodes;
mod outbox;
mod people;
mod plans;
mod queue;
mod reconcile;
mod schema;
mod slices;
mod spool;
mod tally;
mod writer;
