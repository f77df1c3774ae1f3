//! One round of looking, inside one snapshot.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::finding::FindingKind;
use crate::kernel::Timestamp;
use crate::service::{Error, Hotline};
use crate::store::Tx;
use crate::store::findings::Sighting;
use crate::store::reconcile::{Patience, Series};

use super::Pace;
use super::progress::Progress;

/// An update waits at most 12 hours for the bot before a person gets it; hours are rounded.
const UPDATE: Duration = Duration::from_hours(14);
/// How long after its last moment a message that nobody parked counts as stuck.
const MESSAGE: Duration = Duration::from_hours(6);
/// How long after the end of a lease a message that nobody took over counts as stuck.
const SENDER: Duration = Duration::from_mins(10);

/// A round under way.
pub(super) struct Round<'h> {
    pub(super) hotline: &'h Hotline,
    pub(super) tx: Tx,
    pub(super) pace: Pace,
    pub(super) progress: Progress,
    pub(super) seen: BTreeSet<Sighting>,
    /// All series, for looking again at single numbers.
    pub(super) series: Vec<Series>,
    /// Whether every chain was read to its end, so that the journal could be compared with the numbers.
    pub(super) journal_compared: bool,
    pub(super) caught_up: bool,
    /// Why the files could not be looked at: then what is known of them stays as it is, and they are not asked for
    /// again.
    pub(super) unread: Option<Error>,
}

impl<'h> Round<'h> {
    pub(super) fn new(hotline: &'h Hotline, tx: Tx, progress: Progress) -> Self {
        let pace = hotline.options().pace;
        let (seen, series) = (BTreeSet::new(), Vec::new());
        Self {
            hotline,
            tx,
            pace,
            progress,
            seen,
            series,
            journal_compared: false,
            caught_up: true,
            unread: None,
        }
    }

    /// Looks at everything whose turn it is. With a clock that is not `trusted` nothing counts as stuck.
    pub(super) async fn look(&mut self, trusted: bool) -> Result<(), Error> {
        self.cases().await?;
        self.journal().await?;
        self.numbers().await?;
        self.counts().await?;
        self.in_flight(trusted).await?;
        self.pages().await?;
        self.canaries().await?;
        self.files().await
    }

    /// Lines whose canaries do not come back. Looked at whole in each round; what is late again a round later is told.
    async fn canaries(&mut self) -> Result<(), Error> {
        let (pace, now) = (self.hotline.options().canary, self.hotline.now());
        if !pace.enabled {
            return Ok(());
        }
        let lines = self.tx.canary_lines(self.hotline.world().tenant.id).await?;
        let late = lines.into_iter().filter(|line| line.is_late(&pace, now));
        self.seen.extend(late.map(|line| Sighting {
            kind: FindingKind::CanaryLate,
            object: line.name,
            place: 0,
        }));
        Ok(())
    }

    async fn cases(&mut self) -> Result<(), Error> {
        let Pace { new_rows, old_rows, margin, .. } = self.pace;
        let highest = self.tx.highest_case().await?;
        let settled = self.progress.settled(highest, self.hotline.now(), margin);
        let fresh = self.progress.cases.next_fresh(settled, new_rows);
        self.caught_up &= fresh.1 == highest;
        let old = self.progress.cases.next_lap(old_rows);
        for (after, until) in [fresh, old, (highest, i64::MAX)] {
            if after < until {
                self.seen.extend(self.tx.orphans_by_case(after, until).await?);
            }
        }
        Ok(())
    }

