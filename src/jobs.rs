//! What runs without being asked: working off what came, sending what is due, timers, upkeep. Each job is
//! held by one node at a time under a lease of ten seconds, so that another takes over soon after a crash;
//! being raced does no harm, because an update is erased in the commit that handles it.

mod alarms;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::service::Hotline;
use crate::service::alarms::Ways;
use crate::service::channel::Channel;
use crate::service::outbox::worker_lease;
use crate::service::reconcile::LEASE as BOOKS;

pub use alarms::{call_due, keep_watch};
pub use worker::{drain, send_due, work_off};

/// Length of a lease on work in flight (DESIGN §6: at most ten seconds).
const LEASE: Duration = Duration::from_secs(10);
/// How often a lease is renewed.
const RENEW: Duration = Duration::from_secs(3);
/// How long a worker waits when nothing wakes it.
const PAUSE: Duration = Duration::from_millis(500);
/// How often timers of conversations are looked at.
const TIMERS: Duration = Duration::from_secs(1);
/// How often the key directory is looked at for changes.
const DIRECTORY: Duration = Duration::from_secs(2);
/// Wake-ups are asked for anew when none was heard for so long.
const DEAF: Duration = Duration::from_mins(1);
/// How often upkeep runs.
const UPKEEP: Duration = Duration::from_mins(1);
/// How often it is looked whether a canary has come back or is to be sent.
const CANARIES: Duration = Duration::from_secs(5);
/// How often files that no row names are looked for.
const SHELF: Duration = Duration::from_hours(1);

/// Everything the jobs need.
#[derive(Clone)]
pub struct Jobs {
    /// The service.
    pub hotline: Hotline,
    /// The messengers this installation serves.
    pub channels: Vec<Arc<dyn Channel>>,
    /// The ways in which staff are called.
    pub ways: Ways,
    /// Ends the jobs.
    pub stop: CancellationToken,
    /// Waits for them to end.
    pub tasks: TaskTracker,
}

impl Jobs {
    /// Starts all jobs of a worker node.
    pub fn start(&self) {
        for channel in &self.channels {
            let name = worker_lease(channel.name(), channel.bot());
            let (jobs, channel) = (self.clone(), Arc::clone(channel));
            self.tasks.spawn(async move { jobs.serve(&name, &*channel).await });
        }
        self.every("timers", TIMERS, |hotline| async move { worker::timers(&hotline).await });
        self.every("alarms", TIMERS, |hotline| async move { keep_watch(&hotline).await.map(drop) });
        let ways = self.ways.clone();
        self.every("calls", TIMERS, move |hotline| {
            let ways = ways.clone();
            async move { call_due(&hotline, &ways).await.map(drop) }
        });
        self.every("upkeep", UPKEEP, |hotline| async move { hotline.upkeep().await.map(|_| ()) });
        let served: Vec<_> =
            self.channels.iter().map(|c| (c.name().to_owned(), c.bot().to_owned())).collect();
        self.every("overdue", UPKEEP, move |hotline| {
            let served = served.clone();
            async move {
                hotline.bury_overdue(&served).await?;
                hotline.end_unserved(&served).await.map(|_| ())
            }
        });
        self.compare_books();
        let channels = self.channels.clone();
        self.every("canaries", CANARIES, move |hotline| {
            let channels = channels.clone();
            async move { hotline.tend_canaries(&channels).await }
        });
        self.every("shelf", SHELF, |hotline| async move { hotline.tidy_shelf().await.map(|_| ()) });
    }

    /// Half a minute apart from upkeep: on SQLite a reader stands in the way of shortening the log.
    fn compare_books(&self) {
        let jobs = self.clone();
        self.tasks.spawn(async move {
            if pause(&jobs.stop, UPKEEP / 2).await {
                jobs.every(BOOKS, UPKEEP, |hotline| async move {
                    // neither waits for the other to succeed
                    let tallied = hotline.make_tally().await;
                    hotline.reconcile().await?;
                    tallied.map(|_| ())
                });
            }
        });
    }

    /// Keeps the right to poll while a long poll is under way, on every node that has the bot.
    pub fn keep_polling(&self, channel: &dyn Channel) {
        let name = format!("poll:{}:{}", channel.name(), channel.bot());
        self.every(name, RENEW, |_| async { Ok(()) });
    }

