//! Messages of bots that nobody works for any more: a token was changed, a channel given up. They end where the
//! desk sees it, instead of holding on to a key for ever.

use super::Verdict;
use crate::kernel::id::RowId;
use crate::service::{Error, Hotline};
use crate::store::Tx;
use crate::store::outbox::{Lease, Taken};
use crate::store::writer::Work;

/// How many are taken at a time.
const STRETCH: i64 = 100;

/// The lease under which a node works for a bot.
#[must_use]
pub fn worker_lease(channel: &str, bot: &str) -> String {
    format!("worker:{channel}:{bot}")
}

impl Hotline {
    /// Ends the messages of bots that no node works for, once they have waited as long as the settings say. Those
    /// of a case are parked with it, files that were not fetched are told to the desk, the rest is erased.
    /// `served` says which bots are worked for here. Returns how many ended.
    pub async fn end_unserved(&self, served: &[(String, String)]) -> Result<usize, Error> {
        let now = self.now();
        if self.clock_is_suspect(now).await? {
            return Ok(0);
        }
        let before = now.minus(self.options().sending.unserved).hour();
        let mut tx = self.store().read().await?;
        let mut gone = Vec::new();
        for (channel, bot) in tx.waiting_bots(before).await? {
            let here = served.iter().any(|(c, b)| *c == channel && *b == bot);
            if !here && !tx.leased(&worker_lease(&channel, &bot), now).await? {
                gone.push((channel, bot));
            }
        }
        drop(tx);
        let mut ended = 0;
        for (channel, bot) in gone {
            loop {
                let taken = self.take_unserved(&channel, &bot).await?;
                if taken.is_empty() {
                    break;
                }
                ended += taken.len();
                for message in &taken {
                    self.end_one(message).await?;
                }
            }
        }
        if ended > 0 {
            tracing::warn!(ended, "messages of a bot that nobody works for were ended");
        }
        Ok(ended)
    }

    async fn take_unserved(&self, channel: &str, bot: &str) -> Result<Vec<Taken>, Error> {
        let (channel, bot, now) = (channel.to_owned(), bot.to_owned(), self.now());
        let sending = self.options().sending;
        let lease = Lease { token: RowId::random(self.entropy())?, until: now.plus(sending.lease) };
        let before = now.minus(sending.unserved).hour();
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Vec<Taken>, Error>> {
                let (channel, bot) = (channel.clone(), bot.clone());
                Box::pin(
                    async move { Ok(tx.take_unserved((&channel, &bot), before, now, lease, STRETCH).await?) },
                )
            })
            .await
    }

    async fn end_one(&self, taken: &Taken) -> Result<(), Error> {
        if let Some(wanted) = self.open_parcel(taken)?.and_then(|parcel| parcel.fetch) {
            return self.give_up(taken, &wanted, "console.file_lost", None).await;
        }
        let verdict = match taken.case {
            Some(_) if taken.was_sending && taken.desk_words => Verdict::Uncertain,
            Some(_) => Verdict::Failed,
            None => Verdict::Erase,
        };
        self.settle(taken, verdict, None).await.map(drop)
    }
}
