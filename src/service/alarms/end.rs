//! How an alarm ends: a named person says that they have seen what it is about, case by case as it was shown to
//! them. Nothing else ends one.

use std::sync::Arc;

use uuid::Uuid;

use crate::domain::policy::Act;
use crate::kernel::id::{CaseId, RowId};
use crate::service::access::Actor;
use crate::service::{Error, Hotline, Refusal};
use crate::store::Tx;
use crate::store::alarms::{Cause, OpenAlarm};
use crate::store::audit::{Action, Entry};
use crate::store::cases::Event;
use crate::store::writer::Work;

/// How many cases of an alarm are shown, and so acknowledged, at once.
pub(super) const SHOWN: usize = 100;

impl Hotline {
    /// Acknowledges the cases of an alarm that were shown to the actor; those that came since stay, and the alarm
    /// with them. An alarm about the program itself has no cases. Returns how many were acknowledged.
    pub async fn end_alarm(&self, actor: &Actor, alarm: RowId, shown: &[CaseId]) -> Result<usize, Error> {
        let open = self.store().read().await?.open_alarm(alarm).await?;
        let open = open.filter(|a| a.tenant == actor.tenant).ok_or(Refusal::NotFound)?;
        self.may_end(actor, &open)?;
        let unit = Arc::new((open, shown.iter().copied().take(SHOWN).collect::<Vec<_>>()));
        let (this, who) = (self.clone(), actor.staff);
        let ended = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<usize, Error>> {
                let (this, unit) = (this.clone(), Arc::clone(&unit));
                Box::pin(async move {
                    let (open, shown) = &*unit;
                    let now = this.now();
                    if open.cause == Cause::System {
                        let object = Uuid::from_bytes(open.fold);
                        tx.end_causes(object, who, now).await?;
                        tx.note(Entry::by(open.tenant, now, who, Action::AlarmEnded, open.id.uuid()));
                        return Ok(1);
                    }
                    this.acknowledge_shown(tx, open, shown, who).await
                })
            })
            .await?;
        self.wake();
        Ok(ended)
    }

    async fn acknowledge_shown(
        &self,
        tx: &mut Tx,
        alarm: &OpenAlarm,
        shown: &[CaseId],
        who: crate::kernel::id::StaffId,
    ) -> Result<usize, Error> {
        let now = self.now();
        let mut ended = 0;
        for id in shown {
            if !tx.is_open_cause(alarm.id, id.uuid()).await? {
                continue;
            }
            let case = tx.case(alarm.tenant, *id).await?.ok_or(Refusal::NotFound)?;
            let mut after = case.clone();
            after.version += 1;
            after.alarm = None;
            tx.change_case(&case, &after, now).await?;
            let event = Event {
                version: after.version,
                at: now,
                staff: Some(who),
                action: "acknowledge".to_owned(),
                from: None,
                to: None,
                item: None,
            };
            tx.add_event(case.tenant, case.id, &event).await?;
            tx.end_causes(id.uuid(), who, now).await?;
            tx.note(Entry::by(case.tenant, now, who, Action::Acknowledged, id.uuid()));
            ended += 1;
        }
        Ok(ended)
    }

    /// Those who can work the desk end its alarms; those who look after the program, the program's.
    pub(super) fn may_end(&self, actor: &Actor, alarm: &OpenAlarm) -> Result<(), Error> {
        let Some(desk) = alarm.desk else {
            return actor.may(Act::People).or_else(|_| actor.may(Act::Tally));
        };
        let works = !actor.keys_for(&self.world(), desk).is_empty();
        if works { Ok(()) } else { Err(Refusal::NotFound.into()) }
    }
}
