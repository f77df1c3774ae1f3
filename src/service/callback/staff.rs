//! What people at a counselling desk do with call-backs: see whose hour comes, take one and be shown the number, say how
//! it went. A named person does each of it, and each is written down.

use std::sync::Arc;

use super::{Asked, Prepared, write_change};
use crate::domain::callback::{Outcome, Refused, Row, Standing, Wanted};
use crate::domain::case::Case;
use crate::domain::locale::Locale;
use crate::domain::policy::Act;
use crate::kernel::Timestamp;
use crate::kernel::id::{CallbackId, CaseId, DeskId, StaffId};
use crate::service::access::Actor;
use crate::service::casefile::document;
use crate::service::reach::Announcements;
use crate::service::{Error, Hotline, Refusal};
use crate::store::audit::{Action, Entry};
use crate::store::cases::Event;
use crate::store::writer::Work;
use crate::store::{StoreError, Tx};
use crate::vault::ItemKind;

/// How many call-backs a page lists.
const PAGE: usize = 50;

/// A call-back in a list.
#[derive(Debug, Clone)]
pub struct Line {
    /// The clear part.
    pub row: Row,
    /// Its case.
    pub case: Case,
    /// Who is calling now, by name.
    pub caller: Option<String>,
    /// Whether that is the reader.
    pub mine: bool,
    /// Whether its hour has passed without a call.
    pub missed: bool,
}

/// A page of a desk's open call-backs, in the order of the hour.
#[derive(Debug, Clone)]
pub struct Page {
    /// The desk.
    pub desk: String,
    /// The call-backs.
    pub lines: Vec<Line>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A call-back that was taken, opened. No `Debug`.
pub struct Opened {
    /// The clear part, at the version that the outcome must name.
    pub row: Row,
    /// Its case.
    pub case: Case,
    /// The number, and what may be said.
    pub wanted: Wanted,
}

fn cursor(text: &str) -> Result<(Timestamp, CallbackId), Refusal> {
    let (at, id) = text.split_once('.').ok_or(Refusal::Field("after"))?;
    let at = at.parse().map_err(|_| Refusal::Field("after"))?;
    Ok((Timestamp::from_millis(at), id.parse().map_err(|_| Refusal::Field("after"))?))
}

impl Hotline {
    /// A page of a desk's open call-backs. Other desks than counselling's have none.
    pub async fn callbacks(&self, actor: &Actor, desk: &str, after: Option<&str>) -> Result<Page, Error> {
        let id = self.calling_desk(actor, desk)?;
        let after = after.filter(|a| !a.is_empty()).map(cursor).transpose()?;
        let mut tx = self.store().read().await?;
        let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
        let mut rows = tx.open_callbacks(id, after, limit).await?;
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let names = tx.all_staff(actor.tenant).await?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(case) = tx.case(row.tenant, row.case).await? else { continue };
            let name = |who: StaffId| names.iter().find(|s| s.id == who).map(|s| s.name.clone());
            lines.push(self.line(actor, (row, case), name));
        }
        let place = |l: &Line| format!("{}.{}", l.row.slot.from().as_millis(), l.row.id);
        let next = more.then(|| lines.last().map(place)).flatten();
        Ok(Page { desk: desk.to_owned(), lines, next })
    }

    /// A desk of the actor's that calls people back.
    fn calling_desk(&self, actor: &Actor, desk: &str) -> Result<DeskId, Error> {
        let kind = self.call_desk(actor, desk)?;
        if kind.is_tip() {
            return Err(Refusal::NotFound.into());
        }
        actor.may(Act::Work(kind))?;
        Ok(self.world().desk_named(desk).ok_or(Refusal::NotFound)?.id)
    }

    /// How many call-backs of a desk are due that nobody makes, and how many were missed, as far as a page goes.
    pub async fn callbacks_due(&self, actor: &Actor, desk: &str) -> Result<(usize, usize), Error> {
        let id = self.calling_desk(actor, desk)?;
        let (now, rules) = (self.now(), self.callback_rules());
        let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let rows = self.store().read().await?.open_callbacks(id, None, most).await?;
        let free = rows.iter().filter(|row| row.slot.from() <= now && row.held(now, &rules).is_none());
        let (missed, due): (Vec<&Row>, Vec<&Row>) = free.partition(|row| row.is_missed(now, &rules));
        Ok((due.len(), missed.len()))
    }

