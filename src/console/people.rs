//! Who is there, and adding somebody: the administrator adds roles without a desk, a lead the members of the
//! desk. Whoever adds signs; nobody can add across that line.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};

use super::forms::Fields;
use super::labels;
use super::login::{After, show, show_as};
use super::member::Member;
use super::shell::{Shell, role};
use super::stop::Stop;
use crate::domain::policy::Role;
use crate::service::people::NewStaff;
use crate::service::{Error, Refusal};

#[derive(Template)]
#[template(path = "console/people.html")]
struct PeoplePage {
    shell: Shell,
    form: String,
    people: Vec<Person>,
    /// Word and label of what can be chosen: roles for the administrator, desks for a lead.
    choices: Vec<(String, String)>,
    team: bool,
    draft: Draft,
    below: Below,
}

/// The form for a desk below one's own, as typed.
#[derive(Default)]
pub(super) struct Below {
    pub(super) name: String,
    pub(super) parent: String,
    pub(super) lead: String,
    pub(super) password: String,
    pub(super) error: Option<String>,
}

struct Person {
    login: String,
    name: String,
    role: String,
    desks: String,
    starting_password: bool,
}

/// What was typed, when it could not be taken.
#[derive(Default)]
struct Draft {
    login: String,
    name: String,
    choice: String,
    password: String,
    error: Option<String>,
}

pub(super) async fn page(member: Member, Query(after): Query<After>) -> Result<Response, Stop> {
    show(&people(&member, after.done.as_deref(), Draft::default()).await?)
}

pub(super) async fn team(member: Member, Query(after): Query<After>) -> Result<Response, Stop> {
    show(&led(&member, after.done.as_deref(), Draft::default(), Below::default())?)
}

/// The administrator's page.
async fn people(member: &Member, done: Option<&str>, draft: Draft) -> Result<PeoplePage, Stop> {
    let t = member.t;
    let lines = member.hotline.people(&member.actor).await?;
    let people = lines
        .into_iter()
        .map(|line| Person {
            login: line.login,
            name: line.name,
            role: role(t, line.role),
            desks: line.desks.iter().map(|d| labels::word(t, "desk", d)).collect::<Vec<_>>().join(", "),
            starting_password: line.starting_password,
        })
        .collect();
    let free = Role::ALL.into_iter().filter(|r| !r.needs_desk());
    let choices = free.map(|r| (r.as_str().to_owned(), role(t, r))).collect();
    frame(member, done, PeoplePage { people, choices, ..empty(member, false, draft) })
}

/// A lead's page; for all others it is not allowed.
fn led(member: &Member, done: Option<&str>, draft: Draft, below: Below) -> Result<PeoplePage, Stop> {
    let desks = member.led();
    if desks.is_empty() {
        return Err(Refusal::NotAllowed.into());
    }
    let choices =
        desks.into_iter().map(|d| (d.name.clone(), labels::word(member.t, "desk", &d.name))).collect();
    frame(member, done, PeoplePage { choices, below, ..empty(member, true, draft) })
}

fn empty(member: &Member, team: bool, draft: Draft) -> PeoplePage {
    let (shell, form) = (member.shell(), member.form.clone());
    let (people, choices) = (Vec::new(), Vec::new());
    PeoplePage { shell, form, people, choices, team, draft, below: Below::default() }
}

/// Proposes a strong starting phrase unless one was typed.
fn frame(member: &Member, done: Option<&str>, mut page: PeoplePage) -> Result<PeoplePage, Stop> {
    page.shell = page.shell.after(done);
    if page.draft.password.is_empty() {
        page.draft.password.clone_from(member.hotline.propose_phrase()?.expose());
    }
    if page.team && page.below.password.is_empty() {
        page.below.password.clone_from(member.hotline.propose_phrase()?.expose());
    }
    Ok(page)
}

pub(super) async fn add(member: Member, mut fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    let role = Role::parse(fields.get("choice")).ok_or(Refusal::Field("role"))?;
    match enrol(&member, role, None, &mut fields).await? {
        None => Ok(Redirect::to("/console/people?done=added").into_response()),
        Some((status, draft)) => show_as(status, &people(&member, None, draft).await?),
    }
}

pub(super) async fn add_to_team(member: Member, mut fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    // Not a desk one leads: the same answer as for a desk that is not there.
    let desk = member.led().into_iter().find(|d| d.name == fields.get("choice"));
    let desk = desk.ok_or(Refusal::NotAllowed)?;
    match enrol(&member, Role::working(desk.kind), Some(desk.name), &mut fields).await? {
        None => Ok(Redirect::to("/console/team?done=added").into_response()),
        Some((status, draft)) => show_as(status, &led(&member, None, draft, Below::default())?),
    }
}

/// A lead's page once more, with the desk that could not be added.
pub(super) fn with_below(member: &Member, status: u16, below: Below) -> Result<Response, Stop> {
    show_as(status, &led(member, None, Draft::default(), below)?)
}

/// Adds somebody; what cannot be taken comes back with the status and what was typed.
async fn enrol(
    member: &Member,
    role: Role,
    desk: Option<String>,
    fields: &mut Fields,
) -> Result<Option<(u16, Draft)>, Stop> {
    let (login, choice) = (fields.trimmed("login"), fields.get("choice").to_owned());
    let typed = fields.trimmed("name");
    let name = if typed.is_empty() { login.clone() } else { typed };
    let password = fields.secret("password");
    let mut draft = Draft { login, name, choice, password: password.expose().clone(), error: None };
    let new = NewStaff { login: draft.login.clone(), name: draft.name.clone(), role, desk };
    match member.hotline.add_staff(&member.actor, new, password).await {
        Ok(_) => Ok(None),
        Err(Error::Refused(refusal @ (Refusal::Taken | Refusal::Field(_)))) => {
            let key = if refusal == Refusal::Taken { "error.taken" } else { "people.bad_field" };
            draft.error = Some(member.t.say(key));
            Ok(Some((refusal.status(), draft)))
        }
        Err(e) => Err(e.into()),
    }
}
