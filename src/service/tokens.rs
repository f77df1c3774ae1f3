//! The tokens of an account whose messenger renews them, for all nodes together. A refresh token counts once and its
//! answer brings the next, so every step of a renewal is committed: the intent before the messenger is asked, the new
//! pair, with the entry in the audit log, right after.
//!
//! The pair lies sealed under the newest transit key and is sealed anew with every renewal, about twice a day. Should
//! renewals fail for days, the row keeps its key from being destroyed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::{Error, Fault, Hotline};
use crate::kernel::id::RowId;
use crate::kernel::{Secret, Timestamp};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::tokens::{TokenRow, TokenState};
use crate::store::writer::Work;
use crate::vault::{Purpose, sha256};

/// Which account: channel and bot.
pub type Account<'a> = (&'a str, &'a str);

/// What is inside the sealed row.
#[derive(Serialize, Deserialize, Zeroize)]
#[zeroize(drop)]
struct Body {
    access: String,
    refresh: String,
}

/// The tokens of an account as they stand.
pub struct Tokens {
    /// Opens the messenger until [`Self::expires`]; none before the first renewal.
    pub access: Option<Secret<String>>,
    /// Brings the next pair, once.
    pub refresh: Secret<String>,
    /// When the access token ends.
    pub expires: Timestamp,
    /// Counts changes; 0 when nothing is stored.
    pub version: i64,
    /// How the last renewal went.
    pub state: TokenState,
    /// Since when.
    pub changed: Timestamp,
}

/// What the messenger said to a renewal.
pub enum Renewed {
    /// The next pair.
    Pair {
        /// The access token.
        access: Secret<String>,
        /// The next refresh token.
        refresh: Secret<String>,
        /// When the access token ends.
        expires: Timestamp,
    },
    /// The refresh token does not count (any more): a person must authorise anew.
    Refused,
}

impl Hotline {
    /// The tokens of an account. `first` is the refresh token of the settings: it counts when nothing is stored, and
    /// again when it is another than the one that the stored chain began with.
    pub async fn tokens(&self, account: Account<'_>, first: &Secret<String>) -> Result<Tokens, Error> {
        let row = self.store().read().await?.tokens(account.0, account.1).await?;
        let version = row.as_ref().map_or(0, |r| r.version);
        let copy = |s: &str| Secret::new(s.to_owned());
        let Some(row) = row.filter(|r| r.seed == seed(first)) else {
            let begun = Timestamp::from_millis(0);
            let (state, refresh) = (TokenState::Good, copy(first.expose()));
            return Ok(Tokens { access: None, refresh, expires: begun, version, state, changed: begun });
        };
        let key = self.keyring().transit(row.epoch).ok_or(crate::vault::VaultError::OtherKey)?;
        let body = key.open(self.vault(), row.id, Purpose::Tokens, &row.sealed)?;
        let body: Body = serde_json::from_slice(body.expose()).map_err(|e| Error::Fault(Fault::new(e)))?;
        Ok(Tokens {
            access: Some(copy(&body.access)).filter(|a| !a.expose().is_empty()),
            refresh: copy(&body.refresh),
            expires: row.expires,
            version: row.version,
            state: row.state,
            changed: row.changed,
        })
    }

    /// Writes down that the messenger is about to be asked. What is asked with stays stored until the answer is.
    pub async fn begin_renewal(
        &self,
        account: Account<'_>,
        first: &Secret<String>,
        before: Tokens,
    ) -> Result<Tokens, Error> {
        let next =
            Tokens { version: before.version + 1, state: TokenState::Asking, changed: self.now(), ..before };
        self.put_tokens(account, first, &next, None).await?;
        Ok(next)
    }

    /// Writes the answer down, over what [`Self::begin_renewal`] wrote, in one commit with its audit entry.
    pub async fn end_renewal(
        &self,
        account: Account<'_>,
        first: &Secret<String>,
        (asked, said): (&Tokens, &Renewed),
    ) -> Result<Tokens, Error> {
        let copy = |s: &Secret<String>| Secret::new(s.expose().clone());
        let (version, changed) = (asked.version + 1, self.now());
        let (next, action) = match said {
            Renewed::Pair { access, refresh, expires } => {
                let (access, refresh) = (Some(copy(access)), copy(refresh));
                let state = TokenState::Good;
                let next = Tokens { access, refresh, expires: *expires, version, state, changed };
                (next, Action::TokensRenewed)
            }
            Renewed::Refused => {
                let (access, refresh) = (asked.access.as_ref().map(copy), copy(&asked.refresh));
                let (expires, state) = (asked.expires, TokenState::Failed);
                (Tokens { access, refresh, expires, version, state, changed }, Action::TokensRefused)
            }
        };
        self.put_tokens(account, first, &next, Some(action)).await?;
        Ok(next)
    }

    async fn put_tokens(
        &self,
        (channel, bot): Account<'_>,
        first: &Secret<String>,
        tokens: &Tokens,
        action: Option<Action>,
    ) -> Result<(), Error> {
        let key = self.keyring().newest_transit();
        let id = RowId::random(self.entropy())?;
        let access = tokens.access.as_ref().map(|a| a.expose().clone()).unwrap_or_default();
        let body = Body { access, refresh: tokens.refresh.expose().clone() };
        let body = Secret::new(serde_json::to_vec(&body).map_err(|e| Error::Fault(Fault::new(e)))?);
        let row = TokenRow {
            tenant: self.world().tenant.id,
            version: tokens.version,
            seed: seed(first),
            id,
            epoch: key.epoch(),
            sealed: key.seal(self.vault(), id, Purpose::Tokens, body.expose())?,
            expires: tokens.expires,
            state: tokens.state,
            changed: tokens.changed,
        };
        let unit = Arc::new((channel.to_owned(), bot.to_owned(), row));
        let (tenant, hour, node) = (self.world().tenant.id, self.now().hour(), self.node());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move {
                    tx.put_tokens(&unit.0, &unit.1, &unit.2).await?;
                    if let Some(action) = action {
                        tx.note(Entry::by_nobody(tenant, hour, action, node.uuid()));
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The last day on which something came from an account, in days since the Unix epoch.
    pub async fn last_heard(&self, (channel, bot): Account<'_>) -> Result<Option<i64>, Error> {
        Ok(self.store().read().await?.last_heard(channel, bot).await?)
    }
}

/// Tokens are long and random: a hash tells nothing about them.
fn seed(first: &Secret<String>) -> [u8; 32] {
    sha256(&[b"tokens begin with", first.expose().as_bytes()])
}
