//! What the reconciler found, as tasks for supervisors and administrators: what it means, what to do, who looks
//! after it. Ids only; nothing here opens anything.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};

use super::forms::Fields;
use super::login::{After, show};
use super::member::Member;
use super::moments::When;
use super::shell::Shell;
use super::stop::Stop;
use super::words::Words;
use crate::domain::finding::FindingKind;
use crate::kernel::Timestamp;
use crate::service::findings::Task;
use crate::service::{Error, Refusal};

#[derive(Template)]
#[template(path = "console/findings.html")]
struct FindingsPage {
    shell: Shell,
    form: String,
    rows: Vec<Row>,
    /// When the books were last compared.
    compared: Option<When>,
    said: Option<String>,
}

struct Row {
    kind: &'static str,
    object: String,
    what: String,
    remedy: String,
    seen: When,
    last: When,
    gone: Option<When>,
    /// The name, and since when.
    by: Option<(String, When)>,
}

pub(super) async fn page(member: Member, Query(after): Query<After>) -> Result<Response, Stop> {
    let tasks = member.hotline.findings(&member.actor).await?;
    let last = member.hotline.last_round().await?;
    let (t, now) = (member.t, member.now());
    let said = (after.done.as_deref() == Some("taken")).then(|| t.say("findings.done"));
    show(&FindingsPage {
        shell: member.shell(),
        form: member.form.clone(),
        rows: tasks.into_iter().map(|task| row(t, task, now)).collect(),
        compared: last.map(|l| When::new(t, l.at, now)),
        said,
    })
}

fn row(t: Words, Task { finding, by }: Task, now: Timestamp) -> Row {
    let when = |at: Timestamp| When::new(t, at, now);
    let kind = finding.kind;
    Row {
        kind: kind.as_str(),
        what: t.say(&format!("finding.{}", kind.as_str())),
        remedy: t.say(&format!("finding_remedy.{}", kind.remedy().as_str())),
        object: finding.object,
        seen: when(finding.first_seen),
        last: when(finding.last_seen),
        gone: finding.gone.map(when),
        by: finding.acknowledged.map(|(_, at)| (by.unwrap_or_default(), when(at))),
    }
}

/// A named person looks after a finding. Where somebody was faster, the page shows who.
pub(super) async fn acknowledge(member: Member, fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    let kind = FindingKind::parse(fields.get("kind")).ok_or(Refusal::NotFound)?;
    let object = fields.get("object").to_owned();
    let page = match member.hotline.acknowledge_finding(&member.actor, kind, object).await {
        Ok(()) => "/console/findings?done=taken",
        Err(Error::Refused(Refusal::NotFound)) => "/console/findings",
        Err(e) => return Err(e.into()),
    };
    Ok(Redirect::to(page).into_response())
}
