//! The other end of a [`Line`]: delivers to a running server, many at once, and keeps what was not taken.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use futures_util::stream::{self, StreamExt as _};
use reqwest::Client;
use sqlx::{Connection as _, Executor as _};
use tokio::task::JoinHandle;

use super::SOON;
use super::line::Line;
use crate::process::{Install, Running};
use crate::until::until;

/// The other end, and what it still has to deliver.
pub(super) struct Post<L> {
    pub(super) line: Arc<L>,
    pub(super) install: Install,
    client: Client,
    base: String,
    pub(super) waiting: BTreeSet<usize>,
    next: usize,
}

impl<L: Line + 'static> Post<L> {
    pub(super) fn new(line: L, install: Install) -> Self {
        let client = Client::builder().no_proxy().timeout(SOON).redirect(reqwest::redirect::Policy::none());
        let client = client.build().expect("a client");
        Self { line: Arc::new(line), install, client, base: String::new(), waiting: BTreeSet::new(), next: 1 }
    }

    /// Starts the server and goes there from now on.
    pub(super) async fn serve(&mut self, install: Option<&Install>) -> Running {
        let server = install.unwrap_or(&self.install).serve().await;
        self.base = server.poster().1;
        server
    }

    pub(super) fn client(&self) -> (&Client, &str) {
        (&self.client, &self.base)
    }

    /// People who have not said anything yet.
    pub(super) fn people(&mut self, many: usize) -> Range<usize> {
        let range = self.next..self.next + many;
        self.next = range.end;
        range
    }

    /// Each of them delivered once, side by side; gives how many were taken.
    pub(super) async fn deliver(&mut self, people: impl Iterator<Item = usize>, at_once: usize) -> usize {
        let all: Vec<usize> = people.collect();
        self.waiting.extend(&all);
        let taken: Vec<usize> = stream::iter(all)
            .map(|n| {
                let request = self.line.delivery(&self.client, &self.base, n);
                let wanted = self.line.taken();
                async move {
                    let answer = request.send().await.ok()?;
                    let ok = answer.status().as_u16() == wanted;
                    // Half an answer is none.
                    answer.bytes().await.ok().filter(|_| ok).map(|_| n)
                }
            })
            .buffer_unordered(at_once)
            .filter_map(std::future::ready)
            .collect()
            .await;
        for n in &taken {
            self.waiting.remove(n);
        }
        taken.len()
    }

    /// Delivers what was not taken, again and again, until all of it is.
    pub(super) async fn until_taken(&mut self) {
        let began = Instant::now();
        while !self.waiting.is_empty() {
            assert!(began.elapsed() < SOON, "{} were never taken", self.waiting.len());
            let left = self.waiting.clone();
            if self.deliver(left.into_iter(), 16).await == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }

    /// Sends and never hears the answer: the connection is ours to break.
    pub(super) fn send_and_look_away(&mut self, people: Range<usize>) -> Vec<JoinHandle<()>> {
        self.waiting.extend(people.clone());
        let requests: Vec<_> = people.map(|n| self.line.delivery(&self.client, &self.base, n)).collect();
        let send = |r: reqwest::RequestBuilder| tokio::spawn(async move { drop(r.send().await) });
        requests.into_iter().map(send).collect()
    }

    /// How many messages are stored.
    pub(super) async fn stored(&self) -> usize {
        self.install.count(self.line.rows()).await
    }

    /// Waits until nothing waits to be worked off or sent, and everybody was answered.
    pub(super) async fn until_answered(&self, people: Range<usize>) {
        if !self.line.waits() {
            return;
        }
        self.until("all is worked off", async || self.install.count("inbox").await == 0).await;
        let all = people.len();
        self.until("all are answered", async || self.line.answered(people.clone()) == all).await;
        let twice = self.install.count(&format!("dialogues WHERE version > {}", self.line.turns())).await;
        assert_eq!(twice, 0, "{}: what was said once was worked off twice", self.line.name());
    }

    /// Waits until something is so.
    pub(super) async fn until(&self, what: &str, so: impl AsyncFnMut() -> bool) {
        until(&format!("{what} ({})", self.line.name()), SOON, so).await;
    }
}

/// Holds the database's only write lock.
pub(super) struct Lock(sqlx::SqliteConnection);

impl Lock {
    /// Nobody else can write until it is released.
    pub(super) async fn take(install: &Install) -> Self {
        let options: sqlx::sqlite::SqliteConnectOptions = install.database().parse().expect("SQLite");
        let mut c =
            sqlx::SqliteConnection::connect_with(&options.busy_timeout(SOON)).await.expect("connects");
        c.execute("BEGIN IMMEDIATE").await.expect("locks");
        Self(c)
    }

    pub(super) async fn release(self) {
        self.0.close().await.expect("closes");
    }
}
