//! The one writer of a node. Callers seal and hash outside and hand over a unit; units that wait together
//! are committed together, and each caller is answered after that commit. Units share a commit, never a
//! failure: each runs inside its own savepoint, intake as one block of multi-row statements that is cut in
//! two when it fails.
//!
//! A PostgreSQL that does not answer is asked by one batch, then not for a moment: who waits or comes meanwhile is told
//! at once that it is away. Each batch asking for itself would keep a flood of tips waiting in turn, until their senders
//! gave up before anything of them was in the spool.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use super::audit::Chain;
use super::intake::{NewCase, Opened};
use super::{Backend, Store, StoreError, Tx};

/// How many units wait for the writer before callers feel it.
const QUEUE: usize = 4096;
/// How many units share one commit.
const BATCH: usize = 256;
/// How often a unit is tried again after a deadlock with another node.
const TRIES: usize = 3;
/// How long nothing is asked of a PostgreSQL that has just been found away.
const REST: Duration = Duration::from_secs(1);

/// A boxed unit of work on a transaction.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// The handle to a node's writer. Cheap to clone; the writer ends when the last handle is gone.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Unit>,
    asked: Arc<AtomicU64>,
}

type Answer<T> = oneshot::Sender<T>;

enum Unit {
    Open(Box<NewCase>, Answer<Result<Opened, StoreError>>),
    Work(Box<dyn Job>),
}

/// A type-erased unit: run in a savepoint, then told whether the commit stood.
trait Job: Send {
    /// Runs the body; `Ok(true)` when its changes are to be kept.
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Work<'a, Result<bool, StoreError>>;
    /// Answers the caller.
    fn settle(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Body<F, T, E> {
    run: F,
    outcome: Option<Result<T, E>>,
    answer: Answer<Result<T, E>>,
}

impl<F, T, E> Job for Body<F, T, E>
where
    F: for<'t> FnMut(&'t mut Tx) -> Work<'t, Result<T, E>> + Send,
    T: Send,
    E: From<StoreError> + Send + AsStoreError,
{
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Work<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            // A panic in one unit must not end the writer that all others need.
            let Ok(outcome) = AssertUnwindSafe(async { (self.run)(tx).await }).catch_unwind().await else {
                tracing::error!("a unit of work panicked");
                self.outcome = None;
                return Ok(false);
            };
            match outcome {
                Ok(value) => {
                    self.outcome = Some(Ok(value));
                    Ok(true)
                }
                Err(e) => match e.into_retryable() {
                    Ok(again) => Err(again),
                    Err(kept) => {
                        self.outcome = Some(Err(kept));
                        Ok(false)
                    }
                },
            }
        })
    }

    fn settle(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.outcome) {
            // A refusal stands whether or not the others' commit did.
            (_, Some(Err(e))) => Err(e),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Err(e), _) => Err(E::from(e)),
            (Ok(()), None) => Err(E::from(StoreError::Stopped)),
        };
        // A caller that went away has nobody to tell; what was committed stays committed.
        let _gone = self.answer.send(result);
    }
}

/// How the writer finds a store fault inside a caller's error.
pub trait AsStoreError: Sized {
    /// Gives the store fault out when trying the unit again may help (contention, the database away);
    /// otherwise gives the error back.
    fn into_retryable(self) -> Result<StoreError, Self>;
}

impl AsStoreError for StoreError {
    fn into_retryable(self) -> Result<StoreError, Self> {
        if self.is_contention() || self.is_away() { Ok(self) } else { Err(self) }
    }
}

impl Writer {
    /// Starts the writer of this node on `store`; its audit entries go to `chain`.
    #[must_use]
    pub fn start(store: Store, chain: Chain) -> Self {
        let (queue, units) = mpsc::channel(QUEUE);
        let asked = Arc::<AtomicU64>::default();
        tokio::spawn(write(Tools { store, chain, asked: Arc::clone(&asked) }, units));
        Self { queue, asked }
    }

    /// How many transactions were asked of the database since the start; with many callers fewer than units.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Opens a case: its rows, number, audit entry and receipt stand together, and the answer comes after
    /// the commit.
    pub async fn open_case(&self, case: NewCase) -> Result<Opened, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Unit::Open(Box::new(case), answer)).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    /// Runs one unit of work. The body may run more than once (a deadlock with another node, a batch taken
    /// apart): whatever it draws by chance is drawn outside.
    pub async fn run<F, T, E>(&self, body: F) -> Result<T, E>
    where
        F: for<'t> FnMut(&'t mut Tx) -> Work<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + AsStoreError + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let unit = Unit::Work(Box::new(Body { run: body, outcome: None, answer }));
        self.queue.send(unit).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| E::from(StoreError::Stopped))?
    }
}

/// What the writer works with.
struct Tools {
    store: Store,
    chain: Chain,
    asked: Arc<AtomicU64>,
}

/// How the database was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    There,
    Away,
}

async fn write(tools: Tools, mut units: mpsc::Receiver<Unit>) {
    let mut waiting = Vec::with_capacity(BATCH);
    while units.recv_many(&mut waiting, BATCH).await > 0 {
        let (opens, jobs) = sorted(&mut waiting);
        let found = commit_together(&tools, opens, jobs).await;
        // A file that cannot be written says so at once, and is asked each time.
        if found == Found::Away && tools.store.backend() == Backend::Postgres {
            rest(&mut units).await;
        }
    }
}

