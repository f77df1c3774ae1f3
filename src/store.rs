//! The only user of SQL. Statements are written once and run on SQLite and PostgreSQL alike; a query is a
//! method on [`Tx`], grouped by what it is about. Nothing unsealed can come here: rows take [`crate::vault::Sealed`].
//!
//! All short writes go through [`Writer`]: seal outside, commit together, answer after the commit.

#[macro_use]
mod tx;
#[macro_use]
mod bulk;
mod error;
mod migrate;

pub mod aside;
pub mod alarms;
pub mod audit;
pub mod callbacks;
mod calls;
pub mod canaries;
pub mod cases;
pub mod clock;
pub mod counters;
pub mod files;
pub mod findings;
pub mod folds;
mod held;
pub mod inbox;
pub mod intake;
pub mod items;
pub mod leases;
pub mod mailboxes;
pub mod meta;
pub mod notices;
pub mod outbox;
pub mod people;
pub mod queue;
pub mod reconcile;
pub mod replays;
pub mod spool;
pub mod tallies;
pub mod sweeps;
pub mod tokens;
pub mod writer;

pub use error::StoreError;
pub use tx::{Backend, Ear, Store, StoreOptions, Tx};
pub use writer::Writer;
