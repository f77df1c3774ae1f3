//! One case: opening it, and every step on it. Steps name the version the caller has seen.

use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use serde::{Deserialize, Serialize};

use super::body::{self, Given};
use super::caller::{actor, once, unless_twin};
use super::problem::Failure;
use super::render::{ClaimedCase, EventLine, Moment, StepDone, ThreadLine, json};
use super::{Answer, Api};
use crate::domain::document::{Attached, Details, Opening};
use crate::domain::state::State as CaseState;
use crate::kernel::id::CaseId;
use crate::service::casefile::{Actions, CaseView, FileView};
use crate::service::casework::{Done, Step};
use crate::service::{Actor, Error, Refusal};

#[derive(Serialize)]
struct Opened {
    id: String,
    version: i64,
    number: String,
    state: &'static str,
    priority: u8,
    received_at: Moment,
    due: Option<Moment>,
    claimed_by: Option<String>,
    claimed_until: Option<Moment>,
    acknowledged: bool,
    thread: Vec<ThreadLine>,
    notes: Vec<ThreadLine>,
    actions: Actions,
    details: Option<Told>,
    files: Vec<FileLine>,
    events: Vec<EventLine>,
    register: Vec<String>,
    reachable: bool,
    outbox: Vec<OutboxLine>,
    unreadable: usize,
}

/// Messages to the citizen that have not arrived, or perhaps not.
#[derive(Serialize)]
struct OutboxLine {
    state: String,
    messages: i64,
}

/// What the person told beside the words.
#[derive(Serialize)]
struct Told {
    channel: String,
    locale: String,
    categories: Vec<String>,
    tags: Vec<String>,
    commune: Option<String>,
    place: Option<String>,
    occurred: Option<String>,
    ongoing: Option<bool>,
    about: Option<String>,
    crisis: Option<String>,
    avoid_commune: bool,
    consent_at: Option<Moment>,
}

#[derive(Serialize)]
struct FileLine {
    id: String,
    name: String,
    media_type: String,
    bytes: u64,
    at: Moment,
}

impl From<FileView> for FileLine {
    fn from(FileView { id, about }: FileView) -> Self {
        let Attached { name, media_type, bytes, at } = about;
        Self { id: id.to_string(), name, media_type, bytes, at: Moment(at) }
    }
}

impl From<Opening> for Told {
    fn from(o: Opening) -> Self {
        let Details {
            categories, tags, commune, place, occurred, ongoing, about, crisis, avoid_commune, ..
        } = o.details;
        Self {
            channel: o.channel,
            locale: o.locale,
            categories,
            tags,
            commune,
            place,
            occurred,
            ongoing,
            about,
            crisis,
            avoid_commune,
            consent_at: o.details.consent_at.map(Moment),
        }
    }
}

impl From<CaseView> for Opened {
    fn from(view: CaseView) -> Self {
        let held = view.holder.is_some();
        let case = view.case;
        Self {
            id: case.id.to_string(),
            version: case.version,
            number: case.number.to_string(),
            state: case.state.code(),
            priority: case.priority.level(),
            received_at: Moment(view.opening.as_ref().map_or(case.received_hour, |o| o.at)),
            due: case.due.map(Moment),
            claimed_by: view.holder,
            claimed_until: case.hold.filter(|_| held).map(|h| Moment(h.until)),
            acknowledged: case.acknowledged(),
            thread: view.thread.into_iter().map(ThreadLine::from).collect(),
            notes: view.notes.into_iter().map(ThreadLine::from).collect(),
            actions: view.actions,
            details: view.opening.map(Told::from),
            files: view.files.into_iter().map(FileLine::from).collect(),
            events: view.events.into_iter().map(EventLine::from).collect(),
            register: view.register,
            reachable: view.reachable,
            outbox: view.outbox.into_iter().map(|(state, messages)| OutboxLine { state, messages }).collect(),
            unreadable: view.unreadable,
        }
    }
}

/// `GET /api/v1/cases/{id}`
pub(super) async fn open(State(api): State<Api>, request: Request) -> Answer {
    let actor = actor(&api, request.headers()).await?;
    let id = named(request.uri())?;
    let view = api.hotline()?.open_case(&actor, id).await?;
    json(StatusCode::OK, &Opened::from(view))
}

/// The case that `/api/v1/cases/{id}…` names. What is no id names nothing.
pub(super) fn named(uri: &Uri) -> Result<CaseId, Refusal> {
    uri.path().split('/').nth(4).and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    version: Given,
    text: Given,
    to: Given,
    desk: Given,
    reason: Given,
}

