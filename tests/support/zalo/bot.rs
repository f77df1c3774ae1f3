//! The methods of the Bot Platform, with the checks that Zalo makes.

use serde_json::{Value, json};

use super::TOKEN;
use super::state::{Hook, Said, State, Target};
use crate::remote::{Args, misfit, text};

/// Zalo's no, by its code.
pub(super) struct Refusal(pub(super) i32);

/// The fields of a method: the needed, then the possible. The case of a name counts.
fn fields(method: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match method {
        "getMe" | "getWebhookInfo" | "deleteWebhook" => (&[], &[]),
        "getUpdates" => (&[], &["timeout"]),
        "setWebhook" => (&["url", "secret_token"], &[]),
        "testWebhook" => (&[], &["url"]),
        "sendMessage" => (&["chat_id", "text"], &["parse_mode", "text_styles"]),
        "sendPhoto" => (&["chat_id", "photo"], &["caption"]),
        "sendVoice" => (&["chat_id", "voice_url"], &[]),
        "sendSticker" => (&["chat_id", "sticker"], &[]),
        "sendChatAction" => (&["chat_id", "action"], &[]),
        _ => return None,
    })
}

/// Refuses what Zalo would, and fields it would silently ignore: a misspelt one is a bug of the bot's.
pub(super) fn check(method: &str, args: &Args, state: &mut State) -> Result<(), Refusal> {
    let Some((needed, possible)) = fields(method) else {
        state.book.violation(format!("{method}: no such method"));
        return Err(Refusal(400));
    };
    misfit(args, needed, possible).map_or(Ok(()), |what| Err(violated(state, method, &what)))
}

fn violated(state: &mut State, method: &str, what: &str) -> Refusal {
    state.book.violation(format!("{method}: {what}"));
    Refusal(400)
}

pub(super) fn answer(state: &mut State, method: &str, args: &Args) -> Result<Option<Value>, Refusal> {
    check(method, args, state)?;
    let id = TOKEN.split(':').next().expect("a number");
    match method {
        "getMe" => Ok(Some(json!({ "id": id, "account_name": "bot.tinan", "account_type": "BASIC",
            "can_join_groups": false }))),
        "setWebhook" => set_hook(state, args).map(Some),
        "deleteWebhook" => {
            state.hook = None;
            Ok(Some(json!({ "url": "" })))
        }
        "getWebhookInfo" => match &state.hook {
            Some(hook) => Ok(Some(json!({ "url": hook.url, "updated_at": state.now }))),
            None => Err(Refusal(404)),
        },
        "testWebhook" => Ok(Some(json!({ "ok": state.outcome == "webhook.ok", "outcome": state.outcome }))),
        "sendChatAction" => said(state, method, args, None),
        _ => said(state, method, args, Some(words(method, args))),
    }
}

/// What the person sees of it.
fn words(method: &str, args: &Args) -> String {
    match method {
        "sendMessage" => text(args, "text").to_owned(),
        other => format!("[{other}] {}", text(args, "caption")),
    }
}

fn set_hook(state: &mut State, args: &Args) -> Result<Value, Refusal> {
    let (url, secret) = (text(args, "url").to_owned(), text(args, "secret_token").to_owned());
    if !url.starts_with("https://") {
        return Err(violated(state, "setWebhook", "the url is not https"));
    }
    if !(8..=256).contains(&secret.chars().count()) {
        return Err(violated(state, "setWebhook", "the secret is too short or too long"));
    }
    state.hook = Some(Hook { url: url.clone(), secret });
    // The address is kept even if nothing answers there.
    let ok = state.outcome == "webhook.ok";
    let found = json!({ "ok": ok, "url": url, "outcome": state.outcome, "hint": "chat 17" });
    Ok(json!({ "url": url, "updated_at": state.now, "verification": found }))
}

/// Only to somebody who has written to the bot.
fn said(
    state: &mut State,
    method: &str,
    args: &Args,
    shown: Option<String>,
) -> Result<Option<Value>, Refusal> {
    let chat = match args.get("chat_id") {
        Some(Value::String(id)) => id.clone(),
        _ => return Err(violated(state, method, "chat_id is not text")),
    };
    if !state.chats.contains_key(&(Target::Bot, chat.clone())) {
        return Err(Refusal(400));
    }
    let Some(shown) = shown else { return Ok(None) };
    let units = shown.encode_utf16().count();
    if shown.trim().is_empty() || units > 2_000 {
        return Err(violated(state, method, &format!("a text of {units} units")));
    }
    let (message_id, date) = (state.message_id(), state.tick());
    let chat = state.chats.get_mut(&(Target::Bot, chat)).expect("just seen");
    chat.push(Said { by_bot: true, text: shown });
    Ok(Some(json!({ "message_id": message_id, "date": date })))
}
