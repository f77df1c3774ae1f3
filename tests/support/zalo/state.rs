//! What Zalo knows.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::timeout;

use super::faults::Faults;
use super::oa::Account;

/// A call that a bot made.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The method, or the path below the host.
    pub(crate) method: String,
    /// What was sent, form fields as text.
    pub(crate) args: Map<String, Value>,
}

/// Which of our two doors a delivery goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Bot,
    Oa,
}

/// A delivery that was not taken yet.
#[derive(Clone)]
pub(super) struct Push {
    pub(super) id: u64,
    pub(super) target: Target,
    pub(super) body: String,
    /// Not before this moment of Zalo's clock.
    pub(super) due: i64,
    /// How often it was refused.
    pub(super) refusals: usize,
}

#[derive(Clone)]
pub(super) struct Said {
    pub(super) by_bot: bool,
    pub(super) text: String,
}

pub(super) struct Hook {
    pub(super) url: String,
    pub(super) secret: String,
}

pub(super) struct State {
    /// Zalo's clock, in milliseconds.
    pub(super) now: i64,
    pub(super) url: String,
    pub(super) pushes: Vec<Push>,
    pub(super) held: bool,
    pub(super) delivered: Vec<(Target, String)>,
    pub(super) chats: BTreeMap<(Target, String), Vec<Said>>,
    pub(super) oa: Account,
    pub(super) hook: Option<Hook>,
    pub(super) hook_route: Option<String>,
    pub(super) outcome: String,
    /// Files by path.
    pub(super) files: HashMap<String, Vec<u8>>,
    pub(super) journal: Vec<Call>,
    pub(super) violations: Vec<String>,
    pub(super) refused: usize,
    pub(super) faults: Faults,
    counter: u64,
}

impl State {
    /// A number never given before.
    pub(super) fn number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Zalo's way to number a message.
    pub(super) fn message_id(&mut self) -> String {
        format!("2d758cb5e222177a4e{:04x}", self.number())
    }

    /// A moment later than every one before.
    pub(super) fn tick(&mut self) -> i64 {
        self.now += 1;
        self.now
    }

    pub(super) fn push(&mut self, target: Target, body: String) {
        let (id, due) = (self.number(), self.now);
        self.pushes.push(Push { id, target, body, due, refusals: 0 });
    }

    /// Puts a file where it can be fetched.
    pub(super) fn file(&mut self, bytes: &[u8]) -> String {
        let name = format!("f{}", self.number());
        self.files.insert(name.clone(), bytes.to_vec());
        format!("{}/media/{name}", self.url)
    }

    pub(super) fn violation(&mut self, what: String) {
        self.violations.push(what);
    }
}

/// The state behind its lock, and a bell that rings after every change.
pub(super) struct Shared {
    state: Mutex<State>,
    bell: watch::Sender<()>,
}

impl Shared {
    pub(super) fn new() -> Self {
        let state = State {
            // The moment at which the small installations of these tests begin.
            now: 1_795_320_720_000,
            url: String::new(),
            pushes: Vec::new(),
            held: false,
            delivered: Vec::new(),
            chats: BTreeMap::new(),
            oa: Account::default(),
            hook: None,
            hook_route: None,
            outcome: "webhook.ok".to_owned(),
            files: HashMap::new(),
            journal: Vec::new(),
            violations: Vec::new(),
            refused: 0,
            faults: Faults::default(),
            counter: 0,
        };
        Self { state: Mutex::new(state), bell: watch::Sender::new(()) }
    }

    pub(super) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn write<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let result = change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.bell.send_replace(());
        result
    }

    /// A change that nobody needs to hear of.
    pub(super) fn write_quietly<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn bell(&self) -> watch::Receiver<()> {
        self.bell.subscribe()
    }

    /// Whether it became so within ten seconds; looks again after every change.
    pub(super) async fn until(&self, so: impl Fn() -> bool) -> bool {
        let mut bell = self.bell();
        let waiting = async {
            while !so() {
                bell.changed().await.expect("the fake is up");
            }
        };
        timeout(Duration::from_secs(10), waiting).await.is_ok()
    }
}
