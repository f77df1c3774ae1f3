//! What is remembered of a talk between two messages. It holds the citizen's words: sealed at rest, no `Debug`.

use serde::{Deserialize, Serialize};

use super::calling::Calling;
use crate::domain::lane::Kind;
use crate::domain::locale::Locale;
use crate::kernel::Timestamp;

/// How a chat names one of its cases: a small number given by the service, stable while the case is open, and
/// meaningless elsewhere. It may stand in a button's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseRef(pub u16);

/// The stored bytes are not a state this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a dialogue state of a known version")]
pub struct Unreadable;

/// A file that waits on the channel's servers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// In the words of the channel: photo, voice, document.
    pub what: String,
    /// How the channel names it.
    pub file: String,
    /// Bytes, if known.
    pub size: Option<u64>,
}

/// One message of a draft.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// As written.
    pub text: String,
    /// The citizen's message, so that an edit replaces it.
    pub message: Option<String>,
}

/// What a draft's screen asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Screen {
    /// Where may this go? No default.
    Choose,
    /// May a counsellor read it?
    Consent,
    /// This goes to a desk of this kind, by itself after a while.
    Preview(Kind),
    /// It is about officials and no oversight desk exists: send all the same? No default.
    NoOversight,
}

/// Written and held, but not sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The messages, in order.
    pub parts: Vec<Part>,
    /// The files, in order.
    pub files: Vec<Attachment>,
    /// When the first part came.
    pub since: Timestamp,
    /// What the screen last shown asks.
    pub screen: Option<Screen>,
    /// Tips or counselling, if known.
    pub(super) lane: Option<Kind>,
    /// The citizen chose the lane at a screen that told the difference; words no longer change it.
    pub(super) chosen: bool,
    /// The lane of the menu button pressed before writing.
    pub(super) entry: Option<Kind>,
    /// Cases are open and it is not plain whether this belongs to one.
    pub(super) which: bool,
    /// About officials or police, by the citizen's own tap.
    pub(super) officials: Option<bool>,
    /// Not to be passed to the commune police where the citizen lives.
    pub(super) avoid_commune: bool,
    /// The code of the commune that the citizen chose, or `-` if they took it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commune: Option<String>,
    /// Its person seems not to want it sent: what had been shown before that was asked. Nothing of it goes by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stopped: Option<Screen>,
}

impl Draft {
    /// First words that nothing is known of.
    pub(super) fn begun(part: Part, now: Timestamp) -> Self {
        Self {
            parts: vec![part],
            files: Vec::new(),
            since: now,
            screen: None,
            lane: None,
            chosen: false,
            entry: None,
            which: false,
            officials: None,
            avoid_commune: false,
            commune: None,
            stopped: None,
        }
    }

    /// All that was written, one message a paragraph.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// A code that can be asked for, for a while.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) receipt: String,
    pub(super) until: Timestamp,
}

/// Where a talk stands.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nothing is pending.
    Idle,
    /// A menu button was pressed and the next words are for this kind of desk.
    Writing(Kind),
    /// The next words are a code.
    Code,
    /// Words are held and wait for a choice.
    Drafting(Box<Draft>),
}

/// The state of one talk.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    version: u8,
    /// The citizen's language.
    pub locale: Locale,
    /// Where the talk stands.
    pub stage: Stage,
    /// When [`super::Input::Tick`] is due.
    pub wake: Option<Timestamp>,
    /// Number of the draft screen last shown; its buttons carry it, so that an older press is known as old.
    pub(super) seq: u32,
    /// The message of that screen, once the channel has told its number.
    pub(super) shown_as: Option<String>,
    /// The screen whose send button did its work, so that a second press gets a kind answer.
    pub(super) sent_seq: Option<u32>,
    /// A desk's words were just read: what is typed next is the answer.
    pub(super) answering: Option<CaseRef>,
    /// Words that may be a spoken code or just words, while they are looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) guess: Option<Part>,
    /// Somebody asks to be called back. Beside the stage, so that a program of the version before passes it over and takes
    /// what comes for words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) calling: Option<Calling>,
    /// Over SMS: when the words held are sent on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) gathered: Option<Timestamp>,
    /// Over SMS: the code, while it can be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<Kept>,
    /// The album whose first file was answered; its other files are taken in silence.
    pub(super) album: Option<String>,
}

impl State {
    const VERSION: u8 = 1;

    /// A talk that has not begun.
    #[must_use]
    pub const fn new(locale: Locale) -> Self {
        Self {
            version: Self::VERSION,
            locale,
            stage: Stage::Idle,
            wake: None,
            seq: 0,
            shown_as: None,
            sent_seq: None,
            answering: None,
            guess: None,
            calling: None,
            gathered: None,
            code: None,
            album: None,
        }
    }

    /// The bytes to seal.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Unreadable> {
        serde_json::to_vec(self).map_err(|_| Unreadable)
    }

    /// Reads what [`Self::to_bytes`] wrote; a state of a later program is refused, not guessed at.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let state: Self = serde_json::from_slice(bytes).map_err(|_| Unreadable)?;
        if state.version == Self::VERSION { Ok(state) } else { Err(Unreadable) }
    }

    /// The words that are held and not sent.
    #[must_use]
    pub fn draft(&self) -> Option<&Draft> {
        match &self.stage {
            Stage::Drafting(draft) => Some(draft),
            Stage::Idle | Stage::Writing(_) | Stage::Code => None,
        }
    }

    /// Since when words wait for a choice that only the citizen can make.
    #[must_use]
    pub fn undecided_since(&self) -> Option<Timestamp> {
        let waits = |d: &&Draft| d.stopped.is_none() && !matches!(d.screen, Some(Screen::Preview(_)));
        self.draft().filter(waits).map(|d| d.since)
    }

    /// The words that wait for such a choice.
    #[must_use]
    pub fn undecided_text(&self) -> Option<String> {
        self.undecided_since().and_then(|_| self.draft()).map(Draft::text)
    }
}
