//! Messages on their way out. The intent was committed before; here it is sent and the outcome written down.
//! What is not known to have arrived is told apart from what surely did not: a question or a receipt is sent
//! again, a desk's words wait for a person.
//!
//! A message is sent under a lease that is renewed for as long as that takes. Who loses it stops, and what is
//! written down under a lost lease changes nothing: the outcome belongs to the sender that has the message now.

mod fetch;
mod hold;
mod shut;
mod unserved;

use std::sync::Arc;
use std::time::Duration;

pub use hold::Sending;
pub use unserved::worker_lease;

use super::channel::{Channel, ChatId, Delivered, MessageRef, Outgoing, SendFault};
use super::reach::{Parcel, Route};
use super::{Error, Fault, Hotline};
use crate::kernel::Timestamp;
use crate::kernel::id::RowId;
use crate::store::Tx;
use crate::store::outbox::{Lease, NewOutgoing, Taken};
use crate::store::writer::Work;
use crate::vault::Purpose;

/// How often a message is tried before a person must look.
const TRIES: i64 = 12;
/// How often a message of ours is sent again when nobody knows whether it arrived.
const AGAIN: i64 = 4;
/// How often a room is tried that cannot be entered: about two days.
const ENTRIES: i64 = 600;
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// What becomes of a message after a try.
enum Verdict {
    /// It was sent, or there is nobody to send it to.
    Erase,
    /// Try again at that moment.
    Again(Timestamp),
    /// Nobody knows; a person decides.
    Uncertain,
    /// It will never be accepted; a person looks.
    Failed,
}

