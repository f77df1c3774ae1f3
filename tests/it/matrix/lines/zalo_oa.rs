//! An Official Account of Zalo calling us.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tinan::channels::zalo_oa::SIGNATURE_HEADER;
use tinan::kernel::Clock;
use tinan::service::channel::{Channel, Raw};

use crate::matrix::line::{Expected, Line, Wrong};
use crate::process::Install;
use crate::world::World;
use crate::zalo_fake::{APP_ID, APP_SECRET, FIRST_REFRESH, Fake, Fault, OA_ID, OA_SECRET, mac};
use crate::zalo_oa::account;

/// Where the account says something.
const SAY: &str = "v3.0/oa/message/cs";

pub(super) struct Account {
    fake: Fake,
    /// Shortly before now, in milliseconds: what is signed must not be from long ago.
    began: i64,
}

impl Account {
    pub(super) fn new() -> Self {
        let fake = Fake::start();
        fake.has_followers((1..120_000).map(|n| n.to_string()));
        Self { fake, began: Clock::System.now().as_millis() - 200_000 }
    }

    fn event(&self, n: usize, name: &str) -> (String, String) {
        let moment = (self.began + i64::try_from(n).expect("few")).to_string();
        let text = format!("toi nao cung co nguoi ban ma tuy o ngo {n}");
        let body = json!({ "app_id": APP_ID, "event_name": name, "timestamp": moment,
            "sender": { "id": n.to_string() }, "recipient": { "id": OA_ID },
            "message": { "msg_id": format!("m{n:08x}"), "text": text } });
        (body.to_string(), moment)
    }

    fn post(client: &Client, base: &str, (body, moment): (String, String), secret: &str) -> RequestBuilder {
        let signature = format!("mac={}", mac(APP_ID, &body, &moment, secret));
        client.post(format!("{base}/hooks/zalo/oa")).header(SIGNATURE_HEADER, signature).body(body)
    }
}

impl Line for Account {
    fn name(&self) -> &'static str {
        "Zalo, Official Account"
    }

    fn furnish(&self, install: Install) -> Install {
        install
            .with("TINAN_ZALO_OA__APP_ID", APP_ID)
            .with("TINAN_ZALO_OA__OA_ID", OA_ID)
            .with("TINAN_ZALO_OA__SECRET_KEY", OA_SECRET)
            .with("TINAN_ZALO_OA__APP_SECRET", APP_SECRET)
            .with("TINAN_ZALO_OA__REFRESH_TOKEN", FIRST_REFRESH)
            .with("TINAN_ZALO_OA__API_URL", &self.fake.url())
            .with("TINAN_ZALO_OA__OAUTH_URL", &self.fake.url())
            .with("TINAN_ZALO_OA__CHAT_GAP_MS", "0")
            .with("TINAN_HTTP__PUBLIC_URL", "https://tinan.example")
    }

    fn delivery(&self, client: &Client, base: &str, n: usize) -> RequestBuilder {
        Self::post(client, base, self.event(n, "user_send_text"), OA_SECRET)
    }

    fn rows(&self) -> &'static str {
        "dialogues"
    }

    fn asked_for_once(&self) -> Option<&'static str> {
        Some("tokens WHERE state = 'good' AND expires > 0")
    }

    fn answered(&self, people: Range<usize>) -> usize {
        people.filter(|n| !self.fake.follower(&n.to_string()).hears().is_empty()).count()
    }

    fn hang_answers(&self) {
        self.fake.fails(SAY, [Fault::Slow(Duration::from_mins(1))]);
    }

    fn handed(&self) -> usize {
        self.fake.calls(SAY).len()
    }

    fn messenger(&self, world: &World, n: usize) -> Option<(Arc<dyn Channel>, Raw)> {
        let (body, _) = self.event(n, "user_send_text");
        let raw = Raw { key: format!("m{n:08x}:user_send_text"), bytes: body.into_bytes() };
        Some((account(&self.fake, FIRST_REFRESH, &world.hotline), raw))
    }

    fn wrong(&self, client: &Client, base: &str, wrong: Wrong) -> Option<(RequestBuilder, Expected)> {
        let good = |n| self.event(n, "user_send_text");
        Some(match wrong {
            // without the moment in it nothing can be signed
            Wrong::Malformed => {
                let torn = ("{\"app_id\": \"1".to_owned(), String::new());
                (Self::post(client, base, torn, OA_SECRET), Expected::Refused(401))
            }
            Wrong::Unknown => {
                let odd = self.event(9_000_001, "user_send_hologram");
                (Self::post(client, base, odd, OA_SECRET), Expected::Kept)
            }
            Wrong::Secret => {
                (Self::post(client, base, good(9_000_000), "guessed-secret"), Expected::Refused(401))
            }
            Wrong::Oversized => {
                let (_, moment) = good(9_000_002);
                (Self::post(client, base, ("x".repeat(3 << 20), moment), OA_SECRET), Expected::Refused(413))
            }
        })
    }
}
