//! The citizen's thumb and eyes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::state::{Message, Shared};

/// The name everybody has here: a needle to look for in files and logs.
pub(crate) const FIRST_NAME: &str = "Kim-Danh-Tính";
/// The user name everybody has here, likewise.
pub(crate) const USERNAME: &str = "kim_danh_tinh";

/// A person in their private chat with the bot.
#[derive(Clone)]
pub(crate) struct User {
    shared: Arc<Shared>,
    chat: i64,
}

/// A message that stands in the chat now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Telegram's number of it.
    pub(crate) id: i64,
    /// The bot's, or the person's own.
    pub(crate) by_bot: bool,
    /// What it says; for media, their name in brackets and the caption.
    pub(crate) text: String,
    /// The labels of its buttons, row after row.
    pub(crate) buttons: Vec<String>,
    /// Whether it can be forwarded and saved.
    pub(crate) protected: bool,
}

impl User {
    pub(super) fn new(shared: Arc<Shared>, chat: i64) -> Self {
        Self { shared, chat }
    }

    /// Opens the chat, with the payload of a link.
    pub(crate) fn starts(&self, payload: Option<&str>) -> i64 {
        self.writes(&payload.map_or_else(|| "/start".to_owned(), |p| format!("/start {p}")))
    }

    /// Writes; returns the number of the message.
    pub(crate) fn writes(&self, text: &str) -> i64 {
        self.message(text, json!({ "text": text }))
    }

    /// Sends something else than text: `parts` go into the message as they are.
    pub(crate) fn sends(&self, parts: &Value) -> i64 {
        let what =
            parts.as_object().and_then(|p| p.keys().find(|k| *k != "caption")).cloned().unwrap_or_default();
        let caption = parts["caption"].as_str().unwrap_or_default();
        self.message(&format!("[{what}] {caption}"), parts.clone())
    }

    /// Sends a document; returns the number of the message and the id of the file.
    pub(crate) fn sends_document(&self, name: &str, bytes: &[u8]) -> (i64, String) {
        let id = self.shared.write(|s| {
            let id = format!("doc-{}", s.number());
            s.files.insert(id.clone(), (format!("documents/{name}"), bytes.to_vec()));
            id
        });
        let file =
            json!({ "file_id": id, "file_unique_id": id, "file_size": bytes.len(), "file_name": name });
        (self.sends(&json!({ "document": file })), id)
    }

    /// Sends a photo in the sizes that Telegram makes of it, with words beside it; returns the id of the largest.
    pub(crate) fn sends_photo(&self, caption: &str, bytes: &[u8]) -> String {
        let sizes = [(90, &bytes[..bytes.len() / 4]), (1280, bytes)].map(|(width, bytes)| {
            let id = self.shared.write(|s| {
                let id = format!("photo-{}", s.number());
                s.files.insert(id.clone(), (format!("photos/{id}.jpg"), bytes.to_vec()));
                id
            });
            json!({ "file_id": id, "file_unique_id": id, "file_size": bytes.len(), "width": width,
                "height": width })
        });
        self.sends(&json!({ "photo": sizes, "caption": caption }));
        sizes[1]["file_id"].as_str().unwrap_or_default().to_owned()
    }

    /// Changes a message written before.
    pub(crate) fn edits(&self, message: i64, text: &str) {
        let body = self.body(message, json!({ "text": text, "edit_date": 1_763_009_999 }));
        self.shared.write(|s| {
            let chat = s.chats.entry(self.chat).or_default();
            for old in chat.messages.iter_mut().filter(|m| m.id == message) {
                text.clone_into(&mut old.text);
            }
            s.push(self.chat, "edited_message", &body)
        });
    }

    /// Presses the newest button with this label or token. Panics, saying what there is, if there is none.
    pub(crate) fn presses(&self, button: &str) -> String {
        let found = self.shared.read(|s| {
            let messages = s.chats.get(&self.chat).map(|c| c.messages.as_slice()).unwrap_or_default();
            messages.iter().rev().find_map(|m| {
                let all = m.buttons.iter().flatten();
                all.clone()
                    .find(|(label, token)| label == button || token == button)
                    .map(|b| (m.clone(), b.1.clone()))
            })
        });
        let Some((message, token)) = found else { panic!("no button {button:?} among {:#?}", self.sees()) };
        self.press(&message, &token)
    }

    fn press(&self, message: &Message, token: &str) -> String {
        let carrier = json!({ "message_id": message.id, "date": 1_763_000_001, "text": message.text,
            "chat": self.private_chat() });
        self.shared.write(|s| {
            let id = format!("cb-{}", s.number());
            s.presses.insert(id.clone(), false);
            let query = json!({ "id": id, "from": self.person(), "chat_instance": "1", "data": token,
                "message": carrier });
            s.push(self.chat, "callback_query", &query);
            id
        })
    }

