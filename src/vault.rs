//! Seal and open: the only user of the cryptographic crates.
