//! Call-backs that somebody asked for: which hours are offered, how one is sealed with its case, and what the person can
//! do about it with their code. Nothing in the program dials; see [`staff`] for what people at the desk do.

pub mod staff;
mod watch;

use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

use super::citizen::{Found, away};
use super::intake::Ready;
use super::once::Once;
use super::{Error, Hotline, Refusal};
use crate::domain::callback::{
    CallBack, Discretion, PhoneNumber, Refused, Row, Rules, Slot, Standing, Wanted,
};
use crate::domain::case::Case;
use crate::domain::lane::Kind;
use crate::domain::receipt::Receipt;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{CallbackId, CaseId, TenantId};
use crate::store::audit::{Action, Entry};
use crate::store::callbacks::NewCallback;
use crate::store::items::NewItem;
use crate::store::replays::NewReplay;
use crate::store::writer::Work;
use crate::store::{StoreError, Tx};
use crate::vault::ItemKind;

/// How often a number is sealed again because the case went to another desk meanwhile.
const MOVED: usize = 3;

/// A call-back as it was typed, unchecked. No `Debug`.
#[derive(Clone)]
pub struct Asked {
    /// The number, as typed.
    pub number: String,
    /// The beginning of the hour.
    pub from: Timestamp,
    /// What may be said to who picks up.
    pub say: Discretion,
}

/// A call-back as the person sees it with their code: never the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnCallback {
    /// Whether one can be asked for now.
    pub may_ask: bool,
    /// Where it stands, if one was ever asked for.
    pub standing: Option<Standing>,
    /// The hour, while it is open.
    pub slot: Option<Slot>,
}

impl OwnCallback {
    /// What there is to see of a case's call-back; nothing for a tip.
    pub(crate) fn of(case: &Case, row: Option<&Row>) -> Option<Self> {
        let open = row.filter(|r| r.standing == Standing::Open);
        (case.kind == Kind::Counselling).then(|| Self {
            may_ask: may_be_called(case).is_ok(),
            standing: row.map(|r| r.standing),
            slot: open.map(|r| r.slot),
        })
    }
}

/// A row that is sealed and ready to be written.
#[derive(Clone)]
struct Prepared {
    item: NewItem,
    slot: Slot,
    id: CallbackId,
}

/// What a person asks for, sealed for the desk that has their case.
pub(crate) struct Wish {
    case: Case,
    prepared: Prepared,
    hour: Timestamp,
}

