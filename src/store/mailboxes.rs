//! The way back to a citizen on a channel, the conversation with them, and desk words that wait to be opened.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, ItemId, MailboxId, RowId, TenantId};
use crate::vault::Sealed;

/// A mailbox, stored or to be stored. The tag is a keyed hash of the chat; it cannot be turned back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMailbox {
    /// Its id.
    pub id: MailboxId,
    /// Whose service.
    pub tenant: TenantId,
    /// The channel.
    pub channel: String,
    /// Which of our bots.
    pub bot: String,
    /// Keyed hash of the chat.
    pub tag: [u8; 32],
    /// Epoch of the key under that hash.
    pub epoch: u32,
    /// The case it leads back from.
    pub case: CaseId,
    /// The sealed item with the chat's address.
    pub address: ItemId,
    /// The day the person or the desk last spoke.
    pub seen_day: i64,
}

/// A conversation, sealed.
#[derive(Clone)]
pub struct Dialogue {
    /// Keyed hash of the chat.
    pub tag: [u8; 32],
    /// Whose service.
    pub tenant: TenantId,
    /// The channel.
    pub channel: String,
    /// Which of our bots.
    pub bot: String,
    /// Bound into the seal.
    pub id: RowId,
    /// Epoch of the mailbox key under the tag.
    pub mailbox_epoch: u32,
    /// Transit epoch of the seal.
    pub epoch: u32,
    /// Counts changes; 0 when not stored yet.
    pub version: i64,
    /// The sealed state.
    pub sealed: Sealed,
    /// When a timer comes due.
    pub wake: Option<Timestamp>,
    /// Since when a text waits for a choice.
    pub undecided: Option<Timestamp>,
    /// When the person last did something, to the hour.
    pub seen_hour: Timestamp,
}

/// A desk's words that a chat has been told of.
#[derive(Clone)]
pub struct Held {
    /// Its id, also the button's token.
    pub id: RowId,
    /// Whose service.
    pub tenant: TenantId,
    /// The case they belong to.
    pub case: CaseId,
    /// Keyed hash of the chat.
    pub tag: [u8; 32],
    /// Transit epoch of the seal.
    pub epoch: u32,
    /// The sealed words.
    pub sealed: Sealed,
    /// When they are erased unopened.
    pub until: Timestamp,
}

type DialogueRow =
    (Vec<u8>, Uuid, String, String, Uuid, i64, i64, i64, Vec<u8>, Option<i64>, Option<i64>, i64);
type MailboxRow = (Uuid, Uuid, String, String, Vec<u8>, i64, Uuid, Uuid, i64);
pub(super) type HeldRow = (Uuid, Uuid, Uuid, Vec<u8>, i64, Vec<u8>, i64);

fn corrupt(table: &'static str, column: &'static str) -> StoreError {
    StoreError::Corrupt { table, column }
}

fn tag_of(table: &'static str, bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| corrupt(table, "tag"))
}

pub(super) fn epoch_of(table: &'static str, epoch: i64) -> Result<u32, StoreError> {
    u32::try_from(epoch).map_err(|_| corrupt(table, "epoch"))
}

fn dialogue_of(row: DialogueRow) -> Result<Dialogue, StoreError> {
    let (tag, tenant, channel, bot, id, mailbox_epoch, epoch, version, sealed, wake, undecided, seen) = row;
    Ok(Dialogue {
        tag: tag_of("dialogues", tag)?,
        tenant: TenantId::from_uuid(tenant),
        channel,
        bot,
        id: RowId::from_uuid(id),
        mailbox_epoch: epoch_of("dialogues", mailbox_epoch)?,
        epoch: epoch_of("dialogues", epoch)?,
        version,
        sealed: Sealed::from_row(sealed).map_err(|_| corrupt("dialogues", "sealed"))?,
        wake: wake.map(Timestamp::from_millis),
        undecided: undecided.map(Timestamp::from_millis),
        seen_hour: Timestamp::from_millis(seen),
    })
}

fn mailbox_of(row: MailboxRow) -> Result<NewMailbox, StoreError> {
    let (id, tenant, channel, bot, tag, epoch, case, address, seen_day) = row;
    Ok(NewMailbox {
        id: MailboxId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        channel,
        bot,
        tag: tag_of("mailboxes", tag)?,
        epoch: epoch_of("mailboxes", epoch)?,
        case: CaseId::from_uuid(case),
        address: ItemId::from_uuid(address),
        seen_day,
    })
}

pub(super) fn held_of(row: HeldRow) -> Result<Held, StoreError> {
    let (id, tenant, case, tag, epoch, sealed, until) = row;
    Ok(Held {
        id: RowId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        case: CaseId::from_uuid(case),
        tag: tag_of("held", tag)?,
        epoch: epoch_of("held", epoch)?,
        sealed: Sealed::from_row(sealed).map_err(|_| corrupt("held", "sealed"))?,
        until: Timestamp::from_millis(until),
    })
}

