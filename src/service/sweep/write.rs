//! One unit of a bulk act: some cases, each as if it were alone, and what was done to them, in one commit.

use std::sync::Arc;

use super::Running;
use crate::domain::case::{Aside, Case, steps_to_clear};
use crate::domain::document::Words;
use crate::domain::number::year_of;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{DeskId, StaffId};
use crate::service::{Error, Hotline};
use crate::store::audit::{Action, Entry};
use crate::store::cases::Event;
use crate::store::items::NewItem;
use crate::store::sweeps::Sweep;
use crate::store::writer::Work;
use crate::store::{StoreError, Tx};
use crate::vault::{ItemKind, sha256};

/// A case as it is and as it will be, its states on the way, and why.
struct Change {
    before: Case,
    after: Case,
    steps: &'static [State],
    item: NewItem,
}

struct Unit {
    sweep: Sweep,
    changes: Vec<Change>,
    action: Action,
    word: &'static str,
    by: StaffId,
    now: Timestamp,
    register: DeskId,
}

impl Hotline {
    /// Clears or confirms some cases in one unit. `false` when the request has done its share.
    pub(super) async fn sweep_some(&self, r: &mut Running<'_>, cases: Vec<Case>) -> Result<bool, Error> {
        let given = cases.len();
        let cases: Vec<Case> = cases.into_iter().take(r.left).collect();
        let all = cases.len() == given;
        r.left -= cases.len();
        let mut changes = Vec::new();
        for before in cases {
            match self.swept_case(r, before)? {
                Some(change) => changes.push(change),
                None => r.passed += 1,
            }
        }
        if changes.is_empty() {
            return Ok(all && r.left > 0);
        }
        let amount = changes.len();
        let unit = Unit {
            sweep: r.sweep.clone(),
            changes,
            action: if r.sweep.clears { Action::Cleared } else { Action::Confirmed },
            word: if r.sweep.clears { "clear" } else { "confirm" },
            by: r.actor.staff,
            now: self.now(),
            register: self.world().top_of(r.sweep.desk),
        };
        let done = self.write_unit(unit).await?;
        r.passed += i64::try_from(amount - done).unwrap_or(0);
        Ok(all && r.left > 0)
    }

    /// A case as the bulk act leaves it; none when it cannot be touched now.
    fn swept_case(&self, r: &Running<'_>, before: Case) -> Result<Option<Change>, Error> {
        let now = self.now();
        if before.work(r.actor.staff, now).is_err() || !before.state.waits() {
            return Ok(None);
        }
        let mut after = before.clone();
        let steps = if r.sweep.clears {
            let steps = steps_to_clear(before.kind, before.state);
            let Some(last) = steps.last() else { return Ok(None) };
            after.state = *last;
            after.alarm = None;
            after.hold = None;
            steps
        } else {
            // It is handled like any other from here on, and somebody is called for it like for any other.
            if !before.kind.is_tip() {
                return Ok(None);
            }
            if before.aside == Aside::Side {
                after.aside = Aside::Main;
            }
            after.alarm = before.alarm.map(|_| self.deadlines().alarm(before.kind, before.priority, now));
            &[]
        };
        after.version += i64::try_from(steps.len().max(1)).unwrap_or(1);
        after.due = self.deadlines().due(after.kind, after.state, after.received_hour, now);
        let item = self.reason_item(r.actor, &before, &r.reason)?;
        Ok(Some(Change { before, after, steps, item }))
    }

    /// The reason, sealed into a case.
    pub(super) fn reason_item(
        &self,
        actor: &crate::service::Actor,
        case: &Case,
        reason: &str,
    ) -> Result<NewItem, Error> {
        let world = self.world();
        let words = Words { text: reason.to_owned(), at: self.now(), by: Some(actor.name.clone()) };
        let mut item =
            self.seal_for_case(ItemKind::Reason, case.id, &words, &world.readers(case.desk)?, None)?;
        item.author = Some(actor.staff);
        Ok(item)
    }

