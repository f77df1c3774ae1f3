//! Staff and desks after the set-up. Whoever adds somebody signs for them: a lead the members of the desk, the
//! administrator the roles without a desk. The program itself cannot.

use std::sync::Arc;

use super::access::Actor;
use super::setup::{good_login, pair_word};
use super::{Error, Fault, Hotline, Refusal, World};
use crate::domain::lane::Kind;
use crate::domain::policy::{Act, Role};
use crate::kernel::Secret;
use crate::kernel::id::{DeskId, StaffId};
use crate::store::Tx;
use crate::store::audit::{Action, Entry as AuditEntry};
use crate::store::people::{Desk, GrantRow, RecoveryRow, Staff};
use crate::store::writer::Work;
use crate::vault::{
    Claim, Directory, Entry, Grant, MemberVault, NewGrant, PrivateKey, Recipient, Role as SignedRole,
    StaffSecret, Status, Subject,
};

/// A member of staff to be added.
pub struct NewStaff {
    /// What they type to log in.
    pub login: String,
    /// How colleagues know them.
    pub name: String,
    /// What they will be.
    pub role: Role,
    /// Their desk, for roles that work at one.
    pub desk: Option<String>,
}

/// A desk to be added below another.
pub struct NewDesk {
    /// Its name, unique in the tenant.
    pub name: String,
    /// The name of the desk that backs it up.
    pub parent: String,
    /// The login of its lead.
    pub lead: String,
}

/// A member of staff as the administrator's list shows them.
pub struct StaffLine {
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Desks, by name.
    pub desks: Vec<String>,
    /// Whether the password is still the one somebody else chose.
    pub starting_password: bool,
}

/// Everything an addition stores, in one unit.
pub(super) struct Addition {
    pub(super) desk: Option<Desk>,
    pub(super) staff: Staff,
    pub(super) member: Option<(DeskId, bool)>,
    pub(super) entries: Vec<(i64, Vec<u8>)>,
    pub(super) grants: Vec<GrantRow>,
    pub(super) recoveries: Vec<RecoveryRow>,
    pub(super) note: AuditEntry,
}

impl Hotline {
    /// Adds a member of staff. A lead adds members of the desk and shares its key; the administrator adds
    /// supervisors, auditors and administrators.
    pub async fn add_staff(
        &self,
        actor: &Actor,
        new: NewStaff,
        password: Secret<String>,
    ) -> Result<StaffId, Error> {
        let world = self.world();
        if !good_login(&new.login) || password.expose().is_empty() {
            return Err(
                Refusal::Field(if password.expose().is_empty() { "password" } else { "login" }).into()
            );
        }
        let desk = Self::place_of(actor, &world, &new)?;
        let (staff, secret) = self.new_person(&new, password).await?;
        let role = signed_role(new.role, desk.and_then(|d| world.desk(d)).map(|d| d.kind))?;
        let subject = Subject::Staff { staff: staff.id, role, desk, keys: secret.public() };
        let entry = self.sign(actor, &world, 1, subject);
        let mut addition = Addition {
            desk: None,
            member: desk.map(|d| (d, false)),
            entries: vec![(world.serial + 1, entry.to_bytes())],
            grants: Vec::new(),
            recoveries: Vec::new(),
            note: self.note_of(actor, Action::StaffAdded, staff.id),
            staff,
        };
        if let Some(desk) = desk {
            let directory = self.directory_with(&world, &[entry])?;
            let access = actor.accesses().iter().find(|a| a.desk == desk).ok_or(Refusal::NotAllowed)?;
            let by = (actor.staff, actor.secret());
            addition.grants.push(self.grant(&directory, (desk, &access.key), addition.staff.id, by)?);
        }
        self.store_addition(addition).await
    }

