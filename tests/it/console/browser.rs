//! As much of a browser as the console needs: cookies, forms, and the fields a page hands out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// An answer, read whole.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    /// The body as it came, for what is no text.
    pub(super) bytes: Vec<u8>,
}

impl Answer {
    pub(super) fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    pub(super) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The value of the first field of that name.
    pub(super) fn field(&self, name: &str) -> String {
        let after = self.body.split(&format!("name=\"{name}\"")).nth(1).unwrap_or_default();
        let tag = after.split('>').next().unwrap_or_default();
        tag.split("value=\"").nth(1).and_then(|v| v.split('"').next()).unwrap_or_default().to_owned()
    }

    /// The address of the first case a queue lists.
    pub(super) fn first_case(&self) -> String {
        let after = self.body.split("data-row href=\"").nth(1).expect("a case in the list");
        after.split('"').next().unwrap_or_default().to_owned()
    }
}

pub(super) struct Browser {
    router: Router,
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) language: &'static str,
}

impl Browser {
    pub(super) fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new(), language: "vi" }
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from(path, fields, "same-origin").await
    }

    /// A form as a page of `site` would send it.
    pub(super) async fn post_from(&mut self, path: &str, fields: &[(&str, &str)], site: &str) -> Answer {
        let body: Vec<String> = fields.iter().map(|(n, v)| format!("{n}={}", encoded(v))).collect();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(Body::from(body.join("&")))
            .expect("a request");
        self.send(request).await
    }

    /// Fills in a form of a page that was read: its hidden fields and these.
    pub(super) async fn submit(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let hidden: Vec<(&str, String)> =
            ["form", "once", "version", "seen"].into_iter().map(|n| (n, page.field(n))).collect();
        let mut all: Vec<(&str, &str)> = hidden.iter().map(|(n, v)| (*n, v.as_str())).collect();
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let jar: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let headers = request.headers_mut();
        if !jar.is_empty() {
            headers.insert(header::COOKIE, jar.join("; ").parse().expect("a cookie"));
        }
        headers.insert(header::ACCEPT_LANGUAGE, self.language.parse().expect("a language"));
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().expect("text");
            let (name, value) = set.split(';').next().and_then(|p| p.split_once('=')).expect("a pair");
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            bytes: body.to_vec(),
        }
    }
}

fn encoded(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        let _infallible = write!(out, "%{byte:02X}");
    }
    out
}
