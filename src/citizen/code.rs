//! Checking a code: where the case stands, what the desk wrote, and room for more. The code travels in bodies
//! only; the pages never show it again.

mod thread;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::callback::{self, Offer};
use super::crisis::{self, banner};
use super::file::Filing;
use super::form::Form;
use super::reader::{Reader, Visit, logged, page};
use super::report::text_error;
use super::{outcome, plain, token, triage};
use crate::domain::lane::Kind;
use crate::domain::receipt::Receipt;
use crate::service::citizen::CitizenCase;
use crate::service::once::Once;
use crate::service::{Error, Hotline, Refusal};
use crate::text::stamp;

use self::thread::{Line, lines, state_key};

const ROUTE: &str = "citizen/code";

/// What is typed beyond this is not a code: 20 symbols, with marks, spaces and dashes.
const LONGEST_CODE: usize = 120;

#[derive(Template)]
#[template(path = "citizen/code.html")]
struct Ask {
    r: Reader,
    code: String,
    wrong: Option<String>,
    /// Words for the case that could not be added yet.
    text: String,
}

#[derive(Template)]
#[template(path = "citizen/case.html")]
struct CasePage {
    r: Reader,
    code: String,
    kind: Kind,
    state: String,
    offers_help: bool,
    lines: Vec<Line>,
    answered: bool,
    hides: String,
    adding: Adding,
    filing: Option<Filing>,
    called: Option<Called>,
    crisis: Option<crisis::Banner>,
}

/// What the page shows of a call-back.
struct Called {
    /// Where it stands, in words.
    standing: Option<String>,
    open: bool,
    may_ask: bool,
    offer: Offer,
    token: String,
    wrong: Option<String>,
    done: Option<String>,
}

/// What was just typed or done about a call-back.
#[derive(Default)]
pub(super) struct Calling {
    pub(super) typed: callback::Typed,
    pub(super) mend: callback::Wrong,
    pub(super) wrong: Option<String>,
    pub(super) done: Option<String>,
}

/// The form below a case.
#[derive(Default)]
struct Adding {
    text: String,
    token: String,
    wrong: Option<String>,
    notices: Vec<String>,
    done: Option<String>,
    /// The words seem to be about officials: the person decides once more.
    officials: bool,
}

/// A code that reads as one, and who typed it.
pub(super) struct Look {
    visit: Visit,
    code: String,
    readings: Vec<Receipt>,
}

/// The ways a typed code can be read; none if it is no code.
pub(super) fn readings(code: &str) -> Option<Vec<Receipt>> {
    if code.chars().count() > LONGEST_CODE { None } else { Receipt::parse(code).ok() }
}

pub(super) async fn ask(visit: Visit) -> Response {
    let Visit { reader: r, .. } = visit;
    page(StatusCode::OK, &Ask { r, code: String::new(), wrong: None, text: String::new() })
}

pub(super) async fn look(visit: Visit, form: Form) -> Response {
    let look = match Look::read(visit, &form) {
        Ok(look) => look,
        Err(page) => return *page,
    };
    match look.find().await {
        Ok(case) => {
            // Words that could not be added before wait in the form below the case.
            let adding = Adding { text: form.text("text"), ..Adding::default() };
            look.case_page(StatusCode::OK, &case, adding)
        }
        Err(e) => look.not_found(&e, form.text("text")),
    }
}

pub(super) async fn add(visit: Visit, form: Form) -> Response {
    let look = match Look::read(visit, &form) {
        Ok(look) => look,
        Err(page) => return *page,
    };
    let case = match look.find().await {
        Ok(case) => case,
        Err(e) => return look.not_found(&e, form.text("text")),
    };
    look.add(case, &form).await
}

impl Look {
    fn read(visit: Visit, form: &Form) -> Result<Self, Box<Response>> {
        Self::of(visit, form.short("code"), form.text("text"))
    }

