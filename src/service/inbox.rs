//! Raw updates on their way in: sealed and committed before the channel is told, handed to the conversation
//! in order, and given to a person when nothing else can be done with them.

use std::sync::Arc;
use std::time::Duration;

use super::channel::{Channel, Raw, Unparsable, Update};
use super::{Error, Hotline, Refusal};
use crate::domain::case::Priority;
use crate::domain::document::{Details, Opening, Summary};
use crate::domain::lane::Kind;
use crate::domain::number::year_of;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, RowId};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::folds::Placing;
use crate::store::inbox::{DeadLetter, NewUpdate, Origin, StoredUpdate};
use crate::store::intake::NewCase;
use crate::store::writer::Work;
use crate::vault::{ItemKind, Purpose};

/// How often an update is tried before a person must read it.
const TRIES: i64 = 5;
/// After how long a person reads what could not be worked off.
const TOO_LONG: Duration = Duration::from_hours(12);

impl Hotline {
    /// Seals and commits raw updates and the position to acknowledge up to. Only after this returns may the
    /// channel be told. Updates seen before are passed over.
    pub async fn accept(
        &self,
        (channel, bot): (&str, &str),
        updates: Vec<Raw>,
        position: Option<i64>,
    ) -> Result<usize, Error> {
        let key = self.keyring().newest_transit();
        let mut rows = Vec::with_capacity(updates.len());
        for raw in updates {
            let id = RowId::random(self.entropy())?;
            let sealed = key.seal(self.vault(), id, Purpose::Update, &raw.bytes)?;
            rows.push(NewUpdate { id, key: raw.key, sealed });
        }
        let origin = Origin {
            tenant: self.world().tenant.id,
            channel: channel.to_owned(),
            bot: bot.to_owned(),
            epoch: key.epoch(),
            now: self.now(),
        };
        let unit = Arc::new((origin, rows));
        let new = self
            .writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<usize, Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move { Ok(tx.accept(&unit.0, &unit.1, position).await?) })
            })
            .await?;
        if new > 0 {
            self.wake();
        }
        Ok(new)
    }

    /// The position up to which a channel was acknowledged; 0 at first.
    pub async fn position(&self, channel: &str, bot: &str) -> Result<i64, Error> {
        Ok(self.store().read().await?.cursor(channel, bot).await?.unwrap_or(0))
    }

    /// How many updates of a bot wait.
    pub async fn backlog(&self, channel: &str, bot: &str) -> Result<i64, Error> {
        Ok(self.store().read().await?.backlog(channel, bot).await?)
    }

    /// The oldest updates of a bot after a position.
    pub async fn waiting_updates(
        &self,
        channel: &str,
        bot: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredUpdate>, Error> {
        Ok(self.store().read().await?.updates(channel, bot, after, limit).await?)
    }

    /// Opens a stored update and reads it, with the moment it tells where updates may come out of order.
    pub fn read_update(
        &self,
        channel: &dyn Channel,
        row: &StoredUpdate,
    ) -> Result<Result<(Option<i64>, Update), Unparsable>, Error> {
        let body = self.open_update(row)?;
        Ok(channel.parse(&body).map(|update| (channel.moment(&body), update)))
    }

    fn open_update(&self, row: &StoredUpdate) -> Result<Vec<u8>, Error> {
        let key = self.keyring().transit(row.epoch).ok_or(crate::vault::VaultError::OtherKey)?;
        let opened = match key.open(self.vault(), row.id, Purpose::Update, &row.sealed) {
            Err(e) => key.open(self.vault(), row.id, Purpose::Canary, &row.sealed).map_err(|_| e),
            opened => opened,
        };
        Ok(opened?.expose().clone())
    }

    /// A try failed: later again, and after some tries a person.
    pub async fn put_off(
        &self,
        (channel, bot): (&str, &str),
        row: &StoredUpdate,
        cause: &Error,
    ) -> Result<(), Error> {
        let away = matches!(cause, Error::Fault(f) if f.is_away());
        if !away && row.attempts + 1 >= TRIES {
            return self.bury(channel, bot, row, "could not be worked off").await;
        }
        let wait = Duration::from_secs(1 << row.attempts.clamp(0, 6));
        let (seq, not_before) = (row.seq, self.now().plus(wait));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move { Ok(tx.defer_update(seq, not_before).await?) })
            })
            .await
    }

    /// Gives an update that nobody understands to a person: a case at the counselling lead's desk, because it
    /// may be a call for help, with the raw content sealed in it. The operator sees size, age and error.
    pub async fn bury(&self, channel: &str, bot: &str, row: &StoredUpdate, error: &str) -> Result<(), Error> {
        if self.is_canary(row) {
            // nobody wrote it, so nobody needs to read it: its line is late, and that is told
            return self.erase_only(row).await;
        }
        let body = self.open_update(row)?;
        let case = self.dead_case(channel, &body, row.received_hour)?;
        let letter = DeadLetter {
            id: RowId::random(self.entropy())?,
            tenant: row.tenant,
            channel: channel.to_owned(),
            bot: bot.to_owned(),
            bytes: i64::try_from(body.len()).unwrap_or(i64::MAX),
            error: error.to_owned(),
            hour: row.received_hour,
            case: case.id,
        };
        let (seq, tenant, hour) = (row.seq, row.tenant, self.now().hour());
        let unit = Arc::new((case, letter));
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move {
                    tx.erase_update(seq).await?;
                    tx.add_dead_letter(&unit.1).await?;
                    tx.note(Entry::by_nobody(tenant, hour, Action::DeadLetter, unit.0.id.uuid()));
                    tx.open_cases(&[&unit.0]).await?;
                    Ok(())
                })
            })
            .await?;
        tracing::warn!(channel, bytes = body.len(), error, "an update went to a person as a dead letter");
        self.wake();
        Ok(())
    }

    fn dead_case(&self, channel: &str, body: &[u8], hour: Timestamp) -> Result<NewCase, Error> {
        let world = self.world();
        let kind = Kind::Counselling;
        let desk = world.front_desk(kind).ok_or(Refusal::NotSetUp)?;
        let readers = world.readers(desk.id)?;
        let id = CaseId::random(self.entropy())?;
        let now = self.now();
        let text = String::from_utf8_lossy(body).into_owned();
        let opening = Opening {
            text: text.chars().take(crate::domain::document::LONGEST_TEXT).collect(),
            locale: self.talk().locale.as_str().to_owned(),
            at: hour,
            channel: channel.to_owned(),
            receipt_key: String::new(),
            details: Details { tags: vec!["dead_letter".to_owned()], ..Details::default() },
        };
        let line = self.talk().catalogue.say(self.talk().locale, "console.dead_letter", &[]);
        let summary = Summary { line, at: now, channel: channel.to_owned(), ..Summary::default() };
        let mut case = NewCase {
            id,
            tenant: world.tenant.id,
            desk: desk.id,
            kind,
            priority: Priority::NORMAL.level(),
            year: year_of(now),
            received_hour: now.hour(),
            due: self.deadlines().due(kind, State::first(kind), now, now),
            alarm: self.deadlines().alarm(kind, Priority::NORMAL, now),
            watch: None,
            summons: None,
            register: None,
            items: vec![
                self.seal_for_case(ItemKind::DeadLetter, id, &opening, &readers, None)?,
                self.seal_for_case(ItemKind::Summary, id, &summary, &readers, None)?,
            ],
            receipt: None,
            replay: None,
            mailbox: None,
            placing: Placing::Main,
            callback: None,
        };
        self.put_on_watch(&mut case, &[])?;
        Ok(case)
    }

    /// Gives every update to a person that has waited too long: tried in vain, or of a channel that this
    /// installation no longer serves. `served` says which bots are worked off here.
    pub async fn bury_overdue(&self, served: &[(String, String)]) -> Result<usize, Error> {
        let before = self.now().minus(TOO_LONG).hour();
        let (mut buried, mut seen) = (0, 0);
        loop {
            // In pages to the end: updates that wait for their turn must not hide those that nobody serves.
            let rows = self.store().read().await?.overdue_updates(before, seen, 100).await?;
            let Some((_, _, last)) = rows.last() else { return Ok(buried) };
            seen = last.seq;
            for (channel, bot, row) in rows {
                let untried = row.attempts == 0 && served.iter().any(|(c, b)| *c == channel && *b == bot);
                if untried {
                    continue;
                }
                match self.bury(&channel, &bot, &row, "waited too long").await {
                    Ok(()) => buried += 1,
                    Err(e) => tracing::error!(error = %e, "an overdue update could not be given to a person"),
                }
            }
        }
    }
}
