//! A gateway in Kannel's shape calling us.

use std::ops::Range;
use std::sync::Arc;

use reqwest::{Client, RequestBuilder};
use tinan::service::channel::{Channel, Raw};

use crate::matrix::line::{Expected, Line, Wrong};
use crate::process::Install;
use crate::sms::{Kannel, SECRET, SENDER};
use crate::world::World;

pub(super) struct Sms {
    gateway: Kannel,
}

fn number(n: usize) -> String {
    format!("+8490{n:07}")
}

impl Sms {
    pub(super) fn new(gateway: &Kannel) -> Self {
        Self { gateway: gateway.clone() }
    }

    fn call(client: &Client, base: &str, secret: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        client.get(format!("{base}/hooks/sms")).query(fields).query(&[("secret", secret)])
    }
}

impl Line for Sms {
    fn name(&self) -> &'static str {
        "SMS"
    }

    fn furnish(&self, install: Install) -> Install {
        install
            .with("TINAN_SMS__SECRET", SECRET)
            .with("TINAN_SMS__API_URL", self.gateway.url())
            .with("TINAN_SMS__USER", "tinan")
            .with("TINAN_SMS__PASSWORD", "mat-khau-gui")
            .with("TINAN_SMS__SENDER", SENDER)
            .with("TINAN_SMS__PER_SECOND", "1000")
    }

    fn delivery(&self, client: &Client, base: &str, n: usize) -> RequestBuilder {
        let (from, id) = (number(n), format!("id-{n}"));
        let text = format!("toi nao cung co nguoi ban ma tuy o ngo {n}");
        Self::call(client, base, SECRET, &[("from", &from), ("to", SENDER), ("id", &id), ("text", &text)])
    }

    fn rows(&self) -> &'static str {
        "dialogues"
    }

    fn answered(&self, people: Range<usize>) -> usize {
        let sent = self.gateway.told();
        people.filter(|n| sent.contains(&number(*n))).count()
    }

    fn handed(&self) -> usize {
        self.gateway.told().len()
    }

    fn messenger(&self, _world: &World, n: usize) -> Option<(Arc<dyn Channel>, Raw)> {
        let channel = tinan::channels::sms::Sms::new(self.gateway.options()).expect("sound options");
        let text = format!("toi+nao+cung+co+nguoi+ban+ma+tuy+o+ngo+{n}");
        let bytes = format!("from=%2B8490{n:07}&to={SENDER}&id=id-{n}&text={text}").into_bytes();
        Some((Arc::new(channel), Raw { key: format!("id-{n}"), bytes }))
    }

    fn wrong(&self, client: &Client, base: &str, wrong: Wrong) -> Option<(RequestBuilder, Expected)> {
        Some(match wrong {
            Wrong::Malformed => {
                (Self::call(client, base, SECRET, &[("from", ""), ("id", "bad-1")]), Expected::Kept)
            }
            Wrong::Unknown => return None,
            Wrong::Secret => {
                let fields = [("from", "+84900000001"), ("id", "bad-2"), ("text", "x")];
                (Self::call(client, base, "guessed-secret-of-16", &fields), Expected::Refused(401))
            }
            Wrong::Oversized => {
                let request = client.post(format!("{base}/hooks/sms")).header("x-tinan-secret", SECRET);
                (request.body("x".repeat(3 << 20)), Expected::Refused(413))
            }
        })
    }
}
