use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::service::channel::FileRef;

/// An update as Telegram sends it to a private chat, with `extra` in the message.
fn private(kind: &str, extra: &Value) -> Vec<u8> {
    let mut message = json!({
        "message_id": 77,
        "from": {"id": 5501, "is_bot": false, "first_name": "Hạnh", "last_name": "Trần",
                 "username": "hanh_tran", "language_code": "vi", "is_premium": true},
        "chat": {"id": 5501, "first_name": "Hạnh", "last_name": "Trần", "username": "hanh_tran",
                 "type": "private"},
        "date": 1_763_000_000,
    });
    for (key, value) in extra.as_object().expect("an object") {
        message[key] = value.clone();
    }
    serde_json::to_vec(&json!({"update_id": 900, kind: message})).expect("json")
}

fn read(bytes: &[u8]) -> Content {
    let update = update(bytes).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(update.chat.expose(), "5501");
    update.content
}

fn message(extra: &Value) -> Content {
    read(&private("message", extra))
}

#[test]
fn a_text_is_read_whatever_is_new_around_it() {
    let odd = json!({
        "text": "Có người bán ma tuý ở ngõ 5",
        "entities": [{"type": "date_time", "offset": 0, "length": 2, "unix_time": 5}],
        "reply_to_message": {"message_id": "not even a number"},
        "forward_origin": {"type": "hidden_channel_v2"},
        "brand_new": {"x": [1, 2, 3]},
    });
    assert!(matches!(message(&odd), Content::Text(t) if t == "Có người bán ma tuý ở ngõ 5"));
    let update = update(&private("message", &json!({"text": "x"}))).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(update.message, Some(MessageRef("77".to_owned())));
}

#[test]
fn start_carries_the_payload_of_its_link() {
    assert!(matches!(message(&json!({"text": "/start"})), Content::Start(None)));
    assert!(
        matches!(message(&json!({"text": "/start@tinan_bot abc-1"})), Content::Start(Some(p)) if p == "abc-1")
    );
    assert!(matches!(message(&json!({"text": "/started early"})), Content::Text(_)));
    let changed = read(&private("edited_message", &json!({"text": "/start", "edit_date": 1_763_000_009})));
    assert!(matches!(changed, Content::Edited(t) if t == "/start"));
}

#[test]
fn media_bring_their_file_their_caption_and_their_album() {
    let photo = json!({"caption": "đây", "media_group_id": "13", "photo": [
        {"file_id": "small", "file_unique_id": "s", "width": 90, "height": 67, "file_size": 1200},
        {"file_id": "large", "file_unique_id": "l", "width": 1280, "height": 960, "file_size": 120_000},
        {"file_id": "middle", "file_unique_id": "m", "width": 320, "height": 240},
    ]});
    match message(&photo) {
        Content::Media { what, caption, file, album } => {
            assert_eq!(
                (what.as_str(), caption.as_deref(), album.as_deref()),
                ("photo", Some("đây"), Some("13"))
            );
            assert_eq!(file, Some((FileRef("large".to_owned()), Some(120_000))));
        }
        _ => panic!("not media"),
    }
    let file = json!({"file_id": "f", "file_unique_id": "u", "file_size": 9, "duration": 3, "width": 10,
        "height": 10, "length": 10, "thumbnail": "odd"});
    for what in ["voice", "video", "video_note", "audio", "document", "animation"] {
        let content = message(&json!({what: file.clone()}));
        let Content::Media { what: seen, file: Some((id, size)), .. } = content else { panic!("{what}") };
        assert_eq!((seen.as_str(), id.0.as_str(), size), (what, "f", Some(9)));
    }
}

#[test]
fn a_file_too_large_to_count_is_still_a_file() {
    let document =
        json!({"document": {"file_id": "f", "file_unique_id": "u", "file_size": 5_000_000_000_u64}});
    assert!(matches!(message(&document), Content::Media { file: Some((_, None)), .. }));
}

#[test]
fn a_place_and_somebody_elses_card_are_content_but_ones_own_card_is_not() {
    let caption = |content| match content {
        Content::Media { caption, .. } => caption,
        _ => panic!("not media"),
    };
    let spot = json!({"location": {"latitude": 21.028_511, "longitude": 105.804_817}});
    assert_eq!(caption(message(&spot)).as_deref(), Some("21.028511, 105.804817"));
    assert!(matches!(read(&private("edited_message", &spot)), Content::Ignored));
    let card =
        |user: Value| json!({"contact": {"phone_number": "0900000000", "first_name": "Tý", "user_id": user}});
    assert_eq!(caption(message(&card(json!(6000)))).as_deref(), Some("Tý\n0900000000"));
    assert_eq!(caption(message(&card(json!(null)))).as_deref(), Some("Tý\n0900000000"));
    assert_eq!(caption(message(&card(json!(5501)))), None);
}

