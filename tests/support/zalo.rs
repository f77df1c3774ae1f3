//! A Zalo that never leaves the machine: the Bot Platform and Official Accounts over plain HTTP on loopback, as strict
//! as the real ones about what they accept and as unkind about when they answer. Names of methods are case-sensitive,
//! refusals come with HTTP 200, bodies may be JSON or forms, what is polled is handed out once, webhooks come with
//! their secret or signature and again when they were not taken.
//!
//! It has a clock of its own, turned by hand. It runs on a thread of its own, so that a test may kill and restart the
//! bot while Zalo, like the real one, goes on. What a bot did wrong is kept as a violation, and the last handle
//! dropped complains about it.

#[path = "zalo/bot.rs"]
mod bot;
#[path = "zalo/faults.rs"]
mod faults;
#[path = "zalo/oa.rs"]
mod oa;
#[path = "zalo/push.rs"]
mod push;
#[path = "zalo/server.rs"]
mod server;
#[path = "zalo/state.rs"]
mod state;
#[path = "zalo/user.rs"]
mod user;

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub(crate) use faults::Fault;
pub(crate) use oa::{APP_ID, APP_SECRET, FIRST_REFRESH, OA_ID, OA_SECRET, mac};
pub(crate) use state::Call;
pub(crate) use user::{DISPLAY_NAME, User};

use state::{Shared, Target};

