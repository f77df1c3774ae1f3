//! What the service is asked to do. Effects hold the citizen's words: no `Debug`, none is stored as it is.

use std::time::Duration;

use super::state::{Attachment, CaseRef};
use crate::domain::lane::Kind;
use crate::domain::locale::Locale;
use crate::domain::receipt::Receipt;
use crate::domain::wording::Reading;
use crate::kernel::Timestamp;

/// Names a message of ours until the channel has numbered it; comes back in [`super::Input::Sent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle(pub u32);

/// A value in a sentence.
#[derive(Clone, PartialEq, Eq)]
pub enum Arg {
    /// Words of a person or a name.
    Text(String),
    /// Another sentence of the catalogue.
    Phrase(&'static str),
    /// A moment, shown as `dd/mm/yyyy HH:mm`.
    Moment(Timestamp),
    /// A day, shown as `dd/mm/yyyy`.
    Day(Timestamp),
    /// A length of time, in words.
    Span(Duration),
    /// A count.
    Count(usize),
    /// The citizen's secret.
    Receipt(Receipt),
}

/// A button.
#[derive(Clone, PartialEq, Eq)]
pub struct Button {
    /// Catalogue key of what the person reads.
    pub label: &'static str,
    /// Values of the label.
    pub args: Vec<(&'static str, Arg)>,
    /// What comes back when it is pressed: at most 64 bytes, and no id of ours.
    pub token: String,
}

impl Button {
    /// A button without values.
    #[must_use]
    pub fn new(label: &'static str, token: impl Into<String>) -> Self {
        Self { label, args: Vec::new(), token: token.into() }
    }
}

/// A message to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Say {
    /// Catalogue key.
    pub phrase: &'static str,
    /// Values of the sentence.
    pub args: Vec<(&'static str, Arg)>,
    /// Rows of buttons.
    pub buttons: Vec<Vec<Button>>,
    /// Forbid forwarding and saving.
    pub protect: bool,
    /// Tell the channel's number of this message by [`super::Input::Sent`].
    pub handle: Option<Handle>,
    /// Delete the message so long after it was delivered.
    pub erase_after: Option<Duration>,
}

impl Say {
    /// A plain message.
    #[must_use]
    pub const fn new(phrase: &'static str) -> Self {
        Self {
            phrase,
            args: Vec::new(),
            buttons: Vec::new(),
            protect: false,
            handle: None,
            erase_after: None,
        }
    }

    /// With a value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Arg) -> Self {
        self.args.push((name, value));
        self
    }

    /// With one more row of buttons.
    #[must_use]
    pub fn row(mut self, buttons: Vec<Button>) -> Self {
        self.buttons.push(buttons);
        self
    }

    /// Not to be forwarded, and deleted after a while.
    #[must_use]
    pub const fn fleeting(mut self, after: Duration) -> Self {
        self.protect = true;
        self.erase_after = Some(after);
        self
    }
}

/// What made a draft go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The citizen pressed send.
    Pressed,
    /// The announced timer ran out.
    Timer,
    /// The citizen asked for the person on duty, now: the case is urgent.
    Alert,
}

/// A draft on its way to a desk.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// The desk kind.
    pub kind: Kind,
    /// All that was written.
    pub text: String,
    /// Files to fetch.
    pub files: Vec<Attachment>,
    /// The citizen's language.
    pub locale: Locale,
    /// Not to be passed to the commune police where the citizen lives.
    pub avoid_commune: bool,
    /// The code of the commune, chosen or said without doubt and shown.
    pub commune: Option<String>,
    /// The citizen agreed that a counsellor reads it (counselling only).
    pub consent: bool,
    /// What made it go.
    pub how: How,
    /// What was understood of the whole text.
    pub reading: Reading,
    /// When the first words came.
    pub since: Timestamp,
}

/// More words or files for an open case.
#[derive(Clone, PartialEq, Eq)]
pub struct Addition {
    /// Which one, as [`super::OpenCase::case`].
    pub case: CaseRef,
    /// The words; may be empty beside files.
    pub text: String,
    /// Files to fetch.
    pub files: Vec<Attachment>,
    /// It is a changed version of something sent before.
    pub edited: bool,
    /// What was understood of the words.
    pub reading: Reading,
}

/// One thing to do, in the order given, all in one unit of work.
#[derive(Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send a message.
    Say(Say),
    /// Delete a message of the chat.
    Erase(String),
    /// Take the buttons off a message of ours.
    Settle(String),
    /// Seal, number and queue a draft; then feed [`super::Input::Submitted`].
    Submit(Box<Submission>),
    /// Nobody chose in time: seal it to the counselling lead, who reads it and decides. No receipt.
    HandOver(Box<Submission>),
    /// Add to an open case.
    AddToCase(Box<Addition>),
    /// Mark an open case as urgent and page the person on duty.
    Alert(CaseRef),
    /// Look a typed code up; then feed [`super::Input::Found`] or [`super::Input::NotFound`].
    CheckCode(String),
    /// Open the desk's words behind a token; then feed [`super::Input::Opened`] or [`super::Input::Expired`].
    View(String),
    /// Ask the desk of an open case to send its last words again.
    AskResend(CaseRef),
    /// Delete the ways back and the state of this chat; the message said before still goes out.
    Forget,
    /// Feed [`super::Input::Tick`] at this moment; replaces an earlier one.
    WakeAt(Timestamp),
    /// No tick is wanted any more.
    NoWake,
}
