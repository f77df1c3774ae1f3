//! The spool: where intake goes while the database is away. A file of fixed size on a persistent disk, whose
//! blocks are there in advance; an append returns after its fsync, and appends that wait together share one.
//! It holds what the database would hold (sealed items, wraps, lookup values), nothing that could open them.
//!
//! It is as durable as the one disk it lies on. It is drained in order, each entry at least once: a crash between
//! a commit and the advance repeats the entry, so the drain uses [`crate::store::Tx::take_in`], which stores once.

use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use tokio::sync::{Mutex, mpsc, oneshot};

mod entry;
mod log;

pub use entry::{Entry, NewMessage, Taken};
use log::{LARGEST, Log, Place};

/// How many orders wait for the file before callers feel it.
const QUEUE: usize = 64;
/// How many payload bytes share one fsync.
const BATCH: usize = 1 << 20;

/// Why the spool refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// There is no room left; nothing more can be received until it is drained.
    #[error("the spool is full")]
    Full,
    /// The entry is larger than any the spool takes (1 MiB).
    #[error("the entry is too large for the spool")]
    TooLarge,
    /// The disk failed; the entry is not promised.
    #[error("the spool's file failed")]
    Io(#[from] io::Error),
    /// An entry that no version of this program writes; it stays where it is.
    #[error("a spooled entry is unreadable")]
    Unreadable(#[source] serde_json::Error),
    /// The spool's thread has ended.
    #[error("the spool has stopped")]
    Stopped,
}

/// Why a drain ended early. What was handed over before is done with; the rest waits.
#[derive(Debug, thiserror::Error)]
pub enum DrainError<E> {
    /// The spool itself failed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The entry could not be handed over; it comes first next time.
    #[error("a spooled entry was not taken")]
    Refused(#[source] E),
}

type Answer<T> = oneshot::Sender<Result<T, SpoolError>>;

enum Order {
    Append(Vec<u8>, Answer<()>),
    Front(Answer<Option<(Place, Vec<u8>)>>),
    Advance(Place, Answer<()>),
}

/// The handle. Cheap to clone; the file is closed when the last handle is gone.
#[derive(Clone)]
pub struct Spool {
    inner: Arc<Inner>,
}

struct Inner {
    queue: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    seen: Arc<Seen>,
    draining: Mutex<()>,
}

/// What the thread tells everybody.
#[derive(Default)]
struct Seen {
    waiting: AtomicU64,
    batches: AtomicU64,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // Orders already given are carried out first; a panic in there has been reported.
            let _ended = thread.join();
        }
    }
}

impl Spool {
    /// Opens or makes the file and reserves `bytes` of disk; finds what a crash left in it. Blocks: call it at
    /// the start. Fails when the disk is full, when another process has it, or when it is no spool.
    pub fn open(path: &Path, bytes: u64) -> io::Result<Self> {
        let log = Log::open(path, bytes)?;
        let seen = Arc::new(Seen::default());
        seen.waiting.store(log.waiting(), Ordering::SeqCst);
        let (queue, orders) = mpsc::channel(QUEUE);
        let told = Arc::clone(&seen);
        let thread =
            std::thread::Builder::new().name("spool".into()).spawn(move || serve(log, orders, &told))?;
        let (queue, thread) = (Some(queue), Some(thread));
        Ok(Self { inner: Arc::new(Inner { queue, thread, seen, draining: Mutex::new(()) }) })
    }

    /// Stores an entry; returns when it is on the disk.
    pub async fn append(&self, entry: &Entry) -> Result<(), SpoolError> {
        let payload = serde_json::to_vec(entry).map_err(SpoolError::Unreadable)?;
        if payload.len() > LARGEST {
            return Err(SpoolError::TooLarge);
        }
        self.order(|answer| Order::Append(payload, answer)).await
    }