    fn line(
        &self,
        actor: &Actor,
        (row, case): (Row, Case),
        name: impl Fn(StaffId) -> Option<String>,
    ) -> Line {
        let (now, rules) = (self.now(), self.callback_rules());
        let hold = row.held(now, &rules);
        Line {
            caller: hold.and_then(|h| name(h.by)),
            mine: hold.is_some_and(|h| h.by == actor.staff),
            missed: row.is_missed(now, &rules) && hold.is_none(),
            row,
            case,
        }
    }

    /// The call-back of a case, for who may open the case.
    pub async fn callback_of_case(&self, actor: &Actor, case: CaseId) -> Result<Option<Line>, Error> {
        let mut tx = self.store().read().await?;
        let case = tx.case(actor.tenant, case).await?.ok_or(Refusal::NotFound)?;
        self.may_call(actor, case.desk)?;
        let Some(row) = tx.callback_of(case.id).await? else { return Ok(None) };
        let names = tx.all_staff(actor.tenant).await?;
        let name = |who: StaffId| names.iter().find(|s| s.id == who).map(|s| s.name.clone());
        Ok(Some(self.line(actor, (row, case), name)))
    }

    /// A counsellor writes down that the caller asked to be called back. What was asked before is replaced.
    pub async fn enter_callback(&self, actor: &Actor, id: CaseId, asked: &Asked) -> Result<(), Error> {
        let case = self.store().read().await?.case(actor.tenant, id).await?.ok_or(Refusal::NotFound)?;
        self.may_call(actor, case.desk)?;
        super::may_be_called(&case)?;
        let callback = self.check_callback(case.kind, asked, ("phone", Some(&actor.name)))?;
        let mut prepared = self.prepare_callback(&case, &callback)?;
        prepared.item.author = Some(actor.staff);
        let (who, now) = (actor.staff, self.now());
        let unit = Arc::new((case, prepared));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let unit: Arc<(Case, Prepared)> = Arc::clone(&unit);
                Box::pin(async move {
                    let (case, prepared) = &*unit;
                    prepared.write(tx, case).await.map_err(stale)?;
                    if let Some(row) = tx.callback_of(case.id).await? {
                        tx.end_causes(row.id.uuid(), who, now).await?;
                    }
                    tx.note(Entry::by(case.tenant, now, who, Action::CallbackAsked, case.id.uuid()));
                    stamp(tx, case.id, (case.tenant, who), ("callback_ask", now)).await
                })
            })
            .await?;
        self.wake();
        Ok(())
    }

    /// Takes a call-back and opens its number: one act, within the hour that was chosen, by one person at a time. It is
    /// committed and written down before the number is handed out. `seen` is the version on the page; who is calling
    /// already may look again.
    pub async fn take_callback(&self, actor: &Actor, id: CallbackId, seen: i64) -> Result<Opened, Error> {
        let row = self.callable_row(actor, id).await?;
        let world = self.world();
        let mut tx = self.store().read().await?;
        let file = self.file(&mut tx, actor, &world, row.case).await?;
        drop(tx);
        let keys = actor.keys_for(&world, file.case.desk);
        let item = file.items.iter().find(|i| Some(i.id) == row.item && i.kind == ItemKind::CallBack);
        let wanted: Wanted = document(&file.open(self, item.ok_or(Refused::Over)?, &keys)?)?;
        let (this, who, opened) = (self.clone(), actor.staff, row.item);
        let taken = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Row, Error>> {
                let this = this.clone();
                Box::pin(async move {
                    let (now, rules) = (this.now(), this.callback_rules());
                    let row = tx.callback(row.tenant, id).await?.ok_or(Refusal::NotFound)?;
                    let after = row.take(who, now, &rules)?;
                    let again = row.held(now, &rules).is_some_and(|h| h.by == who);
                    // What was opened above must still be what is there.
                    if row.item != opened || (row.version != seen && !again) {
                        return Err(Refused::Stale.into());
                    }
                    write_change(tx, &row, &after).await?;
                    tx.end_causes(row.id.uuid(), who, now).await?;
                    tx.note(Entry::by(row.tenant, now, who, Action::CallbackOpened, row.case.uuid()));
                    Ok(after)
                })
            })
            .await?;
        self.wake();
        Ok(Opened { row: taken, case: file.case, wanted })
    }

    /// Somebody says how it went. Unless there is another hour, the number is forgotten in this commit; if there is, the
    /// person's chats hear that something waits, in the same one.
    pub async fn record_callback(
        &self,
        actor: &Actor,
        (id, seen): (CallbackId, i64),
        outcome: Outcome,
    ) -> Result<Row, Error> {
        let row = self.callable_row(actor, id).await?;
        let told = Arc::new(self.tell_moved(actor, row.case, outcome).await?);
        let (this, who, tenant) = (self.clone(), actor.staff, row.tenant);
        let after = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Row, Error>> {
                let (this, told) = (this.clone(), Arc::clone(&told));
                Box::pin(async move {
                    let now = this.now();
                    let row = tx.callback(tenant, id).await?.ok_or(Refusal::NotFound)?;
                    if row.standing == Standing::Open && row.version != seen {
                        return Err(Refused::Stale.into());
                    }
                    let after = row.record(outcome, who, now, &this.callback_rules())?;
                    write_change(tx, &row, &after).await?;
                    tx.end_causes(row.id.uuid(), who, now).await?;
                    let (action, word) = word_of(&after);
                    tx.note(Entry::by(tenant, now, who, action, row.case.uuid()));
                    stamp(tx, row.case, (tenant, who), (word, now)).await?;
                    told.write(tx).await?;
                    Ok(after)
                })
            })
            .await?;
        self.wake();
        Ok(after)
    }

    /// What the chats of a case are told when the desk finds another hour: nothing but that something waits. Who opens it
    /// reads the hour; nobody need be in a chat, because the code shows it too.
    async fn tell_moved(
        &self,
        actor: &Actor,
        case: CaseId,
        outcome: Outcome,
    ) -> Result<Announcements, Error> {
        let (Outcome::NotReached(Some(slot)) | Outcome::Missed(Some(slot))) = outcome else {
            return Ok(Announcements::default());
        };
        let world = self.world();
        let mut tx = self.store().read().await?;
        let file = self.file(&mut tx, actor, &world, case).await?;
        drop(tx);
        let (keys, talk) = (actor.keys_for(&world, file.case.desk), self.talk());
        let locale = file.opening(self, &keys).ok().and_then(|o| Locale::parse(&o.locale));
        let locale = locale.unwrap_or(talk.locale);
        let slot = talk.catalogue.appointment(locale, slot.from(), slot.to());
        let values = [("slot", slot.as_str()), ("web", talk.web.as_str())];
        match self.announce(&file, &keys, &talk.catalogue.say(locale, "callback.chat.moved", &values)).await {
            // The way back was forgotten at this moment: there is nobody to tell.
            Err(Error::Refused(Refusal::NotFound)) => Ok(Announcements::default()),
            told => told,
        }
    }

    /// A call-back of a desk whose key the actor holds; any other does not exist.
    async fn callable_row(&self, actor: &Actor, id: CallbackId) -> Result<Row, Error> {
        let row = self.store().read().await?.callback(actor.tenant, id).await?.ok_or(Refusal::NotFound)?;
        self.may_call(actor, row.desk)?;
        Ok(row)
    }

    fn may_call(&self, actor: &Actor, desk: DeskId) -> Result<(), Error> {
        let world = self.world();
        let kind = world.desk(desk).map(|d| d.kind).ok_or(Refusal::NotFound)?;
        if actor.keys_for(&world, desk).is_empty() {
            return Err(Refusal::NotFound.into());
        }
        actor.may(Act::Work(kind))
    }
}

