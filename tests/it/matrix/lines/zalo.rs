//! Zalo's Bot Platform calling us.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tinan::channels::zalo::Options;
use tinan::kernel::Secret;
use tinan::service::channel::{Channel, Raw};

use crate::matrix::line::{Expected, Line, Wrong};
use crate::process::Install;
use crate::world::World;
use crate::zalo_fake::{Fake, Fault, SECRET, TOKEN};

pub(super) struct Zalo {
    fake: Fake,
}

impl Zalo {
    pub(super) fn new() -> Self {
        let fake = Fake::start();
        fake.opens_chats((1..120_000).map(|n| n.to_string()));
        Self { fake }
    }

    fn post(client: &Client, base: &str, secret: &str, body: String) -> RequestBuilder {
        client.post(format!("{base}/hooks/zalo")).header("x-bot-api-secret-token", secret).body(body)
    }

    fn event(n: usize) -> Value {
        json!({"ok": true, "result": {"event_name": "message.text.received", "message": {
            "message_id": format!("m{n:08x}"), "date": 1_763_000_000_000_i64 + i64::try_from(n).expect("few"),
            "from": {"id": n.to_string(), "display_name": "Kim", "is_bot": false},
            "chat": {"id": n.to_string(), "chat_type": "PRIVATE"},
            "text": format!("toi nao cung co nguoi ban ma tuy o ngo {n}")}}})
    }
}

impl Line for Zalo {
    fn name(&self) -> &'static str {
        "Zalo, bot webhook"
    }

    fn furnish(&self, install: Install) -> Install {
        install
            .with("TINAN_ZALO__TOKEN", TOKEN)
            .with("TINAN_ZALO__SECRET", SECRET)
            .with("TINAN_ZALO__API_URL", &self.fake.url())
            .with("TINAN_ZALO__CHAT_GAP_MS", "0")
            .with("TINAN_HTTP__PUBLIC_URL", "https://tinan.example")
    }

    fn delivery(&self, client: &Client, base: &str, n: usize) -> RequestBuilder {
        Self::post(client, base, SECRET, Self::event(n).to_string())
    }

    fn rows(&self) -> &'static str {
        "dialogues"
    }

    fn answered(&self, people: Range<usize>) -> usize {
        people.filter(|n| !self.fake.user(&n.to_string()).hears().is_empty()).count()
    }

    fn hang_answers(&self) {
        self.fake.fails("sendMessage", [Fault::Slow(Duration::from_mins(1))]);
    }

    fn handed(&self) -> usize {
        self.fake.calls("sendMessage").len()
    }

    fn messenger(&self, _world: &World, n: usize) -> Option<(Arc<dyn Channel>, Raw)> {
        let mut options = Options::new(Secret::new(TOKEN.to_owned()), Some(Secret::new(SECRET.to_owned())));
        options.api_url = Some(self.fake.url());
        let channel = tinan::channels::zalo::Zalo::new(options).unwrap_or_else(|e| panic!("{e}"));
        let raw = Raw { key: format!("m{n:08x}"), bytes: Self::event(n).to_string().into_bytes() };
        Some((Arc::new(channel), raw))
    }

    fn wrong(&self, client: &Client, base: &str, wrong: Wrong) -> Option<(RequestBuilder, Expected)> {
        Some(match wrong {
            Wrong::Malformed => (Self::post(client, base, SECRET, "{\"ok".to_owned()), Expected::Kept),
            Wrong::Unknown => {
                let event = json!({"event_name": "message.of.tomorrow", "message": {"message_id": "t1"}});
                (Self::post(client, base, SECRET, event.to_string()), Expected::Kept)
            }
            Wrong::Secret => {
                let good = Self::event(9_000_000).to_string();
                (Self::post(client, base, "guessed-secret", good), Expected::Refused(401))
            }
            Wrong::Oversized => {
                (Self::post(client, base, SECRET, "x".repeat(3 << 20)), Expected::Refused(413))
            }
        })
    }
}
