//! Raw updates of the messengers: committed before they are acknowledged, worked off in order, erased when
//! done. A number seen before is not taken twice.

use uuid::Uuid;

use super::mailboxes::epoch_of;
use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, RowId, TenantId};
use crate::vault::Sealed;

/// A raw update to be stored.
#[derive(Clone)]
pub struct NewUpdate {
    /// Bound into the seal.
    pub id: RowId,
    /// What makes it the same update when it comes again.
    pub key: String,
    /// The sealed bytes.
    pub sealed: Sealed,
}

/// What all updates of a batch share.
#[derive(Clone)]
pub struct Origin {
    /// Whose service.
    pub tenant: TenantId,
    /// The channel.
    pub channel: String,
    /// Which of our bots.
    pub bot: String,
    /// Transit epoch of the seals.
    pub epoch: u32,
    /// When they came.
    pub now: Timestamp,
}

/// A stored update.
#[derive(Clone)]
pub struct StoredUpdate {
    /// Order of arrival.
    pub seq: i64,
    /// Bound into the seal.
    pub id: RowId,
    /// Whose service.
    pub tenant: TenantId,
    /// Transit epoch of the seal.
    pub epoch: u32,
    /// The sealed bytes.
    pub sealed: Sealed,
    /// When it came, to the hour.
    pub received_hour: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// Not to be tried before.
    pub not_before: Timestamp,
}

/// An update nobody could understand, as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id.
    pub id: RowId,
    /// Whose service.
    pub tenant: TenantId,
    /// The channel.
    pub channel: String,
    /// Which of our bots.
    pub bot: String,
    /// Length of the raw update.
    pub bytes: i64,
    /// What was wrong, without content.
    pub error: String,
    /// When it came, to the hour.
    pub hour: Timestamp,
    /// The case that holds its content.
    pub case: CaseId,
}

type Row = (i64, Uuid, Uuid, i64, Vec<u8>, i64, i64, i64);

impl Tx {
    /// Stores the updates that were not seen before and the position to acknowledge up to. Returns how many
    /// were new.
    pub async fn accept(
        &mut self,
        origin: &Origin,
        updates: &[NewUpdate],
        position: Option<i64>,
    ) -> Result<usize, StoreError> {
        self.wakes |= !updates.is_empty();
        let day = origin.now.day();
        let new = insert_rows_returning!(
            self,
            (String,),
            "INSERT INTO inbox_seen (channel, bot, update_key, day) ",
            updates,
            |b, u| {
                b.push_bind(origin.channel.as_str());
                b.push_bind(origin.bot.as_str());
                b.push_bind(u.key.as_str());
                b.push_bind(day);
            },
            " ON CONFLICT (channel, bot, update_key) DO NOTHING RETURNING update_key"
        );
        let mut new: std::collections::HashSet<String> = new.into_iter().map(|(key,)| key).collect();
        let fresh: Vec<&NewUpdate> = updates.iter().filter(|u| new.remove(&u.key)).collect();
        insert_rows!(
            self,
            "INSERT INTO inbox (id, tenant, channel, bot, epoch, sealed, received_hour, attempts, not_before) ",
            &fresh,
            |b, u| {
                b.push_bind(u.id.uuid());
                b.push_bind(origin.tenant.uuid());
                b.push_bind(origin.channel.as_str());
                b.push_bind(origin.bot.as_str());
                b.push_bind(i64::from(origin.epoch));
                b.push_bind(u.sealed.as_bytes().to_vec());
                b.push_bind(origin.now.hour().as_millis());
                b.push_bind(0_i64);
                b.push_bind(0_i64);
            },
            ""
        );
        if let Some(position) = position {
            execute!(
                self,
                "INSERT INTO cursors (channel, bot, position) VALUES ($1, $2, $3)
                 ON CONFLICT (channel, bot) DO UPDATE SET position = excluded.position",
                origin.channel.as_str(),
                origin.bot.as_str(),
                position
            )?;
        }
        Ok(fresh.len())
    }

    /// The position up to which a channel was acknowledged.
    pub async fn cursor(&mut self, channel: &str, bot: &str) -> Result<Option<i64>, StoreError> {
        let row = fetch_optional!(
            self,
            (i64,),
            "SELECT position FROM cursors WHERE channel = $1 AND bot = $2",
            channel,
            bot
        )?;
        Ok(row.map(|(p,)| p))
    }

