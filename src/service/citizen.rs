//! What a receipt opens: the state in plain words and the desk's messages. In the tips lane never what the
//! citizen wrote: a receipt that is found or forced must not betray.

use serde::{Deserialize, Serialize};

use super::callback::OwnCallback;
use super::once::Once;
use super::{Error, Fault, Hotline, Refusal};
use crate::domain::document::{Words, check_text};
use crate::domain::lane::Kind;
use crate::domain::receipt::Receipt;
use crate::domain::state::PublicState;
use crate::domain::wording;
use crate::kernel::id::{CaseId, DeskId, TenantId};
use crate::kernel::{Secret, Timestamp};
use crate::store::audit::{Action, Entry};
use crate::store::writer::Work;
use crate::store::{StoreError, Tx};
use crate::vault::{ItemKind, Place, ReceiptKey};

/// Whose words a message holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// The citizen.
    Citizen,
    /// The desk.
    Desk,
}

/// A message as the receipt shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitizenMessage {
    /// Whose.
    pub from: From,
    /// The words; none for what the citizen sent and the receipt may not show.
    pub text: Option<String>,
    /// When; to the hour where only the hour is stored in clear.
    pub at: Timestamp,
}

/// How often words are sealed again because the case went to another desk meanwhile.
const MOVED: usize = 3;

/// A case as the receipt shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitizenCase {
    /// The lane.
    pub kind: Kind,
    /// Where it stands.
    pub public_state: PublicState,
    /// The messages the receipt may open, oldest first.
    pub messages: Vec<CitizenMessage>,
    /// Whether they will be called back; none for a tip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<OwnCallback>,
}

/// The case a receipt has found.
pub(crate) struct Found {
    pub(crate) case: CaseId,
    pub(crate) tenant: TenantId,
    pub(crate) key: ReceiptKey,
}

/// The answer to a citizen's further message.
#[derive(Clone, Serialize, Deserialize)]
pub struct Added {
    /// When it came.
    pub received_at: Timestamp,
}

impl Hotline {
    /// Shows what a receipt opens. `readings` are the ways a typed code can be read; the right one decides.
    pub async fn look_up(&self, readings: &[Receipt]) -> Result<CitizenCase, Error> {
        let mut tx = self.store().read().await.map_err(away)?;
        let found = self.find(&mut tx, readings).await?.ok_or_else(|| self.nobody())?;
        let case = tx.case(found.tenant, found.case).await?.ok_or(Refusal::NotFound)?;
        let items = tx.items(found.tenant, found.case).await?;
        let wraps = tx.wraps_for(found.case, found.key.private.kid()).await?;
        let mut messages = Vec::new();
        for item in items {
            let from = match item.kind {
                ItemKind::Reply => From::Desk,
                ItemKind::Tip | ItemKind::FollowUp | ItemKind::Counselling => From::Citizen,
                _ => continue,
            };
            let wrap = wraps.iter().find(|w| w.item == item.id);
            let words = wrap
                .map(|w| {
                    let place = Place::first(item.kind, item.id, found.case);
                    self.vault().open_item(&place, &item.blob, &w.wrap, &found.key.private)
                })
                .transpose()?;
            let words: Option<Words> = words
                .map(|body| serde_json::from_slice(body.expose()))
                .transpose()
                .map_err(|e| Error::Fault(Fault::new(e)))?;
            let at = words.as_ref().map_or(item.hour, |w| w.at);
            messages.push(CitizenMessage { from, text: words.map(|w| w.text), at });
        }
        messages.sort_by_key(|m| m.at);
        let row = if case.kind.is_tip() { None } else { tx.callback_of(found.case).await? };
        Ok(CitizenCase {
            kind: case.kind,
            public_state: case.state.public(case.acknowledged()),
            messages,
            callback: OwnCallback::of(&case, row.as_ref()),
        })
    }

