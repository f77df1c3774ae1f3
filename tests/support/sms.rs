//! A fake of Kannel's two ends: it calls our address with what came in and repeats what was not taken, and its
//! `sendsms` writes down what we send.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use tinan::channels::intake::Intake;
use tinan::channels::sms::{Options, Sms, routes};
use tinan::kernel::Secret;

use crate::remote::{self, listen};

pub(crate) const SECRET: &str = "bi-mat-cua-cong-sms";
pub(crate) const SENDER: &str = "8088";

/// What our side sent: to whom, coding, text.
pub(crate) type Sent = (String, String, String);

#[derive(Default)]
struct Book {
    sent: Vec<Sent>,
    /// Statuses to answer before all is well again.
    faults: Vec<u16>,
}

/// The gateway.
#[derive(Clone)]
pub(crate) struct Kannel {
    book: Arc<Mutex<Book>>,
    url: String,
    client: reqwest::Client,
}

impl Kannel {
    pub(crate) async fn start() -> Self {
        let book = Arc::new(Mutex::new(Book::default()));
        let router = Router::new().route("/cgi-bin/sendsms", get(sendsms)).with_state(Arc::clone(&book));
        let url = format!("{}/cgi-bin/sendsms", listen(router).await);
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { book, url, client }
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            secret: Secret::new(SECRET.to_owned()),
            api_url: self.url.clone(),
            user: "tinan".to_owned(),
            password: Secret::new("mat-khau-gui".to_owned()),
            sender: SENDER.to_owned(),
            most_segments: 6,
            call_timeout: std::time::Duration::from_secs(2),
            per_second: 1000,
        }
    }

    /// Our side, listening.
    pub(crate) async fn serve<I: Intake>(sms: &Arc<Sms>, intake: I) -> String {
        format!("{}/hooks/sms", listen(routes(Arc::clone(sms), Arc::new(intake))).await)
    }

    /// What was sent so far; forgotten afterwards.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.book.lock().expect("unpoisoned").sent)
    }

    /// What goes into `TINAN_SMS__API_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// To whom something was sent and not forgotten yet.
    pub(crate) fn told(&self) -> std::collections::BTreeSet<String> {
        self.book.lock().expect("unpoisoned").sent.iter().map(|(to, ..)| to.clone()).collect()
    }

    /// The next calls are answered so.
    pub(crate) fn fail(&self, statuses: &[u16]) {
        self.book.lock().expect("unpoisoned").faults.extend(statuses.iter().rev());
    }

    /// One call with a message that came in; the status of the answer, which must be empty.
    pub(crate) async fn deliver(&self, hook: &str, fields: &[(&str, &str)]) -> u16 {
        let answer = self.client.get(hook).query(fields).send().await.expect("an answer");
        let status = answer.status().as_u16();
        assert!(answer.text().await.expect("a body").is_empty(), "Kannel would send it to the phone");
        status
    }

    /// The same by POST.
    pub(crate) async fn post(&self, hook: &str, body: Vec<u8>, secret: Option<&str>) -> u16 {
        remote::post(hook, ("x-tinan-secret", secret), body).await
    }
}

async fn sendsms(
    State(book): State<Arc<Mutex<Book>>>,
    Query(fields): Query<Vec<(String, String)>>,
) -> StatusCode {
    let field =
        |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
    let mut book = book.lock().expect("unpoisoned");
    if (field("username").as_str(), field("password").as_str()) != ("tinan", "mat-khau-gui") {
        return StatusCode::FORBIDDEN;
    }
    if let Some(fault) = book.faults.pop() {
        return StatusCode::from_u16(fault).expect("a status");
    }
    assert_eq!((field("from").as_str(), field("charset").as_str()), (SENDER, "UTF-8"));
    book.sent.push((field("to"), field("coding"), field("text")));
    StatusCode::ACCEPTED
}
