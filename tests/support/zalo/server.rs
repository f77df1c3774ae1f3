//! The HTTP side: reading a call, failing it if it shall fail, answering it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::bot::{self, Refusal};
use super::state::{Call, Shared, Target};
use super::{TOKEN, oa};
use crate::remote::{self, Args, Scissors};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/media/{name}", get(download))
        .route("/v3.0/oa/message/cs", post(account_say))
        .route("/v3.0/oa/user/detail", get(account_detail))
        .route("/v4/oa/access_token", post(account_renew))
        .route("/{bot}/{method}", any(call))
}

async fn call(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Scissors>,
    Path((bot, method)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    (headers, body): (HeaderMap, Bytes),
) -> Response {
    if bot != format!("bot{TOKEN}") {
        shared.write(|s| s.book.refused += 1);
        return in_json(&refusal(401));
    }
    let fault = shared.write(|s| s.book.take_fault(&method));
    if let Some(response) = fault.as_ref().and_then(|f| f.before(&line, |code| in_json(&refusal(*code)))) {
        return response;
    }
    let Some(args) = remote::arguments(query.as_deref(), &headers, &body, value) else {
        shared.write(|s| s.book.violation(format!("{method}: the body cannot be read")));
        return in_json(&refusal(400));
    };
    shared.write(|s| s.book.journal.push(Call { method: method.clone(), args: args.clone() }));
    let result = if method == "getUpdates" {
        poll(&shared, &args).await
    } else {
        shared.write(|s| bot::answer(s, &method, &args))
    };
    let body = match result {
        Ok(Some(result)) => json!({ "ok": true, "result": result }),
        Ok(None) => json!({ "ok": true }),
        Err(Refusal(code)) => refusal(code),
    };
    remote::done(fault.as_ref(), &line, &body)
}

type Asked = (State<Arc<Shared>>, ConnectInfo<Scissors>, RawQuery, HeaderMap, Bytes);

async fn account_say(asked: Asked) -> Response {
    account("v3.0/oa/message/cs", asked, oa::say)
}

async fn account_detail(asked: Asked) -> Response {
    account("v3.0/oa/user/detail", asked, |s, headers, _| oa::detail(s, headers))
}

async fn account_renew(asked: Asked) -> Response {
    account("v4/oa/access_token", asked, oa::renew)
}

/// A call to the account's interface: refusals come with HTTP 200 there too.
fn account(
    path: &str,
    (State(shared), ConnectInfo(line), RawQuery(query), headers, body): Asked,
    method: impl FnOnce(&mut super::state::State, &HeaderMap, &Args) -> Result<Value, i32>,
) -> Response {
    let fault = shared.write(|s| s.book.take_fault(path));
    if let Some(response) = fault.as_ref().and_then(|f| f.before(&line, |code| in_json(&oa::no(*code)))) {
        return response;
    }
    let Some(args) = remote::arguments(query.as_deref(), &headers, &body, value) else {
        shared.write(|s| s.book.violation(format!("{path}: the body cannot be read")));
        return in_json(&oa::no(-201));
    };
    let answer = shared.write(|s| {
        s.book.journal.push(Call { method: path.to_owned(), args: args.clone() });
        method(s, &headers, &args).unwrap_or_else(oa::no)
    });
    remote::done(fault.as_ref(), &line, &answer)
}

/// A description repeats what it was about, as a careless one would.
fn refusal(code: i32) -> Value {
    json!({ "ok": false, "error_code": code, "description": "chat 6ede9afa: hàng trắng ở kho số bảy" })
}

/// In forms everything stays text.
fn value(text: &str) -> Value {
    Value::from(text)
}

/// With HTTP 200, whatever it says.
fn in_json(body: &Value) -> Response {
    remote::json(StatusCode::OK, body.to_string())
}

/// One update at most, and whoever read it has it: it never comes again.
async fn poll(shared: &Shared, args: &Args) -> Result<Option<Value>, Refusal> {
    shared.write(|s| {
        bot::check("getUpdates", args, s)?;
        if s.hook.is_some() { Err(Refusal(409)) } else { Ok(()) }
    })?;
    let seconds = match args.get("timeout") {
        Some(Value::String(text)) => text.parse().unwrap_or(30),
        Some(value) => value.as_u64().unwrap_or(30),
        None => 30,
    };
    let mut bell = shared.bell();
    let waiting = async {
        loop {
            if let Some(update) = shared.quietly(take_one) {
                return update;
            }
            bell.changed().await.expect("the fake is up");
        }
    };
    match timeout(Duration::from_secs(seconds), waiting).await {
        Ok(update) => Ok(Some(update)),
        Err(_) => Err(Refusal(408)),
    }
}

fn take_one(state: &mut super::state::State) -> Option<Value> {
    let at = state.pushes.iter().position(|p| p.target == Target::Bot)?;
    let body: Value = serde_json::from_str(&state.pushes.remove(at).body).ok()?;
    Some(body.get("result").cloned().unwrap_or(body))
}

async fn download(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Scissors>,
    Path(name): Path<String>,
) -> Response {
    let fault = shared.write(|s| {
        s.book.journal.push(Call { method: "download".to_owned(), args: Args::new() });
        s.book.take_fault("download")
    });
    let spoilt = fault.and_then(|f| f.before(&line, |code| in_json(&refusal(*code))));
    spoilt.unwrap_or_else(|| match shared.read(|s| s.files.get(&name).cloned()) {
        Some(bytes) => bytes.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}
