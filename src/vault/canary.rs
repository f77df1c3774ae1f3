//! The key of the canaries: derived from the keyring, in memory only, alike on every node, new with each transit key.
//!
//! It stands in no directory and needs no signature: nobody hands it to the server, so nobody who writes to the
//! database can put another in its place. Its public half never leaves this file, and what it seals is made here from
//! a canary's name: no citizen's word can be sealed to it, by mistake or otherwise.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::blob::{self, Framing};
use super::wrap::{self, Bond, Object};
use super::{ItemKind, Place, PrivateKey, Recipient, Sealed, TransitKey, Vault, VaultError, Wrap};
use crate::domain::canary::words;
use crate::kernel::id::{CaseId, ItemId, RowId};

/// The key pair of the canaries of one day.
pub struct CanaryKey {
    epoch: u32,
    pair: PrivateKey,
}

/// What is stored of a canary that has arrived.
#[derive(Clone)]
pub struct SealedCanary {
    /// Its words.
    pub blob: Sealed,
    /// Their data key, for the key of the canaries.
    pub wrap: Wrap,
}

impl TransitKey {
    /// The key of the canaries that belongs to this transit key. Of a keyring that must not seal there is none.
    pub fn canaries(&self) -> Result<CanaryKey, VaultError> {
        let seed = self.canary_seed()?;
        Ok(CanaryKey { epoch: self.epoch(), pair: PrivateKey::from_seed(Recipient::Canary, &seed) })
    }
}

impl CanaryKey {
    /// The transit epoch it follows from, to be stored beside what it sealed.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Seals the words of a canary as an item of a case is sealed: under a data key of its own, which is wrapped.
    pub fn seal(&self, vault: &Vault, canary: RowId) -> Result<SealedCanary, VaultError> {
        let (place, dek) = (self.place(canary), Zeroizing::new(vault.entropy.bytes()?));
        let context = place.context(vault.deployment);
        let blob = blob::seal(&vault.entropy, &dek, Framing::Text, &[&context], words(canary).as_bytes())?;
        let wrap = wrap::seal(&vault.entropy, self.pair.public(), &bond(vault, canary), dek.as_slice())?;
        Ok(SealedCanary { blob, wrap })
    }

    /// Whether this opens and says what that canary must say.
    #[must_use]
    pub fn is_whole(&self, vault: &Vault, canary: RowId, sealed: &SealedCanary) -> bool {
        self.open(vault, canary, sealed).is_ok_and(|plain| plain.as_slice() == words(canary).as_bytes())
    }

    fn open(
        &self,
        vault: &Vault,
        canary: RowId,
        sealed: &SealedCanary,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let dek = wrap::open32(&self.pair, &bond(vault, canary), &sealed.wrap)?;
        let context = self.place(canary).context(vault.deployment);
        blob::open(&dek, Framing::Text, &[&context], &sealed.blob)
    }

    fn place(&self, canary: RowId) -> Place {
        Place {
            kind: ItemKind::Transit,
            item: ItemId::from_uuid(canary.uuid()),
            case: CaseId::from_uuid(Uuid::nil()),
            part: super::Purpose::Canary as u16,
            rev: self.epoch,
        }
    }
}

const fn bond(vault: &Vault, canary: RowId) -> Bond {
    Bond { deployment: vault.deployment, object: Object::DataKey, id: canary.uuid(), case: Uuid::nil() }
}

#[cfg(test)]
mod tests {
    use super::super::Keyring;
    use super::*;
    use crate::kernel::id::DeploymentId;
    use crate::kernel::{Entropy, Timestamp};

    #[test]
    fn a_canary_opens_on_every_node_of_the_keyring_and_nowhere_else() {
        let entropy = Entropy::seeded(5);
        let folder = tempfile::tempdir().expect("a folder");
        let now = Timestamp::from_millis(1_795_320_720_000);
        let ring = |name: &str| Keyring::create(&folder.path().join(name), &entropy, now).expect("a keyring");
        let (ours, theirs) = (ring("ours"), ring("theirs"));
        let vault = Vault::new(DeploymentId::random(&entropy).expect("seeded"), entropy.clone());
        let elsewhere = Vault::new(DeploymentId::random(&entropy).expect("seeded"), entropy.clone());
        let one = RowId::random(&entropy).expect("seeded");
        let other = RowId::random(&entropy).expect("seeded");
        let key = ours.newest_transit().canaries().expect("a key");
        let sealed = key.seal(&vault, one).expect("sealed");
        let again = Keyring::open(&folder.path().join("ours")).expect("the same file");
        let epoch = key.epoch();
        assert!(
            again.transit(epoch).expect("held").canaries().expect("a key").is_whole(&vault, one, &sealed)
        );
        assert!(!key.is_whole(&vault, other, &sealed), "another canary");
        assert!(!key.is_whole(&elsewhere, one, &sealed), "another installation");
        assert!(!theirs.newest_transit().canaries().expect("a key").is_whole(&vault, one, &sealed));
        let later = ours.transit(epoch + 1).expect("follows").canaries().expect("a key");
        assert!(!later.is_whole(&vault, one, &sealed), "another day");
        ours.suspend(true);
        assert!(
            ours.newest_transit().canaries().is_err(),
            "a keyring that is not the database's seals nothing"
        );
    }
}
