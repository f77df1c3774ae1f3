//! A Telegram that never leaves the machine: the Bot API over plain HTTP on loopback, as strict as the real
//! one about what it accepts and as unkind as the real one about when it answers.
//!
//! How it runs and fails is in `remote`; here is what is Telegram's own.

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

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub(crate) use state::Call;
pub(crate) use user::{FIRST_NAME, Seen, USERNAME, User};

use crate::remote::{self, Remote};
use methods::Refusal;
use state::State;

/// The token the fake knows; it looks like a real one, so that redaction by pattern is tested too.
pub(crate) const TOKEN: &str = "7654321098:AAFakeFakeFakeFakeFakeFakeFakeFakeFake";

/// Telegram.
pub(crate) type Fake = Remote<State>;
/// One way for a call to fail.
pub(crate) type Fault = remote::Fault<Refusal>;

impl Fault {
    /// 429 with `retry_after` in seconds; nothing is done.
    pub(crate) fn wait(seconds: u64) -> Self {
        Self::No(Refusal::wait(seconds))
    }

    /// Telegram's own error with this code and description; nothing is done.
    pub(crate) fn refused(code: u16, text: &str) -> Self {
        Self::No(Refusal::new(code, text))
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
        Self::run(State::new(token), "127.0.0.1:0", server::routes(), hooks::deliver)
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

    /// The calls of one method, oldest first.
    #[must_use]
    pub(crate) fn calls(&self, method: &str) -> Vec<Call> {
        self.journal().into_iter().filter(|c| c.method.eq_ignore_ascii_case(method)).collect()
    }

    /// The bytes of what has not been acknowledged, oldest first.
    #[must_use]
    pub(crate) fn pending(&self) -> Vec<Vec<u8>> {
        self.shared.read(|s| s.pending.iter().map(|u| u.value.to_string().into_bytes()).collect())
    }
}
