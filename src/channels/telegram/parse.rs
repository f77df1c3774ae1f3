//! Understanding an update. Only what we need is looked at: names, user names and the sender's own phone
//! number are left behind here, and a field or entity that this version of teloxide does not know cannot
//! spoil the text beside it. What is still not understood is a dead letter, never silence.

mod media;

use serde::Deserialize;
use serde_json::{Map, Value};
use teloxide::types::{Message, MessageCommon, MessageKind};

use crate::service::channel::{ChatId, Content, MessageRef, Unparsable, Update};

/// The parts of a message that we read; everything else is cut off before teloxide sees it.
const READ: [&str; 19] = [
    "message_id",
    "date",
    "text",
    "caption",
    "media_group_id",
    "animation",
    "audio",
    "contact",
    "document",
    "location",
    "photo",
    "poll",
    "sticker",
    "story",
    "venue",
    "video",
    "video_note",
    "voice",
    "dice",
];

/// What a private chat notes about itself: nothing a person said.
const NOTES: [&str; 14] = [
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "chat_background_set",
    "connected_website",
    "users_shared",
    "chat_shared",
    "boost_added",
    "gift",
    "unique_gift",
    "successful_payment",
    "refunded_payment",
    "proximity_alert_triggered",
    "passport_data",
];

/// The chat of whatever happened, as far as we need it.
#[derive(Deserialize)]
struct Place {
    id: i64,
    #[serde(rename = "type", default)]
    kind: String,
}

impl Place {
    fn of(holder: &Map<String, Value>) -> Option<Self> {
        Self::deserialize(holder.get("chat")?).ok()
    }

    fn is_private(&self) -> bool {
        self.kind == "private"
    }

    fn holds(self, message: Option<MessageRef>, content: Content) -> Update {
        Update { chat: ChatId::new(self.id.to_string()), message, content }
    }
}

/// See [`crate::service::channel::Channel::parse`].
pub(super) fn update(bytes: &[u8]) -> Result<Update, Unparsable> {
    let Ok(Value::Object(mut update)) = serde_json::from_slice(bytes) else { return Err(Unparsable) };
    let mut part = |kind| match update.remove(kind) {
        Some(Value::Object(part)) => Some(part),
        _ => None,
    };
    if let Some(new) = part("message") {
        return message(new, false);
    }
    if let Some(changed) = part("edited_message") {
        return message(changed, true);
    }
    if let Some(query) = part("callback_query") {
        return press(&query);
    }
    if let Some(change) = part("my_chat_member") {
        return membership(&change);
    }
    // kinds we do not ask for, but an older webhook setting may still bring
    let other = ["channel_post", "edited_channel_post", "message_reaction", "chat_member"];
    let place = other.into_iter().find_map(part).and_then(|it| Place::of(&it)).ok_or(Unparsable)?;
    Ok(place.holds(None, Content::Ignored))
}

fn message(raw: Map<String, Value>, edited: bool) -> Result<Update, Unparsable> {
    let place = Place::of(&raw).ok_or(Unparsable)?;
    let id = raw.get("message_id").and_then(Value::as_i64).ok_or(Unparsable)?;
    let content = if place.is_private() { said(raw, &place, edited)? } else { Content::Ignored };
    Ok(place.holds(Some(MessageRef(id.to_string())), content))
}

fn said(raw: Map<String, Value>, place: &Place, edited: bool) -> Result<Content, Unparsable> {
    let note = NOTES.iter().any(|key| raw.contains_key(*key));
    let message = teloxide_message(raw, place).ok_or(Unparsable)?;
    match message.kind {
        MessageKind::Common(MessageCommon { media_kind, .. }) => {
            media::content(media_kind, place.id, edited).ok_or(Unparsable)
        }
        MessageKind::Dice(_) => Ok(media::plain("dice", None)),
        _ if note => Ok(Content::Ignored),
        _ => Err(Unparsable),
    }
}

/// teloxide's message, read from the few fields we allow.
fn teloxide_message(mut raw: Map<String, Value>, place: &Place) -> Option<Message> {
    raw.retain(|key, _| READ.contains(&key.as_str()));
    media::tidy(&mut raw);
    raw.insert("chat".to_owned(), serde_json::json!({ "id": place.id, "type": "private" }));
    raw.entry("date").or_insert_with(|| 0.into());
    serde_json::from_value(Value::Object(raw)).ok()
}

/// The button's own message may be too old for Telegram to show; its number and chat always come.
fn press(query: &Map<String, Value>) -> Result<Update, Unparsable> {
    let text = |key| query.get(key).and_then(Value::as_str).map(str::to_owned);
    let callback = text("id").ok_or(Unparsable)?;
    let message = query.get("message").and_then(Value::as_object).ok_or(Unparsable)?;
    let place = Place::of(message).ok_or(Unparsable)?;
    let id = message.get("message_id").and_then(Value::as_i64).ok_or(Unparsable)?;
    let content = match text("data") {
        Some(token) if place.is_private() => Content::Press { token, callback },
        _ => Content::Ignored,
    };
    Ok(place.holds(Some(MessageRef(id.to_string())), content))
}

/// In a private chat this comes only when the person blocks the bot or lets it in again.
fn membership(change: &Map<String, Value>) -> Result<Update, Unparsable> {
    let place = Place::of(change).ok_or(Unparsable)?;
    let status = change
        .get("new_chat_member")
        .and_then(|member| member.get("status"))
        .and_then(Value::as_str)
        .ok_or(Unparsable)?;
    let content = match status {
        _ if !place.is_private() => Content::Ignored,
        "kicked" | "left" => Content::Left,
        "member" => Content::Returned,
        _ => return Err(Unparsable),
    };
    Ok(place.holds(None, content))
}

/// `/start` and its payload, or a text.
fn text(text: String, edited: bool) -> Content {
    if edited {
        return Content::Edited(text);
    }
    let mut words = text.split_whitespace();
    let command = words.next().unwrap_or_default();
    if command == "/start" || command.starts_with("/start@") {
        return Content::Start(words.next().map(str::to_owned));
    }
    Content::Text(text)
}

#[cfg(test)]
mod tests;
