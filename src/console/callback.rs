//! Call-backs at a counselling desk: who is to be called when, the number for the one who takes it, and how it went. The
//! program dials nothing; the number is on one page, for its hour, and no other page ever shows it.

pub(super) mod fields;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use self::fields::{Choice, Offer, Typed, appointment, moment, slots};
use super::Console;
use super::casefile::{self, case_id};
use super::forms::Fields;
use super::labels;
use super::login::show;
use super::member::Member;
use super::moments::When;
use super::queue::address;
use super::shell::{Shell, encoded};
use super::stop::Stop;
use crate::domain::callback::{Discretion, Outcome, Slot, Standing};
use crate::kernel::id::{CallbackId, CaseId};
use crate::service::callback::staff::{Line, Opened};
use crate::service::{Error, Refusal};

/// What the list's address may ask for.
#[derive(Deserialize)]
pub(super) struct Ask {
    after: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "console/callbacks.html")]
struct ListPage {
    shell: Shell,
    form: String,
    desk: String,
    back: String,
    rows: Vec<Row>,
    next: Option<String>,
    fresh: String,
    loaded: When,
}

/// A call-back as pages show it. There is no number in it.
#[expect(clippy::struct_excessive_bools, reason = "what a page offers, each by itself")]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) case: String,
    pub(super) number: String,
    pub(super) hour: String,
    /// `late`, `soon` or `fine`; the word says the same.
    pub(super) class: &'static str,
    pub(super) word: String,
    pub(super) tries: u32,
    pub(super) caller: Option<String>,
    pub(super) mine: bool,
    pub(super) may_take: bool,
    pub(super) missed: bool,
    pub(super) open: bool,
    pub(super) standing: String,
    pub(super) slots: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "console/callback.html")]
struct NumberPage {
    shell: Shell,
    form: String,
    back: String,
    case_number: String,
    id: String,
    version: i64,
    hour: String,
    number: String,
    to_who: String,
    entered_by: Option<String>,
    tried: String,
    last: bool,
    slots: Vec<Choice>,
}

/// What a case's page shows of its call-back, and the form to ask for one.
pub(super) struct Section {
    pub(super) row: Option<Row>,
    pub(super) offer: Offer,
    pub(super) may_ask: bool,
}

/// The pages of call-backs.
pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/console/callbacks/{desk}", get(list))
        .route("/console/callback/{id}/take", post(take))
        .route("/console/callback/{id}/outcome", post(outcome))
        .route("/console/cases/{id}/callback", post(enter))
}

/// The address of a desk's call-backs.
pub(super) fn list_address(desk: &str) -> String {
    format!("/console/callbacks/{}", encoded(desk))
}

async fn list(member: Member, Path(desk): Path<String>, Query(ask): Query<Ask>) -> Result<Response, Stop> {
    let page = member.hotline.callbacks(&member.actor, &desk, ask.after.as_deref()).await?;
    let here = list_address(&page.desk);
    let after = ask.after.as_ref().map_or_else(String::new, |a| format!("after={}&", encoded(a)));
    show(&ListPage {
        shell: member.shell().after(ask.done.as_deref()),
        form: member.form.clone(),
        desk: labels::word(member.t, "desk", &page.desk),
        back: address(&page.desk),
        rows: page.lines.iter().map(|line| row(&member, line)).collect(),
        next: page.next.as_ref().map(|after| format!("{here}?after={after}")),
        fresh: format!("{here}?{after}auto=1"),
        loaded: When::new(member.t, member.now(), member.now()),
    })
}

fn row(member: &Member, line: &Line) -> Row {
    let (t, now) = (member.t, member.now());
    let (slot, open) = (line.row.slot, line.row.standing == Standing::Open);
    let due = open && slot.from() <= now;
    let (class, word) = match (line.missed, due) {
        (true, _) => ("late", "callback.desk.missed"),
        (_, true) => ("soon", "callback.desk.now"),
        _ => ("fine", "callback.desk.later"),
    };
    Row {
        id: line.row.id.to_string(),
        version: line.row.version,
        case: format!("/console/cases/{}", line.case.id),
        number: line.case.number.to_string(),
        hour: appointment(member, slot),
        class,
        word: t.say(word),
        tries: line.row.tries,
        caller: line.caller.as_ref().map(|name| t.fill("callback.desk.calling", "name", name)),
        mine: line.mine,
        may_take: due && !line.missed && (line.mine || line.caller.is_none()),
        missed: line.missed,
        open,
        standing: t.say(&format!("callback.standing.{}", line.row.standing.as_str())),
        slots: if line.missed { slots(member, "") } else { Vec::new() },
    }
}

