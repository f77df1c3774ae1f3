//! A channel whose other end comes to us by HTTP: it delivers, and delivers again until we say that we have it. A
//! person who presses the button again behaves alike.

use std::sync::Arc;

use reqwest::{Client, RequestBuilder};
use tinan::service::channel::{Channel, Raw};

use crate::process::Install;
use crate::world::World;

/// A request that is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Bytes that are not of this channel's language.
    Malformed,
    /// Of its language, and of a kind that nobody has heard of.
    Unknown,
    /// Without the secret, or with another.
    Secret,
    /// Larger than anything real.
    Oversized,
}

/// What is to be said to a wrong request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// This status, and nothing is stored.
    Refused(u16),
    /// It is stored, and a person sees it.
    Kept,
}

/// The wire of one channel.
pub(super) trait Line: Send + Sync {
    /// Its name in the table.
    fn name(&self) -> &'static str;
    /// The settings it needs.
    fn furnish(&self, install: Install) -> Install;
    /// The delivery of what person `n` says; the same message each time.
    fn delivery(&self, client: &Client, base: &str, n: usize) -> RequestBuilder;
    /// The status that says "we have it".
    fn taken(&self) -> u16 {
        200
    }
    /// What is counted, as the end of a SELECT: one row for each message that came.
    fn rows(&self) -> &'static str {
        "cases WHERE kind = 'tips'"
    }
    /// Whether what was taken waits in the inbox to be worked off.
    fn waits(&self) -> bool {
        true
    }
    /// How many turns a talk takes in which one thing is said: one, and another where the messenger tells what it
    /// calls the answer.
    fn turns(&self) -> usize {
        1
    }
    /// Whether it is taken while the database is away.
    fn spools(&self) -> bool {
        false
    }
    /// What a request is answered with beyond "taken", where the request itself is the work.
    fn given(&self) -> &'static str {
        "a receipt each, the same when asked again"
    }
    /// What a first start asks for and must have stored before anything is killed, as the end of a SELECT: a token
    /// that can be used once is lost between the two, and no program can get it back.
    fn asked_for_once(&self) -> Option<&'static str> {
        None
    }
    /// Of these people, how many were answered.
    fn answered(&self, people: std::ops::Range<usize>) -> usize;
    /// From now on answers arrive and the program does not learn that they did. Gives how many were under way.
    fn hang_answers(&self) {}
    /// How many answers the other end has been handed.
    fn handed(&self) -> usize {
        0
    }
    /// The messenger itself and what person `n` says as it stores it, to be worked off on a clock that jumps; none
    /// where the request itself is the work.
    fn messenger(&self, _world: &World, _n: usize) -> Option<(Arc<dyn Channel>, Raw)> {
        None
    }
    /// A wrong request and what must become of it; none where this channel cannot have it.
    fn wrong(&self, client: &Client, base: &str, wrong: Wrong) -> Option<(RequestBuilder, Expected)>;
}
