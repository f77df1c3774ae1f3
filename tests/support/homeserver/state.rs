//! What the homeserver knows.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use super::USER;

/// One way for a call to fail.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The homeserver's own no; nothing is done.
    No(u16, &'static str),
    /// Too many calls: wait so many milliseconds; nothing is done.
    Limit(u64),
    /// A page of a gateway, with this status; nothing is done.
    Gateway(u16),
    /// The connection ends before the call is done or recorded.
    CutBefore,
    /// The call is done, and the connection ends instead of the answer.
    CutAfter,
    /// The call is done, and the answer comes this much later.
    Slow(Duration),
    /// The call is done, and the answer is not JSON.
    Garbage,
}

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
pub(super) struct State {
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
    pub(super) journal: Vec<Call>,
    pub(super) violations: Vec<String>,
    pub(super) refused: usize,
    pub(super) faults: HashMap<String, VecDeque<Fault>>,
    counter: u64,
}

impl State {
    /// A number never given before.
    pub(super) fn number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub(super) fn take_fault(&mut self, what: &str) -> Option<Fault> {
        self.faults.get_mut(what)?.pop_front()
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

/// The state behind its lock, and a bell that rings after every change.
pub(super) struct Shared {
    state: Mutex<State>,
    bell: watch::Sender<()>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { state: Mutex::default(), bell: watch::Sender::new(()) }
    }
}

impl Shared {
    pub(super) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn write<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let result = change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.bell.send_replace(());
        result
    }

    pub(super) fn bell(&self) -> watch::Receiver<()> {
        self.bell.subscribe()
    }

    /// Whether it became so within ten seconds; looks again after every change.
    pub(super) async fn until(&self, so: impl Fn() -> bool) -> bool {
        let mut bell = self.bell();
        let waiting = async {
            while !so() {
                bell.changed().await.expect("the fake is up");
            }
        };
        timeout(Duration::from_secs(10), waiting).await.is_ok()
    }
}
