//! What Zalo knows.

use std::collections::{BTreeMap, HashMap};

use super::oa::Account;
use crate::remote::{self, Book, Keeps};

/// A call that a bot made.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The method, or the path below the host.
    pub(crate) method: String,
    /// What was sent, form fields as text.
    pub(crate) args: remote::Args,
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

pub(crate) struct State {
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
    pub(super) book: Book<Call, i32>,
    counter: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
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
            book: Book::default(),
            counter: 0,
        }
    }
}

impl Keeps for State {
    type Call = Call;
    type No = i32;

    fn book(&mut self) -> &mut Book<Call, i32> {
        &mut self.book
    }

    fn waiting(&self) -> usize {
        self.pushes.len()
    }
}

pub(super) type Shared = remote::Shared<State>;

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
}