    /// Whether nothing waits to be drained.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries wait to be drained.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.inner.seen.waiting.load(Ordering::SeqCst)
    }

    /// How many times entries were brought to the disk since the start; with many callers fewer than entries.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.inner.seen.batches.load(Ordering::SeqCst)
    }

    /// Hands all entries over in order, one at a time, and is done with each after `take` succeeded. Returns how
    /// many. One drain runs at a time; appends go on meanwhile.
    pub async fn drain<F, T, E>(&self, mut take: F) -> Result<u64, DrainError<E>>
    where
        F: FnMut(Entry) -> T,
        T: Future<Output = Result<(), E>>,
    {
        let _alone = self.inner.draining.lock().await;
        let mut drained = 0;
        while let Some((after, payload)) = self.order(Order::Front).await? {
            let entry = serde_json::from_slice(&payload).map_err(SpoolError::Unreadable)?;
            take(entry).await.map_err(DrainError::Refused)?;
            self.order(|answer| Order::Advance(after, answer)).await?;
            drained += 1;
        }
        Ok(drained)
    }

    async fn order<T>(&self, order: impl FnOnce(Answer<T>) -> Order) -> Result<T, SpoolError> {
        let (answer, answered) = oneshot::channel();
        let queue = self.inner.queue.as_ref().ok_or(SpoolError::Stopped)?;
        queue.send(order(answer)).await.map_err(|_| SpoolError::Stopped)?;
        answered.await.map_err(|_| SpoolError::Stopped)?
    }
}

/// The thread that owns the file.
fn serve(mut log: Log, mut orders: mpsc::Receiver<Order>, seen: &Seen) {
    let mut next = orders.blocking_recv();
    while let Some(order) = next.take() {
        match order {
            Order::Append(payload, answer) => {
                next = append(&mut log, &mut orders, seen, (payload, answer));
            }
            Order::Front(answer) => tell(answer, log.front().map_err(SpoolError::from)),
            Order::Advance(to, answer) => {
                let outcome = log.advance(to).map_err(SpoolError::from);
                seen.waiting.store(log.waiting(), Ordering::SeqCst);
                tell(answer, outcome);
            }
        }
        if next.is_none() {
            next = orders.blocking_recv();
        }
    }
}

/// Appends together what waits together; returns the order that ended the batch.
fn append(
    log: &mut Log,
    orders: &mut mpsc::Receiver<Order>,
    seen: &Seen,
    first: (Vec<u8>, Answer<()>),
) -> Option<Order> {
    let (mut payloads, mut answers, mut bytes) = (Vec::new(), Vec::new(), 0);
    let mut order = Some(Order::Append(first.0, first.1));
    while let Some(Order::Append(payload, answer)) = order {
        let (count, all) = (payloads.len() + 1, bytes + payload.len());
        if log.fits(u64::try_from(count).unwrap_or(u64::MAX), u64::try_from(all).unwrap_or(u64::MAX)) {
            bytes = all;
            payloads.push(payload);
            answers.push(answer);
        } else {
            tell(answer, Err(SpoolError::Full));
        }
        // The next could be as large as the largest: it must not make the batch larger than the log expects.
        order = if bytes < BATCH - LARGEST / 2 { orders.try_recv().ok() } else { None };
    }
    if !payloads.is_empty() {
        let outcome = log.append(&payloads);
        seen.waiting.store(log.waiting(), Ordering::SeqCst);
        seen.batches.fetch_add(1, Ordering::SeqCst);
        for answer in answers {
            // An I/O error cannot be cloned; its kind and number say enough.
            tell(answer, outcome.as_ref().copied().map_err(|e| SpoolError::Io(copy(e))));
        }
    }
    order
}

fn copy(e: &io::Error) -> io::Error {
    e.raw_os_error().map_or_else(|| io::Error::from(e.kind()), io::Error::from_raw_os_error)
}

fn tell<T>(answer: Answer<T>, outcome: Result<T, SpoolError>) {
    // A caller that went away has nobody to tell; what is on the disk stays there.
    let _gone = answer.send(outcome);
}

#[cfg(test)]
mod tests;
