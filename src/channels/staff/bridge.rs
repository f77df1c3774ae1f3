//! An automatic phone call. The program does not speak on the phone itself: it asks a call bridge, which dials the
//! number and says the words, and which knows by the id that it was asked before.

use serde::Serialize;

use super::{BadWay, client, post_signed};
use crate::domain::escalation::Way;
use crate::kernel::{Clock, Secret};
use crate::service::alarms::way::Calling;
use crate::service::alarms::{Caller, Page};
use crate::service::channel::SendFault;

/// Asks the bridge to call.
pub struct Bridge {
    http: reqwest::Client,
    url: String,
    secret: Secret<String>,
    clock: Clock,
}

#[derive(Serialize)]
struct Body<'a> {
    to: &'a str,
    say: &'a str,
    id: String,
}

impl Bridge {
    /// The bridge at an address, with the secret that it knows too.
    pub fn new(url: String, secret: Secret<String>, clock: Clock) -> Result<Self, BadWay> {
        Ok(Self { http: client()?, url, secret, clock })
    }
}

impl Caller for Bridge {
    fn way(&self) -> Way {
        Way::Call
    }

    fn call<'a>(&'a self, to: &'a Secret<String>, page: &'a Page) -> Calling<'a> {
        Box::pin(async move {
            let body = Body { to: to.expose(), say: &page.say, id: page.id.to_string() };
            let body = serde_json::to_string(&body).map_err(|_| SendFault::Refused(400))?;
            post_signed(&self.http, &self.url, &self.secret, (self.clock.now().as_secs(), body)).await
        })
    }
}
