//! A Matrix homeserver pushing to us.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tinan::service::channel::{Channel, Raw};

use crate::homeserver::{AS_TOKEN, Fake, Fault, HS_TOKEN, USER};
use crate::matrix::line::{Expected, Line, Wrong};
use crate::matrix_as;
use crate::process::Install;
use crate::world::World;

pub(super) struct Matrix {
    fake: Fake,
}

impl Matrix {
    pub(super) fn new() -> Self {
        let fake = Fake::start();
        fake.opens_rooms((1..120_000).map(|n| n.to_string()));
        Self { fake }
    }

    fn put(client: &Client, base: &str, token: &str, (id, body): (&str, String)) -> RequestBuilder {
        client.put(format!("{base}/_matrix/app/v1/transactions/{id}")).bearer_auth(token).body(body)
    }

    fn transaction(n: usize) -> Value {
        json!({"events": [{"type": "m.room.message", "room_id": format!("!{n}:localhost"),
            "sender": format!("@{n}:localhost"), "event_id": format!("$m{n:08x}"),
            "origin_server_ts": 1_763_000_000_000_i64 + i64::try_from(n).expect("few"),
            "content": {"msgtype": "m.text", "body": format!("toi nao cung co nguoi ban ma tuy o ngo {n}")}}]})
    }
}

impl Line for Matrix {
    fn name(&self) -> &'static str {
        "Matrix, application service"
    }

    fn furnish(&self, install: Install) -> Install {
        install
            .with("TINAN_MATRIX__HOMESERVER", &self.fake.url())
            .with("TINAN_MATRIX__USER", USER)
            .with("TINAN_MATRIX__AS_TOKEN", AS_TOKEN)
            .with("TINAN_MATRIX__HS_TOKEN", HS_TOKEN)
            .with("TINAN_MATRIX__CHAT_GAP_MS", "0")
    }

    fn delivery(&self, client: &Client, base: &str, n: usize) -> RequestBuilder {
        Self::put(client, base, HS_TOKEN, (&n.to_string(), Self::transaction(n).to_string()))
    }

    fn rows(&self) -> &'static str {
        "dialogues"
    }

    fn turns(&self) -> usize {
        2
    }

    fn answered(&self, people: Range<usize>) -> usize {
        people.filter(|n| !self.fake.person(&n.to_string()).heard(true).is_empty()).count()
    }

    fn hang_answers(&self) {
        self.fake.fails("send", [Fault::Slow(Duration::from_mins(1))]);
    }

    fn handed(&self) -> usize {
        self.fake.calls("send").len()
    }

    fn messenger(&self, world: &World, n: usize) -> Option<(Arc<dyn Channel>, Raw)> {
        let event = Self::transaction(n)["events"][0].to_string();
        let raw = Raw { key: format!("$m{n:08x}"), bytes: event.into_bytes() };
        Some((matrix_as::channel(&self.fake, &world.hotline), raw))
    }

    fn wrong(&self, client: &Client, base: &str, wrong: Wrong) -> Option<(RequestBuilder, Expected)> {
        Some(match wrong {
            Wrong::Malformed => {
                (Self::put(client, base, HS_TOKEN, ("x1", "{\"eve".to_owned())), Expected::Refused(400))
            }
            Wrong::Unknown => {
                let event = json!({"events": [{"type": "m.of.tomorrow", "event_id": "$t1"}]});
                (Self::put(client, base, HS_TOKEN, ("x2", event.to_string())), Expected::Kept)
            }
            Wrong::Secret => {
                let good = Self::transaction(9_000_000).to_string();
                (Self::put(client, base, "guessed-secret", ("x3", good)), Expected::Refused(403))
            }
            Wrong::Oversized => {
                (Self::put(client, base, HS_TOKEN, ("x4", "x".repeat(17 << 20))), Expected::Refused(413))
            }
        })
    }
}
