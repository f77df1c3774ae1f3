//! Opening a case: everything in it that the actor's keys open, and what may be done with it now.

use serde::Serialize;

use super::access::{Actor, kids};
use super::{Error, Fault, Hotline, Refusal, World};
use crate::domain::case::Case;
use crate::domain::document::{Attached, Opening, Words};
use crate::domain::state::State;
use crate::kernel::id::{CaseId, ItemId, StaffId};
use crate::kernel::{Secret, Timestamp};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::cases::Event;
use crate::store::items::{Item, StoredWrap};
use crate::store::writer::Work;
use crate::vault::{ItemKind, Place, PrivateKey};

/// A message of the thread or a note, opened.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// `citizen`, or `desk` for replies and notes.
    pub from: &'static str,
    /// The words.
    pub text: String,
    /// When, exactly.
    pub at: Timestamp,
    /// Who wrote it, for staff's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A file of the case.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct FileView {
    /// Its id.
    pub id: ItemId,
    /// What is known of it.
    #[serde(flatten)]
    pub about: Attached,
}

/// What staff may do with the case now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent permissions, one button each")]
pub struct Actions {
    /// Take it or keep it.
    pub claim: bool,
    /// Give it back.
    pub release: bool,
    /// Write to the citizen.
    pub reply: bool,
    /// Write an internal note.
    pub note: bool,
    /// Confirm that a named person has seen it.
    pub acknowledge: bool,
    /// Send once more what did not, or perhaps did not, reach the citizen.
    pub send_again: bool,
    /// The states it may go to.
    pub transition: Vec<State>,
    /// The desks it may be given to.
    pub transfer: Vec<String>,
}

/// What staff did.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct EventView {
    /// When.
    pub at: Timestamp,
    /// Who, by name.
    pub by: Option<String>,
    /// What.
    pub action: String,
    /// State before.
    pub from: Option<State>,
    /// State after.
    pub to: Option<State>,
    /// The reason given.
    pub reason: Option<String>,
}

/// A case, opened.
pub struct CaseView {
    /// The clear part.
    pub case: Case,
    /// The citizen's first words with everything told.
    pub opening: Option<Opening>,
    /// Citizen's and desk's messages, oldest first.
    pub thread: Vec<Message>,
    /// Internal notes, oldest first.
    pub notes: Vec<Message>,
    /// Files.
    pub files: Vec<FileView>,
    /// What staff did.
    pub events: Vec<EventView>,
    /// What may be done now.
    pub actions: Actions,
    /// Numbers in the legal register.
    pub register: Vec<String>,
    /// Messages to the citizen that wait, are uncertain or failed.
    pub outbox: Vec<(String, i64)>,
    /// Whether there is a way to tell the citizen that an answer waits.
    pub reachable: bool,
    /// The holder's name.
    pub holder: Option<String>,
    /// Whether a name was given; it is opened apart, by who asks for it.
    pub informant: bool,
    /// Items that none of the actor's keys opens although they should: altered, or rows moved.
    pub unreadable: usize,
}

/// A case's rows as one read saw them.
pub(crate) struct File {
    pub(crate) case: Case,
    pub(crate) items: Vec<Item>,
    pub(crate) wraps: Vec<StoredWrap>,
}

impl File {
    /// Opens one item with whichever of the keys it was wrapped to.
    pub(crate) fn open(
        &self,
        hotline: &Hotline,
        item: &Item,
        keys: &[&PrivateKey],
    ) -> Result<Secret<Vec<u8>>, Error> {
        let place = Place::first(item.kind, item.id, self.case.id);
        for stored in self.wraps.iter().filter(|w| w.item == item.id) {
            if let Some(key) = keys.iter().find(|k| k.kid() == stored.wrap.kid()) {
                return Ok(hotline.vault().open_item(&place, &item.blob, &stored.wrap, key)?);
            }
        }
        Err(Error::Fault(Fault::new(crate::vault::VaultError::OtherKey)))
    }

