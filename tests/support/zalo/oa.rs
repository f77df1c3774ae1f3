//! The Official Account: signed calls in, windows and single-use tokens out.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{HeaderMap, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::state::{Said, State, Target};
use crate::remote::{Args, text};

/// The application's number.
pub(crate) const APP_ID: &str = "4128917398127391";
/// The account's number.
pub(crate) const OA_ID: &str = "3219873198273198273";
/// What the account signs with.
pub(crate) const OA_SECRET: &str = "OaSecretKeyOaSecretKey";
/// What the application renews tokens with.
pub(crate) const APP_SECRET: &str = "AppSecretAppSecretApp";
/// The refresh token that an administrator gets first.
pub(crate) const FIRST_REFRESH: &str = "refresh-first-refresh-first";

const HOUR: i64 = 3_600_000;
/// How long an access token counts.
const LIFE: i64 = 90_000_000;
/// After every refusal of a call the next comes this much later; after the last the account is unsubscribed.
pub(super) const AGAIN: [i64; 5] = [30_000, 300_000, 900_000, 1_800_000, HOUR];
/// No refresh token that was refused; the real number is not known to us.
const NO_SUCH_TOKEN: i32 = -1_000;

pub(super) struct Account {
    /// Access tokens that count, and until when.
    pub(super) access: BTreeMap<String, i64>,
    pub(super) refresh: String,
    pub(super) renewals: usize,
    /// How often a refresh token came that was spent before.
    pub(super) spent: usize,
    used: BTreeSet<String>,
    /// Who wrote last when, by their address with us.
    pub(super) heard: BTreeMap<String, i64>,
    pub(super) billed: usize,
    pub(super) route: Option<String>,
    pub(super) unsubscribed: bool,
    /// The `num_retry` of every call that was made.
    pub(super) retries: Vec<usize>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            access: BTreeMap::new(),
            refresh: FIRST_REFRESH.to_owned(),
            renewals: 0,
            spent: 0,
            used: BTreeSet::new(),
            heard: BTreeMap::new(),
            billed: 0,
            route: None,
            unsubscribed: false,
            retries: Vec::new(),
        }
    }
}

/// What Zalo signs a body with.
pub(crate) fn mac(app: &str, body: &str, moment: &str, secret: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{app}{body}{moment}{secret}")))
}

/// The header over a body, with the spaces that it sometimes has.
pub(super) fn signed(body: &str) -> String {
    let moment = serde_json::from_str::<Value>(body).ok();
    let moment = moment.and_then(|b| b["timestamp"].as_str().map(str::to_owned)).unwrap_or_default();
    format!("mac = {}", mac(APP_ID, body, &moment, OA_SECRET))
}

/// An event, as Zalo writes it: moments as text, slashes escaped.
pub(super) fn event(state: &mut State, name: &str, who: &str, message: &Value) -> String {
    let moment = state.tick().to_string();
    state.oa.heard.insert(who.to_owned(), state.now);
    let (conversation, mut message) = (who.strip_prefix("conversation:"), message.clone());
    message["msg_id"] = state.message_id().into();
    let sender = conversation.map_or(who, |_| "0");
    if let Some(conversation) = conversation {
        message["conversation_id"] = conversation.into();
    }
    let side = if conversation.is_some() { "anonymous" } else { "user" };
    let body = json!({ "app_id": APP_ID, "user_id_by_app": "990", "event_name": format!("{side}_{name}"),
        "timestamp": moment, "sender": { "id": sender }, "recipient": { "id": OA_ID }, "message": message });
    body.to_string().replace('/', "\\/")
}

/// An answer of Zalo's API.
pub(super) fn no(code: i32) -> Value {
    json!({ "error": code, "message": "user 7700 in kho số bảy" })
}

fn holder<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

fn check_access(state: &State, headers: &HeaderMap) -> Result<(), i32> {
    match state.oa.access.get(holder(headers, "access_token")) {
        None => Err(-216),
        Some(until) if *until <= state.now => Err(-220),
        Some(_) => Ok(()),
    }
}

/// `POST /v3.0/oa/message/cs`.
pub(super) fn say(state: &mut State, headers: &HeaderMap, args: &Args) -> Result<Value, i32> {
    check_access(state, headers)?;
    let to = args.get("recipient").and_then(Value::as_object).cloned().unwrap_or_default();
    let text = args.get("message").and_then(|m| m.get("text")).and_then(Value::as_str).unwrap_or_default();
    let who = match (to.get("user_id"), to.get("conversation_id"), to.len()) {
        (Some(Value::String(id)), None, 1) => id.clone(),
        (None, Some(Value::String(id)), 1) => format!("conversation:{id}"),
        _ => {
            state.book.violation("message/cs: no recipient".to_owned());
            return Err(-201);
        }
    };
    if text.trim().is_empty() || text.encode_utf16().count() > 2_000 {
        state.book.violation(format!("message/cs: a text of {} units", text.encode_utf16().count()));
        return Err(-201);
    }
    let Some(heard) = state.oa.heard.get(&who).copied() else { return Err(-213) };
    let silent = state.now - heard;
    if silent > 7 * 24 * HOUR {
        return Err(-230);
    }
    let free = silent <= 48 * HOUR;
    state.oa.billed += usize::from(!free);
    let message_id = state.message_id();
    let said = Said { by_bot: true, text: text.to_owned() };
    state.chats.entry((Target::Oa, who.clone())).or_default().push(said);
    let quota = if free { "reply" } else { "sub_quota" };
    let data = json!({ "message_id": message_id, "user_id": who, "sent_time": state.now.to_string(),
        "quota": { "quota_type": quota } });
    Ok(json!({ "error": 0, "message": "Success", "data": data }))
}

/// `GET /v3.0/oa/user/detail`, of nobody.
pub(super) fn detail(state: &State, headers: &HeaderMap) -> Result<Value, i32> {
    check_access(state, headers)?;
    Err(-201)
}

/// `POST /v4/oa/access_token`: a form, with the application's secret in a header. A token counts once.
pub(super) fn renew(state: &mut State, headers: &HeaderMap, args: &Args) -> Result<Value, i32> {
    let form =
        holder(headers, header::CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded");
    let field = |key: &str| text(args, key);
    let sound = form && field("app_id") == APP_ID && field("grant_type") == "refresh_token";
    if !sound || holder(headers, "secret_key") != APP_SECRET {
        state.book.violation("access_token: not a sound request".to_owned());
        return Err(-201);
    }
    let given = field("refresh_token").to_owned();
    if given != state.oa.refresh {
        state.oa.spent += usize::from(state.oa.used.contains(&given));
        return Err(NO_SUCH_TOKEN);
    }
    let n = state.number();
    let (access, refresh) = (format!("access-{n}-access"), format!("refresh-{n}-refresh"));
    state.oa.used.insert(given);
    state.oa.renewals += 1;
    state.oa.access.insert(access.clone(), state.now + LIFE);
    state.oa.refresh.clone_from(&refresh);
    Ok(json!({ "access_token": access, "refresh_token": refresh, "expires_in": "90000" }))
}
