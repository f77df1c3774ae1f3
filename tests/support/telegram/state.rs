//! What the fake remembers.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};

use super::methods::Refusal;
use crate::remote::{self, Book, Keeps};

/// One call of the bot, as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The method, spelt as the bot spelt it.
    pub(crate) method: String,
    /// Its arguments.
    pub(crate) args: remote::Args,
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

pub(crate) struct State {
    /// The token of the bot that is served.
    pub(super) token: &'static str,
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
    pub(super) book: Book<Call, Refusal>,
    counter: i64,
}

impl Keeps for State {
    type Call = Call;
    type No = Refusal;

    fn book(&mut self) -> &mut Book<Call, Refusal> {
        &mut self.book
    }

    fn waiting(&self) -> usize {
        self.pending.len()
    }
}

pub(super) type Shared = remote::Shared<State>;

impl State {
    pub(super) fn new(token: &'static str) -> Self {
        let number = token.split(':').next().and_then(|digits| digits.parse().ok());
        Self {
            token,
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
            book: Book::default(),
            counter: 0,
        }
    }

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
}
