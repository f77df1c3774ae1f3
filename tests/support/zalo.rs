//! A Zalo that never leaves the machine: the Bot Platform and Official Accounts over plain HTTP on loopback, as strict
//! as the real ones about what they accept and as unkind about when they answer. Names of methods are case-sensitive,
//! refusals come with HTTP 200, bodies may be JSON or forms, what is polled is handed out once, webhooks come with
//! their secret or signature and again when they were not taken.
//!
//! It has a clock of its own, turned by hand. How it runs and fails is in `remote`; here is what is Zalo's own.

#[path = "zalo/bot.rs"]
mod bot;
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

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub(crate) use oa::{APP_ID, APP_SECRET, FIRST_REFRESH, OA_ID, OA_SECRET, mac};
pub(crate) use state::{Call, State};
pub(crate) use user::{DISPLAY_NAME, User};

use crate::remote::{self, Remote};
use state::Target;

/// The bot's token.
pub(crate) const TOKEN: &str = "4839574812:AAFakeZaloFakeZaloFakeZaloFakeZalo";
/// What the bot was told to expect in its webhook.
pub(crate) const SECRET: &str = "correct-horse_battery";

/// Zalo.
pub(crate) type Fake = Remote<State>;
/// One way for a call to fail; Zalo's own no is a code, and comes with HTTP 200.
pub(crate) type Fault = remote::Fault<i32>;

impl Fake {
    /// Starts on a free port of 127.0.0.1 and returns when it answers.
    #[must_use]
    pub(crate) fn start() -> Self {
        let fake = Self::run(State::default(), "127.0.0.1:0", server::routes(), push::deliver);
        fake.shared.write(|s| s.url = fake.url());
        fake
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

    /// The calls of one method, oldest first.
    #[must_use]
    pub(crate) fn calls(&self, method: &str) -> Vec<Call> {
        self.journal().into_iter().filter(|c| c.method == method).collect()
    }

    /// The address that Zalo was told to call.
    #[must_use]
    pub(crate) fn hook(&self) -> Option<String> {
        self.shared.read(|s| s.hook.as_ref().map(|h| h.url.clone()))
    }
}
