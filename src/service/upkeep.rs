//! What happens without anybody asking: keys are renewed and destroyed, what has had its day is erased,
//! leases that ran out are given back.

use std::sync::Arc;
use std::time::Duration;

use super::{Error, Fault, Hotline};
use crate::kernel::Timestamp;
use crate::store::audit::{Action, Entry};
use crate::store::clock::TRUSTED;
use crate::store::mailboxes::Dialogue;
use crate::store::writer::Work;
use crate::store::{Backend, StoreError, Tx};

/// A transit key is destroyed when it is that old and no row needs it.
const TRANSIT_LIFE_DAYS: i64 = 2;
/// A mailbox that was silent for so long loses its way back.
const SILENT_DAYS: i64 = 21;
/// Update numbers are remembered for so long; messengers use them again later.
const SEEN_DAYS: i64 = 30;
/// A conversation with nothing pending is forgotten after that.
const IDLE: Duration = Duration::from_hours(24);
/// Parked messages are erased after that; the case still holds the words.
const PARKED: Duration = Duration::from_hours(168);
/// So many rows are erased in one commit.
const SLICE: i64 = 2000;
/// What became of calls to staff is erased after that.
const NOTICES: Duration = Duration::from_hours(24 * 30);
/// The minute of a call is kept for so long after its alarm has ended, longer than calls fold.
const NOTICES_FOLD: Duration = Duration::from_hours(2);
/// The channel whose sessions do not come back.
const TERMINAL: &str = "terminal";
/// While the clock is in doubt, upkeep itself makes an entry when there was none for so long: a server that nobody
/// visits goes on steadily too.
const PULSE: Duration = Duration::from_hours(20);

/// What a round of upkeep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Rows erased.
    pub erased: u64,
    /// The clock is too far ahead of the audit log: nothing was destroyed, somebody must look.
    pub clock_suspect: bool,
}

impl Hotline {
    /// One round: every minute is often enough.
    pub async fn upkeep(&self) -> Result<Upkeep, Error> {
        let now = self.now();
        self.refresh().await?;
        if self.clock_is_suspect(now).await? {
            tracing::error!(
                "the clock has leapt far ahead of the audit log: nothing is destroyed. If it is right, say so with \
                 `tinan keys clock-ok`"
            );
            let newest = self.store().read().await?.newest_audit_hour().await?;
            if newest.is_some_and(|at| now.since(at) >= PULSE) {
                self.mark(Action::ClockDoubted).await?;
            }
            return Ok(Upkeep { clock_suspect: true, ..Upkeep::default() });
        }
        let erased = self.erase_what_had_its_day(now).await;
        self.settle_folds().await?;
        // What other units erased is still in the log of SQLite until it is cut off. A reader may hold it for a
        // moment: the next round tries again.
        let _held = self.store().checkpoint().await?;
        Ok(Upkeep { erased: erased?, clock_suspect: false })
    }

    /// Renews this node's keys and destroys the old ones that no row of any node needs. Every node does it:
    /// each has a file of its own, and equal chains give equal keys. Returns how many were destroyed.
    pub async fn tend_keys(&self) -> Result<usize, Error> {
        let now = self.now();
        if self.keyring().is_suspended() || self.clock_is_suspect(now).await? {
            return Ok(0);
        }
        if self.settle_keyring().await? {
            tracing::warn!("a renewal of the keyring that was cut off is completed");
        }
        self.advance_keys(now).await?;
        self.destroy_keys(now).await
    }

    /// Whether the clock is, or was, too far ahead of the newest audit entry to destroy anything by it.
    pub(crate) async fn clock_is_suspect(&self, now: Timestamp) -> Result<bool, Error> {
        let node = self.node();
        let mut tx = self.store().read().await?;
        let (newest, doubt) = (tx.newest_audit_hour().await?, tx.clock_doubt(node).await?);
        drop(tx);
        if newest.is_some_and(|at| now.since(at) > TRUSTED) {
            return Ok(true);
        }
        let Some(doubt) = doubt else { return Ok(false) };
        if doubt.is_over(now) {
            self.end_doubt(None).await?;
        }
        Ok(!doubt.is_over(now))
    }

