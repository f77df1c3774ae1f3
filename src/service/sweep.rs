//! Bulk acts: a row with hundreds beneath it, or the side queue, cleared as no source of information about crime or
//! confirmed into the legal register, with one reason. In small units of work, so that intake goes on between them;
//! killed in between, what is done is done and the rest waits, and a member goes on where it stopped. Each case keeps
//! its own event, its own audit entry and its own sealed reason, and can be taken back.
//!
//! Nobody's word in the database is believed about what is alike: before a row is cleared, each case beneath it
//! is opened with the member's keys and compared; what says something else gets a row of its own instead.

mod choose;
mod review;
mod write;

use serde::{Deserialize, Serialize};

use super::access::Actor;
use super::flood::Flood;
use super::once::Once;
use super::{Error, Hotline, Refusal};
use crate::domain::document::check_text;
use crate::domain::policy::Act;
use crate::kernel::id::{CaseId, DeskId, SweepId};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::sweeps::Sweep;
use crate::store::writer::Work;
use crate::vault::sha256;

pub use review::{Drawn, SweepView};

/// Which cases a bulk act is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// A row and all beneath it, up to a number (year, number) that the member saw.
    Fold {
        /// The case that has the row.
        head: CaseId,
        /// Later ones came after the member looked.
        upto: (i64, i64),
    },
    /// The whole side queue, up to a number that the member saw.
    Side {
        /// Later ones came after the member looked.
        upto: (i64, i64),
    },
    /// These, each at the version the member saw.
    Cases(Vec<(CaseId, i64)>),
}

/// What is to be done to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// They are no source of information about crime.
    Clear,
    /// They are, and enter the legal register.
    Confirm,
}

/// An order for a bulk act.
#[derive(Clone)]
pub struct Order {
    /// The desk, by name.
    pub desk: String,
    /// Which cases.
    pub choice: Choice,
    /// What.
    pub deed: Deed,
    /// Why; one reason for all.
    pub reason: String,
    /// What makes a repetition the same request.
    pub once: Option<Once>,
}

/// How far a bulk act came in this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which.
    pub sweep: SweepId,
    /// How many cases it has touched in all.
    pub done: i64,
    /// How many it passed over in this request: held by somebody, changed since, or in a state of their own.
    pub passed: i64,
    /// How many were found to say something else, and have rows of their own now.
    pub apart: i64,
    /// Whether nothing is left to do.
    pub ended: bool,
}

/// A bulk act while a request works at it.
struct Running<'a> {
    actor: &'a Actor,
    flood: &'a Flood,
    sweep: Sweep,
    reason: String,
    passed: i64,
    apart: i64,
    left: usize,
}

/// The most cases that can be chosen one by one.
const MOST_CHOSEN: usize = 500;

impl Hotline {
    /// Begins a bulk act and does as much of it as one request may.
    pub async fn sweep(&self, actor: &Actor, order: &Order) -> Result<Progress, Error> {
        check_text(&order.reason).map_err(|_| Refusal::NoReason)?;
        if let Some(once) = &order.once
            && let Some(first) = self.answered_before::<SweepId>(once).await?
        {
            return self.progress(actor, first).await;
        }
        let desk = self.desk_to_sweep(actor, &order.desk)?;
        let (head, upto) = match &order.choice {
            Choice::Fold { head, upto } => (Some(*head), *upto),
            Choice::Side { upto } => (None, *upto),
            Choice::Cases(cases) if cases.is_empty() || cases.len() > MOST_CHOSEN => {
                return Err(Refusal::Field("cases").into());
            }
            Choice::Cases(_) => (None, (0, 0)),
        };
        let flood = self.sweeper().ok_or(Refusal::NotFound)?;
        let sweep = Sweep {
            id: SweepId::random(self.entropy())?,
            tenant: actor.tenant,
            desk,
            staff: actor.staff,
            begun: self.now(),
            clears: order.deed == Deed::Clear,
            head,
            upto,
            seed: self.entropy().bytes()?,
            done: 0,
            undone: 0,
            ended: false,
        };
        self.begin_sweep(&sweep, order.once.as_ref()).await?;
        let left = usize::try_from(flood.rules().request()).unwrap_or(usize::MAX);
        let mut running =
            Running { actor, flood, sweep, reason: order.reason.clone(), passed: 0, apart: 0, left };
        let ended = match &order.choice {
            Choice::Cases(cases) => self.sweep_chosen(&mut running, cases).await?,
            _ => self.sweep_on(&mut running).await?,
        };
        self.close_request(running, ended).await
    }

