//! What a messenger must be able to do for us. Telegram is one implementation, the terminal another; a new
//! channel is one file and a fake of its remote end.
//!
//! A channel never acknowledges: it hands raw bytes over, and the caller acknowledges after the commit.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use zeroize::Zeroize;

use crate::domain::dialogue::Manner;
use crate::domain::lane::Kind;
use crate::kernel::Timestamp;
use crate::kernel::id::RowId;

/// The address of a chat on its channel. Whoever knows it knows the citizen: no `Debug`, no `Display`.
#[derive(Clone, PartialEq, Eq, Hash, Zeroize)]
#[zeroize(drop)]
pub struct ChatId(String);

impl ChatId {
    /// Takes the channel's own spelling of the address.
    #[must_use]
    pub fn new(raw: impl Into<String>) -> Self {
        Self(raw.into())
    }

    /// The address, for the request that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// One message of a chat, in the channel's own numbering, so that it can be deleted or edited later.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MessageRef(pub String);

/// A raw update as it came from the wire, not yet understood.
pub struct Raw {
    /// What makes it the same update when it comes again (Telegram: `update_id`).
    pub key: String,
    /// The bytes, unchanged.
    pub bytes: Vec<u8>,
}

/// A raw update, understood.
pub struct Update {
    /// Whose chat it belongs to.
    pub chat: ChatId,
    /// The citizen's own message, or for a button the message that carried it.
    pub message: Option<MessageRef>,
    /// What came.
    pub content: Content,
}

/// What a citizen did.
pub enum Content {
    /// Opened the chat; with the payload of the link that was followed.
    Start(Option<String>),
    /// Wrote a text.
    Text(String),
    /// Changed a text sent before; the new text.
    Edited(String),
    /// Deleted a message sent before: the one the update names.
    Unsaid,
    /// Pressed a button.
    Press {
        /// The button's token, as given in [`Button::token`].
        token: String,
        /// What the channel wants to be told so that the button stops spinning.
        callback: String,
    },
    /// Sent something that is not text.
    Media {
        /// In the words of the channel: photo, voice, document.
        what: String,
        /// The text beside it.
        caption: Option<String>,
        /// How to fetch it, and its size in bytes if known.
        file: Option<(FileRef, Option<u64>)>,
        /// Messages of one album share this.
        album: Option<String>,
    },
    /// Sent something that the messenger keeps from us. Some do that to protect children, disabled or illiterate
    /// people: the person must hear of it at once, and a person of ours must know.
    Withheld,
    /// Sent something encrypted for devices, where we have none: nobody here can read it.
    Unreadable,
    /// Asks us into a room.
    Invited {
        /// Meant for the two of us alone.
        direct: bool,
    },
    /// Somebody came into the room of a chat: it may not be the two of us any more.
    Entered,
    /// Took back towards the messenger that we may know them: as if they had asked to be forgotten.
    Withdrawn,
    /// Blocked or left the bot.
    Left,
    /// Came back after having blocked the bot.
    Returned,
    /// A kind that needs no answer (a join notice, a group message).
    Ignored,
}

/// How a channel names a file that waits on its servers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FileRef(pub String);

/// The bytes are not an update we know: they go to the lane's desk as a dead letter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an update of this channel")]
pub struct Unparsable;

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Button {
    /// What the person reads.
    pub label: String,
    /// What comes back when it is pressed: at most 64 bytes, and never an id of ours.
    pub token: String,
}

/// Something to do in a chat.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Outgoing {
    /// Send a message.
    Say {
        /// Plain text, no markup.
        text: String,
        /// Rows of buttons.
        buttons: Vec<Vec<Button>>,
        /// Forbid forwarding and saving.
        protect: bool,
    },
    /// Delete a message, the citizen's or ours.
    Erase {
        /// Which one.
        message: MessageRef,
    },
    /// Take the buttons off a message of ours, so that a choice made cannot be pressed again.
    Settle {
        /// Which one.
        message: MessageRef,
    },
    /// Tell the channel that a button press was seen.
    Answer {
        /// From [`Content::Press`].
        callback: String,
    },
    /// Be in the room of a chat if it is for one person and us; else say why not, and leave.
    Enter {
        /// Follow an invitation first.
        join: bool,
        /// What is said to a crowd.
        crowd: String,
    },
    /// Turn an invitation down.
    Decline {
        /// What is said about it.
        why: String,
    },
}

/// Sent, and how the channel numbers it (only for [`Outgoing::Say`]).
pub struct Delivered {
    /// The new message.
    pub message: Option<MessageRef>,
}

