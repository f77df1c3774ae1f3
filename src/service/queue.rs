//! The queue of a desk: what matters most first. What it shows of the content is the small sealed summary.

mod viewed;

use serde::Serialize;

use super::access::{Actor, kids};
use super::once::Once;
use super::{Error, Hotline, Refusal};
use crate::domain::case::{Aside, Case, Hold};
use crate::domain::document::Summary;
use crate::domain::policy::Act;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, ItemId, TenantId};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::cases::Event;
use crate::store::queue::Cursor;
use crate::store::writer::Work;
use crate::vault::{ItemKind, Place, PrivateKey, Wrap};

pub(crate) use viewed::Viewed;

/// How counts name what is beneath rows.
const FOLDED: i64 = 2;
/// How many cases a page holds.
pub const PAGE: i64 = 50;

/// A case in a list.
pub struct Line {
    /// The clear part.
    pub case: Case,
    /// What the summary says; none if it does not open.
    pub summary: Option<Summary>,
    /// The holder, by name.
    pub holder: Option<String>,
    /// How many that say the same wait beneath it.
    pub copies: i64,
}

/// A page of a queue.
pub struct Page {
    /// The desk.
    pub desk: DeskId,
    /// Its name.
    pub desk_name: String,
    /// Its cases, most urgent first.
    pub cases: Vec<Line>,
    /// What to ask for the next page with.
    pub next: Option<String>,
    /// How many cases the desk has in each state.
    pub counts: Vec<(State, i64)>,
    /// How many wait in the side queue.
    pub side: i64,
    /// How many wait beneath the row of another.
    pub folded: i64,
    /// The newest number (year, number) of this kind when the page was made: a bulk act goes no further.
    pub upto: (i64, i64),
}

/// Which list of a desk is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// The working queue.
    Main,
    /// The cases in a state, newest first.
    State(State),
    /// The side queue.
    Side,
    /// A row and what is beneath it, in the order of arrival.
    Fold(CaseId),
}

/// A case that was handed out.
#[derive(Debug, Clone, Serialize, serde::Deserialize)]
pub struct Claimed {
    /// Which.
    pub id: CaseId,
    /// The version to name in the next step.
    pub version: i64,
    /// Its intake number.
    pub number: String,
    /// Where it stands.
    pub state: State,
    /// 0 is the most urgent.
    pub priority: u8,
    /// Until when nobody else gets it.
    pub claimed_until: Timestamp,
}

fn cursor_text(c: Cursor) -> String {
    format!("{}.{}.{}.{}", c.priority, c.due, c.year, c.number)
}

fn parse_cursor(text: &str) -> Result<Cursor, Refusal> {
    let bad = Refusal::Field("after");
    let mut parts = text.split('.').map(str::parse::<i64>);
    let mut part = || parts.next().and_then(Result::ok).ok_or_else(|| bad.clone());
    let cursor = Cursor { priority: part()?, due: part()?, year: part()?, number: part()? };
    if parts.next().is_some() { Err(bad) } else { Ok(cursor) }
}

impl Hotline {
    /// A page of a desk's queue; with `state` the cases in that state, newest first.
    pub async fn queue(
        &self,
        actor: &Actor,
        desk: &str,
        state: Option<State>,
        after: Option<&str>,
    ) -> Result<Page, Error> {
        self.list(actor, desk, state.map_or(List::Main, List::State), after).await
    }

    /// A page of one of a desk's lists.
    pub async fn list(
        &self,
        actor: &Actor,
        desk: &str,
        list: List,
        after: Option<&str>,
    ) -> Result<Page, Error> {
        let world = self.world();
        let (desk, _) = Self::desk_of(actor, &world, desk)?;
        let after = after.filter(|a| !a.is_empty()).map(parse_cursor).transpose()?;
        let mut tx = self.store().read().await?;
        let upto = self.newest(&mut tx, actor, desk).await?;
        let cases = read_list(&mut tx, (actor.tenant, desk), list, after).await?;
        let counts = tx.desk_counts(actor.tenant).await?;
        let aside = tx.aside_counts(actor.tenant).await?;
        drop(tx);
        let more = cases.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
        let cases: Vec<Case> = cases.into_iter().take(usize::try_from(PAGE).unwrap_or(50)).collect();
        self.note_viewed(actor, desk);
        let next = more.then(|| cases.last().map(|c| cursor_text(Cursor::of(c)))).flatten();
        let cases = self.lines(actor, desk, cases).await?;
        let counts = counts.into_iter().filter(|(d, _, _)| *d == desk).map(|(_, s, n)| (s, n)).collect();
        let tier = |tier| aside.iter().filter(|(d, t, _)| *d == desk && *t == tier).map(|(_, _, n)| n).sum();
        let desk_name = world.desk(desk).map(|d| d.name.clone()).unwrap_or_default();
        let (side, folded) = (tier(Aside::Side.tier()), tier(FOLDED));
        Ok(Page { desk, desk_name, cases, next, counts, side, folded, upto })
    }

