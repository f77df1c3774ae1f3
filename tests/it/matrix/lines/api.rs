//! Another program, by the JSON API.

use std::ops::Range;

use reqwest::{Client, RequestBuilder};
use serde_json::json;

use crate::matrix::line::{Expected, Line, Wrong};
use crate::process::Install;

pub(super) struct Api;

impl Api {
    fn post(client: &Client, base: &str, key: &str, body: String) -> RequestBuilder {
        let request = client.post(format!("{base}/api/v1/tips")).header("content-type", "application/json");
        request.header("idempotency-key", key).body(body)
    }
}

impl Line for Api {
    fn name(&self) -> &'static str {
        "API"
    }

    fn furnish(&self, install: Install) -> Install {
        install
    }

    fn delivery(&self, client: &Client, base: &str, n: usize) -> RequestBuilder {
        let text = format!("toi nao cung co nguoi ban ma tuy o ngo {n}");
        Self::post(client, base, &format!("matrix-{n}"), json!({ "text": text }).to_string())
    }

    fn taken(&self) -> u16 {
        201
    }

    fn waits(&self) -> bool {
        false
    }

    fn spools(&self) -> bool {
        true
    }

    fn answered(&self, people: Range<usize>) -> usize {
        people.len()
    }

    fn wrong(&self, client: &Client, base: &str, wrong: Wrong) -> Option<(RequestBuilder, Expected)> {
        let (body, status) = match wrong {
            Wrong::Malformed => ("{\"text\":".to_owned(), 400),
            Wrong::Unknown => (json!({"text": "x", "categories": ["no_such_kind"]}).to_string(), 422),
            Wrong::Secret => return None,
            Wrong::Oversized => (json!({"text": "x".repeat(3 << 20)}).to_string(), 413),
        };
        Some((Self::post(client, base, &format!("wrong-{wrong:?}"), body), Expected::Refused(status)))
    }
}
