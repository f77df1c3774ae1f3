//! The first set-up: tenant, desks, the administrator, each desk's lead, and the keys of all of them, in one
//! transaction under the database's own lock. Root and custodian keys are handed out once and kept nowhere.

use std::sync::Arc;

use uuid::Uuid;

use super::{Error, Fault, Identity, Refusal};
use crate::domain::lane::Kind;
use crate::domain::policy::Role;
use crate::kernel::id::{DeploymentId, DeskId, NodeId, StaffId, TenantId};
use crate::kernel::{Clock, Entropy, Secret, Timestamp};
use crate::store::audit::{Action, Chain, Entry as AuditEntry};
use crate::store::people::{Desk, GrantRow, RecoveryRow, Staff, Tenant};
use crate::store::{Store, Tx, meta};
use crate::vault::{
    ArgonCost, Claim, Custodian, Directory, Entry, Grant, Keyring, MemberVault, NewGrant, Pair, PrivateKey,
    Recipient, Role as SignedRole, RootKey, StaffSecret, Status, Subject, Vault, genesis,
};

/// What a set-up needs before there is a service.
#[derive(Clone)]
pub struct Ground {
    /// The database, migrated and empty.
    pub store: Store,
    /// The keyring every node will hold.
    pub keyring: Keyring,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
    /// Cost of the members' vaults.
    pub argon: ArgonCost,
    /// The process that does it.
    pub node: NodeId,
    /// How long signed keys are valid, in days.
    pub validity_days: u32,
}

/// What is to be set up.
pub struct Request {
    /// Province code, two digits.
    pub province: String,
    /// What citizens read: which body answers.
    pub name: String,
    /// The administrator's login and starting password.
    pub admin: (String, Secret<String>),
    /// Each desk's kind, lead and starting password.
    pub leads: Vec<(Kind, String, Secret<String>)>,
}

/// What the set-up made. The secrets in it exist nowhere else.
pub struct Established {
    /// To be written to `tinan.toml`.
    pub identity: Identity,
    /// The private half of the root key, to be printed.
    pub root: Secret<String>,
    /// For each tree of desks three custodians' private keys, to be printed for three persons.
    pub custodians: Vec<(Kind, [Secret<String>; 3])>,
}

struct Person {
    staff: Staff,
    secret: Arc<StaffSecret>,
}

struct Team {
    desk: Desk,
    key: PrivateKey,
    lead: Person,
    custodians: [Custodian; 3],
}

struct Scribe {
    deployment: DeploymentId,
    today: u32,
    until: u32,
    entries: Vec<Entry>,
}

impl Scribe {
    fn claim(&self, subject: Subject) -> Claim {
        let serial = u64::try_from(self.entries.len()).unwrap_or(u64::MAX).saturating_add(1);
        Claim {
            subject,
            not_before_day: self.today,
            not_after_day: self.until,
            serial,
            status: Status::Valid,
        }
    }

    fn root(&mut self, root: &RootKey, subject: Subject) {
        let claim = self.claim(subject);
        self.entries.push(root.sign_entry(self.deployment, &claim));
    }

    fn lead(&mut self, lead: &StaffSecret, subject: Subject) {
        let claim = self.claim(subject);
        self.entries.push(lead.sign_entry(self.deployment, &claim));
    }
}

