//! Taking the steps of open alarms: who is to be called is decided and committed here, the calling comes after.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{WITHOUT_CHAIN, chain_of, climber_of};
use crate::domain::escalation::{Plan, Step, Way, Who};
use crate::domain::policy::Role;
use crate::kernel::Timestamp;
use crate::kernel::id::{DeskId, RowId};
use crate::service::{Error, Hotline, World};
use crate::store::Tx;
use crate::store::alarms::OpenAlarm;
use crate::store::audit::{Action, Entry};
use crate::store::notices::NewNotice;
use crate::store::people::Staff;
use crate::store::writer::Work;

/// How many alarms take a step in one round.
const ROUND: i64 = 100;

impl Hotline {
    /// Takes every step that is due, and says how many were taken.
    pub async fn climb_alarms(&self) -> Result<usize, Error> {
        let due = self.store().read().await?.due_alarms(self.now(), ROUND).await?;
        let (mut taken, mut failed) = (0, None);
        for alarm in due {
            // One that cannot climb must not keep the others from it.
            match self.climb(alarm).await {
                Ok(climbed) => taken += usize::from(climbed),
                Err(e) => failed = Some(e),
            }
        }
        if taken > 0 {
            self.wake();
        }
        failed.map_or(Ok(taken), Err)
    }

    async fn climb(&self, alarm: OpenAlarm) -> Result<bool, Error> {
        let (now, plan, world) = (self.now(), self.plan(), self.world());
        let Some(chain) = chain_of(&plan, &world, alarm.desk) else {
            tracing::error!("a desk has no chain: nobody is called for its alarm");
            return self.write_step(alarm, (0, now.plus(WITHOUT_CHAIN)), Vec::new()).await;
        };
        let level = alarm.level.min(chain.top());
        let step = chain.step(level);
        let called = self.whom(&plan, &world, alarm.desk, step).await?;
        let notices = self.calls(&plan, &alarm, (level, step), called).await?;
        let rung = plan.climb(chain, level, climber_of(&alarm), now);
        self.write_step(alarm, (rung.level, rung.next), notices).await
    }

    /// The step and its calls stand or fall together; nothing is written when another node was faster or somebody
    /// has ended the alarm.
    async fn write_step(
        &self,
        alarm: OpenAlarm,
        then: (usize, Timestamp),
        notices: Vec<NewNotice>,
    ) -> Result<bool, Error> {
        let now = self.now();
        let unit = Arc::new((alarm, notices));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move {
                    let (alarm, notices) = &*unit;
                    if !tx.step_taken(alarm, then, now).await? {
                        return Ok(false);
                    }
                    tx.add_notices(notices).await?;
                    if !notices.is_empty() {
                        let (tenant, hour) = (alarm.tenant, now.hour());
                        tx.note(Entry::by_nobody(tenant, hour, Action::Called, alarm.id.uuid()));
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// The logins that a step calls.
    async fn whom(
        &self,
        plan: &Plan,
        world: &World,
        desk: Option<DeskId>,
        step: &Step,
    ) -> Result<BTreeSet<String>, Error> {
        let staff = self.store().read().await?.all_staff(world.tenant.id).await?;
        let mut logins = BTreeSet::new();
        for who in &step.who {
            match who {
                Who::Person(login) => drop(logins.insert(login.clone())),
                Who::Supervisors => logins.extend(of_role(&staff, Role::Supervisor)),
                Who::Administrators => logins.extend(of_role(&staff, Role::Administrator)),
                Who::Duty | Who::Members | Who::Leads | Who::Parent => {
                    let Some(desk) = desk.and_then(|id| world.desk(id)) else { continue };
                    let duty = plan.on_duty(&desk.name, self.now());
                    if *who == Who::Duty && !duty.is_empty() {
                        logins.extend(duty.into_iter().map(str::to_owned));
                        continue;
                    }
                    let of = if *who == Who::Parent { desk.parent.unwrap_or(desk.id) } else { desk.id };
                    let leads_only = matches!(who, Who::Leads | Who::Parent);
                    logins.extend(self.members_of(of, leads_only, &staff).await?);
                }
            }
        }
        Ok(logins)
    }

    /// Whether the chain of a desk, or of the program itself, calls anybody outside the console.
    pub async fn reaches_outside(&self, desk: Option<DeskId>) -> Result<bool, Error> {
        let (plan, world) = (self.plan(), self.world());
        let Some(chain) = chain_of(&plan, &world, desk) else { return Ok(false) };
        for step in chain.steps() {
            let logins = self.whom(&plan, &world, desk, step).await?;
            let people = logins.iter().filter_map(|login| plan.person(login));
            let mut ways = people.flat_map(|person| person.addresses.keys());
            if ways.any(|way| step.ways.contains(way)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn members_of(&self, desk: DeskId, leads: bool, staff: &[Staff]) -> Result<Vec<String>, Error> {
        let members = self.store().read().await?.members(desk).await?;
        let wanted = |s: &&Staff| members.iter().any(|(id, lead)| *id == s.id && (*lead || !leads));
        Ok(staff.iter().filter(wanted).map(|s| s.login.clone()).collect())
    }

    /// The calls of a step: to each person by each way that reaches them, unless they were called for the same
    /// lately. The console is no call: its pages show every open alarm.
    async fn calls(
        &self,
        plan: &Plan,
        alarm: &OpenAlarm,
        (level, step): (usize, &Step),
        logins: BTreeSet<String>,
    ) -> Result<Vec<NewNotice>, Error> {
        let now = self.now();
        let since = now.minus(plan.folding().window);
        let mut notices = Vec::new();
        for login in logins {
            let Some(person) = plan.person(&login) else { continue };
            let called = self.store().read().await?.called_since(&login, since).await?;
            if !plan.folding().may_call(&called, alarm.fold, now) {
                continue;
            }
            let ways = step.ways.iter().filter(|w| **w != Way::Console && person.addresses.contains_key(w));
            for way in ways {
                notices.push(NewNotice {
                    id: RowId::random(self.entropy())?,
                    tenant: alarm.tenant,
                    alarm: Some(alarm.id),
                    level,
                    fold: Some(alarm.fold),
                    person: login.clone(),
                    way: *way,
                    created: now,
                });
            }
        }
        Ok(notices)
    }
}

fn of_role(staff: &[Staff], role: Role) -> impl Iterator<Item = String> {
    staff.iter().filter(move |s| s.role == role).map(|s| s.login.clone())
}
