//! What the fake remembers.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use super::faults::Faults;

/// One call of the bot, as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The method, spelt as the bot spelt it.
    pub(crate) method: String,
    /// Its arguments.
    pub(crate) args: Map<String, Value>,
    /// The status answered, 0 if the connection was cut before the call was done.
    pub(crate) status: u16,
}

/// An update that waits to be acknowledged.
#[derive(Clone)]
pub(super) struct Queued {
    pub(super) id: i64,
    pub(super) chat: i64,
    pub(super) value: Value,
}

#[derive(Clone)]
pub(super) struct Message {
    pub(super) id: i64,
    pub(super) by_bot: bool,
    pub(super) text: String,
    pub(super) buttons: Vec<Vec<(String, String)>>,
    pub(super) protected: bool,
}

#[derive(Default)]
pub(super) struct Chat {
    pub(super) blocked: bool,
    pub(super) messages: Vec<Message>,
}

pub(super) struct Hook {
    pub(super) url: String,
    pub(super) secret: Option<String>,
    pub(super) failed: Option<i64>,
}

pub(super) struct State {
    /// The bot's own number.
    pub(super) bot: i64,
    pub(super) next_update: i64,
    pub(super) pending: VecDeque<Queued>,
    pub(super) chats: BTreeMap<i64, Chat>,
    /// Presses by id; `true` once answered.
    pub(super) presses: HashMap<String, bool>,
    /// Files by id: path and bytes.
    pub(super) files: HashMap<String, (String, Vec<u8>)>,
    pub(super) allowed: Option<Vec<String>>,
    pub(super) hook: Option<Hook>,
    pub(super) hook_retry: Duration,
    /// Where calls really go; a proxy stands at the hook's own address.
    pub(super) hook_route: Option<String>,
    /// Counts polls: an older one gives way to a newer one.
    pub(super) newest_poll: u64,
    pub(super) journal: Vec<Call>,
    pub(super) violations: Vec<String>,
    /// Calls with a wrong token.
    pub(super) refused: usize,
    pub(super) faults: Faults,
    counter: i64,
}

impl State {
    /// A number never given before, for messages, presses and files.
    pub(super) fn number(&mut self) -> i64 {
        self.counter += 1;
        self.counter
    }

    /// Telegram's clock: it moves, and that is all anybody may rely on.
    pub(super) fn date(&mut self) -> i64 {
        1_763_000_000 + self.number()
    }

    pub(super) fn push(&mut self, chat: i64, kind: &str, value: &Value) -> i64 {
        let id = self.next_update;
        if self.allowed.as_ref().is_none_or(|kinds| kinds.iter().any(|k| k == kind)) {
            self.next_update += 1;
            self.pending.push_back(Queued { id, chat, value: json!({ "update_id": id, kind: value }) });
        }
        id
    }

    pub(super) fn push_garbage(&mut self, value: Value) {
        let id = self.next_update;
        self.next_update += 1;
        self.pending.push_back(Queued { id, chat: 0, value });
    }

    /// Forgets what `offset` acknowledges and shows what comes next. An offset far beyond the newest update
    /// (left over from before a renumbering) acknowledges nothing, as in Telegram's own server.
    pub(super) fn updates(&mut self, offset: i64, limit: usize) -> Vec<Value> {
        if offset < 0 {
            let keep = usize::try_from(-offset).unwrap_or(usize::MAX);
            let drop = self.pending.len().saturating_sub(keep);
            self.pending.drain(..drop);
        } else if offset <= self.next_update + 10 {
            self.pending.retain(|u| u.id >= offset);
        }
        self.pending.iter().take(limit).map(|u| u.value.clone()).collect()
    }

    pub(super) fn violation(&mut self, what: String) {
        self.violations.push(what);
    }
}

/// The state behind its lock, and a bell that rings after every change.
pub(super) struct Shared {
    /// The token of the bot that is served.
    pub(super) token: &'static str,
    state: Mutex<State>,
    bell: watch::Sender<()>,
}

impl Shared {
    pub(super) fn new(token: &'static str) -> Self {
        let number = token.split(':').next().and_then(|digits| digits.parse().ok());
        let state = State {
            bot: number.expect("a bot's number"),
            next_update: 1001,
            pending: VecDeque::new(),
            chats: BTreeMap::new(),
            presses: HashMap::new(),
            files: HashMap::new(),
            allowed: None,
            hook: None,
            hook_retry: Duration::from_millis(50),
            hook_route: None,
            newest_poll: 0,
            journal: Vec::new(),
            violations: Vec::new(),
            refused: 0,
            faults: Faults::default(),
            counter: 0,
        };
        Self { token, state: Mutex::new(state), bell: watch::Sender::new(()) }
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
    pub(super) fn quietly<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
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
