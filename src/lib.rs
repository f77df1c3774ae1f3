//! Tin An: a hotline that never loses a message.
//!
//! The layers, lowest first. A module uses only modules below it; `tests/architecture.rs` fails when
//! that breaks, because inside one crate the compiler would not notice.

pub mod kernel;
pub mod domain;
pub mod vault;
pub mod text;
pub mod store;
pub mod service;
pub mod web;
pub mod channels;
pub mod citizen;
pub mod console;
pub mod api;
pub mod jobs;
pub mod boot;
pub mod cli;
