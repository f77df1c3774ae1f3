//! The queue of a desk, and the most urgent case of it.

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Serialize;

use super::body;
use super::caller::{actor, once, unless_twin};
use super::render::{ClaimedCase, Moment, json};
use super::{Answer, Api};
use crate::domain::case::Aside;
use crate::domain::document::Summary;
use crate::domain::state::State as CaseState;
use crate::service::Refusal;
use crate::service::queue::{Line, List};

pub(super) type Pairs = Query<Vec<(String, String)>>;

#[derive(Serialize)]
struct Page {
    cases: Vec<QueueLine>,
    next: Option<String>,
    side: i64,
    folded: i64,
    upto: String,
}

/// A case in a list.
#[derive(Serialize)]
pub(super) struct QueueLine {
    id: String,
    version: i64,
    number: String,
    state: &'static str,
    priority: u8,
    received_at: Moment,
    due: Option<Moment>,
    claimed_by: Option<String>,
    claimed_until: Option<Moment>,
    unread: i64,
    aside: &'static str,
    copies: i64,
    summary: Option<Short>,
}

#[derive(Serialize)]
struct Short {
    line: String,
    categories: Vec<String>,
    tags: Vec<String>,
    commune: Option<String>,
    crisis: Option<String>,
    channel: String,
}

impl From<Summary> for Short {
    fn from(s: Summary) -> Self {
        let Summary { line, at: _, categories, tags, commune, crisis, channel } = s;
        Self { line, categories, tags, commune, crisis, channel }
    }
}

impl From<Line> for QueueLine {
    fn from(Line { case, summary, holder, copies }: Line) -> Self {
        let held = holder.is_some();
        Self {
            id: case.id.to_string(),
            version: case.version,
            number: case.number.to_string(),
            state: case.state.code(),
            priority: case.priority.level(),
            received_at: Moment(summary.as_ref().map_or(case.received_hour, |s| s.at)),
            due: case.due.map(Moment),
            claimed_by: holder,
            claimed_until: case.hold.filter(|_| held).map(|h| Moment(h.until)),
            unread: case.unread,
            aside: match case.aside {
                Aside::Main => "main",
                Aside::Side => "side",
                Aside::Folded(_) => "folded",
            },
            copies,
            summary: summary.map(Short::from),
        }
    }
}

/// The value of a query parameter; an empty one counts as not given.
pub(super) fn asked<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
}

/// Which list the parameters ask for.
fn list(pairs: &[(String, String)]) -> Result<List, Refusal> {
    match (asked(pairs, "state"), asked(pairs, "side"), asked(pairs, "fold")) {
        (None, None, None) => Ok(List::Main),
        (Some(state), None, None) => {
            CaseState::parse(state).map(List::State).map_err(|_| Refusal::Field("state"))
        }
        (None, Some("true"), None) => Ok(List::Side),
        (None, None, Some(head)) => head.parse().map(List::Fold).map_err(|_| Refusal::NotFound),
        _ => Err(Refusal::Field("side")),
    }
}

/// `GET /api/v1/queue?desk=&state=&side=&fold=&after=`
pub(super) async fn page(State(api): State<Api>, Query(pairs): Pairs, request: Request) -> Answer {
    let actor = actor(&api, request.headers()).await?;
    let desk = asked(&pairs, "desk").ok_or(Refusal::Field("desk"))?;
    let page = api.hotline()?.list(&actor, desk, list(&pairs)?, asked(&pairs, "after")).await?;
    let cases = page.cases.into_iter().map(QueueLine::from).collect();
    let upto = format!("{}.{}", page.upto.0, page.upto.1);
    json(StatusCode::OK, &Page { cases, next: page.next, side: page.side, folded: page.folded, upto })
}

/// `POST /api/v1/queue/next?desk=`
pub(super) async fn next(State(api): State<Api>, Query(pairs): Pairs, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let actor = actor(&api, &head.headers).await?;
    let body = body::whole(body, api.options.largest_body).await?;
    let desk = asked(&pairs, "desk").ok_or(Refusal::Field("desk"))?;
    let route = format!("/api/v1/queue/next?desk={desk}");
    let once = once(&head.headers, &route, &actor.staff.bytes(), &body)?;
    let hotline = api.hotline()?;
    let ask = || hotline.next_case(&actor, desk, once.clone());
    match unless_twin(once.is_some(), ask).await? {
        Some(claimed) => json(StatusCode::OK, &ClaimedCase::from(claimed)),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
