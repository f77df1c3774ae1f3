//! The daily tally: received = open + closed + folded, in each lane, at the end of each day in Vietnam. Each day's
//! hash covers the one before, and the audit log holds each hash, so that members' keys countersign the figures too.
//! See docs/decisions/0014.

mod verify;

use std::sync::Arc;

use super::access::Actor;
use super::{Error, Fault, Hotline};
use crate::domain::policy::Act;
use crate::domain::tally::{Figures, Publication, Week, day_in_vietnam};
use crate::kernel::id::TenantId;
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::tallies::TallyRow;
use crate::store::writer::Work;
use crate::vault::{tally_genesis, tally_hash};

pub(crate) use verify::{Tallied, verify_tallies};

/// How many days a page shows.
const SHOWN: i64 = 31;

/// One day's tally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTally {
    /// Day in Vietnam, counted from 1970.
    pub day: i64,
    /// What it says.
    pub figures: Figures,
    /// The link of the chain.
    pub hash: [u8; 32],
    /// Whether its link follows from the one before; what a page can see without the whole log.
    pub holds: bool,
}

impl Hotline {
    /// Makes the tally of the day that ended, if there is none yet. Asked each minute, by one node at a time; what
    /// came in the minute after midnight counts to the day that ended. Days on which nothing ran have no tally of
    /// their own: the next one covers them.
    pub async fn make_tally(&self) -> Result<bool, Error> {
        let (tenant, now) = (self.world().tenant.id, self.now());
        let day = day_in_vietnam(now) - 1;
        let mut tx = self.store().snapshot().await?;
        let last = tx.last_tally(tenant).await?;
        if last.as_ref().is_some_and(|t| t.day >= day) {
            return Ok(false);
        }
        let figures = tx.figures(tenant).await?;
        drop(tx);
        if self.clock_is_suspect(now).await? {
            return Ok(false);
        }
        let body = serde_json::to_string(&figures).map_err(|e| Error::Fault(Fault::new(e)))?;
        let prev = last.map_or_else(|| self.before_the_first(tenant), |t| t.hash);
        let hash = tally_hash(prev, tenant, day, &body);
        let row = Arc::new(TallyRow { day, body, hash });
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let row = Arc::clone(&row);
                Box::pin(async move {
                    tx.add_tally(tenant, &row).await?;
                    let made = Entry::by_nobody(tenant, now.hour(), Action::TallyMade, tenant.uuid());
                    tx.note(Entry { detail: row.hash, ..made });
                    Ok(())
                })
            })
            .await?;
        for fault in figures.faults() {
            tracing::error!(%fault, "the tally of the day does not add up");
        }
        Ok(true)
    }

    fn before_the_first(&self, tenant: TenantId) -> [u8; 32] {
        tally_genesis(self.identity().deployment, tenant)
    }

    /// The tallies of the last days, newest first, for supervisors and auditors.
    pub async fn last_tallies(&self, actor: &Actor) -> Result<Vec<DayTally>, Error> {
        actor.may(Act::Tally)?;
        let mut all = self.tallies_after(day_in_vietnam(self.now()) - SHOWN).await?;
        all.reverse();
        Ok(all)
    }

    /// The tallies of the days after `after`, oldest first, each with whether it follows from the one before.
    pub async fn tallies_after(&self, after: i64) -> Result<Vec<DayTally>, Error> {
        let tenant = self.world().tenant.id;
        let mut tx = self.store().read().await?;
        let rows = tx.tallies(tenant, i64::MIN, i64::MAX).await?;
        drop(tx);
        let mut prev = self.before_the_first(tenant);
        let mut all = Vec::new();
        for row in rows {
            let holds = tally_hash(prev, tenant, row.day, &row.body) == row.hash;
            prev = row.hash;
            if row.day > after {
                let figures = serde_json::from_str(&row.body).unwrap_or_default();
                all.push(DayTally { day: row.day, figures, hash: row.hash, holds });
            }
        }
        Ok(all)
    }

    /// How the installation stands at this moment, without a person: counts only.
    pub async fn figures_now(&self) -> Result<Figures, Error> {
        let tenant = self.world().tenant.id;
        Ok(self.store().read().await?.figures(tenant).await?)
    }

    /// The smallest number that the public is told.
    #[must_use]
    pub fn smallest_told(&self) -> i64 {
        self.options().publication.smallest
    }

    /// What the public is told; nothing unless the installation wants it.
    pub async fn public_tally(&self) -> Result<Option<Vec<Week>>, Error> {
        let publication: Publication = self.options().publication;
        if !publication.public {
            return Ok(None);
        }
        let sundays: Vec<i64> = publication.sundays(day_in_vietnam(self.now())).collect();
        let Some(oldest) = sundays.last() else { return Ok(Some(Vec::new())) };
        let tallies = self.tallies_after(oldest - 1).await?;
        let of = |day: i64| tallies.iter().find(|t| t.day == day).map(|t| &t.figures);
        let weeks = sundays.windows(2).filter_map(|pair| match pair {
            // a week of which one end is not known is not told
            [sunday, before] => Some(publication.week(*sunday, of(*before)?, of(*sunday)?)),
            _ => None,
        });
        Ok(Some(weeks.collect()))
    }
}
