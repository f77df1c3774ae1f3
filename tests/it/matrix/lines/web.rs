//! A person with a browser, by the form; the button is pressed again when no answer came.

use std::ops::Range;

use reqwest::{Client, RequestBuilder};
use tinan::kernel::Clock;

use crate::matrix::line::{Expected, Line, Wrong};
use crate::process::Install;

pub(super) struct Web {
    /// When the forms were shown, in seconds since 1970.
    shown: i64,
}

impl Web {
    pub(super) fn new() -> Self {
        Self { shown: Clock::System.now().as_secs() }
    }

    fn post(client: &Client, base: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        client.post(format!("{base}/report")).form(fields)
    }
}

impl Line for Web {
    fn name(&self) -> &'static str {
        "web"
    }

    fn furnish(&self, install: Install) -> Install {
        install
    }

    fn delivery(&self, client: &Client, base: &str, n: usize) -> RequestBuilder {
        let text = format!("toi nao cung co nguoi ban ma tuy o ngo {n}");
        let token = format!("{n:032x}-{}", self.shown);
        Self::post(client, base, &[("text", &text), ("do", "send"), ("to", "tips"), ("token", &token)])
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
        let text = "x".repeat(3 << 20);
        match wrong {
            // Not a form: the page comes back and says what is missing.
            Wrong::Malformed => {
                let request = client.post(format!("{base}/report")).body("%%%&=&text");
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                Some((request, Expected::Refused(422)))
            }
            Wrong::Unknown => None,
            // The form's own token, altered.
            Wrong::Secret => {
                let fields = [("text", "ban ma tuy"), ("do", "send"), ("to", "tips"), ("token", "abc-1")];
                Some((Self::post(client, base, &fields), Expected::Refused(409)))
            }
            Wrong::Oversized => {
                Some((Self::post(client, base, &[("text", &text), ("do", "send")]), Expected::Refused(413)))
            }
        }
    }
}
