//! Pure rules: no async, no I/O, no clock, no randomness.

#[cfg(test)]
mod labelled;
mod line;
pub mod letters;
pub mod lane;
pub mod locale;
pub mod contacts;
pub mod state;
pub mod number;
pub mod finding;
pub mod canary;
pub mod deadline;
pub mod callback;
pub mod case;
pub mod policy;
pub mod ringing;
pub mod document;
pub mod informant;
pub mod receipt;
pub mod taxonomy;
pub mod tally;
pub mod wording;
pub mod places;
pub mod dialogue;
pub mod likeness;
pub mod flood;
pub mod escalation;
