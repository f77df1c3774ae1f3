//! Understanding an event. Only what we need is looked at: who sent it is compared with ourselves and left behind.
//! What is not understood is a dead letter, never silence.

mod said;

use serde_json::{Map, Value};

use crate::channels::intake::key_of_bytes;
use crate::service::channel::{ChatId, Content, MessageRef, Raw, Unparsable, Update};

/// The longest name of a room, a user or an event.
const LONGEST_NAME: usize = 255;

/// An event, opened.
struct Event {
    room: String,
    sender: String,
    kind: String,
    id: Option<String>,
    state: Option<String>,
    content: Map<String, Value>,
    redacts: Option<String>,
    /// What a membership was before.
    before: Option<String>,
}

impl Event {
    fn read(bytes: &[u8]) -> Option<Self> {
        let Ok(Value::Object(mut event)) = serde_json::from_slice(bytes) else { return None };
        let name = |value: Option<&Value>| {
            value?.as_str().filter(|n| !n.is_empty() && n.len() <= LONGEST_NAME).map(str::to_owned)
        };
        let content = match event.remove("content") {
            Some(Value::Object(content)) => content,
            Some(_) => return None,
            None => Map::new(),
        };
        Some(Self {
            room: name(event.get("room_id"))?,
            sender: name(event.get("sender"))?,
            kind: name(event.get("type"))?,
            id: name(event.get("event_id")),
            state: event.get("state_key").and_then(Value::as_str).map(str::to_owned),
            // where it stands depends on how old the room is
            before: name(event.get("unsigned").and_then(|u| u.get("prev_content")?.get("membership"))),
            redacts: name(event.get("redacts")).or_else(|| name(content.get("redacts"))),
            content,
        })
    }
}

/// An event with its key, which is its own number; nothing for what we said ourselves. Our own coming and going counts.
pub(super) fn raw(user: &str, bytes: &[u8]) -> Option<Raw> {
    let event: Option<Map<String, Value>> = serde_json::from_slice(bytes).ok();
    let text = |key| event.as_ref().and_then(|e| e.get(key)).and_then(Value::as_str);
    if text("sender") == Some(user) && text("type") != Some("m.room.member") {
        return None;
    }
    let key = text("event_id").filter(|id| !id.is_empty() && id.len() <= LONGEST_NAME);
    Some(Raw { key: key.map_or_else(|| key_of_bytes(bytes), str::to_owned), bytes: bytes.to_vec() })
}

/// When the sender's server says it happened, in milliseconds.
pub(super) fn moment(bytes: &[u8]) -> Option<i64> {
    let event: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    event.get("origin_server_ts")?.as_i64()
}

/// See [`crate::service::channel::Channel::parse`].
pub(super) fn update(user: &str, bytes: &[u8]) -> Result<Update, Unparsable> {
    let event = Event::read(bytes).ok_or(Unparsable)?;
    let (message, content) = match event.kind.as_str() {
        "m.room.member" => (None, membership(user, &event).ok_or(Unparsable)?),
        // what the room is called and the like
        _ if event.state.is_some() || event.sender == user => (None, Content::Ignored),
        "m.room.redaction" => {
            let gone = event.redacts.clone();
            let content = if gone.is_some() { Content::Unsaid } else { Content::Ignored };
            (gone.map(MessageRef), content)
        }
        "m.room.message" | "m.sticker" => said::content(&event.kind, &event.content, event.id),
        "m.room.encrypted" if event.content.is_empty() => (None, Content::Ignored),
        "m.room.encrypted" => (None, Content::Unreadable),
        kind if is_small(kind) => (None, Content::Ignored),
        // a poll, a call: the person hears that it does not reach us
        _ => (event.id.map(MessageRef), said::unsupported()),
    };
    Ok(Update { chat: ChatId::new(event.room), message, content })
}

/// What goes along with something else and says nothing alone.
fn is_small(kind: &str) -> bool {
    let part_of_a_call = kind.starts_with("m.call.") && kind != "m.call.invite";
    kind == "m.reaction"
        || kind == "m.poll.response"
        || part_of_a_call
        || kind.starts_with("m.key.verification.")
}

fn membership(user: &str, event: &Event) -> Option<Content> {
    let ours = event.state.as_deref()? == user;
    let membership = event.content.get("membership")?.as_str()?;
    Some(match membership {
        "invite" if ours => {
            Content::Invited { direct: event.content.get("is_direct") == Some(&Value::Bool(true)) }
        }
        "join" if !ours => Content::Entered,
        // somebody who was never there did not want to come
        "leave" if !ours && event.before.as_deref() == Some("invite") => Content::Ignored,
        // whoever it was that went, we or they: nothing can be said there any more
        "leave" | "ban" => Content::Left,
        "invite" | "join" | "knock" => Content::Ignored,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
