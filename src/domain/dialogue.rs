//! The talk with a citizen in a messenger: `(state, input, facts, now) → (state, effects)`.
//!
//! Receive first, ask after: what was written is held at once and never lost; what is asked is only where it may
//! go. Nothing reaches a desk without the citizen's own press, or the timer that the screen announced. The caller
//! carries out all effects and stores the state in one unit of work, or none of it.

mod call_words;
mod calling;
mod draft;
mod effect;
mod manner;
mod outcome;
mod place;
mod press;
mod receive;
mod refuse;
mod sayings;
mod short;
mod state;
mod turn;
pub mod word;

use std::time::Duration;

use self::turn::Turn;
use super::callback::{Rules, Slot};
use super::lane::Kind;
use super::receipt::Receipt;
use super::wording::Lexicon;
use crate::kernel::Timestamp;

pub use self::effect::{Addition, Arg, Button, Effect, Handle, How, Say, Submission};
pub use self::manner::{Choice, Manner, chosen, same_words};
pub use self::outcome::{announce, offer_counselling};
pub use self::place::Here;
pub use self::sayings::{BadSayings, Sayings};
pub use self::state::{Attachment, CaseRef, Draft, Part, Screen, Stage, State, Unreadable};

/// What happened, in the chat or in the unit of work that serves it.
pub enum Input {
    /// The chat was opened; with the payload of the link that was followed (`tip`, `help`, `code`).
    Start(Option<String>),
    /// The citizen wrote.
    Text {
        /// As written.
        text: String,
        /// The message, in the channel's numbering.
        message: Option<String>,
    },
    /// The citizen changed a message sent before.
    Edited {
        /// The new text.
        text: String,
        /// The message that was changed.
        message: Option<String>,
    },
    /// The citizen deleted a message sent before.
    Unsaid {
        /// The message that is gone.
        message: Option<String>,
    },
    /// A button was pressed.
    Press {
        /// The button's token, unchecked.
        token: String,
        /// The message that carried the button.
        message: Option<String>,
    },
    /// Something that is not text. Without file and caption it is a kind we cannot keep.
    Media {
        /// The file, to be fetched by the service.
        file: Option<Attachment>,
        /// The text beside it.
        caption: Option<String>,
        /// The message, in the channel's numbering.
        message: Option<String>,
        /// Messages of one album share this.
        album: Option<String>,
    },
    /// The moment asked for by [`Effect::WakeAt`] has come.
    Tick,
    /// A message said with this handle now has this number in the channel.
    Sent {
        /// From [`Say::handle`].
        handle: Handle,
        /// The message, in the channel's numbering.
        message: String,
    },
    /// Answer to [`Effect::Submit`]: sealed and numbered in this unit of work.
    Submitted {
        /// The desk kind it went to.
        kind: Kind,
        /// What made it go.
        how: How,
        /// The citizen's receipt.
        receipt: Receipt,
        /// How this chat names the case.
        case: CaseRef,
    },
    /// Answer to [`Effect::CheckCode`]: the case behind the code.
    Found {
        /// Catalogue key of the public state, such as `state.public.received`.
        state: &'static str,
        /// What the receipt may open, oldest first.
        lines: Vec<Line>,
    },
    /// Answer to [`Effect::CheckCode`]: well-formed, and no case has it.
    NotFound,
    /// Answer to [`Effect::View`]: a desk's words, opened.
    Opened {
        /// The words.
        text: String,
        /// The case they belong to.
        case: CaseRef,
    },
    /// Answer to [`Effect::View`]: no longer there.
    Expired {
        /// The token of the pressed button.
        token: String,
    },
}

/// One line of what a receipt opens.
pub struct Line {
    /// When it was written.
    pub at: Timestamp,
    /// By whom, and what.
    pub said: Said,
}

/// A line's content.
pub enum Said {
    /// The citizen's own; `None` where the receipt may only tell that it was received (tips lane).
    Own(Option<String>),
    /// The desk's.
    Desk(String),
}

/// An open case of this chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenCase {
    /// How this chat names it: small and stable while the case is open.
    pub case: CaseRef,
    /// Where it lies; never shown in words.
    pub kind: Kind,
    /// When it was sent; only the day is shown.
    pub opened: Timestamp,
    /// The hour of its open call-back.
    pub call: Option<Slot>,
}

/// How long things wait, from the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// A previewed tip is sent by itself after this (30 min).
    pub auto_send: Duration,
    /// The receipt message is deleted after this (30 min).
    pub receipt_erase: Duration,
    /// A desk's words are deleted after this (10 min).
    pub view_erase: Duration,
    /// A draft without a choice is given to a counsellor after this (12 h).
    pub undecided: Duration,
    /// Messages over SMS that follow each other so closely belong together (2 min).
    pub together: Duration,
    /// How long the code can be asked for over SMS (24 h).
    pub code_kept: Duration,
    /// How long a receipt opens what its owner wrote to a counsellor (24 h at most).
    pub own_words: Duration,
}

/// What the talk needs to know of the world.
pub struct Facts<'a> {
    /// The words to understand by.
    pub lexicon: &'a Lexicon,
    /// The short words with a meaning of their own.
    pub sayings: &'a Sayings,
    /// The places to understand by.
    pub here: Option<Here<'a>>,
    /// What the service is called, in the citizen's language.
    pub service: &'a str,
    /// The body that answers, in the citizen's language.
    pub body: &'a str,
    /// The messenger's name, as people say it.
    pub channel: &'a str,
    /// The address of the citizen pages.
    pub web: &'a str,
    /// Whether an oversight desk exists.
    pub oversight: bool,
    /// What words in this bot are about when nothing says otherwise: a bot of its own for counselling.
    pub front: Option<Kind>,
    /// Over SMS: no menus, neutral answers.
    pub short: bool,
    /// The open cases of this chat.
    pub open: &'a [OpenCase],
    /// The hours in which counselling can call back, the nearest first.
    pub hours: &'a [Slot],
    /// How counselling calls back.
    pub callbacks: &'a Rules,
    /// How long things wait.
    pub waits: Waits,
}

/// One step of the talk. Pure; the same arguments always give the same answer.
#[must_use]
pub fn step(state: State, input: Input, facts: &Facts<'_>, now: Timestamp) -> (State, Vec<Effect>) {
    let mut turn = Turn::new(state, facts, now);
    if facts.short {
        turn.short(input);
        return turn.end();
    }
    match input {
        Input::Start(payload) => turn.start(payload.as_deref()),
        Input::Text { text, message } => turn.text(&text, message),
        Input::Edited { text, message } => turn.edited(&text, message),
        Input::Unsaid { message } => turn.unsaid(message.as_deref()),
        Input::Press { token, message } => turn.press(&token, message),
        Input::Media { file, caption, message, album } => turn.media(file, caption, message, album),
        Input::Tick => turn.tick(),
        Input::Sent { handle, message } => turn.sent(handle, message),
        Input::Submitted { kind, how, receipt, case } => turn.submitted(kind, how, (receipt, case)),
        Input::Found { state, lines } => turn.found(state, lines),
        Input::NotFound => turn.not_found(),
        Input::Opened { text, case } => turn.opened(text, case),
        Input::Expired { token } => turn.expired(&token),
    }
    turn.end()
}

#[cfg(test)]
mod tests;
