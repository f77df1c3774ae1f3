//! Pure rules: no async, no I/O, no clock, no randomness.

pub mod contacts;
pub mod dialogue;
pub mod lane;
pub mod locale;
pub mod receipt;
pub mod wording;
