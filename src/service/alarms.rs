//! Alarms that climb. A case nobody has acknowledged in time, a clock in its last tenth, or something the program
//! finds wrong with itself becomes an alarm; its steps are taken one after the other, by the one node that has the
//! lease, until a named person ends it. Opening, claiming or releasing a case ends nothing.
//!
//! A step and the calls it makes are one commit; a call is made after it, under a lease, and its outcome is kept.

mod climb;
mod digest;
mod end;
mod list;
mod notice;
mod text;
mod watch;
pub mod way;

use std::sync::{Arc, PoisonError};

use uuid::Uuid;

use super::{Error, Hotline, World};
use crate::domain::case::Priority;
use crate::domain::escalation::{Chain, Climber, Plan};
use crate::kernel::Timestamp;
use crate::kernel::id::{DeskId, RowId};
use crate::store::Tx;
use crate::store::alarms::{Cause, NewAlarm, OpenAlarm, WatchedCase};
use crate::store::callbacks::WatchedCallback;
use crate::vault::sha256;

pub use list::{AlarmLine, Banner, Called};
pub use way::{Caller, Facts, Page, Ways};

/// So many alarms for unacknowledged cases are open at a desk at once; what comes beyond joins one of them, because
/// a person who is called for each of a thousand hears none.
const MOST_OPEN: i64 = 20;
/// Reports of unacknowledged cases that go on without a chain are looked at again after so long.
const WITHOUT_CHAIN: std::time::Duration = std::time::Duration::from_mins(10);

/// Why an alarm is raised.
#[derive(Debug, Clone)]
pub enum Alarming {
    /// Nobody has acknowledged the case in time.
    Case(WatchedCase),
    /// The clock of the case is in its last tenth.
    Clock(WatchedCase, Timestamp),
    /// A call-back that was asked for, with the end of the clock it is about.
    Callback(WatchedCallback, Timestamp),
    /// The program found something wrong with itself: a word for it, and how urgent it is.
    Finding(&'static str, Priority),
}

impl Hotline {
    /// Who is called when.
    #[must_use]
    pub fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.inner.plan.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Follows another plan from now on. Open alarms go on by it from the step they have reached.
    pub fn follow(&self, plan: Arc<Plan>) {
        *self.inner.plan.write().unwrap_or_else(PoisonError::into_inner) = plan;
    }

    /// Raises an alarm inside the caller's unit of work, or joins the open one of the same fold; false when it is
    /// raised already. `id` is drawn before the unit, which may run more than once.
    pub async fn raise(&self, tx: &mut Tx, id: RowId, why: &Alarming) -> Result<bool, Error> {
        let (object, due) = match why {
            Alarming::Case(case) => (case.id.uuid(), None),
            Alarming::Clock(case, due) => (case.id.uuid(), Some(*due)),
            Alarming::Callback(callback, due) => (callback.row.id.uuid(), Some(*due)),
            Alarming::Finding(word, _) => (object_of(word), None),
        };
        if tx.was_raised(object, due).await? {
            return Ok(false);
        }
        let alarm = self.alarm_for(tx, id, why).await?;
        let alarm = tx.raise(&alarm).await?;
        tx.add_cause(alarm, object, due).await?;
        Ok(true)
    }

    async fn alarm_for(&self, tx: &mut Tx, id: RowId, why: &Alarming) -> Result<NewAlarm, Error> {
        let (now, world) = (self.now(), self.world());
        let mut alarm = match why {
            Alarming::Case(case) => {
                let crowded = tx.open_at_desk(case.desk, Cause::Case).await? >= MOST_OPEN;
                let fold = if crowded { case.desk.bytes() } else { case.fold.unwrap_or(case.id.bytes()) };
                let raised = case.alarm.unwrap_or(now);
                NewAlarm { fold, raised, ..of_case(id, Cause::Case, case, now) }
            }
            Alarming::Clock(case, due) => {
                NewAlarm { until: Some(*due), ..of_case(id, Cause::Clock, case, now.minute()) }
            }
            Alarming::Callback(callback, due) => of_callback(id, callback, *due, now),
            Alarming::Finding(word, urgency) => NewAlarm {
                id,
                tenant: world.tenant.id,
                desk: None,
                cause: Cause::System,
                fold: object_of(word).into_bytes(),
                finding: Some((*word).to_owned()),
                urgency: urgency.level(),
                until: None,
                raised: now.minute(),
                next: now,
            },
        };
        let climber = Climber { urgency: alarm.urgency, until: alarm.until };
        let plan = self.plan();
        alarm.next = chain_of(&plan, &world, alarm.desk).map_or(now, |c| plan.begin(c, climber, now));
        Ok(alarm)
    }
}

/// An alarm about a case; those of one desk and clock fold.
fn of_case(id: RowId, cause: Cause, case: &WatchedCase, raised: Timestamp) -> NewAlarm {
    NewAlarm {
        id,
        tenant: case.tenant,
        desk: Some(case.desk),
        cause,
        fold: case.desk.bytes(),
        finding: None,
        urgency: case.priority.level(),
        until: None,
        raised,
        next: raised,
    }
}

/// An alarm about a call-back. Of one fold with the desk's other clocks: who is called for one looks at all.
fn of_callback(id: RowId, callback: &WatchedCallback, due: Timestamp, now: Timestamp) -> NewAlarm {
    NewAlarm {
        id,
        tenant: callback.row.tenant,
        desk: Some(callback.row.desk),
        cause: Cause::Clock,
        fold: callback.row.desk.bytes(),
        finding: None,
        urgency: callback.priority.level(),
        until: Some(due),
        raised: now.minute(),
        next: now,
    }
}

/// What stands for a finding among the things that alarms are about.
fn object_of(word: &str) -> Uuid {
    let hash = sha256(&[b"tinan finding", word.as_bytes()]);
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash) {
        *to = from;
    }
    Uuid::from_bytes(bytes)
}

/// The chain of a desk, or of the program itself.
fn chain_of<'p>(plan: &'p Plan, world: &World, desk: Option<DeskId>) -> Option<&'p Chain> {
    match desk {
        None => plan.system_chain(),
        Some(id) => world.desk(id).and_then(|desk| plan.chain(&desk.name, desk.kind)),
    }
}

fn climber_of(alarm: &OpenAlarm) -> Climber {
    Climber { urgency: alarm.urgency, until: alarm.until }
}