    /// The token of the newest button with this label.
    pub(crate) fn token(&self, label: &str) -> String {
        let found = self.shared.read(|s| {
            let messages = s.chats.get(&self.chat).map(|c| c.messages.as_slice()).unwrap_or_default();
            let mut buttons = messages.iter().rev().flat_map(|m| m.buttons.iter().flatten());
            buttons.find(|b| b.0 == label).map(|b| b.1.clone())
        });
        found.unwrap_or_else(|| panic!("no button {label:?} among {:#?}", self.sees()))
    }

    /// Presses a button that nobody gave them: a token is what anybody may send.
    pub(crate) fn forges(&self, token: &str) -> String {
        let last = self.shared.read(|s| s.chats.get(&self.chat).and_then(|c| c.messages.last().cloned()));
        self.press(&last.expect("a message"), token)
    }

    /// Whether the bot has answered a press, so that the button no longer spins.
    #[must_use]
    pub(crate) fn is_answered(&self, press: &str) -> bool {
        self.shared.read(|s| s.presses.get(press) == Some(&true))
    }

    /// Blocks the bot.
    pub(crate) fn blocks(&self) {
        self.membership(true);
    }

    /// Lets the bot in again.
    pub(crate) fn unblocks(&self) {
        self.membership(false);
    }

    /// What stands in the chat now, oldest first; deleted messages are gone.
    #[must_use]
    pub(crate) fn sees(&self) -> Vec<Seen> {
        let seen = |m: &Message| Seen {
            id: m.id,
            by_bot: m.by_bot,
            text: m.text.clone(),
            buttons: m.buttons.iter().flatten().map(|b| b.0.clone()).collect(),
            protected: m.protected,
        };
        self.shared.read(|s| {
            s.chats.get(&self.chat).map(|c| c.messages.iter().map(seen).collect()).unwrap_or_default()
        })
    }

    /// Waits (ten seconds) for a message of the bot's that contains `text`; the newest such.
    pub(crate) async fn wait_for(&self, text: &str) -> Seen {
        let newest = || self.sees().into_iter().rev().find(|m| m.by_bot && m.text.contains(text));
        let found = self.shared.find(newest).await;
        found.unwrap_or_else(|| panic!("the bot never said {text:?}; there is {:#?}", self.sees()))
    }

    /// Waits (ten seconds) until the chat looks so.
    pub(crate) async fn wait_until(&self, what: &str, so: impl Fn(&[Seen]) -> bool) {
        let so = self.shared.until(|| so(&self.sees())).await;
        assert!(so, "waited in vain until {what}; there is {:#?}", self.sees());
    }

    fn message(&self, text: &str, parts: Value) -> i64 {
        let id = self.shared.write(|s| {
            let id = s.number();
            let own =
                Message { id, by_bot: false, text: text.to_owned(), buttons: Vec::new(), protected: false };
            s.chats.entry(self.chat).or_default().messages.push(own);
            id
        });
        let body = self.body(id, parts);
        self.shared.write(|s| s.push(self.chat, "message", &body));
        id
    }

    fn body(&self, message: i64, parts: Value) -> Value {
        let mut body = json!({ "message_id": message, "date": 1_763_000_000, "from": self.person(),
            "chat": self.private_chat() });
        if let (Some(body), Value::Object(parts)) = (body.as_object_mut(), parts) {
            body.extend(parts);
        }
        body
    }

    fn person(&self) -> Value {
        json!({ "id": self.chat, "is_bot": false, "first_name": FIRST_NAME, "username": USERNAME,
            "language_code": "vi" })
    }

    fn private_chat(&self) -> Value {
        json!({ "id": self.chat, "type": "private", "first_name": FIRST_NAME, "username": USERNAME })
    }

    fn membership(&self, blocked: bool) {
        let (old, new) = if blocked { ("member", "kicked") } else { ("kicked", "member") };
        let bot = json!({ "id": 1, "is_bot": true, "first_name": "Tin An" });
        let change = json!({ "chat": self.private_chat(), "from": self.person(), "date": 1_763_000_000,
            "old_chat_member": { "user": bot, "status": old, "until_date": 0 },
            "new_chat_member": { "user": bot, "status": new, "until_date": 0 } });
        self.shared.write(|s| {
            s.chats.entry(self.chat).or_default().blocked = blocked;
            s.push(self.chat, "my_chat_member", &change);
        });
    }
}
