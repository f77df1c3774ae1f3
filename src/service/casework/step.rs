//! How a step is taken: prepared outside, applied to the row as it is now, written with everything that belongs
//! to it in one unit.

use std::sync::Arc;

use serde::Serialize;

use super::{Done, Meanwhile, Step};
use crate::domain::callback::Refused;
use crate::domain::case::Case;
use crate::domain::document::Words;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, ItemId, StaffId};
use crate::service::access::Actor;
use crate::service::casefile::document;
use crate::service::once::Once;
use crate::service::reach::Announcements;
use crate::service::{Error, Hotline, Refusal};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::cases::Event;
use crate::store::items::NewItem;
use crate::store::replays::NewReplay;
use crate::store::writer::Work;
use crate::vault::{ItemKind, KeyId, Wrap};

/// What a step changes, prepared outside the transaction.
#[derive(Clone)]
pub(super) struct Change {
    action: Action,
    word: &'static str,
    item: Option<NewItem>,
    apply: Apply,
    pub(super) outgoing: Announcements,
}

/// How a step changes the clear row.
#[derive(Clone)]
pub(super) enum Apply {
    Nothing,
    Work,
    Release,
    Acknowledge,
    SendAgain,
    Move { to: State, reason: String },
    Hand { desk: DeskId, old: Vec<KeyId>, wraps: Vec<(ItemId, Wrap)>, items: usize },
}

impl Hotline {
    pub(super) async fn keep_first(
        &self,
        tx: &mut Tx,
        once: &Once,
        answer: &impl Serialize,
    ) -> Result<(), Error> {
        let row: NewReplay = self.keep_answer(once, answer)?;
        // Lost the race against a twin of this very request: rolled back, the caller asks again.
        if tx.add_replay(&row).await? { Ok(()) } else { Err(Refusal::Busy.into()) }
    }