    /// Writes a unit; how many of its cases were still as they were seen.
    async fn write_unit(&self, unit: Unit) -> Result<usize, Error> {
        let unit = Arc::new(unit);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<usize, Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move { unit.write(tx).await })
            })
            .await
    }

    /// Gives cases a row of their own that are beneath a row they do not belong to.
    pub(super) async fn set_apart(&self, r: &mut Running<'_>, cases: Vec<Case>) -> Result<(), Error> {
        if cases.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let cases = Arc::new(cases);
        let done = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<i64, Error>> {
                let cases = Arc::clone(&cases);
                Box::pin(async move {
                    let mut done = 0;
                    for before in cases.iter() {
                        let after = Case { aside: Aside::Main, ..before.clone() };
                        done += i64::from(stood(tx.change_case(before, &after, now).await)?);
                    }
                    Ok(done)
                })
            })
            .await?;
        r.apart += done;
        Ok(())
    }

    /// Takes some cleared cases up again; how many were as the clearing left them.
    pub(super) async fn take_back(
        &self,
        (actor, sweep): (&crate::service::Actor, &Sweep),
        cases: Vec<Case>,
        reason: &str,
    ) -> Result<usize, Error> {
        let now = self.now();
        let mut changes = Vec::new();
        for before in cases {
            let mut after = before.clone();
            after.state = crate::domain::case::taken_up_again(before.kind);
            after.version += 1;
            after.alarm = Some(self.deadlines().alarm(before.kind, before.priority, now));
            after.due = self.deadlines().due(after.kind, after.state, after.received_hour, now);
            let item = self.reason_item(actor, &before, reason)?;
            let steps: &'static [State] = match after.state {
                State::Classified => &[State::Classified],
                _ => &[State::InCounselling],
            };
            changes.push(Change { before, after, steps, item });
        }
        let unit = Unit {
            sweep: sweep.clone(),
            changes,
            action: Action::Restored,
            word: "restore",
            by: actor.staff,
            now,
            register: self.world().top_of(sweep.desk),
        };
        self.write_unit(unit).await
    }
}

/// Whether a case was still as it was seen; anything else is a fault.
fn stood(changed: Result<(), StoreError>) -> Result<bool, StoreError> {
    match changed {
        Ok(()) => Ok(true),
        Err(StoreError::Stale) => Ok(false),
        Err(e) => Err(e),
    }
}

impl Unit {
    async fn write(&self, tx: &mut Tx) -> Result<usize, Error> {
        let mut done: Vec<&Change> = Vec::new();
        for change in &self.changes {
            let closes = change.after.state == State::Closed && !change.before.kind.is_tip();
            if closes {
                tx.lock_case(change.before.id).await?;
                // Somebody waits to be called: a person must look at it alone.
                if tx.awaits_callback(change.before.id).await? {
                    continue;
                }
            }
            if stood(tx.change_case(&change.before, &change.after, self.now).await)? {
                done.push(change);
            }
        }
        let items: Vec<_> = done.iter().map(|c| (c.before.tenant, c.before.id, &c.item)).collect();
        tx.insert_items(&items).await?;
        for change in &done {
            self.tell(tx, change).await?;
            if self.action != Action::Restored {
                // A named person has settled it: nobody is called for it any more.
                tx.end_causes(change.before.id.uuid(), self.by, self.now).await?;
            }
        }
        let touched = done.iter().map(|c| c.before.id).collect::<Vec<_>>();
        if self.action == Action::Restored {
            tx.unsweep(self.sweep.id, &touched).await?;
        } else {
            let drawn: Vec<_> =
                touched.iter().map(|id| (*id, super::place_in_draw(&self.sweep.seed, *id))).collect();
            tx.add_swept(&self.sweep, &drawn).await?;
        }
        if self.action == Action::Confirmed {
            // Last: the counter of the register is what nodes share.
            tx.register((self.sweep.tenant, self.register), &touched, (year_of(self.now), self.now)).await?;
        }
        Ok(done.len())
    }

    /// Events for every step, and one entry in the audit log that names the bulk act.
    async fn tell(&self, tx: &mut Tx, change: &Change) -> Result<(), Error> {
        let (case, mut from) = (&change.before, change.before.state);
        let mut event = Event {
            version: case.version + 1,
            at: self.now,
            staff: Some(self.by),
            action: self.word.to_owned(),
            from: None,
            to: None,
            item: Some(change.item.id),
        };
        for to in change.steps {
            (event.from, event.to) = (Some(from), Some(*to));
            tx.add_event(case.tenant, case.id, &event).await?;
            event.version += 1;
            from = *to;
        }
        if change.steps.is_empty() {
            tx.add_event(case.tenant, case.id, &event).await?;
        }
        let mut entry = Entry::by(case.tenant, self.now, self.by, self.action, case.id.uuid());
        entry.detail = sha256(&[b"tinan/swept", &self.sweep.id.bytes()]);
        tx.note(entry);
        Ok(())
    }
}