/// Sets up. `publish` writes the identity to where `serve` will read it; it runs just before the commit, so
/// that a committed set-up never lacks its file.
pub async fn set_up(
    ground: &Ground,
    request: Request,
    publish: impl FnOnce(&Identity) -> std::io::Result<()>,
) -> Result<Established, Error> {
    check(&request)?;
    let now = ground.clock.now();
    let deployment = DeploymentId::random(&ground.entropy)?;
    let vault = Vault::new(deployment, ground.entropy.clone());
    let root = RootKey::generate(&ground.entropy)?;
    let tenant = Tenant {
        id: TenantId::random(&ground.entropy)?,
        province: request.province,
        name: request.name,
        created_day: now.day(),
    };
    let (login, password) = request.admin;
    let admin = person(ground, &vault, tenant.id, (login, Role::Administrator, password)).await?;
    let mut teams = Vec::new();
    for (kind, login, password) in request.leads {
        let lead = person(ground, &vault, tenant.id, (login, Role::working(kind), password)).await?;
        teams.push(Team {
            desk: Desk {
                id: DeskId::random(&ground.entropy)?,
                tenant: tenant.id,
                kind,
                name: kind.as_str().to_owned(),
                parent: None,
            },
            key: PrivateKey::generate(Recipient::Desk, &ground.entropy)?,
            lead,
            custodians: [
                Custodian::generate(&ground.entropy)?,
                Custodian::generate(&ground.entropy)?,
                Custodian::generate(&ground.entropy)?,
            ],
        });
    }
    let identity = Identity { deployment, root: root.public() };
    let entries = sign_all(ground, &root, deployment, &admin, &teams, now)?;
    let mut tx = ground.store.begin().await?;
    if !tx.claim_meta(meta::name::DEPLOYMENT, &deployment.to_string()).await? {
        return Err(Refusal::AlreadySetUp.into());
    }
    write(&mut tx, ground, &vault, &identity, (&tenant, &admin, &teams, &entries)).await?;
    publish(&identity).map_err(|e| Error::Fault(Fault::new(e)))?;
    tx.commit().await?;
    Ok(Established {
        identity,
        root: root.print(),
        custodians: teams
            .iter()
            .map(|t| (t.desk.kind, t.custodians.each_ref().map(Custodian::print)))
            .collect(),
    })
}

fn check(request: &Request) -> Result<(), Refusal> {
    if request.province.len() != 2 || !request.province.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::Field("province"));
    }
    for kind in [Kind::Tips, Kind::Counselling] {
        if !request.leads.iter().any(|(k, _, _)| *k == kind) {
            return Err(Refusal::Field("lead"));
        }
    }
    let mut logins: Vec<&str> = request.leads.iter().map(|(_, l, _)| l.as_str()).collect();
    logins.push(&request.admin.0);
    let mut kinds: Vec<Kind> = request.leads.iter().map(|(k, _, _)| *k).collect();
    kinds.sort();
    logins.sort_unstable();
    let twice =
        logins.windows(2).any(|w| w.first() == w.last()) || kinds.windows(2).any(|w| w.first() == w.last());
    if twice {
        return Err(Refusal::Taken);
    }
    let bad_login = logins.iter().any(|l| !good_login(l));
    let empty = |p: &Secret<String>| p.expose().is_empty();
    if bad_login {
        Err(Refusal::Field("login"))
    } else if empty(&request.admin.1) || request.leads.iter().any(|(_, _, p)| empty(p)) {
        Err(Refusal::Field("password"))
    } else {
        Ok(())
    }
}

/// A login is 1 to 64 letters, digits, `.`, `-`, `_` or `@`.
pub(crate) fn good_login(login: &str) -> bool {
    (1..=64).contains(&login.len())
        && login.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'@'))
}

async fn person(
    ground: &Ground,
    vault: &Vault,
    tenant: TenantId,
    (login, role, password): (String, Role, Secret<String>),
) -> Result<Person, Error> {
    let id = StaffId::random(&ground.entropy)?;
    let (vault, cost) = (vault.clone(), ground.argon);
    let made = tokio::task::spawn_blocking(move || MemberVault::create(&vault, id, &password, cost));
    let (secret, row) = made.await.map_err(|e| Error::Fault(Fault::new(e)))??;
    let staff = Staff { id, tenant, name: login.clone(), login, role, vault: row, starting_password: true };
    Ok(Person { staff, secret: Arc::new(secret) })
}

fn sign_all(
    ground: &Ground,
    root: &RootKey,
    deployment: DeploymentId,
    admin: &Person,
    teams: &[Team],
    now: Timestamp,
) -> Result<Vec<Entry>, Error> {
    let today = u32::try_from(now.day()).unwrap_or(0);
    let until = today.saturating_add(ground.validity_days);
    let mut scribe = Scribe { deployment, today, until, entries: Vec::new() };
    let staff =
        |p: &Person, role, desk| Subject::Staff { staff: p.staff.id, role, desk, keys: p.secret.public() };
    scribe.root(root, staff(admin, SignedRole::Administrator, None));
    for team in teams {
        scribe.root(root, staff(&team.lead, SignedRole::Lead(team.desk.kind), Some(team.desk.id)));
        for custodian in &team.custodians {
            let id = ground.entropy.uuid()?;
            let key = custodian.key().public().to_bytes();
            scribe.root(root, Subject::Custodian { id, tree: team.desk.id, key });
        }
        let key = team.key.public().to_bytes();
        let (desk, kind) = (team.desk.id, team.desk.kind);
        scribe.lead(&team.lead.secret, Subject::Desk { desk, kind, parent: None, key });
    }
    Ok(scribe.entries)
}

