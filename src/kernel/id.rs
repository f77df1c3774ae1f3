//! Typed ids, so that a case can never be passed where a desk is meant. All are random (version 4): an id
//! with a time in it would tell when a citizen wrote.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Entropy, NoEntropy};

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new random id.
            pub fn random(entropy: &Entropy) -> Result<Self, NoEntropy> {
                entropy.uuid().map(Self)
            }

            /// From the value a database row or a sealed context holds.
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The plain value, for rows and sealed contexts.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// The 16 bytes that a sealed context binds.
            #[must_use]
            pub const fn bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(s: &str) -> Result<Self, NotAnId> {
                Uuid::try_parse(s).map(Self).map_err(|_| NotAnId)
            }
        }
    };
}

id!(
    /// One province's service.
    TenantId
);
id!(
    /// A team with a queue and a key pair.
    DeskId
);
id!(
    /// One tip or one counselling request.
    CaseId
);
id!(
    /// One sealed thing of a case.
    ItemId
);
id!(
    /// A member of staff.
    StaffId
);
id!(
    /// The way back to a citizen on a channel.
    MailboxId
);
id!(
    /// A row waiting to be sent or read.
    RowId
);
id!(
    /// This installation, fixed by the first set-up and bound into every sealed thing.
    DeploymentId
);
id!(
    /// One running process that writes.
    NodeId
);
id!(
    /// Cases that say the same, shown as one row.
    FoldId
);
id!(
    /// One call-back that somebody asked for.
    CallbackId
);
id!(
    /// One bulk act of a member on many cases.
    SweepId
);
