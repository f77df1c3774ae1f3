//! Understanding an update of an Official Account. Names, telephone numbers and profiles that Zalo sends along are left
//! behind here. What is not understood is a dead letter, never silence.

use serde_json::{Map, Value};

use crate::channels::intake::key_of_bytes;
use crate::service::channel::{ChatId, Content, FileRef, Raw, Unparsable, Update};

/// Before the number of a conversation with somebody whom Zalo does not name to us.
pub(super) const ANONYMOUS: &str = "conversation:";
/// The longest number or address that is believed to be one.
const LONGEST: usize = 4_096;
/// The longest key of an update that is taken as it is.
const LONGEST_KEY: usize = 200;

/// What needs no answer: receipts, reactions, calls, forms, and what the account itself sent.
const SILENT: [&str; 9] = [
    "user_reacted_message",
    "user_seen_message",
    "user_received_message",
    "user_click_chatnow",
    "user_submit_info",
    "user_call_oa",
    "oa_call_user",
    "user_reply_consent",
    "follow",
];

fn read(bytes: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(body)) => Some(body),
        _ => None,
    }
}

fn text(holder: Option<&Value>, key: &str) -> Option<String> {
    match holder?.get(key)? {
        Value::String(text) if !text.is_empty() && text.len() <= LONGEST => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Bytes with their key: the message's number with the kind of event, or a hash of the bytes. Zalo repeats a call with
/// the same body.
pub(super) fn raw(bytes: &[u8]) -> Raw {
    let key = read(bytes).and_then(|body| {
        let event = body.get("event_name")?.as_str()?.to_owned();
        let id = text(body.get("message"), "msg_id")?;
        Some(format!("{id}:{event}")).filter(|key| key.len() <= LONGEST_KEY)
    });
    Raw { key: key.unwrap_or_else(|| key_of_bytes(bytes)), bytes: bytes.to_vec() }
}

/// When it happened, in milliseconds.
pub(super) fn moment(bytes: &[u8]) -> Option<i64> {
    let body = Value::Object(read(bytes)?);
    text(Some(&body), "timestamp")?.parse().ok()
}

/// Understands an update.
pub(super) fn update(bytes: &[u8]) -> Result<Update, Unparsable> {
    let body = read(bytes).ok_or(Unparsable)?;
    let event = body.get("event_name").and_then(Value::as_str).ok_or(Unparsable)?;
    let whole = Value::Object(body.clone());
    let message = body.get("message");
    let (who, content) = match event {
        event if event.starts_with("oa_send_") || SILENT.contains(&event) => {
            return Ok(holds(String::new(), Content::Ignored));
        }
        // The person takes their consent to be known back: as if they had asked to be forgotten.
        "user_withdraw" => (text(Some(&whole), "user_id"), Content::Withdrawn),
        "unfollow" => (text(body.get("follower"), "id"), Content::Left),
        event => {
            let (side, kind) = event.split_once("_send_").ok_or(Unparsable)?;
            let who = match side {
                "user" => text(body.get("sender"), "id"),
                "anonymous" => text(message, "conversation_id").map(|c| format!("{ANONYMOUS}{c}")),
                _ => None,
            };
            (who, said(kind, message.and_then(Value::as_object).ok_or(Unparsable)?)?)
        }
    };
    Ok(holds(who.ok_or(Unparsable)?, content))
}

fn holds(chat: String, content: Content) -> Update {
    // No number of a message: nothing of Zalo's can be changed or deleted.
    Update { chat: ChatId::new(chat), message: None, content }
}

fn said(kind: &str, message: &Map<String, Value>) -> Result<Content, Unparsable> {
    let words = message.get("text").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let none = Vec::new();
    let attached = message.get("attachments").and_then(Value::as_array).unwrap_or(&none);
    let payloads = || attached.iter().filter_map(|a| a.get("payload"));
    let mut lines: Vec<String> = Some(words.to_owned()).into_iter().filter(|w| !w.is_empty()).collect();
    let mut file = None;
    match kind {
        "text" if words.is_empty() => return Err(Unparsable),
        "text" => return Ok(Content::Text(words.to_owned())),
        "image" | "gif" | "audio" | "video" | "file" | "sticker" => {
            let mut urls = payloads().filter_map(|p| text(Some(p), "url"));
            file = urls.next().map(|url| (FileRef(url), size(attached.first())));
            // One message carries one file here; what comes besides is named, so that it is not lost.
            lines.extend(urls);
        }
        "link" => {
            lines.extend(payloads().flat_map(|p| ["description", "url"].map(|k| text(Some(p), k))).flatten());
        }
        "location" => lines.extend(payloads().filter_map(|p| point(p.get("coordinates")?))),
        "business_card" => {
            lines.extend(payloads().filter_map(|p| text(Some(p), "description")));
        }
        _ => return Err(Unparsable),
    }
    if file.is_none() && lines.is_empty() {
        return Err(Unparsable);
    }
    let what = if kind == "image" { "photo" } else { kind };
    let caption = Some(lines.join("\n")).filter(|c| !c.is_empty());
    Ok(Content::Media { what: what.to_owned(), caption, file, album: None })
}

fn size(attachment: Option<&Value>) -> Option<u64> {
    text(attachment?.get("payload"), "size")?.parse().ok()
}

/// Degrees north and east, as maps take them; the names are not the same everywhere.
fn point(at: &Value) -> Option<String> {
    let degrees = |keys: [&str; 2]| keys.iter().find_map(|key| text(Some(at), key));
    Some(format!("{}, {}", degrees(["latitude", "lat"])?, degrees(["longitude", "long"])?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn event(name: &str, message: &Value) -> Vec<u8> {
        json!({ "app_id": "1", "event_name": name, "timestamp": "1795320720000", "sender": {"id": "77"},
            "recipient": {"id": "5"}, "message": message })
        .to_string()
        .into_bytes()
    }

    fn attached(payload: &Value) -> Value {
        json!({ "msg_id": "m1", "attachments": [{ "type": "x", "payload": payload }] })
    }

    #[test]
    fn what_people_send_is_understood() {
        let text =
            update(&event("user_send_text", &json!({"msg_id": "m1", "text": "xin chào"}))).expect("known");
        assert!(text.chat.expose() == "77" && text.message.is_none());
        assert!(matches!(text.content, Content::Text(t) if t == "xin chào"));
        for (kind, what) in [("image", "photo"), ("gif", "gif"), ("audio", "audio"), ("file", "file")] {
            let body =
                event(&format!("user_send_{kind}"), &attached(&json!({"url": "https://x/1", "size": "9"})));
            let Content::Media { what: named, file: Some((file, size)), caption: None, .. } =
                update(&body).expect("known").content
            else {
                panic!("{kind}")
            };
            assert_eq!((named.as_str(), file.0.as_str(), size), (what, "https://x/1", Some(9)));
        }
        let at = |c: Value| update(&event("user_send_location", &attached(&json!({ "coordinates": c }))));
        for coordinates in
            [json!({"latitude": "21.5", "longitude": "105.8"}), json!({"lat": 21.5, "long": 105.8})]
        {
            let content = at(coordinates).expect("known").content;
            assert!(matches!(content, Content::Media { caption: Some(c), .. } if c == "21.5, 105.8"));
        }
        let link = attached(&json!({"description": "nhóm bán", "url": "https://x/y", "thumbnail": "t"}));
        let content = update(&event("user_send_link", &link)).expect("known").content;
        assert!(matches!(content, Content::Media { caption: Some(c), .. } if c == "nhóm bán\nhttps://x/y"));
    }

    #[test]
    fn somebody_without_a_name_is_known_by_the_conversation() {
        let body =
            event("anonymous_send_text", &json!({"msg_id": "m", "text": "x", "conversation_id": "c7"}));
        assert_eq!(update(&body).expect("known").chat.expose(), "conversation:c7");
        assert!(update(&event("anonymous_send_text", &json!({"msg_id": "m", "text": "x"}))).is_err());
    }

    #[test]
    fn who_withdraws_or_leaves_is_known_and_what_the_account_sends_is_not_answered() {
        let withdraw = json!({"event_name": "user_withdraw", "user_id": "77"}).to_string();
        let update_of = |text: &str| update(text.as_bytes()).expect("known");
        assert!(matches!(update_of(&withdraw).content, Content::Withdrawn));
        let unfollow = json!({"event_name": "unfollow", "follower": {"id": "77"}}).to_string();
        assert!(matches!(update_of(&unfollow).content, Content::Left));
        for name in ["oa_send_text", "oa_send_consent", "user_seen_message", "user_submit_info", "follow"] {
            let body = event(name, &json!({"msg_id": "m1", "text": "x"}));
            assert!(matches!(update(&body).expect("known").content, Content::Ignored), "{name}");
        }
    }

    #[test]
    fn what_is_not_understood_is_a_dead_letter() {
        let odd = [
            event("user_send_hologram", &json!({"msg_id": "m1"})),
            event("user_dances", &json!({})),
            event("user_send_text", &json!({"msg_id": "m1"})),
            event("user_send_image", &json!({"msg_id": "m1"})),
            event("user_send_business_card", &attached(&json!({"shape": "cube"}))),
            b"7".to_vec(),
        ];
        for bytes in odd {
            assert!(update(&bytes).is_err(), "{}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn an_update_is_known_by_its_number_or_by_its_bytes() {
        let body = event("user_send_text", &json!({"msg_id": "m1", "text": "x"}));
        assert_eq!(raw(&body).key, "m1:user_send_text");
        assert!(raw(br#"{"event_name":"follow"}"#).key.starts_with("sha256:"));
        assert_eq!(moment(&body), Some(1_795_320_720_000));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (update(&bytes).is_ok(), raw(&bytes).key, moment(&bytes));
        }
    }
}
