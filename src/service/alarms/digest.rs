//! One digest a shift: what is not urgent enough to call anybody waits for it. It is looked at once when the shift
//! begins, and nothing is sent when there is nothing to say.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::way::DeskDigest;
use crate::domain::escalation::{Plan, Shift, Turn};
use crate::kernel::Timestamp;
use crate::kernel::id::{RowId, TenantId};
use crate::service::{Error, Hotline};
use crate::store::Tx;
use crate::store::notices::NewNotice;
use crate::store::writer::Work;

/// What there is to say: the desks that have something.
pub(super) type Said = Vec<DeskDigest>;

impl Hotline {
    /// Puts the digests of the shifts that have begun on their way, once for each person and turn. Returns how many.
    pub async fn send_digests(&self) -> Result<usize, Error> {
        let (plan, now, tenant) = (self.plan(), self.now(), self.world().tenant.id);
        let mut sent = 0;
        for shift in plan.shifts() {
            let Some(turn) = plan.turn(shift, now) else { continue };
            for login in &shift.people {
                let had = (shift.name.as_str(), turn.day);
                if !self.store().read().await?.had_digest(tenant, login, had).await? {
                    sent += usize::from(self.send_digest(&plan, (shift, turn), login, tenant).await?);
                }
            }
        }
        Ok(sent)
    }

    async fn send_digest(
        &self,
        plan: &Plan,
        (shift, turn): (&Shift, Turn),
        login: &str,
        tenant: TenantId,
    ) -> Result<bool, Error> {
        let desks = shift.desks.iter().map(String::as_str).collect();
        let says = !self.stand_of(&desks, turn.to).await?.is_empty();
        let ways = plan.person(login).filter(|_| says).map_or(&[][..], |person| &person.digest);
        let mut notices = Vec::new();
        for way in ways {
            notices.push(NewNotice {
                id: RowId::random(self.entropy())?,
                tenant,
                alarm: None,
                level: 0,
                fold: None,
                person: login.to_owned(),
                way: *way,
                created: self.now(),
            });
        }
        let unit = Arc::new((login.to_owned(), shift.name.clone(), turn.day, notices));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move {
                    let (login, shift, day, notices) = &*unit;
                    if !tx.add_digest(tenant, login, (shift.as_str(), *day)).await? {
                        return Ok(false);
                    }
                    tx.add_notices(notices).await?;
                    Ok(!notices.is_empty())
                })
            })
            .await
    }

    /// What a digest says to somebody now: of the shifts they are on.
    pub(super) async fn digest_of(&self, plan: &Plan, login: &str) -> Result<Said, Error> {
        let now = self.now();
        let on = plan.shifts().iter().filter(|s| s.people.iter().any(|p| p == login));
        let on: Vec<(&Shift, Turn)> = on.filter_map(|s| plan.turn(s, now).map(|turn| (s, turn))).collect();
        let desks: BTreeSet<&str> = on.iter().flat_map(|(s, _)| s.desks.iter().map(String::as_str)).collect();
        let end = on.iter().map(|(_, turn)| turn.to).max().unwrap_or(now);
        self.stand_of(&desks, end).await
    }

    /// How desks stand; those with nothing to say are left out.
    async fn stand_of(&self, desks: &BTreeSet<&str>, end: Timestamp) -> Result<Said, Error> {
        let (world, now) = (self.world(), self.now());
        let mut tx = self.store().read().await?;
        let unacknowledged = tx.overdue_alarms(world.tenant.id, now).await?;
        let mut said = Vec::new();
        for desk in world.desks.iter().filter(|d| desks.contains(d.name.as_str())) {
            let waits = unacknowledged.iter().find(|(id, _, _)| *id == desk.id).map_or(0, |(_, n, _)| *n);
            let late = tx.ending_between(desk.id, Timestamp::from_millis(0), now).await?;
            let ending = tx.ending_between(desk.id, now, end).await?;
            if waits + late + ending > 0 {
                said.push(DeskDigest { desk: desk.name.clone(), unacknowledged: waits, late, ending });
            }
        }
        Ok(said)
    }
}
