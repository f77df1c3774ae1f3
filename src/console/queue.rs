//! The queue of a desk: what matters most first, and at a glance what is late.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::aside::fold_address;
use super::callback;
use super::forms::Fields;
use super::labels;
use super::login::show;
use super::member::Member;
use super::moments::{Due, When};
use super::shell::{Shell, encoded};
use super::stop::Stop;
use super::words::Words;
use crate::domain::lane::Kind;
use crate::domain::ringing::Ringing;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::service::Refusal;
use crate::service::queue::{Line, Page};

/// What a queue's address may ask for.
#[derive(Deserialize)]
pub(super) struct Ask {
    state: Option<String>,
    after: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "console/queue.html")]
struct QueuePage {
    shell: Shell,
    form: String,
    once: String,
    desk: String,
    here: String,
    /// Where a call is taken down.
    call: String,
    ringing: Ringing,
    /// Where call-backs are listed, how many are due and how many were missed; none at desks that never call back.
    callbacks: Option<(String, usize, usize)>,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    late: usize,
    /// How many wait in the side queue.
    side: i64,
    next: Option<String>,
    /// Where this page asks by itself for a fresher one.
    fresh: String,
    loaded: When,
}

/// A state to filter by, with its count.
struct Filter {
    href: String,
    label: String,
    count: Option<i64>,
    chosen: bool,
}

/// A case in the table.
pub(super) struct Row {
    pub(super) href: String,
    pub(super) number: String,
    pub(super) urgency: u8,
    pub(super) urgency_word: String,
    pub(super) crisis: Option<String>,
    pub(super) state: String,
    pub(super) line: String,
    pub(super) terms: Vec<String>,
    pub(super) commune: Option<String>,
    pub(super) channel: String,
    pub(super) received: When,
    pub(super) due: Option<Due>,
    pub(super) holder: Option<String>,
    pub(super) mine: bool,
    pub(super) unread: i64,
    pub(super) unacknowledged: bool,
    pub(super) readable: bool,
    /// How many that say the same are beneath it, and where they are listed.
    pub(super) copies: i64,
    pub(super) fold: String,
    /// What names it in a form: id and version.
    pub(super) tick: String,
}

/// The address of a desk's queue.
pub(super) fn address(desk: &str) -> String {
    format!("/console/queue/{}", encoded(desk))
}

/// The first desk of a member; somebody without a desk has no queue.
pub(super) async fn first(member: Member) -> Result<Redirect, Stop> {
    let desk = member.desks().into_iter().next().ok_or(Refusal::NotAllowed)?;
    Ok(Redirect::to(&address(&desk.name)))
}

pub(super) async fn page(
    member: Member,
    Path(desk): Path<String>,
    Query(ask): Query<Ask>,
) -> Result<Response, Stop> {
    let state = ask.state.as_deref().filter(|s| !s.is_empty()).map(State::parse).transpose();
    let state = state.map_err(|_| Refusal::NotFound)?;
    let page = member.hotline.queue(&member.actor, &desk, state, ask.after.as_deref()).await?;
    let (t, now) = (member.t, member.now());
    let kind = member.hotline.call_desk(&member.actor, &page.desk_name)?;
    let here = address(&page.desk_name);
    let rows: Vec<Row> = page.cases.iter().map(|line| row(&member, line, now)).collect();
    let filter = state.map_or_else(String::new, |s| format!("state={}&", s.code()));
    let after = ask.after.as_ref().map_or_else(String::new, |a| format!("after={}&", encoded(a)));
    show(&QueuePage {
        shell: member.shell().after(ask.done.as_deref()),
        form: member.form.clone(),
        once: member.hotline.once_token()?,
        desk: labels::word(t, "desk", &page.desk_name),
        callbacks: match kind {
            Kind::Counselling => {
                let (due, missed) = member.hotline.callbacks_due(&member.actor, &page.desk_name).await?;
                Some((callback::list_address(&page.desk_name), due, missed))
            }
            Kind::Tips | Kind::Oversight => None,
        },
        ringing: member.hotline.ringing(&member.actor, &page.desk_name).await?,
        call: format!("/console/call/{}", encoded(&page.desk_name)),
        filters: filters(t, &page, state, &here),
        late: rows.iter().filter(|r| r.due.as_ref().is_some_and(|d| d.class == "late")).count(),
        rows,
        side: page.side,
        fresh: format!("{here}?{filter}{after}auto=1"),
        next: page.next.as_ref().map(|after| format!("{here}?{filter}after={after}")),
        loaded: When::new(t, now, now),
        here,
    })
}

fn filters(t: Words, page: &Page, chosen: Option<State>, here: &str) -> Vec<Filter> {
    let waiting = page.counts.iter().filter(|(s, _)| s.waits()).map(|(_, n)| n).sum();
    let mut all = vec![Filter {
        href: here.to_owned(),
        label: t.say("queue.waiting"),
        count: Some(waiting),
        chosen: chosen.is_none(),
    }];
    let mut states: Vec<State> = page.counts.iter().filter(|(_, n)| *n > 0).map(|(s, _)| *s).collect();
    states.extend(chosen.filter(|c| !states.contains(c)));
    states.sort_unstable();
    all.extend(states.into_iter().map(|s| Filter {
        href: format!("{here}?state={}", s.code()),
        label: labels::state(t, s),
        count: Some(page.counts.iter().find(|(c, _)| *c == s).map_or(0, |(_, n)| *n)),
        chosen: chosen == Some(s),
    }));
    all
}

/// A case as tables show it.
pub(super) fn row(member: &Member, line: &Line, now: Timestamp) -> Row {
    let (t, case) = (member.t, &line.case);
    let summary = line.summary.clone().unwrap_or_default();
    let readable = line.summary.is_some();
    let received = if readable { summary.at } else { case.received_hour };
    let codes = [summary.categories, summary.tags].concat();
    Row {
        href: format!("/console/cases/{}", case.id),
        number: case.number.to_string(),
        urgency: case.priority.level(),
        urgency_word: t.say(&format!("urgency.{}", case.priority.level())),
        crisis: summary.crisis.as_deref().map(|c| labels::word(t, "crisis", c)),
        state: labels::state(t, case.state),
        line: summary.line,
        terms: labels::taxonomy(t, &codes),
        commune: summary.commune.map(labels::commune),
        channel: labels::word(t, "channel", &summary.channel),
        received: When::new(t, received, now),
        due: case.due.map(|due| Due::new(t, due, received, now)),
        mine: case.held(now).is_some_and(|h| h.by == member.actor.staff),
        holder: line.holder.clone(),
        unread: case.unread,
        unacknowledged: !case.acknowledged() && case.state.waits(),
        readable,
        copies: line.copies,
        fold: fold_address(case.id),
        tick: format!("{}.{}", case.id, case.version),
    }
}

/// Takes the most urgent free case and opens it.
pub(super) async fn next(member: Member, Path(desk): Path<String>, fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    let once = fields.once(&format!("console/next/{desk}"), &member)?;
    let to = match member.hotline.next_case(&member.actor, &desk, Some(once)).await? {
        Some(claimed) => format!("/console/cases/{}?done=next", claimed.id),
        None => format!("{}?done=none", address(&desk)),
    };
    Ok(Redirect::to(&to).into_response())
}
