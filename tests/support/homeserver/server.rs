//! The HTTP side: reading a call, failing it if it shall fail, answering it as Synapse does.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::state::State as Knows;
use super::state::{Call, Shared};
use super::{AS_TOKEN, HS_TOKEN, USER, push};
use crate::remote::{self, Scissors};

/// The homeserver's own no.
#[derive(Debug, Clone)]
pub(crate) enum No {
    /// A status and a code.
    Code(u16, &'static str),
    /// Too many calls: wait so many milliseconds.
    Limit(u64),
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().fallback(call)
}

/// What kind of call this is.
fn kind(method: &Method, path: &[&str]) -> Option<&'static str> {
    Some(match (method.as_str(), path) {
        ("POST", ["v3", "register"]) => "register",
        ("PUT", ["v3", "profile", _, "displayname"]) => "profile",
        ("PUT", ["v3", "devices", _]) => "device",
        ("GET", ["v3", "account", "whoami"]) => "whoami",
        ("POST", ["v1", "appservice", "tinan", "ping"]) => "ping",
        ("POST", ["v3", "join", _]) => "join",
        ("POST", ["v3", "rooms", _, "leave"]) => "leave",
        ("GET", ["v3", "rooms", _, "joined_members"]) => "members",
        ("GET", ["v3", "rooms", _, "messages"]) => "messages",
        ("PUT", ["v3", "rooms", _, "send", "m.room.message", _]) => "send",
        ("PUT", ["v3", "rooms", _, "redact", _, _]) => "redact",
        ("GET", ["v1", "media", "download", _, _]) => "download",
        _ => return None,
    })
}

async fn call(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Scissors>,
    uri: Uri,
    (method, headers): (Method, HeaderMap),
    body: Bytes,
) -> Response {
    let url = reqwest::Url::parse(&format!("http://here{uri}")).expect("a url");
    let steps: Vec<String> = url.path_segments().into_iter().flatten().map(decoded).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let known =
        steps.strip_prefix(&["_matrix", "client"]).and_then(|path| Some((kind(&method, path)?, path)));
    let Some((what, path)) = known else {
        shared.write(|s| s.book.violation(format!("{method} {uri}: no such path")));
        return no(&No::Code(404, "M_UNRECOGNIZED"));
    };
    if headers.get(header::AUTHORIZATION).is_none_or(|v| v != &format!("Bearer {AS_TOKEN}")) {
        shared.write(|s| s.book.refused += 1);
        return no(&No::Code(401, "M_UNKNOWN_TOKEN"));
    }
    let fault = shared.write(|s| s.book.take_fault(what));
    if let Some(response) = fault.as_ref().and_then(|f| f.before(&line, no)) {
        return response;
    }
    let call = Call {
        what: what.to_owned(),
        path: path.iter().map(|&step| step.to_owned()).collect(),
        query: url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    shared.write(|s| s.book.journal.push(call.clone()));
    if what == "download" {
        return shared.read(|s| download(s, path));
    }
    let answer =
        if what == "ping" { ping(&shared).await } else { shared.write(|s| answer(s, what, path, &call)) };
    match answer {
        Ok(value) => remote::done(fault.as_ref(), &line, &value),
        Err(why) => no(&why),
    }
}

fn decoded(step: &str) -> String {
    let bytes = step.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let digits = step.get(at + 1..at + 3).and_then(|d| u8::from_str_radix(d, 16).ok());
        let byte = digits.filter(|_| bytes[at] == b'%');
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).expect("text")
}

/// A description repeats what it was about, as a careless one would.
fn no(why: &No) -> Response {
    let (status, told) = match why {
        No::Code(status, code) => {
            let error = "@kim:localhost in !kim:localhost: hàng trắng ở kho số bảy";
            (*status, json!({"errcode": code, "error": error}))
        }
        No::Limit(ms) => {
            (429, json!({"errcode": "M_LIMIT_EXCEEDED", "error": "slowly", "retry_after_ms": ms}))
        }
    };
    remote::json(StatusCode::from_u16(status).expect("a status"), told.to_string())
}

