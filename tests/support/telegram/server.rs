//! The HTTP side: reading a call, failing it if it shall fail, answering it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use futures_util::{StreamExt as _, stream};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::faults::Fault;
use super::hooks;
use super::methods::{self, Refusal};
use super::state::{Call, Shared};
use crate::line::{Lines, Scissors};

type Args = Map<String, Value>;

pub(super) async fn serve(shared: Arc<Shared>, stop: CancellationToken, tell: mpsc::Sender<SocketAddr>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    tell.send(listener.local_addr().expect("an address")).expect("somebody waits");
    let app = Router::new()
        .route("/file/{bot}/{*path}", get(download))
        .route("/{bot}/{method}", any(call))
        .with_state(Arc::clone(&shared))
        .into_make_service_with_connect_info::<Scissors>();
    let serving = async { axum::serve(Lines(listener), app).await };
    tokio::select! {
        _ = serving => {}
        () = hooks::deliver(shared) => {}
        () = stop.cancelled() => {}
    }
}

async fn call(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Scissors>,
    Path((bot, method)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    (headers, body): (HeaderMap, Bytes),
) -> Response {
    if bot != format!("bot{}", shared.token) {
        shared.write(|s| s.refused += 1);
        return refused(&Refusal::new(401, "Unauthorized"));
    }
    let fault = shared.write(|s| s.faults.take(&method));
    if matches!(fault, Some(Fault::CutBefore)) {
        line.cut();
        return StatusCode::NO_CONTENT.into_response();
    }
    let Some(args) = arguments(query.as_deref(), &headers, &body) else {
        shared.write(|s| s.violation(format!("{method}: the body cannot be read")));
        return refused(&Refusal::new(400, "Bad Request: can't parse the request"));
    };
    let before = fault.as_ref().and_then(spoilt);
    let response = match before {
        Some(response) => response,
        None => after(fault.as_ref(), &line, answer(&shared, &method, &args).await),
    };
    let status = response.status().as_u16();
    shared.write(|s| s.journal.push(Call { method, args, status }));
    response
}

async fn answer(shared: &Shared, method: &str, args: &Args) -> String {
    let result = if method.eq_ignore_ascii_case("getUpdates") {
        poll(shared, args).await
    } else {
        shared.write(|s| methods::answer(s, method, args))
    };
    match result {
        Ok(result) => json!({ "ok": true, "result": result }).to_string(),
        Err(refusal) => refusal.body().to_string(),
    }
}

/// The faults that come instead of doing anything.
fn spoilt(fault: &Fault) -> Option<Response> {
    match fault {
        Fault::Wait(seconds) => Some(refused(&Refusal::wait(*seconds))),
        Fault::Refused(code, text) => Some(refused(&Refusal::new(*code, text))),
        Fault::Gateway(code) => {
            let status = StatusCode::from_u16(*code).expect("a status");
            Some((status, "<html><h1>gateway</h1></html>").into_response())
        }
        _ => None,
    }
}

/// The faults that spoil the answer to a call that was done.
fn after(fault: Option<&Fault>, line: &Scissors, answer: String) -> Response {
    let half = answer.floor_char_boundary(answer.len() / 2);
    let (first, second) = (answer[..half].to_owned(), answer[half..].to_owned());
    match fault {
        Some(Fault::CutAfter) => {
            line.cut();
            StatusCode::NO_CONTENT.into_response()
        }
        Some(Fault::Torn) => {
            let broken = Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
            Body::from_stream(stream::iter([Ok(first), broken])).into_response()
        }
        Some(Fault::Slow(by)) => {
            let until = Instant::now() + *by;
            let rest = stream::once(async move {
                sleep_until(until).await;
                second
            });
            Body::from_stream(stream::iter([first]).chain(rest).map(Ok::<_, Infallible>)).into_response()
        }
        Some(Fault::Garbage) => "{\"ok\":true,\"result\":[{".into_response(),
        _ => in_envelope(answer),
    }
}

/// The HTTP status repeats the error code, as Telegram's does.
fn in_envelope(answer: String) -> Response {
    let code = serde_json::from_str::<Value>(&answer).ok().and_then(|a| a["error_code"].as_u64());
    let status =
        code.and_then(|c| StatusCode::from_u16(u16::try_from(c).ok()?).ok()).unwrap_or(StatusCode::OK);
    (status, [(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

fn refused(refusal: &Refusal) -> Response {
    in_envelope(refusal.body().to_string())
}

/// JSON, a form or a query, whatever the bot prefers.
fn arguments(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Option<Args> {
    let mut args = pairs(query.unwrap_or_default())?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        args.extend(serde_json::from_slice::<Args>(body).ok()?);
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        args.extend(pairs(std::str::from_utf8(body).ok()?)?);
    } else if !body.is_empty() {
        return None;
    }
    Some(args)
}

/// In forms everything is text; what reads as JSON is taken as JSON.
fn pairs(encoded: &str) -> Option<Args> {
    let url = reqwest::Url::parse(&format!("http://form/?{encoded}")).ok()?;
    let read = |text: &str| match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_))) => value,
        _ => Value::from(text),
    };
    Some(url.query_pairs().map(|(key, text)| (key.into_owned(), read(&text))).collect())
}

/// The long poll: waits for an update, gives way to a newer poll, and refuses beside a webhook.
async fn poll(shared: &Shared, args: &Args) -> Result<Value, Refusal> {
    let number = |key: &str, default: i64| args.get(key).and_then(Value::as_i64).unwrap_or(default);
    let (offset, limit, wait) = (number("offset", 0), number("limit", 100), number("timeout", 0));
    let mine = shared.write(|s| {
        methods::check("getUpdates", args, s)?;
        if s.hook.is_some() {
            return Err(Refusal::new(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"));
        }
        if let Some(kinds) = args.get("allowed_updates").and_then(Value::as_array) {
            s.allowed = Some(kinds.iter().filter_map(|k| k.as_str().map(str::to_owned)).collect());
        }
        s.newest_poll += 1;
        Ok(s.newest_poll)
    })?;
    let limit = usize::try_from(limit.clamp(1, 100)).unwrap_or(100);
    let mut bell = shared.bell();
    let waiting = async {
        loop {
            bell.mark_unchanged();
            if shared.read(|s| s.newest_poll) != mine {
                return Err(Refusal::new(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                ));
            }
            // the first look forgets what is acknowledged; looking again changes nothing
            let found = shared.quietly(|s| s.updates(offset, limit));
            if !found.is_empty() {
                return Ok(found.into());
            }
            let _ = bell.changed().await;
        }
    };
    let wait = Duration::from_secs(u64::try_from(wait).unwrap_or(0));
    timeout(wait.max(Duration::from_millis(1)), waiting).await.unwrap_or_else(|_| Ok(json!([])))
}

/// The path comes decoded, so that `%2F` and `/` are the same file, as they are at Telegram. Its faults are those
/// of the method `download`.
async fn download(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Scissors>,
    Path((bot, path)): Path<(String, String)>,
) -> Response {
    if bot != format!("bot{}", shared.token) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let file = shared.read(|s| s.files.values().find(|(at, _)| *at == path).map(|(_, bytes)| bytes.clone()));
    let fault = shared.write(|s| s.faults.take("download"));
    let response = match (fault, file) {
        (Some(Fault::Gateway(code)), _) => StatusCode::from_u16(code).expect("a status").into_response(),
        (Some(Fault::CutBefore | Fault::CutAfter), _) => {
            line.cut();
            StatusCode::NO_CONTENT.into_response()
        }
        (_, None) => StatusCode::NOT_FOUND.into_response(),
        (fault, Some(bytes)) => in_halves(fault.as_ref(), &bytes),
    };
    let status = response.status().as_u16();
    shared.write(|s| s.journal.push(Call { method: "download".to_owned(), args: Args::new(), status }));
    response
}

/// A file as it comes, torn in the middle, or with its second half late.
fn in_halves(fault: Option<&Fault>, bytes: &[u8]) -> Response {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let (first, second) = (first.to_vec(), second.to_vec());
    match fault {
        Some(Fault::Torn) => {
            let broken = Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
            Body::from_stream(stream::iter([Ok(first), broken])).into_response()
        }
        Some(Fault::Slow(by)) => {
            let until = Instant::now() + *by;
            let rest = stream::once(async move {
                sleep_until(until).await;
                second
            });
            Body::from_stream(stream::iter([first]).chain(rest).map(Ok::<_, Infallible>)).into_response()
        }
        _ => [first, second].concat().into_response(),
    }
}