/// What the page of a counselling case shows.
pub(super) async fn section(
    member: &Member,
    case: CaseId,
    (may_ask, typed): (bool, Typed),
) -> Result<Section, Stop> {
    let line = member.hotline.callback_of_case(&member.actor, case).await?;
    Ok(Section { row: line.as_ref().map(|l| row(member, l)), offer: Offer::new(member, typed), may_ask })
}

fn callback_id(text: &str) -> Result<CallbackId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}

fn version(fields: &Fields) -> Result<i64, Refusal> {
    fields.get("version").parse().map_err(|_| Refusal::Field("version"))
}

/// Takes a call-back: the one page with its number. A form, because opening it is written down.
async fn take(member: Member, Path(id): Path<String>, fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    let (id, version) = (callback_id(&id)?, version(&fields)?);
    let opened = member.hotline.take_callback(&member.actor, id, version).await?;
    show(&number_page(&member, &opened))
}

fn number_page(member: &Member, opened: &Opened) -> NumberPage {
    let (t, rules) = (member.t, member.hotline.callback_rules());
    let (row, wanted) = (&opened.row, &opened.wanted);
    let known = wanted.say == Discretion::MaySay;
    let (n, most) = (row.tries.to_string(), rules.tries().to_string());
    let last = row.tries.saturating_add(1) >= rules.tries();
    NumberPage {
        shell: member.shell(),
        form: member.form.clone(),
        back: format!("/console/cases/{}", opened.case.id),
        case_number: opened.case.number.to_string(),
        id: row.id.to_string(),
        version: row.version,
        hour: appointment(member, row.slot),
        number: wanted.number.expose().to_owned(),
        to_who: if known {
            t.say("callback.desk.caller_known")
        } else {
            t.fill("callback.desk.caller_unknown", "name", rules.caller())
        },
        entered_by: wanted.entered_by.as_ref().map(|by| t.fill("callback.desk.entered_by", "name", by)),
        tried: t.with("callback.desk.tried", &[("n", &n), ("most", &most)]),
        last,
        slots: if last { Vec::new() } else { slots(member, "") },
    }
}

/// Says how it went.
async fn outcome(member: Member, Path(id): Path<String>, fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    let (id, version) = (callback_id(&id)?, version(&fields)?);
    let another = another(&member, &fields)?;
    let outcome = match fields.get("outcome") {
        "reached" => Outcome::Reached,
        "wrong_number" => Outcome::WrongNumber,
        "withdrawn" => Outcome::Withdrawn,
        "not_reached" => Outcome::NotReached(another),
        "missed" => Outcome::Missed(another),
        _ => return Err(Refusal::Field("outcome").into()),
    };
    let after = member.hotline.record_callback(&member.actor, (id, version), outcome).await?;
    let done = if after.standing == Standing::Open { "callback_moved" } else { "callback_forgotten" };
    Ok(Redirect::to(&format!("/console/cases/{}?done={done}", after.case)).into_response())
}

/// Another hour, if one was chosen; it must be one of those offered.
fn another(member: &Member, fields: &Fields) -> Result<Option<Slot>, Stop> {
    let typed = fields.trimmed("slot");
    if typed.is_empty() {
        return Ok(None);
    }
    let (rules, plan) = (member.hotline.callback_rules(), member.hotline.plan());
    let slot = rules.choose(plan.holidays(), member.now(), moment(&typed));
    Ok(Some(slot.map_err(Error::from)?))
}

/// Writes down that the person of a case asked to be called back. Without that word nothing is kept.
async fn enter(member: Member, Path(id): Path<String>, fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    let id = case_id(&id)?;
    let typed = Typed::read(&fields);
    if !typed.asked_for {
        // Whether there is such a case is told by the page itself.
        let said = member.t.say("callback.desk.not_asked");
        return casefile::again(&member, id, refused(Refusal::Field("callback_asked"), said, typed)).await;
    }
    match member.hotline.enter_callback(&member.actor, id, &typed.asked()).await {
        Ok(()) => Ok(Redirect::to(&format!("/console/cases/{id}?done=callback_ask")).into_response()),
        Err(Error::Refused(refusal @ Refusal::Callback(_))) => {
            let said = member.t.say(&format!("error.{}", refusal.kind()));
            casefile::again(&member, id, refused(refusal, said, typed)).await
        }
        Err(e) => Err(e.into()),
    }
}

fn refused(refusal: Refusal, message: String, callback: Typed) -> casefile::Typed {
    casefile::Typed { refused: Some(refusal), message, callback, ..casefile::Typed::default() }
}
