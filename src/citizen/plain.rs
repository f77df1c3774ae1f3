//! Pages without a form: the first page, what we see, and the plain errors.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::App;
use super::reader::{Reader, Visit, page};
use crate::domain::lane::Kind;
use crate::domain::state::State as CaseState;

#[derive(Template)]
#[template(path = "citizen/home.html")]
struct Home {
    r: Reader,
}

#[derive(Template)]
#[template(path = "citizen/about.html")]
struct About {
    r: Reader,
    classify: String,
}

/// A heading and a few sentences.
#[derive(Template)]
#[template(path = "citizen/notice.html")]
struct Notice {
    r: Reader,
    heading: String,
    lines: Vec<String>,
}

pub(super) async fn home(visit: Visit) -> Response {
    page(StatusCode::OK, &Home { r: visit.reader })
}

pub(super) async fn about(visit: Visit) -> Response {
    let now = visit.hotline.now().hour();
    let due = visit.hotline.deadlines().due(Kind::Tips, CaseState::Received, now, now);
    let span = due.unwrap_or(now).since(now);
    let classify = visit.reader.options().texts.span(visit.reader.locale, span);
    page(StatusCode::OK, &About { r: visit.reader, classify })
}

pub(super) async fn not_found(State(app): State<App>, parts: Parts) -> Response {
    let keys = ["citizen.error.not_found_heading", "citizen.error.not_found"];
    notice(StatusCode::NOT_FOUND, Reader::of(&app, &parts).nowhere(), keys)
}

/// Before set-up.
pub(super) fn not_set_up(r: Reader) -> Response {
    notice(
        StatusCode::SERVICE_UNAVAILABLE,
        r,
        ["citizen.error.not_set_up_heading", "citizen.error.not_set_up"],
    )
}

/// More than a form may hold.
pub(super) fn too_large(r: Reader) -> Response {
    notice(StatusCode::PAYLOAD_TOO_LARGE, r, ["citizen.error.too_large_heading", "citizen.error.too_large"])
}

/// Not a form.
pub(super) fn broken(r: Reader, status: StatusCode) -> Response {
    notice(status, r, ["citizen.error.broken_heading", "citizen.error.broken"])
}

/// The person changed their mind.
pub(super) fn cancelled(r: Reader) -> Response {
    notice(StatusCode::OK, r, ["citizen.cancelled.heading", "citizen.cancelled.note"])
}

/// An error of ours on a page that has no words of the person to keep.
pub(super) fn failed(r: Reader, status: StatusCode, id: Option<&str>) -> Response {
    let mut lines = vec![r.say("citizen.error.fault_code"), r.say("citizen.error.urgent")];
    lines.extend(id.map(|id| r.with("citizen.error.fault_id", "id", id)));
    let heading = r.say("citizen.error.heading");
    page(status, &Notice { r, heading, lines })
}

fn notice(status: StatusCode, r: Reader, [heading, line]: [&str; 2]) -> Response {
    let (heading, lines) = (r.say(heading), vec![r.say(line)]);
    page(status, &Notice { r, heading, lines })
}
