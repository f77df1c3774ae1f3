//! Never late: a call-back that nobody took in time, or took and left without a word, calls people like any clock that
//! runs out. A withdrawn one that had called already stays until a named person has seen it.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::callback::Standing;
use crate::kernel::Timestamp;
use crate::kernel::id::{CallbackId, RowId};
use crate::service::access::Actor;
use crate::service::alarms::Alarming;
use crate::service::{Error, Hotline, Refusal};
use crate::store::Tx;
use crate::store::alarms::Cause;
use crate::store::audit::{Action, Entry};
use crate::store::callbacks::WatchedCallback;
use crate::store::writer::Work;

/// How many are looked at in one unit.
const STRETCH: i64 = 64;
/// An alarm of this very moment was raised before (a clock was set back): looked at again after so long.
const ONCE_MORE: Duration = Duration::from_mins(1);

impl Hotline {
    /// Looks at every call-back whose moment has come, and says how many there were.
    pub async fn watch_callbacks(&self) -> Result<usize, Error> {
        let mut seen = 0;
        loop {
            let now = self.now();
            let found = self.store().read().await?.watched_callbacks(now, STRETCH).await?;
            if found.is_empty() {
                return Ok(seen);
            }
            seen += found.len();
            let ids = found.iter().map(|_| RowId::random(self.entropy())).collect::<Result<Vec<_>, _>>()?;
            let unit = Arc::new((found, ids));
            let this = self.clone();
            self.writer()
                .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                    let (unit, this) = (Arc::clone(&unit), this.clone());
                    Box::pin(async move {
                        for (found, id) in unit.0.iter().zip(&unit.1) {
                            this.look_at_callback(tx, found, *id, now).await?;
                        }
                        Ok(())
                    })
                })
                .await?;
        }
    }

    async fn look_at_callback(
        &self,
        tx: &mut Tx,
        found: &WatchedCallback,
        id: RowId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let row = &found.row;
        // A lease of a clock that was set back since does not keep anybody waiting.
        let held = row.held(now, &self.callback_rules());
        let at = held.map_or(row.slot.last_tenth(), |h| h.until.max(row.slot.last_tenth()));
        if row.standing != Standing::Open || at > now {
            tx.callback_watched(found, (row.standing == Standing::Open).then_some(at)).await?;
            return Ok(());
        }
        if !tx.callback_watched(found, None).await? {
            return Ok(());
        }
        let due = row.slot.to().max(now.minute());
        if !self.raise(tx, id, &Alarming::Callback(found.clone(), due)).await? {
            tx.watch_callback_again(row.id, now.plus(ONCE_MORE)).await?;
        }
        Ok(())
    }

    /// Acknowledges the call-backs of an alarm that were shown to the actor. One that is still open calls again after a
    /// while: having seen it is not having called. Returns how many were acknowledged.
    pub async fn end_callback_alarm(
        &self,
        actor: &Actor,
        alarm: RowId,
        shown: &[CallbackId],
    ) -> Result<usize, Error> {
        let open = self.store().read().await?.open_alarm(alarm).await?;
        let open = open.filter(|a| a.tenant == actor.tenant && a.cause == Cause::Clock);
        let desk = open.ok_or(Refusal::NotFound)?.desk.ok_or(Refusal::NotFound)?;
        if actor.keys_for(&self.world(), desk).is_empty() {
            return Err(Refusal::NotFound.into());
        }
        let (shown, who, tenant) = (Arc::new(shown.to_vec()), actor.staff, actor.tenant);
        let (now, again) = (self.now(), self.now().plus(self.callback_rules().again()));
        let ended = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<usize, Error>> {
                let shown = Arc::clone(&shown);
                Box::pin(async move {
                    let mut ended = 0;
                    for id in shown.iter() {
                        if !tx.is_open_cause(alarm, id.uuid()).await? {
                            continue;
                        }
                        tx.end_causes(id.uuid(), who, now).await?;
                        tx.watch_callback_again(*id, again).await?;
                        tx.note(Entry::by(tenant, now, who, Action::AlarmEnded, alarm.uuid()));
                        ended += 1;
                    }
                    Ok(ended)
                })
            })
            .await?;
        self.wake();
        Ok(ended)
    }
}
