//! The talk with a citizen in a messenger: one stored update, or one timer, is one unit of work. What the
//! pure dialogue asks for (messages, a case, a look-up, forgetting) is committed together with the erasure of
//! the update, or not at all.

mod calls;
mod canary;
mod chat;
mod choice;
mod effects;
mod plan;
mod room;
mod withheld;

use std::collections::VecDeque;

pub(crate) use self::chat::case_ref;
use self::chat::{Chat, Offered};
use self::plan::Plan;
use super::channel::{Channel, ChatId, Content, MessageRef, Update};
use super::{Error, Hotline};
use crate::domain::dialogue::{Attachment, Handle, Input, Manner, Say, step};
use crate::store::inbox::StoredUpdate;
use crate::store::mailboxes::Dialogue;
use crate::text::Voice;

/// How the rows of a chat say which lane they belong to: mailboxes of different lanes must not be linked by
/// a thief of the database, so each lane has a tag of its own; 0 is the conversation.
const TALK: u8 = 0;

impl Hotline {
    /// Carries one stored update out. The chat's rows, the new case if there is one, the answers and the
    /// erasure of the update are one commit.
    pub async fn attend(
        &self,
        channel: &dyn Channel,
        row: &StoredUpdate,
        update: Update,
    ) -> Result<(), Error> {
        if self.is_canary(row) {
            return self.attend_canary(channel, row, update).await;
        }
        let Update { chat, message, content } = update;
        let message = message.map(|MessageRef(m)| m);
        let input = match content {
            Content::Ignored | Content::Returned => return self.erase_only(row).await,
            Content::Withheld => return self.attend_withheld(channel, row, chat, withheld::KEPT).await,
            Content::Unreadable => {
                return self.attend_withheld(channel, row, chat, withheld::ENCRYPTED).await;
            }
            Content::Invited { direct } => return self.invited(channel, row, chat, direct).await,
            Content::Entered => return self.entered(channel, row, chat).await,
            Content::Withdrawn => return self.withdraw(channel, row, chat).await,
            Content::Left => return self.left(channel.name(), channel.bot(), &chat, row).await,
            Content::Start(payload) => Input::Start(payload),
            Content::Text(text) => return self.attend_text(channel, row, chat, (text, message)).await,
            Content::Edited(text) => Input::Edited { text, message },
            Content::Unsaid => Input::Unsaid { message },
            Content::Press { token, callback } => {
                let mut plan = Plan::new(Some(row.seq));
                plan.answer(&callback);
                let chat = Chat::of_channel(self, channel, chat).await?;
                return self.converse(chat, Input::Press { token, message }, plan).await;
            }
            Content::Media { what, caption, file, album } => Input::Media {
                file: file.map(|(file, size)| Attachment { what, file: file.0, size }),
                caption,
                message,
                album,
            },
        };
        let chat = Chat::of_channel(self, channel, chat).await?;
        self.converse(chat, input, Plan::new(Some(row.seq))).await
    }

    /// Words; in a messenger without buttons they may be a choice.
    async fn attend_text(
        &self,
        channel: &dyn Channel,
        row: &StoredUpdate,
        chat: ChatId,
        (text, message): (String, Option<String>),
    ) -> Result<(), Error> {
        let chat = Chat::of_channel(self, channel, chat).await?;
        let token = if chat.manner == Manner::Buttons { None } else { self.choice(&chat, &text).await? };
        let input = match token {
            Some(token) => Input::Press { token, message: None },
            None => Input::Text { text, message },
        };
        self.converse(chat, input, Plan::new(Some(row.seq))).await
    }

    /// A timer of a conversation has come due.
    pub async fn tick(&self, row: &Dialogue) -> Result<(), Error> {
        let bot = (row.channel.clone(), row.bot.clone());
        let address = Chat::of_row(self, row)?.address();
        let chat = Chat::load(self, (&bot.0, &bot.1), address).await?;
        self.converse(chat, Input::Tick, Plan::new(None)).await
    }

    /// The channel has numbered a message of ours that the conversation wants to know.
    pub(crate) async fn numbered(
        &self,
        bot: (&str, &str),
        chat: ChatId,
        handle: &str,
        message: MessageRef,
    ) -> Result<(), Error> {
        let Ok(handle) = handle.parse().map(Handle) else { return Ok(()) };
        // A conversation that was forgotten meanwhile is not begun anew by our own message.
        if !self.converses(bot, chat.clone()).await? {
            return Ok(());
        }
        let input = Input::Sent { handle, message: message.0 };
        let chat = Chat::load(self, bot, chat).await?;
        self.converse(chat, input, Plan::new(None)).await
    }

    /// Whether there is a conversation with this chat; who asked to be forgotten has none.
    pub(crate) async fn converses(&self, bot: (&str, &str), chat: ChatId) -> Result<bool, Error> {
        Ok(Chat::load(self, bot, chat).await?.row.is_some())
    }

    /// Runs the dialogue on one input and commits what it asks for.
    async fn converse(&self, mut chat: Chat, input: Input, mut plan: Plan) -> Result<(), Error> {
        let mut inputs = VecDeque::from([input]);
        let offered = Offered::now(self);
        while let Some(input) = inputs.pop_front() {
            let world = self.world();
            let before = chat.take_state();
            let (state, effects) = step(before, input, &chat.facts(self, &world, &offered), self.now());
            chat.put_state(state);
            for effect in effects {
                if let Some(next) = self.carry_out(&mut chat, &mut plan, effect).await? {
                    inputs.push_back(next);
                }
            }
        }
        self.plan_advice(&mut chat, &mut plan);
        self.commit_plan(chat, plan).await
    }

    /// A message of the dialogue in the words of its language, ready for the outbox.
    pub(crate) fn render(
        &self,
        locale: crate::text::Locale,
        say: &Say,
        voice: Voice,
    ) -> Vec<super::channel::Outgoing> {
        use super::channel::{Button, Outgoing};
        let keys = |keys: Vec<crate::text::Key>| {
            keys.into_iter().map(|k| Button { label: k.label, token: k.token }).collect()
        };
        self.talk()
            .catalogue
            .bubbles(locale, say, voice)
            .into_iter()
            .map(|bubble| Outgoing::Say {
                text: bubble.text,
                buttons: bubble.buttons.into_iter().map(keys).collect(),
                protect: say.protect,
            })
            .collect()
    }
}
