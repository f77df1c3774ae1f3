//! The rows about sealed files.

use uuid::Uuid;

use crate::kernel::id::{CaseId, ItemId, TenantId};
use crate::store::{StoreError, Tx};

impl Tx {
    /// Notes that a sealed file belongs to a case.
    pub async fn add_attachment(
        &mut self,
        tenant: TenantId,
        case: CaseId,
        item: ItemId,
        sealed_bytes: u64,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO attachments (item, tenant, case_id, sealed_bytes) VALUES ($1, $2, $3, $4)",
            item.uuid(),
            tenant.uuid(),
            case.uuid(),
            i64::try_from(sealed_bytes).unwrap_or(i64::MAX)
        )?;
        Ok(())
    }

    /// Whether a row names this sealed file.
    pub async fn attachment_exists(&mut self, item: ItemId) -> Result<bool, StoreError> {
        let row =
            fetch_optional!(self, (Uuid,), "SELECT item FROM attachments WHERE item = $1", item.uuid())?;
        Ok(row.is_some())
    }

    /// The sealed files that rows name, those after `item`, in order.
    pub async fn named_files(&mut self, item: Option<ItemId>, limit: i64) -> Result<Vec<ItemId>, StoreError> {
        let after = item.map_or(Uuid::nil(), ItemId::uuid);
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT item FROM attachments WHERE item > $1 ORDER BY item LIMIT $2",
            after,
            limit
        )?;
        Ok(rows.into_iter().map(|(item,)| ItemId::from_uuid(item)).collect())
    }

    /// The sealed files of a case.
    pub async fn attachments(&mut self, tenant: TenantId, case: CaseId) -> Result<Vec<ItemId>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT item FROM attachments WHERE case_id = $1 AND tenant = $2",
            case.uuid(),
            tenant.uuid()
        )?;
        Ok(rows.into_iter().map(|(item,)| ItemId::from_uuid(item)).collect())
    }
}
