//! Tin An: a hotline that never loses a message.
//!
//! The layers, lowest first. A module uses only modules below it; `tests/architecture.rs` fails when
//! that breaks, because inside one crate the compiler would not notice.

pub mod console;
pub mod domain;
pub mod kernel;
pub mod service;
pub mod store;
pub mod text;
pub mod vault;
pub mod web;
