//! Asking to be called back, in counselling only: the fields of the form for help, and the same behind a code, where it
//! can be changed or withdrawn until it has happened. The number is shown on the preview and never again.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::code::{Calling, Look};
use super::form::Form;
use super::reader::{Reader, Visit};
use super::{outcome, token};
use crate::domain::callback::{CallBack, Discretion, Refused, Slot};
use crate::domain::lane::Kind;
use crate::kernel::Timestamp;
use crate::service::callback::Asked;
use crate::service::{Error, Hotline, Refusal};
use crate::text::{day, hours, weekday};

const ROUTE: &str = "citizen/call";

/// What was typed. It lives in the page only.
#[derive(Clone, Default, Serialize)]
pub(super) struct Typed {
    pub(super) number: String,
    /// The beginning of the hour in seconds, as the page gave it.
    pub(super) slot: String,
    pub(super) say: String,
}

/// The fields as a page shows them.
pub(super) struct Offer {
    pub(super) typed: Typed,
    pub(super) days: Vec<Day>,
    pub(super) says: Vec<Choice>,
    pub(super) wrong_number: Option<String>,
    pub(super) wrong_slot: Option<String>,
}

/// The hours of one day.
pub(super) struct Day {
    pub(super) label: String,
    pub(super) hours: Vec<Choice>,
}

/// Something to choose.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// What must be mended.
#[derive(Clone, Copy, Default)]
pub(super) struct Wrong {
    number: bool,
    slot: bool,
}

impl Wrong {
    pub(super) const fn any(self) -> bool {
        self.number || self.slot
    }
}

impl Typed {
    pub(super) fn read(form: &Form) -> Self {
        let short = |name| form.short(name).chars().take(super::form::LONGEST_FIELD).collect::<String>();
        Self { number: short("callback_number"), slot: short("callback_slot"), say: short("callback_say") }
    }

    /// Whether a call is asked for at all: whoever fills in nothing is not called.
    pub(super) fn asks(&self) -> bool {
        !self.number.is_empty() || !self.slot.is_empty()
    }

    fn asked(&self) -> Asked {
        let from = self.slot.parse::<i64>().unwrap_or(0).saturating_mul(1000);
        Asked {
            number: self.number.clone(),
            from: Timestamp::from_millis(from),
            // The careful one, whatever came.
            say: Discretion::parse(&self.say).unwrap_or(Discretion::NameOnly),
        }
    }

    /// What is asked for, checked; none if nothing is.
    pub(super) fn check(&self, hotline: &Hotline) -> Result<Option<CallBack>, Refused> {
        if !self.asks() {
            return Ok(None);
        }
        hotline.check_callback(Kind::Counselling, &self.asked(), ("web", None)).map(Some)
    }

    /// What must be mended before it can be asked for.
    pub(super) fn wrong(&self, hotline: &Hotline) -> Wrong {
        match self.check(hotline) {
            Ok(_) => Wrong::default(),
            // Both are said at once.
            Err(Refused::BadNumber) => Wrong { number: true, slot: !self.offered(hotline) },
            Err(_) => Wrong { number: false, slot: true },
        }
    }

    fn offered(&self, hotline: &Hotline) -> bool {
        let from = self.asked().from;
        hotline.callback_slots().iter().any(|slot| slot.from() == from)
    }

    /// Number, hour and what may be said, for the preview.
    pub(super) fn shown(&self, r: &Reader, hotline: &Hotline) -> Option<String> {
        let callback = self.check(hotline).ok().flatten()?;
        let say = said(r, hotline, callback.wanted().say);
        Some(format!("{}, {}. {say}", callback.wanted().number.expose(), appointment(r, callback.slot())))
    }
}

