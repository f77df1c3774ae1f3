//! The methods, with the checks Telegram makes.

use serde_json::{Value, json};

use super::state::{Hook, Message, State};
use crate::remote::{Args, misfit, text};

/// Telegram's no.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    code: u16,
    text: String,
    wait: Option<u64>,
}

impl Refusal {
    pub(super) fn new(code: u16, text: &str) -> Self {
        Self { code, text: text.to_owned(), wait: None }
    }

    pub(super) fn wait(seconds: u64) -> Self {
        let text = format!("Too Many Requests: retry after {seconds}");
        Self { code: 429, text, wait: Some(seconds) }
    }

    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.text });
        if let Some(seconds) = self.wait {
            body["parameters"] = json!({ "retry_after": seconds });
        }
        body
    }
}

fn bad(text: &str) -> Refusal {
    Refusal::new(400, &format!("Bad Request: {text}"))
}

/// The fields of a method: the needed, then the possible.
fn fields(method: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match method.to_ascii_lowercase().as_str() {
        "getme" | "getwebhookinfo" => (&[], &[]),
        "getupdates" => (&[], &["offset", "limit", "timeout", "allowed_updates"]),
        "sendmessage" => (
            &["chat_id", "text"],
            &["protect_content", "reply_markup", "link_preview_options", "disable_notification"],
        ),
        "editmessagereplymarkup" => (&["chat_id", "message_id"], &["reply_markup"]),
        "deletemessage" => (&["chat_id", "message_id"], &[]),
        "answercallbackquery" => (&["callback_query_id"], &["text", "show_alert", "cache_time"]),
        "setwebhook" => (&["url"], &["secret_token", "allowed_updates", "max_connections"]),
        "deletewebhook" => (&[], &["drop_pending_updates"]),
        "getfile" => (&["file_id"], &[]),
        _ => return None,
    })
}

/// Refuses what Telegram would, and fields it would silently ignore: a misspelt one is a bug of the bot's.
pub(super) fn check(method: &str, args: &Args, state: &mut State) -> Result<(), Refusal> {
    let Some((needed, possible)) = fields(method) else {
        state.book.violation(format!("{method}: no such method"));
        return Err(Refusal::new(404, "Not Found"));
    };
    misfit(args, needed, possible).map_or(Ok(()), |what| Err(violated(state, method, &what)))
}

fn violated(state: &mut State, method: &str, what: &str) -> Refusal {
    state.book.violation(format!("{method}: {what}"));
    bad(what)
}

pub(super) fn answer(state: &mut State, method: &str, args: &Args) -> Result<Value, Refusal> {
    check(method, args, state)?;
    match method.to_ascii_lowercase().as_str() {
        "getme" => Ok(me(state)),
        "sendmessage" => send(state, args),
        "editmessagereplymarkup" => edit_buttons(state, args),
        "deletemessage" => delete(state, args),
        "answercallbackquery" => answer_press(state, args),
        "setwebhook" => set_hook(state, args),
        "deletewebhook" => {
            state.hook = None;
            if args.get("drop_pending_updates") == Some(&Value::Bool(true)) {
                state.book.violation("deleteWebhook: updates thrown away".to_owned());
            }
            Ok(true.into())
        }
        "getwebhookinfo" => Ok(hook_info(state)),
        "getfile" => file(state, args),
        _ => Err(Refusal::new(404, "Not Found")),
    }
}

fn me(state: &State) -> Value {
    let id = state.bot;
    json!({ "id": id, "is_bot": true, "first_name": "Tin An", "username": "tinan_bot",
        "can_join_groups": false, "can_read_all_group_messages": false,
        "supports_inline_queries": false, "has_main_web_app": false,
        "can_connect_to_business": false })
}

