//! The reconciler: each minute it compares what belongs together – inbox, journal, cases, items, wraps, files,
//! outbox, ways back, dead letters, receipts, register, numbers, counts – and makes every orphan a finding that
//! people see. It repairs nothing and deletes nothing: a program that mends its own books hides its own mistakes.
//!
//! It looks at what is new since the last round, at the tables that are short by nature, and walks slowly over the
//! rest, lap after lap, so that a round costs the same however many cases are stored. What it sees is a suspicion
//! until a later round sees it again. See docs/decisions/0014.

mod progress;
mod recheck;
mod round;
mod shelf;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use self::progress::Progress;
use self::round::Round;
use super::{Error, Fault, Hotline};
use crate::kernel::Timestamp;
use crate::kernel::id::RowId;
use crate::store::Tx;
use crate::store::findings::{Known, Sighting};
use crate::store::meta;
use crate::store::writer::Work;

/// So many known findings are looked at again in one round, those looked at longest ago first.
const KNOWN: i64 = 500;

/// How much the reconciler does in a round.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// New cases, numbers and links that a round looks at, at most.
    pub new_rows: i64,
    /// Old ones that a round walks over.
    pub old_rows: i64,
    /// How old a position must be before it is relied on, and a suspicion before it is raised: nodes commit out of
    /// order.
    pub margin: Duration,
    /// How long the shelf may take for a page of files: a round holds a snapshot of the database.
    pub shelf_patience: Duration,
}

/// What a round came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// What does not agree, suspicions included.
    pub seen: Vec<Sighting>,
    /// What people were told of in this round.
    pub raised: Vec<Sighting>,
    /// What is no more.
    pub ended: Vec<Sighting>,
    /// Whether everything that is new has been looked at.
    pub caught_up: bool,
}

/// Everything, compared at once.
#[derive(Debug, Default)]
pub struct Whole {
    /// What does not agree.
    pub seen: Vec<Sighting>,
    /// Why not all files could be looked at; then of the others nothing is known.
    pub unread: Option<Error>,
}

/// The pace of one who waits for the end.
const WHOLE: Pace = Pace {
    new_rows: 100_000,
    old_rows: 10_000,
    margin: Duration::ZERO,
    shelf_patience: Duration::from_mins(2),
};

/// The lease under which one node compares the books.
pub const LEASE: &str = "reconcile";

/// When the books were last compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRound {
    /// When.
    pub at: Timestamp,
    /// Whether everything that was new had been looked at by then.
    pub caught_up: bool,
    /// Whether some node is there to do it again.
    pub running: bool,
}

/// What a round writes down.
#[derive(Clone)]
struct Outcome {
    progress: String,
    seen: Vec<Sighting>,
    raised: Vec<Sighting>,
    ended: Vec<Sighting>,
}

impl Hotline {
    /// One round. One node does it at a time, under a lease.
    pub async fn reconcile(&self) -> Result<Reconciled, Error> {
        let now = self.now();
        let trusted = !self.clock_is_suspect(now).await?;
        let mut tx = self.store().snapshot().await?;
        let known = tx.known_findings(KNOWN).await?;
        let progress = tx.meta(meta::name::RECONCILED).await?;
        let progress = progress.map_or_else(Progress::default, |text| Progress::read(&text));
        let mut round = Round::new(self, tx, progress);
        round.look(trusted).await?;
        let ended = round.look_again(&known).await?;
        let Round { seen, mut progress, caught_up, unread, .. } = round;
        (progress.at, progress.caught_up) = (now.as_millis(), caught_up);
        let seen: Vec<Sighting> = seen.into_iter().collect();
        let raised = self.confirmed(&seen, &known, now);
        let progress = serde_json::to_string(&progress).map_err(|e| Error::Fault(Fault::new(e)))?;
        let outcome = Arc::new(Outcome { progress, seen, raised, ended });
        self.keep_outcome(Arc::clone(&outcome), now).await?;
        // A shelf that is away keeps nothing else from being compared and told.
        if let Some(unread) = unread {
            return Err(unread);
        }
        let Outcome { seen, raised, ended, .. } = Arc::unwrap_or_clone(outcome);
        Ok(Reconciled { seen, raised, ended, caught_up })
    }

    /// Compares everything at once, for the command line: after a restore nobody wants to wait for a lap. Keeps and
    /// tells nothing; what comes meanwhile is the running server's. A shelf that is away keeps nothing else from being
    /// compared.
    pub async fn reconcile_whole(&self) -> Result<Whole, Error> {
        let trusted = !self.clock_is_suspect(self.now()).await?;
        let (mut all, mut progress, mut unread) = (BTreeSet::new(), Progress::for_everything(), None);
        let end = self.store().read().await?.highest_case().await?;
        loop {
            let mut round = Round::new(self, self.store().snapshot().await?, progress);
            round.pace = WHOLE;
            round.unread = unread;
            round.look(trusted).await?;
            all.append(&mut round.seen);
            (progress, unread) = (round.progress, round.unread);
            if unread.is_some() {
                progress.give_files_up();
            }
            let done = round.caught_up || (progress.cases.fresh >= end && round.journal_compared);
            if done && progress.is_between_laps() {
                return Ok(Whole { seen: all.into_iter().collect(), unread });
            }
        }
    }

    /// When the books were last compared, if ever.
    pub async fn last_round(&self) -> Result<Option<LastRound>, Error> {
        let mut tx = self.store().read().await?;
        let progress = tx.meta(meta::name::RECONCILED).await?;
        let running = tx.leased(LEASE, self.now()).await?;
        Ok(progress.map(|text| {
            let Progress { at, caught_up, .. } = Progress::read(&text);
            LastRound { at: Timestamp::from_millis(at), caught_up, running }
        }))
    }

    /// The suspicions that were seen again after the margin.
    fn confirmed(&self, seen: &[Sighting], known: &[Known], now: Timestamp) -> Vec<Sighting> {
        let margin = self.options().pace.margin;
        let old = |s: &&Sighting| {
            known.iter().any(|k| !k.raised && k.sighting == **s && now.since(k.first_seen) >= margin)
        };
        seen.iter().filter(old).cloned().collect()
    }

    async fn keep_outcome(&self, outcome: Arc<Outcome>, now: Timestamp) -> Result<(), Error> {
        let (tenant, this) = (self.world().tenant.id, self.clone());
        // Drawn before: the unit may run more than once.
        let draw = |_: &Sighting| RowId::random(self.entropy());
        let ids = Arc::new(outcome.raised.iter().map(draw).collect::<Result<Vec<_>, _>>()?);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let (outcome, this, ids) = (Arc::clone(&outcome), this.clone(), Arc::clone(&ids));
                Box::pin(async move {
                    tx.set_meta(meta::name::RECONCILED, &outcome.progress).await?;
                    for seen in &outcome.seen {
                        tx.see_finding(tenant, seen, now).await?;
                    }
                    for (raised, id) in outcome.raised.iter().zip(ids.iter()) {
                        if tx.raise_finding(raised, now).await? {
                            tx.note(super::findings::raised_entry(tenant, raised, now));
                            this.alarm_for_finding(tx, *id, raised).await?;
                        }
                    }
                    for ended in &outcome.ended {
                        tx.end_finding(ended, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