type Made<'a> = (&'a Tenant, &'a Person, &'a [Team], &'a [Entry]);

async fn write(
    tx: &mut Tx,
    ground: &Ground,
    vault: &Vault,
    identity: &Identity,
    (tenant, admin, teams, entries): Made<'_>,
) -> Result<(), Error> {
    let now = ground.clock.now();
    let fingerprint = data_encoding::HEXLOWER.encode(&ground.keyring.fingerprint());
    tx.set_meta(meta::name::KEYRING, &fingerprint).await?;
    tx.add_tenant(tenant).await?;
    tx.add_staff(&admin.staff).await?;
    for (serial, entry) in (1..).zip(entries) {
        tx.add_directory_entry(tenant.id, serial, &entry.to_bytes()).await?;
    }
    let directory = Directory::verify(&identity.root, identity.deployment, entries, now.day());
    for team in teams {
        tx.add_desk(&team.desk).await?;
        tx.add_staff(&team.lead.staff).await?;
        tx.add_member(tenant.id, team.desk.id, team.lead.staff.id, true).await?;
        equip(tx, vault, &directory, team, now).await?;
    }
    tx.note(AuditEntry::by_nobody(tenant.id, now.hour(), Action::SetUp, Uuid::nil()));
    let chain = Chain { node: ground.node, genesis: genesis(identity.deployment, ground.node) };
    Ok(tx.link(chain).await?)
}

/// Gives the lead the desk's key and seals it for the custodians.
async fn equip(
    tx: &mut Tx,
    vault: &Vault,
    directory: &Directory,
    team: &Team,
    now: Timestamp,
) -> Result<(), Error> {
    let (desk, staff) = (team.desk.id, team.lead.staff.id);
    let member = directory.staff(staff).ok_or(Refusal::NotAllowed)?;
    let grant = Grant::make(
        vault,
        &NewGrant {
            desk,
            key: &team.key,
            member,
            granter: staff,
            secret: &team.lead.secret,
            day: u32::try_from(now.day()).unwrap_or(0),
        },
    )?;
    let row = GrantRow { desk, desk_key: team.key.kid(), staff, bytes: grant.as_bytes().to_vec() };
    tx.add_grant(team.desk.tenant, &row).await?;
    let publics = team.custodians.each_ref().map(|c| c.key().public());
    store_recovery(tx, vault, &team.desk, &team.key, publics).await
}

/// Seals a desk's key for each pair of its tree's custodians and stores the wraps.
pub(crate) async fn store_recovery(
    tx: &mut Tx,
    vault: &Vault,
    desk: &Desk,
    key: &PrivateKey,
    custodians: [&crate::vault::PublicKey; 3],
) -> Result<(), Error> {
    for wrap in vault.recovery_wraps(desk.id, key, custodians)? {
        let row = RecoveryRow {
            desk: desk.id,
            desk_key: key.kid(),
            pair: pair_word(wrap.pair()).to_owned(),
            wrap: wrap.as_bytes().to_vec(),
        };
        tx.add_recovery(desk.tenant, &row).await?;
    }
    Ok(())
}

/// The reverse of [`pair_word`].
pub(crate) fn pair_of(word: &str) -> Option<Pair> {
    [Pair::Ab, Pair::Ac, Pair::Bc].into_iter().find(|pair| pair_word(*pair) == word)
}

/// How a pair of custodians is written in rows.
#[must_use]
pub const fn pair_word(pair: Pair) -> &'static str {
    match pair {
        Pair::Ab => "AB",
        Pair::Ac => "AC",
        Pair::Bc => "BC",
    }
}