    /// One case as lists show it, with the name of its desk; without the desk's key it does not exist.
    pub async fn row_of(&self, actor: &Actor, id: CaseId) -> Result<(String, Line), Error> {
        let world = self.world();
        let case = self.store().read().await?.case(actor.tenant, id).await?.ok_or(Refusal::NotFound)?;
        if actor.keys_for(&world, case.desk).is_empty() {
            return Err(Refusal::NotFound.into());
        }
        let desk = world.desk(case.desk).map(|d| d.name.clone()).unwrap_or_default();
        let line = self.lines(actor, case.desk, vec![case]).await?.pop().ok_or(Refusal::NotFound)?;
        Ok((desk, line))
    }

    /// The newest number of a desk's kind: year, number.
    pub async fn newest_number(&self, actor: &Actor, desk: &str) -> Result<(i64, i64), Error> {
        let world = self.world();
        let (desk, _) = Self::desk_of(actor, &world, desk)?;
        let mut tx = self.store().read().await?;
        self.newest(&mut tx, actor, desk).await
    }

    async fn newest(&self, tx: &mut Tx, actor: &Actor, desk: DeskId) -> Result<(i64, i64), Error> {
        let world = self.world();
        let kind = world.desk(desk).map(|d| d.kind).ok_or(Refusal::NotFound)?;
        let series = format!("case:{}", kind.as_str());
        let counters = tx.counters(actor.tenant).await?;
        let newest = counters.into_iter().filter(|(s, ..)| *s == series).map(|(_, year, n)| (year, n)).max();
        Ok(newest.unwrap_or_default())
    }

    /// Cases with their summaries, as lists show them.
    pub(crate) async fn lines(
        &self,
        actor: &Actor,
        desk: DeskId,
        cases: Vec<Case>,
    ) -> Result<Vec<Line>, Error> {
        let world = self.world();
        let keys = actor.keys_for(&world, desk);
        let ids: Vec<CaseId> = cases.iter().map(|c| c.id).collect();
        let mut tx = self.store().read().await?;
        let summaries = tx.items_with_wraps(&ids, ItemKind::Summary, &kids(&keys)).await?;
        let folds = tx.folds_of(&ids).await?;
        let names = tx.all_staff(actor.tenant).await?;
        drop(tx);
        let (mut cheaper, now) = (Vec::new(), self.now());
        let lines = cases
            .into_iter()
            .map(|case| {
                let found = summaries.iter().find(|(id, _, _)| *id == case.id);
                let summary =
                    found.and_then(|(id, item, wrap)| self.summary(*id, item, wrap, &keys, &mut cheaper));
                let holder = case.held(now).map(|h| h.by);
                let holder = holder.and_then(|h| names.iter().find(|s| s.id == h)).map(|s| s.name.clone());
                let copies = folds.iter().filter(|f| f.head == case.id).map(|f| f.amount).sum();
                Line { case, summary, holder, copies }
            })
            .collect();
        self.keep_cheaper(cheaper);
        Ok(lines)
    }