    /// The citizen's first words.
    pub(crate) fn opening(&self, hotline: &Hotline, keys: &[&PrivateKey]) -> Result<Opening, Error> {
        let first = self
            .items
            .iter()
            .find(|i| matches!(i.kind, ItemKind::Tip | ItemKind::Counselling | ItemKind::DeadLetter));
        let body = self.open(hotline, first.ok_or(Refusal::NotFound)?, keys)?;
        document(&body)
    }
}

pub(crate) fn document<T: serde::de::DeserializeOwned>(body: &Secret<Vec<u8>>) -> Result<T, Error> {
    serde_json::from_slice(body.expose()).map_err(|e| Error::Fault(Fault::new(e)))
}

impl Hotline {
    /// Opens a case for a member of its desk (or of the desk that backs it up). Reading is an audit event and
    /// changes no version.
    pub async fn open_case(&self, actor: &Actor, id: CaseId) -> Result<CaseView, Error> {
        let world = self.world();
        let mut tx = self.store().read().await?;
        let file = self.file(&mut tx, actor, &world, id).await?;
        let events = tx.events(id).await?;
        let outbox = tx.outgoing_states(id).await?;
        let reachable = !tx.mailboxes_of(id).await?.is_empty();
        let register = tx.register_of(id).await?;
        let names = tx.all_staff(actor.tenant).await?.into_iter().map(|s| (s.id, s.name)).collect();
        drop(tx);
        let view = self.view(actor, &world, &file, Rest { events, outbox, reachable, register, names })?;
        self.note_read(actor, &file.case).await?;
        Ok(view)
    }

    /// Reads a case's rows if the actor holds a key to them; otherwise it does not exist.
    pub(crate) async fn file(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        world: &World,
        id: CaseId,
    ) -> Result<File, Error> {
        let case = tx.case(actor.tenant, id).await?.ok_or(Refusal::NotFound)?;
        let keys = actor.keys_for(world, case.desk);
        if keys.is_empty() {
            return Err(Refusal::NotFound.into());
        }
        let items = tx.items(actor.tenant, id).await?;
        let mut wraps = Vec::new();
        for kid in kids(&keys) {
            wraps.extend(tx.wraps_for(id, kid).await?);
        }
        Ok(File { case, items, wraps })
    }

