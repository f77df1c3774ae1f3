//! The few words every layer speaks: time, chance, identity, secrecy.

pub mod clock;
pub mod entropy;
pub mod id;
pub mod secret;

pub use clock::{Clock, Timestamp};
pub use entropy::{Entropy, NoEntropy};
pub use secret::Secret;
