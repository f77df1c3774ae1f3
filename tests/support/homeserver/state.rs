//! What the homeserver knows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::USER;
use super::server::No;
use crate::remote::{self, Book, Keeps};

/// A call that the service made.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// What kind: register, send, redact, join ...
    pub(crate) what: String,
    /// The path below `/_matrix/client`.
    pub(crate) path: Vec<String>,
    /// The query.
    pub(crate) query: HashMap<String, String>,
    /// What was sent.
    pub(crate) body: Value,
}

#[derive(Default)]
pub(super) struct Room {
    pub(super) joined: BTreeSet<String>,
    pub(super) invited: BTreeSet<String>,
    pub(super) timeline: Vec<Value>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(super) rooms: BTreeMap<String, Room>,
    /// Events by the number that the service gave them.
    pub(super) numbers: HashMap<String, String>,
    pub(super) redacted: BTreeSet<String>,
    pub(super) queue: Vec<Value>,
    pub(super) pushed: Vec<Value>,
    pub(super) route: Option<String>,
    pub(super) registered: bool,
    pub(super) device: bool,
    pub(super) no_devices: bool,
    pub(super) media: HashMap<String, Vec<u8>>,
    pub(super) book: Book<Call, No>,
    counter: u64,
}

impl Keeps for State {
    type Call = Call;
    type No = No;

    fn book(&mut self) -> &mut Book<Call, No> {
        &mut self.book
    }

    fn waiting(&self) -> usize {
        self.queue.len()
    }
}

pub(super) type Shared = remote::Shared<State>;

impl State {
    /// A number never given before.
    pub(super) fn number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Something happens in a room. The service hears of it if it is in there or if it is meant itself.
    pub(super) fn happens(&mut self, room: &str, sender: &str, mut event: Value) -> String {
        let id = format!("$event{:08x}", self.number());
        let at = 1_795_320_720_000_i64 + i64::try_from(self.counter).expect("few");
        event["event_id"] = id.clone().into();
        event["room_id"] = room.into();
        event["sender"] = sender.into();
        event["origin_server_ts"] = at.into();
        let place = self.rooms.entry(room.to_owned()).or_default();
        let concerns = place.joined.contains(USER) || event["state_key"] == USER;
        place.timeline.push(event.clone());
        if concerns {
            self.queue.push(event);
        }
        id
    }

    /// Somebody comes, goes, or is invited.
    pub(super) fn membership(&mut self, room: &str, sender: &str, whose: &str, content: &Value) {
        let place = self.rooms.entry(room.to_owned()).or_default();
        let event = json!({"type": "m.room.member", "state_key": whose, "content": content});
        let membership = content["membership"].as_str().expect("a membership");
        let (was_in, us) = (place.joined.contains(USER), whose == USER);
        place.joined.remove(whose);
        place.invited.remove(whose);
        match membership {
            "join" => drop(place.joined.insert(whose.to_owned())),
            "invite" => drop(place.invited.insert(whose.to_owned())),
            _ => {}
        }
        // Our own leaving is still told.
        if was_in && us && !place.joined.contains(USER) {
            place.joined.insert(USER.to_owned());
            self.happens(room, sender, event);
            self.rooms.get_mut(room).expect("a room").joined.remove(USER);
            return;
        }
        self.happens(room, sender, event);
    }

    /// A room of one person and us.
    pub(super) fn open(&mut self, name: &str) {
        let room = Room {
            joined: BTreeSet::from([USER.to_owned(), format!("@{name}:localhost")]),
            ..Room::default()
        };
        self.rooms.insert(format!("!{name}:localhost"), room);
    }
}
