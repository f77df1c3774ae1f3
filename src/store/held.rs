//! A desk's words that a chat was told of and has not opened yet.

use super::mailboxes::{Held, HeldRow, held_of};
use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::RowId;

impl Tx {
    /// Keeps desk words until the chat opens them.
    pub async fn hold(&mut self, h: &Held) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO held (id, tenant, case_id, tag, epoch, sealed, until)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            h.id.uuid(),
            h.tenant.uuid(),
            h.case.uuid(),
            h.tag.as_slice(),
            i64::from(h.epoch),
            h.sealed.as_bytes(),
            h.until.as_millis()
        )?;
        Ok(())
    }

    /// Desk words that wait for this chat.
    pub async fn held(&mut self, id: RowId, tag: &[u8; 32]) -> Result<Option<Held>, StoreError> {
        let row = fetch_optional!(
            self,
            HeldRow,
            "SELECT id, tenant, case_id, tag, epoch, sealed, until FROM held WHERE id = $1 AND tag = $2",
            id.uuid(),
            tag.as_slice()
        )?;
        row.map(held_of).transpose()
    }

    /// The desk's words that have waited longest for the chat of `tag`.
    pub async fn oldest_held(&mut self, tag: &[u8; 32], now: Timestamp) -> Result<Option<RowId>, StoreError> {
        let row = fetch_optional!(
            self,
            (uuid::Uuid,),
            "SELECT id FROM held WHERE tag = $1 AND until > $2 ORDER BY until, id LIMIT 1",
            tag.as_slice(),
            now.as_millis()
        )?;
        Ok(row.map(|(id,)| RowId::from_uuid(id)))
    }

    /// Erases desk words that were not opened in time, so many at once.
    pub async fn erase_held(&mut self, now: Timestamp, most: i64) -> Result<u64, StoreError> {
        execute!(
            self,
            "DELETE FROM held WHERE id IN (SELECT id FROM held WHERE until <= $1 LIMIT $2)",
            now.as_millis(),
            most
        )
    }
}
