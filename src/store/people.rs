//! Tenants, desks, staff, their keys as rows, their sessions.

use uuid::Uuid;

use super::{StoreError, Tx};
use crate::domain::lane::Kind;
use crate::domain::policy::Role;
use crate::kernel::id::{DeskId, StaffId, TenantId};

mod keys;
mod sessions;

pub use keys::{GrantRow, RecoveryRow};
pub use sessions::Session;

/// One province's service.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Province code.
    pub province: String,
    /// What citizens read: which body answers.
    pub name: String,
    /// The day of its set-up.
    pub created_day: i64,
}

/// A desk.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Desk {
    /// Its id.
    pub id: DeskId,
    /// Whose service.
    pub tenant: TenantId,
    /// What it is for.
    pub kind: Kind,
    /// Its name, unique in the tenant.
    pub name: String,
    /// The desk that backs it up, of the same kind.
    pub parent: Option<DeskId>,
}

/// A member of staff.
#[derive(Clone)]
pub struct Staff {
    /// The id, also in the key directory.
    pub id: StaffId,
    /// Whose service.
    pub tenant: TenantId,
    /// What they type to log in.
    pub login: String,
    /// How colleagues know them.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Their private key under their password.
    pub vault: Vec<u8>,
    /// Whether the password is still the one somebody else chose.
    pub starting_password: bool,
}

type StaffRow = (Uuid, Uuid, String, String, String, Vec<u8>, i64);
type DeskRow = (Uuid, Uuid, String, String, Option<Uuid>);

fn corrupt(table: &'static str, column: &'static str) -> StoreError {
    StoreError::Corrupt { table, column }
}

fn staff_of((id, tenant, login, name, role, vault, starting): StaffRow) -> Result<Staff, StoreError> {
    Ok(Staff {
        id: StaffId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        login,
        name,
        role: Role::parse(&role).ok_or_else(|| corrupt("staff", "role"))?,
        vault,
        starting_password: starting != 0,
    })
}

fn desk_of((id, tenant, kind, name, parent): DeskRow) -> Result<Desk, StoreError> {
    Ok(Desk {
        id: DeskId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        kind: Kind::parse(&kind).ok_or_else(|| corrupt("desks", "kind"))?,
        name,
        parent: parent.map(DeskId::from_uuid),
    })
}

