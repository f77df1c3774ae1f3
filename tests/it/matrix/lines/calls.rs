//! A bridge at the telephone system that reports calls.

use std::ops::Range;

use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tinan::channels::calls::SECRET_HEADER;

use crate::matrix::line::{Expected, Line, Wrong};
use crate::process::Install;

const SECRET: &str = "secret-of-the-bridge";

pub(super) struct Calls;

impl Calls {
    fn post(client: &Client, base: &str, secret: &str, body: String) -> RequestBuilder {
        client.post(format!("{base}/hooks/calls")).header(SECRET_HEADER, secret).body(body)
    }

    fn report(n: usize, event: &str) -> String {
        json!({ "call_id": format!("call-{n}"), "line": "tips", "event": event, "from": "+84900000001" })
            .to_string()
    }
}

impl Line for Calls {
    fn name(&self) -> &'static str {
        "Call reports"
    }

    fn furnish(&self, install: Install) -> Install {
        install.with("TINAN_CALLS__SECRET", SECRET)
    }

    fn delivery(&self, client: &Client, base: &str, n: usize) -> RequestBuilder {
        Self::post(client, base, SECRET, Self::report(n, "end"))
    }

    fn rows(&self) -> &'static str {
        "calls WHERE answered = 0"
    }

    fn waits(&self) -> bool {
        false
    }

    fn given(&self) -> &'static str {
        "\"taken\" each; the desk sees a missed call"
    }

    fn answered(&self, people: Range<usize>) -> usize {
        people.len()
    }

    fn wrong(&self, client: &Client, base: &str, wrong: Wrong) -> Option<(RequestBuilder, Expected)> {
        let (body, secret, status) = match wrong {
            Wrong::Malformed => ("{\"call_id\":".to_owned(), SECRET, 400),
            Wrong::Unknown => (Self::report(9_000_001, "hologram"), SECRET, 400),
            Wrong::Secret => (Self::report(9_000_000, "start"), "guessed-secret", 401),
            Wrong::Oversized => ("x".repeat(3 << 20), SECRET, 413),
        };
        Some((Self::post(client, base, secret, body), Expected::Refused(status)))
    }
}