    /// The desk of that name, if the actor can open it; otherwise it does not exist.
    pub(crate) fn desk_of<'a>(
        actor: &'a Actor,
        world: &super::World,
        name: &str,
    ) -> Result<(DeskId, Vec<&'a PrivateKey>), Error> {
        let desk = world.desk_named(name).ok_or(Refusal::NotFound)?;
        let keys = actor.keys_for(world, desk.id);
        if keys.is_empty() { Err(Refusal::NotFound.into()) } else { Ok((desk.id, keys)) }
    }

    /// Opens a summary, and when that took a public-key operation prepares a wrap that will not.
    fn summary(
        &self,
        case: CaseId,
        item: &crate::store::items::Item,
        wrap: &Wrap,
        keys: &[&PrivateKey],
        cheaper: &mut Vec<(CaseId, ItemId, Wrap)>,
    ) -> Option<Summary> {
        let key = keys.iter().find(|k| k.kid() == wrap.kid())?;
        let place = Place::first(item.kind, item.id, case);
        let body = self.vault().open_item(&place, &item.blob, wrap, key).ok()?;
        if !wrap.is_symmetric()
            && let Ok(new) = self.vault().rewrap_symmetric(&place, wrap, key)
        {
            cheaper.push((case, item.id, new));
        }
        serde_json::from_slice(body.expose()).ok()
    }

    /// Stores the cheaper wraps behind the reader's back: nothing waits for it, nothing is lost if it fails.
    fn keep_cheaper(&self, wraps: Vec<(CaseId, ItemId, Wrap)>) {
        if wraps.is_empty() {
            return;
        }
        let writer = self.writer().clone();
        let wraps = std::sync::Arc::new(wraps);
        tokio::spawn(async move {
            let done = writer
                .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                    let wraps = std::sync::Arc::clone(&wraps);
                    Box::pin(async move {
                        for (case, item, wrap) in wraps.iter() {
                            tx.swap_wrap(*case, *item, wrap).await?;
                        }
                        Ok(())
                    })
                })
                .await;
            if let Err(e) = done {
                tracing::debug!(error = %e, "cheaper wraps were not stored");
            }
        });
    }

    /// Hands out the most urgent free case of a desk, or none.
    pub async fn next_case(
        &self,
        actor: &Actor,
        desk: &str,
        once: Option<Once>,
    ) -> Result<Option<Claimed>, Error> {
        if let Some(once) = &once
            && let Some(first) = self.answered_before::<Option<Claimed>>(once).await?
        {
            return Ok(first);
        }
        let world = self.world();
        let (desk, _) = Self::desk_of(actor, &world, desk)?;
        let kind = world.desk(desk).map(|d| d.kind).ok_or(Refusal::NotFound)?;
        actor.may(Act::Work(kind))?;
        let (who, now, lease) = (actor.staff, self.now(), self.deadlines().lease());
        let this = self.clone();
        let claimed = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Option<Claimed>, Error>> {
                let (this, once) = (this.clone(), once.clone());
                Box::pin(async move {
                    tx.free_lapsed(now).await?;
                    let Some(case) = tx.next_free(desk).await? else { return Ok(None) };
                    let hold = case.claim(who, now, lease)?;
                    let claimed = claim(tx, &case, hold, now).await?;
                    if let Some(once) = &once {
                        let row = this.keep_answer(once, &Some(&claimed))?;
                        if !tx.add_replay(&row).await? {
                            return Err(Refusal::Busy.into());
                        }
                    }
                    Ok(Some(claimed))
                })
            })
            .await?;
        Ok(claimed)
    }
}

/// The cases of a list after a place, and one more than a page.
async fn read_list(
    tx: &mut Tx,
    (tenant, desk): (TenantId, DeskId),
    list: List,
    after: Option<Cursor>,
) -> Result<Vec<Case>, Error> {
    Ok(match list {
        List::Main => tx.queue_page(desk, after.unwrap_or(Cursor::START), PAGE + 1).await?,
        List::State(state) => tx.state_page(desk, state, after, PAGE + 1).await?,
        List::Side => tx.side_page(desk, after.unwrap_or(Cursor::START), PAGE + 1).await?,
        List::Fold(head) => {
            let fold = tx.folds_of(&[head]).await?;
            let after = after.map_or((0, 0), |c| (c.year, c.number));
            match fold.first() {
                // A row of another desk does not exist here, and a row's cases are all of its desk.
                Some(fold) if tx.case(tenant, head).await?.is_some_and(|c| c.desk == desk) => {
                    let mut page = tx.fold_page(fold.id, after, (i64::MAX, i64::MAX), PAGE + 1).await?;
                    page.retain(|c| c.desk == desk);
                    page
                }
                _ => Vec::new(),
            }
        }
    })
}

/// Writes a claim down.
pub(crate) async fn claim(tx: &mut Tx, case: &Case, hold: Hold, now: Timestamp) -> Result<Claimed, Error> {
    let mut after = case.clone();
    after.hold = Some(hold);
    after.version += 1;
    after.aside = case.aside.touched();
    tx.change_case(case, &after, now).await?;
    let event = Event {
        version: after.version,
        at: now,
        staff: Some(hold.by),
        action: "claim".to_owned(),
        from: None,
        to: None,
        item: None,
    };
    tx.add_event(case.tenant, case.id, &event).await?;
    tx.note(Entry::by(case.tenant, now, hold.by, Action::Claimed, case.id.uuid()));
    Ok(Claimed {
        id: case.id,
        version: after.version,
        number: case.number.to_string(),
        state: case.state,
        priority: case.priority.level(),
        claimed_until: hold.until,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        let c = Cursor { priority: 2, due: 1_800_000_000_000, year: 2026, number: 7 };
        assert_eq!(parse_cursor(&cursor_text(c)), Ok(c));
        for bad in ["1.2.3", "1.2.3.4.5", "a.b.c.d", "1.2.3.", "'; DROP TABLE cases"] {
            assert!(parse_cursor(bad).is_err(), "{bad}");
        }
    }
}