#[test]
fn a_press_names_its_button_even_under_an_old_message() {
    let query = |data: Value, message: Value| {
        let query = json!({"update_id": 1, "callback_query": {"id": "cb1", "from": {"id": 5501, "is_bot": false,
            "first_name": "H"}, "chat_instance": "1", "data": data, "message": message}});
        update(query.to_string().as_bytes())
    };
    let chat = json!({"id": 5501, "type": "private", "first_name": "H"});
    for date in [0, 1_763_000_000] {
        let old = json!({"message_id": 7, "chat": chat, "date": date, "text": "?"});
        let update = query(json!("t0k"), old).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(update.message, Some(MessageRef("7".to_owned())));
        assert!(
            matches!(update.content, Content::Press { token, callback } if token == "t0k" && callback == "cb1")
        );
    }
    assert!(query(json!("t0k"), json!(null)).is_err());
    let group = json!({"message_id": 7, "chat": {"id": -100, "type": "supergroup"}, "date": 1});
    assert!(query(json!("t0k"), group).is_ok_and(|u| matches!(u.content, Content::Ignored)));
}

#[test]
fn blocking_and_coming_back_are_told_apart() {
    let member = |chat: Value, status: &str| {
        let user = json!({"id": 1, "is_bot": true, "first_name": "bot"});
        let change = json!({"update_id": 1, "my_chat_member": {"chat": chat, "from": {"id": 5501}, "date": 1,
            "old_chat_member": {"user": user, "status": "member"},
            "new_chat_member": {"user": user, "status": status, "until_date": 0}}});
        update(change.to_string().as_bytes()).map(|u| u.content)
    };
    let private = json!({"id": 5501, "type": "private"});
    assert!(matches!(member(private.clone(), "kicked"), Ok(Content::Left)));
    assert!(matches!(member(private.clone(), "member"), Ok(Content::Returned)));
    assert!(member(private, "promoted_to_emperor").is_err());
    assert!(matches!(member(json!({"id": -5, "type": "group"}), "kicked"), Ok(Content::Ignored)));
}

#[test]
fn groups_channels_and_notices_are_not_answered() {
    let group = json!({"text": "/start", "chat": {"id": 5501, "type": "group", "title": "x"}});
    assert!(matches!(message(&group), Content::Ignored));
    assert!(matches!(message(&json!({"pinned_message": {"message_id": 1}})), Content::Ignored));
    let post =
        br#"{"update_id":1,"channel_post":{"message_id":3,"chat":{"id":5501,"type":"channel"},"text":"x"}}"#;
    assert!(matches!(read(post), Content::Ignored));
}

#[test]
fn what_is_not_understood_is_a_dead_letter() {
    let unknown_medium = private("message", &json!({"hologram": {"file_id": "x"}, "caption": "nhìn đi"}));
    let bodies: [&[u8]; 8] = [
        b"",
        b"null",
        b"[]",
        b"{}",
        br#"{"update_id":1}"#,
        br#"{"update_id":1,"telepathy":{"chat":{"id":1}}}"#,
        br#"{"update_id":1,"message":{"message_id":1,"chat":{"type":"private"}}}"#,
        &unknown_medium,
    ];
    for body in bodies {
        assert!(update(body).is_err(), "{}", String::from_utf8_lossy(body));
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(update(format!(r#"{{"update_id":1,"message":{deep}}}"#).as_bytes()).is_err());
}

/// JSON that looks like an update in some places and like nothing in others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("private")),
        Just(json!({"id": 5, "type": "private"})),
        Just(json!({"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1, "duration": 1})),
    ];
    let key = prop::sample::select(vec![
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
        "chat",
        "id",
        "type",
        "message_id",
        "date",
        "text",
        "caption",
        "photo",
        "document",
        "voice",
        "location",
        "contact",
        "poll",
        "dice",
        "data",
        "new_chat_member",
        "status",
        "media_group_id",
        "channel_post",
    ]);
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(kind in prop::sample::select(vec!["message", "edited_message", "callback_query", "my_chat_member"]), body in any_json()) {
        let _ = update(json!({"update_id": 1, kind: body}).to_string().as_bytes());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = update(&bytes);
    }

    #[test]
    fn any_medium_is_understood_or_a_dead_letter(key in prop::sample::select(READ.to_vec()), value in any_json()) {
        let bytes = private("message", &json!({key: value}));
        if let Ok(update) = update(&bytes) {
            let strange = matches!(update.content, Content::Left | Content::Returned | Content::Press { .. });
            prop_assert!(!strange);
        }
    }
}
