//! Messages on their way out. The intent was committed before; here it is sent and the outcome written down.
//! What is not known to have arrived is told apart from what surely did not: a question or a receipt is sent
//! again, a desk's words wait for a person.

use std::sync::Arc;
use std::time::Duration;

use super::channel::{Channel, ChatId, Delivered, FileRef, MessageRef, Outgoing, SendFault};
use super::reach::{Parcel, Route, Wanted};
use super::{Error, Fault, Hotline};
use crate::domain::document::Attached;
use crate::kernel::Timestamp;
use crate::store::Tx;
use crate::store::outbox::{NewOutgoing, Taken};
use crate::store::writer::Work;
use crate::vault::Purpose;

/// How long a sender may be silent before another takes its message over.
const LEASE: Duration = Duration::from_secs(10);
/// How often a message is tried before a person must look.
const TRIES: i64 = 12;
/// How often a message of ours is sent again when nobody knows whether it arrived.
const AGAIN: i64 = 4;
/// The largest file taken from a chat, in bytes; a messenger's own limit is lower.
const MOST: u64 = 50 << 20;
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
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Vec<Taken>, Error>> {
                let (channel, bot) = (channel.clone(), bot.clone());
                Box::pin(
                    async move { Ok(tx.take_outgoing(&channel, &bot, now, now.plus(LEASE), limit).await?) },
                )
            })
            .await
    }

    /// Sends one message and writes down what became of it.
    pub async fn send(&self, channel: &dyn Channel, taken: &Taken) -> Result<(), Error> {
        let Some(parcel) = self.open_parcel(taken)? else {
            tracing::error!("a message was sealed under a key that is gone: parked for a person");
            return self.settle(taken, Verdict::Failed, None).await;
        };
        if taken.was_sending && taken.desk_words {
            return self.settle(taken, Verdict::Uncertain, None).await;
        }
        if let Some(wanted) = &parcel.fetch {
            return self.fetch(channel, taken, wanted).await;
        }
        let chat = ChatId::new(parcel.chat.clone());
        let sent = channel.send(&chat, &parcel.what).await;
        let verdict = self.judge(taken, &parcel.what, sent.as_ref().err());
        let Ok(Delivered { message: Some(message) }) = sent else {
            return self.settle(taken, verdict, None).await;
        };
        let erasure = self.erasure(channel, taken, &parcel, &message)?;
        self.settle(taken, verdict, erasure).await?;
        match &parcel.handle {
            Some(handle) => {
                let bot = (channel.name(), channel.bot());
                self.numbered(bot, chat, handle, message).await
            }
            None => Ok(()),
        }
    }

    /// Fetches a file for its case, sealed as it streams. What cannot be had is told to the desk, once.
    async fn fetch(&self, channel: &dyn Channel, taken: &Taken, wanted: &Wanted) -> Result<(), Error> {
        let fault = match self.fetch_into(channel, wanted).await? {
            Ok(()) => return self.settle(taken, Verdict::Erase, None).await,
            Err(fault) => fault,
        };
        let lost = matches!(fault, SendFault::Gone | SendFault::Refused(_)) || taken.attempts >= TRIES;
        if !lost {
            let wait = match fault {
                SendFault::Wait(wait) => wait,
                _ => Duration::from_millis(500 << taken.attempts.clamp(0, 10)).min(LONGEST_WAIT),
            };
            return self.settle(taken, Verdict::Again(self.now().plus(wait)), None).await;
        }
        let talk = self.talk();
        let text = talk.catalogue.say(talk.locale, "console.file_lost", &[("what", &wanted.what)]);
        self.desk_note(wanted.case, text).await?;
        self.settle(taken, Verdict::Erase, None).await
    }

    async fn fetch_into(
        &self,
        channel: &dyn Channel,
        wanted: &Wanted,
    ) -> Result<Result<(), SendFault>, Error> {
        let Some(shelf) = self.shelf() else { return Ok(Err(SendFault::Gone)) };
        let mut pieces = match channel.fetch(&FileRef(wanted.file.clone())).await {
            Ok(pieces) => pieces,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut upload = self.attach_to(shelf, wanted.case, None, MOST).await?;
        loop {
            match pieces.next().await {
                Ok(Some(piece)) => upload.push(&piece).await?,
                Ok(None) => break,
                Err(fault) => return Ok(Err(fault)),
            }
        }
        let about = Attached {
            name: wanted.what.clone(),
            media_type: "application/octet-stream".to_owned(),
            bytes: 0,
            at: self.now(),
        };
        upload.finish(about, None).await?;
        Ok(Ok(()))
    }

    fn open_parcel(&self, taken: &Taken) -> Result<Option<Parcel>, Error> {
        let Some(key) = self.keyring().transit(taken.epoch) else { return Ok(None) };
        let body = key.open(self.vault(), taken.id, Purpose::Message, &taken.sealed)?;
        serde_json::from_slice(body.expose()).map(Some).map_err(|e| Error::Fault(Fault::new(e)))
    }

    fn judge(&self, taken: &Taken, what: &Outgoing, fault: Option<&SendFault>) -> Verdict {
        let later = |wait: Duration| Verdict::Again(self.now().plus(wait.min(LONGEST_WAIT)));
        let backoff = Duration::from_millis(500 << taken.attempts.clamp(0, 10));
        let says = matches!(what, Outgoing::Say { .. });
        match fault {
            None => Verdict::Erase,
            Some(SendFault::Wait(wait)) => later(*wait),
            // A press that was not answered in time, a message that cannot be deleted any more: no harm.
            Some(_) if !says && taken.attempts >= AGAIN => Verdict::Erase,
            Some(SendFault::Uncertain) if taken.desk_words => Verdict::Uncertain,
            Some(SendFault::Uncertain) if taken.attempts >= AGAIN => Verdict::Failed,
            Some(SendFault::Unreachable) if taken.attempts >= TRIES && taken.case.is_some() => {
                Verdict::Failed
            }
            Some(SendFault::Uncertain | SendFault::Unreachable) => later(backoff),
            Some(SendFault::Gone | SendFault::Refused(_)) if !says => Verdict::Erase,
            Some(SendFault::Gone) => {
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

    async fn settle(&self, taken: &Taken, verdict: Verdict, more: Option<NewOutgoing>) -> Result<(), Error> {
        let seq = taken.seq;
        let unit = Arc::new((verdict, more));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move {
                    match unit.0 {
                        Verdict::Erase => tx.erase_outgoing(seq).await?,
                        Verdict::Again(at) => tx.requeue_outgoing(seq, at).await?,
                        Verdict::Uncertain => tx.park_outgoing(seq, true).await?,
                        Verdict::Failed => tx.park_outgoing(seq, false).await?,
                    }
                    if let Some(more) = &unit.1 {
                        tx.insert_outgoing(std::slice::from_ref(more)).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
