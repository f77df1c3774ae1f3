//! With the database away a web form or a program still gets its receipt: what the rows would hold goes,
//! sealed, to a file that is synced before the answer, and from there to the database when it is back.

use std::sync::Arc;

use super::intake::{Accepted, Ready};
use super::{Error, Fault, Hotline, Refusal};
use crate::domain::document::Words;
use crate::kernel::id::CaseId;
use crate::store::Tx;
use crate::store::audit::Action;
use crate::store::items::NewItem;
use crate::store::spool::{DrainError, Entry, Spool, SpoolError, Taken};
use crate::store::writer::Work;
use crate::vault::ItemKind;

/// How the service stands, for `/readyz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// All is well.
    Ready,
    /// The keyring is not the one of the database: this node takes nothing until it has the right file.
    OtherKeyring,
    /// The database is away or the spool is not drained: what is sent is kept, look-ups wait.
    Degraded,
}

impl Hotline {
    /// Keeps a case while the database is away; as durable as the disk of this node.
    pub(crate) async fn spool_case(&self, ready: Ready) -> Result<Accepted, Error> {
        let Some(spool) = self.spool() else { return Err(Refusal::Degraded.into()) };
        match spool.append(&Entry::Case(Box::new(ready.case))).await {
            Ok(()) => {
                tracing::warn!(waiting = spool.len(), "the database is away: a message went to the spool");
                Ok(ready.accepted)
            }
            Err(SpoolError::Full) => {
                metrics::counter!("tinan_spool_full_total").increment(1);
                tracing::error!(
                    waiting = spool.len(),
                    "the spool is full and the database is away: a message was turned away. Bring the database back; \
                     `spool.mib` is how much is kept until then"
                );
                Err(Refusal::Busy.into())
            }
            Err(e) => Err(Error::Fault(Fault::new(e))),
        }
    }

    /// How many entries wait in the spool of this node.
    #[must_use]
    pub fn spooled(&self) -> u64 {
        self.spool().map_or(0, Spool::len)
    }

    /// Whether everything received is in the database.
    pub(crate) fn spool_is_drained(&self) -> bool {
        self.spool().is_none_or(Spool::is_empty)
    }

    /// How the service stands.
    pub async fn health(&self) -> Health {
        if self.keyring().is_suspended() {
            return Health::OtherKeyring;
        }
        let there = match self.store().read().await {
            Ok(mut tx) => tx.tenants().await.is_ok(),
            Err(_) => false,
        };
        if there && self.spool_is_drained() { Health::Ready } else { Health::Degraded }
    }

    /// Brings what was spooled into the database, in order, each entry once.
    pub async fn drain_spool(&self) -> Result<u64, Error> {
        let Some(spool) = self.spool().filter(|s| !s.is_empty()) else { return Ok(0) };
        let drained = spool.drain(|entry| self.take_in(entry)).await.map_err(|e| match e {
            DrainError::Refused(e) => e,
            DrainError::Spool(e) => Error::Fault(Fault::new(e)),
        })?;
        if drained > 0 {
            tracing::warn!(drained, "the database is back: the spool is drained");
            self.mark(Action::SpoolDrained).await?;
            self.wake();
        }
        Ok(drained)
    }

    async fn take_in(&self, entry: Entry) -> Result<(), Error> {
        let id = match &entry {
            Entry::Case(case) => case.id,
            Entry::Message(message) => message.case,
        };
        let entry = Arc::new(entry);
        let taken = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Taken, Error>> {
                let entry = Arc::clone(&entry);
                Box::pin(async move { Ok(tx.take_in(&entry).await?) })
            })
            .await?;
        if let Taken::Twin { of: Some(first) } = taken {
            self.link(id, first).await?;
        }
        Ok(())
    }

    /// Tells the desk, in a note on either case, that one request made both.
    async fn link(&self, one: CaseId, other: CaseId) -> Result<(), Error> {
        let world = self.world();
        let mut tx = self.store().read().await?;
        let (one, other) = (tx.case(world.tenant.id, one).await?, tx.case(world.tenant.id, other).await?);
        drop(tx);
        let (Some(one), Some(other)) = (one, other) else { return Ok(()) };
        for (case, twin) in [(&one, &other), (&other, &one)] {
            let number = twin.number.to_string();
            let talk = self.talk();
            let text = talk.catalogue.say(talk.locale, "console.twin", &[("number", &number)]);
            self.desk_note(case.id, text).await?;
        }
        Ok(())
    }

    /// A note of the program itself to the desk that has the case.
    async fn desk_note(&self, id: CaseId, text: String) -> Result<(), Error> {
        let tenant = self.world().tenant.id;
        let note = Arc::new(self.seal_desk_note(id, text).await?);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let note = Arc::clone(&note);
                Box::pin(async move { Ok(tx.insert_items(&[(tenant, id, &note)]).await?) })
            })
            .await
    }

    /// Seals a note of the program itself to the desk that has the case.
    pub(crate) async fn seal_desk_note(&self, id: CaseId, text: String) -> Result<NewItem, Error> {
        let world = self.world();
        let case = self.store().read().await?.case(world.tenant.id, id).await?.ok_or(Refusal::NotFound)?;
        let words = Words { text, at: self.now(), by: None };
        self.seal_for_case(ItemKind::Note, id, &words, &[world.desk_key(case.desk)?], None)
    }
}