    /// Runs a prepared step as one unit and tells what came meanwhile.
    pub(super) async fn step(&self, actor: &Actor, step: &Step, change: Change) -> Result<Done, Error> {
        if let Some(first) = self.repeated(step).await? {
            return Ok(first);
        }
        self.check_work(actor, step.case).await?;
        let unit = Arc::new((step.clone(), change, actor.staff, actor.tenant));
        let this = self.clone();
        let (mut done, unread) = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(Done, i64), Error>> {
                let (this, unit) = (this.clone(), Arc::clone(&unit));
                Box::pin(async move {
                    let (step, change, who, tenant) = &*unit;
                    let case = tx.case(*tenant, step.case).await?.ok_or(Refusal::NotFound)?;
                    same_version(&case, step.version)?;
                    let after = this.apply(&case, change, *who)?;
                    this.write(tx, &case, &after, change, *who).await.map_err(|e| stale(e, &case))?;
                    let done = Done {
                        id: case.id,
                        version: after.version,
                        state: after.state,
                        meanwhile: Vec::new(),
                    };
                    if let Some(once) = &step.once {
                        this.keep_first(tx, once, &done).await?;
                    }
                    Ok((done, case.unread))
                })
            })
            .await?;
        self.wake();
        if unread > 0 {
            // The step stands: what cannot be shown beside it (handed over, altered) must not look like failure.
            done.meanwhile = self.newest_words(actor, step.case, unread).await.unwrap_or_default();
        }
        Ok(done)
    }

    /// The case after the step; pure but for the time.
    fn apply(&self, case: &Case, change: &Change, who: StaffId) -> Result<Case, Error> {
        let now = self.now();
        let mut after = case.clone();
        after.version += 1;
        after.aside = case.aside.touched();
        match &change.apply {
            Apply::Nothing => {}
            Apply::Work | Apply::SendAgain => case.work(who, now)?,
            Apply::Release => {
                case.release(who, now)?;
                after.hold = None;
            }
            Apply::Acknowledge => after.alarm = None,
            Apply::Move { to, reason } => {
                case.transition(*to, reason, who, now)?;
                after.state = *to;
                after.alarm = None;
                after.due = self.deadlines().due(case.kind, *to, case.received_hour, now);
            }
            Apply::Hand { desk, .. } => {
                case.work(who, now)?;
                after.desk = *desk;
                after.hold = None;
                after.alarm = Some(self.deadlines().alarm(case.kind, case.priority, now));
            }
        }
        if after.state == State::Closed {
            after.hold = None;
        } else if let Some(hold) = &mut after.hold
            && hold.by == who
        {
            hold.until = now.plus(self.deadlines().lease());
        }
        Ok(after)
    }

    async fn write(
        &self,
        tx: &mut Tx,
        case: &Case,
        after: &Case,
        change: &Change,
        who: StaffId,
    ) -> Result<(), Error> {
        let now = self.now();
        let closes = after.state == State::Closed && case.state != State::Closed;
        if closes {
            tx.lock_case(case.id).await?;
            if tx.awaits_callback(case.id).await? {
                return Err(Refused::StillOpen.into());
            }
        }
        tx.change_case(case, after, now).await?;
        if matches!(change.apply, Apply::Acknowledge | Apply::Move { .. } | Apply::Hand { .. }) {
            // A named person has seen it. Where it goes to another desk, its alarm begins anew there.
            tx.end_causes(case.id.uuid(), who, now).await?;
        }
        if let Apply::Hand { .. } = &change.apply {
            hand_over(tx, (case, after), &change.apply, (who, now)).await?;
        }
        if matches!(change.apply, Apply::SendAgain) && tx.retry_parked(case.id, now).await? == 0 {
            return Err(Refusal::Stale { version: case.version, state: case.state }.into());
        }
        if let Some(item) = &change.item {
            tx.insert_items(&[(case.tenant, case.id, item)]).await?;
        }
        let moved = case.state != after.state;
        let event = Event {
            version: after.version,
            at: now,
            staff: Some(who),
            action: change.word.to_owned(),
            from: moved.then_some(case.state),
            to: moved.then_some(after.state),
            item: change.item.as_ref().map(|i| i.id),
        };
        tx.add_event(case.tenant, case.id, &event).await?;
        change.outgoing.write(tx).await?;
        tx.note(Entry::by(case.tenant, now, who, change.action, case.id.uuid()));
        Ok(())
    }

    /// The newest messages of the citizen.
    async fn newest_words(&self, actor: &Actor, id: CaseId, amount: i64) -> Result<Vec<Meanwhile>, Error> {
        let world = self.world();
        let mut tx = self.store().read().await?;
        let file = self.file(&mut tx, actor, &world, id).await?;
        drop(tx);
        let keys = actor.keys_for(&world, file.case.desk);
        let mut words: Vec<Meanwhile> = Vec::new();
        for item in file.items.iter().filter(|i| i.kind == ItemKind::FollowUp) {
            let w: Words = document(&file.open(self, item, &keys)?)?;
            words.push(Meanwhile { text: w.text, at: w.at });
        }
        words.sort_by_key(|w| w.at);
        let keep = usize::try_from(amount).unwrap_or(0).min(words.len());
        Ok(words.split_off(words.len() - keep))
    }
}

impl Change {
    pub(super) fn new(action: Action, word: &'static str, apply: Apply) -> Self {
        Self { action, word, item: None, apply, outgoing: Announcements::default() }
    }

    pub(super) fn with(mut self, mut item: NewItem, author: &Actor) -> Self {
        item.author = Some(author.staff);
        self.item = Some(item);
        self
    }
}

/// What goes along when a case is handed over: its wraps, and a call-back that somebody waits for.
async fn hand_over(
    tx: &mut Tx,
    (case, after): (&Case, &Case),
    apply: &Apply,
    (who, now): (StaffId, Timestamp),
) -> Result<(), Error> {
    let Apply::Hand { old, wraps, items, .. } = apply else { return Ok(()) };
    // The row is locked since the change above. An item that came since would be readable by nobody
    // at the new desk: the caller looks again.
    if tx.item_count(case.id).await? != *items {
        return Err(Refusal::Stale { version: case.version, state: case.state }.into());
    }
    tx.replace_wraps(case.tenant, case.id, old, wraps).await?;
    if let Some(callback) = tx.callback_of(case.id).await? {
        tx.end_causes(callback.id.uuid(), who, now).await?;
        tx.move_callback(case.id, after.desk).await?;
    }
    Ok(())
}

/// Another node was faster between our look and our write.
fn stale(e: Error, case: &Case) -> Error {
    match e {
        Error::Fault(f) if f.is(|c| matches!(c, crate::store::StoreError::Stale)) => {
            Refusal::Stale { version: case.version + 1, state: case.state }.into()
        }
        e => e,
    }
}

pub(super) fn same_version(case: &Case, seen: i64) -> Result<(), Refusal> {
    if case.version == seen {
        Ok(())
    } else {
        Err(Refusal::Stale { version: case.version, state: case.state })
    }
}
