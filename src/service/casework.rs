//! What a member of a desk does with a case: claim, release, acknowledge, reply, note, move, hand over. Each
//! is one unit: the case's row at the version the caller has seen, the sealed words, the event, the audit
//! entry and the message to the citizen stand or fall together.

mod step;

use serde::{Deserialize, Serialize};

use self::step::{Apply, Change, same_version};
use super::access::{Actor, kids};
use super::casefile::File;
use super::once::Once;
use super::queue::{Claimed, claim};
use super::{Error, Hotline, Refusal};
use crate::domain::document::{Words, check_text};
use crate::domain::policy::Act;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, ItemId};
use crate::store::Tx;
use crate::store::audit::Action;
use crate::store::writer::Work;
use crate::vault::{ItemKind, Place, Wrap};

/// A step on a case at the version the caller has seen.
#[derive(Clone)]
pub struct Step {
    /// Which case.
    pub case: CaseId,
    /// The version the caller has seen.
    pub version: i64,
    /// What makes a repetition the same request.
    pub once: Option<Once>,
}

/// The answer to a step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The case.
    pub id: CaseId,
    /// Its version now.
    pub version: i64,
    /// Where it stands now.
    pub state: State,
    /// Citizen's messages that came while the caller was writing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meanwhile: Vec<Meanwhile>,
}

/// A citizen's message that the caller had not seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meanwhile {
    /// The words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

