//! The use-cases: one call, one unit of work. The edges hold a [`Hotline`] and know nothing of rows or keys.

pub mod access;
pub mod alarms;
pub mod attendance;
pub mod call;
pub mod callback;
pub mod canary;
pub mod casefile;
pub mod casework;
pub mod channel;
pub mod citizen;
pub mod conversation;
pub mod error;
pub mod files;
pub mod findings;
pub mod flood;
pub mod inbox;
pub mod intake;
pub mod once;
pub mod outbox;
pub mod oversee;
pub mod people;
pub mod queue;
pub mod reach;
pub mod reconcile;
pub mod recovery;
pub mod renewal;
mod ringing;
pub mod rekey;
pub mod setup;
pub mod spooling;
pub mod sweep;
pub mod talk;
pub mod tally;
pub mod tokens;
pub mod upkeep;
pub mod triage;
pub mod world;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::domain::callback::Rules;
use crate::domain::canary::Pace;
use crate::domain::deadline::Deadlines;
use crate::domain::escalation::{Plan, Window};
use crate::domain::tally::Publication;
use crate::kernel::id::{DeploymentId, NodeId};
use crate::kernel::{Clock, Entropy, Timestamp};
use crate::store::audit::Chain;
use crate::store::files::Shelf;
use crate::store::spool::Spool;
use crate::store::{Store, Writer};
use crate::vault::{ArgonCost, Keyring, RootPublic, Vault, genesis};

pub use access::Actor;
pub use error::{Error, Fault, Refusal};
pub use talk::Talk;
pub use world::World;

/// What the service can be told.
#[derive(Debug, Clone)]
pub struct Options {
    /// A session ends when nothing was done for so long.
    pub session_idle: Duration,
    /// A session ends after so long in any case.
    pub session_absolute: Duration,
    /// Cost of opening a member's vault.
    pub argon: ArgonCost,
    /// How many logins may be checked at once.
    pub logins_at_once: usize,
    /// How many more may wait for that.
    pub logins_waiting: usize,
    /// How long a first answer is replayed.
    pub replay_for: Duration,
    /// How long signed keys are valid, in days.
    pub key_validity_days: u32,
    /// How long before their end keys are signed anew at a lead's login, in days.
    pub renew_within_days: u32,
    /// How long a citizen's own words stay readable with the receipt, in counselling.
    pub own_words_for: Duration,
    /// How messages to chats leave.
    pub sending: outbox::Sending,
    /// How many files may be on their way into an object store at once.
    pub uploads_at_once: usize,
    /// How long one more may wait for that.
    pub upload_wait: Duration,
    /// How old a sealed file that no row names must be before it is removed.
    pub orphans_after: Duration,
    /// How much the reconciler does in a round.
    pub pace: reconcile::Pace,
    /// What the public is told of the tally.
    pub publication: Publication,
    /// How often the service tries its own ways in.
    pub canary: Pace,
}

/// What this installation is: fixed at set-up, read from `tinan.toml`.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Bound into everything sealed.
    pub deployment: DeploymentId,
    /// Who signs the first members.
    pub root: RootPublic,
}

/// What the service is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Transit and mailbox keys.
    pub keyring: Keyring,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
    /// Lengths of clocks.
    pub deadlines: Deadlines,
    /// What this installation is.
    pub identity: Identity,
    /// Which process this is.
    pub node: NodeId,
    /// What the service was told.
    pub options: Options,
    /// Words to say and to understand.
    pub talk: Talk,
    /// Where intake goes while the database is away; without one it is refused then.
    pub spool: Option<Spool>,
    /// Where sealed files lie.
    pub shelf: Option<Shelf>,
    /// Where a copy of the signed key directory is kept, so that a start without the database can seal.
    pub directory_copy: Option<PathBuf>,
}

/// The service. Cheap to clone; holds no secret of staff or citizens.
#[derive(Clone)]
pub struct Hotline {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    writer: Writer,
    vault: Vault,
    keyring: Keyring,
    clock: Clock,
    deadlines: Deadlines,
    identity: Identity,
    node: NodeId,
    options: Options,
    talk: Talk,
    spool: Option<Spool>,
    shelf: Option<Shelf>,
    directory_copy: Option<PathBuf>,
    world: RwLock<Arc<World>>,
    logins: Semaphore,
    waiting: Semaphore,
    uploads: Arc<Semaphore>,
    changed: Notify,
    plan: RwLock<Arc<Plan>>,
    callbacks: RwLock<Arc<Rules>>,
    folds: Mutex<Window>,
    viewed: queue::Viewed,
    verifying: Arc<Semaphore>,
    flood: OnceLock<flood::Flood>,
}