    /// Adds a desk below one the actor leads, with a lead of its own. Its key is sealed for the custodians of
    /// the same tree.
    pub async fn add_desk(
        &self,
        actor: &Actor,
        new: NewDesk,
        password: Secret<String>,
    ) -> Result<StaffId, Error> {
        let world = self.world();
        // The same answer whether there is no such desk or it is somebody else's.
        let own = world.desk_named(&new.parent).filter(|desk| actor.leads(desk.id));
        let parent = own.ok_or(Refusal::NotAllowed)?.clone();
        let fits = (1..=64).contains(&new.name.chars().count()) && new.name.trim() == new.name;
        if !fits || !good_login(&new.lead) || world.desk_named(&new.name).is_some() {
            return Err(Refusal::Field("name").into());
        }
        let desk = Desk {
            id: DeskId::random(self.entropy())?,
            tenant: actor.tenant,
            kind: parent.kind,
            name: new.name,
            parent: Some(parent.id),
        };
        let lead =
            NewStaff { login: new.lead.clone(), name: new.lead, role: Role::working(desk.kind), desk: None };
        let (staff, secret) = self.new_person(&lead, password).await?;
        let key = PrivateKey::generate(Recipient::Desk, self.entropy())?;
        let lead_subject = Subject::Staff {
            staff: staff.id,
            role: SignedRole::Lead(desk.kind),
            desk: Some(desk.id),
            keys: secret.public(),
        };
        let lead_entry = self.sign(actor, &world, 1, lead_subject);
        let desk_subject = Subject::Desk {
            desk: desk.id,
            kind: desk.kind,
            parent: desk.parent,
            key: key.public().to_bytes(),
        };
        let desk_claim = self.claim_of(&world, 2, desk_subject);
        let desk_entry = secret.sign_entry(self.identity().deployment, &desk_claim);
        let entries =
            vec![(world.serial + 1, lead_entry.to_bytes()), (world.serial + 2, desk_entry.to_bytes())];
        let directory = self.directory_with(&world, &[lead_entry, desk_entry])?;
        let grant = self.grant(&directory, (desk.id, &key), staff.id, (staff.id, &secret))?;
        let addition = Addition {
            recoveries: self.recovery_rows(&world, &desk, &key)?,
            member: Some((desk.id, true)),
            desk: Some(desk),
            note: self.note_of(actor, Action::DeskAdded, staff.id),
            staff,
            entries,
            grants: vec![grant],
        };
        self.store_addition(addition).await
    }

    fn note_of(&self, actor: &Actor, action: Action, of: StaffId) -> AuditEntry {
        AuditEntry::by(actor.tenant, self.now(), actor.staff, action, of.uuid())
    }

    /// Everybody, for the administrator.
    pub async fn people(&self, actor: &Actor) -> Result<Vec<StaffLine>, Error> {
        actor.may(Act::People)?;
        let world = self.world();
        let mut tx = self.store().read().await?;
        let mut out = Vec::new();
        for staff in tx.all_staff(actor.tenant).await? {
            let desks = tx.memberships(staff.id).await?;
            let names = desks.iter().filter_map(|(d, _)| world.desk(*d)).map(|d| d.name.clone()).collect();
            out.push(StaffLine {
                login: staff.login,
                name: staff.name,
                role: staff.role,
                desks: names,
                starting_password: staff.starting_password,
            });
        }
        Ok(out)
    }

    /// Which desk the new member belongs to, and whether the actor may say so.
    fn place_of(actor: &Actor, world: &World, new: &NewStaff) -> Result<Option<DeskId>, Error> {
        if !new.role.needs_desk() {
            actor.may(Act::People)?;
            return if new.desk.is_none() { Ok(None) } else { Err(Refusal::Field("desk").into()) };
        }
        let name = new.desk.as_deref().ok_or(Refusal::Field("desk"))?;
        let desk = world.desk_named(name).filter(|d| actor.leads(d.id)).ok_or(Refusal::NotAllowed)?;
        if Role::working(desk.kind) == new.role {
            Ok(Some(desk.id))
        } else {
            Err(Refusal::Field("role").into())
        }
    }

    pub(super) async fn new_person(
        &self,
        new: &NewStaff,
        password: Secret<String>,
    ) -> Result<(Staff, StaffSecret), Error> {
        let id = StaffId::random(self.entropy())?;
        let (vault, cost) = (self.vault().clone(), self.options().argon);
        let made = tokio::task::spawn_blocking(move || MemberVault::create(&vault, id, &password, cost));
        let (secret, row) = made.await.map_err(|e| Error::Fault(Fault::new(e)))??;
        let staff = Staff {
            id,
            tenant: self.world().tenant.id,
            login: new.login.clone(),
            name: new.name.clone(),
            role: new.role,
            vault: row,
            starting_password: true,
        };
        Ok((staff, secret))
    }