/// The bot's token.
pub(crate) const TOKEN: &str = "4839574812:AAFakeZaloFakeZaloFakeZaloFakeZalo";
/// What the bot was told to expect in its webhook.
pub(crate) const SECRET: &str = "correct-horse_battery";

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
        Self::at("127.0.0.1:0")
    }

    /// Starts on a given address.
    #[must_use]
    pub(crate) fn at(address: &str) -> Self {
        let shared = Arc::new(Shared::new());
        let stop = CancellationToken::new();
        let (tell, told) = mpsc::channel();
        let (inner, ended, address) = (Arc::clone(&shared), stop.clone(), address.to_owned());
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(server::serve(inner, &address, ended, tell));
        });
        let address = told.recv().expect("the fake is up");
        shared.write(|s| s.url = format!("http://{address}"));
        let running = Running { shared: Arc::clone(&shared), stop, thread: Some(thread) };
        Self { shared, address, _running: Arc::new(running) }
    }

    /// What goes into `TINAN_ZALO__API_URL`.
    #[must_use]
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A person who talks with the bot.
    #[must_use]
    pub(crate) fn user(&self, id: &str) -> User {
        User::new(Arc::clone(&self.shared), id, Target::Bot)
    }

    /// A person who writes to the account; `conversation:` before the number for one whom Zalo does not name.
    #[must_use]
    pub(crate) fn follower(&self, id: &str) -> User {
        User::new(Arc::clone(&self.shared), id, Target::Oa)
    }

    /// An event of the account's with any name.
    pub(crate) fn account_event(&self, name: &str, message: &Value) {
        self.shared.write(|s| {
            let body = oa::event(s, name.trim_start_matches("user_"), "7799", message);
            let body =
                if name.starts_with("user_") { body } else { body.replace(&format!("user_{name}"), name) };
            s.push(Target::Oa, body);
        });
    }

    /// Where the account's webhook is.
    pub(crate) fn account_leads_to(&self, url: &str) {
        self.shared.write(|s| s.oa.route = Some(url.to_owned()));
    }

    /// Lets time pass at Zalo's end.
    pub(crate) fn passes(&self, time: Duration) {
        let ms = i64::try_from(time.as_millis()).expect("not for ever");
        self.shared.write(|s| s.now += ms);
    }

    /// Every access token ends now.
    pub(crate) fn takes_access_back(&self) {
        self.shared.write(|s| s.oa.access.clear());
    }

    /// An administrator of the account authorises anew and gets this refresh token.
    pub(crate) fn authorises_anew(&self) -> String {
        self.shared.write(|s| {
            s.oa.refresh = format!("refresh-anew-{}-refresh", s.number());
            s.oa.refresh.clone()
        })
    }

    /// How often a pair was renewed.
    #[must_use]
    pub(crate) fn renewals(&self) -> usize {
        self.shared.read(|s| s.oa.renewals)
    }

    /// How often a refresh token came that was spent before.
    #[must_use]
    pub(crate) fn spent(&self) -> usize {
        self.shared.read(|s| s.oa.spent)
    }

    /// How many messages cost something.
    #[must_use]
    pub(crate) fn billed(&self) -> usize {
        self.shared.read(|s| s.oa.billed)
    }

    /// The `num_retry` of every call to the account's webhook, oldest first.
    #[must_use]
    pub(crate) fn retries(&self) -> Vec<usize> {
        self.shared.read(|s| s.oa.retries.clone())
    }

    /// Whether Zalo has given up calling.
    #[must_use]
    pub(crate) fn is_unsubscribed(&self) -> bool {
        self.shared.read(|s| s.oa.unsubscribed)
    }

    /// These people have opened a chat, so that the bot may write to them.
    pub(crate) fn opens_chats(&self, chats: impl Iterator<Item = String>) {
        self.shared.write(|s| s.chats.extend(chats.map(|id| ((Target::Bot, id), Vec::new()))));
    }

    /// These people have just written to the account, so that it may write to them.
    pub(crate) fn has_followers(&self, people: impl Iterator<Item = String>) {
        self.shared.write(|s| {
            let now = s.now;
            s.oa.heard.extend(people.map(|id| (id, now)));
        });
    }

    /// Calls the bot with a body as it stands, however little it looks like an update.
    pub(crate) fn pushes(&self, body: &str) {
        self.shared.write(|s| s.push(Target::Bot, body.to_owned()));
    }

    /// Makes the coming calls of a method fail, one fault each, in this order.
    pub(crate) fn fails(&self, method: &str, faults: impl IntoIterator<Item = Fault>) {
        self.shared.write(|s| s.faults.add(method, faults));
    }

    /// Behind the bot's webhook address stands a proxy that leads here.
    pub(crate) fn hook_leads_to(&self, url: &str) {
        self.shared.write(|s| s.hook_route = Some(url.to_owned()));
    }

    /// Zalo finds this when it looks at a webhook it is given; `webhook.ok` is well.
    pub(crate) fn finds_hook(&self, outcome: &str) {
        self.shared.write(|s| outcome.clone_into(&mut s.outcome));
    }

    /// Keeps what is to be delivered until [`Self::release`].
    pub(crate) fn hold(&self) {
        self.shared.write(|s| s.held = true);
    }

    /// Delivers what was held, the newest first.
    pub(crate) fn release_backwards(&self) {
        self.shared.write(|s| {
            s.pushes.reverse();
            s.held = false;
        });
    }

    /// Delivers once more what was delivered before: nobody promises that it comes once.
    pub(crate) fn repeats_everything(&self) {
        self.shared.write(|s| {
            for (target, body) in s.delivered.clone() {
                s.push(target, body);
            }
        });
    }

    /// Every call the bot made so far, oldest first.
    #[must_use]
    pub(crate) fn journal(&self) -> Vec<Call> {
        self.shared.read(|s| s.journal.clone())
    }

    /// The calls of one method, oldest first.
    #[must_use]
    pub(crate) fn calls(&self, method: &str) -> Vec<Call> {
        self.journal().into_iter().filter(|c| c.method == method).collect()
    }

    /// How many calls came with a wrong token.
    #[must_use]
    pub(crate) fn refused(&self) -> usize {
        self.shared.read(|s| s.refused)
    }

    /// How much waits to be taken by the bot.
    #[must_use]
    pub(crate) fn waiting(&self) -> usize {
        self.shared.read(|s| s.pushes.len())
    }

    /// The address that Zalo was told to call.
    #[must_use]
    pub(crate) fn hook(&self) -> Option<String> {
        self.shared.read(|s| s.hook.as_ref().map(|h| h.url.clone()))
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
