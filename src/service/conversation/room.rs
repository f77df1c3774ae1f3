//! Rooms, where a messenger has them. A tip is for nobody else's eyes, so we are in a room with one person only: a
//! group is told where to go instead, and left.

use super::chat::{Chat, channel_name};
use super::plan::Plan;
use crate::domain::dialogue::{Arg, Input, Say};
use crate::service::channel::{Channel, ChatId, Outgoing};
use crate::service::{Error, Hotline};
use crate::store::inbox::StoredUpdate;

impl Hotline {
    /// Somebody asks us into a room. What the servers in between can read is said first, then who we are.
    pub(super) async fn invited(
        &self,
        channel: &dyn Channel,
        row: &StoredUpdate,
        address: ChatId,
        direct: bool,
    ) -> Result<(), Error> {
        let mut chat = Chat::of_channel(self, channel, address).await?;
        let mut plan = Plan::new(Some(row.seq));
        let why = self.no_crowd(&chat);
        if !direct {
            plan.does(Outgoing::Decline { why });
            // nothing is to be remembered of it
            plan.forget = true;
            return self.commit_plan(chat, plan).await;
        }
        plan.does(Outgoing::Enter { join: true, crowd: why });
        let name = channel_name(channel.name()).to_owned();
        self.plan_say(&mut chat, &mut plan, &Say::new("chat.room").with("channel", Arg::Text(name)));
        self.converse(chat, Input::Start(None), plan).await
    }

    /// Somebody came into a room that we are in.
    pub(super) async fn entered(
        &self,
        channel: &dyn Channel,
        row: &StoredUpdate,
        address: ChatId,
    ) -> Result<(), Error> {
        let mut chat = Chat::of_channel(self, channel, address).await?;
        let mut plan = Plan::new(Some(row.seq));
        plan.does(Outgoing::Enter { join: false, crowd: self.no_crowd(&chat) });
        // a talk that was forgotten does not begin again by this
        drop(chat.take_state());
        self.commit_plan(chat, plan).await
    }

    fn no_crowd(&self, chat: &Chat) -> String {
        let talk = self.talk();
        let locale = chat.state().map_or(talk.locale, |s| s.locale);
        talk.catalogue.say(locale, "chat.crowd", &[("web", talk.web.as_str())])
    }
}
