//! Where the program is put together: settings, the data folder, the database, the service, the HTTP server,
//! and how all of it starts and stops. The command line drives it; nothing below knows it.
//!
//! Reading order: [`config`] (what the operator can set), [`place`] (the data folder), [`open`] (from a folder
//! and a database to a service), [`mount`] (which edges hang where), [`lifecycle`] (start, set-up noticed,
//! stop), and [`demo`].

pub mod config;
pub mod demo;
pub mod door;
pub mod establish;
pub mod examine;
pub mod harden;
pub mod http;
pub mod lifecycle;
pub mod lineup;
pub mod metrics;
pub mod mount;
pub mod open;
pub mod place;
pub mod probe;
pub mod telemetry;