async fn ping(shared: &Shared) -> Result<Value, No> {
    let route = shared.read(|s| s.route.clone()).ok_or(No::Code(502, "M_CONNECTION_FAILED"))?;
    let url = format!("{route}/_matrix/app/v1/ping");
    let answer = push::client().post(url).bearer_auth(HS_TOKEN).json(&json!({})).send().await;
    match answer {
        Ok(answer) if answer.status() == 200 => Ok(json!({"duration_ms": 1})),
        Ok(_) => Err(No::Code(502, "M_BAD_STATUS")),
        Err(_) => Err(No::Code(502, "M_CONNECTION_FAILED")),
    }
}

fn download(s: &Knows, path: &[&str]) -> Response {
    let name = path.iter().skip(3).copied().collect::<Vec<_>>().join("/");
    match s.media.get(&name) {
        Some(bytes) => bytes.clone().into_response(),
        None => no(&No::Code(404, "M_NOT_FOUND")),
    }
}

fn answer(s: &mut Knows, what: &str, path: &[&str], call: &Call) -> Result<Value, No> {
    match what {
        "register" => {
            if call.body["type"] != "m.login.application_service" || call.body["username"] != "tinan" {
                s.book.violation(format!("register: {}", call.body));
            }
            if std::mem::replace(&mut s.registered, true) {
                Err(No::Code(400, "M_USER_IN_USE"))
            } else {
                Ok(json!({"user_id": USER}))
            }
        }
        "device" if s.no_devices => Err(No::Code(404, "M_NOT_FOUND")),
        "device" => {
            s.device = true;
            Ok(json!({}))
        }
        "profile" => Ok(json!({})),
        "whoami" => Ok(json!({"user_id": USER})),
        _ => in_room(s, what, path, call),
    }
}

fn in_room(s: &mut Knows, what: &str, path: &[&str], call: &Call) -> Result<Value, No> {
    if !s.registered {
        return Err(No::Code(403, "M_FORBIDDEN"));
    }
    let room = path.get(2).copied().unwrap_or_default().to_owned();
    let place = s.rooms.get(&room).ok_or(No::Code(404, "M_NOT_FOUND"))?;
    let (inside, invited) = (place.joined.contains(USER), place.invited.contains(USER));
    match what {
        "join" if inside => Ok(json!({"room_id": room})),
        "join" if invited => {
            s.membership(&room, USER, USER, &json!({"membership": "join"}));
            Ok(json!({"room_id": room}))
        }
        "leave" if inside || invited => {
            let content = json!({"membership": "leave", "reason": call.body["reason"]});
            s.membership(&room, USER, USER, &content);
            Ok(json!({}))
        }
        _ if !inside => Err(No::Code(403, "M_FORBIDDEN")),
        "members" => {
            let joined: HashMap<_, _> = place.joined.iter().map(|who| (who.clone(), json!({}))).collect();
            Ok(json!({ "joined": joined }))
        }
        "messages" => Ok(messages(&place.timeline, &call.query)),
        _ => Ok(said(s, what, &room, path, call)),
    }
}

/// Backwards, page by page.
fn messages(timeline: &[Value], query: &HashMap<String, String>) -> Value {
    let limit: usize = query.get("limit").and_then(|l| l.parse().ok()).unwrap_or(10);
    let end: usize = query.get("from").and_then(|f| f.parse().ok()).unwrap_or(timeline.len());
    let begin = end.saturating_sub(limit);
    let chunk: Vec<&Value> = timeline[begin..end].iter().rev().collect();
    if begin == 0 { json!({ "chunk": chunk }) } else { json!({ "chunk": chunk, "end": begin.to_string() }) }
}

/// What comes again under its number is what it was.
fn said(s: &mut Knows, what: &str, room: &str, path: &[&str], call: &Call) -> Value {
    if call.query.contains_key("device_id") != s.device {
        s.book.violation(format!("{what}: with a device that is not there, or without the one that is"));
    }
    let number = path.join("/");
    if let Some(id) = s.numbers.get(&number) {
        return json!({ "event_id": id });
    }
    let event = if what == "send" {
        let body = call.body["body"].as_str().unwrap_or_default();
        if call.body["msgtype"] != "m.text" || body.is_empty() || body.len() > 60_000 {
            s.book.violation(format!("send: {}", call.body));
        }
        json!({"type": "m.room.message", "content": call.body})
    } else {
        s.redacted.insert(path.get(4).copied().unwrap_or_default().to_owned());
        json!({"type": "m.room.redaction", "content": {"redacts": path.get(4)}})
    };
    let id = s.happens(room, USER, event);
    s.numbers.insert(number, id.clone());
    json!({ "event_id": id })
}