impl Tx {
    /// Stores mailboxes.
    pub async fn insert_mailboxes(&mut self, rows: &[&NewMailbox]) -> Result<(), StoreError> {
        insert_rows!(
            self,
            "INSERT INTO mailboxes (id, tenant, channel, bot, tag, epoch, case_id, address, seen_day) ",
            rows,
            |b, m| {
                b.push_bind(m.id.uuid());
                b.push_bind(m.tenant.uuid());
                b.push_bind(m.channel.as_str());
                b.push_bind(m.bot.as_str());
                b.push_bind(m.tag.to_vec());
                b.push_bind(i64::from(m.epoch));
                b.push_bind(m.case.uuid());
                b.push_bind(m.address.uuid());
                b.push_bind(m.seen_day);
            },
            ""
        );
        Ok(())
    }

    /// The mailboxes of a chat.
    pub async fn mailboxes_by_tag(&mut self, tag: &[u8; 32]) -> Result<Vec<NewMailbox>, StoreError> {
        let rows = fetch_all!(
            self,
            MailboxRow,
            "SELECT id, tenant, channel, bot, tag, epoch, case_id, address, seen_day FROM mailboxes
             WHERE tag = $1 ORDER BY id",
            tag.as_slice()
        )?;
        rows.into_iter().map(mailbox_of).collect()
    }

    /// The mailboxes of a case.
    pub async fn mailboxes_of(&mut self, case: CaseId) -> Result<Vec<NewMailbox>, StoreError> {
        let rows = fetch_all!(
            self,
            MailboxRow,
            "SELECT id, tenant, channel, bot, tag, epoch, case_id, address, seen_day FROM mailboxes
             WHERE case_id = $1 ORDER BY id",
            case.uuid()
        )?;
        rows.into_iter().map(mailbox_of).collect()
    }

    /// Moves everything that hangs on a chat's tag to its tag under a newer key.
    pub async fn move_tag(&mut self, old: &[u8; 32], new: &[u8; 32], epoch: u32) -> Result<(), StoreError> {
        let epoch = i64::from(epoch);
        execute!(
            self,
            "UPDATE mailboxes SET tag = $2, epoch = $3 WHERE tag = $1",
            old.as_slice(),
            new.as_slice(),
            epoch
        )?;
        execute!(
            self,
            "UPDATE dialogues SET tag = $2, mailbox_epoch = $3 WHERE tag = $1",
            old.as_slice(),
            new.as_slice(),
            epoch
        )?;
        execute!(self, "UPDATE held SET tag = $2 WHERE tag = $1", old.as_slice(), new.as_slice())?;
        execute!(
            self,
            "UPDATE outbox SET chat_tag = $2 WHERE chat_tag = $1",
            old.as_slice(),
            new.as_slice()
        )?;
        Ok(())
    }

