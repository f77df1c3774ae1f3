//! Mailbox keys: how a chat finds its open case without its id standing in any row.

use zeroize::Zeroizing;

use super::super::hash::hmac256;
use super::chain::Age;

/// The key of one week.
pub struct MailboxKey {
    age: Age,
    key: Zeroizing<[u8; 32]>,
}

impl From<(Age, Zeroizing<[u8; 32]>)> for MailboxKey {
    fn from((age, key): (Age, Zeroizing<[u8; 32]>)) -> Self {
        Self { age, key }
    }
}

impl MailboxKey {
    /// The epoch, to be stored beside the tag.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.age.epoch
    }

    /// The day it began, since the Unix epoch.
    #[must_use]
    pub const fn day(&self) -> u32 {
        self.age.day
    }

    /// What the row of a chat is found by: HMAC-SHA256 over bot, lane and chat, the texts behind their lengths (u64).
    /// Chat ids are few enough to be tried one by one by whoever has this key: it guards a stolen database, not a
    /// stolen disk.
    #[must_use]
    pub fn tag(&self, bot: &[u8], lane: u8, chat: &[u8]) -> [u8; 32] {
        let length = |part: &[u8]| (part.len() as u64).to_be_bytes();
        hmac256(&self.key, &[b"hotline/v1 mailbox\0", &length(bot), bot, &[lane], &length(chat), chat])
    }
}