    /// Adds a message to the case a receipt finds.
    pub async fn add_message(
        &self,
        readings: &[Receipt],
        text: &str,
        once: Option<Once>,
    ) -> Result<Added, Error> {
        check_text(text)?;
        let mut tx = self.store().read().await.map_err(away)?;
        let found = self.find(&mut tx, readings).await?.ok_or_else(|| self.nobody())?;
        drop(tx);
        for _ in 0..MOVED {
            match self.follow_up(&found, text, once.clone()).await {
                Err(Error::Fault(f)) if f.is(|c| matches!(c, StoreError::Stale)) => {}
                done => return done,
            }
        }
        Err(Refusal::Busy.into())
    }

    /// Adds a message to a known case, as one unit.
    pub(crate) async fn follow_up(
        &self,
        found: &Found,
        text: &str,
        once: Option<Once>,
    ) -> Result<Added, Error> {
        let added = Added { received_at: self.now() };
        let replay = once.as_ref().map(|o| self.keep_answer(o, &added)).transpose()?;
        let (item, desk) = self.seal_follow_up(found, text).await?;
        let unit = std::sync::Arc::new((item, replay));
        let (case, tenant, hour) = (found.case, found.tenant, self.now().hour());
        // A life at risk in a later message counts as much as in the first.
        let danger = wording::read(&self.talk().lexicon, text).crisis.map(|_| self.now().minute());
        let first = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                let unit = std::sync::Arc::clone(&unit);
                Box::pin(async move {
                    if let Some(replay) = &unit.1
                        && !tx.add_replay(replay).await?
                    {
                        return Ok(false);
                    }
                    tx.insert_items(&[(tenant, case, &unit.0)]).await?;
                    tx.citizen_wrote(case, desk, hour).await?;
                    if let Some(now) = danger {
                        tx.raise_alarm(case, now).await?;
                    }
                    tx.note(Entry::by_nobody(tenant, hour, Action::CitizenWrote, case.uuid()));
                    Ok(true)
                })
            })
            .await?;
        self.wake();
        match once {
            Some(once) if !first => self.answered_before(&once).await?.ok_or(Refusal::OtherRequest.into()),
            _ => Ok(added),
        }
    }

    /// Seals a further message to the desk that has the case now.
    pub(crate) async fn seal_follow_up(
        &self,
        found: &Found,
        text: &str,
    ) -> Result<(crate::store::items::NewItem, DeskId), Error> {
        let mut tx = self.store().read().await?;
        let case = tx.case(found.tenant, found.case).await?.ok_or(Refusal::NotFound)?;
        let world = self.world();
        let readers = world.readers(case.desk)?;
        let words = Words { text: text.to_owned(), at: self.now(), by: None };
        let own = (!case.kind.is_tip()).then(|| found.key.private.public());
        Ok((self.seal_for_case(ItemKind::FollowUp, case.id, &words, &readers, own)?, case.desk))
    }

    /// What an unknown receipt is told. While the spool is not drained it may be a good one.
    pub(crate) fn nobody(&self) -> Refusal {
        if self.spool_is_drained() { Refusal::NotFound } else { Refusal::Degraded }
    }

    /// Finds the case of a receipt. All readings are tried, whether or not one was found already, so that the
    /// time does not tell.
    pub(crate) async fn find(&self, tx: &mut Tx, readings: &[Receipt]) -> Result<Option<Found>, Error> {
        let mut found = None;
        for receipt in readings {
            let key = ReceiptKey::derive(self.identity().deployment, &Secret::new(receipt.bits()));
            if let Some((case, tenant, _)) = tx.receipt(&key.lookup.to_bytes()).await? {
                found = Some(Found { case, tenant, key });
            }
        }
        Ok(found)
    }
}

/// With the database away nothing can be looked up: that is not the same as "no such case".
pub(super) fn away(e: StoreError) -> Error {
    if e.is_away() { Refusal::Degraded.into() } else { e.into() }
}
