//! Canaries: every few minutes the service sends itself a message through each way in, and people are told when one
//! does not come back.
//!
//! A canary of a messenger is an update in the inbox like any other, but sealed as a canary: only the server's own
//! keyring can have done that, and what comes from outside is always sealed as a citizen's. So nobody outside can make
//! one, whatever they write, and nobody who writes to the database can turn a citizen's message into one. It is worked
//! off, gets a number of its own series and an answer, and the answer ends where the outbox would have sent it.
//!
//! A canary of the web goes through the intake: a real case is sealed to the tips desk, stored with all that belongs
//! to it, read back and taken back in the same unit; then the canary itself is committed. See docs/decisions/0021.

mod rehearsal;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::channel::{Channel, ProbeFault};
use super::reach::Parcel;
use super::{Error, Hotline};
use crate::domain::canary::{Flight, Line, Move, Trouble, WEB, words};
use crate::domain::number::year_of;
use crate::kernel::id::RowId;
use crate::store::Tx;
use crate::store::canaries::{Canary, Ended, NewCanary, update_key};
use crate::store::inbox::{NewUpdate, Origin, StoredUpdate};
use crate::store::outbox::Taken;
use crate::store::writer::Work;
use crate::vault::{Purpose, VaultError};

/// An intake that did not store a canary of the web within this time will not do it any more.
const FALLEN: Duration = Duration::from_mins(1);

/// How all lines stand, for those who watch.
pub struct Canaries {
    /// Each line, and whether it is late.
    pub lines: Vec<(Line, bool)>,
    /// Whether any node is at work to send canaries.
    pub at_work: bool,
}

/// The line of a messenger.
pub(crate) fn line_of(channel: &dyn Channel) -> String {
    format!("{}:{}", channel.name(), channel.bot())
}

impl Hotline {
    /// How all lines stand.
    pub async fn canaries(&self) -> Result<Canaries, Error> {
        let (pace, now) = (self.options().canary, self.now());
        let mut tx = self.store().read().await?;
        let lines = tx.canary_lines(self.world().tenant.id).await?;
        let at_work = tx.anybody_at_work(now).await?;
        let lines = lines.into_iter().map(|line| {
            let late = line.is_late(&pace, now);
            (line, late)
        });
        Ok(Canaries { lines: lines.collect(), at_work })
    }

    /// Whether canaries are sent at all.
    #[must_use]
    pub fn sends_canaries(&self) -> bool {
        self.options().canary.enabled
    }

    /// One look at all lines: sends the canaries that are due and takes in those that came back. One node does it at a
    /// time, under a lease; two at once do no harm.
    pub async fn tend_canaries(&self, channels: &[Arc<dyn Channel>]) -> Result<(), Error> {
        let able = channels.iter().filter(|c| c.canary("", self.now()).is_some());
        let mut served: Vec<(String, Option<&dyn Channel>)> = vec![(WEB.to_owned(), None)];
        served.extend(able.map(|c| (line_of(&**c), Some(&**c))));
        if !self.sends_canaries() {
            served.clear();
        }
        let lines = self.serve_lines(&served).await?;
        join_all(lines.iter().map(|line| async {
            let Some((_, channel)) = served.iter().find(|(name, _)| *name == line.name) else { return };
            if let Err(e) = self.tend_line(line, *channel).await {
                tracing::warn!(line = line.name, error = %e, "a canary could not be sent or taken in");
            }
        }))
        .await;
        Ok(())
    }

