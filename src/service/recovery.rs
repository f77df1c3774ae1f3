//! When every member of a desk has lost theirs: two of the tree's three custodians open the desk's key, and the root
//! names a new lead for it. Nobody can do it without all three papers, the program least of all.

use super::people::{Addition, NewStaff};
use super::setup::{good_login, pair_of};
use super::{Error, Hotline, Refusal, World};
use crate::domain::policy::Role;
use crate::kernel::Secret;
use crate::kernel::id::{DeskId, StaffId};
use crate::store::audit::{Action, Entry as AuditEntry};
use crate::store::people::{Desk, RecoveryRow};
use crate::vault::{Custodian, PrivateKey, RecoveryWrap, Role as SignedRole, RootKey, Subject, sha256};

/// Which desk gets which new lead.
pub struct NewLead {
    /// The name of the desk.
    pub desk: String,
    /// What the new lead types to log in.
    pub login: String,
    /// How colleagues know them.
    pub name: String,
    /// The starting password.
    pub password: Secret<String>,
}

/// What stands on the papers, as it was typed.
pub struct Papers {
    /// The root key.
    pub root: Secret<String>,
    /// Two recovery keys of the desk's tree, in either order.
    pub custodians: [Secret<String>; 2],
}

/// Why a desk was not recovered; nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotRecovered {
    /// No desk has this name.
    #[error("no such desk")]
    NoDesk,
    /// This is no root key, or it was mistyped.
    #[error("the root key cannot be read")]
    RootUnread,
    /// This is the root key of another installation.
    #[error("the root key of another installation")]
    OtherRoot,
    /// This is no recovery key, or it was mistyped; counted from one.
    #[error("recovery key {0} cannot be read")]
    KeyUnread(usize),
    /// One key was given twice.
    #[error("the same recovery key twice")]
    SameKey,
    /// This is a recovery key of another tree of desks; counted from one.
    #[error("recovery key {0} is of another tree")]
    OtherTree(usize),
    /// This is a recovery key of no tree of this installation; counted from one.
    #[error("recovery key {0} is of another installation")]
    Unknown(usize),
    /// The keys are the right ones, and nothing that is stored opens with them.
    #[error("what is stored for these keys does not open")]
    Shut,
    /// Something that is not about the papers: a login that is taken, a database that is away.
    #[error(transparent)]
    Other(#[from] Error),
}

impl NotRecovered {
    /// The key of the sentence that tells an operator.
    #[must_use]
    pub const fn sentence(&self) -> Option<&'static str> {
        match self {
            Self::NoDesk => Some("cli.recover.no_desk"),
            Self::RootUnread => Some("cli.recover.root_unread"),
            Self::OtherRoot => Some("cli.recover.other_root"),
            Self::KeyUnread(_) => Some("cli.recover.key_unread"),
            Self::SameKey => Some("cli.recover.same_key"),
            Self::OtherTree(_) => Some("cli.recover.other_tree"),
            Self::Unknown(_) => Some("cli.recover.unknown"),
            Self::Shut => Some("cli.recover.shut"),
            Self::Other(Error::Refused(Refusal::Taken)) => Some("cli.recover.taken"),
            Self::Other(Error::Refused(Refusal::Field(_))) => Some("cli.recover.field"),
            Self::Other(_) => None,
        }
    }

    /// Which of the recovery keys it is about, for the sentence.
    #[must_use]
    pub const fn which(&self) -> usize {
        match self {
            Self::KeyUnread(n) | Self::OtherTree(n) | Self::Unknown(n) => *n,
            _ => 0,
        }
    }
}

impl Hotline {
    /// Opens a desk's key with two custodians' keys and gives it to a new lead, whom the root key signs. Members,
    /// grants, entry and audit entry stand together or not at all.
    pub async fn recover_desk(&self, new: NewLead, papers: &Papers) -> Result<StaffId, NotRecovered> {
        let world = self.world();
        let desk = world.desk_named(&new.desk).ok_or(NotRecovered::NoDesk)?;
        if !good_login(&new.login) || new.password.expose().is_empty() {
            return Err(Error::from(Refusal::Field("login")).into());
        }
        let root = RootKey::parse(papers.root.expose()).map_err(|_| NotRecovered::RootUnread)?;
        if root.public() != self.identity().root {
            return Err(NotRecovered::OtherRoot);
        }
        let keys = self.opened_by(&world, desk, &read(&papers.custodians)?).await?;
        let addition = self.appoint(&world, desk, &root, (new, &keys)).await?;
        let id = self.store_addition(addition).await?;
        tracing::warn!("a desk was recovered by its custodians and has a new lead");
        Ok(id)
    }

