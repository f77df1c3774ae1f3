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
use axum::routing::{any, get, post};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::bot::{self, Args, Refusal};
use super::faults::Fault;
use super::state::{Call, Shared, Target};
use super::{TOKEN, oa, push};
use crate::line::{Lines, Scissors};

pub(super) async fn serve(
    shared: Arc<Shared>,
    address: &str,
    stop: CancellationToken,
    tell: mpsc::Sender<SocketAddr>,
) {
    let listener = TcpListener::bind(address).await.expect("a port");
    tell.send(listener.local_addr().expect("an address")).expect("somebody waits");
    let app = Router::new()
        .route("/media/{name}", get(download))
        .route("/v3.0/oa/message/cs", post(account_say))
        .route("/v3.0/oa/user/detail", get(account_detail))
        .route("/v4/oa/access_token", post(account_renew))
        .route("/{bot}/{method}", any(call))
        .with_state(Arc::clone(&shared))
        .into_make_service_with_connect_info::<Scissors>();
    let serving = async { axum::serve(Lines(listener), app).await };
    tokio::select! {
        _ = serving => {}
        () = push::deliver(shared) => {}
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
    if bot != format!("bot{TOKEN}") {
        shared.write(|s| s.refused += 1);
        return in_json(refusal(401).to_string());
    }
    let fault = shared.write(|s| s.faults.take(&method));
    if let Some(response) = before(fault.as_ref(), &line, refusal) {
        return response;
    }
    let Some(args) = arguments(query.as_deref(), &headers, &body) else {
        shared.write(|s| s.violation(format!("{method}: the body cannot be read")));
        return in_json(refusal(400).to_string());
    };
    shared.write(|s| s.journal.push(Call { method: method.clone(), args: args.clone() }));
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
    after(fault.as_ref(), &line, body.to_string())
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
    let fault = shared.write(|s| s.faults.take(path));
    if let Some(response) = before(fault.as_ref(), &line, oa::no) {
        return response;
    }
    let Some(args) = arguments(query.as_deref(), &headers, &body) else {
        shared.write(|s| s.violation(format!("{path}: the body cannot be read")));
        return in_json(oa::no(-201).to_string());
    };
    let answer = shared.write(|s| {
        s.journal.push(Call { method: path.to_owned(), args: args.clone() });
        method(s, &headers, &args).unwrap_or_else(oa::no)
    });
    after(fault.as_ref(), &line, answer.to_string())
}

/// A description repeats what it was about, as a careless one would.
fn refusal(code: i32) -> Value {
    json!({ "ok": false, "error_code": code, "description": "chat 6ede9afa: hàng trắng ở kho số bảy" })
}

/// The faults that come instead of doing anything.
pub(super) fn before(
    fault: Option<&Fault>,
    line: &Scissors,
    no: impl FnOnce(i32) -> Value,
) -> Option<Response> {
    match fault? {
        Fault::Code(code) => Some(in_json(no(*code).to_string())),
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

/// The faults that spoil the answer to a call that was done.
pub(super) fn after(fault: Option<&Fault>, line: &Scissors, answer: String) -> Response {
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
        _ => in_json(answer),
    }
}

/// With HTTP 200, whatever it says.
pub(super) fn in_json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// JSON, a form or a query, whatever the bot prefers.
pub(super) fn arguments(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Option<Args> {
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

fn pairs(encoded: &str) -> Option<Args> {
    let url = reqwest::Url::parse(&format!("http://form/?{encoded}")).ok()?;
    Some(url.query_pairs().map(|(key, text)| (key.into_owned(), text.into_owned().into())).collect())
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
            if let Some(update) = shared.write_quietly(take_one) {
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
        s.journal.push(Call { method: "download".to_owned(), args: Args::new() });
        s.faults.take("download")
    });
    if let Some(response) = before(fault.as_ref(), &line, refusal) {
        return response;
    }
    match shared.read(|s| s.files.get(&name).cloned()) {
        Some(bytes) => bytes.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