    async fn note_read(&self, actor: &Actor, case: &Case) -> Result<(), Error> {
        let (tenant, who, id, now) = (actor.tenant, actor.staff, case.id, self.now());
        // A case that rests got a clock for the citizen's new words only: read, it has its own clock again.
        let due = self.deadlines().due(case.kind, case.state, case.received_hour, now);
        let rests = (!case.state.waits()).then_some((case.state, due));
        let seen = case.unread;
        let lease = case.held(now).filter(|h| h.by == who).map(|_| now.plus(self.deadlines().lease()));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    tx.mark_read(id, seen, rests).await?;
                    if let Some(until) = lease {
                        tx.renew_hold(id, who, until).await?;
                    }
                    tx.note(Entry::by(tenant, now, who, Action::CaseRead, id.uuid()));
                    Ok(())
                })
            })
            .await
    }

    fn view(&self, actor: &Actor, world: &World, file: &File, rest: Rest) -> Result<CaseView, Error> {
        let keys = actor.keys_for(world, file.case.desk);
        let mut opened = Opened::default();
        for item in &file.items {
            match self.sort_in(&mut opened, file, item, &keys) {
                Ok(()) => {}
                // One altered item must not hide the others; it is counted and shown.
                Err(Error::Fault(f)) => {
                    tracing::error!(cause = %f.chain(), "an item of a case does not open");
                    opened.unreadable += 1;
                }
                Err(e) => return Err(e),
            }
        }
        opened.thread.sort_by_key(|m| m.at);
        opened.notes.sort_by_key(|m| m.at);
        let now = self.now();
        let name_of = |id: StaffId| rest.names.iter().find(|(s, _)| *s == id).map(|(_, n)| n.clone());
        let events = rest
            .events
            .into_iter()
            .map(|e| EventView {
                at: e.at,
                by: e.staff.and_then(&name_of),
                reason: e
                    .item
                    .and_then(|i| opened.reasons.iter().find(|(id, _)| *id == i))
                    .map(|r| r.1.clone()),
                action: e.action,
                from: e.from,
                to: e.to,
            })
            .collect();
        Ok(CaseView {
            actions: actions(actor, world, (&file.case, parked(&rest.outbox)), now),
            holder: file.case.held(now).and_then(|h| name_of(h.by)),
            case: file.case.clone(),
            opening: opened.opening,
            thread: opened.thread,
            notes: opened.notes,
            files: opened.files,
            events,
            register: rest.register.iter().map(|(_, year, n)| format!("{n:06}/{year}")).collect(),
            outbox: rest.outbox,
            reachable: rest.reachable,
            informant: file.items.iter().any(|i| i.kind == ItemKind::Informant),
            unreadable: opened.unreadable,
        })
    }

    fn sort_in(
        &self,
        into: &mut Opened,
        file: &File,
        item: &Item,
        keys: &[&PrivateKey],
    ) -> Result<(), Error> {
        match item.kind {
            ItemKind::Tip | ItemKind::Counselling | ItemKind::DeadLetter => {
                let opening: Opening = document(&file.open(self, item, keys)?)?;
                let (text, at) = (opening.text.clone(), opening.at);
                into.thread.push(Message { from: "citizen", text, at, by: None });
                into.opening = Some(opening);
            }
            ItemKind::FollowUp | ItemKind::Reply => {
                let words: Words = document(&file.open(self, item, keys)?)?;
                let from = if item.kind == ItemKind::Reply { "desk" } else { "citizen" };
                into.thread.push(Message { from, text: words.text, at: words.at, by: words.by });
            }
            // A note is for its own desk only: for the desk that backs it up it does not exist.
            ItemKind::Note if !file.wraps.iter().any(|w| w.item == item.id) => {}
            ItemKind::Note => {
                let words: Words = document(&file.open(self, item, keys)?)?;
                into.notes.push(Message { from: "desk", text: words.text, at: words.at, by: words.by });
            }
            ItemKind::Reason => {
                let words: Words = document(&file.open(self, item, keys)?)?;
                into.reasons.push((item.id, words.text));
            }
            ItemKind::FileNote => {
                into.files.push(FileView { id: item.id, about: document(&file.open(self, item, keys)?)? });
            }
            _ => {}
        }
        Ok(())
    }
}

/// What else a page of a case shows.
struct Rest {
    events: Vec<Event>,
    outbox: Vec<(String, i64)>,
    reachable: bool,
    register: Vec<(crate::kernel::id::DeskId, i64, i64)>,
    names: Vec<(StaffId, String)>,
}

#[derive(Default)]
struct Opened {
    opening: Option<Opening>,
    thread: Vec<Message>,
    notes: Vec<Message>,
    files: Vec<FileView>,
    reasons: Vec<(ItemId, String)>,
    unreadable: usize,
}

/// Whether messages to the citizen wait for a person's decision.
fn parked(outbox: &[(String, i64)]) -> bool {
    outbox.iter().any(|(state, _)| matches!(state.as_str(), "uncertain" | "failed"))
}

/// What this member may do with this case now.
fn actions(actor: &Actor, world: &World, (case, parked): (&Case, bool), now: Timestamp) -> Actions {
    let held_by_other = case.held(now).is_some_and(|h| h.by != actor.staff);
    let mine = case.held(now).is_some_and(|h| h.by == actor.staff);
    let targets = world.desks.iter().filter(|d| {
        d.kind == case.kind && d.id != case.desk && world.top_of(d.id) == world.top_of(case.desk)
    });
    Actions {
        claim: !held_by_other,
        release: mine,
        reply: !held_by_other,
        note: true,
        acknowledge: !case.acknowledged(),
        send_again: parked && !held_by_other,
        transition: if held_by_other { Vec::new() } else { case.state.next(case.kind).to_vec() },
        transfer: if held_by_other { Vec::new() } else { targets.map(|d| d.name.clone()).collect() },
    }
}
