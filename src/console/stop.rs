//! How a page ends when it cannot do what was asked: in the reader's language, with the refusal's own status,
//! and never telling a case that is another's from one that never was.

use std::sync::Arc;

use askama::Template;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::shell::Shell;
use super::words::Words;
use crate::service::{Error, Fault, Refusal};
use crate::web::log_fault;

/// Why a page stopped.
#[derive(Clone)]
pub(super) enum Stop {
    /// The service refused or failed.
    Service(Error),
    /// The form does not carry the token of this session, or comes from another site: 403.
    Forged,
    /// The form cannot be read: 400.
    Unreadable,
    /// The form is longer than any of ours: 413.
    TooLong,
    /// The database is away while somebody was writing: 503, with what they wrote.
    Away(Error, String),
    /// The session is over while somebody was writing: 401, with what they wrote.
    Ended(String),
}

impl From<Error> for Stop {
    fn from(e: Error) -> Self {
        Self::Service(e)
    }
}

impl From<Refusal> for Stop {
    fn from(e: Refusal) -> Self {
        Self::Service(e.into())
    }
}

impl Stop {
    /// The same stop with what was written, where sending it again later makes sense.
    pub(super) fn keeping(self, words: &str) -> Self {
        match self {
            Self::Service(Error::Refused(Refusal::NotLoggedIn)) => Self::Ended(words.trim().to_owned()),
            Self::Service(Error::Fault(f)) => Self::Away(Error::Fault(f), words.trim().to_owned()),
            other => other,
        }
    }

    /// A template that does not render is our fault.
    pub(super) fn template(e: askama::Error) -> Self {
        Self::Service(Fault::new(e).into())
    }
}

impl IntoResponse for Stop {
    /// Only marks the answer; [`speak`] knows the reader's language and writes the page.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

#[derive(Template)]
#[template(path = "console/stop.html")]
struct StopPage {
    shell: Shell,
    status: u16,
    message: String,
    fault: Option<String>,
    kept: String,
}

/// An address that is none of ours.
pub(super) async fn nowhere() -> Stop {
    Refusal::NotFound.into()
}

/// Renders a stop in the reader's language.
pub(super) async fn speak(request: Request, next: Next) -> Response {
    let t = Words::of(request.headers());
    let route = request.extensions().get::<MatchedPath>().map_or_else(String::new, |m| m.as_str().to_owned());
    let response = next.run(request).await;
    match response.extensions().get::<Arc<Stop>>() {
        Some(stop) => page(t, stop, &route),
        None => response,
    }
}

fn page(t: Words, stop: &Stop, route: &str) -> Response {
    let (mut fault, mut kept) = (None, String::new());
    let (status, key) = match stop {
        Stop::Service(Error::Refused(Refusal::NotLoggedIn)) => {
            return Redirect::to("/console/login").into_response();
        }
        Stop::Service(Error::Refused(refusal)) | Stop::Away(Error::Refused(refusal), _) => {
            (refusal.status(), format!("error.{}", refusal.kind()))
        }
        Stop::Service(Error::Fault(cause)) | Stop::Away(Error::Fault(cause), _) => {
            if let Stop::Away(_, text) = stop {
                kept.clone_from(text);
            }
            fault = Some(log_fault(cause, route));
            if cause.is_away() { (503, "error.degraded".to_owned()) } else { (500, "error.fault".to_owned()) }
        }
        Stop::Forged => (403, "error.forged".to_owned()),
        Stop::Unreadable => (400, "error.unreadable".to_owned()),
        Stop::TooLong => (413, "error.too_large".to_owned()),
        Stop::Ended(text) => {
            kept.clone_from(text);
            (401, "error.ended".to_owned())
        }
    };
    let body = StopPage { shell: Shell::outside(t), status, message: t.say(&key), fault, kept };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match body.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => status.into_response(),
    };
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
