//! Tables that are short by nature, because what is done leaves them: looked at whole.

use uuid::Uuid;

use super::MOST;
use crate::domain::finding::FindingKind;
use crate::kernel::Timestamp;
use crate::store::findings::Sighting;
use crate::store::{StoreError, Tx};

/// From when on what waits counts as stuck.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// An update that came before this hour.
    pub update: Timestamp,
    /// A message that was written before this hour.
    pub message: Timestamp,
    /// A sender whose lease ended before this.
    pub sender: Timestamp,
}

const STUCK_UPDATES: &str = "SELECT id FROM inbox WHERE received_hour < $1 ORDER BY seq LIMIT $2";
const STUCK_MESSAGES: &str =
    "SELECT id FROM outbox WHERE (state IN ('queued', 'sending') AND created_hour < $1)
     OR (state = 'sending' AND lease_until < $2) ORDER BY seq LIMIT $3";
const LOST_MESSAGES: &str = "SELECT o.id FROM outbox o WHERE o.case_id IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = o.case_id) ORDER BY o.seq LIMIT $1";
const LOST_HELD: &str = "SELECT h.id FROM held h
     WHERE NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = h.case_id) ORDER BY h.id LIMIT $1";
const TRANSIT: &str = "SELECT 'inbox', epoch FROM inbox UNION SELECT 'outbox', epoch FROM outbox
     UNION SELECT 'held', epoch FROM held UNION SELECT 'dialogues', epoch FROM dialogues";

fn sightings(kind: FindingKind, rows: Vec<(Uuid,)>) -> impl Iterator<Item = Sighting> {
    rows.into_iter().map(move |(id,)| Sighting { kind, object: id.to_string(), place: 0 })
}

impl Tx {
    /// What does not agree in inbox, outbox and waiting words.
    pub async fn orphans_in_flight(&mut self, patience: Patience) -> Result<Vec<Sighting>, StoreError> {
        let Patience { update, message, sender } = patience;
        let (update, message, sender) = (update.as_millis(), message.as_millis(), sender.as_millis());
        let stuck = fetch_all!(self, (Uuid,), STUCK_UPDATES, update, MOST)?;
        let mut found: Vec<Sighting> = sightings(FindingKind::UpdateStuck, stuck).collect();
        let stuck = fetch_all!(self, (Uuid,), STUCK_MESSAGES, message, sender, MOST)?;
        found.extend(sightings(FindingKind::MessageStuck, stuck));
        let lost = fetch_all!(self, (Uuid,), LOST_MESSAGES, MOST)?;
        found.extend(sightings(FindingKind::MessageWithoutCase, lost));
        let lost = fetch_all!(self, (Uuid,), LOST_HELD, MOST)?;
        found.extend(sightings(FindingKind::HeldWithoutCase, lost));
        Ok(found)
    }

    /// Which transit epochs the rows in flight need, by table.
    pub async fn transit_needed(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        fetch_all!(self, (String, i64), TRANSIT)
    }
}
