//! A canary in the conversation: treated as a stranger's first words up to the answer, and then it is no conversation.

use std::sync::Arc;

use super::chat::{Chat, Offered};
use super::plan::Plan;
use crate::domain::canary::words;
use crate::domain::dialogue::{Effect, Input, step};
use crate::service::canary::line_of;
use crate::service::channel::{Channel, Content, Outgoing, Update};
use crate::service::reach::Parcel;
use crate::service::{Error, Hotline};
use crate::store::Tx;
use crate::store::inbox::StoredUpdate;
use crate::store::outbox::NewOutgoing;
use crate::store::writer::Work;
use crate::vault::sha256;

impl Hotline {
    /// Works a canary off. It arrives, gets its number and an answer in one commit with the erasure of the update. No
    /// case is opened, no dialogue kept, and the answer stands in the outbox under a seal that no sender sends.
    pub(super) async fn attend_canary(
        &self,
        channel: &dyn Channel,
        row: &StoredUpdate,
        update: Update,
    ) -> Result<(), Error> {
        let text = match update.content {
            Content::Text(text) if text == words(row.id) => text,
            _ => return self.canary_altered(channel, row).await,
        };
        let chat = Chat::of_channel(self, channel, update.chat).await?;
        let arrived = self.arrived(line_of(channel), row.id)?;
        let answer = self.canarys_answer(chat, text, row)?;
        let (unit, seq) = (Arc::new((arrived, answer)), row.seq);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move {
                    tx.erase_update(seq).await?;
                    tx.insert_outgoing(std::slice::from_ref(&unit.1)).await?;
                    Ok(tx.open_canary(&unit.0).await?)
                })
            })
            .await?;
        self.wake();
        Ok(())
    }

    /// What a stranger who begins with these words would be told first.
    fn canarys_answer(&self, mut chat: Chat, text: String, row: &StoredUpdate) -> Result<NewOutgoing, Error> {
        let (world, mut plan) = (self.world(), Plan::new(Some(row.seq)));
        let (state, input) = (chat.take_state(), Input::Text { text, message: None });
        let (state, effects) = step(state, input, &chat.facts(self, &world, &Offered::now(self)), self.now());
        chat.put_state(state);
        for effect in effects {
            if let Effect::Say(say) = effect {
                self.plan_say(&mut chat, &mut plan, &say);
            }
        }
        let nothing = Outgoing::Answer { callback: String::new() };
        let said = plan.parcels.into_iter().next().map(|(parcel, _)| parcel.what);
        let parcel = Parcel::of(chat.address().expose(), said.unwrap_or(nothing));
        let (epoch, sealed) = self.seal_answer(row.id, &parcel)?;
        Ok(NewOutgoing {
            id: row.id,
            tenant: row.tenant,
            channel: chat.channel.clone(),
            bot: chat.bot.clone(),
            // a tag of its own: it waits for nobody, and nobody for it
            chat_tag: sha256(&[b"canary", row.id.uuid().as_bytes()]),
            case: None,
            epoch,
            sealed,
            desk_words: false,
            not_before: self.now(),
            created_hour: self.now().hour(),
        })
    }
}
