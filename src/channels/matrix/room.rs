//! Being somewhere: our user at its homeserver, and our user in a room with one person.

use serde_json::{Value, json};

use super::send::{say, verdict};
use super::wire::{Call, DEVICE, Fault, Why};
use super::{ID, Matrix, NAME, parse};
use crate::channels::http::Mishap;
use crate::service::channel::{ChatId, Raw, SendFault};
use crate::text::SERVICE;

/// How many events are asked for at once, and how often.
const PAGE: &str = "100";
const PAGES: usize = 5;
/// What stands for words from before we came that were not fetched: of a kind that nobody sends, so that it is answered
/// as everything is that does not reach us.
const CUT: &str = "vn.tinan.not_fetched";

/// Makes our user and, where the homeserver lets us, a device; tells whether there is one. Done twice it is the same.
pub(super) async fn appear(matrix: &Matrix) -> Result<bool, Fault> {
    let name = matrix.user.trim_start_matches('@').split(':').next().unwrap_or_default();
    let body = json!({ "type": "m.login.application_service", "username": name, "inhibit_login": true });
    match ask(matrix, Call::post(&["client", "v3", "register"], &body)).await {
        Ok(_) => {
            let body = json!({ "displayname": SERVICE });
            let path = ["client", "v3", "profile", &matrix.user, "displayname"];
            // without a name it works as well
            let _ = ask(matrix, Call::put(&path, &body)).await;
        }
        Err(Fault::Refused { why: Why::Taken, .. }) => {}
        Err(fault) => return Err(fault),
    }
    let body = json!({ "display_name": SERVICE });
    match ask(matrix, Call::put(&["client", "v3", "devices", DEVICE], &body)).await {
        Ok(_) => Ok(true),
        Err(Fault::Refused { .. } | Fault::OnTheWay(Mishap::Barred(404 | 405))) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Who the homeserver takes us for.
pub(super) async fn whoami(matrix: &Matrix) -> Result<String, Fault> {
    let answer = ask(matrix, Call::get(&["client", "v3", "account", "whoami"])).await?;
    answer.get("user_id").and_then(Value::as_str).map(str::to_owned).ok_or(Mishap::Garbled.into())
}

/// Makes the homeserver call our own `/ping`.
pub(super) async fn ping(matrix: &Matrix) -> Result<(), Fault> {
    ask(matrix, Call::post(&["client", "v1", "appservice", ID, "ping"], &json!({}))).await.map(drop)
}

/// Follows an invitation, or looks around in a room we are in. Among others we say why we go, and go; so a step that
/// was interrupted is done again from the beginning.
pub(super) async fn enter(
    matrix: &Matrix,
    number: &str,
    chat: &ChatId,
    join: bool,
    crowd: &str,
) -> Result<(), SendFault> {
    if join {
        let path = ["client", "v3", "join", chat.expose()];
        ask(matrix, Call::post(&path, &json!({}))).await.map_err(|fault| final_no(&fault))?;
    }
    if others(matrix, chat).await? > 1 {
        match say(matrix, number, chat, crowd).await {
            Ok(_) | Err(SendFault::Refused(_)) => return leave(matrix, chat, crowd).await,
            Err(fault) => return Err(fault),
        }
    }
    if join { catch_up(matrix, number, chat).await } else { Ok(()) }
}

/// Leaves a room, or turns an invitation down.
pub(super) async fn leave(matrix: &Matrix, chat: &ChatId, why: &str) -> Result<(), SendFault> {
    let body = json!({ "reason": why });
    let path = ["client", "v3", "rooms", chat.expose(), "leave"];
    ask(matrix, Call::post(&path, &body)).await.map(drop).map_err(|fault| final_no(&fault))
}

/// How many are in the room besides us. A list too long to be read is a crowd.
async fn others(matrix: &Matrix, chat: &ChatId) -> Result<usize, SendFault> {
    let path = ["client", "v3", "rooms", chat.expose(), "joined_members"];
    let answer = match ask(matrix, Call::get(&path)).await {
        Err(Fault::OnTheWay(Mishap::TooLong)) => return Ok(usize::MAX),
        answer => answer.map_err(|fault| final_no(&fault))?,
    };
    let joined = answer.get("joined").and_then(Value::as_object).ok_or(SendFault::Unreachable)?;
    Ok(joined.keys().filter(|who| **who != matrix.user).count())
}

/// Takes what was written before we were in the room, which the homeserver pushes to nobody: back to the beginning, or
/// to where we were here before. What was pushed too is known by its number. Of more than we ask for nobody knows whose
/// it is or what it says: the person hears that there was something we did not get.
async fn catch_up(matrix: &Matrix, number: &str, chat: &ChatId) -> Result<(), SendFault> {
    let Some(hotline) = matrix.hotline.get() else { return Ok(()) };
    let (mut found, mut from, mut inside) = (Vec::new(), None::<String>, true);
    'pages: for asked in 1..=PAGES {
        let page = page(matrix, chat, from.as_deref()).await?;
        let events = page.get("chunk").and_then(Value::as_array).cloned().unwrap_or_default();
        for event in events {
            if event.get("sender").and_then(Value::as_str) == Some(matrix.user.as_str()) {
                // backwards: first what we did here since we came, then our coming, then perhaps an earlier stay
                if !inside {
                    break 'pages;
                }
                inside = event.get("type").and_then(Value::as_str) != Some("m.room.member");
            } else if event.get("state_key").is_none() {
                found.extend(whole(matrix, chat, event));
            }
        }
        from = page.get("end").and_then(Value::as_str).map(str::to_owned);
        if from.is_none() {
            break 'pages;
        }
        if asked == PAGES {
            let cut = json!({ "type": CUT, "sender": "@", "event_id": format!("$cut:{}", number) });
            found.extend(whole(matrix, chat, cut));
        }
    }
    found.reverse();
    if found.is_empty() {
        return Ok(());
    }
    let bot = (NAME, matrix.user.as_str());
    hotline.accept(bot, found, None).await.map(drop).map_err(|_| SendFault::Unreachable)
}

async fn page(matrix: &Matrix, chat: &ChatId, from: Option<&str>) -> Result<Value, SendFault> {
    let path = ["client", "v3", "rooms", chat.expose(), "messages"];
    let mut query = vec![("dir", "b"), ("limit", PAGE)];
    query.extend(from.map(|from| ("from", from)));
    let call = Call { query: &query, ..Call::get(&path) };
    ask(matrix, call).await.map_err(|fault| final_no(&fault))
}

/// An event as it would have been pushed.
fn whole(matrix: &Matrix, chat: &ChatId, mut event: Value) -> Option<Raw> {
    event.as_object_mut()?.insert("room_id".to_owned(), chat.expose().into());
    parse::raw(&matrix.user, event.to_string().as_bytes())
}

async fn ask(matrix: &Matrix, call: Call<'_>) -> Result<Value, Fault> {
    matrix.wire.ask(&call, matrix.call_timeout).await
}

/// Whatever the homeserver refuses here, it will refuse again: the room is not for us.
fn final_no(fault: &Fault) -> SendFault {
    match verdict(fault) {
        SendFault::Refused(_) => SendFault::Gone,
        SendFault::Uncertain => SendFault::Unreachable,
        other => other,
    }
}
