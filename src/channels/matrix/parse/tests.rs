use proptest::prelude::*;
use serde_json::json;

use super::*;

const US: &str = "@tinan:example.vn";

fn event(kind: &str, content: &Value) -> Value {
    json!({"type": kind, "room_id": "!r:example.vn", "sender": "@kim:example.vn", "event_id": "$e1",
        "origin_server_ts": 1_795_320_720_000_i64, "content": content})
}

fn read(event: &Value) -> Result<Update, Unparsable> {
    update(US, event.to_string().as_bytes())
}

fn said(content: &Value) -> Content {
    read(&event("m.room.message", content)).expect("known").content
}

fn member(whose: &str, content: &Value) -> Content {
    let mut event = event("m.room.member", content);
    event["state_key"] = whose.into();
    read(&event).expect("known").content
}

#[test]
fn words_are_words_and_changed_words_name_what_they_change() {
    let update =
        read(&event("m.room.message", &json!({"msgtype": "m.text", "body": "xin chào"}))).expect("known");
    assert!(update.chat.expose() == "!r:example.vn" && update.message == Some(MessageRef("$e1".to_owned())));
    assert!(matches!(update.content, Content::Text(t) if t == "xin chào"));
    let changed = json!({"msgtype": "m.text", "body": "* số 7", "m.new_content": {"msgtype": "m.text", "body": "số 7"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$e0"}});
    let update = read(&event("m.room.message", &changed)).expect("known");
    assert_eq!(update.message, Some(MessageRef("$e0".to_owned())));
    assert!(matches!(update.content, Content::Edited(t) if t == "số 7"));
    let start = said(&json!({"msgtype": "m.text", "body": " /start tip"}));
    assert!(matches!(start, Content::Start(Some(p)) if p == "tip"));
    let answer = json!({"msgtype": "m.text", "body": "> <@tinan:example.vn> 1. Gửi\n> 2. Huỷ\n\n1",
        "m.relates_to": {"m.in_reply_to": {"event_id": "$e0"}}});
    assert!(matches!(said(&answer), Content::Text(t) if t == "1"));
    assert!(matches!(said(&json!({"msgtype": "vn.custom", "body": "chữ"})), Content::Text(t) if t == "chữ"));
}

#[test]
fn files_are_named_by_server_and_number_only() {
    let url = "mxc://example.vn/AbC";
    for (kind, what) in [("image", "photo"), ("file", "document"), ("audio", "audio"), ("video", "video")] {
        let content =
            json!({"msgtype": format!("m.{kind}"), "body": "a.jpg", "url": url, "info": {"size": 7}});
        let Content::Media { what: name, caption: None, file: Some((file, Some(7))), album: None } =
            said(&content)
        else {
            panic!("{kind}")
        };
        assert_eq!((name.as_str(), file.0.as_str()), (what, url));
    }
    let words = json!({"msgtype": "m.image", "filename": "a.jpg", "body": "biển số", "url": url});
    assert!(matches!(said(&words), Content::Media { caption: Some(c), .. } if c == "biển số"));
    let voice = json!({"msgtype": "m.audio", "body": "v.ogg", "url": url, "org.matrix.msc3245.voice": {}});
    assert!(matches!(said(&voice), Content::Media { what, .. } if what == "voice"));
    for odd in [json!("http://10.0.0.1/x"), json!("mxc://a/../b"), json!(7), Value::Null] {
        let content = json!({"msgtype": "m.image", "body": "a.jpg", "url": odd});
        assert!(matches!(said(&content), Content::Media { file: None, .. }), "{odd}");
    }
}

#[test]
fn comings_and_goings_are_told_apart() {
    let with = |m: &str| json!({"membership": m});
    let direct = json!({"membership": "invite", "is_direct": true});
    assert!(matches!(member(US, &direct), Content::Invited { direct: true }));
    assert!(matches!(member(US, &with("invite")), Content::Invited { direct: false }));
    assert!(matches!(member(US, &with("join")), Content::Ignored));
    assert!(matches!(member("@other:example.vn", &with("join")), Content::Entered));
    assert!(matches!(member("@other:example.vn", &with("invite")), Content::Ignored));
    let mut unwilling = event("m.room.member", &with("leave"));
    unwilling["state_key"] = "@other:example.vn".into();
    unwilling["unsigned"] = json!({"prev_content": {"membership": "invite"}});
    assert!(matches!(read(&unwilling).expect("known").content, Content::Ignored));
    for whose in [US, "@kim:example.vn"] {
        assert!(matches!(member(whose, &with("leave")), Content::Left));
        assert!(matches!(member(whose, &with("ban")), Content::Left));
    }
}

#[test]
fn what_says_nothing_needs_no_answer_and_what_cannot_be_read_is_told() {
    let kind = |kind: &str, content: Value| read(&event(kind, &content)).expect("known");
    assert!(matches!(kind("m.room.encrypted", json!({"algorithm": "x"})).content, Content::Unreadable));
    for small in ["m.reaction", "m.call.candidates", "m.key.verification.done"] {
        assert!(matches!(kind(small, json!({"a": 1})).content, Content::Ignored), "{small}");
    }
    for deleted in ["m.room.message", "m.room.encrypted"] {
        assert!(matches!(kind(deleted, json!({})).content, Content::Ignored), "{deleted}");
    }
    assert!(matches!(said(&json!({"msgtype": "m.notice", "body": "x"})), Content::Ignored));
    assert!(matches!(kind("m.poll.start", json!({"a": 1})).content, Content::Media { file: None, .. }));
    let mut topic = event("m.room.topic", &json!({"topic": "x"}));
    topic["state_key"] = "".into();
    assert!(matches!(read(&topic).expect("known").content, Content::Ignored));
    let gone = kind("m.room.redaction", json!({"redacts": "$e0"}));
    assert!(matches!(gone.content, Content::Unsaid) && gone.message == Some(MessageRef("$e0".to_owned())));
    let mut older = event("m.room.redaction", &json!({}));
    older["redacts"] = "$e0".into();
    assert_eq!(read(&older).expect("known").message, Some(MessageRef("$e0".to_owned())));
}

#[test]
fn what_is_no_event_is_a_dead_letter() {
    let mut odd = vec![b"not json".to_vec(), b"[1]".to_vec(), b"{}".to_vec()];
    for (key, value) in
        [("room_id", json!(7)), ("sender", Value::Null), ("type", json!("")), ("content", json!(7))]
    {
        let mut event = event("m.room.message", &json!({"msgtype": "m.text", "body": "x"}));
        event[key] = value;
        odd.push(event.to_string().into_bytes());
    }
    let mut long = event("m.room.message", &json!({}));
    long["room_id"] = "!".repeat(256).into();
    odd.push(long.to_string().into_bytes());
    odd.push(event("m.room.member", &json!({"membership": "join"})).to_string().into_bytes());
    for bytes in odd {
        assert!(update(US, &bytes).is_err(), "{}", String::from_utf8_lossy(&bytes));
        assert!(raw(US, &bytes).is_some(), "kept for a person");
    }
}

#[test]
fn an_event_is_known_by_its_number_and_our_own_words_are_not_kept() {
    let mut theirs = event("m.room.message", &json!({"body": "x"}));
    assert_eq!(raw(US, theirs.to_string().as_bytes()).expect("kept").key, "$e1");
    assert_eq!(moment(theirs.to_string().as_bytes()), Some(1_795_320_720_000));
    theirs["sender"] = US.into();
    assert!(raw(US, theirs.to_string().as_bytes()).is_none());
    theirs["type"] = "m.room.member".into();
    assert!(raw(US, theirs.to_string().as_bytes()).is_some());
    assert!(raw(US, b"[]").expect("kept").key.starts_with("sha256:"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), body in ".{0,80}") {
        let _ = (update(US, &bytes).is_ok(), raw(US, &bytes).is_some(), moment(&bytes));
        let answer = json!({"msgtype": "m.text", "body": format!("> {body}"),
            "m.relates_to": {"m.in_reply_to": {}}});
        let _ = said(&answer);
    }
}
