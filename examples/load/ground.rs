//! A throw-away installation, set up as `tinan setup` does it, with real durability: SQLite as the program
//! opens it, or a PostgreSQL server of our own with `fsync` on.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use tempfile::TempDir;
use tinan::boot::config::{Config, Flags};
use tinan::boot::establish::establish;
use tinan::boot::open::{Base, Standing, Told, connect};
use tinan::domain::lane::Kind;
use tinan::domain::policy::Role;
use tinan::kernel::id::NodeId;
use tinan::kernel::{Clock, Entropy, Secret};
use tinan::service::people::NewStaff;
use tinan::service::setup::Request;
use tinan::service::{Actor, Hotline};
use tinan::vault::ArgonCost;

use crate::cluster::Cluster;

/// The lead of the tips desk.
const LEAD: &str = "anh";
/// Passwords are not what is measured here.
const CHEAP: ArgonCost = ArgonCost { memory_kib: 64, passes: 1, lanes: 1 };
/// A server as it is run, but for the time between two checkpoints, which is that of a machine with much to write.
const DURABLE: [&str; 4] = ["fsync=on", "full_page_writes=on", "shared_buffers=128MB", "max_wal_size=2GB"];

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// The installation. Everything is gone when it is dropped.
pub(crate) struct Ground {
    pub(crate) config: Config,
    pub(crate) base: Base,
    settings: Vec<(String, String)>,
    _folder: TempDir,
    _cluster: Option<Cluster>,
}

/// The settings as environment variables.
fn settings(data: &str, database: &str) -> Vec<(String, String)> {
    [
        ("TINAN_DATA__DIR", data),
        ("TINAN_DATABASE__URL", database),
        ("TINAN_HTTP__LISTEN", "127.0.0.1:0"),
        ("TINAN_FLOOD__ENABLED", "false"),
        ("TINAN_LOG__LEVEL", "warn"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn config(settings: &[(String, String)]) -> Result<Config> {
    let mut config = Config::from_layers(&Flags::default(), settings).map_err(|e| anyhow::anyhow!("{e}"))?;
    config.service.argon = CHEAP;
    Ok(config)
}

impl Ground {
    /// Sets up on an empty database.
    pub(crate) async fn new(database: Database) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("tinan-load-").tempdir()?;
        let cluster = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(Cluster::start_with(&DURABLE).context("no PostgreSQL")?),
        };
        let url = cluster.as_ref().map(|c| c.url("postgres")).unwrap_or_default();
        let settings = settings(&folder.path().join("data").to_string_lossy(), &url);
        let config = config(&settings)?;
        let base = Base::new(&config, Clock::System, Entropy::System).await?;
        for _ in 0..300 {
            if base.store.read().await.is_ok() || cluster.is_none() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        establish(&base, &config, request()).await?;
        Ok(Self { config, base, settings, _folder: folder, _cluster: cluster })
    }

    /// The settings a server process is started with.
    pub(crate) fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// Where the database keeps its files, if it is one of ours.
    pub(crate) fn sqlite_file(&self) -> Option<PathBuf> {
        self.config.sqlite_file().filter(|_| self.config.is_sqlite())
    }

    /// The service, as a node with connections of its own.
    pub(crate) async fn node(&self) -> Result<Hotline> {
        let node = NodeId::random(&self.base.entropy)?;
        let base = Base { node, store: connect(&self.config).await?, ..self.base.clone() };
        service(&base, &self.config).await
    }

    /// The service on a node that watches for floods.
    pub(crate) async fn watching_node(&self) -> Result<Hotline> {
        let mut config = config(&self.settings)?;
        config.flood_enabled = true;
        let node = NodeId::random(&self.base.entropy)?;
        let base = Base { node, store: connect(&config).await?, ..self.base.clone() };
        service(&base, &config).await
    }

    /// The lead and officers of the tips desk, `amount` together.
    pub(crate) async fn officers(&self, hotline: &Hotline, amount: usize) -> Result<Vec<Actor>> {
        let mut all = vec![hotline.prove(LEAD, password()).await.map_err(Told::from)?];
        for i in 1..amount {
            let login = format!("officer{i}");
            let new = NewStaff {
                login: login.clone(),
                name: login.clone(),
                role: Role::Officer,
                desk: Some("tips".to_owned()),
            };
            let lead = all.first().context("the lead")?;
            hotline.add_staff(lead, new, password()).await.map_err(Told::from)?;
            all.push(hotline.prove(&login, password()).await.map_err(Told::from)?);
        }
        Ok(all)
    }

    /// The token of a session of the lead.
    pub(crate) async fn session(&self, hotline: &Hotline) -> Result<Secret<String>> {
        Ok(hotline.log_in(LEAD, password()).await.map_err(Told::from)?.token)
    }
}

/// Opens the installation that the environment names: the other process of the same ground.
pub(crate) async fn reopen() -> Result<(Config, Hotline)> {
    let config = Config::load(&Flags::default()).map_err(|e| anyhow::anyhow!("{e}"))?;
    let base = Base::existing(&config, Clock::System, Entropy::System).await?;
    let hotline = service(&base, &config).await?;
    Ok((config, hotline))
}

async fn service(base: &Base, config: &Config) -> Result<Hotline> {
    match base.standing().await? {
        Standing::SetUp(identity, keyring) => {
            Ok(base.open(config, *identity, keyring).await.map_err(Told::from)?)
        }
        Standing::NotSetUp => anyhow::bail!("not set up"),
    }
}

fn password() -> Secret<String> {
    Secret::new("a password of a load test".to_owned())
}

fn request() -> Request {
    let lead = |kind, login: &str| (kind, login.to_owned(), password());
    Request {
        province: "19".to_owned(),
        name: "Công an tỉnh Thái Nguyên".to_owned(),
        admin: ("quan".to_owned(), password()),
        leads: vec![lead(Kind::Tips, LEAD), lead(Kind::Counselling, "binh")],
    }
}
