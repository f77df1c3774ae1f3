//! Files that were sent in a chat: fetched from the messenger's servers into their case, as jobs of the outbox.
//! The rows of a file and the end of its job are one commit, so that the file is in the case once, however
//! often it was tried and wherever the program was killed.

use std::sync::Arc;
use std::time::Duration;

use super::{LONGEST_WAIT, TRIES, Verdict, backoff};
use crate::domain::document::Attached;
use crate::kernel::id::CaseId;
use crate::service::channel::{Channel, ChatId, FetchFault, FileRef, Outgoing};
use crate::service::files::Upload;
use crate::service::reach::{Parcel, Route, Wanted};
use crate::service::{Error, Hotline, Refusal};
use crate::store::Tx;
use crate::store::items::NewItem;
use crate::store::outbox::{NewOutgoing, Taken};
use crate::store::writer::Work;
use crate::text::Locale;

/// The largest file taken from a chat, in bytes; a messenger's own limit is lower.
const MOST: u64 = 50 << 20;

/// Why a file is not in its case yet.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Fetching(#[from] FetchFault),
    #[error(transparent)]
    Keeping(#[from] Error),
}

/// What follows from that.
enum Next {
    Again(Duration),
    /// It will never be had; the desk is told.
    Lost,
    /// Likewise, and the person is told how it can still be sent.
    TooLarge,
}

/// What is committed when a file is given up.
struct Stub {
    note: NewItem,
    told: Option<NewOutgoing>,
}

impl Hotline {
    /// Fetches a file for its case, sealed as it streams.
    pub(super) async fn fetch(
        &self,
        channel: &dyn Channel,
        taken: &Taken,
        parcel: &Parcel,
        wanted: &Wanted,
    ) -> Result<(), Error> {
        let Some(pulled) = self.while_held(taken, Box::pin(self.pull(channel, wanted))).await else {
            return Ok(());
        };
        let kept = match pulled {
            Ok(upload) => upload.finish_fetched(self.about(wanted), taken.hold).await.map_err(Failed::from),
            Err(failed) => Err(failed),
        };
        match kept.map_err(|failed| self.follows(taken, &failed)) {
            Ok(_) => Ok(()),
            Err(Next::Again(wait)) => {
                self.settle(taken, Verdict::Again(self.now().plus(wait)), None).await.map(drop)
            }
            Err(Next::Lost) => self.give_up(taken, wanted, "console.file_lost", None).await,
            Err(Next::TooLarge) => {
                let told = self.too_large(channel, taken, parcel, wanted).await?;
                self.give_up(taken, wanted, "console.file_too_large", told).await
            }
        }
    }

    async fn pull(&self, channel: &dyn Channel, wanted: &Wanted) -> Result<Upload, Failed> {
        let shelf = self.shelf().ok_or(FetchFault::Gone)?;
        let mut pieces = channel.fetch(&FileRef(wanted.file.clone())).await?;
        let mut upload = self.attach_to(shelf, wanted.case, None, MOST).await?;
        while let Some(piece) = pieces.next().await? {
            upload.push(&piece).await?;
        }
        Ok(upload)
    }

    fn about(&self, wanted: &Wanted) -> Attached {
        let media_type = "application/octet-stream".to_owned();
        Attached { name: wanted.what.clone(), media_type, bytes: 0, at: self.now() }
    }

    /// A messenger that is away is asked for as long as the settings say; one that says no a few times more,
    /// because "not now" and "never" sound alike.
    fn follows(&self, taken: &Taken, failed: &Failed) -> Next {
        let old = self.now().since(taken.created_hour) > self.options().sending.fetch;
        match failed {
            Failed::Fetching(FetchFault::TooLarge) | Failed::Keeping(Error::Refused(Refusal::TooLarge)) => {
                Next::TooLarge
            }
            Failed::Fetching(FetchFault::Gone) if taken.attempts >= TRIES => Next::Lost,
            // An empty file.
            Failed::Keeping(Error::Refused(Refusal::Field(_))) => Next::Lost,
            _ if old => Next::Lost,
            Failed::Fetching(FetchFault::Wait(wait)) => Next::Again((*wait).min(LONGEST_WAIT)),
            Failed::Fetching(FetchFault::Gone | FetchFault::Unreachable) => Next::Again(backoff(taken)),
            Failed::Keeping(e) => {
                let causes = if let Error::Fault(fault) = e { fault.chain() } else { e.to_string() };
                tracing::warn!(%causes, "a file from a chat could not be kept: fetched again later");
                Next::Again(backoff(taken))
            }
        }
    }

    /// Ends the job with a note to the desk, and perhaps a message to the person, in one commit.
    pub(super) async fn give_up(
        &self,
        taken: &Taken,
        wanted: &Wanted,
        sentence: &str,
        told: Option<NewOutgoing>,
    ) -> Result<(), Error> {
        let talk = self.talk();
        let text = talk.catalogue.say(talk.locale, sentence, &[("what", &wanted.what)]);
        self.end_with_note(taken, wanted.case, text, told).await
    }

    /// Ends a job, or a message that can never arrive, with a note on its case, in one commit.
    pub(super) async fn end_with_note(
        &self,
        taken: &Taken,
        case: CaseId,
        text: String,
        told: Option<NewOutgoing>,
    ) -> Result<(), Error> {
        let note = match self.seal_desk_note(case, text).await {
            Ok(note) => note,
            // Without its case nobody is there to be told.
            Err(Error::Refused(Refusal::NotFound)) => {
                return self.settle(taken, Verdict::Erase, None).await.map(drop);
            }
            Err(e) => return Err(e),
        };
        self.leave_stub(taken, case, Stub { note, told }).await
    }

    async fn leave_stub(&self, taken: &Taken, case: CaseId, stub: Stub) -> Result<(), Error> {
        let (hold, tenant, stub) = (taken.hold, taken.tenant, Arc::new(stub));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let stub = Arc::clone(&stub);
                Box::pin(async move {
                    if tx.erase_outgoing(hold).await? {
                        tx.insert_items(&[(tenant, case, &stub.note)]).await?;
                        tx.insert_outgoing(stub.told.as_slice()).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.wake();
        Ok(())
    }

    /// Tells the person how a file that is too large can still be sent. Who asked to be forgotten is not written
    /// to.
    async fn too_large(
        &self,
        channel: &dyn Channel,
        taken: &Taken,
        parcel: &Parcel,
        wanted: &Wanted,
    ) -> Result<Option<NewOutgoing>, Error> {
        let bot = (channel.name(), channel.bot());
        if !self.converses(bot, ChatId::new(parcel.chat.clone())).await? {
            return Ok(None);
        }
        let talk = self.talk();
        let locale = Locale::parse(&wanted.locale).unwrap_or(talk.locale);
        let text = talk.catalogue.say(locale, "chat.too_large", &[("web", &talk.web)]);
        let to = Route {
            channel: bot.0.to_owned(),
            bot: bot.1.to_owned(),
            tag: crate::vault::sha256(&[b"too large", &taken.chat_tag]),
            case: None,
        };
        let say = Parcel::of(&parcel.chat, Outgoing::Say { text, buttons: Vec::new(), protect: false });
        self.seal_parcel(&to, &say, false, self.now()).map(Some)
    }
}
