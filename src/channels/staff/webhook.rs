//! A program of the province's own that is called: a pager service, a control room's board.

use serde::Serialize;

use super::{BadWay, client, post_signed};
use crate::domain::escalation::Way;
use crate::kernel::{Clock, Secret};
use crate::service::alarms::way::Calling;
use crate::service::alarms::{Caller, Facts, Page};
use crate::service::channel::SendFault;

/// Posts what a call says, for programs.
pub struct Webhook {
    http: reqwest::Client,
    secret: Secret<String>,
    clock: Clock,
}

#[derive(Serialize)]
struct Body<'a> {
    id: String,
    text: &'a str,
    #[serde(flatten)]
    facts: &'a Facts,
}

impl Webhook {
    /// With the secret that the other end knows too.
    pub fn new(secret: Secret<String>, clock: Clock) -> Result<Self, BadWay> {
        Ok(Self { http: client()?, secret, clock })
    }
}

impl Caller for Webhook {
    fn way(&self) -> Way {
        Way::Webhook
    }

    fn call<'a>(&'a self, to: &'a Secret<String>, page: &'a Page) -> Calling<'a> {
        Box::pin(async move {
            let body = Body { id: page.id.to_string(), text: &page.text, facts: &page.facts };
            let body = serde_json::to_string(&body).map_err(|_| SendFault::Refused(400))?;
            post_signed(&self.http, to.expose(), &self.secret, (self.clock.now().as_secs(), body)).await
        })
    }
}
