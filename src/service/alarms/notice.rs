//! Making the calls. The intent was committed with the step; here the call is made under a lease and its outcome
//! written down. A call whose sender died is made again with the same id: twice is a nuisance, never may be a life.

use std::sync::Arc;
use std::time::Duration;

use super::way::{Page, Ways};
use crate::domain::escalation::{Plan, Way};
use crate::kernel::id::RowId;
use crate::service::channel::SendFault;
use crate::service::{Error, Hotline};
use crate::store::Tx;
use crate::store::notices::{Outcome, TakenNotice};
use crate::store::writer::Work;

/// How long a sender may be silent before another makes its call. One call must end well before.
const LEASE: Duration = Duration::from_secs(10);
/// A call that takes longer counts as of unknown outcome.
const LONGEST_CALL: Duration = Duration::from_secs(7);
/// How often a call that did not get through is tried. The chain goes on meanwhile, so it need not be often.
const TRIES: i64 = 5;
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Hotline {
    /// Takes calls that are due.
    pub async fn take_calls(&self, limit: i64) -> Result<Vec<TakenNotice>, Error> {
        let (now, token) = (self.now(), RowId::random(self.entropy())?);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Vec<TakenNotice>, Error>> {
                Box::pin(async move { Ok(tx.take_notices(now, (token, now.plus(LEASE)), limit).await?) })
            })
            .await
    }

    /// Makes one call and writes down what became of it.
    pub async fn call(&self, ways: &Ways, taken: &TakenNotice) -> Result<(), Error> {
        let plan = self.plan();
        let outcome = match self.page_of(&plan, taken).await? {
            None => Outcome::Moot,
            Some(page) => self.reach(&plan, ways, taken, &page).await,
        };
        self.settle_call(taken, outcome).await
    }

    async fn reach(&self, plan: &Plan, ways: &Ways, taken: &TakenNotice, page: &Page) -> Outcome {
        let address = taken.way.and_then(|way| plan.person(&taken.person)?.addresses.get(&way));
        let caller = taken.way.and_then(|way| ways.of(way));
        let (Some(address), Some(caller)) = (address, caller) else {
            // The plan was changed since, or the way is not set up on this node.
            tracing::error!(way = way_word(taken), "a call to staff has no way or no address any more");
            return Outcome::Failed;
        };
        let called = tokio::time::timeout(LONGEST_CALL, caller.call(address, page)).await;
        let fault = called.unwrap_or(Err(SendFault::Uncertain)).err();
        self.judge_call(taken, fault.as_ref())
    }

    fn judge_call(&self, taken: &TakenNotice, fault: Option<&SendFault>) -> Outcome {
        let Some(fault) = fault else { return Outcome::Sent };
        tracing::warn!(way = way_word(taken), %fault, attempt = taken.attempts, "a call to staff did not get through");
        let doubled = Duration::from_secs(1 << taken.attempts.clamp(0, 6));
        let later = |wait: Duration| Outcome::Again(self.now().plus(wait.min(LONGEST_WAIT)));
        match fault {
            // The chain calls again by itself: a second call at once would only double the first.
            SendFault::Uncertain => Outcome::Uncertain,
            SendFault::Wait(wait) if taken.attempts < TRIES => later(*wait),
            SendFault::Unreachable if taken.attempts < TRIES => later(doubled),
            SendFault::Wait(_)
            | SendFault::Unreachable
            | SendFault::Gone
            | SendFault::Shut
            | SendFault::Refused(_) => Outcome::Failed,
        }
    }

    /// Where a whole step reached nobody, the next one is taken at once instead of at its time. The last step
    /// only repeats at its time: what is broken for everybody is not hurried.
    async fn settle_call(&self, taken: &TakenNotice, outcome: Outcome) -> Result<(), Error> {
        let (now, unit) = (self.now(), Arc::new(taken.clone()));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let taken = Arc::clone(&unit);
                Box::pin(async move {
                    let ours = tx.settle_notice(&taken, outcome).await?;
                    if let (true, Outcome::Failed, Some(alarm)) = (ours, outcome, taken.alarm)
                        && tx.step_failed(alarm, taken.level).await?
                    {
                        tx.hurry(alarm, taken.level + 1, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

fn way_word(taken: &TakenNotice) -> &'static str {
    taken.way.map_or("unknown", Way::as_str)
}
