//! What the telephone system tells of calls, shown to the desks of the line. Who called is never known here.

use std::time::Duration;

use super::{Actor, Error, Hotline, Refusal};
use crate::domain::lane::Kind;
use crate::domain::ringing::{Report, Ringing};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::writer::Work;
use crate::vault::sha256;

/// A call whose end was never told is over after this long.
pub(super) const STALE: Duration = Duration::from_hours(4);
/// Calls that are over and done with are remembered for so long, so that a late repetition opens nothing anew.
pub(super) const REMEMBERED: Duration = Duration::from_hours(24 * 7);

impl Hotline {
    /// Adds a report about a call. When this returns it is committed.
    pub async fn call_reported(&self, kind: Kind, call: &str, report: Report) -> Result<(), Error> {
        let (tenant, now) = (self.world().tenant.id, self.now());
        let deployment = self.identity().deployment.bytes();
        let id = sha256(&[b"tinan/call", &deployment, kind.as_str().as_bytes(), call.as_bytes()]);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move { Ok(tx.call_reported(tenant, (&id, kind), report, now).await?) })
            })
            .await?;
        self.wake();
        Ok(())
    }

    /// How the calls of a desk's line stand.
    pub async fn ringing(&self, actor: &Actor, desk: &str) -> Result<Ringing, Error> {
        let kind = self.call_desk(actor, desk)?;
        let stale = self.now().minus(STALE);
        Ok(self.store().read().await?.ringing(actor.tenant, kind, stale).await?)
    }

    /// A named person takes note of the missed calls of a desk's line. Nobody is called back.
    pub async fn see_missed(&self, actor: &Actor, desk: &str) -> Result<(), Error> {
        let kind = self.call_desk(actor, desk)?;
        let desk = self.world().desk_named(desk).ok_or(Refusal::NotFound)?.id;
        let (tenant, who, now) = (actor.tenant, actor.staff, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    tx.tidy_calls(now.minus(STALE), now.minus(REMEMBERED)).await?;
                    if tx.see_missed(tenant, kind).await? > 0 {
                        tx.note(Entry::by(tenant, now, who, Action::MissedCallSeen, desk.uuid()));
                    }
                    Ok(())
                })
            })
            .await
    }
}
