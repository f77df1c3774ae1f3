//! What a text means in a messenger without buttons: perhaps one of the choices that were written out, or one of
//! the few words that always work.

use super::chat::{Chat, case_ref};
use super::plan::Plan;
use crate::domain::dialogue::{Choice, Say, chosen, same_words, word};
use crate::service::{Error, Hotline};
use crate::text::{Locale, Voice};

impl Hotline {
    /// The token of the button that these words stand for, if they do.
    pub(super) async fn choice(&self, chat: &Chat, typed: &str) -> Result<Option<String>, Error> {
        if let Some(choice) = chosen(&chat.menu, typed) {
            return Ok(Some(choice.token.clone()));
        }
        let is = |key: &str| {
            Locale::ALL.iter().any(|l| same_words(&self.talk().catalogue.say(*l, key, &[]), typed))
        };
        if is("chat.word.view") {
            return self.waiting_words(chat).await.map(Some);
        }
        if chat.manner.is_short() {
            return Ok(None);
        }
        Ok(word::TOKENS.iter().find(|(key, _)| is(key)).map(|(_, token)| (*token).to_owned()))
    }

    /// The button of the desk's words that have waited longest for this chat; without any, a code can be typed.
    async fn waiting_words(&self, chat: &Chat) -> Result<String, Error> {
        let mut tx = self.store().read().await?;
        for found in &chat.boxes {
            if let Some(held) = tx.oldest_held(&found.mailbox.tag, self.now()).await? {
                return Ok(word::view(&held.uuid().simple().to_string(), case_ref(&found.mailbox)));
            }
        }
        Ok(word::CODE.to_owned())
    }

    /// How a message is said in this chat. Choices of one turn are numbered through, so that a number means one
    /// thing only; they replace those of the turn before.
    pub(super) fn voice(&self, chat: &mut Chat, plan: &mut Plan, locale: Locale, say: &Say) -> Voice {
        if chat.manner.is_short() {
            return Voice::Named(chat.manner);
        }
        if !chat.manner.is_plain() {
            return Voice::Buttons;
        }
        // An answer without choices ends the question before it, unless words are held that can still be sent.
        let asks = !say.buttons.is_empty();
        let held = chat.state().is_some_and(|state| state.draft().is_some());
        if (asks || !held) && !plan.numbered {
            chat.menu.clear();
        }
        plan.numbered |= asks;
        let before = chat.menu.len();
        let keys = self.talk().catalogue.keyboard(locale, say).into_iter().flatten();
        chat.menu.extend(keys.map(|k| Choice { label: k.label, token: k.token }));
        Voice::Numbered { manner: chat.manner, first: before + 1 }
    }
}
