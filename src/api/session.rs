//! Logging in and out. The token is handed over once; `Idempotency-Key` is not honoured here, so that no login
//! is ever kept to be answered again.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};

use super::body::{self, Given};
use super::caller::actor;
use super::render::{Moment, json};
use super::{Answer, Api};
use crate::kernel::Secret;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credentials {
    login: Given,
    password: Given,
}

#[derive(Serialize)]
struct Opened<'a> {
    token: &'a str,
    expires_at: Moment,
}

/// `POST /api/v1/staff/session`
pub(super) async fn open(State(api): State<Api>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let body = body::json(&head.headers, body, api.options.largest_body).await?;
    let given: Credentials = body::object(&body)?;
    let login = given.login.needed("login")?;
    let password = Secret::new(given.password.needed("password")?);
    let session = api.hotline()?.log_in(&login, password).await?;
    let opened = Opened { token: session.token.expose(), expires_at: Moment(session.expires_at) };
    json(StatusCode::CREATED, &opened)
}

/// `DELETE /api/v1/staff/session`
pub(super) async fn close(State(api): State<Api>, request: Request) -> Answer {
    let actor = actor(&api, request.headers()).await?;
    api.hotline()?.log_out(&actor).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
