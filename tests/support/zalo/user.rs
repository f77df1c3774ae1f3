//! The citizen's thumb and eyes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::oa;
use super::state::{Said, Shared, State, Target};
use crate::remote::Chats;

/// The name everybody has here: a needle to look for in files and logs.
pub(crate) const DISPLAY_NAME: &str = "Kim-Danh-Tính-Zalo";

/// A person in their chat.
#[derive(Clone)]
pub(crate) struct User {
    pub(super) shared: Arc<Shared>,
    pub(super) id: String,
    target: Target,
}

impl User {
    pub(super) fn new(shared: Arc<Shared>, id: &str, target: Target) -> Self {
        Self { shared, id: id.to_owned(), target }
    }

    /// Writes.
    pub(crate) fn writes(&self, text: &str) {
        self.event("text", text, &json!({ "text": text }));
    }

    /// Sends a photo, perhaps with words; returns where it lies.
    pub(crate) fn sends_photo(&self, caption: &str, bytes: &[u8]) -> String {
        let url = self.shared.write(|s| s.file(bytes));
        let parts = match self.target {
            Target::Bot => json!({ "photo": url, "caption": caption }),
            Target::Oa => {
                let payload = json!({ "thumbnail": url, "url": url });
                json!({ "text": caption, "attachments": [{ "type": "image", "payload": payload }] })
            }
        };
        self.event("image", caption, &parts);
        url
    }

    /// Sends a photo that lies at this address.
    pub(crate) fn sends_photo_at(&self, url: &str) {
        self.event("image", "", &json!({ "photo_url": url }));
    }

    /// Speaks.
    pub(crate) fn speaks(&self, bytes: &[u8]) {
        let url = self.shared.write(|s| s.file(bytes));
        self.event("voice", "", &json!({ "voice_url": url }));
    }

    /// Sends something whose content Zalo keeps to itself.
    pub(crate) fn is_withheld(&self) {
        self.event("unsupported", "", &json!({}));
    }

    /// Takes it back that the account may know them.
    pub(crate) fn withdraws(&self) {
        self.shared.write(|s| {
            let body = json!({ "app_id": oa::APP_ID, "oa_id": oa::OA_ID, "event_name": "user_withdraw",
                "timestamp": s.tick().to_string(), "user_id": self.id });
            s.push(Target::Oa, body.to_string());
        });
    }

    /// An event of any kind.
    pub(crate) fn event(&self, kind: &str, shown: &str, parts: &Value) {
        self.shared.write(|s| {
            let own = Said { by_bot: false, text: shown.to_owned() };
            s.chats.entry((self.target, self.id.clone())).or_default().push(own);
            if self.target == Target::Oa {
                let body = oa::event(s, &format!("send_{kind}"), &self.id, parts);
                return s.push(Target::Oa, body);
            }
            let mut message = json!({
                "message_id": s.message_id(),
                "date": s.tick(),
                "from": { "id": self.id, "display_name": DISPLAY_NAME, "is_bot": false },
                "chat": { "id": self.id, "chat_type": "PRIVATE" },
            });
            for (key, value) in parts.as_object().into_iter().flatten() {
                message[key] = value.clone();
            }
            let inner = json!({ "event_name": format!("message.{kind}.received"), "message": message });
            // Some senders wrap it, some do not.
            let body = if s.number() % 2 == 0 { inner } else { json!({ "ok": true, "result": inner }) };
            s.push(Target::Bot, body.to_string());
        });
    }

    /// What the bot said so far, oldest first.
    #[must_use]
    pub(crate) fn hears(&self) -> Vec<String> {
        self.shared.read(|s| {
            let all = s.chats.get(&(self.target, self.id.clone()));
            all.into_iter().flatten().filter(|m| m.by_bot).map(|m| m.text.clone()).collect()
        })
    }
}

impl Chats for User {
    type State = State;

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn types(&self, text: &str) {
        self.writes(text);
    }

    fn told(&self) -> Vec<String> {
        self.hears()
    }
}