    pub(super) fn claim_of(&self, world: &World, ahead: u64, subject: Subject) -> Claim {
        let today = u32::try_from(self.now().day()).unwrap_or(0);
        Claim {
            subject,
            not_before_day: today,
            not_after_day: today.saturating_add(self.options().key_validity_days),
            serial: world.serial.unsigned_abs() + ahead,
            status: Status::Valid,
        }
    }

    /// Signs an entry with the actor's key; whether it counts is decided by whoever verifies it.
    pub(crate) fn sign(&self, actor: &Actor, world: &World, ahead: u64, subject: Subject) -> Entry {
        let claim = self.claim_of(world, ahead, subject);
        actor.secret().sign_entry(self.identity().deployment, &claim)
    }

    /// The directory as it will be with further entries; refused if they would not count. What others have added
    /// meanwhile has taken their serials, and the database then refuses these.
    pub(crate) fn directory_with(&self, world: &World, new: &[Entry]) -> Result<Directory, Error> {
        let (identity, known) = (self.identity(), world.directory.entries());
        let (root, today) = (&identity.root, self.now().day());
        let made = Directory::verify_with(root, identity.deployment, (new, known), today);
        if made.rejected().is_empty() { Ok(made) } else { Err(Refusal::NotAllowed.into()) }
    }

    /// Wraps a desk's key to a member; `granter` signs for it.
    pub(super) fn grant(
        &self,
        directory: &Directory,
        (desk, key): (DeskId, &PrivateKey),
        staff: StaffId,
        (granter, secret): (StaffId, &StaffSecret),
    ) -> Result<GrantRow, Error> {
        let member = directory.staff(staff).ok_or(Refusal::NotAllowed)?;
        let day = u32::try_from(self.now().day()).unwrap_or(0);
        let new = NewGrant { desk, key, member, granter, secret, day };
        let grant = Grant::make(self.vault(), &new)?;
        Ok(GrantRow { desk, desk_key: key.kid(), staff, bytes: grant.as_bytes().to_vec() })
    }

    fn recovery_rows(&self, world: &World, desk: &Desk, key: &PrivateKey) -> Result<Vec<RecoveryRow>, Error> {
        let top = desk.parent.map_or(desk.id, |p| world.top_of(p));
        let custodians: [_; 3] =
            world.directory.custodians(top).try_into().map_err(|_| Refusal::NotAllowed)?;
        let wraps = self.vault().recovery_wraps(desk.id, key, custodians)?;
        Ok(wraps
            .iter()
            .map(|w| RecoveryRow {
                desk: desk.id,
                desk_key: key.kid(),
                pair: pair_word(w.pair()).to_owned(),
                wrap: w.as_bytes().to_vec(),
            })
            .collect())
    }

    pub(super) async fn store_addition(&self, addition: Addition) -> Result<StaffId, Error> {
        let (id, tenant) = (addition.staff.id, addition.staff.tenant);
        let unit = Arc::new(addition);
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let unit = Arc::clone(&unit);
                Box::pin(async move {
                    if let Some(desk) = &unit.desk {
                        tx.add_desk(desk).await?;
                    }
                    tx.add_staff(&unit.staff).await.map_err(|e| match e {
                        crate::store::StoreError::Stale => Error::from(Refusal::Taken),
                        e => e.into(),
                    })?;
                    for (serial, entry) in &unit.entries {
                        tx.add_directory_entry(tenant, *serial, entry).await?;
                    }
                    if let Some((desk, lead)) = unit.member {
                        tx.add_member(tenant, desk, unit.staff.id, lead).await?;
                    }
                    for grant in &unit.grants {
                        tx.add_grant(tenant, grant).await?;
                    }
                    for recovery in &unit.recoveries {
                        tx.add_recovery(tenant, recovery).await?;
                    }
                    tx.note(unit.note.clone());
                    Ok(())
                })
            })
            .await?;
        self.refresh().await?;
        Ok(id)
    }
}

/// The role as it is signed; for roles that work at a desk with the kind of that desk.
fn signed_role(role: Role, desk: Option<Kind>) -> Result<SignedRole, Refusal> {
    match role {
        Role::Officer | Role::Counsellor => desk.map(SignedRole::Member).ok_or(Refusal::Field("desk")),
        Role::Supervisor => Ok(SignedRole::Supervisor),
        Role::Administrator => Ok(SignedRole::Administrator),
        Role::Auditor => Ok(SignedRole::Auditor),
    }
}
