//! How things look in JSON: moments as RFC 3339 in UTC to the second, ids as text, codes as they are.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::{Serialize, Serializer};

use super::Answer;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::service::casefile::{EventView, Message};
use crate::service::casework::{Done, Meanwhile};
use crate::service::citizen::{CitizenMessage, From as Whose};
use crate::service::queue::Claimed;
use crate::service::{Error, Fault};

/// A moment as `2026-11-22T04:12:00Z`.
#[derive(Clone, Copy)]
pub(super) struct Moment(pub(super) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&self.0)
    }
}

/// For fields that hold a plain timestamp.
pub(super) mod moment {
    use serde::{Serialize, Serializer};

    use super::Moment;
    use crate::kernel::Timestamp;

    #[expect(clippy::ref_option, reason = "serde asks for this signature")]
    pub(in crate::api) fn maybe<S: Serializer>(at: &Option<Timestamp>, s: S) -> Result<S::Ok, S::Error> {
        at.map(Moment).serialize(s)
    }
}

/// An answer with a JSON body.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    let bytes = serde_json::to_vec(body).map_err(|e| Error::Fault(Fault::new(e)))?;
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// A message as the receipt shows it.
#[derive(Serialize)]
pub(super) struct OwnLine {
    from: &'static str,
    text: Option<String>,
    at: Moment,
}

impl From<CitizenMessage> for OwnLine {
    fn from(m: CitizenMessage) -> Self {
        let from = match m.from {
            Whose::Citizen => "you",
            Whose::Desk => "desk",
        };
        Self { from, text: m.text, at: Moment(m.at) }
    }
}

/// A line of a thread or a note.
#[derive(Serialize)]
pub(super) struct ThreadLine {
    from: &'static str,
    text: String,
    at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

impl From<Message> for ThreadLine {
    fn from(m: Message) -> Self {
        Self { from: m.from, text: m.text, at: Moment(m.at), by: m.by }
    }
}

/// What staff did.
#[derive(Serialize)]
pub(super) struct EventLine {
    at: Moment,
    by: Option<String>,
    action: String,
    from: Option<&'static str>,
    to: Option<&'static str>,
    reason: Option<String>,
}

impl From<EventView> for EventLine {
    fn from(e: EventView) -> Self {
        let (from, to) = (e.from.map(State::code), e.to.map(State::code));
        Self { at: Moment(e.at), by: e.by, action: e.action, from, to, reason: e.reason }
    }
}

/// A case that was handed out.
#[derive(Serialize)]
pub(super) struct ClaimedCase {
    id: String,
    version: i64,
    number: String,
    state: &'static str,
    priority: u8,
    claimed_until: Moment,
}

impl From<Claimed> for ClaimedCase {
    fn from(c: Claimed) -> Self {
        Self {
            id: c.id.to_string(),
            version: c.version,
            number: c.number,
            state: c.state.code(),
            priority: c.priority,
            claimed_until: Moment(c.claimed_until),
        }
    }
}

/// What a step came to.
#[derive(Serialize)]
pub(super) struct StepDone {
    id: String,
    version: i64,
    state: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    meanwhile: Vec<MeanwhileLine>,
}

#[derive(Serialize)]
struct MeanwhileLine {
    from: &'static str,
    text: String,
    at: Moment,
}

impl From<Done> for StepDone {
    fn from(done: Done) -> Self {
        let line = |m: Meanwhile| MeanwhileLine { from: "citizen", text: m.text, at: Moment(m.at) };
        Self {
            id: done.id.to_string(),
            version: done.version,
            state: done.state.code(),
            meanwhile: done.meanwhile.into_iter().map(line).collect(),
        }
    }
}
