//! Telegram calling us.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tinan::channels::telegram::{Options, Telegram};
use tinan::kernel::Secret;
use tinan::service::channel::{Channel, Raw};

use crate::matrix::line::{Expected, Line, Wrong};
use crate::process::Install;
use crate::telegram::{Fake, Fault, TOKEN};
use crate::world::World;

const SECRET: &str = "correct-horse_battery";

pub(super) struct Webhook {
    fake: Fake,
}

impl Webhook {
    pub(super) fn new() -> Self {
        let fake = Fake::start();
        fake.opens_chats(1..120_000);
        Self { fake }
    }

    fn post(client: &Client, base: &str, secret: &str, body: String) -> RequestBuilder {
        let request = client.post(format!("{base}/hooks/telegram")).body(body);
        request.header("x-telegram-bot-api-secret-token", secret)
    }

    fn update(n: usize) -> Value {
        json!({"update_id": 50_000 + n, "message": {"message_id": n, "date": 1_763_000_000 + n,
            "chat": {"id": n, "type": "private"}, "from": {"id": n, "is_bot": false, "first_name": "Kim"},
            "text": format!("toi nao cung co nguoi ban ma tuy o ngo {n}")}})
    }
}

impl Line for Webhook {
    fn name(&self) -> &'static str {
        "Telegram, webhook"
    }

    fn furnish(&self, install: Install) -> Install {
        install
            .with_bot(&self.fake)
            .with("TINAN_TELEGRAM__MODE", "webhook")
            .with("TINAN_TELEGRAM__SECRET", SECRET)
            .with("TINAN_HTTP__PUBLIC_URL", "https://tinan.example")
    }

    fn delivery(&self, client: &Client, base: &str, n: usize) -> RequestBuilder {
        Self::post(client, base, SECRET, Self::update(n).to_string())
    }

    fn rows(&self) -> &'static str {
        "dialogues"
    }

    fn turns(&self) -> usize {
        2
    }

    fn answered(&self, people: Range<usize>) -> usize {
        let chat = |n| self.fake.user(i64::try_from(n).expect("few"));
        people.filter(|n| chat(*n).sees().iter().any(|m| m.by_bot)).count()
    }

    fn hang_answers(&self) {
        self.fake.fails("sendMessage", [Fault::Slow(Duration::from_mins(1))]);
    }

    fn handed(&self) -> usize {
        self.fake.calls("sendMessage").len()
    }

    fn messenger(&self, _world: &World, n: usize) -> Option<(Arc<dyn Channel>, Raw)> {
        let mut options = Options::new(Secret::new(TOKEN.to_owned()));
        options.api_url = Some(self.fake.url());
        let channel = Telegram::new(options).expect("sound options");
        let key = (50_000 + n).to_string();
        Some((Arc::new(channel), Raw { key, bytes: Self::update(n).to_string().into_bytes() }))
    }

    fn wrong(&self, client: &Client, base: &str, wrong: Wrong) -> Option<(RequestBuilder, Expected)> {
        let good = Self::update(9_000_000).to_string();
        Some(match wrong {
            Wrong::Malformed => (Self::post(client, base, SECRET, "{\"update".to_owned()), Expected::Kept),
            Wrong::Unknown => {
                let update = json!({"update_id": 9_000_001, "a_kind_of_tomorrow": {"chat": 7}});
                (Self::post(client, base, SECRET, update.to_string()), Expected::Kept)
            }
            Wrong::Secret => (Self::post(client, base, "guessed", good), Expected::Refused(401)),
            Wrong::Oversized => {
                (Self::post(client, base, SECRET, "x".repeat(3 << 20)), Expected::Refused(413))
            }
        })
    }
}