impl Tx {
    /// Stores a tenant.
    pub async fn add_tenant(&mut self, t: &Tenant) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO tenants (id, province, name, created_day) VALUES ($1, $2, $3, $4)",
            t.id.uuid(),
            t.province.as_str(),
            t.name.as_str(),
            t.created_day
        )?;
        Ok(())
    }

    /// All tenants.
    pub async fn tenants(&mut self) -> Result<Vec<Tenant>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, String, String, i64),
            "SELECT id, province, name, created_day FROM tenants ORDER BY created_day, id"
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, province, name, created_day)| Tenant {
                id: TenantId::from_uuid(id),
                province,
                name,
                created_day,
            })
            .collect())
    }

    /// Stores a desk.
    pub async fn add_desk(&mut self, d: &Desk) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO desks (id, tenant, kind, name, parent) VALUES ($1, $2, $3, $4, $5)",
            d.id.uuid(),
            d.tenant.uuid(),
            d.kind.as_str(),
            d.name.as_str(),
            d.parent.map(DeskId::uuid)
        )?;
        Ok(())
    }

    /// All desks of a tenant, by name.
    pub async fn desks(&mut self, tenant: TenantId) -> Result<Vec<Desk>, StoreError> {
        let rows = fetch_all!(
            self,
            DeskRow,
            "SELECT id, tenant, kind, name, parent FROM desks WHERE tenant = $1 ORDER BY name",
            tenant.uuid()
        )?;
        rows.into_iter().map(desk_of).collect()
    }

    /// Stores a member of staff; [`StoreError::Stale`] when the login is taken.
    pub async fn add_staff(&mut self, s: &Staff) -> Result<(), StoreError> {
        let changed = execute!(
            self,
            "INSERT INTO staff (id, tenant, login, name, role, vault, starting_password)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, login) DO NOTHING",
            s.id.uuid(),
            s.tenant.uuid(),
            s.login.as_str(),
            s.name.as_str(),
            s.role.as_str(),
            s.vault.as_slice(),
            i64::from(s.starting_password)
        )?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// A member of staff by login. Logins are unique per tenant; with several tenants the first match counts.
    pub async fn staff_by_login(&mut self, login: &str) -> Result<Option<Staff>, StoreError> {
        let row = fetch_optional!(
            self,
            StaffRow,
            "SELECT id, tenant, login, name, role, vault, starting_password FROM staff
             WHERE login = $1 AND removed = 0 ORDER BY id LIMIT 1",
            login
        )?;
        row.map(staff_of).transpose()
    }

    /// A member of staff by id.
    pub async fn staff(&mut self, id: StaffId) -> Result<Option<Staff>, StoreError> {
        let row = fetch_optional!(
            self,
            StaffRow,
            "SELECT id, tenant, login, name, role, vault, starting_password FROM staff
             WHERE id = $1 AND removed = 0",
            id.uuid()
        )?;
        row.map(staff_of).transpose()
    }

    /// All staff of a tenant, by login.
    pub async fn all_staff(&mut self, tenant: TenantId) -> Result<Vec<Staff>, StoreError> {
        let rows = fetch_all!(
            self,
            StaffRow,
            "SELECT id, tenant, login, name, role, vault, starting_password FROM staff
             WHERE tenant = $1 AND removed = 0 ORDER BY login",
            tenant.uuid()
        )?;
        rows.into_iter().map(staff_of).collect()
    }

    /// Replaces a member's vault after a change of password; the old one must still be there.
    pub async fn replace_vault(&mut self, id: StaffId, old: &[u8], new: &[u8]) -> Result<(), StoreError> {
        let changed = execute!(
            self,
            "UPDATE staff SET vault = $3, starting_password = 0 WHERE id = $1 AND vault = $2",
            id.uuid(),
            old,
            new
        )?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Makes somebody a member of a desk.
    pub async fn add_member(
        &mut self,
        tenant: TenantId,
        desk: DeskId,
        staff: StaffId,
        lead: bool,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO members (tenant, desk, staff, lead) VALUES ($1, $2, $3, $4)",
            tenant.uuid(),
            desk.uuid(),
            staff.uuid(),
            i64::from(lead)
        )?;
        Ok(())
    }

    /// The desks somebody belongs to, and whether they lead them.
    pub async fn memberships(&mut self, staff: StaffId) -> Result<Vec<(DeskId, bool)>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, i64),
            "SELECT desk, lead FROM members WHERE staff = $1 ORDER BY desk",
            staff.uuid()
        )?;
        Ok(rows.into_iter().map(|(d, l)| (DeskId::from_uuid(d), l != 0)).collect())
    }

    /// The members of a desk, and who leads it.
    pub async fn members(&mut self, desk: DeskId) -> Result<Vec<(StaffId, bool)>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, i64),
            "SELECT staff, lead FROM members WHERE desk = $1 ORDER BY staff",
            desk.uuid()
        )?;
        Ok(rows.into_iter().map(|(s, l)| (StaffId::from_uuid(s), l != 0)).collect())
    }

    /// Stores a signed directory entry.
    pub async fn add_directory_entry(
        &mut self,
        tenant: TenantId,
        serial: i64,
        entry: &[u8],
    ) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO directory (tenant, serial, entry) VALUES ($1, $2, $3)",
            tenant.uuid(),
            serial,
            entry
        )?;
        Ok(())
    }

    /// All directory entries of a tenant, oldest first.
    pub async fn directory_entries(&mut self, tenant: TenantId) -> Result<Vec<Vec<u8>>, StoreError> {
        let rows = fetch_all!(
            self,
            (Vec<u8>,),
            "SELECT entry FROM directory WHERE tenant = $1 ORDER BY serial",
            tenant.uuid()
        )?;
        Ok(rows.into_iter().map(|(e,)| e).collect())
    }

    /// The serial number of a tenant's newest entry; changes when the directory does.
    pub async fn directory_serial(&mut self, tenant: TenantId) -> Result<i64, StoreError> {
        let (n,) = fetch_one!(
            self,
            (i64,),
            "SELECT COALESCE(MAX(serial), 0) FROM directory WHERE tenant = $1",
            tenant.uuid()
        )?;
        Ok(n)
    }
}
