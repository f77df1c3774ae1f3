//! Everything one input leads to, collected and then committed as one unit.

use std::sync::Arc;

use super::TALK;
use super::chat::{Chat, lane};
use crate::domain::dialogue::Attachment;
use crate::domain::document::Words;
use crate::domain::lane::Kind;
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, TenantId};
use crate::service::callback::{self, Wish};
use crate::service::channel::{ChatId, Outgoing};
use crate::service::reach::{Parcel, Route, Wanted};
use crate::service::{Error, Hotline};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::inbox::StoredUpdate;
use crate::store::intake::{NewCase, Opened};
use crate::store::items::NewItem;
use crate::store::mailboxes::Dialogue;
use crate::store::outbox::NewOutgoing;
use crate::store::writer::Work;
use crate::text::Locale;
use crate::vault::ItemKind;

/// What is to be committed.
pub(super) struct Plan {
    /// The update this answers, erased in the same commit.
    seq: Option<i64>,
    /// Messages, and whether they are a desk's words.
    pub(super) parcels: Vec<(Parcel, bool)>,
    /// The case whose words are being shown.
    pub(super) viewing: Option<CaseId>,
    /// Files to be fetched.
    pub(super) files: Vec<Wanted>,
    pub(super) cases: Vec<NewCase>,
    pub(super) additions: Vec<(CaseId, Words)>,
    pub(super) alerts: Vec<CaseId>,
    /// Call-backs that were asked for, and cases whose call-back is not wanted any more.
    pub(super) wishes: Vec<Wish>,
    pub(super) calls_off: Vec<CaseId>,
    pub(super) forget: bool,
    pending: Vec<Outgoing>,
    /// Choices were written out in this turn.
    pub(super) numbered: bool,
}

/// The sealed form of a plan.
struct Unit {
    seq: Option<i64>,
    tenant: TenantId,
    now: Timestamp,
    cases: Vec<NewCase>,
    items: Vec<(CaseId, DeskId, NewItem)>,
    alerts: Vec<CaseId>,
    wishes: Vec<Wish>,
    calls_off: Vec<CaseId>,
    moves: Vec<([u8; 32], [u8; 32])>,
    epoch: u32,
    tags: Vec<[u8; 32]>,
    forget: bool,
    dialogue: Option<Dialogue>,
    outgoing: Vec<NewOutgoing>,
}

impl Plan {
    pub(super) const fn new(seq: Option<i64>) -> Self {
        Self {
            seq,
            parcels: Vec::new(),
            viewing: None,
            files: Vec::new(),
            cases: Vec::new(),
            additions: Vec::new(),
            alerts: Vec::new(),
            wishes: Vec::new(),
            calls_off: Vec::new(),
            forget: false,
            pending: Vec::new(),
            numbered: false,
        }
    }

    /// Tells the channel that a press was seen.
    pub(super) fn answer(&mut self, callback: &str) {
        self.pending.push(Outgoing::Answer { callback: callback.to_owned() });
    }

    /// Files to be fetched for a case.
    pub(super) fn wants(&mut self, files: &[Attachment], case: CaseId, locale: Locale) {
        let locale = locale.as_str();
        let wanted = |f: &Attachment| Wanted {
            file: f.file.clone(),
            what: f.what.clone(),
            case,
            locale: locale.to_owned(),
        };
        self.files.extend(files.iter().map(wanted));
    }

    /// Something to do in the chat that says nothing.
    pub(super) fn does(&mut self, what: Outgoing) {
        self.pending.push(what);
    }
}

