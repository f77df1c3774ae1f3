//! A call that somebody at a desk takes down while the caller speaks: the same intake as everywhere, with who took it.
//! The receipt comes back to be read aloud. There is no number of the caller anywhere, unless a caller of the counselling line
//! asked to be called back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::casefile::document;
use super::flood::Sender;
use super::intake::Ready;
use super::once::Once;
use super::{Actor, Error, Hotline, Refusal, intake, triage};
use crate::domain::callback::CallBack;
use crate::domain::document::{Details, check_text};
use crate::domain::informant::{Informant, Withheld};
use crate::domain::lane::Kind;
use crate::domain::wording::{self, Crisis};
use crate::kernel::Timestamp;
use crate::kernel::id::CaseId;
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::cases::Event;
use crate::store::intake::Opened;
use crate::store::writer::Work;
use crate::vault::ItemKind;

/// The word for calls in documents.
pub const CHANNEL: &str = "phone";

/// What a caller said, as it was typed.
pub struct Call {
    /// The words.
    pub text: String,
    /// The caller's language.
    pub locale: String,
    /// It is about officials or police: the tips desks do not see it.
    pub officials: bool,
    /// Everything else that was told.
    pub details: Details,
    /// A name, if the caller gave one.
    pub informant: Option<Informant>,
    /// Why not, if the caller gave none.
    pub withheld: Option<Withheld>,
    /// The caller asked to be called back: counselling only.
    pub callback: Option<CallBack>,
}

/// What the person at the desk is shown, once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Taken {
    /// The caller's receipt, to be read aloud.
    pub receipt: String,
    /// When it was taken.
    pub at: Timestamp,
    /// By when there is something to be asked for.
    pub due: Option<Timestamp>,
    /// The case, unless it went where the person at the desk cannot follow.
    pub case: Option<CaseId>,
    /// What the words tell of danger.
    pub crisis: Option<Crisis>,
}

impl Hotline {
    /// Takes a call down at a desk of the actor's. When this returns, it is committed, and only now may anybody say
    /// "received". What is about officials goes to the oversight desk, whoever took it.
    pub async fn take_call(
        &self,
        actor: &Actor,
        desk: &str,
        call: Call,
        once: &Once,
    ) -> Result<Taken, Error> {
        check_text(&call.text)?;
        let kind = self.call_desk(actor, desk)?;
        let (mut ready, taken) = self.prepare_call(actor, kind, &call)?;
        ready.case.replay = Some(self.keep_answer(once, &taken)?);
        match self.commit_call(actor, &ready).await {
            Ok(Opened::Numbered { .. }) => {
                self.wake();
                Ok(taken)
            }
            Ok(Opened::Repeated(row)) => self.replay_answer(once, &row),
            // The member was proven a moment ago; the sealed case says who took the call.
            Err(Error::Fault(f)) if f.is_away() => self.spool_case(ready).await.map(|_| taken),
            Err(e) => Err(e),
        }
    }

    /// What the same form was answered before, if it was sent already.
    pub async fn call_taken(&self, once: &Once) -> Result<Option<Taken>, Error> {
        self.answered_before(once).await
    }

    /// The kind of a desk whose calls the actor may take.
    pub fn call_desk(&self, actor: &Actor, desk: &str) -> Result<Kind, Error> {
        let world = self.world();
        let desk = world.desk_named(desk).ok_or(Refusal::NotFound)?;
        if actor.keys_for(&world, desk.id).is_empty() {
            return Err(Refusal::NotFound.into());
        }
        Ok(desk.kind)
    }

    fn prepare_call(&self, actor: &Actor, kind: Kind, call: &Call) -> Result<(Ready, Taken), Error> {
        let world = self.world();
        let mut reading = wording::read(&self.talk().lexicon, &call.text);
        reading.officials |= call.officials;
        let told = Details {
            withheld: call.withheld.clone(),
            taken_by: Some(actor.name.clone()),
            ..call.details.clone()
        };
        let to = triage::desk_kind(&world, kind, &reading, &told);
        let priority = triage::priority(&reading, &told, false);
        let submission = intake::Submission {
            kind: to,
            text: call.text.clone(),
            locale: call.locale.clone(),
            channel: CHANNEL.to_owned(),
            details: triage::complete(to, &reading, told),
            priority,
            // Somebody heard it and wrote it down as a report.
            reads_as_tip: true,
        };
        let mut ready = self.prepare(&world, &submission, Sender::Known)?;
        if let Some(informant) = &call.informant {
            let readers = world.readers(ready.case.desk)?;
            let item = self.seal_for_case(ItemKind::Informant, ready.case.id, informant, &readers, None)?;
            ready.case.items.push(item);
        }
        if let Some(callback) = &call.callback {
            self.with_callback(&mut ready, callback)?;
        }
        let sees = !actor.keys_for(&world, ready.case.desk).is_empty();
        let taken = Taken {
            receipt: ready.accepted.receipt.clone(),
            at: ready.accepted.received_at,
            due: ready.case.due,
            case: sees.then_some(ready.case.id),
            crisis: reading.crisis,
        };
        Ok((ready, taken))
    }

    async fn commit_call(&self, actor: &Actor, ready: &Ready) -> Result<Opened, Error> {
        let (case, who, now) = (Arc::new(ready.case.clone()), actor.staff, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Opened, Error>> {
                let case = Arc::clone(&case);
                Box::pin(async move {
                    let opened = tx.open_cases(&[&case]).await?.pop().ok_or(Refusal::Busy)?;
                    if matches!(opened, Opened::Numbered { .. }) {
                        let event = Event {
                            version: 1,
                            at: now,
                            staff: Some(who),
                            action: "call".to_owned(),
                            from: None,
                            to: None,
                            item: None,
                        };
                        tx.add_event(case.tenant, case.id, &event).await?;
                        tx.note(Entry::by(case.tenant, now, who, Action::CallTaken, case.id.uuid()));
                    }
                    Ok(opened)
                })
            })
            .await
    }

    /// Opens the name a caller gave; the audit log says who asked for it.
    pub async fn informant(&self, actor: &Actor, id: CaseId) -> Result<Informant, Error> {
        let world = self.world();
        let mut tx = self.store().read().await?;
        let file = self.file(&mut tx, actor, &world, id).await?;
        drop(tx);
        let keys = actor.keys_for(&world, file.case.desk);
        let item = file.items.iter().find(|i| i.kind == ItemKind::Informant).ok_or(Refusal::NotFound)?;
        let informant = document(&file.open(self, item, &keys)?)?;
        let (tenant, who, now) = (actor.tenant, actor.staff, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    tx.note(Entry::by(tenant, now, who, Action::InformantRead, id.uuid()));
                    Ok(())
                })
            })
            .await?;
        Ok(informant)
    }
}