/// What the audit log and the case say of an outcome.
const fn word_of(after: &Row) -> (Action, &'static str) {
    match after.standing {
        Standing::Open => (Action::CallbackMoved, "callback_moved"),
        Standing::Reached => (Action::CallbackRecorded, "callback_reached"),
        Standing::NotReached => (Action::CallbackRecorded, "callback_not_reached"),
        Standing::WrongNumber => (Action::CallbackRecorded, "callback_wrong_number"),
        Standing::Withdrawn => (Action::CallbackRecorded, "callback_withdrawn"),
    }
}

/// Writes into the case what somebody did: a change by staff, so it has a version of its own.
async fn stamp(
    tx: &mut Tx,
    case: CaseId,
    (tenant, who): (crate::kernel::id::TenantId, StaffId),
    (word, now): (&str, Timestamp),
) -> Result<(), Error> {
    let case = tx.case(tenant, case).await?.ok_or(Refusal::NotFound)?;
    let mut after = case.clone();
    after.version += 1;
    after.aside = case.aside.touched();
    tx.change_case(&case, &after, now).await.map_err(|e| stale(e.into()))?;
    let event = Event {
        version: after.version,
        at: now,
        staff: Some(who),
        action: word.to_owned(),
        from: None,
        to: None,
        item: None,
    };
    Ok(tx.add_event(tenant, case.id, &event).await?)
}

/// Somebody was faster: the caller looks again.
fn stale(e: Error) -> Error {
    match e {
        Error::Fault(f) if f.is(|c| matches!(c, StoreError::Stale)) => Refused::Stale.into(),
        e => e,
    }
}
