//! What went wrong, as a problem document (RFC 9457) in the reader's language.
//!
//! Handlers return a [`Failure`]; it travels as an extension of the bare response, and [`tell`], which has seen
//! the request, puts it into words. So a failure is told alike wherever it arose.

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::render::moment;
use super::say::{language, say};
use crate::domain::callback::Refused;
use crate::domain::locale::Locale;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::service::{Error, Fault, Refusal};
use crate::web::log_fault;

/// Why a request has no other answer.
#[derive(Clone)]
pub(super) enum Failure {
    /// The service refused.
    Refused(Refusal),
    /// Ours.
    Fault(Fault),
    /// Nobody showed credentials of this scheme.
    Stranger(&'static str),
    /// The body is not one JSON object.
    BadJson,
    /// The body is not of the type that is taken here.
    BadMedia,
    /// The body says that it is a form and is none.
    BadForm,
    /// The path knows no such method.
    OtherMethod,
    /// The connection ended before the body did.
    Cut,
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        match e {
            Error::Refused(refusal) => Self::Refused(refusal),
            Error::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(e: Refusal) -> Self {
        Self::Refused(e)
    }
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::Refused(r) => StatusCode::from_u16(r.status()).unwrap_or(StatusCode::BAD_REQUEST),
            Self::Fault(f) if f.is_away() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Stranger(_) => StatusCode::UNAUTHORIZED,
            Self::BadJson | Self::BadForm | Self::Cut => StatusCode::BAD_REQUEST,
            Self::BadMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::OtherMethod => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The stable word that programs branch on; also the catalogue key.
    fn kind(&self) -> &'static str {
        match self {
            Self::Refused(r) => r.kind(),
            Self::Fault(f) if f.is_away() => "away",
            Self::Fault(_) => "fault",
            Self::Stranger(_) => Refusal::NotLoggedIn.kind(),
            Self::BadJson => "bad_json",
            Self::BadMedia => "bad_media_type",
            Self::BadForm => "bad_form",
            Self::OtherMethod => "method_not_allowed",
            Self::Cut => "cut_off",
        }
    }

    /// A header that the status calls for.
    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self.status() {
            StatusCode::UNAUTHORIZED => {
                let scheme = if let Self::Stranger(scheme) = self { scheme } else { "Bearer" };
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme)))
            }
            StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, HeaderValue::from_static("2"))),
            _ => None,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Serialize)]
struct Current {
    version: i64,
    state: State,
}

/// The document. What does not apply is left out.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<Current>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "moment::maybe")]
    until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

impl<'a> Problem<'a> {
    fn of(failure: &Failure, locale: Locale, route: &'a str) -> Self {
        let kind = failure.kind();
        let mut problem = Self {
            r#type: format!("urn:tinan:problem:{kind}"),
            title: say(locale, &format!("error.{kind}.title"), &[]),
            status: failure.status().as_u16(),
            detail: String::new(),
            kind,
            field: None,
            current: None,
            until: None,
            from: None,
            to: None,
            fault: None,
        };
        match failure {
            Failure::Refused(Refusal::Field(field)) => problem.field = Some(field),
            Failure::Refused(Refusal::Callback(Refused::BadNumber)) => problem.field = Some("number"),
            Failure::Refused(Refusal::Callback(Refused::NoSlot)) => problem.field = Some("hour"),
            Failure::Refused(Refusal::Stale { version, state }) => {
                problem.current = Some(Current { version: *version, state: *state });
            }
            Failure::Refused(Refusal::Held { until }) => problem.until = Some(*until),
            Failure::Refused(Refusal::NoStep { from, to }) => {
                (problem.from, problem.to) = (Some(*from), Some(*to));
            }
            Failure::Fault(fault) => problem.fault = Some(log_fault(fault, route)),
            _ => {}
        }
        let field = problem.field.unwrap_or_default();
        let fault = problem.fault.as_deref().unwrap_or_default();
        let values = [("field", field), ("fault", fault)];
        problem.detail = say(locale, &format!("error.{kind}.detail"), &values);
        problem
    }
}

/// Puts failures into words. What the API answers is for the caller alone and is kept nowhere.
pub(super) async fn tell(request: Request, next: Next) -> Response {
    let locale = language(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let Some(failure) = response.extensions_mut().remove::<Failure>() else { return response };
    let route = route.as_ref().map_or("/api", MatchedPath::as_str);
    let problem = serde_json::to_vec(&Problem::of(&failure, locale, route)).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.as_str()));
    if let Some((name, value)) = failure.header() {
        headers.insert(name, value);
    }
    *response.body_mut() = Body::from(problem);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::BadText;

    #[test]
    fn every_kind_has_a_title_and_a_detail_in_both_languages() {
        let moment = Timestamp::from_millis(0);
        let state = State::Received;
        let refusals = [
            Refusal::NotFound,
            Refusal::NotLoggedIn,
            Refusal::NotAllowed,
            Refusal::Text(BadText::Empty),
            Refusal::Text(BadText::TooLong),
            Refusal::Field("text"),
            Refusal::NoConsent,
            Refusal::Stale { version: 1, state },
            Refusal::Held { until: moment },
            Refusal::NotHeld,
            Refusal::NoStep { from: state, to: state },
            Refusal::NoReason,
            Refusal::OtherRequest,
            Refusal::Taken,
            Refusal::WeakPassword,
            Refusal::TooLarge,
            Refusal::Busy,
            Refusal::NotSetUp,
            Refusal::AlreadySetUp,
            Refusal::Degraded,
            Refusal::Callback(Refused::NotCounselling),
            Refusal::Callback(Refused::BadNumber),
            Refusal::Callback(Refused::NoSlot),
            Refusal::Callback(Refused::Over),
            Refusal::Callback(Refused::Stale),
            Refusal::Callback(Refused::StillOpen),
            Refusal::Callback(Refused::CaseClosed),
        ];
        let own = [Failure::BadJson, Failure::BadForm, Failure::BadMedia, Failure::OtherMethod, Failure::Cut];
        let fault = Failure::Fault(Fault::new(std::io::Error::other("x")));
        for failure in refusals.into_iter().map(Failure::Refused).chain(own).chain([fault]) {
            for locale in Locale::ALL {
                let problem = Problem::of(&failure, locale, "/api");
                for words in [problem.title, problem.detail] {
                    assert!(!words.starts_with("error."), "{words}");
                    assert!(!words.contains('{'), "{words}");
                }
            }
        }
    }
}
