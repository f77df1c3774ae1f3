//! Logging in and out, the password, the language of the screens, and where a member starts.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Console;
use super::forms::Fields;
use super::member::{Member, bear, drop_session};
use super::shell::{Shell, encoded};
use super::stop::Stop;
use super::words::{LANGUAGE_COOKIE, Words};
use crate::domain::locale::Locale;
use crate::domain::policy::Act;
use crate::service::{Error, Refusal};

/// How long the chosen language is kept, in seconds: a year.
const LANGUAGE_FOR: u32 = 31_536_000;

/// What an address may say about the step before it.
#[derive(Deserialize)]
pub(super) struct After {
    pub(super) done: Option<String>,
}

#[derive(Template)]
#[template(path = "console/login.html")]
struct LoginPage {
    shell: Shell,
    login: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "console/password.html")]
struct PasswordPage {
    shell: Shell,
    form: String,
    login: String,
    proposed: String,
    error: Option<String>,
}

/// Renders a page.
pub(super) fn show(page: &impl Template) -> Result<Response, Stop> {
    Ok(Html(page.render().map_err(Stop::template)?).into_response())
}

/// Renders a page with another status than 200.
pub(super) fn show_as(status: u16, page: &impl Template) -> Result<Response, Stop> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok((status, show(page)?).into_response())
}

/// Where a member's work is.
pub(super) async fn home(member: Member) -> Redirect {
    let first = member.desks().into_iter().next();
    let to = match first {
        Some(desk) => format!("/console/queue/{}", encoded(&desk.name)),
        None if member.may(Act::Tally) => "/console/tally".to_owned(),
        None if member.may(Act::People) => "/console/people".to_owned(),
        None => "/console/password".to_owned(),
    };
    Redirect::to(&to)
}

pub(super) async fn page(State(console): State<Console>, headers: HeaderMap) -> Result<Response, Stop> {
    console.hotline()?;
    let shell = Shell::outside(Words::of(&headers));
    show(&LoginPage { shell, login: String::new(), error: None })
}

/// Logs in. A wrong name and a wrong password get one answer, after the same work.
pub(super) async fn log_in(
    State(console): State<Console>,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Response, Stop> {
    let hotline = console.hotline()?;
    let login = fields.trimmed("login");
    let error = match hotline.log_in(&login, fields.secret("password")).await {
        Ok(session) => {
            let mut response = Redirect::to("/console").into_response();
            if let Some(cookie) = bear(&session, hotline.now(), console.options.secure_cookies) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            return Ok(response);
        }
        Err(Error::Refused(refusal @ (Refusal::NotLoggedIn | Refusal::Busy))) => refusal,
        Err(e) => return Err(e.into()),
    };
    let t = Words::of(&headers);
    let message = if error == Refusal::Busy { "login.busy" } else { "login.wrong" };
    let page = LoginPage { shell: Shell::outside(t), login, error: Some(t.say(message)) };
    let mut response = show_as(error.status(), &page)?;
    if error == Refusal::Busy {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    Ok(response)
}

pub(super) async fn log_out(
    State(console): State<Console>,
    member: Member,
    fields: Fields,
) -> Result<Response, Stop> {
    fields.check(&member)?;
    member.hotline.log_out(&member.actor).await?;
    let mut response = Redirect::to("/console/login").into_response();
    if let Some(cookie) = drop_session(console.options.secure_cookies) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Keeps the language in a cookie of its own. Changes nothing else, so a link may do it.
pub(super) async fn choose_language(
    State(console): State<Console>,
    Path(code): Path<String>,
) -> Result<Response, Stop> {
    let language = Locale::parse(&code).ok_or(Refusal::NotFound)?;
    let flag = if console.options.secure_cookies { "; Secure" } else { "" };
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path=/console; Max-Age={LANGUAGE_FOR}; HttpOnly; SameSite=Lax{flag}",
        language.as_str()
    );
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/console")).into_response())
}

pub(super) async fn password_page(member: Member, Query(after): Query<After>) -> Result<Response, Stop> {
    let page = password_form(&member, after.done.as_deref(), None)?;
    show(&page)
}

fn password_form(member: &Member, done: Option<&str>, error: Option<String>) -> Result<PasswordPage, Stop> {
    Ok(PasswordPage {
        shell: member.shell().after(done),
        form: member.form.clone(),
        login: member.actor.login.clone(),
        proposed: member.hotline.propose_phrase()?.expose().clone(),
        error,
    })
}

pub(super) async fn change_password(member: Member, mut fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    let (old, new) = (fields.secret("old"), fields.secret("new"));
    let t = member.t;
    let (status, error) = match member.hotline.change_password(&member.actor, old, new).await {
        Ok(()) => return Ok(Redirect::to("/console/password?done=password").into_response()),
        // The session is good; it is the old password that is not.
        Err(Error::Refused(Refusal::NotLoggedIn)) => (422, t.say("password.wrong")),
        Err(Error::Refused(refusal @ (Refusal::WeakPassword | Refusal::Busy))) => {
            (refusal.status(), t.say(&format!("error.{}", refusal.kind())))
        }
        Err(e) => return Err(e.into()),
    };
    show_as(status, &password_form(&member, None, Some(error))?)
}
