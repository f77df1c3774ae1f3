//! How many cases a chat opens: a bucket for each, by a keyed hash.

use std::collections::HashMap;

use crate::domain::flood::Rules;
use crate::kernel::Timestamp;

/// When each chat's bucket is full again.
#[derive(Default)]
pub(super) struct Chats(HashMap<[u8; 32], Timestamp>);

impl Chats {
    /// Takes from a chat's bucket; whether there was nothing left in it.
    pub(super) fn is_over(&mut self, rules: &Rules, chat: [u8; 32], now: Timestamp) -> bool {
        if self.0.len() >= rules.chats() {
            self.0.retain(|_, full| *full > now);
        }
        if self.0.len() >= rules.chats()
            && !self.0.contains_key(&chat)
            && let Some(one) = self.0.keys().next().copied()
        {
            self.0.remove(&one);
        }
        let full = self.0.entry(chat).or_insert(now);
        let begins = (*full).max(now);
        // A clock that was set back must not empty a bucket for ever.
        let most = rules.refill() * rules.burst();
        let begins = begins.min(now.plus(most));
        let after = begins.plus(rules.refill());
        let over = after > now.plus(most);
        *full = if over { begins } else { after };
        over
    }
}
