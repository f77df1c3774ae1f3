//! Pure rules: no async, no I/O, no clock, no randomness.

pub mod case;
pub mod deadline;
pub mod document;
pub mod lane;
pub mod number;
pub mod policy;
pub mod receipt;
pub mod state;