impl Offer {
    /// The hours that can be chosen now, with what was typed.
    pub(super) fn new(r: &Reader, hotline: &Hotline, typed: Typed, wrong: Wrong) -> Self {
        let mut days: Vec<Day> = Vec::new();
        for slot in hotline.callback_slots() {
            let label = format!("{} {}", r.say(weekday(slot.from())), day(slot.from()));
            let value = slot.from().as_secs().to_string();
            // Once chosen it stands without the heading of its day; the page has to stay small, so the year is left out.
            let date = day(slot.from()).chars().take("dd/mm".len()).collect::<String>();
            let hour = format!("{}, {date}", hours(slot.from(), slot.to()));
            let hour = Choice { chosen: value == typed.slot, value, label: hour };
            match days.last_mut().filter(|d| d.label == label) {
                Some(day) => day.hours.push(hour),
                None => days.push(Day { label, hours: vec![hour] }),
            }
        }
        let chosen = Discretion::parse(&typed.say).unwrap_or(Discretion::NameOnly);
        let says = Discretion::ALL.into_iter().map(|d| Choice {
            value: d.as_str().to_owned(),
            label: said(r, hotline, d),
            chosen: d == chosen,
        });
        Self {
            days,
            says: says.collect(),
            wrong_number: wrong.number.then(|| r.say("callback.wrong_number")),
            wrong_slot: wrong.slot.then(|| r.say("callback.wrong_slot")),
            typed,
        }
    }
}

/// What is said to who picks up, in words.
fn said(r: &Reader, hotline: &Hotline, say: Discretion) -> String {
    match say {
        Discretion::NameOnly => r.with("callback.name_only", "name", hotline.callback_rules().caller()),
        Discretion::MaySay => r.say("callback.may_say"),
    }
}

/// An hour in words.
pub(super) fn appointment(r: &Reader, slot: Slot) -> String {
    r.options().texts.appointment(r.locale, slot.from(), slot.to())
}

/// Asks, changes or withdraws behind a code.
pub(super) async fn posted(visit: Visit, form: Form) -> Response {
    let look = match Look::of(visit, form.short("code"), String::new()) {
        Ok(look) => look,
        Err(page) => return *page,
    };
    if !token::fresh(form.get("token"), look.hotline().now(), look.reader().options().form_life) {
        let told = look.reader().say("citizen.preview.renewed");
        let calling = Calling { typed: Typed::read(&form), wrong: Some(told), ..Calling::default() };
        return look.with_calling(StatusCode::CONFLICT, calling).await;
    }
    match form.button() {
        "withdraw" => withdraw(look).await,
        _ => ask(look, Typed::read(&form)).await,
    }
}

async fn ask(look: Look, typed: Typed) -> Response {
    let mend = typed.wrong(look.hotline());
    // Nothing filled in is not "nothing asked for" here: the button said so.
    let mend = if typed.asks() { mend } else { Wrong { number: true, slot: true } };
    if mend.any() {
        let calling = Calling { typed, mend, ..Calling::default() };
        return look.with_calling(StatusCode::UNPROCESSABLE_ENTITY, calling).await;
    }
    match look.hotline().ask_callback(look.typed_code(), &typed.asked(), "web", None).await {
        Ok(_) => {
            let done = Some(look.reader().say("callback.own.asked"));
            look.with_calling(StatusCode::OK, Calling { done, ..Calling::default() }).await
        }
        Err(e) => failed(look, &e, typed).await,
    }
}

async fn withdraw(look: Look) -> Response {
    match look.hotline().withdraw_callback(look.typed_code()).await {
        Ok(()) => look.with_calling(StatusCode::OK, Calling::default()).await,
        Err(e) => failed(look, &e, Typed::default()).await,
    }
}

/// The page once more, with why nothing was done; what was typed stays in its boxes.
async fn failed(look: Look, e: &Error, typed: Typed) -> Response {
    let r = look.reader();
    let (status, wrong) = match e {
        Error::Refused(Refusal::Callback(Refused::CaseClosed)) => {
            (StatusCode::CONFLICT, r.say("callback.own.closed"))
        }
        Error::Refused(Refusal::Callback(Refused::Over | Refused::Stale)) => {
            (StatusCode::CONFLICT, r.say("callback.own.over"))
        }
        other => {
            let failure = outcome::failure(r, other, ROUTE);
            (failure.status, failure.lines.join(" "))
        }
    };
    look.with_calling(status, Calling { typed, wrong: Some(wrong), ..Calling::default() }).await
}
