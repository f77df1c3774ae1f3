//! Asking for help: consent first, in plain words, then the person's own.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::callback;
use super::crisis::{self, banner};
use super::form::Form;
use super::reader::{Reader, Visit, logged, page};
use super::report::text_error;
use super::{outcome, plain, question, token, triage};
use crate::domain::document::Details;
use crate::domain::lane::Kind;
use crate::domain::wording::Reading;
use crate::kernel::Timestamp;
use crate::service::intake::{Accepted, Submission};
use crate::service::once::Once;
use crate::text::Locale;

const ROUTE: &str = "citizen/help";

/// Whose story it may be, as in the contracts, with the keys of the plain words.
const ABOUT: [(&str, &str); 3] = [
    ("self", "citizen.help.about_self"),
    ("relative", "citizen.help.about_relative"),
    ("other", "citizen.help.about_other"),
];

/// A call for help that is not sent: it lives in the page only.
#[derive(Clone, Default, Serialize)]
struct Draft {
    text: String,
    about: String,
    consent: bool,
    call: callback::Typed,
}

/// What must be mended, beside its field.
#[derive(Default)]
struct Mend {
    consent: Option<String>,
    about: Option<String>,
    text: Option<String>,
    call: callback::Wrong,
}

impl Mend {
    const fn any(&self) -> bool {
        self.consent.is_some() || self.about.is_some() || self.text.is_some() || self.call.any()
    }
}

#[derive(Template)]
#[template(path = "citizen/help.html")]
struct FormPage {
    r: Reader,
    d: Draft,
    abouts: Vec<(&'static str, String)>,
    mend: Mend,
    offer: callback::Offer,
    crisis: Option<crisis::Banner>,
}

#[derive(Template)]
#[template(path = "citizen/help_preview.html")]
struct Preview {
    r: Reader,
    d: Draft,
    about: String,
    /// Number and hour of the call-back, as they will be sent.
    back: Option<String>,
    token: String,
    notices: Vec<String>,
    question: Option<String>,
    crisis: Option<crisis::Banner>,
}

/// One step of a call for help.
struct Step {
    visit: Visit,
    draft: Draft,
    reading: Reading,
    answer: String,
}

pub(super) async fn blank(visit: Visit) -> Response {
    let step = Step { visit, draft: Draft::default(), reading: Reading::default(), answer: String::new() };
    step.form_page(StatusCode::OK, Mend::default())
}

pub(super) async fn posted(visit: Visit, form: Form) -> Response {
    let draft = Draft::read(&form);
    let reading = triage::read(visit.reader.options(), &draft.text);
    let step = Step { visit, draft, reading, answer: form.short(question::FIELD) };
    match form.button() {
        "cancel" => plain::cancelled(step.visit.reader),
        // "counsel" comes from the preview of a report, with its text.
        "edit" | "counsel" => step.form_page(StatusCode::OK, Mend::default()),
        "send" => step.send(form.get("token")).await,
        _ => match step.mend() {
            Some(mend) => step.form_page(StatusCode::UNPROCESSABLE_ENTITY, mend),
            None => step.preview(StatusCode::OK, None, Vec::new()),
        },
    }
}

impl Draft {
    fn read(form: &Form) -> Self {
        let about = ABOUT.into_iter().find(|(code, _)| *code == form.get("about"));
        Self {
            text: form.text("text"),
            about: about.map_or_else(String::new, |(code, _)| code.to_owned()),
            consent: form.ticked("consent"),
            call: callback::Typed::read(form),
        }
    }

    fn submission(&self, locale: Locale, reading: &Reading, now: Timestamp) -> Submission {
        let details = Details {
            about: Some(self.about.clone()),
            consent_at: self.consent.then_some(now),
            ..triage::details(Kind::Counselling, reading, &[], false)
        };
        Submission {
            kind: Kind::Counselling,
            text: self.text.clone(),
            locale: locale.as_str().to_owned(),
            channel: "web".to_owned(),
            details,
            priority: triage::priority(reading, false),
            reads_as_tip: false,
        }
    }
}

impl Step {
    fn form_page(self, status: StatusCode, mend: Mend) -> Response {
        let (r, d) = (self.visit.reader, self.draft);
        let abouts = ABOUT.into_iter().map(|(code, key)| (code, r.say(key))).collect();
        let crisis = banner(&r, self.reading.crisis);
        let offer = callback::Offer::new(&r, &self.visit.hotline, d.call.clone(), mend.call);
        page(status, &FormPage { r, d, abouts, mend, offer, crisis })
    }

