//! Whether the clock of a node is to be believed. When an audit entry would stand far after the newest one, the clock
//! may have leapt; that is written down in the same commit as the entry, so that the entry itself cannot make the
//! new time look right. See docs/decisions/0008.

use std::time::Duration;

use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::NodeId;

/// A clock that is further ahead of the newest audit entry may have leapt: the stepping of the keys alone makes an
/// entry each day.
pub const TRUSTED: Duration = Duration::from_hours(26);
/// A clock that has gone on without another leap for so long is believed: somebody has been told all the while.
const SETTLED: Duration = Duration::from_hours(72);

/// A leap of a node's clock that nobody has confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// The hour of the newest entry before the leap.
    pub from: Timestamp,
    /// The hour of the first entry after it.
    pub to: Timestamp,
}

impl Doubt {
    /// When the clock is believed if it goes on steadily.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.to.plus(SETTLED)
    }

    /// Whether the clock has come back to where it was, or has gone on steadily for long enough.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.from) <= TRUSTED || now >= self.until()
    }

    fn write(&self) -> String {
        format!("{} {}", self.from.as_millis(), self.to.as_millis())
    }

    fn read(text: &str) -> Option<Self> {
        let (from, to) = text.split_once(' ')?;
        let at = |text: &str| text.parse().ok().map(Timestamp::from_millis);
        Some(Self { from: at(from)?, to: at(to)? })
    }
}

fn name(node: NodeId) -> String {
    format!("clock:{node}")
}

impl Tx {
    /// The leap of a node's clock that is still in doubt.
    pub async fn clock_doubt(&mut self, node: NodeId) -> Result<Option<Doubt>, StoreError> {
        let Some(text) = self.meta(&name(node)).await? else { return Ok(None) };
        Doubt::read(&text).map(Some).ok_or(StoreError::Corrupt { table: "meta", column: "value" })
    }

    /// Ends the doubt about a node's clock.
    pub async fn trust_clock(&mut self, node: NodeId) -> Result<(), StoreError> {
        self.forget_meta(&name(node)).await
    }

    /// Called for entries about to be linked: `before` is the hour of the newest entry of the node's own chain. Only
    /// when that lies far back are the other chains asked.
    pub(super) async fn watch_clock(
        &mut self,
        node: NodeId,
        before: Option<Timestamp>,
        hour: Timestamp,
    ) -> Result<(), StoreError> {
        if before.is_some_and(|at| hour.since(at) <= TRUSTED) {
            return Ok(());
        }
        let Some(newest) = self.newest_audit_hour().await?.max(before) else { return Ok(()) };
        if hour.since(newest) <= TRUSTED {
            return Ok(());
        }
        let from = self.clock_doubt(node).await?.map_or(newest, |doubt| doubt.from);
        self.set_meta(&name(node), &Doubt { from, to: hour }.write()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_795_320_000_000);

    fn hours(n: u64) -> Duration {
        Duration::from_hours(n)
    }

    #[test]
    fn a_doubt_ends_when_the_clock_returns_or_has_gone_on_for_three_days() {
        let doubt = Doubt { from: START, to: START.plus(hours(960)) };
        for (after, over) in [(0, true), (26, true), (27, false), (960, false), (1031, false), (1032, true)] {
            assert_eq!(doubt.is_over(START.plus(hours(after))), over, "{after} h");
        }
        assert!(doubt.is_over(START.minus(hours(5))));
        assert_eq!(Doubt::read(&doubt.write()), Some(doubt));
        assert_eq!(Doubt::read("nonsense"), None);
    }
}
