//! The HTTP side: reading a call, failing it if it shall fail, answering it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Fault;
use super::methods::{self, Refusal};
use super::state::{Call, Shared};
use crate::remote::{self, Args, Scissors};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/file/{bot}/{*path}", get(download)).route("/{bot}/{method}", any(call))
}

async fn call(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Scissors>,
    Path((bot, method)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    (headers, body): (HeaderMap, Bytes),
) -> Response {
    if !is_ours(&shared, &bot) {
        shared.write(|s| s.book.refused += 1);
        return refused(&Refusal::new(401, "Unauthorized"));
    }
    let fault = shared.write(|s| s.book.take_fault(&method));
    if matches!(fault, Some(Fault::CutBefore)) {
        return line.cut();
    }
    let Some(args) = remote::arguments(query.as_deref(), &headers, &body, value) else {
        shared.write(|s| s.book.violation(format!("{method}: the body cannot be read")));
        return refused(&Refusal::new(400, "Bad Request: can't parse the request"));
    };
    let response = if let Some(response) = fault.as_ref().and_then(|f| f.before(&line, refused)) {
        response
    } else {
        let answer = answer(&shared, &method, &args).await;
        let spoilt = fault.and_then(|f| f.after(&line, answer.as_bytes()));
        spoilt.unwrap_or_else(|| in_envelope(answer))
    };
    let status = response.status().as_u16();
    shared.write(|s| s.book.journal.push(Call { method, args, status }));
    response
}

fn is_ours(shared: &Shared, bot: &str) -> bool {
    bot.strip_prefix("bot") == Some(shared.read(|s| s.token))
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

/// The HTTP status repeats the error code, as Telegram's does.
fn in_envelope(answer: String) -> Response {
    let code = serde_json::from_str::<Value>(&answer).ok().and_then(|a| a["error_code"].as_u64());
    let status =
        code.and_then(|c| StatusCode::from_u16(u16::try_from(c).ok()?).ok()).unwrap_or(StatusCode::OK);
    remote::json(status, answer)
}

fn refused(refusal: &Refusal) -> Response {
    in_envelope(refusal.body().to_string())
}

/// In forms everything is text; what reads as JSON is taken as JSON.
fn value(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_))) => value,
        _ => Value::from(text),
    }
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
    if !is_ours(&shared, &bot) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let file = shared.read(|s| s.files.values().find(|(at, _)| *at == path).map(|(_, bytes)| bytes.clone()));
    let fault = shared.write(|s| s.book.take_fault("download"));
    let response = match (fault, file) {
        (Some(Fault::Gateway(status)), _) => remote::gateway(status),
        (Some(Fault::CutBefore | Fault::CutAfter), _) => line.cut(),
        (_, None) => StatusCode::NOT_FOUND.into_response(),
        (fault, Some(bytes)) => {
            fault.and_then(|f| f.after(&line, &bytes)).unwrap_or_else(|| bytes.into_response())
        }
    };
    let status = response.status().as_u16();
    let call = Call { method: "download".to_owned(), args: Args::new(), status };
    shared.write(|s| s.book.journal.push(call));
    response
}
