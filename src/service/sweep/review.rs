//! What becomes of a bulk act afterwards: it is listed, a sample of it is looked at by somebody else, and it can be
//! taken back, whole or case by case.

use super::Progress;
use crate::domain::case::{Aside, Case};
use crate::domain::document::{Words, check_text};
use crate::domain::policy::Act;
use crate::domain::state::State;
use crate::kernel::id::{CaseId, SweepId};
use crate::service::access::Actor;
use crate::service::casefile::document;
use crate::service::queue::Line;
use crate::service::{Error, Hotline, Refusal};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::sweeps::{Sweep, Swept};
use crate::store::writer::Work;

/// How many bulk acts a list shows.
const LISTED: i64 = 50;

/// A case of the sample.
pub struct Drawn {
    /// The case in a list.
    pub line: Line,
    /// Whether it was taken back.
    pub undone: bool,
    /// Who looked at it.
    pub reviewer: Option<String>,
}

/// A bulk act, with its sample.
pub struct SweepView {
    /// The act.
    pub sweep: Sweep,
    /// The desk's name.
    pub desk: String,
    /// Who did it.
    pub by: String,
    /// Why; none if it does not open.
    pub reason: Option<String>,
    /// How many cases another person is to look at.
    pub sample: i64,
    /// How many of them were looked at.
    pub reviewed: i64,
    /// Those cases.
    pub drawn: Vec<Drawn>,
    /// Whether this member may look at them: somebody else, who leads the desk or is of its parent.
    pub may_review: bool,
    /// Whether there is something to go on with.
    pub may_go_on: bool,
}

impl Hotline {
    /// The newest bulk acts at a desk.
    pub async fn sweeps(&self, actor: &Actor, desk: &str) -> Result<Vec<(Sweep, String)>, Error> {
        let world = self.world();
        let (desk, _) = Self::desk_of(actor, &world, desk)?;
        let mut tx = self.store().read().await?;
        let sweeps = tx.sweeps(desk, LISTED).await?;
        let names = tx.all_staff(actor.tenant).await?;
        let name =
            |s: &Sweep| names.iter().find(|n| n.id == s.staff).map(|n| n.name.clone()).unwrap_or_default();
        Ok(sweeps.into_iter().map(|s| (name(&s), s)).map(|(n, s)| (s, n)).collect())
    }

    /// One bulk act with its sample.
    pub async fn sweep_view(&self, actor: &Actor, id: SweepId) -> Result<SweepView, Error> {
        let sweep = self.own_sweep(actor, id).await?;
        let sample = self.sample_of(&sweep).await?;
        let mut tx = self.store().read().await?;
        let names = tx.all_staff(actor.tenant).await?;
        let mut cases = Vec::new();
        for swept in &sample {
            cases.extend(tx.case(sweep.tenant, swept.case).await?);
        }
        drop(tx);
        let name = |id| names.iter().find(|n| n.id == id).map(|n| n.name.clone());
        let lines = self.lines(actor, sweep.desk, cases).await?;
        let drawn: Vec<Drawn> = lines
            .into_iter()
            .filter_map(|line| {
                let swept = sample.iter().find(|s| s.case == line.case.id)?;
                Some(Drawn { line, undone: swept.undone, reviewer: swept.reviewer.and_then(name) })
            })
            .collect();
        let world = self.world();
        Ok(SweepView {
            desk: world.desk(sweep.desk).map(|d| d.name.clone()).unwrap_or_default(),
            by: name(sweep.staff).unwrap_or_default(),
            reason: self.reason_of(actor, &sweep).await.ok(),
            sample: i64::try_from(sample.len()).unwrap_or(i64::MAX),
            reviewed: i64::try_from(sample.iter().filter(|s| s.reviewer.is_some()).count()).unwrap_or(0),
            drawn,
            may_review: self.may_review(actor, &sweep),
            may_go_on: !sweep.ended && sweep.upto != (0, 0) && sweep.undone == 0,
            sweep,
        })
    }

    /// Takes a bulk clearing back, as much of it as one request may: every case that still is as the clearing left it
    /// is taken up again, in the row it had.
    pub async fn undo_sweep(&self, actor: &Actor, id: SweepId, reason: &str) -> Result<Progress, Error> {
        check_text(reason).map_err(|_| Refusal::NoReason)?;
        let flood = self.sweeper().ok_or(Refusal::NotFound)?;
        let sweep = self.swept_by(actor, id).await?;
        let (mut passed, mut left) = (0, i64::from(flood.rules().request()));
        // Those that lead a row first, so that the others find it again.
        for beneath in [false, true] {
            let mut after = -1;
            while left > 0 {
                let page = self
                    .store()
                    .read()
                    .await?
                    .swept_after(id, after, i64::from(flood.rules().unit()))
                    .await?;
                let Some(last) = page.last() else { break };
                after = last.draw;
                let (mut cases, others) = self.cleared_of(&sweep, &page, beneath).await?;
                cases.truncate(usize::try_from(left).unwrap_or(0));
                passed += others;
                let amount = i64::try_from(cases.len()).unwrap_or(i64::MAX);
                if amount > 0 {
                    let done = self.take_back((actor, &sweep), cases, reason).await?;
                    passed += amount - i64::try_from(done).unwrap_or(0);
                    left -= amount;
                }
            }
        }
        self.wake();
        let progress = self.progress(actor, id).await?;
        Ok(Progress { passed, ..progress })
    }

