//! The one writer of a node. Callers seal and hash outside and hand over a unit; units that wait together
//! are committed together, and each caller is answered after that commit. Units share a commit, never a
//! failure: each runs inside its own savepoint, intake as one block of multi-row statements that is taken
//! apart when it fails.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::{mpsc, oneshot};

use super::audit::Chain;
use super::intake::{NewCase, Opened};
use super::{Store, StoreError, Tx};

/// How many units wait for the writer before callers feel it.
const QUEUE: usize = 4096;
/// How many units share one commit.
const BATCH: usize = 256;
/// How often a unit is tried again after a deadlock with another node.
const TRIES: usize = 3;

/// A boxed unit of work on a transaction.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// The handle to a node's writer. Cheap to clone; the writer ends when the last handle is gone.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Unit>,
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
    body: F,
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
            match (self.body)(tx).await {
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
    /// Starts the writer of this node on `store`; its audit entries go to the chain of `chain`.
    #[must_use]
    pub fn start(store: Store, chain: Chain) -> Self {
        let (queue, units) = mpsc::channel(QUEUE);
        tokio::spawn(write(store, chain, units));
        Self { queue }
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
        let unit = Unit::Work(Box::new(Body { body, outcome: None, answer }));
        self.queue.send(unit).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| E::from(StoreError::Stopped))?
    }
}

async fn write(store: Store, chain: Chain, mut units: mpsc::Receiver<Unit>) {
    let mut waiting = Vec::with_capacity(BATCH);
    while units.recv_many(&mut waiting, BATCH).await > 0 {
        let mut opens = Vec::new();
        let mut jobs = Vec::new();
        for unit in waiting.drain(..) {
            match unit {
                Unit::Open(case, answer) => opens.push((case, answer)),
                Unit::Work(job) => jobs.push(job),
            }
        }
        commit_together(&store, chain, opens, jobs).await;
    }
}

type Opens = Vec<(Box<NewCase>, Answer<Result<Opened, StoreError>>)>;

/// One commit for all. When the batch as a whole fails, each unit gets a commit of its own.
async fn commit_together(store: &Store, chain: Chain, opens: Opens, mut jobs: Vec<Box<dyn Job>>) {
    let cases: Vec<&NewCase> = opens.iter().map(|(case, _)| &**case).collect();
    match attempt(store, chain, &cases, &mut jobs).await {
        Ok(opened) => {
            for ((_, answer), opened) in opens.into_iter().zip(opened) {
                let _gone = answer.send(Ok(opened));
            }
            for job in jobs {
                job.settle(Ok(()));
            }
        }
        Err(e) if opens.len() + jobs.len() == 1 => {
            let e = retry_alone(store, chain, &opens, &mut jobs, e).await;
            settle_alone(opens, jobs, e);
        }
        Err(e) => {
            tracing::warn!(error = %e, units = opens.len() + jobs.len(), "a batch failed and is taken apart");
            for open in opens {
                Box::pin(commit_together(store, chain, vec![open], Vec::new())).await;
            }
            for job in jobs {
                Box::pin(commit_together(store, chain, Vec::new(), vec![job])).await;
            }
        }
    }
}

async fn retry_alone(
    store: &Store,
    chain: Chain,
    opens: &Opens,
    jobs: &mut [Box<dyn Job>],
    mut fault: StoreError,
) -> Result<Vec<Opened>, StoreError> {
    for _ in 1..TRIES {
        if !fault.is_contention() {
            break;
        }
        let cases: Vec<&NewCase> = opens.iter().map(|(case, _)| &**case).collect();
        match attempt(store, chain, &cases, jobs).await {
            Ok(opened) => return Ok(opened),
            Err(e) => fault = e,
        }
    }
    Err(fault)
}

fn settle_alone(opens: Opens, jobs: Vec<Box<dyn Job>>, outcome: Result<Vec<Opened>, StoreError>) {
    match outcome {
        Ok(opened) => {
            for ((_, answer), opened) in opens.into_iter().zip(opened) {
                let _gone = answer.send(Ok(opened));
            }
            for job in jobs {
                job.settle(Ok(()));
            }
        }
        Err(e) => {
            // One unit alone: exactly one of the two lists holds it.
            if let Some((_, answer)) = opens.into_iter().next() {
                let _gone = answer.send(Err(e));
            } else if let Some(job) = jobs.into_iter().next() {
                job.settle(Err(e));
            }
        }
    }
}

async fn attempt(
    store: &Store,
    chain: Chain,
    cases: &[&NewCase],
    jobs: &mut [Box<dyn Job>],
) -> Result<Vec<Opened>, StoreError> {
    let mut tx = store.begin().await?;
    for job in jobs.iter_mut() {
        let mark = tx.savepoint().await?;
        if job.run(&mut tx).await? {
            tx.release().await?;
        } else {
            tx.rollback_to(mark).await?;
        }
    }
    // Intake last: its counters are the locks that nodes share, held for as short a time as can be.
    let opened = if cases.is_empty() { Vec::new() } else { tx.open_cases(cases).await? };
    tx.write_counts().await?;
    tx.link(chain).await?;
    tx.commit().await?;
    Ok(opened)
}