    /// Links are numbered without gaps in the order of their commits, so a chain needs no margin.
    async fn journal(&mut self) -> Result<(), Error> {
        let Pace { new_rows, old_rows, .. } = self.pace;
        let (mut received, mut at_the_end) = (0, true);
        for head in self.tx.heads().await? {
            let mut chain = self.progress.chains.remove(&head.node.to_string()).unwrap_or_default();
            if chain.walk.fresh > head.n {
                chain.received = 0;
            }
            let fresh = chain.walk.next_fresh(head.n, new_rows);
            let old = chain.walk.next_lap(old_rows);
            for (after, until) in [fresh, old] {
                if after < until {
                    self.seen.extend(self.tx.receipts_without_case(head.node, after, until).await?);
                }
            }
            if fresh.0 < fresh.1 {
                chain.received += self.tx.received(head.node, fresh.0, fresh.1).await?;
            }
            received += chain.received;
            at_the_end &= chain.walk.fresh == head.n;
            self.progress.chains.insert(head.node.to_string(), chain);
        }
        self.journal_compared = at_the_end;
        self.caught_up &= at_the_end;
        if at_the_end && received != self.tx.numbered().await? {
            let object = "journal".to_owned();
            self.seen.insert(Sighting { kind: FindingKind::JournalDiffers, object, place: 0 });
        }
        Ok(())
    }

    /// A number and its row are committed together, so a series needs no margin.
    async fn numbers(&mut self) -> Result<(), Error> {
        self.series = self.tx.series().await?;
        let turn = self.progress.turn.checked_rem(self.series.len()).unwrap_or(0);
        self.progress.turn = turn + 1;
        for (i, series) in self.series.iter().enumerate() {
            let walk = self.progress.series.entry(series.key()).or_default();
            let fresh = walk.next_fresh(series.given, self.pace.new_rows);
            let old = if i == turn { walk.next_lap(self.pace.old_rows) } else { (0, 0) };
            self.caught_up &= fresh.1 == series.given;
            for (after, until) in [fresh, old] {
                if after < until {
                    self.seen.extend(self.tx.missing_numbers(series, (after, until)).await?);
                }
            }
            self.seen.extend(self.tx.numbers_beyond(series).await?);
        }
        Ok(())
    }

    /// Counting a desk's cases in a state costs as much as there are: rounds save up for it.
    async fn counts(&mut self) -> Result<(), Error> {
        self.seen.extend(self.tx.kinds_that_differ().await?);
        let cells = self.tx.cells().await?;
        self.progress.saved = self.progress.saved.saturating_add(self.pace.old_rows);
        for _ in 0..cells.len() {
            let turn = self.progress.cell.checked_rem(cells.len()).unwrap_or(0);
            let Some(cell) = cells.get(turn) else { break };
            if cell.amount > self.progress.saved {
                return Ok(());
            }
            self.progress.saved -= cell.amount.max(0);
            self.progress.cell = turn + 1;
            if !self.tx.cell_is_true(cell).await? {
                self.seen.insert(cell.sighting());
            }
        }
        // all were counted: nothing is left to save up for
        self.progress.saved = 0;
        Ok(())
    }

    async fn in_flight(&mut self, trusted: bool) -> Result<(), Error> {
        let now = self.hotline.now();
        let sending = self.hotline.options().sending;
        let longest = sending.unserved.max(sending.fetch) + MESSAGE;
        let patience = if trusted {
            Patience { update: now.minus(UPDATE), message: now.minus(longest), sender: now.minus(SENDER) }
        } else {
            let never = Timestamp::from_millis(0);
            Patience { update: never, message: never, sender: never }
        };
        self.seen.extend(self.tx.orphans_in_flight(patience).await?);
        let keyring = self.hotline.keyring();
        let newest = i64::from(keyring.newest_transit().epoch());
        for (table, epoch) in self.tx.transit_needed().await? {
            let held = u32::try_from(epoch).ok().and_then(|e| keyring.transit(e)).is_some();
            // a newer one is that of a node which has stepped on before this one
            if !held && epoch <= newest {
                let object = format!("{table}/{epoch}");
                self.seen.insert(Sighting { kind: FindingKind::SealUnreadable, object, place: epoch });
            }
        }
        Ok(())
    }

    async fn pages(&mut self) -> Result<(), Error> {
        let size = self.pace.old_rows;
        let page = self.tx.lost_mailboxes(self.progress.mailboxes, size).await?;
        self.seen.extend(page.found);
        self.progress.mailboxes = page.last.unwrap_or_default();
        let page = self.tx.lost_letters(self.progress.letters, size).await?;
        self.seen.extend(page.found);
        self.progress.letters = page.last.unwrap_or_default();
        Ok(())
    }
}