impl Hotline {
    /// Seals and commits a plan.
    pub(super) async fn commit_plan(&self, chat: Chat, plan: Plan) -> Result<(), Error> {
        let unit = Arc::new(self.seal_plan(&chat, plan).await?);
        let told = !unit.outgoing.is_empty() || !unit.cases.is_empty();
        let placings: Vec<_> = unit.cases.iter().map(|c| (c.placing, c.id)).collect();
        let opened = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Vec<Opened>, Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move { unit.write(tx).await })
            })
            .await?;
        for ((placing, case), opened) in placings.into_iter().zip(opened) {
            if let Opened::Numbered { aside, .. } = opened {
                self.stands(placing, case, aside);
            }
        }
        if told {
            self.wake();
        }
        Ok(())
    }

    async fn seal_plan(&self, chat: &Chat, mut plan: Plan) -> Result<Unit, Error> {
        if plan.forget {
            // What is opened in the same breath must not lead back either.
            for case in &mut plan.cases {
                case.mailbox = None;
                case.items.retain(|item| item.kind != ItemKind::Address.to_byte());
            }
        }
        let now = self.now();
        let route = Route {
            channel: chat.channel.clone(),
            bot: chat.bot.clone(),
            tag: chat.tag(self, TALK),
            case: None,
        };
        let address = chat.address().expose();
        let silent = plan.pending.into_iter().map(|what| Parcel::of(address, what));
        let mut outgoing = silent
            .map(|parcel| self.seal_parcel(&route, &parcel, false, now))
            .collect::<Result<Vec<_>, _>>()?;
        for (parcel, desk_words) in plan.parcels {
            let case = desk_words.then_some(plan.viewing).flatten();
            let route = Route { case, ..route.clone() };
            outgoing.push(self.seal_parcel(&route, &parcel, desk_words, now)?);
        }
        for wanted in plan.files {
            // A tag of its own: a large file must not hold up the chat's messages.
            let tag = crate::vault::sha256(&[b"file", wanted.file.as_bytes(), wanted.case.uuid().as_bytes()]);
            let parcel = Parcel {
                fetch: Some(wanted),
                ..Parcel::of(address, Outgoing::Answer { callback: String::new() })
            };
            outgoing.push(self.seal_parcel(&Route { tag, ..route.clone() }, &parcel, false, now)?);
        }
        let mut items = Vec::with_capacity(plan.additions.len());
        for (case, words) in &plan.additions {
            let (item, desk) = self.seal_addition(*case, words).await?;
            items.push((*case, desk, item));
        }
        let tags = std::iter::once(TALK).chain(Kind::ALL.map(lane)).map(|l| chat.tag(self, l)).collect();
        Ok(Unit {
            seq: plan.seq,
            tenant: self.world().tenant.id,
            now,
            cases: plan.cases,
            items,
            alerts: plan.alerts,
            wishes: plan.wishes,
            calls_off: plan.calls_off,
            moves: chat.moves.clone(),
            epoch: chat.epoch,
            tags,
            forget: plan.forget,
            dialogue: if plan.forget { None } else { chat.sealed_row(self)? },
            outgoing,
        })
    }

    /// Seals words to the desk that has the case now.
    async fn seal_addition(&self, id: CaseId, words: &Words) -> Result<(NewItem, DeskId), Error> {
        let world = self.world();
        let case = self.store().read().await?.case(world.tenant.id, id).await?;
        let desk = case.ok_or(crate::service::Refusal::NotFound)?.desk;
        Ok((self.seal_for_case(ItemKind::FollowUp, id, words, &world.readers(desk)?, None)?, desk))
    }

    /// An update that asks for nothing.
    pub(crate) async fn erase_only(&self, row: &StoredUpdate) -> Result<(), Error> {
        let seq = row.seq;
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move { Ok(tx.erase_update(seq).await?) })
            })
            .await
    }

    /// The person left the bot: the ways back end at once. A draft that was announced to send itself stays.
    pub(super) async fn left(
        &self,
        channel: &str,
        bot: &str,
        chat: &ChatId,
        row: &StoredUpdate,
    ) -> Result<(), Error> {
        let chat = Chat::load(self, (channel, bot), chat.clone()).await?;
        let tags: Vec<[u8; 32]> = chat.boxes.iter().map(|b| b.mailbox.tag).collect();
        let (seq, now, tenant) = (row.seq, self.now(), self.world().tenant.id);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let tags = tags.clone();
                Box::pin(async move {
                    tx.erase_update(seq).await?;
                    forget(tx, tenant, now, &tags).await
                })
            })
            .await
    }
}

impl Unit {
    async fn write(&self, tx: &mut Tx) -> Result<Vec<Opened>, Error> {
        if let Some(seq) = self.seq {
            tx.erase_update(seq).await?;
        }
        for (old, new) in &self.moves {
            tx.move_tag(old, new, self.epoch).await?;
        }
        let hour = self.now.hour();
        for (case, desk, item) in &self.items {
            tx.insert_items(&[(self.tenant, *case, item)]).await?;
            tx.citizen_wrote(*case, *desk, hour).await?;
            tx.note(Entry::by_nobody(self.tenant, hour, Action::CitizenWrote, case.uuid()));
        }
        for case in &self.alerts {
            tx.raise_alarm(*case, self.now.minute()).await?;
        }
        for wish in &self.wishes {
            wish.write(tx).await?;
        }
        for case in &self.calls_off {
            callback::withdraw(tx, self.tenant, *case, hour).await?;
        }
        for tag in &self.tags {
            tx.touch_mailboxes(tag, self.now.day()).await?;
        }
        if self.forget {
            forget(tx, self.tenant, self.now, &self.tags).await?;
        }
        if let Some(dialogue) = &self.dialogue {
            tx.save_dialogue(dialogue).await?;
        }
        tx.insert_outgoing(&self.outgoing).await?;
        if self.cases.is_empty() {
            return Ok(Vec::new());
        }
        Ok(tx.open_cases(&self.cases.iter().collect::<Vec<_>>()).await?)
    }
}

async fn forget(tx: &mut Tx, tenant: TenantId, now: Timestamp, tags: &[[u8; 32]]) -> Result<(), Error> {
    for tag in tags {
        for case in tx.forget_chat(tag).await? {
            tx.note(Entry::by_nobody(tenant, now.hour(), Action::MailboxForgotten, case.uuid()));
        }
    }
    Ok(())
}