    /// The oldest updates of a bot after position `after`, in order of arrival.
    pub async fn updates(
        &mut self,
        channel: &str,
        bot: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredUpdate>, StoreError> {
        let rows = fetch_all!(
            self,
            Row,
            "SELECT seq, id, tenant, epoch, sealed, received_hour, attempts, not_before FROM inbox
             WHERE channel = $1 AND bot = $2 AND seq > $3 ORDER BY seq LIMIT $4",
            channel,
            bot,
            after,
            limit
        )?;
        rows.into_iter().map(update_of).collect()
    }

    /// Updates of any channel that came before `hour`, those after `seq`: a person must read them.
    pub async fn overdue_updates(
        &mut self,
        hour: Timestamp,
        seq: i64,
        limit: i64,
    ) -> Result<Vec<(String, String, StoredUpdate)>, StoreError> {
        type WithChannel = (String, String, i64, Uuid, Uuid, i64, Vec<u8>, i64, i64, i64);
        let rows = fetch_all!(
            self,
            WithChannel,
            "SELECT channel, bot, seq, id, tenant, epoch, sealed, received_hour, attempts, not_before
             FROM inbox WHERE received_hour < $1 AND seq > $2 ORDER BY seq LIMIT $3",
            hour.as_millis(),
            seq,
            limit
        )?;
        rows.into_iter()
            .map(|(channel, bot, seq, id, tenant, epoch, sealed, hour, attempts, not_before)| {
                let row = update_of((seq, id, tenant, epoch, sealed, hour, attempts, not_before))?;
                Ok((channel, bot, row))
            })
            .collect()
    }

    /// Erases an update that was handled. Nobody else may have done so: [`StoreError::Stale`] keeps two nodes
    /// from handling it twice.
    pub async fn erase_update(&mut self, seq: i64) -> Result<(), StoreError> {
        if execute!(self, "DELETE FROM inbox WHERE seq = $1", seq)? == 1 {
            Ok(())
        } else {
            Err(StoreError::Stale)
        }
    }

    /// Puts an update off after a failed try.
    pub async fn defer_update(&mut self, seq: i64, not_before: Timestamp) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE inbox SET attempts = attempts + 1, not_before = $2 WHERE seq = $1",
            seq,
            not_before.as_millis()
        )?;
        Ok(())
    }

    /// How many updates wait.
    pub async fn backlog(&mut self, channel: &str, bot: &str) -> Result<i64, StoreError> {
        let (n,) = fetch_one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM inbox WHERE channel = $1 AND bot = $2",
            channel,
            bot
        )?;
        Ok(n)
    }

    /// Forgets update numbers of before `day`, so many at once: messengers use them again.
    pub async fn forget_seen(&mut self, day: i64, most: i64) -> Result<u64, StoreError> {
        execute!(
            self,
            "DELETE FROM inbox_seen WHERE (channel, bot, update_key) IN
                (SELECT channel, bot, update_key FROM inbox_seen WHERE day < $1 LIMIT $2)",
            day,
            most
        )
    }

    /// Shows the operator an update nobody could understand.
    pub async fn add_dead_letter(&mut self, d: &DeadLetter) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO dead_letters (id, tenant, channel, bot, bytes, error, hour, case_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            d.id.uuid(),
            d.tenant.uuid(),
            d.channel.as_str(),
            d.bot.as_str(),
            d.bytes,
            d.error.as_str(),
            d.hour.as_millis(),
            d.case.uuid()
        )?;
        Ok(())
    }

    /// The dead letters of a tenant, newest first.
    pub async fn dead_letters(
        &mut self,
        tenant: TenantId,
        limit: i64,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        type Row = (Uuid, String, String, i64, String, i64, Uuid);
        let rows = fetch_all!(
            self,
            Row,
            "SELECT id, channel, bot, bytes, error, hour, case_id FROM dead_letters
             WHERE tenant = $1 ORDER BY hour DESC, id LIMIT $2",
            tenant.uuid(),
            limit
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, channel, bot, bytes, error, hour, case)| DeadLetter {
                id: RowId::from_uuid(id),
                tenant,
                channel,
                bot,
                bytes,
                error,
                hour: Timestamp::from_millis(hour),
                case: CaseId::from_uuid(case),
            })
            .collect())
    }
}

fn update_of(row: Row) -> Result<StoredUpdate, StoreError> {
    let (seq, id, tenant, epoch, sealed, received_hour, attempts, not_before) = row;
    Ok(StoredUpdate {
        seq,
        id: RowId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        epoch: epoch_of("inbox", epoch)?,
        sealed: Sealed::from_row(sealed)
            .map_err(|_| StoreError::Corrupt { table: "inbox", column: "sealed" })?,
        received_hour: Timestamp::from_millis(received_hour),
        attempts,
        not_before: Timestamp::from_millis(not_before),
    })
}
