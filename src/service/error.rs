//! Two kinds of error: a [`Refusal`] is the caller's and is said in the reader's words; a [`Fault`] is ours,
//! gets an opaque id, and its chain of causes is logged once, at the edge.

use std::sync::Arc;

use crate::domain::callback;
use crate::domain::case::Refused;
use crate::domain::document::BadText;
use crate::domain::state::State;
use crate::kernel::{NoEntropy, Timestamp};
use crate::store::StoreError;
use crate::store::writer::AsStoreError;
use crate::vault::VaultError;

/// Why a use-case did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The caller's.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The caller's mistake, by kind. The kinds are stable: programs branch on them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing there for this caller: a wrong receipt, another desk's case, a desk that does not exist. One
    /// answer for all, because the difference would tell.
    #[error("not found")]
    NotFound,
    /// No or wrong credentials.
    #[error("not logged in")]
    NotLoggedIn,
    /// The role does not allow it.
    #[error("not allowed")]
    NotAllowed,
    /// The text cannot be taken.
    #[error(transparent)]
    Text(#[from] BadText),
    /// A field is missing or wrong; holds its name, never its value.
    #[error("{0} is missing or wrong")]
    Field(&'static str),
    /// Counselling needs consent.
    #[error("consent is missing")]
    NoConsent,
    /// The case has changed since the caller read it.
    #[error("stale: the case is at version {version}")]
    Stale {
        /// The current version.
        version: i64,
        /// The current state.
        state: State,
    },
    /// Somebody else works on the case.
    #[error("held by somebody else")]
    Held {
        /// Until when.
        until: Timestamp,
    },
    /// Only the holder can give a case back.
    #[error("not held by you")]
    NotHeld,
    /// There is no such step.
    #[error("no step from {from} to {to}")]
    NoStep {
        /// Where the case stands.
        from: State,
        /// Where it should have gone.
        to: State,
    },
    /// A step needs a reason.
    #[error("a reason is missing")]
    NoReason,
    /// The same `Idempotency-Key` came with another body.
    #[error("this key was used for another request")]
    OtherRequest,
    /// The login is taken.
    #[error("this login is taken")]
    Taken,
    /// The password is not strong enough.
    #[error("the password is too weak")]
    WeakPassword,
    /// The file is larger than may be taken.
    #[error("the file is too large")]
    TooLarge,
    /// Too many at once; try again in a moment.
    #[error("busy")]
    Busy,
    /// The service is not set up.
    #[error("not set up")]
    NotSetUp,
    /// It is set up already.
    #[error("set up already")]
    AlreadySetUp,
    /// The database is away: what is sent is kept, but nothing can be looked up.
    #[error("nothing can be looked up at the moment")]
    Degraded,
    /// Something about a call-back.
    #[error(transparent)]
    Callback(#[from] callback::Refused),
}

/// Our failure. The id is what a caller is told; the cause is for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("a fault")]
pub struct Fault {
    #[source]
    cause: Arc<dyn std::error::Error + Send + Sync>,
    away: bool,
    contention: bool,
}

impl Fault {
    /// Wraps a cause that is not of the store or the vault.
    pub fn new(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { cause: Arc::new(cause), away: false, contention: false }
    }

    /// Wraps a cause that will pass, or that a person has been called to mend: a caller is told that nothing was
    /// taken, and to come back.
    pub fn for_now(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { away: true, ..Self::new(cause) }
    }

    /// Whether nothing can be taken for now (the database is away), so that a caller can be told to come back.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        self.away
    }

    /// Whether the cause is a store fault of a kind.
    #[must_use]
    pub fn is(&self, kind: impl Fn(&StoreError) -> bool) -> bool {
        self.cause.downcast_ref::<StoreError>().is_some_and(kind)
    }

    /// The chain of causes on one line, for the log. Causes hold no content: vault and store see to that.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut out = self.cause.to_string();
        let mut cause = self.cause.source();
        while let Some(e) = cause {
            out.push_str(": ");
            out.push_str(&e.to_string());
            cause = e.source();
        }
        out
    }
}

impl Refusal {
    /// The stable word for programs, and the last part of the catalogue key `error.*`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NotLoggedIn => "not_logged_in",
            Self::NotAllowed => "not_allowed",
            Self::Text(BadText::Empty) => "text_empty",
            Self::Text(BadText::TooLong) => "text_too_long",
            Self::Field(_) => "bad_field",
            Self::NoConsent => "no_consent",
            Self::Stale { .. } => "stale",
            Self::Held { .. } => "held",
            Self::NotHeld => "not_held",
            Self::NoStep { .. } => "no_step",
            Self::NoReason => "no_reason",
            Self::OtherRequest => "other_request",
            Self::Taken => "taken",
            Self::WeakPassword => "weak_password",
            Self::TooLarge => "too_large",
            Self::Busy => "busy",
            Self::NotSetUp => "not_set_up",
            Self::AlreadySetUp => "already_set_up",
            Self::Degraded => "degraded",
            Self::Callback(why) => why.kind(),
        }
    }

    /// The HTTP status every edge gives it.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::NotLoggedIn => 401,
            Self::NotAllowed => 403,
            Self::TooLarge => 413,
            Self::Stale { .. }
            | Self::Held { .. }
            | Self::NotHeld
            | Self::NoStep { .. }
            | Self::Taken
            | Self::AlreadySetUp => 409,
            Self::Callback(why) if !why.is_input() => 409,
            Self::Busy | Self::NotSetUp | Self::Degraded => 503,
            Self::Text(_)
            | Self::Callback(_)
            | Self::Field(_)
            | Self::NoConsent
            | Self::NoReason
            | Self::OtherRequest
            | Self::WeakPassword => 422,
        }
    }
}

impl From<StoreError> for Error {
    fn from(e: StoreError) -> Self {
        let (away, contention) = (e.is_away(), e.is_contention());
        Self::Fault(Fault { cause: Arc::new(e), away, contention })
    }
}

impl From<VaultError> for Error {
    fn from(e: VaultError) -> Self {
        Self::Fault(if e == VaultError::OtherKeyring { Fault::for_now(e) } else { Fault::new(e) })
    }
}

impl From<NoEntropy> for Error {
    fn from(e: NoEntropy) -> Self {
        Self::Fault(Fault::new(e))
    }
}

impl From<BadText> for Error {
    fn from(e: BadText) -> Self {
        Self::Refused(Refusal::Text(e))
    }
}

impl From<callback::Refused> for Error {
    fn from(e: callback::Refused) -> Self {
        Self::Refused(Refusal::Callback(e))
    }
}

impl From<Refused> for Error {
    fn from(e: Refused) -> Self {
        Self::Refused(match e {
            Refused::Held(hold) => Refusal::Held { until: hold.until },
            Refused::NotHeld => Refusal::NotHeld,
            Refused::NoStep { from, to } => Refusal::NoStep { from, to },
            Refused::NoReason => Refusal::NoReason,
        })
    }
}

impl AsStoreError for Error {
    fn into_retryable(self) -> Result<StoreError, Self> {
        match self {
            // The cause is shared and cannot be taken out; what matters to the writer is only that it may try
            // again or that the database is away.
            Self::Fault(f) if f.contention || f.away => Ok(StoreError::Again { away: f.away }),
            other => Err(other),
        }
    }
}