    /// Brings the rows of the lines up to date with what is served. What is not served any more is nobody's worry.
    async fn serve_lines(&self, served: &[(String, Option<&dyn Channel>)]) -> Result<Vec<Line>, Error> {
        let tenant = self.world().tenant.id;
        let known = self.store().read().await?.canary_lines(tenant).await?;
        let added: Vec<String> = served
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| !known.iter().any(|line| line.name == *name))
            .collect();
        let ended: Vec<String> = known
            .iter()
            .map(|line| line.name.clone())
            .filter(|name| !served.iter().any(|(served, _)| served == name))
            .collect();
        if added.is_empty() && ended.is_empty() {
            return Ok(known);
        }
        let (changes, now) = (Arc::new((added, ended)), self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<Vec<Line>, Error>> {
                let changes = Arc::clone(&changes);
                Box::pin(async move {
                    for name in &changes.0 {
                        tx.add_canary_line(tenant, name, now).await?;
                    }
                    for name in &changes.1 {
                        tx.end_canary_line(name).await?;
                    }
                    Ok(tx.canary_lines(tenant).await?)
                })
            })
            .await
    }

    async fn tend_line(&self, line: &Line, channel: Option<&dyn Channel>) -> Result<(), Error> {
        match line.wants(&self.options().canary, self.now()) {
            Move::Rest => Ok(()),
            Move::Look(flight) => self.look(line, channel, flight).await,
            Move::Begin { lost } => self.set_out(line, channel, lost).await,
        }
    }

    /// Sends a canary. What was under way before is given up, and why is kept.
    async fn set_out(
        &self,
        line: &Line,
        channel: Option<&dyn Channel>,
        lost: Option<Flight>,
    ) -> Result<(), Error> {
        let flight = Flight { canary: RowId::random(self.entropy())?, begun: self.now() };
        let trouble = match lost {
            Some(lost) => self.what_became(lost).await?,
            None => None,
        };
        let seen = lost.map(|l| l.canary);
        let update = match channel {
            Some(channel) => Some(self.injected(channel, flight.canary)?),
            None => None,
        };
        let begun = self.begin(line, (seen, flight, trouble), update).await;
        let sent = match (begun, channel) {
            (Ok(false), _) => return Ok(()),
            (Ok(true), Some(_)) => {
                self.wake();
                return Ok(());
            }
            (Ok(true), None) => self.through_intake(line, flight.canary).await,
            (Err(e), _) => {
                self.begin(line, (seen, flight, trouble), None).await?;
                Err(e)
            }
        };
        match sent {
            Ok(()) => self.look(line, channel, flight).await,
            Err(e) => {
                tracing::warn!(line = line.name, error = %e, "a canary could not be stored");
                self.end_round(line, flight, Ended::Bad(Trouble::NotStored)).await
            }
        }
    }

    /// How far a canary that is given up has come.
    async fn what_became(&self, lost: Flight) -> Result<Option<Trouble>, Error> {
        Ok(match self.store().read().await?.canary(lost.canary).await? {
            None => Some(Trouble::NotWorkedOff),
            Some(Canary { answered: None, .. }) => Some(Trouble::NotAnswered),
            Some(_) => None,
        })
    }

    async fn begin(
        &self,
        line: &Line,
        (seen, flight, lost): (Option<RowId>, Flight, Option<Trouble>),
        update: Option<(Origin, NewUpdate)>,
    ) -> Result<bool, Error> {
        let (name, update) = (Arc::<str>::from(line.name.as_str()), Arc::new(update));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<bool, Error>> {
                let (name, update) = (Arc::clone(&name), Arc::clone(&update));
                Box::pin(async move {
                    let begun = tx.begin_canary(&name, seen, flight, lost).await?;
                    if let Some((origin, update)) = &*update
                        && begun
                    {
                        tx.accept(origin, std::slice::from_ref(update), None).await?;
                    }
                    Ok(begun)
                })
            })
            .await
    }

    /// The update that the messenger would hand over, sealed as nobody outside can have it sealed.
    fn injected(&self, channel: &dyn Channel, canary: RowId) -> Result<(Origin, NewUpdate), Error> {
        let (key, now) = (self.keyring().newest_transit(), self.now());
        let body = channel.canary(&words(canary), now).unwrap_or_default();
        let sealed = key.seal(self.vault(), canary, Purpose::Canary, &body)?;
        let origin = Origin {
            tenant: self.world().tenant.id,
            channel: channel.name().to_owned(),
            bot: channel.bot().to_owned(),
            epoch: key.epoch(),
            now,
        };
        Ok((origin, NewUpdate { id: canary, key: update_key(canary), sealed }))
    }

    /// Takes a canary in that has come back: all of it must have arrived, and the messenger must know us.
    async fn look(&self, line: &Line, channel: Option<&dyn Channel>, flight: Flight) -> Result<(), Error> {
        let found = self.store().read().await?.canary(flight.canary).await?;
        let (found, answered) = match found {
            Some(Canary { answered: Some(answered), .. }) => (found, answered),
            // the server fell in the middle of a round: nobody else brings this one
            None if channel.is_none() && self.now().since(flight.begun) >= FALLEN => {
                return self.end_round(line, flight, Ended::Bad(Trouble::NotStored)).await;
            }
            _ => return Ok(()),
        };
        let ended = if found.is_some_and(|found| self.is_whole(flight.canary, &found)) {
            let asked = match channel {
                Some(channel) => channel.probe().await,
                None => Ok(()),
            };
            match asked {
                Ok(()) => Ended::Good { at: self.now(), took: answered.since(flight.begun) },
                Err(ProbeFault::Refused) => Ended::Bad(Trouble::Refused),
                Err(ProbeFault::Unreachable) => Ended::Bad(Trouble::Unreachable),
            }
        } else {
            Ended::Bad(Trouble::Altered)
        };
        self.end_round(line, flight, ended).await
    }

    fn is_whole(&self, canary: RowId, found: &Canary) -> bool {
        let key = self.keyring().transit(found.epoch).and_then(|key| key.canaries().ok());
        key.is_some_and(|key| key.is_whole(self.vault(), canary, &found.sealed))
    }

    /// Writes down how a round ended, and lets go of canaries that had their day.
    async fn end_round(&self, line: &Line, flight: Flight, ended: Ended) -> Result<(), Error> {
        let (tenant, now, pace) = (self.world().tenant.id, self.now(), self.options().canary);
        let next = pace.next(now, matches!(ended, Ended::Good { .. }));
        let name = Arc::<str>::from(line.name.as_str());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let name = Arc::clone(&name);
                Box::pin(async move {
                    tx.end_canary(&name, flight.canary, ended, next).await?;
                    tx.remove_canaries(tenant, now.minus(pace.keep)).await?;
                    Ok(())
                })
            })
            .await
    }

    /// A canary that has arrived through a line, sealed as what arrives is.
    pub(crate) fn arrived(&self, line: String, canary: RowId) -> Result<NewCanary, Error> {
        let (key, now) = (self.keyring().newest_transit().canaries()?, self.now());
        Ok(NewCanary {
            id: canary,
            tenant: self.world().tenant.id,
            line,
            year: year_of(now),
            epoch: key.epoch(),
            sealed: key.seal(self.vault(), canary)?,
            arrived: now,
        })
    }

    /// Whether a stored update is a canary: whether this server sealed it as one.
    pub(crate) fn is_canary(&self, row: &StoredUpdate) -> bool {
        let key = self.keyring().transit(row.epoch);
        key.is_some_and(|key| key.open(self.vault(), row.id, Purpose::Canary, &row.sealed).is_ok())
    }

    /// Seals the answer to a canary for the outbox.
    pub(crate) fn seal_answer(
        &self,
        canary: RowId,
        parcel: &Parcel,
    ) -> Result<(u32, crate::vault::Sealed), Error> {
        let key = self.keyring().newest_transit();
        let body = serde_json::to_vec(parcel).map_err(|e| Error::Fault(super::Fault::new(e)))?;
        Ok((key.epoch(), key.seal(self.vault(), canary, Purpose::Canary, &body)?))
    }

    /// Whether a message on its way out is the answer to a canary. Such a one is never sent.
    pub(crate) fn is_canarys_answer(&self, taken: &Taken) -> bool {
        let opened = self
            .keyring()
            .transit(taken.epoch)
            .ok_or(VaultError::OtherKey)
            .and_then(|key| key.open(self.vault(), taken.id, Purpose::Canary, &taken.sealed));
        opened.is_ok_and(|body| serde_json::from_slice::<Parcel>(body.expose()).is_ok())
    }

    /// The answer to a canary has come to the end of the outbox: it goes no further.
    pub(crate) async fn end_answer(&self, taken: &Taken) -> Result<(), Error> {
        let (hold, canary, now) = (taken.hold, taken.id, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    if tx.erase_outgoing(hold).await? {
                        tx.answer_canary(canary, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// A canary came out of the channel with other words than it was sent with.
    pub(crate) async fn canary_altered(
        &self,
        channel: &dyn Channel,
        row: &StoredUpdate,
    ) -> Result<(), Error> {
        let (line, canary, seq) = (line_of(channel), row.id, row.seq);
        let next = self.options().canary.next(self.now(), false);
        tracing::error!(line, "a canary came with other words than it was sent with");
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let line = line.clone();
                Box::pin(async move {
                    tx.erase_update(seq).await?;
                    tx.end_canary(&line, canary, Ended::Bad(Trouble::Altered), next).await?;
                    Ok(())
                })
            })
            .await
    }
}
