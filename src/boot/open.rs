//! From a data folder and a database to a service. What does not belong together is refused here, with what
//! to do about it: a folder of another installation, a keyring of another node, a database that was lost.

use anyhow::{Context, Result, bail};

use super::config::Config;
use super::place::Place;
use crate::kernel::id::NodeId;
use crate::kernel::{Clock, Entropy};
use crate::service::rekey::written;
use crate::service::setup::Ground;
use crate::service::{self, Error, Hotline, Identity, Parts, Talk};
use crate::store::spool::Spool;
use crate::store::{Store, StoreError, StoreOptions, meta};
use crate::vault::Keyring;

/// What a command or a server stands on.
#[derive(Clone)]
pub struct Base {
    /// The data folder.
    pub place: Place,
    /// The database.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
    /// This node.
    pub node: NodeId,
    /// Where a server keeps intake while the database is away; a command has none.
    pub spool: Option<Spool>,
}

/// Whether the installation is set up.
pub enum Standing {
    /// Not yet.
    NotSetUp,
    /// It is, folder and database agree, and the keyring is the right one.
    SetUp(Box<Identity>, Keyring),
}

impl Base {
    /// Makes the folder and connects; the database is not changed.
    pub async fn new(config: &Config, clock: Clock, entropy: Entropy) -> Result<Self> {
        let place = Place::at(&config.data);
        place.make()?;
        let node = place.node(&entropy)?;
        Ok(Self { store: connect(config).await?, place, clock, entropy, node, spool: None })
    }

    /// With the spool of a server: its file's blocks are reserved now, so that a full disk cannot stop it later.
    pub fn spooling(mut self, mib: u64) -> Result<Self> {
        let path = self.place.spool_file();
        let spool = Spool::open(&path, mib << 20).with_context(|| path.display().to_string())?;
        self.spool = Some(spool);
        Ok(self)
    }

    /// For commands on an installation that must exist already: makes nothing.
    pub async fn existing(config: &Config, clock: Clock, entropy: Entropy) -> Result<Self> {
        if let Some(file) = config.sqlite_file()
            && !file.exists()
        {
            bail!("there is no database {} yet: run `tinan setup` or `tinan serve` first", file.display());
        }
        Self::new(config, clock, entropy).await
    }

    /// Compares folder, keyring and database.
    pub async fn standing(&self) -> Result<Standing> {
        let mut tx = self.store.read().await?;
        let deployment = tx.meta(meta::name::DEPLOYMENT).await?;
        let wanted = [tx.meta(meta::name::KEYRING).await?, tx.meta(meta::name::KEYRING_NEXT).await?];
        drop(tx);
        let pinned = self.place.identity()?;
        let file = self.place.identity_file();
        let file = file.display();
        match (deployment, pinned) {
            (None, None) => Ok(Standing::NotSetUp),
            (None, Some(_)) => bail!(
                "{file} belongs to an installation, but this database is empty. Check database.url or restore the \
                 database; to begin anew, move the folder away"
            ),
            (Some(_), None) => bail!(
                "the database is set up, but {file} is missing. Bring it and the keyring from another node \
                 (`tinan keys export-node DIR`) or from the backup"
            ),
            (Some(there), Some(here)) if there != here.deployment.to_string() => bail!(
                "{file} belongs to another installation ({}) than the database ({there})",
                here.deployment
            ),
            (Some(_), Some(here)) => Ok(Standing::SetUp(Box::new(here), self.right_keyring(&wanted)?)),
        }
    }

    /// What this folder alone says, for a start while the database is away.
    pub fn pinned(&self) -> Result<Option<(Identity, Keyring)>> {
        Ok(self.place.identity()?.zip(self.place.keyring()?))
    }

