//! Reporting: the form, the page headed `Chưa gửi`, the receipt. Nothing is kept before the last step.

mod draft;
mod place;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::crisis::{self, banner};
use super::form::{Form, LONGEST_FIELD};
use super::reader::{Reader, Visit, logged, page};
use super::{category_key, outcome, plain, question, token, triage};
use crate::domain::document::{BadText, LONGEST_TEXT, check_text};
use crate::domain::lane::Kind;
use crate::domain::wording::Reading;
use crate::service::once::Once;
use crate::service::{Error, Hotline};

use self::draft::{Draft, Officials};

const ROUTE: &str = "citizen/report";

/// A box to tick.
struct Tick {
    code: String,
    label: String,
    on: bool,
}

/// What must be mended, beside its field.
#[derive(Default)]
struct Mend {
    text: Option<String>,
    place: Option<String>,
    when: Option<String>,
}

impl Mend {
    const fn any(&self) -> bool {
        self.text.is_some() || self.place.is_some() || self.when.is_some()
    }
}

#[derive(Template)]
#[template(path = "citizen/report.html")]
struct FormPage {
    r: Reader,
    d: Draft,
    ticks: Vec<Tick>,
    open: bool,
    oversight: bool,
    mend: Mend,
    crisis: Option<crisis::Banner>,
}

#[derive(Template)]
#[template(path = "citizen/preview.html")]
#[expect(clippy::struct_excessive_bools, reason = "what the page shows or leaves out, each by itself")]
struct Preview {
    r: Reader,
    d: Draft,
    /// Where it would go, as the person is told; sending checks that it is still so.
    to: Kind,
    about_officials: bool,
    /// Whether our reading, not the person, says so.
    only_read: bool,
    may_mean_help: bool,
    labels: Vec<String>,
    token: String,
    notices: Vec<String>,
    choices: Vec<place::Choice>,
    /// No commune is chosen.
    kept: bool,
    question: Option<String>,
    crisis: Option<crisis::Banner>,
}

/// One step of a report.
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
    let mut draft = Draft::read(&form, &visit.reader.options().categories);
    place::settle(&mut draft, &visit);
    let reading = triage::read(visit.reader.options(), &draft.all_words());
    let step = Step { visit, draft, reading, answer: form.short(question::FIELD) };
    match form.button() {
        "cancel" => plain::cancelled(step.visit.reader),
        "letters" => step.picker(""),
        "" if !form.get("letter").is_empty() => step.picker(form.get("letter")),
        "skip_place" => {
            let draft = Draft { commune: place::KEEP.to_owned(), ..step.draft };
            Step { draft, ..step }.checked_preview()
        }
        "edit" => step.form_page(StatusCode::OK, Mend::default()),
        "send" => step.send(form.get("token"), form.get("to")).await,
        "not_officials" => {
            let draft = Draft { officials: Officials::No, ..step.draft };
            Step { draft, ..step }.checked_preview()
        }
        _ => step.checked_preview(),
    }
}

impl Step {
    fn form_page(self, status: StatusCode, mend: Mend) -> Response {
        let (r, d) = (self.visit.reader, self.draft);
        let tick = |code: &String| Tick {
            code: code.clone(),
            label: r.say(&category_key(code)),
            on: d.categories.contains(code),
        };
        let ticks = r.options().categories.iter().map(tick).collect();
        let open = d.has_extras() || mend.place.is_some() || mend.when.is_some();
        let oversight = self.visit.hotline.world().has_oversight();
        let crisis = banner(&r, self.reading.crisis);
        page(status, &FormPage { r, d, ticks, open, oversight, mend, crisis })
    }

    fn picker(self, letter: &str) -> Response {
        place::picker(self.visit, self.draft, letter, self.reading.crisis)
    }

    fn checked_preview(self) -> Response {
        match self.mend() {
            Some(mend) => self.form_page(StatusCode::UNPROCESSABLE_ENTITY, mend),
            None => self.preview(StatusCode::OK, None, Vec::new()),
        }
    }

    /// What must be mended before the draft can be previewed or sent.
    fn mend(&self) -> Option<Mend> {
        let (r, d) = (&self.visit.reader, &self.draft);
        let field = |value: &str| {
            (value.chars().count() > LONGEST_FIELD)
                .then(|| r.count("citizen.error.field_long", "limit", LONGEST_FIELD))
        };
        let mend = Mend { text: text_error(r, &d.text), place: field(&d.place), when: field(&d.when) };
        mend.any().then_some(mend)
    }

