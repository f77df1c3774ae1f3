//! The outside of an update: some senders wrap it as `{"ok": true, "result": {…}}`, some deliver the inside bare.

use serde_json::{Map, Value};

use crate::channels::intake::key_of_bytes;
use crate::service::channel::Raw;

/// The longest number of a message that is taken as it is; Zalo's have some twenty characters.
const LONGEST_ID: usize = 128;

/// An update, opened.
pub(super) struct Envelope {
    /// The kind, such as `message.text.received`.
    pub(super) event: String,
    /// What happened.
    pub(super) message: Map<String, Value>,
    /// When, in milliseconds.
    pub(super) date: Option<i64>,
}

/// Opens either shape; nothing if it is neither.
pub(super) fn read(bytes: &[u8]) -> Option<Envelope> {
    let Ok(Value::Object(mut outer)) = serde_json::from_slice(bytes) else { return None };
    let mut inner = match outer.remove("result") {
        Some(Value::Object(inner)) => inner,
        Some(_) => return None,
        None => outer,
    };
    let event = inner.get("event_name")?.as_str()?.to_owned();
    let Some(Value::Object(message)) = inner.remove("message") else { return None };
    let date = message.get("date").and_then(Value::as_i64);
    Some(Envelope { event, message, date })
}

/// Text that may also come as a number.
pub(super) fn text_or_number(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Bytes with their key: the message's number with the kind of event, or what cannot collide with that, a hash.
pub(super) fn raw(bytes: &[u8]) -> Raw {
    let key = read(bytes).and_then(|e| {
        let id = text_or_number(e.message.get("message_id"))?;
        (id.len() + e.event.len() <= LONGEST_ID).then(|| format!("{id}:{}", e.event))
    });
    Raw { key: key.unwrap_or_else(|| key_of_bytes(bytes)), bytes: bytes.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = r#"{"event_name":"message.text.received","message":{"message_id":"2d758c","date":7}}"#;

    #[test]
    fn both_shapes_are_the_same_update() {
        let wrapped = format!(r#"{{"ok":true,"result":{BARE}}}"#);
        assert_eq!(raw(BARE.as_bytes()).key, "2d758c:message.text.received");
        assert_eq!(raw(wrapped.as_bytes()).key, raw(BARE.as_bytes()).key);
        assert_eq!(read(wrapped.as_bytes()).and_then(|e| e.date), Some(7));
        let other = BARE.replace("text", "unsupported");
        assert_ne!(raw(other.as_bytes()).key, raw(BARE.as_bytes()).key, "two events of one message are two");
    }

    #[test]
    fn bytes_without_a_number_are_known_by_themselves() {
        let long = BARE.replace("2d758c", &"9".repeat(200));
        for odd in ["", "7", "[1]", "{}", r#"{"result":7}"#, r#"{"event_name":"x","message":{}}"#, &long] {
            assert!(raw(odd.as_bytes()).key.starts_with("sha256:"), "{odd}");
        }
    }
}
