//! The chains themselves: pure, so that what follows from what can be tested without a file.

use zeroize::Zeroizing;

use super::super::hash::expand;
use super::KeyringError;
use crate::kernel::Entropy;

/// Days between transit keys.
pub(super) const DAY: u32 = 1;
/// Days between mailbox keys.
pub(super) const WEEK: u32 = 7;
/// The most steps a clock may demand at once.
const LEAP: u32 = 3660;
/// How far ahead of us another node's key may be.
const AHEAD: u32 = 400;

type Key = Zeroizing<[u8; 32]>;

/// An epoch held and the day (since the Unix epoch) it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The epoch.
    pub epoch: u32,
    /// The day it began.
    pub day: u32,
}

/// A key in use.
pub(super) struct Live {
    pub(super) age: Age,
    pub(super) key: Key,
}

/// One chain: the newest chain key, from which the future follows, and the keys in use.
pub(super) struct Chain {
    pub(super) label: &'static str,
    pub(super) head: Key,
    /// Never empty; the newest stands last.
    pub(super) live: Vec<Live>,
    pub(super) newest: Age,
}

fn use_key(label: &str, head: &[u8; 32]) -> Key {
    expand(head, &[b"hotline/v1 ", label.as_bytes(), b"-use"])
}

fn next(label: &str, head: &[u8; 32]) -> Key {
    expand(head, &[b"hotline/v1 ", label.as_bytes(), b"-next"])
}

impl Chain {
    fn new(label: &'static str, head: Key, age: Age) -> Self {
        let live = vec![Live { age, key: use_key(label, &head) }];
        Self { label, head, live, newest: age }
    }

    /// The newest key with its age; it follows from the head and is never destroyed.
    pub(super) fn newest(&self) -> (Age, Key) {
        (self.newest, use_key(self.label, &self.head))
    }

    /// All keys held, newest first.
    pub(super) fn all(&self) -> impl Iterator<Item = (Age, Key)> {
        self.live.iter().rev().map(|live| (live.age, live.key.clone()))
    }

    pub(super) fn ages(&self) -> Vec<Age> {
        self.live.iter().rev().map(|live| live.age).collect()
    }

    /// The key of an epoch, deriving forwards for one that another node has reached already.
    pub(super) fn key(&self, epoch: u32) -> Option<(Age, Key)> {
        if epoch <= self.newest.epoch {
            let live = self.live.iter().find(|live| live.age.epoch == epoch)?;
            return Some((live.age, live.key.clone()));
        }
        let steps = epoch - self.newest.epoch;
        if steps > AHEAD {
            return None;
        }
        let mut head = self.head.clone();
        for _ in 0..steps {
            head = next(self.label, &head);
        }
        Some((Age { epoch, day: self.newest.day }, use_key(self.label, &head)))
    }

    pub(super) const fn is_due(&self, today: u32, period: u32) -> bool {
        today.saturating_sub(self.newest.day) >= period
    }

    /// One step for every period gone by, so that a node that slept catches up with the others' numbering. The keys
    /// in between are kept too: the others may have sealed under them.
    pub(super) fn advance(&mut self, today: u32, period: u32) -> Result<bool, KeyringError> {
        let steps = today.saturating_sub(self.newest.day) / period;
        if steps > LEAP {
            return Err(KeyringError::ClockLeap);
        }
        for _ in 0..steps {
            self.head = next(self.label, &self.head);
            self.newest = Age { epoch: self.newest.epoch + 1, day: self.newest.day + period };
            self.live.push(Live { age: self.newest, key: use_key(self.label, &self.head) });
        }
        Ok(steps > 0)
    }

    pub(super) fn destroy(&mut self, doomed: impl Fn(u32) -> bool) -> usize {
        let before = self.live.len();
        let newest = self.newest.epoch;
        self.live.retain(|live| live.age.epoch == newest || !doomed(live.age.epoch));
        before - self.live.len()
    }

    fn renew(&mut self, head: Key, today: u32) {
        let day = today.max(self.newest.day);
        self.newest = Age { epoch: self.newest.epoch + 1, day };
        self.head = head;
        self.live.push(Live { age: self.newest, key: use_key(self.label, &self.head) });
    }
}

/// New chains, drawn and in no file yet.
pub struct Renewal {
    pub(super) id: [u8; 16],
    transit: Key,
    mailbox: Key,
}

impl Renewal {
    /// Draws them.
    pub fn draw(entropy: &Entropy) -> Result<Self, KeyringError> {
        Ok(Self {
            id: entropy.bytes()?,
            transit: Zeroizing::new(entropy.bytes()?),
            mailbox: Zeroizing::new(entropy.bytes()?),
        })
    }
}

/// All that the file holds.
pub(super) struct Ring {
    pub(super) id: [u8; 16],
    pub(super) transit: Chain,
    pub(super) mailbox: Chain,
}

/// Labels of the two chains.
pub(super) const LABELS: [&str; 2] = ["transit", "mailbox"];

impl Ring {
    pub(super) fn new(entropy: &Entropy, today: u32) -> Result<Self, KeyringError> {
        let age = Age { epoch: 1, day: today };
        let [transit, mailbox] = LABELS;
        Ok(Self {
            id: entropy.bytes()?,
            transit: Chain::new(transit, Zeroizing::new(entropy.bytes()?), age),
            mailbox: Chain::new(mailbox, Zeroizing::new(entropy.bytes()?), age),
        })
    }

    /// Says whether anything changed: chains that have begun do not begin again.
    pub(super) fn renew(&mut self, renewal: &Renewal, today: u32) -> bool {
        if self.id == renewal.id {
            return false;
        }
        self.id = renewal.id;
        self.transit.renew(renewal.transit.clone(), today);
        self.mailbox.renew(renewal.mailbox.clone(), today);
        true
    }
}
