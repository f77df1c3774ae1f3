//! Understanding an update. Only what we need is looked at: the sender's name is left behind here. What is not
//! understood is a dead letter, never silence.

use serde_json::{Map, Value};

use super::envelope::{self, text_or_number};
use crate::service::channel::{ChatId, Content, FileRef, Unparsable, Update};

/// The longest address of a chat or a file that is believed to be one.
const LONGEST_ADDRESS: usize = 4_096;

/// No message of a person is ever named here: nothing of Zalo's can be changed or deleted, so no number is needed.
pub(super) fn update(bytes: &[u8]) -> Result<Update, Unparsable> {
    let envelope = envelope::read(bytes).ok_or(Unparsable)?;
    let message = &envelope.message;
    let chat = message.get("chat").and_then(Value::as_object).ok_or(Unparsable)?;
    let id = text_or_number(chat.get("id")).filter(|id| id.len() <= LONGEST_ADDRESS).ok_or(Unparsable)?;
    let by_bot = message.get("from").and_then(|f| f.get("is_bot")) == Some(&Value::Bool(true));
    let private = chat.get("chat_type").and_then(Value::as_str).is_none_or(|t| t == "PRIVATE");
    let content = content(&envelope.event, message)?;
    let content = if private && !by_bot { content } else { Content::Ignored };
    Ok(Update { chat: ChatId::new(id), message: None, content })
}

fn content(event: &str, message: &Map<String, Value>) -> Result<Content, Unparsable> {
    let text = |key: &str| message.get(key).and_then(Value::as_str).map(str::to_owned);
    let filed = |what: &str, keys: &[&str]| Content::Media {
        what: what.to_owned(),
        caption: text("caption").filter(|c| !c.trim().is_empty()),
        file: keys
            .iter()
            .find_map(|key| text(key))
            .filter(|url| !url.is_empty() && url.len() <= LONGEST_ADDRESS)
            .map(|url| (FileRef(url), None)),
        album: None,
    };
    Ok(match event {
        "message.text.received" => Content::Text(text("text").ok_or(Unparsable)?),
        "message.image.received" => filed("photo", &["photo", "photo_url"]),
        "message.sticker.received" => filed("sticker", &["url"]),
        "message.voice.received" => filed("voice", &["voice_url"]),
        "message.unsupported.received" => Content::Withheld,
        _ => return Err(Unparsable),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn event(kind: &str, extra: &Value) -> Vec<u8> {
        let mut message = json!({
            "message_id": "2d758cb5", "date": 1_750_316_131_602_i64,
            "from": {"id": "6ede9afa66b88fe6d6a9", "display_name": "Ted", "is_bot": false},
            "chat": {"id": "6ede9afa66b88fe6d6a9", "chat_type": "PRIVATE"},
        });
        for (key, value) in extra.as_object().expect("an object") {
            message[key] = value.clone();
        }
        json!({"ok": true, "result": {"event_name": kind, "message": message}}).to_string().into_bytes()
    }

    #[test]
    fn every_event_that_is_known_is_understood() {
        let text = update(&event("message.text.received", &json!({"text": "xin chào"}))).expect("known");
        assert!(text.chat.expose() == "6ede9afa66b88fe6d6a9" && text.message.is_none());
        assert!(matches!(text.content, Content::Text(t) if t == "xin chào"));
        let media = [
            ("image", json!({"photo": "https://x/1.jpg", "caption": "biển số"}), "photo", Some("biển số")),
            ("image", json!({"photo_url": "https://x/1.jpg", "caption": ""}), "photo", None),
            ("sticker", json!({"sticker": "s1", "url": "https://x/1.jpg"}), "sticker", None),
            ("voice", json!({"voice_url": "https://x/1.jpg"}), "voice", None),
        ];
        for (kind, extra, name, words) in media {
            let update = update(&event(&format!("message.{kind}.received"), &extra)).expect("known");
            let Content::Media { what, caption, file: Some((file, None)), album: None } = update.content
            else {
                panic!("{kind}")
            };
            assert_eq!(
                (what.as_str(), caption.as_deref(), file.0.as_str()),
                (name, words, "https://x/1.jpg")
            );
        }
        let withheld = update(&event("message.unsupported.received", &json!({}))).expect("known");
        assert!(matches!(withheld.content, Content::Withheld));
    }

    #[test]
    fn groups_and_bots_are_not_answered() {
        let words = json!({"text": "x", "chat": {"id": "g1", "chat_type": "GROUP"}});
        let group = update(&event("message.text.received", &words)).expect("known");
        assert!(matches!(group.content, Content::Ignored));
        let words = json!({"text": "x", "from": {"id": "b", "is_bot": true}});
        let bot = update(&event("message.text.received", &words)).expect("known");
        assert!(matches!(bot.content, Content::Ignored));
    }

    #[test]
    fn what_is_not_understood_is_a_dead_letter() {
        let odd = [
            event("message.hologram.received", &json!({"text": "x"})),
            event("message.text.received", &json!({"text": 7})),
            event("message.text.received", &json!({"text": "x", "chat": {}})),
            event("message.text.received", &json!({"text": "x", "chat": {"id": "9".repeat(5_000)}})),
            b"not json".to_vec(),
        ];
        for bytes in odd {
            assert!(update(&bytes).is_err(), "{}", String::from_utf8_lossy(&bytes));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (update(&bytes).is_ok(), envelope::raw(&bytes).key);
        }
    }
}