impl Hotline {
    /// The rules that call-backs go by.
    #[must_use]
    pub fn callback_rules(&self) -> Arc<Rules> {
        Arc::clone(&self.inner.callbacks.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Offers call-backs by other rules from now on.
    pub fn offer_callbacks(&self, rules: Arc<Rules>) {
        *self.inner.callbacks.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    /// The hours that can be chosen now, the nearest first.
    #[must_use]
    pub fn callback_slots(&self) -> Vec<Slot> {
        self.callback_rules().slots(self.plan().holidays(), self.now())
    }

    /// Checks what was typed. `kind` is where it is to go: nothing but counselling calls back.
    pub fn check_callback(
        &self,
        kind: Kind,
        asked: &Asked,
        (channel, entered_by): (&str, Option<&str>),
    ) -> Result<CallBack, Refused> {
        CallBack::offered(kind)?;
        let number = PhoneNumber::parse(&asked.number)?;
        let slot = self.callback_rules().choose(self.plan().holidays(), self.now(), asked.from)?;
        let wanted = Wanted {
            number,
            say: asked.say,
            channel: channel.to_owned(),
            entered_by: entered_by.map(str::to_owned),
            at: self.now(),
        };
        CallBack::new(kind, wanted, slot)
    }

    /// Seals a call-back into a case that is not stored yet, for the desk that case goes to. If that is another lane
    /// than counselling it is refused, and the number goes nowhere.
    pub(crate) fn with_callback(&self, ready: &mut Ready, callback: &CallBack) -> Result<(), Error> {
        CallBack::new(ready.case.kind, callback.wanted().clone(), callback.slot())?;
        let world = self.world();
        let readers = world.readers(ready.case.desk)?;
        let item =
            self.seal_for_case(ItemKind::CallBack, ready.case.id, callback.wanted(), &readers, None)?;
        ready.case.callback = Some(NewCallback {
            id: CallbackId::random(self.entropy())?,
            item: item.id,
            from: callback.slot().from(),
            to: callback.slot().to(),
        });
        ready.case.items.push(item);
        Ok(())
    }

    /// The person asks with their code to be called back, or changes what they asked for. Sent twice it is the same; with
    /// `once` a repetition gets the first answer, whatever became of it since.
    pub async fn ask_callback(
        &self,
        readings: &[Receipt],
        asked: &Asked,
        channel: &str,
        once: Option<Once>,
    ) -> Result<OwnCallback, Error> {
        let found = self.holder(readings).await?;
        for _ in 0..MOVED {
            if let Some(once) = &once
                && let Some(first) = self.answered_before(once).await?
            {
                return Ok(first);
            }
            let wish = self.seal_wish(found.case, asked, channel).await?;
            let own = wish.told();
            let kept = once.as_ref().map(|o| self.keep_answer(o, &own)).transpose()?;
            match self.write_wish(wish, kept).await {
                // a twin of this very request was quicker: its answer is there now
                Ok(false) | Err(Error::Refused(Refusal::Callback(Refused::Stale))) => {}
                Err(Error::Fault(f)) if f.is(|c| matches!(c, StoreError::Stale)) => {}
                done => return done.map(|_| own),
            }
        }
        Err(Refusal::Busy.into())
    }

    /// What the person can see of their call-back with their code.
    pub async fn own_callback(&self, readings: &[Receipt]) -> Result<OwnCallback, Error> {
        let found = self.holder(readings).await?;
        let mut tx = self.store().read().await?;
        let case = tx.case(found.tenant, found.case).await?.ok_or(Refusal::NotFound)?;
        let row = tx.callback_of(case.id).await?;
        Ok(OwnCallback::of(&case, row.as_ref()).ok_or(Refused::NotCounselling)?)
    }

    /// The person does not want it any more: the number is forgotten in this commit.
    pub async fn withdraw_callback(&self, readings: &[Receipt]) -> Result<(), Error> {
        let found = self.holder(readings).await?;
        let case = self.store().read().await?.case(found.tenant, found.case).await?;
        CallBack::offered(case.ok_or(Refusal::NotFound)?.kind)?;
        let (case, tenant, hour) = (found.case, found.tenant, self.now().hour());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move { withdraw(tx, tenant, case, hour).await })
            })
            .await?;
        self.wake();
        Ok(())
    }

    /// The case of a code, or why there is none.
    async fn holder(&self, readings: &[Receipt]) -> Result<Found, Error> {
        let mut tx = self.store().read().await.map_err(away)?;
        Ok(self.find(&mut tx, readings).await?.ok_or_else(|| self.nobody())?)
    }

    /// Checks what a person asks for and seals it to the desk that has their case now.
    pub(crate) async fn seal_wish(&self, id: CaseId, asked: &Asked, channel: &str) -> Result<Wish, Error> {
        let case = self.callable(self.world().tenant.id, id).await?;
        let callback = self.check_callback(case.kind, asked, (channel, None))?;
        let prepared = self.prepare_callback(&case, &callback)?;
        Ok(Wish { case, prepared, hour: self.now().hour() })
    }

