//! The keyring of a node and the one that the database belongs to: whether they are the same, and how all nodes come
//! to another one when somebody may have copied the file.
//!
//! A renewal has three steps, and a crash between any two leaves an installation that starts: the new fingerprint is
//! announced beside the old one; the file is replaced; the new fingerprint takes the old one's place. While both
//! stand in the database, a node with either file is right.

use std::sync::Arc;

use super::{Error, Fault, Hotline};
use crate::store::audit::{Action, Entry};
use crate::store::writer::Work;
use crate::store::{StoreError, Tx, meta};
use crate::vault::Renewal;

impl Hotline {
    /// Starts new chains. Old keys stay until nothing needs them; a node with the old file is told at once.
    pub async fn renew_keys(&self) -> Result<(), Error> {
        let renewal = Renewal::draw(self.entropy()).map_err(|e| Error::Fault(Fault::new(e)))?;
        self.announce_keyring(&renewal).await?;
        self.write_keyring(renewal).await?;
        self.settle_keyring().await.map(|_| ())
    }

    /// The first step: a database that is away changes no file.
    pub async fn announce_keyring(&self, renewal: &Renewal) -> Result<(), Error> {
        let next: Arc<str> = written(&renewal.fingerprint()).into();
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let next = Arc::clone(&next);
                Box::pin(async move { Ok(tx.set_meta(meta::name::KEYRING_NEXT, &next).await?) })
            })
            .await
    }

    /// The second step; done again, it changes nothing.
    pub async fn write_keyring(&self, renewal: Renewal) -> Result<(), Error> {
        let (keyring, now) = (self.keyring().clone(), self.now());
        tokio::task::spawn_blocking(move || keyring.renew(&renewal, now))
            .await
            .map_err(|e| Error::Fault(Fault::new(e)))?
            .map_err(|e| Error::Fault(Fault::new(e)))
    }

    /// The third step, also for a renewal that was cut off after the second. Says whether there was anything to do.
    pub async fn settle_keyring(&self) -> Result<bool, Error> {
        let (tenant, hour) = (self.world().tenant.id, self.now().hour());
        let held: Arc<str> = written(&self.keyring().fingerprint()).into();
        if self.store().read().await?.meta(meta::name::KEYRING_NEXT).await?.as_deref() != Some(&*held) {
            return Ok(false);
        }
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                let held = Arc::clone(&held);
                Box::pin(async move {
                    if tx.meta(meta::name::KEYRING_NEXT).await?.as_deref() != Some(&*held) {
                        return Ok(false);
                    }
                    tx.set_meta(meta::name::KEYRING, &held).await?;
                    tx.forget_meta(meta::name::KEYRING_NEXT).await?;
                    tx.note(Entry::by_nobody(tenant, hour, Action::KeysRenewed, tenant.uuid()));
                    Ok(true)
                })
            })
            .await
    }

    /// Compares this node's keyring with the database. With another one it seals nothing in flight and takes no work:
    /// no other node could open what it made, and it would bury what the others sealed. The right file, put in its
    /// place, is taken without a restart.
    pub(super) async fn compare_keyring(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let fits = fits(tx, &written(&self.keyring().fingerprint())).await?;
        if fits == self.keyring().is_suspended() {
            self.keyring().suspend(!fits);
            if fits {
                tracing::warn!("the keyring is the one of this database again: going on");
            } else {
                tracing::error!(
                    "the keyring is not the one of this database any more: nothing in flight is taken. Bring the new \
                     file (`tinan keys export-node` on the node that renewed it)"
                );
            }
        }
        Ok(())
    }
}

/// Whether a keyring with this fingerprint is one that the database goes with.
pub async fn fits(tx: &mut Tx, fingerprint: &str) -> Result<bool, StoreError> {
    let current = tx.meta(meta::name::KEYRING).await?;
    let next = tx.meta(meta::name::KEYRING_NEXT).await?;
    Ok(current.is_none_or(|c| c == fingerprint) || next.is_some_and(|n| n == fingerprint))
}

/// A fingerprint as the database holds it.
#[must_use]
pub fn written(fingerprint: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(fingerprint)
}