impl Hotline {
    /// Takes a case, or renews the caller's lease on it.
    pub async fn claim(&self, actor: &Actor, step: &Step) -> Result<Claimed, Error> {
        if let Some(first) = self.repeated(step).await? {
            return Ok(first);
        }
        self.check_work(actor, step.case).await?;
        let (who, tenant, now, lease) = (actor.staff, actor.tenant, self.now(), self.deadlines().lease());
        let (this, step) = (self.clone(), step.clone());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Claimed, Error>> {
                let (this, step) = (this.clone(), step.clone());
                Box::pin(async move {
                    let case = tx.case(tenant, step.case).await?.ok_or(Refusal::NotFound)?;
                    same_version(&case, step.version)?;
                    let hold = case.claim(who, now, lease)?;
                    let claimed = claim(tx, &case, hold, now).await?;
                    if let Some(once) = &step.once {
                        this.keep_first(tx, once, &claimed).await?;
                    }
                    Ok(claimed)
                })
            })
            .await
    }

    /// Gives a case back to the queue.
    pub async fn release(&self, actor: &Actor, step: &Step) -> Result<Done, Error> {
        let change = Change::new(Action::Released, "release", Apply::Release);
        self.step(actor, step, change).await
    }

    /// A named person confirms having seen the case: its alarm ends.
    pub async fn acknowledge(&self, actor: &Actor, step: &Step) -> Result<Done, Error> {
        let change = Change::new(Action::Acknowledged, "acknowledge", Apply::Acknowledge);
        self.step(actor, step, change).await
    }

    /// Writes to the citizen: readable with the receipt, and announced where there is a way back.
    pub async fn reply(&self, actor: &Actor, step: &Step, text: &str) -> Result<Done, Error> {
        check_text(text)?;
        if let Some(first) = self.repeated(step).await? {
            return Ok(first);
        }
        let world = self.world();
        let file = self.work_file(actor, step.case).await?;
        let keys = actor.keys_for(&world, file.case.desk);
        let opening = file.opening(self, &keys)?;
        let mut readers = world.readers(file.case.desk)?;
        let receipt = self.receipt_key(&file, &opening).await?;
        readers.extend(receipt.as_ref());
        let words = Words { text: text.to_owned(), at: self.now(), by: Some(actor.name.clone()) };
        let item = self.seal_for_case(ItemKind::Reply, step.case, &words, &readers, None)?;
        let mut change = Change::new(Action::Replied, "reply", Apply::Work).with(item, actor);
        change.outgoing = self.announce(&file, &keys, text).await?;
        self.step(actor, step, change).await
    }

    /// Writes an internal note, which the citizen can never read.
    pub async fn note(&self, actor: &Actor, step: &Step, text: &str) -> Result<Done, Error> {
        check_text(text)?;
        let world = self.world();
        let file = self.work_file(actor, step.case).await?;
        let words = Words { text: text.to_owned(), at: self.now(), by: Some(actor.name.clone()) };
        let desk = [world.desk_key(file.case.desk)?];
        let item = self.seal_for_case(ItemKind::Note, step.case, &words, &desk, None)?;
        let change = Change::new(Action::Noted, "note", Apply::Nothing).with(item, actor);
        self.step(actor, step, change).await
    }

    /// Moves a case to another state, with a reason. Offering counselling writes to the citizen as well: the
    /// case itself never crosses to the other lane.
    pub async fn transition(
        &self,
        actor: &Actor,
        step: &Step,
        to: State,
        reason: &str,
    ) -> Result<Done, Error> {
        if let Some(first) = self.repeated(step).await? {
            return Ok(first);
        }
        let world = self.world();
        let file = self.work_file(actor, step.case).await?;
        let words = Words { text: reason.to_owned(), at: self.now(), by: Some(actor.name.clone()) };
        let readers = world.readers(file.case.desk)?;
        let item = self.seal_for_case(ItemKind::Reason, step.case, &words, &readers, None)?;
        let apply = Apply::Move { to, reason: reason.to_owned() };
        let mut change = Change::new(Action::Moved, "transition", apply).with(item, actor);
        if to == State::ToRehab {
            let keys = actor.keys_for(&world, file.case.desk);
            change.outgoing = self.offer_help(&file, &keys).await?;
        }
        self.step(actor, step, change).await
    }

    /// Hands a case to another desk of the same tree by wrapping every item anew.
    pub async fn transfer(
        &self,
        actor: &Actor,
        step: &Step,
        desk: &str,
        reason: &str,
    ) -> Result<Done, Error> {
        if let Some(first) = self.repeated(step).await? {
            return Ok(first);
        }
        let world = self.world();
        let file = self.work_file(actor, step.case).await?;
        let case = &file.case;
        let target = world
            .desk_named(desk)
            .filter(|d| d.kind == case.kind && world.top_of(d.id) == world.top_of(case.desk))
            .filter(|d| d.id != case.desk)
            .ok_or(Refusal::NotFound)?;
        if reason.trim().is_empty() {
            return Err(Refusal::NoReason.into());
        }
        let keys = actor.keys_for(&world, case.desk);
        let readers = world.readers(target.id)?;
        let wraps = self.rewrap_all(&file, &keys, &readers, world.desk_key(target.id)?)?;
        let old = world.readers(case.desk)?.iter().map(|k| k.kid()).chain(kids(&keys)).collect();
        let words = Words { text: reason.to_owned(), at: self.now(), by: Some(actor.name.clone()) };
        let item = self.seal_for_case(ItemKind::Reason, step.case, &words, &readers, None)?;
        let apply = Apply::Hand { desk: target.id, old, wraps, items: file.items.len() };
        self.step(actor, step, Change::new(Action::Transferred, "transfer", apply).with(item, actor)).await
    }

    /// Sends the messages of a case once more that are uncertain or failed, because a member says so. If none is
    /// any more, somebody was faster: stale.
    pub async fn send_again(&self, actor: &Actor, step: &Step) -> Result<Done, Error> {
        self.step(actor, step, Change::new(Action::SentAgain, "send_again", Apply::SendAgain)).await
    }

    /// New wraps for every item: to all readers of the new desk, notes to the desk itself only.
    fn rewrap_all(
        &self,
        file: &File,
        keys: &[&crate::vault::PrivateKey],
        readers: &[&crate::vault::PublicKey],
        desk_only: &crate::vault::PublicKey,
    ) -> Result<Vec<(ItemId, Wrap)>, Error> {
        let mut out = Vec::new();
        for item in &file.items {
            let place = Place::first(item.kind, item.id, file.case.id);
            let Some((stored, key)) = file
                .wraps
                .iter()
                .filter(|w| w.item == item.id)
                .find_map(|w| keys.iter().find(|k| k.kid() == w.wrap.kid()).map(|k| (w, *k)))
            else {
                continue;
            };
            let to: Vec<_> = if item.kind == ItemKind::Note { vec![desk_only] } else { readers.to_vec() };
            for reader in to {
                out.push((item.id, self.vault().rewrap(&place, &stored.wrap, key, reader)?));
            }
        }
        Ok(out)
    }

    /// The case's rows, for a member who may work it.
    async fn work_file(&self, actor: &Actor, id: CaseId) -> Result<File, Error> {
        let world = self.world();
        let mut tx = self.store().read().await?;
        let file = self.file(&mut tx, actor, &world, id).await?;
        actor.may(Act::Work(file.case.kind))?;
        Ok(file)
    }

    async fn check_work(&self, actor: &Actor, id: CaseId) -> Result<(), Error> {
        let world = self.world();
        let case = self.store().read().await?.case(actor.tenant, id).await?.ok_or(Refusal::NotFound)?;
        if actor.keys_for(&world, case.desk).is_empty() {
            return Err(Refusal::NotFound.into());
        }
        actor.may(Act::Work(case.kind))
    }

    async fn repeated<T: serde::de::DeserializeOwned>(&self, step: &Step) -> Result<Option<T>, Error> {
        match &step.once {
            Some(once) => self.answered_before(once).await,
            None => Ok(None),
        }
    }
}