    /// The person or the desk has spoken.
    pub async fn touch_mailboxes(&mut self, tag: &[u8; 32], day: i64) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE mailboxes SET seen_day = $2 WHERE tag = $1 AND seen_day < $2",
            tag.as_slice(),
            day
        )?;
        Ok(())
    }

    /// Destroys the way back to a chat: mailboxes, addresses with their wraps, conversation, waiting words.
    /// Returns the cases that lost it.
    pub async fn forget_chat(&mut self, tag: &[u8; 32]) -> Result<Vec<CaseId>, StoreError> {
        let boxes = self.mailboxes_by_tag(tag).await?;
        for mailbox in &boxes {
            self.destroy_item(mailbox.case, mailbox.address).await?;
        }
        execute!(self, "DELETE FROM mailboxes WHERE tag = $1", tag.as_slice())?;
        execute!(self, "DELETE FROM dialogues WHERE tag = $1", tag.as_slice())?;
        execute!(self, "DELETE FROM held WHERE tag = $1", tag.as_slice())?;
        execute!(self, "DELETE FROM outbox WHERE chat_tag = $1", tag.as_slice())?;
        Ok(boxes.into_iter().map(|m| m.case).collect())
    }

    /// The tags of mailboxes silent since before `day`, at most `limit`.
    pub async fn silent_tags(&mut self, day: i64, limit: i64) -> Result<Vec<[u8; 32]>, StoreError> {
        let rows = fetch_all!(
            self,
            (Vec<u8>,),
            "SELECT DISTINCT tag FROM mailboxes WHERE seen_day < $1 LIMIT $2",
            day,
            limit
        )?;
        rows.into_iter().map(|(tag,)| tag_of("mailboxes", tag)).collect()
    }

    /// The mailbox epochs that rows still need.
    pub async fn mailbox_epochs_in_use(&mut self) -> Result<Vec<u32>, StoreError> {
        let rows = fetch_all!(
            self,
            (i64,),
            "SELECT DISTINCT epoch FROM mailboxes UNION SELECT DISTINCT mailbox_epoch FROM dialogues"
        )?;
        rows.into_iter().map(|(e,)| epoch_of("mailboxes", e)).collect()
    }

    /// The conversation of a chat.
    pub async fn dialogue(&mut self, tag: &[u8; 32]) -> Result<Option<Dialogue>, StoreError> {
        let row = fetch_optional!(
            self,
            DialogueRow,
            "SELECT tag, tenant, channel, bot, id, mailbox_epoch, epoch, version, sealed, wake, undecided,
             seen_hour FROM dialogues WHERE tag = $1",
            tag.as_slice()
        )?;
        row.map(dialogue_of).transpose()
    }

    /// Stores a conversation over the version it was read at.
    pub async fn save_dialogue(&mut self, d: &Dialogue) -> Result<(), StoreError> {
        if d.version > 0 {
            return self.change_dialogue(d).await;
        }
        let changed = execute!(
            self,
            "INSERT INTO dialogues (tag, tenant, channel, bot, id, mailbox_epoch, epoch, version, sealed, wake,
             undecided, seen_hour) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11)
             ON CONFLICT (tag) DO NOTHING",
            d.tag.as_slice(),
            d.tenant.uuid(),
            d.channel.as_str(),
            d.bot.as_str(),
            d.id.uuid(),
            i64::from(d.mailbox_epoch),
            i64::from(d.epoch),
            d.sealed.as_bytes(),
            d.wake.map(Timestamp::as_millis),
            d.undecided.map(Timestamp::as_millis),
            d.seen_hour.as_millis()
        )?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Stores a conversation that was there when it was read: one that was forgotten since stays forgotten.
    async fn change_dialogue(&mut self, d: &Dialogue) -> Result<(), StoreError> {
        let changed = execute!(
            self,
            "UPDATE dialogues SET id = $2, epoch = $3, version = $4 + 1, sealed = $5, wake = $6, undecided = $7,
             seen_hour = $8 WHERE tag = $1 AND version = $4",
            d.tag.as_slice(),
            d.id.uuid(),
            i64::from(d.epoch),
            d.version,
            d.sealed.as_bytes(),
            d.wake.map(Timestamp::as_millis),
            d.undecided.map(Timestamp::as_millis),
            d.seen_hour.as_millis()
        )?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Whether a mailbox is still there.
    pub async fn mailbox_exists(&mut self, id: MailboxId) -> Result<bool, StoreError> {
        let row = fetch_optional!(self, (Uuid,), "SELECT id FROM mailboxes WHERE id = $1", id.uuid())?;
        Ok(row.is_some())
    }

    /// Erases a conversation.
    pub async fn erase_dialogue(&mut self, tag: &[u8; 32]) -> Result<(), StoreError> {
        execute!(self, "DELETE FROM dialogues WHERE tag = $1", tag.as_slice())?;
        Ok(())
    }

    /// Conversations whose timer has come due, the longest waiting first.
    pub async fn waking_dialogues(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Dialogue>, StoreError> {
        let rows = fetch_all!(
            self,
            DialogueRow,
            "SELECT tag, tenant, channel, bot, id, mailbox_epoch, epoch, version, sealed, wake, undecided,
             seen_hour FROM dialogues WHERE wake IS NOT NULL AND wake <= $1 ORDER BY wake LIMIT $2",
            now.as_millis(),
            limit
        )?;
        rows.into_iter().map(dialogue_of).collect()
    }

    /// Conversations in which a text has waited for a choice since before `since`.
    pub async fn undecided_dialogues(
        &mut self,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<Dialogue>, StoreError> {
        let rows = fetch_all!(
            self,
            DialogueRow,
            "SELECT tag, tenant, channel, bot, id, mailbox_epoch, epoch, version, sealed, wake, undecided,
             seen_hour FROM dialogues WHERE undecided IS NOT NULL AND undecided <= $1
             ORDER BY undecided LIMIT $2",
            since.as_millis(),
            limit
        )?;
        rows.into_iter().map(dialogue_of).collect()
    }

    /// Conversations sealed under an old transit key that hold nothing waiting, idle since before `hour`:
    /// erased, so that the key can be destroyed; so many at once.
    pub async fn erase_idle_dialogues(&mut self, hour: Timestamp, most: i64) -> Result<u64, StoreError> {
        execute!(
            self,
            "DELETE FROM dialogues WHERE seen_hour < $1 AND wake IS NULL AND undecided IS NULL AND tag IN
                (SELECT tag FROM dialogues WHERE seen_hour < $1 AND wake IS NULL AND undecided IS NULL LIMIT $2)",
            hour.as_millis(),
            most
        )
    }
}