    /// The desk's keys, as far as these two custodians have them; the one that is sealed to now among them.
    async fn opened_by(
        &self,
        world: &World,
        desk: &Desk,
        custodians: &[Custodian; 2],
    ) -> Result<Vec<PrivateKey>, NotRecovered> {
        let [one, two] = custodians;
        if one.key().kid() == two.key().kid() {
            return Err(NotRecovered::SameKey);
        }
        let mut tx = self.store().read().await.map_err(Error::from)?;
        let rows = tx.recoveries(desk.id).await.map_err(Error::from)?;
        drop(tx);
        let open = |row: &RecoveryRow| {
            let wrap = RecoveryWrap::from_row(pair_of(&row.pair)?.to_byte(), row.wrap.clone()).ok()?;
            let key = self.vault().recover(desk.id, &wrap, [one, two]).ok()?;
            world.directory.knows_desk_key(desk.id, key.kid()).then_some(key)
        };
        let keys: Vec<PrivateKey> = rows.iter().filter_map(open).collect();
        let current = world.desk_key(desk.id)?.kid();
        if keys.iter().any(|key| key.kid() == current) {
            Ok(keys)
        } else {
            Err(why_shut(world, desk.id, custodians))
        }
    }

    /// The new lead with everything that makes them one.
    async fn appoint(
        &self,
        world: &World,
        desk: &Desk,
        root: &RootKey,
        (new, keys): (NewLead, &[PrivateKey]),
    ) -> Result<Addition, Error> {
        let person =
            NewStaff { login: new.login, name: new.name, role: Role::working(desk.kind), desk: None };
        let (staff, secret) = self.new_person(&person, new.password).await?;
        let role = SignedRole::Lead(desk.kind);
        let subject = Subject::Staff { staff: staff.id, role, desk: Some(desk.id), keys: secret.public() };
        let claim = self.claim_of(world, 1, subject);
        let entry = root.sign_entry(self.identity().deployment, &claim);
        let row = (world.serial + 1, entry.to_bytes());
        let directory = self.directory_with(world, &[entry])?;
        let by = (staff.id, &secret);
        let grants = keys.iter().map(|key| self.grant(&directory, (desk.id, key), staff.id, by));
        let mut note =
            AuditEntry::by_nobody(staff.tenant, self.now().hour(), Action::DeskRecovered, desk.id.uuid());
        note.detail = sha256(&[&staff.id.bytes()]);
        Ok(Addition {
            desk: None,
            member: Some((desk.id, true)),
            entries: vec![row],
            grants: grants.collect::<Result<_, _>>()?,
            recoveries: Vec::new(),
            note,
            staff,
        })
    }
}

fn read(custodians: &[Secret<String>; 2]) -> Result<[Custodian; 2], NotRecovered> {
    let [one, two] = custodians;
    let parse = |text: &Secret<String>, which| {
        Custodian::parse(text.expose()).map_err(|_| NotRecovered::KeyUnread(which))
    };
    Ok([parse(one, 1)?, parse(two, 2)?])
}

/// Which of the two keys is the wrong one, as far as the signed directory tells.
fn why_shut(world: &World, desk: DeskId, custodians: &[Custodian; 2]) -> NotRecovered {
    let tree = world.top_of(desk);
    let of = |tree: DeskId, key: &Custodian| {
        world.directory.custodians(tree).iter().any(|known| known.kid() == key.key().kid())
    };
    for (which, key) in (1..).zip(custodians) {
        if of(tree, key) {
            continue;
        }
        let elsewhere = world.desks.iter().any(|d| of(d.id, key));
        return if elsewhere { NotRecovered::OtherTree(which) } else { NotRecovered::Unknown(which) };
    }
    NotRecovered::Shut
}