    fn mend(&self) -> Option<Mend> {
        let (r, d) = (&self.visit.reader, &self.draft);
        let mend = Mend {
            consent: (!d.consent).then(|| r.say("citizen.error.no_consent")),
            about: d.about.is_empty().then(|| r.say("citizen.error.no_about")),
            text: text_error(r, &d.text),
            call: d.call.wrong(&self.visit.hotline),
        };
        mend.any().then_some(mend)
    }

    /// Shows what would be sent. A token that is still good is kept.
    fn preview(self, status: StatusCode, kept: Option<&str>, notices: Vec<String>) -> Response {
        let made = kept.map_or_else(|| token::issue(&self.visit.hotline), |t| Ok(t.to_owned()));
        let question = made.as_deref().ok().and_then(|t| question::asked(&self.visit, &self.reading, t));
        let (r, d) = (self.visit.reader, self.draft);
        let token = match made {
            Ok(token) => token,
            Err(e) => {
                let id = logged(&e, ROUTE);
                return plain::failed(r, StatusCode::INTERNAL_SERVER_ERROR, id.as_deref());
            }
        };
        let about = ABOUT.into_iter().find(|(code, _)| *code == d.about);
        let about = about.map(|(_, key)| r.say(key)).unwrap_or_default();
        let crisis = banner(&r, self.reading.crisis);
        let back = d.call.shown(&r, &self.visit.hotline);
        page(status, &Preview { r, d, about, back, token, notices, question, crisis })
    }

    /// What the very same form was answered before.
    async fn sent_before(&self, token: &str) -> Option<Accepted> {
        let body = serde_json::to_vec(&self.draft).unwrap_or_default();
        let once = Once::new(ROUTE, b"", token, &body).ok()?;
        self.visit.hotline.accepted_before(&once).await.ok().flatten()
    }

    async fn send(self, token: &str) -> Response {
        if let Some(mend) = self.mend() {
            // Only the hour has passed since the first sending: that one's receipt must not be lost.
            if let Some(got) = self.sent_before(token).await {
                let Visit { reader, hotline } = self.visit;
                return outcome::receipt(reader, &hotline, Kind::Counselling, got, self.reading.crisis);
            }
            return self.form_page(StatusCode::UNPROCESSABLE_ENTITY, mend);
        }
        let (r, hotline) = (&self.visit.reader, &self.visit.hotline);
        if !token::fresh(token, hotline.now(), r.options().form_life) {
            let notice = r.say("citizen.preview.renewed");
            return self.preview(StatusCode::CONFLICT, None, vec![notice]);
        }
        let body = serde_json::to_vec(&self.draft).unwrap_or_default();
        let submission = self.draft.submission(r.locale, &self.reading, hotline.now());
        let sent = match Once::new(ROUTE, b"", token, &body) {
            Ok(once) => {
                let sender = question::sender(hotline, token, &self.answer);
                match self.draft.call.check(hotline) {
                    Ok(call) => hotline.submit_with(sender, submission, call.as_ref(), Some(once)).await,
                    Err(refused) => Err(refused.into()),
                }
            }
            Err(refusal) => Err(refusal.into()),
        };
        match sent {
            Ok(got) => {
                let Visit { reader, hotline } = self.visit;
                outcome::receipt(reader, &hotline, Kind::Counselling, got, self.reading.crisis)
            }
            Err(e) => {
                let failure = outcome::failure(r, &e, ROUTE);
                let kept = (!failure.renew).then_some(token);
                self.preview(failure.status, kept, failure.lines)
            }
        }
    }
}