    /// Goes on with a bulk act that did not come to its end: after as many as one request may do, or a crash. The
    /// reason is the one given first, opened from a case it was sealed in.
    pub async fn go_on(&self, actor: &Actor, id: SweepId) -> Result<Progress, Error> {
        let flood = self.sweeper().ok_or(Refusal::NotFound)?;
        let sweep = self.own_sweep(actor, id).await?;
        if sweep.ended || sweep.upto == (0, 0) || sweep.undone > 0 {
            return self.progress(actor, id).await;
        }
        let reason = self.reason_of(actor, &sweep).await?;
        let left = usize::try_from(flood.rules().request()).unwrap_or(usize::MAX);
        let mut running = Running { actor, flood, sweep, reason, passed: 0, apart: 0, left };
        let ended = self.sweep_on(&mut running).await?;
        self.close_request(running, ended).await
    }

    async fn begin_sweep(&self, sweep: &Sweep, once: Option<&Once>) -> Result<(), Error> {
        let replay = once.map(|once| self.keep_answer(once, &sweep.id)).transpose()?;
        let unit = std::sync::Arc::new((sweep.clone(), replay));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let unit = std::sync::Arc::clone(&unit);
                Box::pin(async move {
                    let (sweep, replay) = &*unit;
                    if let Some(row) = replay
                        && !tx.add_replay(row).await?
                    {
                        return Err(Refusal::Busy.into());
                    }
                    tx.add_sweep(sweep).await?;
                    let action = Action::SweepBegun;
                    let mut entry =
                        Entry::by(sweep.tenant, sweep.begun, sweep.staff, action, sweep.id.uuid());
                    // Fixes the draw before the first case is touched.
                    entry.detail = sha256(&[b"tinan/sweep", &sweep.seed]);
                    tx.note(entry);
                    Ok(())
                })
            })
            .await
    }

    async fn close_request(&self, running: Running<'_>, ended: bool) -> Result<Progress, Error> {
        let id = running.sweep.id;
        if ended {
            self.writer()
                .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                    Box::pin(async move { Ok(tx.end_sweep(id).await?) })
                })
                .await?;
        }
        self.wake();
        let progress = self.progress(running.actor, id).await?;
        Ok(Progress { passed: running.passed, apart: running.apart, ..progress })
    }

    async fn progress(&self, actor: &Actor, id: SweepId) -> Result<Progress, Error> {
        let sweep = self.own_sweep(actor, id).await?;
        Ok(Progress { sweep: id, done: sweep.done, passed: 0, apart: 0, ended: sweep.ended })
    }

    /// A bulk act at a desk whose key the member holds; all others do not exist.
    async fn own_sweep(&self, actor: &Actor, id: SweepId) -> Result<Sweep, Error> {
        let sweep = self.store().read().await?.sweep(actor.tenant, id).await?.ok_or(Refusal::NotFound)?;
        if actor.keys_for(&self.world(), sweep.desk).is_empty() {
            return Err(Refusal::NotFound.into());
        }
        Ok(sweep)
    }

    fn desk_to_sweep(&self, actor: &Actor, name: &str) -> Result<DeskId, Error> {
        let world = self.world();
        let (desk, _) = Self::desk_of(actor, &world, name)?;
        let kind = world.desk(desk).map(|d| d.kind).ok_or(Refusal::NotFound)?;
        actor.may(Act::Work(kind))?;
        Ok(desk)
    }
}

/// The place of a case in the draw: nobody chooses it, and whoever has the seed can draw it again.
#[must_use]
pub fn place_in_draw(seed: &[u8; 32], case: CaseId) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = sha256(&[b"tinan/draw", seed, &case.bytes()]);
    i64::from_be_bytes([a & 0x7f, b, c, d, e, f, g, h])
}