    /// A typed code, with the words that wait for its case; a page to mend it if it does not read as one.
    pub(super) fn of(visit: Visit, code: String, text: String) -> Result<Self, Box<Response>> {
        let wrong = if code.is_empty() { "citizen.code.empty" } else { "citizen.code.mistyped" };
        if let Some(readings) = readings(&code) {
            return Ok(Self { visit, code, readings });
        }
        let r = visit.reader;
        let code = code.chars().take(LONGEST_CODE).collect();
        let asked = Ask { wrong: Some(r.say(wrong)), r, code, text };
        Err(Box::new(page(StatusCode::UNPROCESSABLE_ENTITY, &asked)))
    }

    /// Who reads.
    pub(super) fn reader(&self) -> &Reader {
        &self.visit.reader
    }

    /// The page a file was sent from, with what became of it.
    pub(super) async fn with_file(self, status: StatusCode, told: Filing) -> Response {
        let case = match self.find().await {
            Ok(case) => case,
            Err(e) => return self.not_found(&e, String::new()),
        };
        let fresh = Filing::new(&self.visit.reader, &self.visit.hotline, &self.code).unwrap_or_default();
        let Filing { code, token, limit, .. } = fresh;
        let filing = Some(Filing { code, token, limit, ..told });
        if filing.as_ref().is_some_and(|f| f.after_receipt) {
            let code = self.caller();
            return outcome::receipt_with_file(self.visit, case.kind, code, (status, filing));
        }
        self.page_of(status, &case, (Adding::default(), Calling::default()), ("", filing))
    }

    /// The service behind the page.
    pub(super) fn hotline(&self) -> &Hotline {
        &self.visit.hotline
    }

    /// The ways the typed code can be read.
    pub(super) fn typed_code(&self) -> &[Receipt] {
        &self.readings
    }

    /// The page after something about the call-back was asked for.
    pub(super) async fn with_calling(self, status: StatusCode, calling: Calling) -> Response {
        let case = match self.find().await {
            Ok(case) => case,
            Err(e) => return self.not_found(&e, String::new()),
        };
        let filing = Filing::new(&self.visit.reader, &self.visit.hotline, &self.code);
        self.page_of(status, &case, (Adding::default(), calling), ("", filing))
    }

    async fn find(&self) -> Result<CitizenCase, Error> {
        self.visit.hotline.look_up(&self.readings).await
    }

    /// No such case, or nothing can be looked up now: those are not the same.
    fn not_found(self, error: &Error, text: String) -> Response {
        let r = self.visit.reader;
        let (status, wrong) = match error {
            Error::Refused(Refusal::NotFound) => (StatusCode::NOT_FOUND, "citizen.code.unknown"),
            Error::Refused(_) => (StatusCode::SERVICE_UNAVAILABLE, "citizen.error.away_code"),
            Error::Fault(f) if f.is_away() => (StatusCode::SERVICE_UNAVAILABLE, "citizen.error.away_code"),
            Error::Fault(_) => (StatusCode::INTERNAL_SERVER_ERROR, "citizen.error.fault_code"),
        };
        let mut wrong = r.say(wrong);
        if let Some(id) = logged(error, ROUTE) {
            wrong = format!("{wrong} {}", r.with("citizen.error.fault_id", "id", &id));
        }
        page(status, &Ask { r, code: self.code, wrong: Some(wrong), text })
    }

    /// Adds the person's words to the case that was found.
    async fn add(self, case: CitizenCase, form: &Form) -> Response {
        let (r, text, token) = (&self.visit.reader, form.text("text"), form.get("token"));
        let reading = triage::read(r.options(), &text);
        let (status, adding) = if let Some(wrong) = text_error(r, &text) {
            (StatusCode::UNPROCESSABLE_ENTITY, Adding { wrong: Some(wrong), ..Adding::default() })
        } else if case.kind == Kind::Tips && reading.officials && form.button() != "anyway" {
            (StatusCode::OK, Adding { officials: true, ..Adding::default() })
        } else if !token::fresh(token, self.visit.hotline.now(), r.options().form_life) {
            let notices = vec![r.say("citizen.preview.renewed")];
            (StatusCode::CONFLICT, Adding { notices, ..Adding::default() })
        } else {
            return self.send(case, text, token).await;
        };
        self.case_page(status, &case, Adding { text, ..adding })
    }

