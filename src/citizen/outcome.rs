//! How sending ended, said so that a frightened person knows what to do next.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::crisis::{self, banner};
use super::file::Filing;
use super::reader::{Reader, Visit, logged, page};
use crate::domain::lane::Kind;
use crate::domain::wording::Crisis;
use crate::service::intake::Accepted;
use crate::service::{Error, Hotline, Refusal};
use crate::text::stamp;

#[derive(Template)]
#[template(path = "citizen/receipt.html")]
struct ReceiptPage {
    r: Reader,
    heading: String,
    thanks: String,
    who: String,
    code: String,
    filing: Option<Filing>,
    crisis: Option<crisis::Banner>,
}

/// The one page that shows a receipt.
pub(super) fn receipt(
    r: Reader,
    hotline: &Hotline,
    kind: Kind,
    got: Accepted,
    danger: Option<Crisis>,
) -> Response {
    let thanks = if kind.is_tip() { "citizen.receipt.thanks_tips" } else { "citizen.receipt.thanks_help" };
    let thanks = r.with(thanks, "at", &stamp(got.received_at));
    let filing = Filing::new(&r, hotline, &got.receipt).map(|f| Filing { after_receipt: true, ..f });
    let crisis = banner(&r, danger);
    let who = who(&r, hotline, kind);
    let heading = heading(&r, kind);
    page(StatusCode::OK, &ReceiptPage { r, heading, thanks, who, code: got.receipt, filing, crisis })
}

/// The same page once more, after a file was sent from it: whoever has not copied the code yet must not lose it.
pub(super) fn receipt_with_file(
    visit: Visit,
    kind: Kind,
    code: String,
    (status, filing): (StatusCode, Option<Filing>),
) -> Response {
    let Visit { reader: r, hotline } = visit;
    let (heading, who, thanks) = (heading(&r, kind), who(&r, &hotline, kind), String::new());
    page(status, &ReceiptPage { r, heading, thanks, who, code, filing, crisis: None })
}

fn heading(r: &Reader, kind: Kind) -> String {
    r.say(match kind {
        Kind::Tips => "citizen.receipt.heading_tips",
        Kind::Oversight => "citizen.receipt.heading_oversight",
        Kind::Counselling => "citizen.receipt.heading_help",
    })
}

/// Who sees what with the code.
fn who(r: &Reader, hotline: &Hotline, kind: Kind) -> String {
    if kind.is_tip() {
        r.say("citizen.receipt.who_tips")
    } else {
        r.with("citizen.receipt.who_help", "span", &own_words_span(r, hotline))
    }
}

/// How long a counselling receipt shows the person's own words.
pub(super) fn own_words_span(r: &Reader, hotline: &Hotline) -> String {
    r.options().texts.span(r.locale, hotline.options().own_words_for)
}

/// What the page tells when sending did not work; the words stay on it.
pub(super) struct Failure {
    pub(super) status: StatusCode,
    pub(super) lines: Vec<String>,
    /// Whether the same form must not be sent again as it is.
    pub(super) renew: bool,
}

/// Says what became of a form that could not be sent. Logs what is ours.
pub(super) fn failure(r: &Reader, error: &Error, route: &str) -> Failure {
    let status = |code| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let id = logged(error, route);
    let (status, first) = match error {
        Error::Refused(Refusal::OtherRequest) => {
            let lines = vec![r.say("citizen.error.other_request")];
            return Failure { status: status(Refusal::OtherRequest.status()), lines, renew: true };
        }
        Error::Refused(refusal) => (status(refusal.status()), "citizen.error.away"),
        Error::Fault(fault) if fault.is_away() => (StatusCode::SERVICE_UNAVAILABLE, "citizen.error.away"),
        Error::Fault(_) => (StatusCode::INTERNAL_SERVER_ERROR, "citizen.error.fault"),
    };
    let mut lines = vec![r.say(first), r.say("citizen.error.urgent")];
    lines.extend(id.map(|id| r.with("citizen.error.fault_id", "id", &id)));
    Failure { status, lines, renew: false }
}