    /// Shows what would be sent and who would read it. A token that is still good is kept.
    fn preview(self, status: StatusCode, kept: Option<&str>, notices: Vec<String>) -> Response {
        let made = kept.map_or_else(|| token::issue(&self.visit.hotline), |t| Ok(t.to_owned()));
        let token = match made {
            Ok(token) => token,
            Err(e) => {
                let id = logged(&e, ROUTE);
                return plain::failed(self.visit.reader, StatusCode::INTERNAL_SERVER_ERROR, id.as_deref());
            }
        };
        let (to, about_officials) = (self.to(), self.about_officials());
        let question = question::asked(&self.visit, &self.reading, &token);
        let choices = place::choices(&self.draft, &self.visit);
        let kept = choices.iter().all(|c| !c.on);
        let Self { visit: Visit { reader: r, .. }, draft: d, reading, .. } = self;
        let labels = d.categories.iter().map(|code| r.say(&category_key(code))).collect();
        let crisis = banner(&r, reading.crisis);
        let only_read = about_officials && d.officials == Officials::Unsaid;
        let may_mean_help = triage::may_mean_help(&reading);
        page(
            status,
            &Preview {
                r,
                d,
                to,
                about_officials,
                only_read,
                may_mean_help,
                labels,
                token,
                notices,
                choices,
                kept,
                question,
                crisis,
            },
        )
    }

    /// Whether the tips desks should not see it; the person's word wins over our reading.
    fn about_officials(&self) -> bool {
        match self.draft.officials {
            Officials::Yes => true,
            Officials::No => false,
            Officials::Unsaid => self.reading.officials || self.draft.names_officials(),
        }
    }

    fn to(&self) -> Kind {
        if self.about_officials() && self.visit.hotline.world().has_oversight() {
            Kind::Oversight
        } else {
            Kind::Tips
        }
    }

    /// Sends, if the page was a preview of today that told truly who reads it.
    async fn send(self, token: &str, told: &str) -> Response {
        if let Some(mend) = self.mend() {
            return self.form_page(StatusCode::UNPROCESSABLE_ENTITY, mend);
        }
        let r = &self.visit.reader;
        if !token::fresh(token, self.visit.hotline.now(), r.options().form_life) {
            let notice = r.say("citizen.preview.renewed");
            return self.preview(StatusCode::CONFLICT, None, vec![notice]);
        }
        let kind = self.to();
        if kind.as_str() != told {
            let notice = r.say("citizen.preview.desk_changed");
            return self.preview(StatusCode::CONFLICT, None, vec![notice]);
        }
        match self.submit(&self.visit.hotline, kind, token).await {
            Ok(got) => {
                let Visit { reader, hotline } = self.visit;
                outcome::receipt(reader, &hotline, kind, got, self.reading.crisis)
            }
            Err(e) => {
                let failure = outcome::failure(r, &e, ROUTE);
                let kept = (!failure.renew).then_some(token);
                self.preview(failure.status, kept, failure.lines)
            }
        }
    }

    async fn submit(
        &self,
        hotline: &Hotline,
        kind: Kind,
        token: &str,
    ) -> Result<crate::service::intake::Accepted, Error> {
        let once = Once::new(ROUTE, b"", token, &self.draft.canonical(kind))?;
        let locale = self.visit.reader.locale;
        let sender = question::sender(hotline, token, &self.answer);
        hotline.submit_from(sender, self.draft.submission(kind, locale, &self.reading), Some(once)).await
    }
}

/// Why a text is not taken, in the reader's words.
pub(super) fn text_error(r: &Reader, text: &str) -> Option<String> {
    match check_text(text) {
        Ok(()) => None,
        Err(BadText::Empty) => Some(r.say("citizen.error.empty")),
        Err(BadText::TooLong) => {
            let length = text.chars().count().to_string();
            let limit = LONGEST_TEXT.to_string();
            let values = [("length", length.as_str()), ("limit", limit.as_str())];
            Some(r.options().texts.say(r.locale, "citizen.error.too_long", &values))
        }
    }
}
