//! A Telegram that never leaves the machine: the Bot API over plain HTTP on loopback, as strict as the real
//! one about what it accepts and as unkind as the real one about when it answers.
//!
//! It runs on a thread of its own, so that a test may kill and restart the bot (in this process or another)
//! while Telegram, like the real one, goes on. What a bot did wrong is kept as a violation, and the last
//! handle dropped complains about it.

#[path = "telegram/faults.rs"]
mod faults;
#[path = "telegram/hooks.rs"]
mod hooks;
#[path = "telegram/methods.rs"]
mod methods;
#[path = "telegram/server.rs"]
mod server;
#[path = "telegram/state.rs"]
mod state;
#[path = "telegram/user.rs"]
mod user;

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub(crate) use faults::Fault;
pub(crate) use state::Call;
pub(crate) use user::{FIRST_NAME, Seen, USERNAME, User};

use state::Shared;

/// The token the fake knows; it looks like a real one, so that redaction by pattern is tested too.
pub(crate) const TOKEN: &str = "7654321098:AAFakeFakeFakeFakeFakeFakeFakeFakeFake";

/// A handle; clones lead to the same server, which stops with the last of them.
#[derive(Clone)]
pub(crate) struct Fake {
    shared: Arc<Shared>,
    address: SocketAddr,
    _running: Arc<Running>,
}

struct Running {
    shared: Arc<Shared>,
    stop: CancellationToken,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let violations = self.shared.read(|s| s.violations.clone());
        assert!(thread::panicking() || violations.is_empty(), "the bot broke the rules: {violations:?}");
    }
}

impl Fake {
    /// Starts on a free port of 127.0.0.1 and returns when it answers.
    #[must_use]
    pub(crate) fn start() -> Self {
        Self::of(TOKEN)
    }

    /// The same for a bot with another token.
    #[must_use]
    pub(crate) fn of(token: &'static str) -> Self {
        let shared = Arc::new(Shared::new(token));
        let stop = CancellationToken::new();
        let (tell, told) = mpsc::channel();
        let (inner, ended) = (Arc::clone(&shared), stop.clone());
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(server::serve(inner, ended, tell));
        });
        let address = told.recv().expect("the fake is up");
        let running = Running { shared: Arc::clone(&shared), stop, thread: Some(thread) };
        Self { shared, address, _running: Arc::new(running) }
    }

    /// What goes into `TINAN_TELEGRAM__API_URL`.
    #[must_use]
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A person in their private chat with the bot; the chat's number is the person's.
    #[must_use]
    pub(crate) fn user(&self, chat: i64) -> User {
        User::new(Arc::clone(&self.shared), chat)
    }

    /// These people have opened a chat, so that the bot may write to them.
    pub(crate) fn opens_chats(&self, chats: std::ops::Range<i64>) {
        self.shared.write(|s| s.chats.extend(chats.map(|chat| (chat, state::Chat::default()))));
    }

    /// Queues an update of any kind, as `{"update_id": …, kind: value}`, for the chat it belongs to.
    pub(crate) fn push(&self, chat: i64, kind: &str, value: &Value) -> i64 {
        self.shared.write(|s| s.push(chat, kind, value))
    }

    /// Queues an element as it stands, however little it looks like an update.
    pub(crate) fn push_garbage(&self, element: Value) {
        self.shared.write(|s| s.push_garbage(element));
    }

    /// Gives the next update this number, as Telegram does at random after a quiet week. Go far away from the
    /// numbers before (more than ten), as chance would.
    pub(crate) fn renumber(&self, next: i64) {
        self.shared.write(|s| s.next_update = next);
    }

    /// Makes the coming calls of a method fail, one fault each, in this order.
    pub(crate) fn fails(&self, method: &str, faults: impl IntoIterator<Item = Fault>) {
        self.shared.write(|s| s.faults.add(method, faults));
    }

    /// Telegram names another path for a file; an empty one is none.
    pub(crate) fn misplaces(&self, file: &str, path: &str) {
        self.shared.write(|s| {
            if let Some((at, _)) = s.files.get_mut(file) {
                path.clone_into(at);
            }
        });
    }

    /// Behind the hook's address stands a proxy that leads here.
    pub(crate) fn hooks_lead_to(&self, url: &str) {
        self.shared.write(|s| s.hook_route = Some(url.to_owned()));
    }

    /// How long a refused webhook call waits before it is repeated.
    pub(crate) fn hook_retry(&self, wait: Duration) {
        self.shared.write(|s| s.hook_retry = wait);
    }

    /// Every call the bot made so far, oldest first.
    #[must_use]
    pub(crate) fn journal(&self) -> Vec<Call> {
        self.shared.read(|s| s.journal.clone())
    }

    /// The calls of one method, oldest first.
    #[must_use]
    pub(crate) fn calls(&self, method: &str) -> Vec<Call> {
        self.journal().into_iter().filter(|c| c.method.eq_ignore_ascii_case(method)).collect()
    }

    /// How many calls came with a wrong token.
    #[must_use]
    pub(crate) fn refused(&self) -> usize {
        self.shared.read(|s| s.refused)
    }

    /// The bytes of what has not been acknowledged, oldest first.
    #[must_use]
    pub(crate) fn pending(&self) -> Vec<Vec<u8>> {
        self.shared.read(|s| s.pending.iter().map(|u| u.value.to_string().into_bytes()).collect())
    }

    /// How many updates have not been acknowledged.
    #[must_use]
    pub(crate) fn unacknowledged(&self) -> usize {
        self.shared.read(|s| s.pending.len())
    }

    /// What the bot did against the rules; taken, so that the last handle does not complain.
    #[must_use]
    pub(crate) fn take_violations(&self) -> Vec<String> {
        self.shared.write(|s| std::mem::take(&mut s.violations))
    }

    /// Waits until something is so; looks again after every change, for ten seconds.
    pub(crate) async fn until(&self, what: &str, so: impl Fn(&Self) -> bool) {
        assert!(self.shared.until(|| so(self)).await, "waited in vain until {what}");
    }
}
