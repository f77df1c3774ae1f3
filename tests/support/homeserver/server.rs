//! The HTTP side: reading a call, failing it if it shall fail, answering it as Synapse does.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::state::State as Knows;
use super::state::{Call, Fault, Shared};
use super::{AS_TOKEN, HS_TOKEN, USER, push};
use crate::line::{Lines, Scissors};

/// The status and the code of a no.
type No = (u16, &'static str);

pub(super) async fn serve(shared: Arc<Shared>, stop: CancellationToken, tell: mpsc::Sender<SocketAddr>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    tell.send(listener.local_addr().expect("an address")).expect("somebody waits");
    let app = Router::new()
        .fallback(call)
        .with_state(Arc::clone(&shared))
        .into_make_service_with_connect_info::<Scissors>();
    let serving = async { axum::serve(Lines(listener), app).await };
    tokio::select! {
        _ = serving => {}
        () = push::deliver(shared) => {}
        () = stop.cancelled() => {}
    }
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
        shared.write(|s| s.violations.push(format!("{method} {uri}: no such path")));
        return no((404, "M_UNRECOGNIZED"));
    };
    if headers.get(header::AUTHORIZATION).is_none_or(|v| v != &format!("Bearer {AS_TOKEN}")) {
        shared.write(|s| s.refused += 1);
        return no((401, "M_UNKNOWN_TOKEN"));
    }
    let fault = shared.write(|s| s.take_fault(what));
    if let Some(response) = before(fault.as_ref(), &line) {
        return response;
    }
    let call = Call {
        what: what.to_owned(),
        path: path.iter().map(|&step| step.to_owned()).collect(),
        query: url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    shared.write(|s| s.journal.push(call.clone()));
    if what == "download" {
        return shared.read(|s| download(s, path));
    }
    let answer =
        if what == "ping" { ping(&shared).await } else { shared.write(|s| answer(s, what, path, &call)) };
    match answer {
        Ok(value) => after(fault.as_ref(), &line, value.to_string()).await,
        Err(no_) => no(no_),
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
fn no((status, code): No) -> Response {
    let told = json!({"errcode": code, "error": "@kim:localhost in !kim:localhost: hàng trắng ở kho số bảy"});
    (StatusCode::from_u16(status).expect("a status"), axum::Json(told)).into_response()
}

fn before(fault: Option<&Fault>, line: &Scissors) -> Option<Response> {
    match fault? {
        Fault::No(status, code) => Some(no((*status, code))),
        Fault::Limit(ms) => {
            let told = json!({"errcode": "M_LIMIT_EXCEEDED", "error": "slowly", "retry_after_ms": ms});
            Some((StatusCode::TOO_MANY_REQUESTS, axum::Json(told)).into_response())
        }
        Fault::Gateway(code) => {
            let status = StatusCode::from_u16(*code).expect("a status");
            Some((status, "<html><h1>gateway</h1></html>").into_response())
        }
        Fault::CutBefore => {
            line.cut();
            Some(StatusCode::NO_CONTENT.into_response())
        }
        _ => None,
    }
}

async fn after(fault: Option<&Fault>, line: &Scissors, answer: String) -> Response {
    match fault {
        Some(Fault::CutAfter) => {
            line.cut();
            return StatusCode::NO_CONTENT.into_response();
        }
        Some(Fault::Slow(by)) => tokio::time::sleep(*by).await,
        Some(Fault::Garbage) => return "{\"event_id\":".into_response(),
        _ => {}
    }
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

async fn ping(shared: &Shared) -> Result<Value, No> {
    let route = shared.read(|s| s.route.clone()).ok_or((502, "M_CONNECTION_FAILED"))?;
    let url = format!("{route}/_matrix/app/v1/ping");
    let answer = push::client().post(url).bearer_auth(HS_TOKEN).json(&json!({})).send().await;
    match answer {
        Ok(answer) if answer.status() == 200 => Ok(json!({"duration_ms": 1})),
        Ok(_) => Err((502, "M_BAD_STATUS")),
        Err(_) => Err((502, "M_CONNECTION_FAILED")),
    }
}

fn download(s: &Knows, path: &[&str]) -> Response {
    let name = path.iter().skip(3).copied().collect::<Vec<_>>().join("/");
    match s.media.get(&name) {
        Some(bytes) => bytes.clone().into_response(),
        None => no((404, "M_NOT_FOUND")),
    }
}

fn answer(s: &mut Knows, what: &str, path: &[&str], call: &Call) -> Result<Value, No> {
    match what {
        "register" => {
            if call.body["type"] != "m.login.application_service" || call.body["username"] != "tinan" {
                s.violations.push(format!("register: {}", call.body));
            }
            if std::mem::replace(&mut s.registered, true) {
                Err((400, "M_USER_IN_USE"))
            } else {
                Ok(json!({"user_id": USER}))
            }
        }
        "device" if s.no_devices => Err((404, "M_NOT_FOUND")),
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
        return Err((403, "M_FORBIDDEN"));
    }
    let room = path.get(2).copied().unwrap_or_default().to_owned();
    let place = s.rooms.get(&room).ok_or((404, "M_NOT_FOUND"))?;
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
        _ if !inside => Err((403, "M_FORBIDDEN")),
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
        s.violations.push(format!("{what}: with a device that is not there, or without the one that is"));
    }
    let number = path.join("/");
    if let Some(id) = s.numbers.get(&number) {
        return json!({ "event_id": id });
    }
    let event = if what == "send" {
        let body = call.body["body"].as_str().unwrap_or_default();
        if call.body["msgtype"] != "m.text" || body.is_empty() || body.len() > 60_000 {
            s.violations.push(format!("send: {}", call.body));
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
