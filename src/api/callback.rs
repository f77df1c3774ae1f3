//! Asking to be called back: which hours can be chosen, and what a person with a code of counselling does about it. A number
//! is taken and never told again.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::body::{self, Given};
use super::caller::{once, receipt};
use super::render::{Moment, json};
use super::say::language;
use super::{Answer, Api};
use crate::domain::callback::{CallBack, Discretion, Slot, Standing};
use crate::domain::lane::Kind;
use crate::domain::locale::Locale;
use crate::kernel::Timestamp;
use crate::service::callback::{Asked, OwnCallback};
use crate::service::{Error, Hotline, Refusal};

/// How the API is named in sealed documents.
pub(super) const CHANNEL: &str = "api";
/// The longest number that is looked at, in characters.
const LONGEST: usize = 64;

/// A call-back as it was given.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    number: Given,
    hour: Given,
    say: Given,
}

impl Wanted {
    /// Reads the fields; what they mean is checked where it is taken.
    pub(super) fn read(self) -> Result<Asked, Refusal> {
        let number = self.number.short("number", LONGEST)?.ok_or(Refusal::Field("number"))?;
        let hour = self.hour.needed("hour")?;
        let say = match self.say.text("say")? {
            // the careful one, unless it was said
            None => Discretion::NameOnly,
            Some(word) => Discretion::parse(&word).ok_or(Refusal::Field("say"))?,
        };
        Ok(Asked { number, from: Timestamp::parse(&hour).ok_or(Refusal::Field("hour"))?, say })
    }
}

/// An hour, as programs and people read it.
#[derive(Serialize)]
struct Hour {
    from: Moment,
    to: Moment,
    label: String,
}

#[derive(Serialize)]
struct Hours<'a> {
    hours: Vec<Hour>,
    caller: &'a str,
}

#[derive(Serialize)]
struct Own {
    may_ask: bool,
    standing: Option<&'static str>,
    hour: Option<Hour>,
}

/// Checks what was asked for with a call for help.
pub(super) fn check(hotline: &Hotline, kind: Kind, asked: &Asked) -> Result<CallBack, Error> {
    Ok(hotline.check_callback(kind, asked, (CHANNEL, None))?)
}

fn hour(hotline: &Hotline, locale: Locale, slot: Slot) -> Hour {
    let label = hotline.talk().catalogue.appointment(locale, slot.from(), slot.to());
    Hour { from: Moment(slot.from()), to: Moment(slot.to()), label }
}

fn told(hotline: &Hotline, headers: &HeaderMap, status: StatusCode, own: OwnCallback) -> Answer {
    let locale = language(headers);
    let own = Own {
        may_ask: own.may_ask,
        standing: own.standing.map(Standing::as_str),
        hour: own.slot.map(|slot| hour(hotline, locale, slot)),
    };
    Ok(super::citizen::spoken(locale, json(status, &own)?))
}

/// `GET /api/v1/callback/hours`
pub(super) async fn hours(State(api): State<Api>, headers: HeaderMap) -> Answer {
    let (hotline, locale) = (api.hotline()?, language(&headers));
    let rules = hotline.callback_rules();
    let hours = hotline.callback_slots().into_iter().map(|slot| hour(hotline, locale, slot)).collect();
    let body = Hours { hours, caller: rules.caller() };
    Ok(super::citizen::spoken(locale, json(StatusCode::OK, &body)?))
}

/// `GET /api/v1/case/callback`
pub(super) async fn open(State(api): State<Api>, headers: HeaderMap) -> Answer {
    let holder = receipt(&headers)?;
    let hotline = api.hotline()?;
    let own = hotline.own_callback(&holder.readings).await?;
    told(hotline, &headers, StatusCode::OK, own)
}

/// `POST /api/v1/case/callback`
pub(super) async fn ask(State(api): State<Api>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let holder = receipt(&head.headers)?;
    let body = body::json(&head.headers, body, api.options.largest_body).await?;
    let once = once(&head.headers, "/api/v1/case/callback", &holder.name(), &body)?;
    let asked = body::object::<Wanted>(&body)?.read()?;
    let hotline = api.hotline()?;
    let own = hotline.ask_callback(&holder.readings, &asked, CHANNEL, once).await?;
    told(hotline, &head.headers, StatusCode::CREATED, own)
}

/// `DELETE /api/v1/case/callback`
pub(super) async fn withdraw(State(api): State<Api>, headers: HeaderMap) -> Answer {
    let holder = receipt(&headers)?;
    api.hotline()?.withdraw_callback(&holder.readings).await?;
    let gone: Response = StatusCode::NO_CONTENT.into_response();
    Ok(gone)
}
