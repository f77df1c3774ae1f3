//! A Matrix homeserver that never leaves the machine: one application service, rooms, and people in them, over plain
//! HTTP on loopback. Like Synapse it pushes one transaction at a time and in order, again until it was answered with
//! 200 and a length; only what happens in rooms that we are in, and invitations; it gives a message that comes again
//! under its number the same event; and what was written before we came is to be asked for.
//!
//! How it runs and fails is in `remote`; here is what is Matrix's own.

#[path = "homeserver/person.rs"]
mod person;
#[path = "homeserver/push.rs"]
mod push;
#[path = "homeserver/server.rs"]
mod server;
#[path = "homeserver/state.rs"]
mod state;

use std::sync::Arc;

use serde_json::Value;

pub(crate) use person::{DISPLAY_NAME, Person};
pub(crate) use state::{Call, State};

use crate::remote::{self, Remote};
use server::No;

/// Our user.
pub(crate) const USER: &str = "@tinan:localhost";
/// What we show.
pub(crate) const AS_TOKEN: &str = "as-token-of-the-fake-homeserver";
/// What we are shown.
pub(crate) const HS_TOKEN: &str = "hs-token-of-the-fake-homeserver";

/// The homeserver.
pub(crate) type Fake = Remote<State>;
/// One way for a call to fail.
pub(crate) type Fault = remote::Fault<No>;

impl Fault {
    /// The homeserver's own no; nothing is done.
    pub(crate) fn no(status: u16, code: &'static str) -> Self {
        Self::No(No::Code(status, code))
    }

    /// Too many calls: wait so many milliseconds; nothing is done.
    pub(crate) fn limit(ms: u64) -> Self {
        Self::No(No::Limit(ms))
    }
}

impl Fake {
    /// Starts on a free port of 127.0.0.1 and returns when it answers.
    #[must_use]
    pub(crate) fn start() -> Self {
        Self::run(State::default(), "127.0.0.1:0", server::routes(), push::deliver)
    }

    /// Where the service is, without a slash at the end.
    pub(crate) fn leads_to(&self, url: &str) {
        self.shared.write(|s| s.route = Some(url.to_owned()));
    }

    /// A person, with a room of their own that we are not in yet.
    #[must_use]
    pub(crate) fn person(&self, name: &str) -> Person {
        Person::new(Arc::clone(&self.shared), name)
    }

    /// These people have rooms that we are in.
    pub(crate) fn opens_rooms(&self, names: impl Iterator<Item = String>) {
        self.shared.write(|s| {
            for name in names {
                s.open(&name);
            }
        });
    }

    /// Pushes an event as it stands, however little it looks like one.
    pub(crate) fn pushes(&self, event: Value) {
        self.shared.write(|s| s.queue.push(event));
    }

    /// Pushes once more everything that was pushed before, in new transactions.
    pub(crate) fn repeats_everything(&self) {
        self.shared.write(|s| {
            let again = s.pushed.clone();
            s.queue.extend(again);
        });
    }

    /// It gives no devices to application services.
    pub(crate) fn has_no_devices(&self) {
        self.shared.write(|s| s.no_devices = true);
    }

    /// The calls of one kind, oldest first.
    #[must_use]
    pub(crate) fn calls(&self, what: &str) -> Vec<Call> {
        self.journal().into_iter().filter(|c| c.what == what).collect()
    }
}
