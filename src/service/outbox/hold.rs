//! A sender's right to a message, kept for as long as the sending takes.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::service::{Error, Hotline};
use crate::store::Tx;
use crate::store::outbox::{Hold, Taken};
use crate::store::writer::Work;

/// A lease is renewed so many times before it would end.
const RENEWALS: u32 = 3;

/// How messages leave, and how long they may wait.
#[derive(Debug, Clone, Copy)]
pub struct Sending {
    /// How long a sender may be silent before another takes its message over.
    pub lease: Duration,
    /// So long before its lease ends a sender that cannot renew it stops.
    pub margin: Duration,
    /// For how long a file that cannot be had from a messenger is asked for.
    pub fetch: Duration,
    /// After how long a message of a bot that nobody works for any more ends.
    pub unserved: Duration,
}

impl Hotline {
    /// Does work on a message while renewing the lease on it. `None` when the lease was lost: another sender has
    /// the message, and the work is dropped where it stands.
    pub(super) async fn while_held<T>(&self, taken: &Taken, work: impl Future<Output = T>) -> Option<T> {
        let (work, kept) = (pin!(work), pin!(self.keep(taken.hold)));
        // A process that was stopped for a while may hold nothing any more.
        let late = self.now().plus(self.options().sending.margin) >= taken.until;
        if !late || self.renew(taken.hold).await.is_ok_and(|ours| ours) {
            tokio::select! {
                biased;
                done = work => return Some(done),
                () = kept => {}
            }
        }
        tracing::warn!("the lease on a message was lost: this node leaves it to the one that has it");
        None
    }

    /// Renews until that is no longer possible.
    async fn keep(&self, hold: Hold) {
        let Sending { lease, margin, .. } = self.options().sending;
        let safe = lease.saturating_sub(margin);
        let mut end = Instant::now() + safe;
        loop {
            sleep_until((Instant::now() + lease / RENEWALS).min(end)).await;
            let asked = Instant::now();
            match timeout_at(end, self.renew(hold)).await {
                Ok(Ok(true)) => end = asked + safe,
                // The database is away: nobody else can take the message over either, until the lease ends.
                Ok(Err(_)) if Instant::now() < end => {}
                Ok(_) | Err(_) => return,
            }
        }
    }

    async fn renew(&self, hold: Hold) -> Result<bool, Error> {
        let until = self.now().plus(self.options().sending.lease);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                Box::pin(async move { Ok(tx.renew_outgoing(hold, until).await?) })
            })
            .await
    }
}