    async fn send(self, case: CitizenCase, text: String, token: &str) -> Response {
        let (r, hotline) = (&self.visit.reader, &self.visit.hotline);
        let added = match Once::new(ROUTE, self.caller().as_bytes(), token, text.as_bytes()) {
            Ok(once) => hotline.add_message(&self.readings, &text, Some(once)).await,
            Err(refusal) => Err(refusal.into()),
        };
        match added {
            Ok(added) => {
                let done = r.with("citizen.case.added", "at", &stamp(added.received_at));
                // What was just committed must not turn into an error because the page could not be read again.
                let case = self.find().await.unwrap_or(case);
                let adding = Adding { done: Some(done), ..Adding::default() };
                self.case_page_about(StatusCode::OK, &case, adding, &text)
            }
            Err(e) => {
                let failure = outcome::failure(r, &e, ROUTE);
                let token = if failure.renew { String::new() } else { token.to_owned() };
                let adding = Adding { text, notices: failure.lines, token, ..Adding::default() };
                self.case_page(failure.status, &case, adding)
            }
        }
    }

    /// Whose request it is, for the memory of first answers: the code as it is shown, never as it was typed.
    fn caller(&self) -> String {
        self.readings.first().map(|receipt| receipt.expose().to_string()).unwrap_or_default()
    }

    fn case_page(self, status: StatusCode, case: &CitizenCase, adding: Adding) -> Response {
        let about = adding.text.clone();
        self.case_page_about(status, case, adding, &about)
    }

    fn case_page_about(
        self,
        status: StatusCode,
        case: &CitizenCase,
        adding: Adding,
        words: &str,
    ) -> Response {
        let filing = Filing::new(&self.visit.reader, &self.visit.hotline, &self.code);
        self.page_of(status, case, (adding, Calling::default()), (words, filing))
    }

    fn page_of(
        self,
        status: StatusCode,
        case: &CitizenCase,
        (mut adding, calling): (Adding, Calling),
        (words, filing): (&str, Option<Filing>),
    ) -> Response {
        let Visit { reader: r, hotline } = self.visit;
        if adding.token.is_empty() {
            adding.token = match token::issue(&hotline) {
                Ok(token) => token,
                Err(e) => {
                    let id = logged(&e, ROUTE);
                    return plain::failed(r, StatusCode::INTERNAL_SERVER_ERROR, id.as_deref());
                }
            };
        }
        let hides = if case.kind.is_tip() {
            r.say("citizen.case.own_never")
        } else {
            r.with("citizen.case.own_gone", "span", &outcome::own_words_span(&r, &hotline))
        };
        let lines = lines(&r, case);
        let called = called(&r, &hotline, case, (calling, &adding.token));
        let shown = CasePage {
            code: self.code,
            kind: case.kind,
            state: r.say(&state_key(case)),
            offers_help: case.public_state == crate::domain::state::PublicState::HelpOffered,
            answered: lines.iter().any(|line| line.desk),
            lines,
            hides,
            adding,
            filing,
            called,
            crisis: banner(&r, triage::crisis_of(r.options(), words)),
            r,
        };
        page(status, &shown)
    }
}

/// What the page shows of a call-back; nothing for a tip, and nothing where there is none and none can be asked for.
fn called(
    r: &Reader,
    hotline: &Hotline,
    case: &CitizenCase,
    (calling, token): (Calling, &str),
) -> Option<Called> {
    let own = case.callback?;
    let standing = own.standing.map(|standing| match own.slot {
        Some(slot) => r.with("callback.own.open", "slot", &callback::appointment(r, slot)),
        None => r.say(&format!("callback.own.{}", standing.as_str())),
    });
    (own.may_ask || standing.is_some() || calling.wrong.is_some()).then(|| Called {
        standing,
        open: own.slot.is_some(),
        may_ask: own.may_ask,
        offer: Offer::new(r, hotline, calling.typed, calling.mend),
        token: token.to_owned(),
        wrong: calling.wrong,
        done: calling.done,
    })
}
