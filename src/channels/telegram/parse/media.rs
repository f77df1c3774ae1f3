//! What is not text: its name, its caption, and where its bytes wait.

use serde_json::{Map, Value};
use teloxide::types::{Contact, FileMeta, Location, MediaGroupId, MediaKind};

use crate::service::channel::{Content, FileRef};

/// teloxide counts sizes in 32 bits and would lose the whole message over a larger one.
const COUNTABLE: u64 = u32::MAX as u64;

/// Takes out what would make teloxide misread or refuse the message: the doubles Telegram adds for old
/// clients, sizes beyond its range, and the parts of a medium that we do not need (thumbnails, sticker
/// sets, video covers).
pub(super) fn tidy(message: &mut Map<String, Value>) {
    if message.contains_key("animation") {
        message.remove("document");
    }
    if message.contains_key("venue") {
        message.remove("location");
    }
    for part in message.values_mut() {
        match part {
            Value::Object(medium) => tidy_one(medium),
            Value::Array(sizes) => sizes.iter_mut().filter_map(Value::as_object_mut).for_each(tidy_one),
            _ => {}
        }
    }
}

fn tidy_one(medium: &mut Map<String, Value>) {
    for extra in ["thumbnail", "thumb", "cover", "vcard"] {
        medium.remove(extra);
    }
    if medium.contains_key("file_id") {
        // teloxide demands one, Telegram need not send it; what a sender claims here is not believed anyway
        medium.insert("mime_type".to_owned(), "application/octet-stream".into());
    }
    if medium.get("file_size").is_some_and(|size| size.as_u64().is_none_or(|s| s >= COUNTABLE)) {
        medium.remove("file_size");
    }
}

/// Media without a file of its own; what it says stands in the caption.
pub(super) fn plain(what: &str, caption: Option<String>) -> Content {
    Content::Media { what: what.to_owned(), caption, file: None, album: None }
}

/// The content of a message in the private chat `chat`. A medium changed afterwards counts as a new one,
/// since the picture itself may have been exchanged; a live location's every move does not.
pub(super) fn content(kind: MediaKind, chat: i64, edited: bool) -> Option<Content> {
    Some(match kind {
        MediaKind::Text(m) => super::text(m.text, edited),
        MediaKind::Photo(m) => {
            let largest =
                m.photo.into_iter().max_by_key(|size| u64::from(size.width) * u64::from(size.height));
            in_album(filed("photo", m.caption, largest.as_ref().map(|size| &size.file)), m.media_group_id)
        }
        MediaKind::Video(m) => in_album(filed("video", m.caption, Some(&m.video.file)), m.media_group_id),
        MediaKind::Document(m) => {
            in_album(filed("document", m.caption, Some(&m.document.file)), m.media_group_id)
        }
        MediaKind::Audio(m) => in_album(filed("audio", m.caption, Some(&m.audio.file)), m.media_group_id),
        MediaKind::Animation(m) => filed("animation", m.caption, Some(&m.animation.file)),
        MediaKind::Voice(m) => filed("voice", m.caption, Some(&m.voice.file)),
        MediaKind::VideoNote(m) => filed("video_note", None, Some(&m.video_note.file)),
        MediaKind::Sticker(m) => filed("sticker", None, Some(&m.sticker.file)),
        MediaKind::Location(_) if edited => Content::Ignored,
        MediaKind::Location(m) => plain("location", Some(point(&m.location))),
        MediaKind::Venue(m) => {
            let spot = point(&m.venue.location);
            plain("venue", Some(format!("{}\n{}\n{spot}", m.venue.title, m.venue.address)))
        }
        MediaKind::Contact(m) => plain("contact", card(m.contact, chat)),
        MediaKind::Poll(m) => plain("poll", Some(m.poll.question)),
        MediaKind::Story(_) => plain("story", None),
        _ => return None,
    })
}

fn filed(what: &str, caption: Option<String>, file: Option<&FileMeta>) -> Content {
    let file = file.map(|f| {
        let size = Some(u64::from(f.size)).filter(|size| *size < COUNTABLE);
        (FileRef(f.id.0.clone()), size)
    });
    Content::Media { what: what.to_owned(), caption, file, album: None }
}

fn in_album(mut content: Content, group: Option<MediaGroupId>) -> Content {
    if let Content::Media { album, .. } = &mut content {
        *album = group.map(|id| id.0);
    }
    content
}

/// Degrees north and east, as maps take them.
fn point(at: &Location) -> String {
    format!("{:.6}, {:.6}", at.latitude, at.longitude)
}

/// Somebody else's card is what the person has to say; their own is who they are, and stays unread. In a
/// private chat the chat's number is the person's.
fn card(contact: Contact, chat: i64) -> Option<String> {
    let own = contact.user_id.is_some_and(|id| i64::try_from(id.0) == Ok(chat));
    let name =
        [Some(contact.first_name), contact.last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!own).then(|| format!("{name}\n{}", contact.phone_number))
}