impl Hotline {
    /// Takes messages of a bot that are due.
    pub async fn take_messages(&self, channel: &str, bot: &str, limit: i64) -> Result<Vec<Taken>, Error> {
        let (channel, bot, now) = (channel.to_owned(), bot.to_owned(), self.now());
        let until = now.plus(self.options().sending.lease);
        let lease = Lease { token: RowId::random(self.entropy())?, until };
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Vec<Taken>, Error>> {
                let (channel, bot) = (channel.clone(), bot.clone());
                Box::pin(async move { Ok(tx.take_outgoing(&channel, &bot, now, lease, limit).await?) })
            })
            .await
    }

    /// Sends one message and writes down what became of it.
    pub async fn send(&self, channel: &dyn Channel, taken: &Taken) -> Result<(), Error> {
        if self.is_canarys_answer(taken) {
            return self.end_answer(taken).await;
        }
        let Some(parcel) = self.open_parcel(taken)? else {
            tracing::error!("a message was sealed under a key that is gone: parked for a person");
            return self.settle(taken, Verdict::Failed, None).await.map(drop);
        };
        // An earlier try ended without an answer. Where the other end knows a message again by its name there is
        // nothing uncertain about it: it is sent again and arrives once.
        let repeats = channel.knows_repeats();
        if taken.was_sending && taken.desk_words && !repeats {
            return self.settle(taken, Verdict::Uncertain, None).await.map(drop);
        }
        if let Some(wanted) = &parcel.fetch {
            return self.fetch(channel, taken, &parcel, wanted).await;
        }
        let chat = ChatId::new(parcel.chat.clone());
        let Some(sent) = self.while_held(taken, channel.send_named(taken.id, &chat, &parcel.what)).await
        else {
            return Ok(());
        };
        let sent = match sent {
            Err(SendFault::Uncertain) if repeats => Err(SendFault::Unreachable),
            sent => sent,
        };
        if matches!(sent, Err(SendFault::Shut)) {
            return self.end_shut(channel.name(), taken).await;
        }
        let verdict = self.judge(taken, &parcel.what, sent.as_ref().err());
        let Ok(Delivered { message: Some(message) }) = sent else {
            return self.settle(taken, verdict, None).await.map(drop);
        };
        let erasure = self.erasure(channel, taken, &parcel, &message)?;
        let ours = self.settle(taken, verdict, erasure).await?;
        match &parcel.handle {
            Some(handle) if ours => {
                let bot = (channel.name(), channel.bot());
                self.numbered(bot, chat, handle, message).await
            }
            _ => Ok(()),
        }
    }

    fn open_parcel(&self, taken: &Taken) -> Result<Option<Parcel>, Error> {
        let Some(key) = self.keyring().transit(taken.epoch) else { return Ok(None) };
        let body = key.open(self.vault(), taken.id, Purpose::Message, &taken.sealed)?;
        serde_json::from_slice(body.expose()).map(Some).map_err(|e| Error::Fault(Fault::new(e)))
    }

    fn judge(&self, taken: &Taken, what: &Outgoing, fault: Option<&SendFault>) -> Verdict {
        let later = |wait: Duration| Verdict::Again(self.now().plus(wait.min(LONGEST_WAIT)));
        let enters = matches!(what, Outgoing::Enter { .. } | Outgoing::Decline { .. });
        let says = enters || matches!(what, Outgoing::Say { .. });
        match fault {
            None => Verdict::Erase,
            Some(SendFault::Wait(wait)) => later(*wait),
            Some(_) if enters && taken.attempts >= ENTRIES => Verdict::Erase,
            // A press that was not answered in time, a message that cannot be deleted any more: no harm.
            Some(_) if !says && taken.attempts >= AGAIN => Verdict::Erase,
            Some(SendFault::Uncertain) if taken.desk_words => Verdict::Uncertain,
            Some(SendFault::Uncertain) if taken.attempts >= AGAIN => Verdict::Failed,
            Some(SendFault::Unreachable) if taken.attempts >= TRIES && taken.case.is_some() => {
                Verdict::Failed
            }
            Some(SendFault::Uncertain | SendFault::Unreachable) => later(backoff(taken)),
            Some(SendFault::Gone | SendFault::Shut | SendFault::Refused(_)) if !says => Verdict::Erase,
            Some(SendFault::Gone | SendFault::Shut) => {
                if taken.case.is_some() {
                    Verdict::Failed
                } else {
                    Verdict::Erase
                }
            }
            Some(SendFault::Refused(code)) => {
                tracing::error!(code, "a channel refuses a message for good: parked for a person");
                Verdict::Failed
            }
        }
    }

    /// The later deletion of a message that must not stay, as a message of its own.
    fn erasure(
        &self,
        channel: &dyn Channel,
        taken: &Taken,
        parcel: &Parcel,
        message: &MessageRef,
    ) -> Result<Option<NewOutgoing>, Error> {
        let Some(seconds) = parcel.erase_after_s else { return Ok(None) };
        let to = Route {
            channel: channel.name().to_owned(),
            bot: channel.bot().to_owned(),
            // A tag of its own: waiting for its hour it must not hold up the chat's other messages.
            tag: crate::vault::sha256(&[b"erasure", &taken.chat_tag, message.0.as_bytes()]),
            case: None,
        };
        let erase = Parcel::of(&parcel.chat, Outgoing::Erase { message: message.clone() });
        self.seal_parcel(&to, &erase, false, self.now().plus(Duration::from_secs(seconds))).map(Some)
    }

    /// Writes the outcome down, if the message is still this sender's; says whether it was. What has to be
    /// deleted later stands in the chat either way, so `erasure` is kept either way.
    async fn settle(
        &self,
        taken: &Taken,
        verdict: Verdict,
        erasure: Option<NewOutgoing>,
    ) -> Result<bool, Error> {
        let hold = taken.hold;
        let unit = Arc::new((verdict, erasure));
        let ours = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move {
                    let ours = match unit.0 {
                        Verdict::Erase => tx.erase_outgoing(hold).await?,
                        Verdict::Again(at) => tx.requeue_outgoing(hold, at).await?,
                        Verdict::Uncertain => tx.park_outgoing(hold, true).await?,
                        Verdict::Failed => tx.park_outgoing(hold, false).await?,
                    };
                    if let Some(erasure) = &unit.1 {
                        tx.insert_outgoing(std::slice::from_ref(erasure)).await?;
                    }
                    Ok(ours)
                })
            })
            .await?;
        if !ours {
            tracing::warn!(
                "a message was taken over or forgotten while it was being sent: the outcome is not kept"
            );
        }
        Ok(ours)
    }
}

/// How long to wait after a try that failed.
fn backoff(taken: &Taken) -> Duration {
    Duration::from_millis(500 << taken.attempts.clamp(0, 10)).min(LONGEST_WAIT)
}
