//! Sessions as rows, without the secret that opens them.

use uuid::Uuid;

use crate::kernel::Timestamp;
use crate::kernel::id::{StaffId, TenantId};
use crate::store::{StoreError, Tx};
use crate::vault::Sealed;

/// A session, without the secret that opens it.
#[derive(Clone)]
pub struct Session {
    /// Hash of the token.
    pub sid: [u8; 32],
    /// Whose service.
    pub tenant: TenantId,
    /// Who.
    pub staff: StaffId,
    /// The member's seed under a key derived from the token.
    pub sealed_seed: Sealed,
    /// When it ends if nothing happens.
    pub idle_until: Timestamp,
    /// When it ends in any case.
    pub absolute_until: Timestamp,
}

impl Tx {
    /// Stores a session.
    pub async fn add_session(&mut self, s: &Session) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO sessions (sid, tenant, staff, sealed_seed, idle_until, absolute_until)
             VALUES ($1, $2, $3, $4, $5, $6)",
            s.sid.as_slice(),
            s.tenant.uuid(),
            s.staff.uuid(),
            s.sealed_seed.as_bytes(),
            s.idle_until.as_millis(),
            s.absolute_until.as_millis()
        )?;
        Ok(())
    }

    /// A session that has not ended.
    pub async fn session(&mut self, sid: &[u8; 32], now: Timestamp) -> Result<Option<Session>, StoreError> {
        type Row = (Uuid, Uuid, Vec<u8>, i64, i64);
        let row = fetch_optional!(
            self,
            Row,
            "SELECT tenant, staff, sealed_seed, idle_until, absolute_until FROM sessions
             WHERE sid = $1 AND idle_until > $2 AND absolute_until > $2",
            sid.as_slice(),
            now.as_millis()
        )?;
        row.map(|(tenant, staff, seed, idle, absolute)| {
            Ok(Session {
                sid: *sid,
                tenant: TenantId::from_uuid(tenant),
                staff: StaffId::from_uuid(staff),
                sealed_seed: Sealed::from_row(seed)
                    .map_err(|_| StoreError::Corrupt { table: "sessions", column: "sealed_seed" })?,
                idle_until: Timestamp::from_millis(idle),
                absolute_until: Timestamp::from_millis(absolute),
            })
        })
        .transpose()
    }

    /// The member did something: the session idles from now on.
    pub async fn touch_session(&mut self, sid: &[u8; 32], idle_until: Timestamp) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE sessions SET idle_until = $2 WHERE sid = $1",
            sid.as_slice(),
            idle_until.as_millis()
        )?;
        Ok(())
    }

    /// Ends a session.
    pub async fn end_session(&mut self, sid: &[u8; 32]) -> Result<u64, StoreError> {
        execute!(self, "DELETE FROM sessions WHERE sid = $1", sid.as_slice())
    }

    /// Ends all sessions of a member but one.
    pub async fn end_other_sessions(&mut self, staff: StaffId, keep: &[u8; 32]) -> Result<u64, StoreError> {
        execute!(self, "DELETE FROM sessions WHERE staff = $1 AND sid <> $2", staff.uuid(), keep.as_slice())
    }

    /// Erases sessions that have ended.
    pub async fn erase_sessions(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        execute!(self, "DELETE FROM sessions WHERE idle_until <= $1 OR absolute_until <= $1", now.as_millis())
    }
}