/// Numbers may come as text, in forms and in JSON.
fn integer(args: &Args, key: &str) -> Option<i64> {
    let value = args.get(key)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The chat, if the person ever wrote and has not blocked the bot.
fn open_chat(state: &State, args: &Args) -> Result<i64, Refusal> {
    let chat = integer(args, "chat_id").ok_or_else(|| bad("chat_id is empty"))?;
    match state.chats.get(&chat) {
        None => Err(bad("chat not found")),
        Some(found) if found.blocked => Err(Refusal::new(403, "Forbidden: bot was blocked by the user")),
        Some(_) => Ok(chat),
    }
}

fn send(state: &mut State, args: &Args) -> Result<Value, Refusal> {
    let words = text(args, "text").trim().to_owned();
    if words.is_empty() {
        return Err(violated(state, "sendMessage", "message text is empty"));
    }
    if words.encode_utf16().count() > 4096 {
        return Err(violated(state, "sendMessage", "message is too long"));
    }
    let buttons = buttons(args).map_err(|what| violated(state, "sendMessage", what))?;
    let chat = open_chat(state, args)?;
    let (id, date) = (state.number(), state.date());
    let protected = args.get("protect_content") == Some(&Value::Bool(true));
    let message = Message { id, by_bot: true, text: words.clone(), buttons, protected };
    state.chats.entry(chat).or_default().messages.push(message);
    Ok(json!({ "message_id": id, "date": date, "from": me(state), "text": words,
        "chat": { "id": chat, "type": "private", "first_name": super::FIRST_NAME } }))
}

/// Rows of label and token, or what is wrong with them.
fn buttons(args: &Args) -> Result<Vec<Vec<(String, String)>>, &'static str> {
    let rows = match args.get("reply_markup") {
        None => return Ok(Vec::new()),
        Some(markup) => markup["inline_keyboard"].as_array().ok_or("inline keyboard expected")?,
    };
    let button = |b: &Value| {
        let (label, token) =
            (b["text"].as_str().unwrap_or_default(), b["callback_data"].as_str().unwrap_or_default());
        match (label.trim().is_empty(), token.len()) {
            (true, _) => Err("Text buttons are unallowed in the inline keyboard"),
            (false, 1..=64) => Ok((label.to_owned(), token.to_owned())),
            (false, _) => Err("BUTTON_DATA_INVALID"),
        }
    };
    let row = |row: &Value| row.as_array().ok_or("a row is expected")?.iter().map(button).collect();
    rows.iter().map(row).collect()
}

fn edit_buttons(state: &mut State, args: &Args) -> Result<Value, Refusal> {
    let new = buttons(args).map_err(|what| violated(state, "editMessageReplyMarkup", what))?;
    let (chat, id) = (open_chat(state, args)?, integer(args, "message_id"));
    let messages = &mut state.chats.entry(chat).or_default().messages;
    let Some(message) = messages.iter_mut().find(|m| Some(m.id) == id) else {
        return Err(bad("message to edit not found"));
    };
    if !message.by_bot {
        return Err(bad("message can't be edited"));
    }
    if message.buttons == new {
        return Err(bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
        ));
    }
    message.buttons = new;
    Ok(
        json!({ "message_id": id, "date": 1, "chat": { "id": chat, "type": "private" }, "text": message.text }),
    )
}

fn delete(state: &mut State, args: &Args) -> Result<Value, Refusal> {
    let (chat, id) = (open_chat(state, args)?, integer(args, "message_id"));
    let messages = &mut state.chats.entry(chat).or_default().messages;
    let before = messages.len();
    messages.retain(|m| Some(m.id) != id);
    if messages.len() == before { Err(bad("message to delete not found")) } else { Ok(true.into()) }
}

fn answer_press(state: &mut State, args: &Args) -> Result<Value, Refusal> {
    match state.presses.get_mut(text(args, "callback_query_id")) {
        Some(answered) => {
            *answered = true;
            Ok(true.into())
        }
        None => Err(bad("query is too old and response timeout expired or query ID is invalid")),
    }
}

fn set_hook(state: &mut State, args: &Args) -> Result<Value, Refusal> {
    let url = text(args, "url").to_owned();
    let secret = args.get("secret_token").and_then(Value::as_str).map(str::to_owned);
    let plain = |s: &String| {
        (1..=256).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    if !secret.as_ref().is_none_or(plain) {
        return Err(violated(state, "setWebhook", "secret token contains unallowed characters"));
    }
    state.newest_poll += 1;
    state.hook = (!url.is_empty()).then_some(Hook { url, secret, failed: None });
    Ok(true.into())
}

fn hook_info(state: &State) -> Value {
    let mut info =
        json!({ "url": "", "has_custom_certificate": false, "pending_update_count": state.pending.len() });
    if let Some(hook) = &state.hook {
        info["url"] = hook.url.clone().into();
        if let Some(date) = hook.failed {
            info["last_error_date"] = date.into();
        }
    }
    info
}

fn file(state: &State, args: &Args) -> Result<Value, Refusal> {
    let id = text(args, "file_id");
    let (path, bytes) =
        state.files.get(id).ok_or_else(|| bad("wrong file_id or the file is temporarily unavailable"))?;
    if bytes.len() > 20 * 1024 * 1024 {
        return Err(bad("file is too big"));
    }
    let mut found = json!({ "file_id": id, "file_unique_id": id, "file_size": bytes.len() });
    if !path.is_empty() {
        found["file_path"] = path.as_str().into();
    }
    Ok(found)
}
