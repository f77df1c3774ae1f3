//! The side queue, and what is beneath one row: many cases at a glance, cleared or confirmed at once.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::casefile::case_id;
use super::forms::Fields;
use super::labels;
use super::login::{show, show_as};
use super::member::Member;
use super::queue::{Row, address, row};
use super::shell::{Shell, encoded};
use super::stop::Stop;
use crate::kernel::id::CaseId;
use crate::service::queue::{List, Page};
use crate::service::sweep::{Choice, Deed, Order};
use crate::service::{Error, Refusal};

/// What the address may ask for.
#[derive(Deserialize)]
pub(super) struct Ask {
    after: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "console/aside.html")]
struct AsidePage {
    shell: Shell,
    form: String,
    once: String,
    title: String,
    about: String,
    back: String,
    sweeps: String,
    act: String,
    /// The row that leads, for what is beneath one.
    head: Option<Row>,
    rows: Vec<Row>,
    total: i64,
    upto: String,
    tips: bool,
    next: Option<String>,
    reason: String,
    message: Option<String>,
}

/// Which of the two pages.
enum Of {
    Side,
    Fold(CaseId),
}

pub(super) async fn side(
    member: Member,
    Path(desk): Path<String>,
    Query(ask): Query<Ask>,
) -> Result<Response, Stop> {
    let page = member.hotline.list(&member.actor, &desk, List::Side, ask.after.as_deref()).await?;
    show(&build(&member, &page, &Of::Side, ask.done.as_deref()).await?)
}

pub(super) async fn fold(
    member: Member,
    Path(id): Path<String>,
    Query(ask): Query<Ask>,
) -> Result<Response, Stop> {
    let head = case_id(&id)?;
    let desk = desk_of(&member, head).await?;
    let page = member.hotline.list(&member.actor, &desk, List::Fold(head), ask.after.as_deref()).await?;
    show(&build(&member, &page, &Of::Fold(head), ask.done.as_deref()).await?)
}

/// The desk of a case by name, for members who hold its key.
async fn desk_of(member: &Member, case: CaseId) -> Result<String, Stop> {
    Ok(member.hotline.row_of(&member.actor, case).await?.0)
}

async fn build(member: &Member, page: &Page, of: &Of, done: Option<&str>) -> Result<AsidePage, Stop> {
    let (t, now) = (member.t, member.now());
    let desk = labels::word(t, "desk", &page.desk_name);
    let queue = address(&page.desk_name);
    let (title, about, here, head, total) = match of {
        Of::Side => (
            t.fill("flood.side_title", "desk", &desk),
            t.say("flood.side_about"),
            format!("{queue}/side"),
            None,
            page.side,
        ),
        Of::Fold(id) => {
            let (_, line) = member.hotline.row_of(&member.actor, *id).await?;
            let total = line.copies + 1;
            let here = format!("/console/folds/{id}");
            let head = Some(row(member, &line, now));
            (t.fill("flood.fold_title", "n", total), t.say("flood.fold_about"), here, head, total)
        }
    };
    let kind = member.hotline.world().desk(page.desk).map(|d| d.kind);
    Ok(AsidePage {
        shell: member.shell().after(done),
        form: member.form.clone(),
        once: member.hotline.once_token()?,
        title,
        about,
        sweeps: format!("{queue}/sweeps"),
        act: here.clone(),
        back: queue,
        head,
        rows: page.cases.iter().map(|line| row(member, line, now)).collect(),
        total,
        upto: format!("{}.{}", page.upto.0, page.upto.1),
        tips: kind.is_some_and(crate::domain::lane::Kind::is_tip),
        next: page.next.as_ref().map(|after| format!("{here}?after={after}")),
        reason: String::new(),
        message: None,
    })
}

/// A bulk act on the side queue, or on what was ticked in it.
pub(super) async fn sweep_side(
    member: Member,
    Path(desk): Path<String>,
    fields: Fields,
) -> Result<Response, Stop> {
    let choice = match fields.get("which") {
        "all" => Choice::Side { upto: upto(&fields)? },
        _ => Choice::Cases(fields.ticked("case").iter().filter_map(|c| ticked(c)).collect()),
    };
    sweep(&member, (desk, Of::Side), choice, &fields).await
}

/// A bulk act on a row and all beneath it.
pub(super) async fn sweep_fold(
    member: Member,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Stop> {
    let head = case_id(&id)?;
    let desk = desk_of(&member, head).await?;
    let choice = Choice::Fold { head, upto: upto(&fields)? };
    sweep(&member, (desk, Of::Fold(head)), choice, &fields).await
}

async fn sweep(
    member: &Member,
    (desk, of): (String, Of),
    choice: Choice,
    fields: &Fields,
) -> Result<Response, Stop> {
    fields.check(member)?;
    let deed = match fields.get("do") {
        "clear" => Deed::Clear,
        "confirm" => Deed::Confirm,
        _ => return Err(Refusal::Field("do").into()),
    };
    let once = Some(fields.once(&format!("console/sweep/{desk}"), member)?);
    let order = Order { desk: desk.clone(), choice, deed, reason: fields.text("reason"), once };
    match member.hotline.sweep(&member.actor, &order).await {
        Ok(progress) => {
            let (passed, apart) = (progress.passed, progress.apart);
            let to = format!("/console/sweeps/{}?passed={passed}&apart={apart}", progress.sweep);
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Refused(refusal @ (Refusal::NoReason | Refusal::Field("cases")))) => {
            let list = if let Of::Fold(head) = of { List::Fold(head) } else { List::Side };
            let page = member.hotline.list(&member.actor, &desk, list, None).await?;
            let key = if refusal == Refusal::NoReason { "error.no_reason" } else { "flood.none_ticked" };
            let built = build(member, &page, &of, None).await?;
            let again =
                AsidePage { reason: fields.text("reason"), message: Some(member.t.say(key)), ..built };
            show_as(refusal.status(), &again)
        }
        Err(e) => Err(e.into()),
    }
}

fn upto(fields: &Fields) -> Result<(i64, i64), Refusal> {
    let bad = Refusal::Field("upto");
    let (year, number) = fields.get("upto").split_once('.').ok_or_else(|| bad.clone())?;
    Ok((year.parse().map_err(|_| bad.clone())?, number.parse().map_err(|_| bad)?))
}

/// A ticked case: `ID.VERSION`.
fn ticked(value: &str) -> Option<(CaseId, i64)> {
    let (id, version) = value.split_once('.')?;
    Some((id.parse().ok()?, version.parse().ok()?))
}

/// The address of what is beneath a row.
pub(super) fn fold_address(case: CaseId) -> String {
    format!("/console/folds/{}", encoded(&case.to_string()))
}
