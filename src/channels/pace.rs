//! Spreads messages out, below what a messenger allows: over all chats, and within one chat.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::service::channel::{ChatId, SendFault};

/// A send waits this long for its slot; longer is the outbox's business.
const MAX_QUEUE: Duration = Duration::from_secs(2);

/// The pace of one bot. It forgets a chat as soon as that chat may be written to again.
pub struct Pace {
    gap: Duration,
    chat_gap: Duration,
    times: Mutex<Times>,
}

#[derive(Default)]
struct Times {
    next: Option<Instant>,
    chats: HashMap<ChatId, Instant>,
}

impl Pace {
    /// So many messages a second over all chats, and at least `chat_gap` between two to one chat.
    #[must_use]
    pub fn new(per_second: u32, chat_gap: Duration) -> Self {
        Self { gap: Duration::from_secs(1) / per_second.max(1), chat_gap, times: Mutex::default() }
    }

    /// Waits for the next slot of this chat, or says how long the wait would be.
    pub async fn slot(&self, chat: &ChatId) -> Result<(), SendFault> {
        let now = Instant::now();
        let at = {
            let mut times = self.times.lock().await;
            times.chats.retain(|_, free| *free > now);
            let overall = times.next.map_or(now, |n| n.max(now));
            let at = times.chats.get(chat).map_or(overall, |free| overall.max(*free));
            if at - now > MAX_QUEUE {
                return Err(SendFault::Wait(at - now));
            }
            // A chat that has to wait leaves the slots in between to the others.
            times.next = Some(overall + self.gap);
            if !self.chat_gap.is_zero() {
                times.chats.insert(chat.clone(), at + self.chat_gap);
            }
            at
        };
        sleep_until(at).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(n: u32) -> ChatId {
        ChatId::new(n.to_string())
    }

    #[tokio::test]
    async fn messages_are_spread_and_a_long_queue_is_turned_away() {
        let (pace, began) = (Pace::new(50, Duration::ZERO), Instant::now());
        for _ in 0..5 {
            pace.slot(&chat(1)).await.expect("a slot");
        }
        assert!(began.elapsed() >= Duration::from_millis(80));
        pace.times.lock().await.next = Some(Instant::now() + Duration::from_secs(9));
        let Err(SendFault::Wait(wait)) = pace.slot(&chat(1)).await else { panic!("let in") };
        assert_eq!(wait.as_secs(), 8);
    }

    #[tokio::test]
    async fn one_chat_gets_one_a_second_and_does_not_hold_up_the_others() {
        let (pace, began) = (Pace::new(100, Duration::from_millis(400)), Instant::now());
        pace.slot(&chat(1)).await.expect("a slot");
        let (own, other) = tokio::join!(
            async {
                pace.slot(&chat(1)).await.expect("a slot");
                began.elapsed()
            },
            async {
                pace.slot(&chat(2)).await.expect("a slot");
                began.elapsed()
            }
        );
        assert!(own >= Duration::from_millis(400), "{own:?}");
        assert!(other < own, "{other:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
        pace.slot(&chat(3)).await.expect("a slot");
        assert_eq!(pace.times.lock().await.chats.len(), 1, "only the chat just written to is remembered");
    }
}