    /// The keyring, if it is the one all nodes of this database hold, or will hold when its renewal is done.
    fn right_keyring(&self, wanted: &[Option<String>; 2]) -> Result<Keyring> {
        let path = self.place.keyring_file();
        let path = path.display();
        let Some(keyring) = self.place.keyring()? else {
            bail!(
                "{path} is missing. Bring it from another node (`tinan keys export-node DIR`) or from the backup: \
                 without it what is in flight cannot be read"
            );
        };
        let held = written(&keyring.fingerprint());
        if !wanted.iter().flatten().any(|w| *w == held) {
            let [current, _] = wanted;
            bail!(
                "{path} is another keyring than the one this database belongs to (here {}, there {}): nothing in \
                 flight could be read, so the program does not start. Bring the right file, or, after \
                 `tinan keys renew` on another node, that node's new one",
                short(&held),
                current.as_deref().map_or("none", short)
            );
        }
        Ok(keyring)
    }

    /// The service, for a command.
    pub async fn hotline(&self, config: &Config) -> Result<Hotline> {
        match self.standing().await.map_err(told_if_empty)? {
            Standing::NotSetUp => bail!("this installation is not set up: run `tinan setup` first"),
            Standing::SetUp(identity, keyring) => {
                Ok(self.open(config, *identity, keyring).await.map_err(Told::from)?)
            }
        }
    }

    /// The service on an installation whose standing is known.
    pub async fn open(
        &self,
        config: &Config,
        identity: Identity,
        keyring: Keyring,
    ) -> Result<Hotline, Error> {
        let shelf = config.shelf(&identity).map_err(|e| Error::Fault(service::Fault::new(e)))?;
        let hotline = Hotline::open(Parts {
            store: self.store.clone(),
            keyring,
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            deadlines: config.deadlines.clone(),
            identity,
            node: self.node,
            options: config.service.clone(),
            talk: Talk {
                locale: config.locale,
                waits: config.waits,
                ..Talk::embedded(config.http.public_url.as_str())?
            },
            spool: self.spool.clone(),
            shelf: Some(shelf),
            directory_copy: Some(self.place.directory_copy()),
        })
        .await?;
        hotline.know_floods(config.flood.clone(), config.flood_enabled)?;
        hotline.follow(std::sync::Arc::clone(&config.alarms.plan));
        hotline.offer_callbacks(std::sync::Arc::clone(&config.callbacks));
        Ok(hotline)
    }

    /// What a set-up stands on; makes the keyring if there is none.
    pub fn ground(&self, options: &service::Options) -> Result<Ground> {
        Ok(Ground {
            store: self.store.clone(),
            keyring: self.place.keyring_or_new(&self.entropy, &self.clock)?,
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            argon: options.argon,
            node: self.node,
            validity_days: options.key_validity_days,
        })
    }
}

/// Connects to the database; makes the folder of an SQLite file.
pub async fn connect(config: &Config) -> Result<Store> {
    if let Some(folder) = config.sqlite_file().as_deref().and_then(|f| f.parent()) {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let options = StoreOptions {
        url: config.database.expose().clone(),
        connections: config.database_connections,
        patience: config.database_patience,
    };
    Store::connect(&options).await.context("the database cannot be opened")
}

/// The first eight characters, enough for people to compare.
fn short(fingerprint: &str) -> &str {
    fingerprint.get(..8).unwrap_or(fingerprint)
}

/// A database without our tables gives errors that say little.
fn told_if_empty(e: anyhow::Error) -> anyhow::Error {
    match e.downcast_ref::<StoreError>() {
        Some(s) if !s.is_away() => {
            e.context("the database cannot be read; `tinan migrate` brings it up to date")
        }
        _ => e,
    }
}

/// Whether an error only says that the database is away for now.
#[must_use]
pub fn is_away(e: &anyhow::Error) -> bool {
    e.chain().any(|cause| {
        cause.downcast_ref::<StoreError>().is_some_and(StoreError::is_away)
            || matches!(cause.downcast_ref::<Error>(), Some(Error::Fault(f)) if f.is_away())
    })
}

/// A service error as an operator reads it: a refusal in words, a fault with its causes.
#[derive(Debug, thiserror::Error)]
pub enum Told {
    /// Said no.
    #[error("{0}")]
    Refused(service::Refusal),
    /// Failed.
    #[error("{0}")]
    Failed(String, #[source] Error),
}

impl From<Error> for Told {
    fn from(e: Error) -> Self {
        match e {
            Error::Refused(r) => Self::Refused(r),
            Error::Fault(ref f) => Self::Failed(f.chain(), e),
        }
    }
}