    /// Commits it; false when the same request was answered before.
    async fn write_wish(&self, wish: Wish, kept: Option<NewReplay>) -> Result<bool, Error> {
        let unit = Arc::new((wish, kept));
        let first = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move {
                    if let Some(kept) = &unit.1
                        && !tx.add_replay(kept).await?
                    {
                        return Ok(false);
                    }
                    unit.0.write(tx).await?;
                    Ok(true)
                })
            })
            .await?;
        self.wake();
        Ok(first)
    }

    /// The case, if it can be called back about.
    async fn callable(&self, tenant: TenantId, id: CaseId) -> Result<Case, Error> {
        let case = self.store().read().await?.case(tenant, id).await?.ok_or(Refusal::NotFound)?;
        may_be_called(&case)?;
        Ok(case)
    }

    fn prepare_callback(&self, case: &Case, callback: &CallBack) -> Result<Prepared, Error> {
        let world = self.world();
        let readers = world.readers(case.desk)?;
        let item = self.seal_for_case(ItemKind::CallBack, case.id, callback.wanted(), &readers, None)?;
        Ok(Prepared { item, slot: callback.slot(), id: CallbackId::random(self.entropy())? })
    }
}

impl Wish {
    /// What its person is told of it.
    const fn told(&self) -> OwnCallback {
        OwnCallback { may_ask: true, standing: Some(Standing::Open), slot: Some(self.prepared.slot) }
    }

    /// Writes it with the unit it belongs to; the person themselves asked.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<(), Error> {
        self.prepared.write(tx, &self.case).await?;
        let case = &self.case;
        tx.note(Entry::by_nobody(case.tenant, self.hour, Action::CallbackAsked, case.id.uuid()));
        Ok(())
    }
}

/// The person themselves does not want it any more.
pub(crate) async fn withdraw(
    tx: &mut Tx,
    tenant: TenantId,
    case: CaseId,
    hour: Timestamp,
) -> Result<(), Error> {
    let row = tx.callback_of(case).await?.ok_or(Refused::Over)?;
    write_change(tx, &row, &row.withdraw()?).await?;
    tx.note(Entry::by_nobody(tenant, hour, Action::CallbackWithdrawn, case.uuid()));
    Ok(())
}

impl Prepared {
    /// Writes it: the row of the case begins anew, and a number that was there before is forgotten. A case that went to
    /// another desk since is [`StoreError::Stale`]: the number was sealed for the desk it left. The case's row is held
    /// from here on, so that nobody closes or hands it over in between.
    async fn write(&self, tx: &mut Tx, seen: &Case) -> Result<(), Error> {
        tx.lock_case(seen.id).await?;
        let case = tx.case(seen.tenant, seen.id).await?.ok_or(Refusal::NotFound)?;
        may_be_called(&case)?;
        if case.desk != seen.desk {
            return Err(StoreError::Stale.into());
        }
        tx.insert_items(&[(case.tenant, case.id, &self.item)]).await?;
        if let Some(row) = tx.callback_of(case.id).await? {
            return write_change(tx, &row, &row.anew(self.slot, self.item.id)).await;
        }
        let (from, to) = (self.slot.from(), self.slot.to());
        let new = NewCallback { id: self.id, item: self.item.id, from, to };
        let row = new.row(case.tenant, case.id, case.desk);
        Ok(tx.insert_callbacks(&[(case.kind, row)]).await?)
    }
}

/// Writes a change, and destroys the number that it no longer names.
async fn write_change(tx: &mut Tx, before: &Row, after: &Row) -> Result<(), Error> {
    match tx.change_callback(before, after).await {
        Err(StoreError::Stale) => return Err(Refused::Stale.into()),
        done => done?,
    }
    if let Some(old) = before.item.filter(|item| after.item != Some(*item)) {
        tx.destroy_item(before.case, old).await?;
    }
    Ok(())
}

/// Only open cases of counselling are called back.
fn may_be_called(case: &Case) -> Result<(), Refused> {
    match (case.kind, case.state) {
        (Kind::Tips | Kind::Oversight, _) => Err(Refused::NotCounselling),
        (Kind::Counselling, State::Closed) => Err(Refused::CaseClosed),
        (Kind::Counselling, _) => Ok(()),
    }
}
