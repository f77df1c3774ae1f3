//! Alarms that nobody has answered: what waits, who was called, and the button with which a named person ends one.
//! The button acknowledges the cases that the page shows and no others: what came meanwhile still calls.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::forms::Fields;
use super::labels;
use super::login::show;
use super::member::Member;
use super::moments::{Due, When};
use super::shell::Shell;
use super::stop::Stop;
use super::words::Words;
use crate::domain::callback::{Row as Callback, Standing};
use crate::domain::case::Case;
use crate::kernel::Timestamp;
use crate::kernel::id::{CallbackId, CaseId, RowId};
use crate::service::Refusal;
use crate::service::alarms::AlarmLine;
use crate::store::alarms::Cause;

#[derive(Template)]
#[template(path = "console/alarms.html")]
struct AlarmsPage {
    shell: Shell,
    form: String,
    alarms: Vec<Alarm>,
    loaded: When,
}

/// So many cases of an alarm stand open on the page, the rest beneath a line: the next alarm must not be out of sight.
const FIRST: usize = 6;

/// An alarm on the page.
struct Alarm {
    id: String,
    title: String,
    urgency: u8,
    urgency_word: String,
    raised: When,
    next: String,
    amount: i64,
    cases: Vec<Row>,
    /// Call-backs: where the case is, and the hour in words.
    callbacks: Vec<(String, String)>,
    /// The ids of the call-backs that are shown.
    shown_calls: String,
    /// The ids of the cases that are shown, as the button sends them.
    shown: String,
    calls: Vec<String>,
    may_end: bool,
}

/// A case of an alarm.
struct Row {
    href: String,
    number: String,
    urgency: u8,
    urgency_word: String,
    state: String,
    due: Option<Due>,
}

/// What the page's address may say.
#[derive(Deserialize)]
pub(super) struct Ask {
    done: Option<String>,
}

pub(super) async fn page(member: Member, Query(ask): Query<Ask>) -> Result<Response, Stop> {
    let (t, now) = (member.t, member.now());
    let lines = member.hotline.alarms(&member.actor).await?;
    show(&AlarmsPage {
        shell: member.shell().after(ask.done.as_deref()),
        form: member.form.clone(),
        alarms: lines.iter().map(|line| alarm(&member, line, now)).collect(),
        loaded: When::new(t, now, now),
    })
}

fn alarm(member: &Member, line: &AlarmLine, now: Timestamp) -> Alarm {
    let t = member.t;
    let desk = line.desk.as_deref().map_or_else(|| t.say("alarms.system"), |d| labels::word(t, "desk", d));
    let about = match line.cause {
        Cause::Case => t.say("alarms.case"),
        Cause::Clock => t.say("alarms.clock"),
        Cause::System => labels::word(t, "alarms.finding", line.finding.as_deref().unwrap_or_default()),
    };
    let call = |c: &crate::service::alarms::Called| {
        let way = labels::word(t, "alarms.way", &c.way);
        let state = labels::word(t, "alarms.call", &c.state);
        format!("{}. {}: {way}, {state}", c.step, c.person)
    };
    let ids: Vec<String> = line.cases.iter().map(|c| c.id.to_string()).collect();
    Alarm {
        id: line.id.to_string(),
        title: format!("{desk}: {about}"),
        urgency: line.urgency,
        urgency_word: t.say(&format!("urgency.{}", line.urgency)),
        raised: When::new(t, line.raised, now),
        next: if line.next > now { t.until(line.next, now) } else { t.say("alarms.now") },
        amount: line.amount,
        cases: line.cases.iter().map(|case| row(t, case, now)).collect(),
        callbacks: line.callbacks.iter().map(|c| callback(member, c)).collect(),
        shown_calls: line.callbacks.iter().map(|c| c.id.to_string()).collect::<Vec<_>>().join(" "),
        shown: ids.join(" "),
        calls: line.calls.iter().map(call).collect(),
        may_end: line.may_end,
    }
}

/// A call-back that nobody took, or that was withdrawn after it had called.
fn callback(member: &Member, row: &Callback) -> (String, String) {
    let said = match row.standing {
        Standing::Open => {
            member.t.fill("callback.desk.at", "slot", super::callback::fields::appointment(member, row.slot))
        }
        other => member.t.say(&format!("callback.standing.{}", other.as_str())),
    };
    (format!("/console/cases/{}#callback", row.case), said)
}

fn row(t: Words, case: &Case, now: Timestamp) -> Row {
    Row {
        href: format!("/console/cases/{}", case.id),
        number: case.number.to_string(),
        urgency: case.priority.level(),
        urgency_word: t.say(&format!("urgency.{}", case.priority.level())),
        state: labels::state(t, case.state),
        due: case.due.map(|due| Due::new(t, due, case.received_hour, now)),
    }
}

/// Ends what was shown of an alarm, by the member who presses the button.
pub(super) async fn end(member: Member, Path(id): Path<String>, fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    let id: RowId = id.parse().map_err(|_| Refusal::NotFound)?;
    let shown: Result<Vec<CaseId>, _> = fields.get("shown").split_whitespace().map(str::parse).collect();
    let shown = shown.map_err(|_| Refusal::Field("shown"))?;
    let calls: Result<Vec<CallbackId>, _> =
        fields.get("shown_calls").split_whitespace().map(str::parse).collect();
    let calls = calls.map_err(|_| Refusal::Field("shown_calls"))?;
    if !calls.is_empty() {
        member.hotline.end_callback_alarm(&member.actor, id, &calls).await?;
    }
    // An alarm that was about call-backs alone has ended with them.
    if calls.is_empty() || !shown.is_empty() {
        member.hotline.end_alarm(&member.actor, id, &shown).await?;
    }
    Ok(Redirect::to("/console/alarms?done=acknowledge").into_response())
}
