//! Looking again at what earlier rounds saw: their positions are behind the walk, and a finding ends only when
//! somebody has looked.

use super::round::Round;
use super::shelf::is_of_a_file;
use crate::domain::finding::FindingKind;
use crate::service::Error;
use crate::store::findings::{Known, Sighting};
use crate::store::reconcile::Cell;

impl Round<'_> {
    /// Adds to what was seen what is still there, and returns what is no more.
    pub(super) async fn look_again(&mut self, known: &[Known]) -> Result<Vec<Sighting>, Error> {
        let mut ended = Vec::new();
        for Known { sighting, .. } in known {
            if self.seen.contains(sighting) {
                continue;
            }
            let still = self.is_still_there(sighting).await?;
            if self.unread.is_some() && is_of_a_file(sighting.kind) {
                // nobody could look: it neither ends nor counts as seen again
                continue;
            }
            if still {
                self.seen.insert(sighting.clone());
            } else {
                ended.push(sighting.clone());
            }
        }
        Ok(ended)
    }

    async fn is_still_there(&mut self, seen: &Sighting) -> Result<bool, Error> {
        if let Some(still) = self.tx.still_by_case(seen).await? {
            return Ok(still);
        }
        if let Some(still) = self.tx.still_by_id(seen).await? {
            return Ok(still);
        }
        if let Some(still) = self.still_on_shelf(seen).await? {
            return Ok(still);
        }
        match seen.kind {
            FindingKind::NumberMissing => self.is_still_missing(seen).await,
            FindingKind::CountsDiffer => self.differs_still(seen).await,
            FindingKind::JournalDiffers => Ok(!self.journal_compared),
            // what a round looks at whole, and did not see
            _ => Ok(false),
        }
    }

    async fn is_still_missing(&mut self, seen: &Sighting) -> Result<bool, Error> {
        let series = seen.object.rsplit_once('/').map_or("", |(series, _)| series);
        // without its counter nobody can say that a number was not given
        let Some(series) = self.series.iter().find(|s| s.key() == series) else { return Ok(true) };
        let found = self.tx.missing_numbers(series, (seen.place - 1, seen.place)).await?;
        Ok(!found.is_empty())
    }

    /// A kind's sum is looked at in each round, a single count again here.
    async fn differs_still(&mut self, seen: &Sighting) -> Result<bool, Error> {
        let cells = self.tx.cells().await?;
        let Some(cell) = cells.iter().find(|c: &&Cell| c.sighting().object == seen.object) else {
            return Ok(false);
        };
        Ok(!self.tx.cell_is_true(cell).await?)
    }
}
