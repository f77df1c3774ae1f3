//! The tokens of accounts whose messenger renews them. A refresh token counts once, so a row is only ever written over
//! the version that was read.

use uuid::Uuid;

use super::mailboxes::epoch_of;
use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::{RowId, TenantId};
use crate::vault::Sealed;

/// How the last renewal went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// The pair is the newest there is.
    Good,
    /// A renewal was begun; whether the messenger heard of it is not known.
    Asking,
    /// The messenger refused the refresh token.
    Failed,
}

impl TokenState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Asking => "asking",
            Self::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        match text {
            "good" => Ok(Self::Good),
            "asking" => Ok(Self::Asking),
            "failed" => Ok(Self::Failed),
            _ => Err(StoreError::Corrupt { table: "tokens", column: "state" }),
        }
    }
}

/// A row.
#[derive(Clone)]
pub struct TokenRow {
    /// Whose service.
    pub tenant: TenantId,
    /// Counts changes; 1 at first.
    pub version: i64,
    /// Hash of the token in the settings that this chain began with.
    pub seed: [u8; 32],
    /// Bound into the sealing.
    pub id: RowId,
    /// The transit key that sealed it.
    pub epoch: u32,
    /// The pair.
    pub sealed: Sealed,
    /// When the access token ends.
    pub expires: Timestamp,
    /// How the last renewal went.
    pub state: TokenState,
    /// Since when.
    pub changed: Timestamp,
}

type Row = (Uuid, i64, Vec<u8>, Uuid, i64, Vec<u8>, i64, String, i64);

impl Tx {
    /// The tokens of an account.
    pub async fn tokens(&mut self, channel: &str, bot: &str) -> Result<Option<TokenRow>, StoreError> {
        let row = fetch_optional!(
            self,
            Row,
            "SELECT tenant, version, seed, id, epoch, sealed, expires, state, changed FROM tokens
             WHERE channel = $1 AND bot = $2",
            channel,
            bot
        )?;
        row.map(row_of).transpose()
    }

    /// Writes the tokens over the version before `row.version`; [`StoreError::Stale`] if that is not what stands there.
    pub async fn put_tokens(&mut self, channel: &str, bot: &str, row: &TokenRow) -> Result<(), StoreError> {
        let changed = execute!(
            self,
            "INSERT INTO tokens (channel, bot, tenant, version, seed, id, epoch, sealed, expires, state, changed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (channel, bot) DO UPDATE SET version = excluded.version, seed = excluded.seed,
             id = excluded.id, epoch = excluded.epoch, sealed = excluded.sealed, expires = excluded.expires,
             state = excluded.state, changed = excluded.changed
             WHERE tokens.version = excluded.version - 1",
            channel,
            bot,
            row.tenant.uuid(),
            row.version,
            row.seed.as_slice(),
            row.id.uuid(),
            i64::from(row.epoch),
            row.sealed.as_bytes(),
            row.expires.as_millis(),
            row.state.as_str(),
            row.changed.as_millis()
        )?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// The newest day on which something came from a bot, as far as update numbers are remembered.
    pub async fn last_heard(&mut self, channel: &str, bot: &str) -> Result<Option<i64>, StoreError> {
        let (day,) = fetch_one!(
            self,
            (Option<i64>,),
            "SELECT MAX(day) FROM inbox_seen WHERE channel = $1 AND bot = $2",
            channel,
            bot
        )?;
        Ok(day)
    }
}

fn row_of(row: Row) -> Result<TokenRow, StoreError> {
    let (tenant, version, seed, id, epoch, sealed, expires, state, changed) = row;
    let corrupt = |column| StoreError::Corrupt { table: "tokens", column };
    Ok(TokenRow {
        tenant: TenantId::from_uuid(tenant),
        version,
        seed: seed.try_into().map_err(|_| corrupt("seed"))?,
        id: RowId::from_uuid(id),
        epoch: epoch_of("tokens", epoch)?,
        sealed: Sealed::from_row(sealed).map_err(|_| corrupt("sealed"))?,
        expires: Timestamp::from_millis(expires),
        state: TokenState::parse(&state)?,
        changed: Timestamp::from_millis(changed),
    })
}
