//! What a person said: words, changed words, or a file.

use serde_json::{Map, Value};

use crate::channels::matrix::file;
use crate::service::channel::{Content, FileRef, MessageRef};

type Fields = Map<String, Value>;

fn text<'a>(fields: &'a Fields, key: &str) -> Option<&'a str> {
    fields.get(key).and_then(Value::as_str)
}

/// Something that does not reach us this way.
pub(super) fn unsupported() -> Content {
    Content::Media { what: "message".to_owned(), caption: None, file: None, album: None }
}

/// The content, and the message it is or changes.
pub(super) fn content(kind: &str, fields: &Fields, id: Option<String>) -> (Option<MessageRef>, Content) {
    let own = id.map(MessageRef);
    let relation = fields.get("m.relates_to").and_then(Value::as_object);
    let changed = relation.filter(|r| text(r, "rel_type") == Some("m.replace"));
    if let Some(first) = changed.and_then(|r| text(r, "event_id")) {
        let new = fields.get("m.new_content").and_then(Value::as_object);
        return (Some(MessageRef(first.to_owned())), new.map_or(Content::Ignored, edited));
    }
    if kind == "m.sticker" {
        return (own, filed("sticker", fields));
    }
    let answers = relation.is_some_and(|r| r.contains_key("m.in_reply_to"));
    (own, said(fields, answers))
}

/// A changed text, or the changed words beside a file; the file itself came before.
fn edited(new: &Fields) -> Content {
    let words = match text(new, "msgtype") {
        Some("m.image" | "m.file" | "m.audio" | "m.video") => caption(new),
        _ => text(new, "body").map(str::to_owned),
    };
    words.filter(|w| !w.trim().is_empty()).map_or(Content::Ignored, Content::Edited)
}

fn said(fields: &Fields, answers: bool) -> Content {
    let body = text(fields, "body").unwrap_or_default();
    match text(fields, "msgtype").unwrap_or_default() {
        "m.image" => filed("photo", fields),
        "m.file" => filed("document", fields),
        "m.audio" if fields.contains_key("org.matrix.msc3245.voice") => filed("voice", fields),
        "m.audio" => filed("audio", fields),
        "m.video" => filed("video", fields),
        "m.location" => {
            let place = [body, text(fields, "geo_uri").unwrap_or_default()].join("\n");
            Content::Media {
                what: "location".to_owned(),
                caption: Some(place.trim().to_owned()).filter(|c| !c.is_empty()),
                file: None,
                album: None,
            }
        }
        // programs talk so, and two that answer each other never end
        "m.notice" | "m.key.verification.request" => Content::Ignored,
        // every other kind says in words what it is; a message that was deleted says nothing
        _ => words(if answers { without_quotation(body) } else { body }),
    }
}

fn words(body: &str) -> Content {
    let mut words = body.split_whitespace();
    match words.next() {
        None => Content::Ignored,
        Some("/start") => Content::Start(words.next().map(str::to_owned)),
        Some(_) => Content::Text(body.to_owned()),
    }
}

/// Older clients repeat what they answer, in lines that begin with `> `, before the answer.
fn without_quotation(body: &str) -> &str {
    if !body.starts_with("> ") {
        return body;
    }
    let mut rest = body;
    while rest.starts_with('>') {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest.trim_start_matches('\n')
}

fn filed(what: &str, fields: &Fields) -> Content {
    let size = fields.get("info").and_then(|i| i.get("size")).and_then(Value::as_u64);
    let url = text(fields, "url").filter(|url| file::named(url).is_some());
    Content::Media {
        what: what.to_owned(),
        caption: caption(fields),
        file: url.map(|url| (FileRef(url.to_owned()), size)),
        album: None,
    }
}

/// Without a name of its own a file's text is its name; a person's words stand there only beside a name.
fn caption(fields: &Fields) -> Option<String> {
    let (name, body) = (text(fields, "filename")?, text(fields, "body")?);
    (body != name && !body.trim().is_empty()).then(|| body.to_owned())
}