    /// A person says that the clock of this node is right: what waits for its day need not wait longer.
    pub async fn confirm_clock(&self) -> Result<(), Error> {
        let (tenant, hour, node) = (self.world().tenant.id, self.now().hour(), self.node());
        self.end_doubt(Some(Entry::by_nobody(tenant, hour, Action::ClockConfirmed, node.uuid()))).await
    }

    async fn end_doubt(&self, said: Option<Entry>) -> Result<(), Error> {
        let node = self.node();
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let said = said.clone();
                Box::pin(async move {
                    tx.trust_clock(node).await?;
                    if let Some(entry) = said {
                        tx.note(entry);
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn advance_keys(&self, now: Timestamp) -> Result<(), Error> {
        let keyring = self.keyring().clone();
        let advanced = tokio::task::spawn_blocking(move || keyring.advance(now))
            .await
            .map_err(|e| Error::Fault(Fault::new(e)))?
            .map_err(|e| Error::Fault(Fault::new(e)))?;
        if advanced { self.mark(Action::KeysAdvanced).await } else { Ok(()) }
    }

    async fn erase_what_had_its_day(&self, now: Timestamp) -> Result<u64, Error> {
        let sliced = self.erase_what_a_flood_leaves(now).await;
        // One that fails keeps no other from being erased: the round fails, and all the same each had its turn.
        let rest = self.erase_what_stays_small(now).await;
        Ok(sliced? + rest?)
    }

    /// What grows with what comes in, the keys to citizens' own words first.
    async fn erase_what_a_flood_leaves(&self, now: Timestamp) -> Result<u64, Error> {
        let (idle, parked) = (now.minus(IDLE).hour(), now.minus(PARKED).hour());
        let (folded, told, seen) = (now.minus(NOTICES_FOLD), now.minus(NOTICES), now.day() - SEEN_DAYS);
        let erased = [
            self.erase_in_slices(move |tx| Box::pin(tx.destroy_ended_wraps(now, SLICE))).await,
            self.erase_in_slices(move |tx| Box::pin(tx.erase_held(now, SLICE))).await,
            self.erase_in_slices(move |tx| Box::pin(tx.erase_idle_dialogues(idle, SLICE))).await,
            self.erase_in_slices(move |tx| Box::pin(tx.erase_replays(now, SLICE))).await,
            self.erase_in_slices(move |tx| Box::pin(tx.erase_orphaned(TERMINAL, idle, SLICE))).await,
            self.erase_in_slices(move |tx| Box::pin(tx.erase_parked(parked, SLICE))).await,
            self.erase_in_slices(move |tx| Box::pin(tx.erase_notices(told, SLICE))).await,
        ];
        let kept = [
            self.erase_in_slices(move |tx| Box::pin(tx.coarsen_notices(folded, SLICE))).await,
            self.erase_in_slices(move |tx| Box::pin(tx.forget_seen(seen, SLICE))).await,
        ];
        kept.into_iter().collect::<Result<Vec<_>, _>>()?;
        erased.into_iter().sum()
    }

    /// What grows with the staff and the desks only, in one unit; and the ways back that lapse, so many in a round.
    async fn erase_what_stays_small(&self, now: Timestamp) -> Result<u64, Error> {
        let tenant = self.world().tenant.id;
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<u64, Error>> {
                Box::pin(async move {
                    let mut n = tx.erase_sessions(now).await?;
                    n += tx
                        .tidy_calls(now.minus(super::ringing::STALE), now.minus(super::ringing::REMEMBERED))
                        .await?;
                    tx.free_lapsed(now).await?;
                    tx.erase_digests(now.day() - SEEN_DAYS).await?;
                    for tag in tx.silent_tags(now.day() - SILENT_DAYS, 100).await? {
                        for case in tx.forget_chat(&tag).await? {
                            n += 1;
                            tx.note(Entry::by_nobody(tenant, now.hour(), Action::MailboxLapsed, case.uuid()));
                        }
                    }
                    Ok(n)
                })
            })
            .await
    }

    /// Erases what a bad day left behind, a slice in each commit: whoever writes meanwhile waits for one slice only.
    async fn erase_in_slices<F>(&self, erase: F) -> Result<u64, Error>
    where
        F: for<'t> Fn(&'t mut Tx) -> Work<'t, Result<u64, StoreError>> + Copy + Send + 'static,
    {
        let mut all = 0;
        loop {
            let n: u64 = self.writer().run(erase).await?;
            all += n;
            if n < SLICE.unsigned_abs() {
                return Ok(all);
            }
        }
    }

    /// Destroys keys that are old and that no row needs.
    async fn destroy_keys(&self, now: Timestamp) -> Result<usize, Error> {
        let mut tx = self.store().read().await?;
        let transit = tx.transit_epochs_in_use().await?;
        let mailbox = tx.mailbox_epochs_in_use().await?;
        drop(tx);
        let keyring = self.keyring().clone();
        let today = now.day();
        let destroyed = tokio::task::spawn_blocking(move || {
            let old = |age: &crate::vault::Age, days: i64| i64::from(age.day) + days <= today;
            let newest = keyring.newest_transit().epoch();
            let first_young = keyring
                .transit_ages()
                .iter()
                .filter(|age| !old(age, TRANSIT_LIFE_DAYS))
                .map(|age| age.epoch)
                .min()
                .unwrap_or(newest);
            let mut n = keyring.destroy_transit_before(first_young.min(newest), &transit)?;
            let current = keyring.newest_mailbox().epoch();
            for age in keyring.mailbox_ages() {
                if age.epoch != current && old(&age, SILENT_DAYS) && !mailbox.contains(&age.epoch) {
                    n += keyring.destroy_mailbox(age.epoch)?;
                }
            }
            Ok::<usize, crate::vault::KeyringError>(n)
        })
        .await
        .map_err(|e| Error::Fault(Fault::new(e)))?
        .map_err(|e| Error::Fault(Fault::new(e)))?;
        if destroyed > 0 {
            self.mark(Action::KeysDestroyed).await?;
        }
        Ok(destroyed)
    }

    /// Writes an entry of the program itself into the audit log.
    pub(crate) async fn mark(&self, action: Action) -> Result<(), Error> {
        let (tenant, hour, node) = (self.world().tenant.id, self.now().hour(), self.node());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    tx.note(Entry::by_nobody(tenant, hour, action, node.uuid()));
                    Ok(())
                })
            })
            .await
    }

    /// Conversations whose timer has come due, of any bot: what was announced to be sent is sent even when
    /// the bot is gone.
    pub async fn due_timers(&self, limit: i64) -> Result<Vec<Dialogue>, Error> {
        let now = self.now();
        Ok(self.store().read().await?.waking_dialogues(now, limit).await?)
    }

    /// Takes or renews a lease of this node. One that could not open what the others sealed gets none.
    pub async fn lease(&self, name: &str, length: Duration) -> Result<bool, Error> {
        if self.keyring().is_suspended() {
            return Ok(false);
        }
        let (name, node, now) = (Arc::<str>::from(name), self.node(), self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                let name = Arc::clone(&name);
                Box::pin(async move { Ok(tx.lease(&name, node, now, now.plus(length)).await?) })
            })
            .await
    }

    /// On SQLite there is no other node: a start takes everything over at once.
    pub async fn take_over(&self) -> Result<(), Error> {
        if self.store().backend() != Backend::Sqlite {
            return Ok(());
        }
        let now = self.now();
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    tx.clear_leases().await?;
                    tx.retake_all_outgoing(now).await?;
                    tx.retake_all_notices(now).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Gives this node's leases back at an orderly stop.
    pub async fn give_back(&self) -> Result<(), Error> {
        let node = self.node();
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move { Ok(tx.give_back(node).await?) })
            })
            .await
    }
}
