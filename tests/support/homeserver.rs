//! A Matrix homeserver that never leaves the machine: one application service, rooms, and people in them, over plain
//! HTTP on loopback. Like Synapse it pushes one transaction at a time and in order, again until it was answered with
//! 200 and a length; only what happens in rooms that we are in, and invitations; it gives a message that comes again
//! under its number the same event; and what was written before we came is to be asked for.
//!
//! It runs on a thread of its own, so that a test may kill and restart the service. What the service did wrong is kept
//! as a violation, and the last handle dropped complains about it.

#[path = "homeserver/person.rs"]
mod person;
#[path = "homeserver/push.rs"]
mod push;
#[path = "homeserver/server.rs"]
mod server;
#[path = "homeserver/state.rs"]
mod state;

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub(crate) use person::{DISPLAY_NAME, Person};
pub(crate) use state::{Call, Fault};

use state::Shared;

/// Our user.
pub(crate) const USER: &str = "@tinan:localhost";
/// What we show.
pub(crate) const AS_TOKEN: &str = "as-token-of-the-fake-homeserver";
/// What we are shown.
pub(crate) const HS_TOKEN: &str = "hs-token-of-the-fake-homeserver";

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
        assert!(thread::panicking() || violations.is_empty(), "the service broke the rules: {violations:?}");
    }
}

impl Fake {
    /// Starts on a free port of 127.0.0.1 and returns when it answers.
    #[must_use]
    pub(crate) fn start() -> Self {
        let shared = Arc::new(Shared::default());
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

    /// What goes into `TINAN_MATRIX__HOMESERVER`.
    #[must_use]
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
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

    /// Makes the coming calls of a kind fail, one fault each, in this order.
    pub(crate) fn fails(&self, what: &str, faults: impl IntoIterator<Item = Fault>) {
        self.shared.write(|s| s.faults.entry(what.to_owned()).or_default().extend(faults));
    }

    /// It gives no devices to application services.
    pub(crate) fn has_no_devices(&self) {
        self.shared.write(|s| s.no_devices = true);
    }

    /// Every call so far, oldest first.
    #[must_use]
    pub(crate) fn journal(&self) -> Vec<Call> {
        self.shared.read(|s| s.journal.clone())
    }

    /// The calls of one kind, oldest first.
    #[must_use]
    pub(crate) fn calls(&self, what: &str) -> Vec<Call> {
        self.journal().into_iter().filter(|c| c.what == what).collect()
    }

    /// How many calls came with a wrong token.
    #[must_use]
    pub(crate) fn refused(&self) -> usize {
        self.shared.read(|s| s.refused)
    }

    /// How much waits to be taken by the service.
    #[must_use]
    pub(crate) fn waiting(&self) -> usize {
        self.shared.read(|s| s.queue.len())
    }

    /// What the service did against the rules; taken, so that the last handle does not complain.
    #[must_use]
    pub(crate) fn take_violations(&self) -> Vec<String> {
        self.shared.write(|s| std::mem::take(&mut s.violations))
    }

    /// Waits until something is so; looks again after every change, for ten seconds.
    pub(crate) async fn until(&self, what: &str, so: impl Fn(&Self) -> bool) {
        assert!(self.shared.until(|| so(self)).await, "waited in vain until {what}");
    }
}