    /// Of some swept cases those that rest as they were cleared, beneath a row or not; and how many do not rest so.
    async fn cleared_of(
        &self,
        sweep: &Sweep,
        page: &[Swept],
        beneath: bool,
    ) -> Result<(Vec<Case>, i64), Error> {
        let mut tx = self.store().read().await?;
        let (mut cases, mut others) = (Vec::new(), 0);
        for swept in page.iter().filter(|s| !s.undone) {
            let Some(case) = tx.case(sweep.tenant, swept.case).await? else { continue };
            if matches!(case.aside, Aside::Folded(_)) != beneath {
                continue;
            }
            if is_cleared(&case) {
                cases.push(case);
            } else {
                others += 1;
            }
        }
        Ok((cases, others))
    }

    /// Another person has looked at a case of the sample, and leaves it or takes it back.
    pub async fn review(
        &self,
        actor: &Actor,
        id: SweepId,
        case: CaseId,
        back: Option<&str>,
    ) -> Result<(), Error> {
        let sweep = self.own_sweep(actor, id).await?;
        if !self.may_review(actor, &sweep) {
            return Err(Refusal::NotAllowed.into());
        }
        let sample = self.sample_of(&sweep).await?;
        let swept = sample.iter().find(|s| s.case == case).ok_or(Refusal::NotFound)?;
        if let Some(reason) = back.filter(|_| !swept.undone && sweep.clears) {
            check_text(reason).map_err(|_| Refusal::NoReason)?;
            let found = self.store().read().await?.case(sweep.tenant, case).await?;
            let cases = found.into_iter().filter(is_cleared).collect();
            self.take_back((actor, &sweep), cases, reason).await?;
        }
        let (who, tenant, now) = (actor.staff, actor.tenant, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    if tx.reviewed(id, case, who, now).await? {
                        tx.note(Entry::by(tenant, now, who, Action::Reviewed, case.uuid()));
                    }
                    Ok(())
                })
            })
            .await?;
        self.wake();
        Ok(())
    }

    /// The sample: the first in the draw, so many as the rules ask for.
    async fn sample_of(&self, sweep: &Sweep) -> Result<Vec<Swept>, Error> {
        let Some(flood) = self.sweeper().filter(|_| sweep.clears) else { return Ok(Vec::new()) };
        let size = flood.rules().sample(u32::try_from(sweep.done).unwrap_or(u32::MAX));
        Ok(self.store().read().await?.swept_after(sweep.id, -1, i64::from(size)).await?)
    }

    /// Somebody else than who did it, who leads the desk or is a member of its parent.
    fn may_review(&self, actor: &Actor, sweep: &Sweep) -> bool {
        let world = self.world();
        let parent = world.desk(sweep.desk).and_then(|d| d.parent);
        let above = parent.is_some_and(|p| actor.desks().any(|d| d == p));
        actor.staff != sweep.staff && (actor.leads(sweep.desk) || above)
    }

    /// A bulk clearing that the member may take back.
    async fn swept_by(&self, actor: &Actor, id: SweepId) -> Result<Sweep, Error> {
        let sweep = self.own_sweep(actor, id).await?;
        let kind = self.world().desk(sweep.desk).map(|d| d.kind).ok_or(Refusal::NotFound)?;
        actor.may(Act::Work(kind))?;
        if sweep.clears { Ok(sweep) } else { Err(Refusal::NotFound.into()) }
    }

    /// The reason that was given, from a case it was sealed in.
    pub(super) async fn reason_of(&self, actor: &Actor, sweep: &Sweep) -> Result<String, Error> {
        let world = self.world();
        let word = if sweep.clears { "clear" } else { "confirm" };
        let mut tx = self.store().read().await?;
        let first = tx.swept_after(sweep.id, -1, 1).await?;
        let first = first.first().ok_or(Refusal::NotFound)?;
        let file = self.file(&mut tx, actor, &world, first.case).await?;
        let events = tx.events(first.case).await?;
        drop(tx);
        let given = events.iter().filter(|e| e.action == word && e.staff == Some(sweep.staff));
        let item = given.filter_map(|e| e.item).next_back().ok_or(Refusal::NotFound)?;
        let item = file.items.iter().find(|i| i.id == item).ok_or(Refusal::NotFound)?;
        let words: Words = document(&file.open(self, item, &actor.keys_for(&world, file.case.desk))?)?;
        Ok(words.text)
    }
}

/// Whether a case rests as a clearing leaves it.
fn is_cleared(case: &Case) -> bool {
    case.state == State::Closed
}
