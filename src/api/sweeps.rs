//! Bulk acts: many cases cleared or confirmed at once, gone on with, taken back, and looked at by somebody else.

use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::body::{self, Given};
use super::caller::{actor, once};
use super::queue::{Pairs, QueueLine, asked};
use super::render::{Moment, json};
use super::{Answer, Api};
use crate::kernel::id::{CaseId, SweepId};
use crate::service::Refusal;
use crate::service::sweep::{Choice, Deed, Order, Progress, SweepView};
use crate::store::sweeps::Sweep;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    fold: Given,
    side: Given,
    upto: Given,
    cases: Vec<Chosen>,
    reason: Given,
}

#[derive(Deserialize)]
struct Chosen {
    id: CaseId,
    version: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Why {
    reason: Given,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Looked {
    case: Given,
    take_back: Given,
}

#[derive(Serialize)]
struct Came {
    id: String,
    done: i64,
    passed: i64,
    apart: i64,
    ended: bool,
}

#[derive(Serialize)]
struct Line {
    id: String,
    act: &'static str,
    by: String,
    begun: Moment,
    done: i64,
    taken_back: i64,
    ended: bool,
}

#[derive(Serialize)]
struct Acts {
    sweeps: Vec<Line>,
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    line: Line,
    desk: String,
    reason: Option<String>,
    seed: String,
    reviewed: i64,
    sample: Vec<Sampled>,
}

#[derive(Serialize)]
struct Sampled {
    case: QueueLine,
    taken_back: bool,
    reviewed_by: Option<String>,
}

fn came(p: Progress) -> Came {
    Came { id: p.sweep.to_string(), done: p.done, passed: p.passed, apart: p.apart, ended: p.ended }
}

fn act(s: &Sweep, by: String) -> Line {
    Line {
        id: s.id.to_string(),
        act: if s.clears { "clear" } else { "confirm" },
        by,
        begun: Moment(s.begun),
        done: s.done,
        taken_back: s.undone,
        ended: s.ended,
    }
}

impl From<SweepView> for Whole {
    fn from(v: SweepView) -> Self {
        let sampled = |d: crate::service::sweep::Drawn| Sampled {
            case: QueueLine::from(d.line),
            taken_back: d.undone,
            reviewed_by: d.reviewer,
        };
        Self {
            seed: data_encoding::HEXLOWER.encode(&v.sweep.seed),
            line: act(&v.sweep, v.by),
            desk: v.desk,
            reason: v.reason,
            reviewed: v.reviewed,
            sample: v.drawn.into_iter().map(sampled).collect(),
        }
    }
}

fn sweep_id(text: &str) -> Result<SweepId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}

/// `YEAR.NUMBER`, as a page of the queue gives it.
fn upto(given: Given, newest: (i64, i64)) -> Result<(i64, i64), Refusal> {
    let Some(text) = given.text("upto")? else { return Ok(newest) };
    let (year, number) = text.split_once('.').ok_or(Refusal::Field("upto"))?;
    let whole = |part: &str| part.parse::<i64>().map_err(|_| Refusal::Field("upto"));
    Ok((whole(year)?, whole(number)?))
}

/// `POST /api/v1/queue/clear?desk=`
pub(super) async fn clear(state: State<Api>, pairs: Pairs, request: Request) -> Answer {
    begin(state, pairs, request, Deed::Clear).await
}

/// `POST /api/v1/queue/confirm?desk=`
pub(super) async fn confirm(state: State<Api>, pairs: Pairs, request: Request) -> Answer {
    begin(state, pairs, request, Deed::Confirm).await
}

async fn begin(State(api): State<Api>, Query(pairs): Pairs, request: Request, deed: Deed) -> Answer {
    let (head, body) = request.into_parts();
    let actor = actor(&api, &head.headers).await?;
    let body = body::json(&head.headers, body, api.options.largest_body).await?;
    let desk = asked(&pairs, "desk").ok_or(Refusal::Field("desk"))?;
    let word = if deed == Deed::Clear { "clear" } else { "confirm" };
    let route = format!("/api/v1/queue/{word}?desk={desk}");
    let once = once(&head.headers, &route, &actor.staff.bytes(), &body)?;
    let given: Asked = body::object(&body)?;
    let hotline = api.hotline()?;
    let newest = hotline.newest_number(&actor, desk).await?;
    let choice = match (given.fold.text("fold")?, given.side.flag("side")?) {
        (Some(fold), None) if given.cases.is_empty() => {
            let head = fold.parse().map_err(|_| Refusal::NotFound)?;
            Choice::Fold { head, upto: upto(given.upto, newest)? }
        }
        (None, Some(true)) if given.cases.is_empty() => Choice::Side { upto: upto(given.upto, newest)? },
        (None, None) => Choice::Cases(given.cases.iter().map(|c| (c.id, c.version)).collect()),
        _ => return Err(Refusal::Field("cases").into()),
    };
    let reason = given.reason.text("reason")?.unwrap_or_default();
    let order = Order { desk: desk.to_owned(), choice, deed, reason, once };
    json(StatusCode::OK, &came(hotline.sweep(&actor, &order).await?))
}

/// `GET /api/v1/sweeps?desk=`
pub(super) async fn list(State(api): State<Api>, Query(pairs): Pairs, request: Request) -> Answer {
    let actor = actor(&api, request.headers()).await?;
    let desk = asked(&pairs, "desk").ok_or(Refusal::Field("desk"))?;
    let all = api.hotline()?.sweeps(&actor, desk).await?;
    json(StatusCode::OK, &Acts { sweeps: all.into_iter().map(|(s, by)| act(&s, by)).collect() })
}

/// `GET /api/v1/sweeps/{id}`
pub(super) async fn open(State(api): State<Api>, Path(id): Path<String>, request: Request) -> Answer {
    let actor = actor(&api, request.headers()).await?;
    let view = api.hotline()?.sweep_view(&actor, sweep_id(&id)?).await?;
    json(StatusCode::OK, &Whole::from(view))
}

/// `POST /api/v1/sweeps/{id}/go-on`
pub(super) async fn go_on(State(api): State<Api>, Path(id): Path<String>, request: Request) -> Answer {
    let actor = actor(&api, request.headers()).await?;
    json(StatusCode::OK, &came(api.hotline()?.go_on(&actor, sweep_id(&id)?).await?))
}

/// `POST /api/v1/sweeps/{id}/undo`
pub(super) async fn undo(State(api): State<Api>, Path(id): Path<String>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let actor = actor(&api, &head.headers).await?;
    let body = body::json(&head.headers, body, api.options.largest_body).await?;
    let given: Why = body::object(&body)?;
    let reason = given.reason.text("reason")?.unwrap_or_default();
    json(StatusCode::OK, &came(api.hotline()?.undo_sweep(&actor, sweep_id(&id)?, &reason).await?))
}

/// `POST /api/v1/sweeps/{id}/review`
pub(super) async fn review(State(api): State<Api>, Path(id): Path<String>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let actor = actor(&api, &head.headers).await?;
    let body = body::json(&head.headers, body, api.options.largest_body).await?;
    let given: Looked = body::object(&body)?;
    // Which case is no secret to be told before who asks.
    let case = given.case.text("case")?.unwrap_or_default().parse().map_err(|_| Refusal::NotFound)?;
    let back = given.take_back.text("take_back")?;
    let (hotline, id) = (api.hotline()?, sweep_id(&id)?);
    hotline.review(&actor, id, case, back.as_deref()).await?;
    json(StatusCode::OK, &Whole::from(hotline.sweep_view(&actor, id).await?))
}
