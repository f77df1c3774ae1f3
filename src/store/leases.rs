//! Work that one node does at a time. A lease runs out by itself, so a killed node holds nothing for long.

use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::NodeId;

impl Tx {
    /// Takes or renews a lease; `false` when another node has it.
    pub async fn lease(
        &mut self,
        name: &str,
        holder: NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $4)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE leases.holder = $2 OR leases.until <= $3",
            name,
            holder.uuid(),
            now.as_millis(),
            until.as_millis()
        )?;
        Ok(changed == 1)
    }

    /// Whether some node has a lease now.
    pub async fn leased(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        let row = fetch_optional!(
            self,
            (i64,),
            "SELECT until FROM leases WHERE name = $1 AND until > $2",
            name,
            now.as_millis()
        )?;
        Ok(row.is_some())
    }

    /// Gives a lease back at an orderly stop.
    pub async fn give_back(&mut self, holder: NodeId) -> Result<(), StoreError> {
        execute!(self, "DELETE FROM leases WHERE holder = $1", holder.uuid())?;
        Ok(())
    }

    /// On SQLite no other node can live: a start takes everything over at once.
    pub async fn clear_leases(&mut self) -> Result<(), StoreError> {
        execute!(self, "DELETE FROM leases")?;
        Ok(())
    }
}