/// Why a send did not succeed; each kind is treated differently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendFault {
    /// Not sent; the channel says when to try again.
    #[error("the channel asks to wait")]
    Wait(Duration),
    /// Surely not sent: no connection, or the server said it failed. Try again.
    #[error("the channel is not reachable")]
    Unreachable,
    /// The request left and no answer came: it may have arrived.
    #[error("no answer after the request left")]
    Uncertain,
    /// The person blocked the bot or the chat is gone.
    #[error("the chat is gone")]
    Gone,
    /// The person was silent for so long that the channel lets nobody write to them. What the desk wrote is behind the
    /// code.
    #[error("the person was silent for too long")]
    Shut,
    /// The channel will never accept this; a person must look. Holds the channel's error code only.
    #[error("refused by the channel ({0})")]
    Refused(i32),
}

/// Why a file could not be had; each kind is treated differently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// The channel says when to try again.
    #[error("the channel asks to wait")]
    Wait(Duration),
    /// No connection, or it broke: fetching changes nothing, so it can be tried again.
    #[error("the channel is not reachable")]
    Unreachable,
    /// The channel does not have it, or does not have it now.
    #[error("the file is not to be had")]
    Gone,
    /// Larger than the channel gives out.
    #[error("the file is too large")]
    TooLarge,
}

/// A boxed future, so that the trait can be used behind `dyn`.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Delivered, SendFault>> + Send + 'a>>;

/// A file that comes in pieces.
pub trait Pieces: Send {
    /// The next piece; none at the end.
    fn next(&mut self) -> Piece<'_>;
}

/// A boxed future of a piece of a file.
pub type Piece<'a> = Pin<Box<dyn Future<Output = Result<Option<Vec<u8>>, FetchFault>> + Send + 'a>>;
/// A boxed future of a file.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Box<dyn Pieces>, FetchFault>> + Send + 'a>>;

/// Why a messenger did not tell us who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeFault {
    /// It answers, and does not know us or does not let us in.
    Refused,
    /// It does not answer.
    Unreachable,
}

/// A boxed future of a question to the messenger.
pub type Probing<'a> = Pin<Box<dyn Future<Output = Result<(), ProbeFault>> + Send + 'a>>;

/// A messenger.
pub trait Channel: Send + Sync {
    /// The channel's name in rows and metrics: `telegram`, `terminal`.
    fn name(&self) -> &'static str;
    /// Which of our bots on that channel; two bots are never merged into one person.
    fn bot(&self) -> &str;
    /// What the messenger can do. Where it has no buttons, choices come written out in the text.
    fn manner(&self) -> Manner {
        Manner::Buttons
    }
    /// What words in this bot are about when nothing says otherwise.
    fn front(&self) -> Option<Kind> {
        None
    }
    /// Understands raw bytes. Pure: no network.
    fn parse(&self, bytes: &[u8]) -> Result<Update, Unparsable>;
    /// When it happened, in the channel's own milliseconds, where updates may come out of order: those of one chat
    /// that wait together are worked off by it.
    fn moment(&self, _bytes: &[u8]) -> Option<i64> {
        None
    }
    /// An update as the messenger would hand it over if somebody wrote these words now: for the canaries. A channel
    /// without one has no canaries.
    fn canary(&self, _words: &str, _now: Timestamp) -> Option<Vec<u8>> {
        None
    }
    /// Asks the messenger whether it knows us, where it can be asked. Changes nothing there.
    fn probe(&self) -> Probing<'_> {
        Box::pin(async { Ok(()) })
    }
    /// Does one thing in a chat. The caller has committed the intent before and records the outcome after.
    fn send<'a>(&'a self, chat: &'a ChatId, what: &'a Outgoing) -> Sending<'a>;
    /// Whether the other end knows a message again by its name ([`Self::send_named`]) and takes it once. Only there is
    /// an outcome that nobody knows no reason to ask a person: the message is sent again and cannot be doubled.
    fn knows_repeats(&self) -> bool {
        false
    }
    /// [`Self::send`] under a name that stays the same however often it is tried.
    fn send_named<'a>(&'a self, _name: RowId, chat: &'a ChatId, what: &'a Outgoing) -> Sending<'a> {
        self.send(chat, what)
    }
    /// Fetches a file from the channel's servers. A channel without files has none.
    fn fetch<'a>(&'a self, _file: &'a FileRef) -> Fetching<'a> {
        Box::pin(async { Err(FetchFault::Gone) })
    }
}

/// How long after a person's last message their messenger lets us write to them; `None` where there is no end.
#[must_use]
pub const fn answer_window(channel: &str) -> Option<Duration> {
    match channel.as_bytes() {
        // Zalo's rule for Official Accounts
        b"zalo_oa" => Some(Duration::from_hours(7 * 24)),
        _ => None,
    }
}