/// Turns everybody away for a moment: those who wait already at once, and those who come. Nothing of theirs was begun.
async fn rest(units: &mut mpsc::Receiver<Unit>) {
    let (mut waiting, mut turned_away) = (Vec::with_capacity(BATCH), 0);
    let mut end = pin!(tokio::time::sleep(REST));
    loop {
        let came = tokio::select! {
            // first, or a flood would keep it from ever being seen
            biased;
            () = &mut end => 0,
            came = units.recv_many(&mut waiting, BATCH) => came,
        };
        if came == 0 {
            break;
        }
        turned_away += came;
        let (opens, jobs) = sorted(&mut waiting);
        tell_all(opens, jobs, None);
    }
    tracing::warn!(units = turned_away, "the database is away: nothing was asked of it for a moment");
}

fn sorted(waiting: &mut Vec<Unit>) -> (Opens, Vec<Box<dyn Job>>) {
    let (mut opens, mut jobs) = (Vec::new(), Vec::new());
    for unit in waiting.drain(..) {
        match unit {
            Unit::Open(case, answer) => opens.push((case, answer)),
            Unit::Work(job) => jobs.push(job),
        }
    }
    (opens, jobs)
}

type Opens = Vec<(Box<NewCase>, Answer<Result<Opened, StoreError>>)>;

/// One commit for all. A batch that fails is cut in two until the unit that cannot be stored stands alone.
async fn commit_together(tools: &Tools, mut opens: Opens, mut jobs: Vec<Box<dyn Job>>) -> Found {
    match attempt_patiently(tools, &opens, &mut jobs).await {
        Ok(opened) => {
            for ((_, answer), opened) in opens.into_iter().zip(opened) {
                let _gone = answer.send(Ok(opened));
            }
            for job in jobs {
                job.settle(Ok(()));
            }
            Found::There
        }
        Err(e) if opens.len() + jobs.len() == 1 || e.is_away() || e.is_contention() => {
            // What a use-case calls away may be something else that will pass, its keyring for one: if it was the
            // database, the next batch is told so when it begins.
            let found =
                if e.is_away() && matches!(e, StoreError::Database(_)) { Found::Away } else { Found::There };
            fail_all(opens, jobs, e);
            found
        }
        Err(e) => {
            tracing::warn!(error = %e, units = opens.len() + jobs.len(), "a batch failed and is cut in two");
            let later_opens = opens.split_off(opens.len() / 2);
            let later_jobs = jobs.split_off(jobs.len().div_ceil(2));
            let found = Box::pin(commit_together(tools, opens, jobs)).await;
            if found == Found::Away {
                tell_all(later_opens, later_jobs, None);
                return found;
            }
            Box::pin(commit_together(tools, later_opens, later_jobs)).await
        }
    }
}

/// Tries the same batch again when another node or process stood in the way.
async fn attempt_patiently(
    tools: &Tools,
    opens: &Opens,
    jobs: &mut [Box<dyn Job>],
) -> Result<Vec<Opened>, StoreError> {
    let cases: Vec<&NewCase> = opens.iter().map(|(case, _)| &**case).collect();
    let mut tries = 1;
    loop {
        match attempt(tools, &cases, jobs).await {
            Err(e) if e.is_contention() && tries < TRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

/// Nobody's unit is stored. Trying each alone would make every caller wait for the same absent database; the
/// first is told the cause, the others that the batch was lost. A database that stays busy counts as away.
fn fail_all(opens: Opens, jobs: Vec<Box<dyn Job>>, fault: StoreError) {
    tracing::warn!(error = %fault, units = opens.len() + jobs.len(), "a batch is lost");
    tell_all(opens, jobs, (!fault.is_contention()).then_some(fault));
}

fn tell_all(opens: Opens, jobs: Vec<Box<dyn Job>>, mut fault: Option<StoreError>) {
    for (_, answer) in opens {
        let _gone = answer.send(Err(fault.take().unwrap_or(StoreError::Stopped)));
    }
    for job in jobs {
        job.settle(Err(fault.take().unwrap_or(StoreError::Stopped)));
    }
}

async fn attempt(
    tools: &Tools,
    cases: &[&NewCase],
    jobs: &mut [Box<dyn Job>],
) -> Result<Vec<Opened>, StoreError> {
    tools.asked.fetch_add(1, Ordering::Relaxed);
    let mut tx = tools.store.begin().await?;
    for job in jobs.iter_mut() {
        let mark = tx.savepoint().await?;
        if job.run(&mut tx).await? {
            if tx.spoiled {
                return Err(StoreError::Hidden);
            }
            tx.release().await?;
        } else {
            tx.rollback_to(mark).await?;
        }
    }
    // Intake last: its counters are the locks that nodes share, held for as short a time as can be.
    let opened = if cases.is_empty() { Vec::new() } else { tx.open_cases(cases).await? };
    tx.write_counts().await?;
    tx.write_moves().await?;
    tx.link(tools.chain).await?;
    tx.wake_others().await?;
    tx.commit().await?;
    Ok(opened)
}
