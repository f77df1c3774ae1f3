//! The citizen's thumb and eyes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::USER;
use super::state::{Shared, State};
use crate::remote::Chats;

/// The name everybody has here: a needle to look for in files and logs.
pub(crate) const DISPLAY_NAME: &str = "Kim-Danh-Tính-Matrix";

/// A person in a room of theirs.
#[derive(Clone)]
pub(crate) struct Person {
    shared: Arc<Shared>,
    id: String,
    room: String,
}

impl Person {
    pub(super) fn new(shared: Arc<Shared>, name: &str) -> Self {
        Self { shared, id: format!("@{name}:localhost"), room: format!("!{name}:localhost") }
    }

    /// The room, as the service addresses it.
    pub(crate) fn room(&self) -> &str {
        &self.room
    }

    /// Makes the room and invites the service.
    pub(crate) fn invites(&self) {
        self.invites_to(true);
    }

    /// Makes the room and invites, with or without saying that it is for two.
    pub(crate) fn invites_to(&self, direct: bool) {
        self.shared.write(|s| {
            let own = json!({"membership": "join", "displayname": DISPLAY_NAME});
            s.membership(&self.room, &self.id, &self.id, &own);
            let mut invite = json!({"membership": "invite"});
            if direct {
                invite["is_direct"] = true.into();
            }
            s.membership(&self.room, &self.id, USER, &invite);
        });
    }

    /// Another person comes into the room.
    pub(crate) fn brings(&self, name: &str) {
        let other = format!("@{name}:localhost");
        self.shared.write(|s| s.membership(&self.room, &other, &other, &json!({"membership": "join"})));
    }

    /// Leaves.
    pub(crate) fn leaves(&self) {
        self.shared.write(|s| s.membership(&self.room, &self.id, &self.id, &json!({"membership": "leave"})));
    }

    /// Writes; gives the event's number.
    pub(crate) fn writes(&self, text: &str) -> String {
        self.says("m.room.message", &json!({"msgtype": "m.text", "body": text}))
    }

    /// An event of any kind.
    pub(crate) fn says(&self, kind: &str, content: &Value) -> String {
        self.shared.write(|s| s.happens(&self.room, &self.id, json!({"type": kind, "content": content})))
    }

    /// Changes what was written.
    pub(crate) fn changes(&self, event: &str, text: &str) {
        let new = json!({"msgtype": "m.text", "body": text});
        self.says(
            "m.room.message",
            &json!({"msgtype": "m.text", "body": format!("* {text}"), "m.new_content": new,
                "m.relates_to": {"rel_type": "m.replace", "event_id": event}}),
        );
    }

    /// Deletes what was written.
    pub(crate) fn deletes(&self, event: &str) {
        self.says("m.room.redaction", &json!({"redacts": event}));
    }

    /// Sends a file of a kind (`m.image`), perhaps with words.
    pub(crate) fn sends(&self, kind: &str, words: &str, bytes: &[u8]) {
        let url = self.shared.write(|s| {
            let name = format!("localhost/media{}", s.number());
            s.media.insert(name.clone(), bytes.to_vec());
            format!("mxc://{name}")
        });
        self.sends_at(kind, words, &url);
    }

    /// Sends a file that lies there.
    pub(crate) fn sends_at(&self, kind: &str, words: &str, url: &str) {
        let body = if words.is_empty() { "a.bin" } else { words };
        self.says("m.room.message", &json!({"msgtype": kind, "filename": "a.bin", "body": body, "url": url}));
    }

    /// Whether the service is in the room.
    pub(crate) fn has_company(&self) -> bool {
        self.shared.read(|s| s.rooms.get(&self.room).is_some_and(|r| r.joined.contains(USER)))
    }

    /// Whether the service turned the invitation down.
    pub(crate) fn was_refused(&self) -> bool {
        self.shared.read(|s| {
            s.rooms.get(&self.room).is_some_and(|r| !r.joined.contains(USER) && !r.invited.contains(USER))
        })
    }

    /// What the service said so far and did not delete, oldest first.
    #[must_use]
    pub(crate) fn hears(&self) -> Vec<String> {
        self.heard(false)
    }

    /// What the service said, also what it deleted.
    #[must_use]
    pub(crate) fn heard(&self, deleted: bool) -> Vec<String> {
        self.shared.read(|s| {
            let all = s.rooms.get(&self.room).into_iter().flat_map(|r| &r.timeline);
            all.filter(|e| e["sender"] == USER && e["type"] == "m.room.message")
                .filter(|e| deleted || !s.redacted.contains(e["event_id"].as_str().unwrap_or_default()))
                .map(|e| e["content"]["body"].as_str().unwrap_or_default().to_owned())
                .collect()
        })
    }

    /// Waits until the service has said something more.
    pub(crate) async fn hears_more_than(&self, messages: usize) {
        assert!(self.shared.until(|| self.heard(true).len() > messages).await, "nothing more was said");
    }

    /// Waits until a message is there no more.
    pub(crate) async fn wait_until_gone(&self, text: &str) {
        let gone = self.shared.until(|| !self.hears().iter().any(|m| m.contains(text))).await;
        assert!(gone, "still there: {text:?}");
    }
}

impl Chats for Person {
    type State = State;

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn types(&self, text: &str) {
        self.writes(text);
    }

    fn told(&self) -> Vec<String> {
        self.heard(true)
    }
}
