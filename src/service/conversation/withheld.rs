//! A message whose content the messenger keeps from us. Who sent it may be a child, or may not be able to write: they
//! are told at once what happened and how else we can be reached, and a counsellor learns that somebody tried.

use super::chat::{Chat, case_ref, channel_name};
use super::plan::Plan;
use crate::domain::case::Priority;
use crate::domain::dialogue::{Arg, Say};
use crate::domain::document::{Details, Words};
use crate::domain::lane::Kind;
use crate::domain::state::State;
use crate::service::channel::{Channel, ChatId, answer_window};
use crate::service::{Error, Hotline, intake};
use crate::store::inbox::StoredUpdate;

/// How a person is answered, and what a counsellor reads.
pub(super) struct Sentences {
    said: &'static str,
    noted: &'static str,
}

/// The messenger keeps it.
pub(super) const KEPT: Sentences = Sentences { said: "chat.withheld", noted: "console.withheld" };
/// It is encrypted for devices that we do not have.
pub(super) const ENCRYPTED: Sentences = Sentences { said: "chat.encrypted", noted: "console.encrypted" };

/// What marks such a case.
const TAG: &str = "content_withheld";

impl Hotline {
    /// The answer, and a case without content (or a line in the chat's open one), in one commit with the erasure of
    /// the update.
    pub(super) async fn attend_withheld(
        &self,
        channel: &dyn Channel,
        row: &StoredUpdate,
        address: ChatId,
        sentences: Sentences,
    ) -> Result<(), Error> {
        let mut chat = Chat::of_channel(self, channel, address).await?;
        let (talk, mut plan) = (self.talk(), Plan::new(Some(row.seq)));
        let name = channel_name(channel.name());
        let say = Say::new(sentences.said)
            .with("channel", Arg::Text(name.to_owned()))
            .with("web", Arg::Text(talk.web.clone()));
        self.plan_say(&mut chat, &mut plan, &say);
        let text = talk.catalogue.say(talk.locale, sentences.noted, &[("channel", name)]);
        let open = chat.boxes.iter().find(|b| b.kind == Kind::Counselling && b.state != State::Closed);
        if let Some(found) = open.and_then(|b| chat.mailbox(case_ref(&b.mailbox))) {
            plan.additions.push((found.mailbox.case, Words { text, at: self.now(), by: None }));
        } else {
            let mut ready = self.with_way_back(&chat, &self.nothing_but_a_sign(&chat, text))?;
            // The message says nothing, so there is nothing that a receipt could open.
            ready.case.receipt = None;
            plan.cases.push(ready.case);
        }
        metrics::counter!("tinan_channel_withheld_total", "channel" => channel.name()).increment(1);
        self.commit_plan(chat, plan).await
    }

    /// The person took it back towards the messenger that we may know them: every way back ends at once, in silence.
    pub(super) async fn withdraw(
        &self,
        channel: &dyn Channel,
        row: &StoredUpdate,
        address: ChatId,
    ) -> Result<(), Error> {
        let chat = Chat::of_channel(self, channel, address).await?;
        let mut plan = Plan::new(Some(row.seq));
        plan.forget = true;
        self.commit_plan(chat, plan).await
    }

    /// Where the messenger will not let us write for ever, whoever has just got a code hears that it stays the way back.
    pub(super) fn plan_advice(&self, chat: &mut Chat, plan: &mut Plan) {
        let Some(window) = answer_window(&chat.channel) else { return };
        if plan.cases.iter().any(|case| case.receipt.is_some()) {
            let say = Say::new("chat.window")
                .with("channel", Arg::Text(channel_name(&chat.channel).to_owned()))
                .with("window", Arg::Span(window))
                .with("web", Arg::Text(self.talk().web.clone()));
            self.plan_say(chat, plan, &say);
        }
    }

    fn nothing_but_a_sign(&self, chat: &Chat, text: String) -> intake::Submission {
        let locale = chat.state().map_or(self.talk().locale, |s| s.locale);
        intake::Submission {
            kind: Kind::Counselling,
            text,
            locale: locale.as_str().to_owned(),
            channel: chat.channel.clone(),
            details: Details { tags: vec![TAG.to_owned()], ..Details::default() },
            priority: Priority::NORMAL,
            reads_as_tip: false,
        }
    }
}