impl Hotline {
    /// Opens the service on an installation that is set up. Reads and verifies the key directory.
    pub async fn open(parts: Parts) -> Result<Self, Error> {
        let Parts { store, keyring, clock, entropy, deadlines, identity, node, options, talk, .. } = parts;
        let (spool, shelf, directory_copy) = (parts.spool, parts.shelf, parts.directory_copy);
        let world = World::load(&store, &identity, clock.now(), directory_copy.as_deref()).await?;
        let chain = Chain { node, genesis: genesis(identity.deployment, node) };
        let inner = Inner {
            writer: Writer::start(store.clone(), chain),
            vault: Vault::new(identity.deployment, entropy),
            logins: Semaphore::new(options.logins_at_once),
            waiting: Semaphore::new(options.logins_at_once + options.logins_waiting),
            uploads: Arc::new(Semaphore::new(options.uploads_at_once)),
            world: RwLock::new(Arc::new(world)),
            changed: Notify::new(),
            plan: RwLock::new(Arc::new(embedded_plan()?)),
            callbacks: RwLock::new(Arc::new(Rules::embedded().map_err(|e| Error::Fault(Fault::new(e)))?)),
            folds: Mutex::default(),
            viewed: queue::Viewed::default(),
            verifying: Arc::new(Semaphore::new(1)),
            flood: OnceLock::new(),
            store,
            keyring,
            clock,
            deadlines,
            identity,
            node,
            options,
            talk,
            spool,
            shelf,
            directory_copy,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The moment it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Tenant, desks and verified keys as this node last saw them.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.inner.world.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Compares the keyring, and reads the key directory again if it has changed or a day has passed.
    pub async fn refresh(&self) -> Result<(), Error> {
        let seen = self.world();
        let mut tx = self.store().read().await?;
        let serial = tx.directory_serial(seen.tenant.id).await?;
        self.compare_keyring(&mut tx).await?;
        drop(tx);
        if serial != seen.read || self.now().day() != seen.day {
            let copy = self.inner.directory_copy.as_deref();
            let fresh = seen.reload(self.store(), &self.inner.identity, self.now(), copy).await?;
            *self.inner.world.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        }
        Ok(())
    }

    /// Resolves when something was committed, after this was called, that a waiting worker or an open page may
    /// care about.
    pub fn changed(&self) -> impl Future<Output = ()> + '_ {
        self.inner.changed.notified()
    }

    /// Wakes everybody who waits for a change.
    pub(crate) fn wake(&self) {
        self.inner.changed.notify_waiters();
    }

    /// A token for one form: sent twice, it counts once.
    pub fn once_token(&self) -> Result<String, Error> {
        Ok(data_encoding::HEXLOWER.encode(&self.entropy().bytes::<16>()?))
    }

    /// The database, for jobs that report on it.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// This process.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.inner.node
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.inner.writer
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.inner.keyring
    }

    pub(crate) fn entropy(&self) -> &Entropy {
        self.inner.vault.entropy()
    }

    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.inner.deadlines
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Words to say and to understand.
    #[must_use]
    pub fn talk(&self) -> &Talk {
        &self.inner.talk
    }

    pub(crate) fn shelf(&self) -> Option<&Shelf> {
        self.inner.shelf.as_ref()
    }

    pub(crate) fn spool(&self) -> Option<&Spool> {
        self.inner.spool.as_ref()
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.inner.identity
    }

    pub(crate) fn flood_cell(&self) -> &OnceLock<flood::Flood> {
        &self.inner.flood
    }

    pub(crate) fn viewed(&self) -> &queue::Viewed {
        &self.inner.viewed
    }

    /// The one place for a verification of the audit log on this node, or none while one runs.
    pub(crate) fn verification_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.inner.verifying).try_acquire_owned().ok()
    }

    /// Whether a verification of the audit log runs on this node.
    pub(crate) fn verifying(&self) -> bool {
        self.inner.verifying.available_permits() == 0
    }

    pub(crate) fn login_permits(&self) -> (&Semaphore, &Semaphore) {
        (&self.inner.waiting, &self.inner.logins)
    }

    pub(crate) fn upload_places(&self) -> Arc<Semaphore> {
        Arc::clone(&self.inner.uploads)
    }
}

/// The plan of alarms that counts until another is followed.
fn embedded_plan() -> Result<Plan, Error> {
    Plan::embedded().map_err(|faults| match faults.into_iter().next() {
        Some(fault) => Error::Fault(Fault::new(fault)),
        None => Refusal::NotSetUp.into(),
    })
}
