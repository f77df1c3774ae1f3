//! The JSON API, through its real router, on a small installation.

mod again;
mod callbacks;
mod errors;
mod files;
mod flood;
mod openapi;
mod receipts;
mod repeats;
mod roles;
mod story;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tinan::api::{Options, routes};
use tower::ServiceExt as _;

use crate::world::{World, password};

/// An installation and the router in front of it.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) world: World,
    router: Router,
}

/// A request to be sent.
pub(crate) struct Ask {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Ask {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let method = method.parse().expect("a method");
        Self { method, path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).raw(body.to_string().into_bytes()).with("content-type", "application/json")
    }

    pub(crate) fn raw(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn by(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn holding(self, receipt: &str) -> Self {
        self.with("authorization", &format!("Receipt {receipt}"))
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.with("idempotency-key", key)
    }
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The body, if the status is the one that was expected.
    pub(crate) fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// A problem document of this status and kind.
    pub(crate) fn problem(&self, status: u16, kind: &str) -> Value {
        let body = self.ok(status);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(body["kind"], kind, "{body}");
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], format!("urn:tinan:problem:{kind}"));
        for member in ["title", "detail"] {
            assert!(body[member].as_str().is_some_and(|s| !s.is_empty()), "{body}");
        }
        body
    }
}

impl Api {
    pub(crate) fn on(world: World) -> Self {
        let options = Options::default();
        Self::with(world, options)
    }

    pub(crate) fn with(world: World, options: Options) -> Self {
        let router = routes(world.gate(), options);
        Self { world, router }
    }

    pub(crate) async fn open() -> Self {
        Self::on(World::open().await)
    }

    async fn answer(&self, ask: Ask) -> Response {
        let mut request = Request::builder().method(ask.method).uri(ask.path);
        for (name, value) in ask.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(ask.body)).expect("a request");
        self.router.clone().oneshot(request).await.expect("answers")
    }

    pub(crate) async fn send(&self, ask: Ask) -> Reply {
        let (head, body) = self.answer(ask).await.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Reply { status: head.status, headers: head.headers, body }
    }

    /// Whether the answer begins well and its body breaks off.
    pub(crate) async fn cut(&self, ask: Ask) -> bool {
        let (head, body) = self.answer(ask).await.into_parts();
        head.status == StatusCode::OK && body.collect().await.is_err()
    }

    /// A session's token.
    pub(crate) async fn log_in(&self, login: &str) -> String {
        let body = json!({"login": login, "password": password(login)});
        let session = self.send(Ask::post("/api/v1/staff/session", &body)).await.ok(201);
        session["token"].as_str().expect("a token").to_owned()
    }

    /// Sends a tip and returns its receipt.
    pub(crate) async fn tip(&self, text: &str) -> String {
        receipt(&self.send(Ask::post("/api/v1/tips", &json!({"text": text}))).await)
    }

    /// Asks for help and returns the receipt.
    pub(crate) async fn call(&self, text: &str) -> String {
        let body = json!({"text": text, "consent": true, "about": "relative"});
        receipt(&self.send(Ask::post("/api/v1/counselling", &body)).await)
    }

    /// Takes the most urgent case of a desk.
    pub(crate) async fn next(&self, token: &str, desk: &str) -> Value {
        let path = format!("/api/v1/queue/next?desk={desk}");
        self.send(Ask::post(&path, &json!({})).by(token)).await.ok(200)
    }

    /// Takes a step on a case.
    pub(crate) async fn step(&self, token: &str, case: &Value, step: &str, body: &Value) -> Reply {
        let path = format!("/api/v1/cases/{}/{step}", case["id"].as_str().expect("an id"));
        self.send(Ask::post(&path, body).by(token)).await
    }

    /// Opens a case.
    pub(crate) async fn case(&self, token: &str, case: &Value) -> Reply {
        let path = format!("/api/v1/cases/{}", case["id"].as_str().expect("an id"));
        self.send(Ask::get(&path).by(token)).await
    }
}

/// The receipt in an answer.
pub(crate) fn receipt(reply: &Reply) -> String {
    reply.ok(201)["receipt"].as_str().expect("a receipt").to_owned()
}
