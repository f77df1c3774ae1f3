//! People and programs that send to whichever node answers, and the ledger of what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{NODES, files};
use crate::process::{Install, Running};
use crate::telegram::Fake;

const SECRET: &str = "correct-horse_battery";
/// How long one try may take: a node that was stopped does not answer.
const TRY: Duration = Duration::from_secs(6);

pub(super) fn furnish(install: Install, fake: &Fake) -> Install {
    install
        .with_bot(fake)
        .with("TINAN_TELEGRAM__MODE", "webhook")
        .with("TINAN_TELEGRAM__SECRET", SECRET)
        .with("TINAN_HTTP__PUBLIC_URL", "https://tinan.example")
}

/// What was sent and acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    /// Tips by the API.
    pub(super) tips: usize,
    /// Tries of tips to which no answer came.
    pub(super) unanswered: usize,
    /// Chats.
    pub(super) chats: usize,
    /// Files added to tips.
    pub(super) files: usize,
}

#[derive(Default)]
pub(super) struct Ledger {
    /// The receipt that a key was given.
    receipts: Mutex<BTreeMap<usize, String>>,
    /// The tips that somebody adds a file to.
    with_files: Mutex<BTreeSet<usize>>,
    unanswered: AtomicUsize,
    next_tip: AtomicUsize,
    next_chat: AtomicUsize,
    ended: AtomicBool,
    nodes: Mutex<[String; NODES]>,
}

pub(super) struct Load {
    ledger: Arc<Ledger>,
    client: Client,
    senders: JoinSet<()>,
    _fake: Fake,
}

impl Load {
    pub(super) fn new(fake: Fake) -> Self {
        let client = Client::builder().no_proxy().timeout(TRY).build().expect("a client");
        Self { ledger: Arc::default(), client, senders: JoinSet::new(), _fake: fake }
    }

    /// Where a node is now.
    pub(super) fn leads_to(&self, node: usize, url: String) {
        self.ledger.nodes.lock().expect("whole")[node] = url;
    }

    pub(super) fn begin(&mut self) {
        for n in 0..12 {
            let (ledger, client) = (Arc::clone(&self.ledger), self.client.clone());
            self.senders.spawn(async move { tips(&ledger, &client, n).await });
            let (ledger, client) = (Arc::clone(&self.ledger), self.client.clone());
            self.senders.spawn(async move { chats(&ledger, &client, n).await });
        }
        for n in 0..2 {
            let (ledger, client) = (Arc::clone(&self.ledger), self.client.clone());
            self.senders.spawn(async move { files::send(&ledger, &client, n).await });
        }
    }

    /// Ends when everything that was begun is acknowledged.
    pub(super) async fn end(&mut self) -> Sent {
        self.ledger.ended.store(true, Ordering::Relaxed);
        while let Some(done) = self.senders.join_next().await {
            done.expect("everything was acknowledged in the end");
        }
        let receipts = self.ledger.receipts.lock().expect("whole");
        let chats = self.ledger.next_chat.load(Ordering::Relaxed);
        let files = self.ledger.with_files.lock().expect("whole").len();
        Sent {
            tips: receipts.len(),
            unanswered: self.ledger.unanswered.load(Ordering::Relaxed),
            chats,
            files,
        }
    }

    /// The tips that have a file.
    pub(super) fn with_files(&self) -> Vec<usize> {
        self.ledger.with_files.lock().expect("whole").iter().copied().collect()
    }

    /// No receipt that was given leads nowhere.
    pub(super) async fn every_receipt_opens(&self, server: &Running) {
        let receipts: Vec<String> = self.ledger.receipts.lock().expect("whole").values().cloned().collect();
        for receipt in receipts {
            let began = Instant::now();
            let mut status = server.case(&receipt).await.0;
            // a connection may still be dead that was cut just before, or the machine be slow: it says so, and serves
            while status == 503 && began.elapsed() < Duration::from_mins(1) {
                tokio::time::sleep(Duration::from_millis(200)).await;
                status = server.case(&receipt).await.0;
            }
            assert_eq!(status, 200, "a receipt leads nowhere");
        }
    }
}

impl Ledger {
    pub(super) fn node(&self, n: usize) -> String {
        self.nodes.lock().expect("whole")[n % NODES].clone()
    }

    pub(super) fn goes_on(&self) -> bool {
        !self.ended.load(Ordering::Relaxed)
    }

    /// The newest tip that nobody has added a file to, with its receipt; it is counted as having one.
    pub(super) fn newest_without_file(&self) -> Option<(usize, String)> {
        let receipts = self.receipts.lock().expect("whole");
        let (tip, receipt) = receipts.last_key_value()?;
        let new = self.with_files.lock().expect("whole").insert(*tip);
        new.then(|| (*tip, receipt.clone()))
    }
}

async fn tips(ledger: &Ledger, client: &Client, mut node: usize) {
    while ledger.goes_on() {
        let n = ledger.next_tip.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        loop {
            let request = client.post(format!("{}/api/v1/tips", ledger.node(node)));
            let body = json!({"text": format!("toi nao cung co nguoi ban ma tuy o ngo {n}")});
            let answer = request.header("idempotency-key", format!("fleet-{n}")).json(&body).send().await;
            let receipt = match answer {
                Ok(answer) if answer.status() == 201 => answer.json::<Value>().await.ok(),
                Ok(_) => None,
                Err(_) => {
                    ledger.unanswered.fetch_add(1, Ordering::Relaxed);
                    None
                }
            };
            if let Some(receipt) = receipt.and_then(|r| r["receipt"].as_str().map(str::to_owned)) {
                ledger.receipts.lock().expect("whole").insert(n, receipt);
                break;
            }
            assert!(began.elapsed() < Duration::from_mins(2), "tip {n} was never taken");
            node += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        node += 1;
    }
}

async fn chats(ledger: &Ledger, client: &Client, mut node: usize) {
    while ledger.goes_on() {
        let n = 1 + ledger.next_chat.fetch_add(1, Ordering::Relaxed);
        let update = json!({"update_id": 50_000 + n, "message": {"message_id": n, "date": 1_763_000_000 + n,
            "chat": {"id": n, "type": "private"}, "from": {"id": n, "is_bot": false, "first_name": "Kim"},
            "text": format!("toi nao cung co nguoi ban ma tuy o ngo {n}")}});
        let began = Instant::now();
        loop {
            let request = client.post(format!("{}/hooks/telegram", ledger.node(node))).json(&update);
            let answer = request.header("x-telegram-bot-api-secret-token", SECRET).send().await;
            if answer.is_ok_and(|a| a.status().is_success()) {
                break;
            }
            assert!(began.elapsed() < Duration::from_mins(2), "chat {n} was never taken");
            node += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        node += 1;
    }
}
