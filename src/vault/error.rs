//! Why the vault refuses. Deliberately coarse: whoever altered a row learns nothing from the answer.

use crate::kernel::NoEntropy;

/// Why something was not sealed or does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The operating system gave no randomness, so nothing was sealed.
    #[error("the operating system gave no randomness")]
    NoEntropy,
    /// The bytes have no version, suite, kind or length that this program knows.
    #[error("not in a known sealed format")]
    Malformed,
    /// The wrap or grant is meant for another key than the one given.
    #[error("sealed for another key")]
    OtherKey,
    /// Another key, another place, or altered bytes: nothing of the content is released.
    #[error("does not open: another key, another place, or altered")]
    DoesNotOpen,
    /// The content is longer than one sealed item may be.
    #[error("too long for one sealed item")]
    TooLong,
    /// Attachments go through the streaming functions, everything else does not.
    #[error("this kind of item is sealed another way")]
    WrongKind,
    /// A public key that no honest key pair has.
    #[error("not a usable public key")]
    BadKey,
    /// The keyring is not the one of the database: what it sealed in flight, no other node could open.
    #[error("the keyring is not the one of the database")]
    OtherKeyring,
    /// A signature, or the standing of the one who signed, does not hold.
    #[error("not signed by anyone entitled to")]
    NotEntitled,
}

impl From<NoEntropy> for VaultError {
    fn from(_: NoEntropy) -> Self {
        Self::NoEntropy
    }
}
