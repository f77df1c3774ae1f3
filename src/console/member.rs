//! Who asks: the member behind the session cookie, proven anew in every request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};

use super::Console;
use super::shell::Shell;
use super::stop::Stop;
use super::words::Words;
use crate::domain::policy::Act;
use crate::kernel::{Secret, Timestamp};
use crate::service::access::{Login, form_token};
use crate::service::alarms::Banner;
use crate::service::{Actor, Hotline, Refusal};
use crate::store::people::Desk;

/// A logged-in member and what their pages need.
pub(super) struct Member {
    pub(super) hotline: Hotline,
    pub(super) actor: Actor,
    pub(super) t: Words,
    pub(super) token: Secret<String>,
    pub(super) form: String,
    /// How many findings nobody looks after, for those who should; else 0.
    pub(super) untended: i64,
    /// What stands above every page while alarms are open.
    pub(super) alarms: Option<Banner>,
}

impl FromRequestParts<Console> for Member {
    type Rejection = Stop;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Stop> {
        let t = Words::of(&parts.headers);
        let hotline = console.hotline()?.clone();
        let token = session_of(&parts.headers, console.options.secure_cookies);
        let token = Secret::new(token.ok_or(Refusal::NotLoggedIn)?);
        let form = form_token(token.expose()).ok_or(Refusal::NotLoggedIn)?;
        let actor = if asks_by_itself(parts) {
            hotline.onlooker(token.expose()).await?
        } else {
            hotline.actor(token.expose()).await?
        };
        let untended = hotline.findings_to_tell(&actor).await?;
        let alarms = if parts.method == Method::GET { hotline.alarm_banner(&actor).await? } else { None };
        Ok(Self { hotline, actor, t, token, form, untended, alarms })
    }
}

/// Whether a page asked by itself (`auto=1`), with nobody there perhaps: that keeps no session alive.
fn asks_by_itself(parts: &Parts) -> bool {
    parts.method == Method::GET
        && parts.uri.query().is_some_and(|q| q.split('&').any(|pair| pair == "auto=1"))
}

impl Member {
    /// The frame of a page for this member.
    pub(super) fn shell(&self) -> Shell {
        Shell::inside(self)
    }

    /// The moment it is.
    pub(super) fn now(&self) -> Timestamp {
        self.hotline.now()
    }

    /// The desks whose cases this member can open; for all others they do not exist.
    pub(super) fn desks(&self) -> Vec<Desk> {
        let world = self.hotline.world();
        world.desks.iter().filter(|d| !self.actor.keys_for(&world, d.id).is_empty()).cloned().collect()
    }

    /// The desks this member leads.
    pub(super) fn led(&self) -> Vec<Desk> {
        let world = self.hotline.world();
        world.desks.iter().filter(|d| self.actor.leads(d.id)).cloned().collect()
    }

    /// Whether the role allows an act, for what a page offers.
    pub(super) fn may(&self, act: Act) -> bool {
        self.actor.may(act).is_ok()
    }
}

/// The session's token, if the request bears one.
pub(super) fn session_of(headers: &HeaderMap, secure: bool) -> Option<String> {
    cookie(headers, session_name(secure))
}

/// The `__Host-` prefix makes the browser refuse the cookie unless it is `Secure`, host-only and for `/`; plain
/// http, allowed on loopback only, cannot have it.
fn session_name(secure: bool) -> &'static str {
    if secure { "__Host-sid" } else { "sid" }
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = lines.flat_map(|l| l.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(n, _)| *n == name).map(|(_, value)| value.to_owned())
}

/// `Set-Cookie` of a new session.
pub(super) fn bear(login: &Login, now: Timestamp, secure: bool) -> Option<HeaderValue> {
    let age = login.expires_at.since(now).as_secs();
    set_cookie(login.token.expose(), age, secure)
}

/// `Set-Cookie` that removes the session.
pub(super) fn drop_session(secure: bool) -> Option<HeaderValue> {
    set_cookie("", 0, secure)
}

fn set_cookie(value: &str, age: u64, secure: bool) -> Option<HeaderValue> {
    let name = session_name(secure);
    let flag = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{flag}");
    let mut header = HeaderValue::try_from(text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name_only() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xsid=1; sid=2;lang=vi"));
        assert_eq!(cookie(&headers, "sid").as_deref(), Some("2"));
        assert_eq!(cookie(&headers, "id"), None);
        assert_eq!(session_of(&headers, true), None);
    }
}
