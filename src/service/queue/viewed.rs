//! Who looked at which queue, for the audit log: a page that is open asks again and again, so one entry stands
//! for some minutes of looking.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::kernel::Timestamp;
use crate::kernel::id::{DeskId, StaffId};
use crate::service::{Actor, Error, Hotline};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::writer::Work;

/// How long one entry stands for, on one node.
const STANDS_FOR: Duration = Duration::from_mins(10);

/// When each member's last look at each queue was written down by this node.
#[derive(Default)]
pub(crate) struct Viewed(Mutex<BTreeMap<(StaffId, DeskId), Timestamp>>);

impl Viewed {
    /// Whether this look is to be written down; if so it counts as written from now on.
    fn is_new(&self, who: StaffId, desk: DeskId, now: Timestamp) -> bool {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = |at: &Timestamp| (*at..at.plus(STANDS_FOR)).contains(&now);
        if looks.get(&(who, desk)).is_some_and(stands) {
            return false;
        }
        looks.retain(|_, at| stands(at));
        looks.insert((who, desk), now);
        true
    }

    /// The entry could not be written: the next look is new.
    fn forget(&self, who: StaffId, desk: DeskId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(who, desk));
    }
}

impl Hotline {
    /// Writes down that a member looked at a desk's queue. The reader does not wait for the commit: a page must
    /// come at once, and a node that dies in that moment loses one line of who looked, never of what was done.
    pub(super) fn note_viewed(&self, actor: &Actor, desk: DeskId) {
        let (tenant, who, now) = (actor.tenant, actor.staff, self.now());
        if !self.viewed().is_new(who, desk, now) {
            return;
        }
        let this = self.clone();
        tokio::spawn(async move {
            let noted = this
                .writer()
                .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                    Box::pin(async move {
                        tx.note(Entry::by(tenant, now, who, Action::QueueRead, desk.uuid()));
                        Ok(())
                    })
                })
                .await;
            if let Err(e) = noted {
                tracing::warn!(error = %e, "a look at a queue was not written down");
                this.viewed().forget(who, desk);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Entropy;

    #[test]
    fn one_entry_stands_for_ten_minutes_of_one_member_at_one_desk() {
        let e = Entropy::seeded(3);
        let staff = [StaffId::random(&e).expect("seeded"), StaffId::random(&e).expect("seeded")];
        let desks = [DeskId::random(&e).expect("seeded"), DeskId::random(&e).expect("seeded")];
        let at = |minutes: u64| Timestamp::from_millis(0).plus(Duration::from_secs(60 * minutes));
        let viewed = Viewed::default();
        assert!(viewed.is_new(staff[0], desks[0], at(20)));
        assert!(!viewed.is_new(staff[0], desks[0], at(29)));
        assert!(viewed.is_new(staff[1], desks[0], at(29)) && viewed.is_new(staff[0], desks[1], at(29)));
        assert!(viewed.is_new(staff[0], desks[0], at(30)));
        viewed.forget(staff[0], desks[0]);
        assert!(viewed.is_new(staff[0], desks[0], at(31)));
        assert!(viewed.is_new(staff[0], desks[0], at(5)), "a clock set back does not silence the log");
    }
}
