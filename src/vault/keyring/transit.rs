//! Transit keys: what seals raw updates, drafts, queued messages and replayable answers while they wait.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::blob::{self, Framing};
use super::super::hash::{expand, extract, hmac256};
use super::super::{ItemKind, Place, Sealed, Vault, VaultError};
use super::chain::Age;
use crate::kernel::Secret;
use crate::kernel::id::{CaseId, ItemId, RowId};

/// What a row in flight is for; bound into the sealing, so that a row of one table cannot be put into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Purpose {
    /// A raw update of a channel, not yet handled.
    Update = 1,
    /// The state of a conversation and its draft.
    Dialogue = 2,
    /// A message waiting to be sent.
    Message = 3,
    /// A request kept in a file while the database is away.
    Spool = 4,
    /// A form filled in part, on the web.
    Draft = 5,
    /// An answer that a repeated request gets again.
    Replay = 6,
    /// The tokens of an account whose messenger renews them.
    Tokens = 7,
    /// A canary on its way: an update that nobody sent, or the answer to one.
    Canary = 8,
}

/// The key of one day.
pub struct TransitKey {
    age: Age,
    key: Zeroizing<[u8; 32]>,
    seals: bool,
}

impl From<(Age, Zeroizing<[u8; 32]>)> for TransitKey {
    fn from((age, key): (Age, Zeroizing<[u8; 32]>)) -> Self {
        Self { age, key, seals: true }
    }
}

/// What a stored answer belongs to.
pub struct Replay<'a> {
    /// What the row is found by: the hash of route, caller and key.
    pub found_by: [u8; 32],
    /// The hash of the request's body: the same key with another body opens nothing.
    pub request: [u8; 32],
    /// The `Idempotency-Key` or form token, which the server does not keep.
    pub token: &'a str,
}

impl TransitKey {
    /// The same key, of a keyring that must not seal.
    pub(super) fn shut(self) -> Self {
        Self { seals: false, ..self }
    }

    fn may_seal(&self) -> Result<(), VaultError> {
        if self.seals { Ok(()) } else { Err(VaultError::OtherKeyring) }
    }

    /// The epoch, to be stored beside what it sealed.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.age.epoch
    }

    /// The day it began, since the Unix epoch; for a key of a node ahead of us, our newest day.
    #[must_use]
    pub const fn day(&self) -> u32 {
        self.age.day
    }

    /// Seals a row in flight.
    pub fn seal(
        &self,
        vault: &Vault,
        row: RowId,
        purpose: Purpose,
        body: &[u8],
    ) -> Result<Sealed, VaultError> {
        self.may_seal()?;
        let context = self.context(vault, row, purpose);
        blob::seal(&vault.entropy, &self.key, Framing::Text, &[&context], body)
    }

    /// Opens a row in flight.
    pub fn open(
        &self,
        vault: &Vault,
        row: RowId,
        purpose: Purpose,
        sealed: &Sealed,
    ) -> Result<Secret<Vec<u8>>, VaultError> {
        let context = self.context(vault, row, purpose);
        let mut plain = blob::open(&self.key, Framing::Text, &[&context], sealed)?;
        Ok(Secret::new(std::mem::take(&mut *plain)))
    }

    /// A value by which the same thing is recognised within the day (a message that comes twice) and by nobody who
    /// lacks the key.
    #[must_use]
    pub fn tag(&self, of: &[u8]) -> [u8; 16] {
        let mac = hmac256(&expand(&self.key, &[b"hotline/v1 transit-tag"]), &[of]);
        let mut tag = [0; 16];
        tag.copy_from_slice(&mac[..16]);
        tag
    }

    /// What the key pair of the canaries is made of.
    pub(in crate::vault) fn canary_seed(&self) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        self.may_seal()?;
        Ok(expand(&self.key, &[b"hotline/v1 canary-x25519"]))
    }

    /// Seals the first answer to a request, so that only a repetition of that very request opens it.
    pub fn replay_seal(
        &self,
        vault: &Vault,
        replay: &Replay<'_>,
        answer: &[u8],
    ) -> Result<Sealed, VaultError> {
        self.may_seal()?;
        let context = self.context(vault, RowId::from_uuid(Uuid::nil()), Purpose::Replay);
        blob::seal(&vault.entropy, &self.replay_key(replay), Framing::Text, &[&context], answer)
    }

    /// Opens the answer to a repeated request; another body or another key opens nothing.
    pub fn replay_open(
        &self,
        vault: &Vault,
        replay: &Replay<'_>,
        sealed: &Sealed,
    ) -> Result<Secret<Vec<u8>>, VaultError> {
        let context = self.context(vault, RowId::from_uuid(Uuid::nil()), Purpose::Replay);
        let mut plain = blob::open(&self.replay_key(replay), Framing::Text, &[&context], sealed)?;
        Ok(Secret::new(std::mem::take(&mut *plain)))
    }

    /// What a row keeps to tell a repetition from another request under the same key. A hash of the body alone would
    /// tell a thief of the rows which telephone number it held, or whether it is a text that was guessed: there are few
    /// enough to try them all. This takes the day's key and the request's own, and neither is in a row.
    #[must_use]
    pub fn replay_mark(&self, replay: &Replay<'_>) -> [u8; 32] {
        *self.replay_use(b"hotline/v1 replay-mark", replay)
    }

    fn replay_key(&self, replay: &Replay<'_>) -> Zeroizing<[u8; 32]> {
        self.replay_use(b"hotline/v1 replay", replay)
    }

    fn replay_use(&self, label: &[u8], replay: &Replay<'_>) -> Zeroizing<[u8; 32]> {
        let prk = extract(self.key.as_slice(), replay.token.as_bytes());
        expand(&prk, &[label, &replay.found_by, &replay.request])
    }

    /// Kind 10; the part says what for, the revision which epoch.
    fn context(&self, vault: &Vault, row: RowId, purpose: Purpose) -> [u8; super::super::place::CONTEXT] {
        let place = Place {
            kind: ItemKind::Transit,
            item: ItemId::from_uuid(row.uuid()),
            case: CaseId::from_uuid(Uuid::nil()),
            part: purpose as u16,
            rev: self.age.epoch,
        };
        place.context(vault.deployment)
    }
}
