//! Bulk acts afterwards: how far each came, what another person is to look at, and the way back.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::casefile::case_id;
use super::forms::Fields;
use super::labels;
use super::login::{show, show_as};
use super::member::Member;
use super::moments::When;
use super::queue::{Row, address, row};
use super::shell::Shell;
use super::stop::Stop;
use crate::kernel::id::SweepId;
use crate::service::sweep::SweepView;
use crate::service::{Error, Refusal};

#[derive(Template)]
#[template(path = "console/sweeps.html")]
struct ListPage {
    shell: Shell,
    desk: String,
    back: String,
    acts: Vec<Act>,
}

/// One bulk act in the list.
struct Act {
    href: String,
    what: String,
    by: String,
    begun: When,
    done: i64,
    undone: i64,
    ended: bool,
}

#[derive(Template)]
#[template(path = "console/sweep.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, one line of the page each")]
struct SweepPage {
    shell: Shell,
    form: String,
    here: String,
    back: String,
    list: String,
    what: String,
    by: String,
    begun: When,
    reason: Option<String>,
    done: i64,
    undone: i64,
    passed: i64,
    apart: i64,
    ended: bool,
    clears: bool,
    may_go_on: bool,
    may_review: bool,
    sample: i64,
    reviewed: i64,
    drawn: Vec<Drawn>,
    seed: String,
    message: Option<String>,
}

/// A case of the sample.
struct Drawn {
    row: Row,
    id: String,
    undone: bool,
    reviewer: Option<String>,
}

/// What the address may tell.
#[derive(Deserialize)]
pub(super) struct Ask {
    passed: Option<i64>,
    apart: Option<i64>,
    done: Option<String>,
}

fn sweep_id(text: &str) -> Result<SweepId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}

fn word(member: &Member, clears: bool) -> String {
    member.t.say(if clears { "flood.act_clear" } else { "flood.act_confirm" })
}

pub(super) async fn list(member: Member, Path(desk): Path<String>) -> Result<Response, Stop> {
    let all = member.hotline.sweeps(&member.actor, &desk).await?;
    let (t, now) = (member.t, member.now());
    let acts = all
        .into_iter()
        .map(|(s, by)| Act {
            href: format!("/console/sweeps/{}", s.id),
            what: word(&member, s.clears),
            by,
            begun: When::new(t, s.begun, now),
            done: s.done,
            undone: s.undone,
            ended: s.ended,
        })
        .collect();
    let name = labels::word(t, "desk", &desk);
    show(&ListPage { shell: member.shell(), desk: name, back: address(&desk), acts })
}

pub(super) async fn page(
    member: Member,
    Path(id): Path<String>,
    Query(ask): Query<Ask>,
) -> Result<Response, Stop> {
    let view = member.hotline.sweep_view(&member.actor, sweep_id(&id)?).await?;
    let mut page = build(&member, view, ask.done.as_deref());
    (page.passed, page.apart) = (ask.passed.unwrap_or(0), ask.apart.unwrap_or(0));
    show(&page)
}

fn build(member: &Member, view: SweepView, done: Option<&str>) -> SweepPage {
    let (t, now) = (member.t, member.now());
    let drawn = view
        .drawn
        .into_iter()
        .map(|d| Drawn {
            id: d.line.case.id.to_string(),
            row: row(member, &d.line, now),
            undone: d.undone,
            reviewer: d.reviewer,
        })
        .collect();
    let s = view.sweep;
    SweepPage {
        shell: member.shell().after(done),
        form: member.form.clone(),
        here: format!("/console/sweeps/{}", s.id),
        back: address(&view.desk),
        list: format!("{}/sweeps", address(&view.desk)),
        what: word(member, s.clears),
        by: view.by,
        begun: When::new(t, s.begun, now),
        reason: view.reason,
        done: s.done,
        undone: s.undone,
        passed: 0,
        apart: 0,
        ended: s.ended,
        clears: s.clears,
        may_go_on: view.may_go_on,
        may_review: view.may_review,
        sample: view.sample,
        reviewed: view.reviewed,
        drawn,
        seed: data_encoding::HEXLOWER.encode(&s.seed),
        message: None,
    }
}

/// Goes on, takes back, or notes that somebody else has looked.
pub(super) async fn act(
    member: Member,
    Path((id, act)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Stop> {
    fields.check(&member)?;
    let id = sweep_id(&id)?;
    let (hotline, actor) = (&member.hotline, &member.actor);
    let done = match act.as_str() {
        "go-on" => hotline.go_on(actor, id).await.map(|p| format!("passed={}&apart={}", p.passed, p.apart)),
        "undo" => {
            let reason = fields.text("reason");
            hotline.undo_sweep(actor, id, &reason).await.map(|p| format!("passed={}", p.passed))
        }
        "review" => {
            let case = case_id(fields.get("case"))?;
            let reason = fields.text("reason");
            let back = (fields.get("do") == "back").then_some(reason.as_str());
            hotline.review(actor, id, case, back).await.map(|()| "done=reviewed".to_owned())
        }
        _ => Err(Refusal::NotFound.into()),
    };
    match done {
        Ok(query) => Ok(Redirect::to(&format!("/console/sweeps/{id}?{query}")).into_response()),
        Err(Error::Refused(Refusal::NoReason)) => {
            let view = hotline.sweep_view(actor, id).await?;
            let mut page = build(&member, view, None);
            page.message = Some(member.t.say("error.no_reason"));
            show_as(Refusal::NoReason.status(), &page)
        }
        Err(e) => Err(e.into()),
    }
}