    /// Keeps this node's picture of the directory fresh and brings its own spool into the database. Every node
    /// runs it, worker or not.
    pub fn keep_fresh(&self) {
        self.listen();
        let (hotline, stop) = (self.hotline.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            let mut tended = None;
            while pause(&stop, DIRECTORY).await {
                if let Err(e) = hotline.refresh().await {
                    tracing::warn!(error = %e, "the key directory could not be read again");
                }
                if let Err(e) = hotline.drain_spool().await {
                    report("spool", &e);
                }
                if tended.is_none_or(|at: tokio::time::Instant| at.elapsed() >= UPKEEP) {
                    tended = Some(tokio::time::Instant::now());
                    if let Err(e) = hotline.tend_keys().await {
                        report("keys", &e);
                    }
                }
            }
        });
    }

    /// Wakes this node's workers when another node has committed something. Polling is the fallback.
    fn listen(&self) {
        let (hotline, stop) = (self.hotline.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            loop {
                match hotline.store().listen().await {
                    Ok(None) => return,
                    Ok(Some(mut ear)) => loop {
                        tokio::select! {
                            () = stop.cancelled() => return,
                            heard = tokio::time::timeout(DEAF, ear.next()) => match heard {
                                Ok(Ok(())) => hotline.wake(),
                                // A line that the network dropped looks like one on which nothing is said.
                                Ok(Err(_)) | Err(_) => break,
                            },
                        }
                    },
                    Err(e) => tracing::debug!(error = %e, "no wake-ups from the database, polling goes on"),
                }
                if !pause(&stop, DIRECTORY).await {
                    return;
                }
            }
        });
    }

    /// Runs a job at intervals on the one node that holds its lease.
    fn every<F, R>(&self, name: impl Into<String>, interval: Duration, job: F)
    where
        F: Fn(Hotline) -> R + Send + 'static,
        R: Future<Output = Result<(), crate::service::Error>> + Send,
    {
        let (hotline, stop, name) = (self.hotline.clone(), self.stop.clone(), name.into());
        self.tasks.spawn(async move {
            loop {
                match hotline.lease(&name, LEASE.max(interval * 2)).await {
                    Ok(true) => {
                        if let Err(e) = job(hotline.clone()).await {
                            report(&name, &e);
                        }
                    }
                    Ok(false) => {}
                    Err(e) => report(&name, &e),
                }
                if !pause(&stop, interval).await {
                    return;
                }
            }
        });
    }

    /// Works one bot's inbox and outbox while this node holds its lease. The two go side by side: what is slow to
    /// send must not keep what came waiting.
    async fn serve(&self, name: &str, channel: &dyn Channel) {
        let ours = AtomicBool::new(false);
        tokio::join!(
            self.hold(name, &ours),
            self.attend(name, channel, &ours),
            self.post(name, channel, &ours)
        );
    }

    /// Keeps the lease, and says whether it is ours.
    async fn hold(&self, name: &str, ours: &AtomicBool) {
        loop {
            let held = self.hotline.lease(name, LEASE).await;
            let holds = matches!(held, Ok(true));
            if !ours.swap(holds, Ordering::Relaxed) && holds {
                self.hotline.wake();
            }
            let next = if held.is_ok() { RENEW } else { PAUSE };
            if let Err(e) = held {
                report("lease", &e);
            }
            if !pause(&self.stop, next).await {
                return;
            }
        }
    }

    /// Works off the inbox.
    async fn attend(&self, name: &str, channel: &dyn Channel, ours: &AtomicBool) {
        loop {
            let mut busy = false;
            let news = self.hotline.changed();
            if ours.load(Ordering::Relaxed) {
                match work_off(&self.hotline, channel).await {
                    Ok(n) => busy = n > 0,
                    Err(e) => report(name, &e),
                }
            }
            if self.stop.is_cancelled() {
                return;
            }
            if !busy {
                self.rest(news).await;
            }
        }
    }

    /// Sends what is due, so many at once. A slow one takes up its own place and no other's.
    async fn post(&self, name: &str, channel: &dyn Channel, ours: &AtomicBool) {
        let mut under_way = FuturesUnordered::new();
        while !self.stop.is_cancelled() {
            let news = self.hotline.changed();
            let free = worker::SENDING.saturating_sub(under_way.len());
            if free > 0 && ours.load(Ordering::Relaxed) {
                match worker::take(&self.hotline, channel, free).await {
                    Ok(taken) => {
                        under_way.extend(taken.into_iter().map(|t| worker::send(&self.hotline, channel, t)));
                    }
                    Err(e) => report(name, &e),
                }
            }
            tokio::select! {
                biased;
                // Those that ended together make room together: one question brings the next.
                Some(()) = under_way.next() => while let Some(Some(())) = under_way.next().now_or_never() {},
                () = self.rest(news) => {}
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// Waits until there may be something to do. The news is subscribed to before the work is looked for, so that
    /// what is committed in between is not slept over.
    async fn rest(&self, news: impl Future<Output = ()>) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = news => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Waits, and says whether to go on.
async fn pause(stop: &CancellationToken, length: Duration) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(length) => true,
    }
}

fn report(job: &str, e: &crate::service::Error) {
    match e {
        crate::service::Error::Fault(f) => {
            tracing::warn!(job, causes = %f.chain(), "a job failed and is tried again");
        }
        crate::service::Error::Refused(r) => {
            tracing::warn!(job, refused = %r, "a job was refused and is tried again");
        }
    }
}