/// A step that was asked for, with its fields still to be read.
struct Asked {
    actor: Actor,
    step: Step,
    fields: Fields,
}

/// Reads what all steps have in common.
async fn asked(api: &Api, request: Request) -> Result<Asked, Failure> {
    let (head, body) = request.into_parts();
    let actor = actor(api, &head.headers).await?;
    let body = body::json(&head.headers, body, api.options.largest_body).await?;
    let fields: Fields = body::object(&body)?;
    let version = fields.version.whole("version")?;
    let case = named(&head.uri)?;
    // The path and not its template: a key that is used again on another case is another request.
    let once = once(&head.headers, head.uri.path(), &actor.staff.bytes(), &body)?;
    Ok(Asked { actor, step: Step { case, version, once }, fields })
}

/// Runs a step and renders what it came to.
async fn done<F>(status: StatusCode, step: &Step, run: impl Fn() -> F) -> Answer
where
    F: Future<Output = Result<Done, Error>>,
{
    let done = unless_twin(step.once.is_some(), run).await?;
    json(status, &StepDone::from(done))
}

/// `POST /api/v1/cases/{id}/claim`
pub(super) async fn claim(State(api): State<Api>, request: Request) -> Answer {
    let Asked { actor, step, .. } = asked(&api, request).await?;
    let hotline = api.hotline()?;
    let claimed = unless_twin(step.once.is_some(), || hotline.claim(&actor, &step)).await?;
    json(StatusCode::OK, &ClaimedCase::from(claimed))
}

/// `POST /api/v1/cases/{id}/release`
pub(super) async fn release(State(api): State<Api>, request: Request) -> Answer {
    let Asked { actor, step, .. } = asked(&api, request).await?;
    let hotline = api.hotline()?;
    done(StatusCode::OK, &step, || hotline.release(&actor, &step)).await
}

/// `POST /api/v1/cases/{id}/acknowledge`
pub(super) async fn acknowledge(State(api): State<Api>, request: Request) -> Answer {
    let Asked { actor, step, .. } = asked(&api, request).await?;
    let hotline = api.hotline()?;
    done(StatusCode::OK, &step, || hotline.acknowledge(&actor, &step)).await
}

/// `POST /api/v1/cases/{id}/reply`
pub(super) async fn reply(State(api): State<Api>, request: Request) -> Answer {
    let Asked { actor, step, fields } = asked(&api, request).await?;
    let text = fields.text.needed("text")?;
    let hotline = api.hotline()?;
    done(StatusCode::CREATED, &step, || hotline.reply(&actor, &step, &text)).await
}

/// `POST /api/v1/cases/{id}/note`
pub(super) async fn note(State(api): State<Api>, request: Request) -> Answer {
    let Asked { actor, step, fields } = asked(&api, request).await?;
    let text = fields.text.needed("text")?;
    let hotline = api.hotline()?;
    done(StatusCode::CREATED, &step, || hotline.note(&actor, &step, &text)).await
}

/// `POST /api/v1/cases/{id}/transition`
pub(super) async fn transition(State(api): State<Api>, request: Request) -> Answer {
    let Asked { actor, step, fields } = asked(&api, request).await?;
    let to = CaseState::parse(&fields.to.needed("to")?).map_err(|_| Refusal::Field("to"))?;
    let reason = fields.reason.text("reason")?.unwrap_or_default();
    let hotline = api.hotline()?;
    done(StatusCode::OK, &step, || hotline.transition(&actor, &step, to, &reason)).await
}

/// `POST /api/v1/cases/{id}/transfer`
pub(super) async fn transfer(State(api): State<Api>, request: Request) -> Answer {
    let Asked { actor, step, fields } = asked(&api, request).await?;
    let desk = fields.desk.needed("desk")?;
    let reason = fields.reason.text("reason")?.unwrap_or_default();
    let hotline = api.hotline()?;
    done(StatusCode::OK, &step, || hotline.transfer(&actor, &step, &desk, &reason)).await
}

/// `POST /api/v1/cases/{id}/send-again`
pub(super) async fn send_again(State(api): State<Api>, request: Request) -> Answer {
    let Asked { actor, step, .. } = asked(&api, request).await?;
    let hotline = api.hotline()?;
    done(StatusCode::OK, &step, || hotline.send_again(&actor, &step)).await
}
