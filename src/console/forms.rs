//! Forms of logged-in pages: read once, checked for the session's token before anything else is looked at.

use std::collections::BTreeMap;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;

use super::member::Member;
use super::stop::Stop;
use crate::kernel::Secret;
use crate::service::once::Once;
use crate::vault::same;

/// The fields of a form. A field that came twice counts once, the last; boxes of one name are asked for together.
pub(super) struct Fields(BTreeMap<String, String>, Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Stop;

    async fn from_request(request: Request, state: &S) -> Result<Self, Stop> {
        if from_elsewhere(request.headers()) {
            return Err(Stop::Forged);
        }
        match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(all)) => Ok(Self(all.iter().cloned().collect(), all)),
            Err(e) => Err(unreadable(e)),
        }
    }
}

fn unreadable(e: FormRejection) -> Stop {
    if e.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE { Stop::TooLong } else { Stop::Unreadable }
}

/// What the browser itself says about where a form comes from. It also guards the log-in, which has no session
/// and so no token. Programs and old browsers say nothing.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|v| v.to_str().ok());
    site.is_some_and(|s| s != "same-origin" && s != "none")
}

impl Fields {
    /// A field's text; empty where it did not come.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// All values of a field: the boxes that were ticked.
    pub(super) fn ticked(&self, name: &str) -> Vec<&str> {
        self.1.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }

    /// A field's text without the white space around it.
    pub(super) fn trimmed(&self, name: &str) -> String {
        self.get(name).trim().to_owned()
    }

    /// Takes a secret out of the form.
    pub(super) fn secret(&mut self, name: &str) -> Secret<String> {
        self.1.retain(|(n, _)| n != name);
        Secret::new(self.0.remove(name).unwrap_or_default())
    }

    /// A text of several lines, with the line ends a person typed instead of the form's CR LF.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).replace("\r\n", "\n")
    }

    /// Whether the form carries the token of the member's session.
    pub(super) fn check(&self, member: &Member) -> Result<(), Stop> {
        if same(self.get("form").as_bytes(), member.form.as_bytes()) { Ok(()) } else { Err(Stop::Forged) }
    }

    /// What makes a repetition of this form the same request.
    pub(super) fn once(&self, route: &str, member: &Member) -> Result<Once, Stop> {
        let mut body = Vec::new();
        for (name, value) in &self.1 {
            for part in [name, value] {
                body.extend_from_slice(&(part.len() as u64).to_be_bytes());
                body.extend_from_slice(part.as_bytes());
            }
        }
        Ok(Once::new(route, member.token.expose().as_bytes(), self.get("once"), &body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn what_another_site_sends_is_noticed() {
        let from = |site: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            from_elsewhere(&headers)
        };
        assert!(from("cross-site") && from("same-site"));
        assert!(!from("same-origin") && !from("none"));
        assert!(!from_elsewhere(&HeaderMap::new()));
    }
}
