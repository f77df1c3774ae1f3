//! The watch: looks at the cases whose moment has come, and raises what is to be raised. Also what came together:
//! cases that are alike within ten minutes become one alarm.

use std::sync::{Arc, PoisonError};

use super::Alarming;
use crate::domain::case::Priority;
use crate::domain::escalation::{Look, Watched};
use crate::kernel::Timestamp;
use crate::kernel::id::RowId;
use crate::service::{Error, Hotline};
use crate::store::Tx;
use crate::store::alarms::WatchedCase;
use crate::store::intake::NewCase;
use crate::store::writer::Work;
use crate::vault::sha256;

/// How many cases are looked at in one unit, so that intake never waits long behind it.
const STRETCH: i64 = 64;

impl Hotline {
    /// Looks at every case whose moment has come, and says how many there were.
    pub async fn watch_cases(&self) -> Result<usize, Error> {
        let mut seen = 0;
        loop {
            let now = self.now();
            let cases = self.store().read().await?.watched_cases(now, STRETCH).await?;
            if cases.is_empty() {
                return Ok(seen);
            }
            seen += cases.len();
            let mut looks = Vec::with_capacity(cases.len());
            for case in cases {
                let ids = (RowId::random(self.entropy())?, RowId::random(self.entropy())?);
                let look = self.look_at(&case, now);
                looks.push((case, look, ids));
            }
            let (looks, this) = (Arc::new(looks), self.clone());
            self.writer()
                .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                    let (looks, this) = (Arc::clone(&looks), this.clone());
                    Box::pin(async move {
                        for (case, look, ids) in looks.iter() {
                            this.note_look(tx, case, look, *ids).await?;
                        }
                        Ok(())
                    })
                })
                .await?;
        }
    }

    fn look_at(&self, case: &WatchedCase, now: Timestamp) -> Look {
        let last_tenth = case.due.map(|due| self.deadlines().last_tenth(case.kind, case.state, due));
        let watched = Watched { alarm: case.alarm, urgency: case.priority.level(), last_tenth };
        self.plan().look(&watched, now)
    }

    async fn note_look(
        &self,
        tx: &mut Tx,
        case: &WatchedCase,
        look: &Look,
        (one, other): (RowId, RowId),
    ) -> Result<(), Error> {
        if !tx.case_watched(case, look.next).await? {
            return Ok(());
        }
        if look.unacknowledged {
            self.raise(tx, one, &Alarming::Case(case.clone())).await?;
        }
        if let (true, Some(due)) = (look.clock, case.due) {
            self.raise(tx, other, &Alarming::Clock(case.clone(), due)).await?;
        }
        Ok(())
    }

    /// When the watch must look at a new case first, and with what it came together. `marks` are what makes it like
    /// others; they stay in this node's memory.
    pub(crate) fn put_on_watch(&self, case: &mut NewCase, marks: &[&str]) -> Result<(), Error> {
        let now = self.now();
        let urgency = case.priority;
        let first = crate::domain::state::State::first(case.kind);
        let last_tenth = case.due.map(|due| self.deadlines().last_tenth(case.kind, first, due));
        let look = self.plan().look(&Watched { alarm: Some(case.alarm), urgency, last_tenth }, now);
        case.watch = Some(look.next.unwrap_or(case.alarm));
        if self.plan().interrupts(urgency) {
            let desk = case.desk.bytes();
            let marks: Vec<Vec<u8>> = marks.iter().map(|m| sha256(&[&desk, m.as_bytes()]).to_vec()).collect();
            case.summons = Some(self.fold_with(&marks, self.entropy().bytes()?, now));
        }
        Ok(())
    }

    /// A case that came through a chat folds with what else came from it.
    pub(crate) fn fold_by_chat(&self, case: &mut NewCase, tag: &[u8; 32]) {
        if let Some(fold) = case.summons {
            case.summons = Some(self.fold_with(&[tag.to_vec()], fold, self.now()));
        }
    }

    fn fold_with(&self, marks: &[Vec<u8>], fresh: [u8; 16], now: Timestamp) -> [u8; 16] {
        let mut window = self.inner.folds.lock().unwrap_or_else(PoisonError::into_inner);
        window.join(marks, fresh, self.plan().folding(), now)
    }

    /// Raises an alarm about the program itself, to be acknowledged like any other; false when it is raised already.
    pub async fn raise_finding(&self, word: &'static str, urgency: Priority) -> Result<bool, Error> {
        let (this, id) = (self.clone(), RowId::random(self.entropy())?);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                let this = this.clone();
                Box::pin(async move { this.raise(tx, id, &Alarming::Finding(word, urgency)).await })
            })
            .await
    }
}
