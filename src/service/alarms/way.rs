//! How staff are reached. A way is handed in by `boot`; what it carries says which desk, how many, how urgent and how
//! old, and nothing of what anybody wrote (DESIGN §2.5).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::escalation::Way;
use crate::kernel::Secret;
use crate::kernel::id::RowId;
use crate::service::channel::{Channel, ChatId, Outgoing, SendFault};

/// What a call says, for people and for programs.
#[derive(Debug, Clone)]
pub struct Page {
    /// The same when the call is made twice, so that the other end can tell.
    pub id: RowId,
    /// One line.
    pub subject: String,
    /// To be read.
    pub text: String,
    /// To be spoken by a machine.
    pub say: String,
    /// For programs.
    pub facts: Facts,
}

/// What a call says, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Facts {
    /// Somebody is needed now.
    Alarm {
        /// The desk's name; none when it is about the program itself.
        desk: Option<String>,
        /// `case`, `clock` or `system`.
        cause: &'static str,
        /// 0 is a life at risk.
        urgency: u8,
        /// How many things wait.
        waiting: i64,
        /// How long the oldest has been waiting since its alarm.
        minutes: u64,
        /// Which step of the chain this is, from 1.
        step: usize,
    },
    /// What a shift finds.
    Digest {
        /// Each desk of the shift that has something.
        desks: Vec<DeskDigest>,
    },
}

/// How a desk stands when a shift begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeskDigest {
    /// The desk's name.
    pub desk: String,
    /// Cases nobody has acknowledged in time.
    pub unacknowledged: i64,
    /// Cases past their deadline.
    pub late: i64,
    /// Cases whose clock ends during the shift.
    pub ending: i64,
}

/// A boxed future, so that ways can be held behind `dyn`.
pub type Calling<'a> = Pin<Box<dyn Future<Output = Result<(), SendFault>> + Send + 'a>>;

/// One way of reaching staff. It ends within a lease, and tells apart what surely did not happen from what may have.
pub trait Caller: Send + Sync {
    /// Which way it is.
    fn way(&self) -> Way;
    /// Calls somebody. The caller has committed the intent before and records the outcome after.
    fn call<'a>(&'a self, to: &'a Secret<String>, page: &'a Page) -> Calling<'a>;
}

/// The ways that this installation has.
#[derive(Clone, Default)]
pub struct Ways(Vec<Arc<dyn Caller>>);

impl Ways {
    /// Of these callers; a messenger that staff use too is a way as well.
    #[must_use]
    pub fn new(mut callers: Vec<Arc<dyn Caller>>, channels: &[Arc<dyn Channel>]) -> Self {
        for channel in channels {
            if let Some(way @ (Way::Telegram | Way::Zalo)) = Way::parse(channel.name()) {
                callers.push(Arc::new(Chat { way, channel: Arc::clone(channel) }));
            }
        }
        Self(callers)
    }

    /// The caller of a way, if there is one.
    #[must_use]
    pub fn of(&self, way: Way) -> Option<&dyn Caller> {
        self.0.iter().find(|c| c.way() == way).map(AsRef::as_ref)
    }
}

/// A chat of a member of staff with one of our bots.
struct Chat {
    way: Way,
    channel: Arc<dyn Channel>,
}

impl Caller for Chat {
    fn way(&self) -> Way {
        self.way
    }

    fn call<'a>(&'a self, to: &'a Secret<String>, page: &'a Page) -> Calling<'a> {
        Box::pin(async move {
            let chat = ChatId::new(to.expose().clone());
            let say = Outgoing::Say { text: page.text.clone(), buttons: Vec::new(), protect: false };
            self.channel.send(&chat, &say).await.map(drop)
        })
    }
}
