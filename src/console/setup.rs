//! The set-up page behind the one-time link. Wrong link, no set-up pending, set up already: one answer, 404.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::forms::Fields;
use super::labels;
use super::login::{show, show_as};
use super::recovery::handed_over;
use super::shell::Shell;
use super::stop::Stop;
use super::words::Words;
use super::{Console, SetUpDoor};
use crate::domain::lane::Kind;
use crate::kernel::{Entropy, Secret};
use crate::service::setup::Request;
use crate::service::{Error, Fault, Refusal};
use crate::vault::{generate_phrase, same};

#[derive(Template)]
#[template(path = "console/setup.html")]
struct SetupPage {
    shell: Shell,
    here: String,
    provinces: Vec<(&'static str, &'static str)>,
    draft: Draft,
}

/// What was typed, or what is proposed at first.
struct Draft {
    province: String,
    name: String,
    people: Vec<Seat>,
    error: Option<String>,
}

/// One of the first members.
struct Seat {
    /// `admin` or the kind of the desk; the form's fields begin with it.
    field: &'static str,
    label: String,
    about: String,
    optional: bool,
    login: String,
    password: String,
}

/// The seats of the form: the administrator and each desk's lead.
const SEATS: [&str; 4] = ["admin", "tips", "counselling", "oversight"];

/// The door, if this is the link to it and it is still open.
fn door(console: &Console, token: &str) -> Result<Arc<SetUpDoor>, Stop> {
    let door = console.options.setup.as_ref();
    let right = door.filter(|d| same(d.token.expose().as_bytes(), token.as_bytes()));
    // Looked at after the comparison, so that neither answer comes sooner.
    let open = console.gate.hotline().is_err();
    Ok(Arc::clone(right.filter(|_| open).ok_or(Refusal::NotFound)?))
}

pub(super) async fn page(
    State(console): State<Console>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    door(&console, &token)?;
    let t = Words::of(&headers);
    show(&form(
        t,
        &token,
        Draft { province: String::new(), name: String::new(), people: seats(t, None)?, error: None },
    ))
}

fn form(t: Words, token: &str, draft: Draft) -> SetupPage {
    SetupPage {
        shell: Shell::outside(t),
        here: format!("/console/setup/{token}"),
        provinces: labels::provinces().collect(),
        draft,
    }
}

/// The seats with what was typed; without a form, with a strong phrase for each.
fn seats(t: Words, fields: Option<&Fields>) -> Result<Vec<Seat>, Stop> {
    SEATS
        .into_iter()
        .map(|field| {
            let optional = field == "oversight";
            let (login, password) = match fields {
                Some(f) => {
                    (f.trimmed(&format!("{field}_login")), f.get(&format!("{field}_password")).to_owned())
                }
                None => {
                    (String::new(), generate_phrase(&Entropy::System).map_err(Error::from)?.expose().clone())
                }
            };
            Ok(Seat {
                label: t.say(&format!("setup.{field}")),
                about: t.say(&format!("setup.{field}_about")),
                field,
                optional,
                login,
                password,
            })
        })
        .collect()
}

pub(super) async fn set_up(
    State(console): State<Console>,
    Path(token): Path<String>,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Response, Stop> {
    let door = door(&console, &token)?;
    let t = Words::of(&headers);
    let draft = Draft {
        province: fields.trimmed("province"),
        name: fields.trimmed("name"),
        people: seats(t, Some(&fields))?,
        error: None,
    };
    let request = request(&draft, &mut fields);
    if draft.name.is_empty() {
        return refused(t, &token, draft, &Refusal::Field("name"));
    }
    // A task of its own: a browser that goes away must not leave the installation half open.
    let made = tokio::spawn(async move { door.doing.set_up(request).await }).await;
    match made.map_err(|e| Error::from(Fault::new(e)))? {
        Ok(made) => show(&handed_over(t, &made)),
        Err(Error::Refused(Refusal::AlreadySetUp)) => Err(Refusal::NotFound.into()),
        Err(Error::Refused(refusal)) => refused(t, &token, draft, &refusal),
        Err(e) => Err(e.into()),
    }
}

fn refused(t: Words, token: &str, mut draft: Draft, refusal: &Refusal) -> Result<Response, Stop> {
    let key = match refusal {
        Refusal::Field("province") => "setup.bad_province",
        Refusal::Field("name") => "setup.bad_name",
        Refusal::Field("login") => "setup.bad_login",
        Refusal::Field("password") => "setup.bad_password",
        Refusal::Field(_) => "setup.bad_lead",
        Refusal::Taken => "setup.same_login",
        _ => "error.bad_field",
    };
    draft.error = Some(t.say(key));
    show_as(refusal.status(), &form(t, token, draft))
}

/// What the service is asked for. A lead without a login is a desk that is not wanted.
fn request(draft: &Draft, fields: &mut Fields) -> Request {
    let mut taken = |field: &str| {
        let login = draft.people.iter().find(|s| s.field == field).map(|s| s.login.clone());
        (login.unwrap_or_default(), fields.secret(&format!("{field}_password")))
    };
    let admin = taken("admin");
    let leads = Kind::ALL
        .into_iter()
        .map(|kind| (kind, taken(kind.as_str())))
        .filter(|(kind, (login, _))| *kind != Kind::Oversight || !login.is_empty())
        .map(|(kind, (login, password)): (Kind, (String, Secret<String>))| (kind, login, password))
        .collect();
    Request { province: draft.province.clone(), name: draft.name.clone(), admin, leads }
}
