//! The keyring: the only secret file of a server. It opens what is in flight (transit keys, new each day) and finds
//! the open ways back (mailbox keys, new each week); no tip, no thread, no address lies under it.
//!
//! Both kinds form one-way chains: from the newest chain key all later ones follow and no earlier one, so nodes
//! that were given the same file go on alike, and a destroyed key is gone. What is used is derived from the chain
//! key and kept apart from it, so that keeping one old key for a row that still needs it keeps no other.
//!
//! The newest key held seals, never one chosen by date. The vault destroys nothing on its own judgement: callers
//! say which epochs, and see to it that a clock far ahead of the audit chain destroys nothing.

mod chain;
mod file;
mod mailbox;
mod transit;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use chain::{DAY, Ring, WEEK};
use file::Stamp;

use super::hash::sha256_flat;
use crate::kernel::{Entropy, NoEntropy, Timestamp};

pub use chain::{Age, Renewal};
pub use mailbox::MailboxKey;
pub use transit::{Purpose, Replay, TransitKey};

/// Why the keyring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file cannot be read or written.
    #[error("the keyring file: {0}")]
    Io(#[from] std::io::Error),
    /// The file is damaged, or of a version this program does not know.
    #[error("the keyring file is damaged or of an unknown version")]
    Damaged,
    /// There is a keyring already; it is never overwritten.
    #[error("there is a keyring already")]
    Exists,
    /// The clock is more than ten years ahead of the newest key: it is the clock that is wrong.
    #[error("the clock is years ahead of the newest key")]
    ClockLeap,
    /// The operating system gave no randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// A handle on the keyring file; clones share it. Notices when another process has rewritten the file.
#[derive(Clone)]
pub struct Keyring {
    path: Arc<PathBuf>,
    held: Arc<RwLock<Held>>,
    suspended: Arc<AtomicBool>,
}

struct Held {
    ring: Ring,
    stamp: Stamp,
}

impl Keyring {
    /// Makes a new keyring file (mode 0600); refuses to replace one.
    pub fn create(path: &Path, entropy: &Entropy, now: Timestamp) -> Result<Self, KeyringError> {
        let lock = file::lock(path)?;
        if path.exists() {
            return Err(KeyringError::Exists);
        }
        let ring = Ring::new(entropy, day(now))?;
        file::write(path, &ring)?;
        drop(lock);
        Self::open(path)
    }

    /// Opens the keyring file.
    pub fn open(path: &Path) -> Result<Self, KeyringError> {
        let (ring, stamp) = file::read(path)?;
        let held = Arc::new(RwLock::new(Held { ring, stamp }));
        Ok(Self { path: Arc::new(path.to_owned()), held, suspended: Arc::default() })
    }

    /// The identity of the chains: the same on all nodes given the same file, unchanged by time and destruction,
    /// another after [`Self::renew`]. Tells nothing about the keys.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.with(|ring| fingerprint(&ring.id))
    }

    /// Stops sealing what is in flight, or goes on with it; opening is not stopped. For a node that finds that its
    /// file is not the one of the database.
    pub fn suspend(&self, suspended: bool) {
        self.suspended.store(suspended, Ordering::Relaxed);
    }

    /// Whether sealing in flight is stopped.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.suspended.load(Ordering::Relaxed)
    }

    /// The key that seals what is in flight from now on.
    #[must_use]
    pub fn newest_transit(&self) -> TransitKey {
        let key = self.with(|ring| TransitKey::from(ring.transit.newest()));
        if self.is_suspended() { key.shut() } else { key }
    }

    /// The transit key of an epoch: one held, or a later one of a node that is ahead; `None` once destroyed.
    #[must_use]
    pub fn transit(&self, epoch: u32) -> Option<TransitKey> {
        self.with(|ring| ring.transit.key(epoch).map(TransitKey::from))
    }

    /// The transit epochs held and the days they began, newest first.
    #[must_use]
    pub fn transit_ages(&self) -> Vec<Age> {
        self.with(|ring| ring.transit.ages())
    }

    /// The key that new and moved mailbox rows are filed under.
    #[must_use]
    pub fn newest_mailbox(&self) -> MailboxKey {
        self.with(|ring| MailboxKey::from(ring.mailbox.newest()))
    }

    /// All mailbox keys held, newest first: a chat is looked for under each.
    #[must_use]
    pub fn mailboxes(&self) -> Vec<MailboxKey> {
        self.with(|ring| ring.mailbox.all().map(MailboxKey::from).collect())
    }

    /// The mailbox epochs held and the days they began, newest first.
    #[must_use]
    pub fn mailbox_ages(&self) -> Vec<Age> {
        self.with(|ring| ring.mailbox.ages())
    }

    /// Steps both chains on to `now`, if a new day or week has begun; says whether anything changed. A clock that
    /// went back changes nothing.
    pub fn advance(&self, now: Timestamp) -> Result<bool, KeyringError> {
        let today = day(now);
        if self.with(|ring| !ring.transit.is_due(today, DAY) && !ring.mailbox.is_due(today, WEEK)) {
            return Ok(false);
        }
        self.update(|ring| {
            let stepped = ring.transit.advance(today, DAY)?;
            Ok(ring.mailbox.advance(today, WEEK)? || stepped)
        })
    }

    /// Destroys the transit keys before an epoch except those still needed and the newest; returns how many.
    pub fn destroy_transit_before(&self, epoch: u32, still_needed: &[u32]) -> Result<usize, KeyringError> {
        self.destroy(|ring| ring.transit.destroy(|e| e < epoch && !still_needed.contains(&e)))
    }

    /// Destroys one mailbox key unless it is the newest; returns how many.
    pub fn destroy_mailbox(&self, epoch: u32) -> Result<usize, KeyringError> {
        self.destroy(|ring| ring.mailbox.destroy(|e| e == epoch))
    }

    /// Starts the new chains, keeping the old keys until they are destroyed; done twice, it is done once. The file
    /// must then be given to every other node.
    pub fn renew(&self, renewal: &Renewal, now: Timestamp) -> Result<(), KeyringError> {
        self.update(|ring| Ok(ring.renew(renewal, day(now)))).map(|_| ())
    }

    /// Copies the keyring into a folder, for another node.
    pub fn export_to(&self, dir: &Path) -> Result<(), KeyringError> {
        let name = self.path.file_name().ok_or(KeyringError::Damaged)?;
        let target = dir.join(name);
        if target.exists() {
            return Err(KeyringError::Exists);
        }
        self.with(|ring| file::write(&target, ring)).map(|_| ())
    }

    /// Reads under the lock, from the file's newest state.
    fn with<T>(&self, read: impl Fn(&Ring) -> T) -> T {
        {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            if file::stamp(&self.path).is_ok_and(|now| now == held.stamp) {
                return read(&held.ring);
            }
        }
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        // A file that is gone or damaged must not stop intake: what is in memory still seals and opens.
        if let Ok((ring, stamp)) = file::read(&self.path) {
            *held = Held { ring, stamp };
        }
        read(&held.ring)
    }

    /// Changes the file under its lock, starting from what is on disk.
    fn update(
        &self,
        change: impl FnOnce(&mut Ring) -> Result<bool, KeyringError>,
    ) -> Result<bool, KeyringError> {
        let lock = file::lock(&self.path)?;
        let (mut ring, mut stamp) = file::read(&self.path)?;
        let changed = change(&mut ring)?;
        if changed {
            stamp = file::write(&self.path, &ring)?;
        }
        drop(lock);
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Held { ring, stamp };
        Ok(changed)
    }

    fn destroy(&self, destroy: impl FnOnce(&mut Ring) -> usize) -> Result<usize, KeyringError> {
        let mut gone = 0;
        self.update(|ring| {
            gone = destroy(ring);
            Ok(gone > 0)
        })?;
        Ok(gone)
    }
}

impl Renewal {
    /// What [`Keyring::fingerprint`] will be once the file has these chains.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        fingerprint(&self.id)
    }
}

fn fingerprint(id: &[u8; 16]) -> [u8; 32] {
    sha256_flat(&[b"hotline/v1 keyring", id])
}

/// Days since the Unix epoch; a clock before 1970 counts as day 0.
fn day(now: Timestamp) -> u32 {
    u32::try_from(now.day().max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
