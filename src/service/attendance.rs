//! Who is there for a desk: how many people can open what comes to it, when one of them was last here, and whether
//! something waits. For `doctor` and the operator's counts; names nobody.

use std::collections::BTreeSet;

use super::{Error, Hotline, World};
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{DeskId, StaffId};
use crate::store::Tx;

/// How a desk is attended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendance {
    /// The desk's name.
    pub desk: String,
    /// How many people can open what is sealed to it now: its members, and those of the desk that backs it up.
    pub openers: usize,
    /// How many cases are in its working queue.
    pub waiting: i64,
    /// When one of them last logged in.
    pub last_login: Option<Timestamp>,
}

impl Attendance {
    /// Since when something waits with nobody there, counted from the last login, or from the set-up at `begun`
    /// where there was none; nothing while nothing waits.
    #[must_use]
    pub fn unattended_since(&self, begun: Timestamp) -> Option<Timestamp> {
        (self.waiting > 0).then(|| self.last_login.unwrap_or(begun))
    }
}

impl Hotline {
    /// How each desk is attended.
    pub async fn attendance(&self) -> Result<Vec<Attendance>, Error> {
        let world = self.world();
        let mut tx = self.store().read().await?;
        let counts = tx.desk_counts(world.tenant.id).await?;
        let waits = |state: State| state.waits();
        let mut all = Vec::new();
        for desk in &world.desks {
            let openers = openers(&mut tx, &world, desk.id).await?;
            let mut last_login = None;
            for staff in &openers {
                last_login = last_login.max(tx.last_login(*staff).await?);
            }
            all.push(Attendance {
                desk: desk.name.clone(),
                openers: openers.len(),
                waiting: counts.iter().filter(|(d, s, _)| *d == desk.id && waits(*s)).map(|c| c.2).sum(),
                last_login,
            });
        }
        Ok(all)
    }
}

/// Those who hold the key that the desk has now, or that of the desk above it, and were not revoked. A grant under an
/// older key opens old cases only.
async fn openers(tx: &mut Tx, world: &World, desk: DeskId) -> Result<BTreeSet<StaffId>, Error> {
    let mut all = BTreeSet::new();
    for desk in [Some(desk), world.directory.parent(desk)].into_iter().flatten() {
        let Ok(key) = world.directory.desk(desk) else { continue };
        let holders = tx.holders(desk, key.kid()).await?;
        all.extend(holders.into_iter().filter(|staff| world.directory.unrevoked(*staff).is_some()));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_missed_where_nothing_waits() {
        let at = Timestamp::from_millis;
        let attendance =
            |waiting, last_login| Attendance { desk: "tips".to_owned(), openers: 3, waiting, last_login };
        assert_eq!(attendance(0, None).unattended_since(at(5)), None);
        assert_eq!(attendance(1, None).unattended_since(at(5)), Some(at(5)));
        assert_eq!(attendance(1, Some(at(9))).unattended_since(at(5)), Some(at(9)));
    }
}
