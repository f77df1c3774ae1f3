//! How the server starts and stops. It listens at once; the gate opens as soon as the installation is set up,
//! by whichever process did that. A stop is soft first (nothing new, what runs finishes), then hard.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::config::Config;
use super::door::door;
use super::lineup::{Lineup, Receiving};
use super::open::{Base, Standing, Told, is_away};
use super::{http, metrics, mount};
use crate::console::SetUpDoor;
use crate::jobs::Jobs;
use crate::kernel::{Clock, Entropy};
use crate::service::Hotline;
use crate::service::alarms::Ways;
use crate::web::Gate;

/// How often a server that is not set up, or whose database is away, looks again.
const LOOK: Duration = Duration::from_millis(500);
/// After a stop: for requests being answered, and then for everything else. Together below ten seconds.
const GRACE: Duration = Duration::from_secs(6);
const LAST: Duration = Duration::from_secs(2);

/// The running parts of a server.
pub struct Server {
    base: Base,
    config: Arc<Config>,
    gate: Gate,
    lineup: Lineup,
    setup: Option<Arc<SetUpDoor>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What one look at folder and database came to.
enum Look {
    Open(Box<Hotline>),
    NotSetUp,
    Away(anyhow::Error),
}

/// Runs a server until a signal ends it.
pub async fn serve(config: Config) -> Result<()> {
    let stop = stop_on_signal()?;
    let place = super::place::Place::at(&config.data);
    place.make()?;
    let _lock = place.lock()?;
    let base = Base::new(&config, Clock::System, Entropy::System).await?.spooling(config.spool_mib)?;
    if !config.flood_enabled {
        tracing::warn!("FLOOD HANDLING IS OFF (flood.enabled = false): for load tests only");
    }
    if !config.service.canary.enabled {
        tracing::warn!(
            "CANARIES ARE OFF (canary.enabled = false): nobody notices when a way in stops working"
        );
    }
    Server::new(base, config, stop)?.run().await
}

/// Serves a service that is open already: for the demonstration.
pub async fn serve_open(base: Base, config: Config, hotline: Hotline, stop: CancellationToken) -> Result<()> {
    let server = Server::new(base, config, stop)?;
    let listener = server.listen().await?;
    server.begin(hotline).await?;
    server.answer(listener).await
}

/// A token that SIGTERM and SIGINT cancel. A second signal ends the process at once.
pub fn stop_on_signal() -> Result<CancellationToken> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        let mut next = async || tokio::select! { _ = term.recv() => (), _ = int.recv() => () };
        next().await;
        tracing::info!("stopping");
        told.cancel();
        next().await;
        std::process::exit(130);
    });
    Ok(stop)
}

impl Server {
    fn new(base: Base, config: Config, stop: CancellationToken) -> Result<Self> {
        let lineup = Lineup::of(&config)?;
        let (config, gate, tasks) = (Arc::new(config), Gate::default(), TaskTracker::new());
        Ok(Self { base, config, gate, lineup, setup: None, stop, tasks })
    }

    async fn run(mut self) -> Result<()> {
        let listener = if self.config.roles.web { Some(self.listen().await?) } else { None };
        match self.look().await? {
            Look::Open(hotline) => self.begin(*hotline).await?,
            Look::NotSetUp => {
                self.setup = listener.is_some().then(|| door(&self.base, &self.config)).transpose()?;
                println!("{}", self.invitation(listener.as_ref())?);
                self.wait_for_opening();
            }
            Look::Away(e) => {
                tracing::warn!(error = %format!("{e:#}"), "the database is away: waiting for it");
                self.open_for_the_spool().await;
                self.wait_for_opening();
            }
        }
        let counting = operators_listener(self.config.metrics, self.gate.clone(), self.stop.clone());
        let counting = self.tasks.spawn(counting);
        match listener {
            Some(listener) => self.answer(listener).await?,
            None => self.finish().await,
        }
        counting.await?
    }

    async fn listen(&self) -> Result<TcpListener> {
        let wanted = self.config.http.listen;
        let listener =
            TcpListener::bind(wanted).await.with_context(|| format!("cannot listen on {wanted}"))?;
        println!("Tin An listens on http://{}", listener.local_addr()?);
        Ok(listener)
    }

    /// Serves HTTP until the stop, then ends everything else.
    async fn answer(self, listener: TcpListener) -> Result<()> {
        let http = &self.config.http;
        let limits = http::Limits { patience: http.patience, connections: http.connections, grace: GRACE };
        let router = mount::web(mount::Edges {
            gate: &self.gate,
            lineup: &self.lineup,
            files: &self.config.files,
            web: &http.public_url,
            https: http.public_url.starts_with("https://"),
            setup: self.setup.clone(),
            stop: &self.stop,
        })?;
        http::serve(listener, router, limits, self.stop.clone()).await;
        self.finish().await;
        Ok(())
    }

    /// Waits for the stop and for the tasks, then lets go of the database.
    async fn finish(self) {
        self.stop.cancelled().await;
        self.tasks.close();
        if tokio::time::timeout(LAST, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "tasks are cut: they did not finish in time");
        }
        if let Ok(hotline) = self.gate.hotline() {
            // the others may take over at once instead of after the lease
            let _given = tokio::time::timeout(Duration::from_secs(1), hotline.give_back()).await;
        }
        let _closed = tokio::time::timeout(Duration::from_secs(1), self.base.store.close()).await;
    }

    /// Brings the schema up to date and looks whether there is something to serve.
    async fn look(&self) -> Result<Look> {
        match look(&self.base, &self.config).await {
            Err(e) if is_away(&e) => Ok(Look::Away(e)),
            other => other,
        }
    }

    /// Opens the gate when the installation is set up or the database is back.
    fn wait_for_opening(&self) {
        let this = Self {
            base: self.base.clone(),
            config: Arc::clone(&self.config),
            gate: self.gate.clone(),
            lineup: self.lineup.clone(),
            setup: None,
            stop: self.stop.clone(),
            tasks: self.tasks.clone(),
        };
        self.tasks.spawn(async move {
            let mut told = String::new();
            while this.stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
                match this.look().await {
                    Ok(Look::Open(hotline)) => match this.begin(*hotline).await {
                        Ok(()) => return tracing::info!("set up: the gate is open"),
                        Err(e) => tell_once(&mut told, format!("{e:#}")),
                    },
                    Ok(_) => {}
                    // a set-up of another process may be between file and commit: said, and looked at again
                    Err(e) => tell_once(&mut told, format!("{e:#}")),
                }
            }
        });
    }

    /// With the database away, a folder that was set up can still seal: what comes goes to the spool.
    async fn open_for_the_spool(&self) {
        let opened = async {
            let Some((identity, keyring)) = self.base.pinned()? else { return anyhow::Ok(()) };
            self.gate.set(self.base.open(&self.config, identity, keyring).await.map_err(Told::from)?);
            Ok(())
        };
        if let Err(e) = opened.await {
            tracing::error!(error = %format!("{e:#}"), "nothing can be taken until the database is back");
        }
    }

    /// Starts what works behind the gate, and opens it if it is not open for the spool already.
    async fn begin(&self, fresh: Hotline) -> Result<()> {
        let hotline = self.gate.hotline().cloned().unwrap_or(fresh);
        hotline.take_over().await.map_err(Told::from)?;
        self.lineup.open(&hotline);
        let channels = self.lineup.channels();
        let ways = Ways::new(self.config.callers(&self.base.clock), &channels);
        let jobs = Jobs {
            hotline: hotline.clone(),
            channels,
            ways,
            stop: self.stop.clone(),
            tasks: self.tasks.clone(),
        };
        jobs.keep_fresh();
        if self.config.roles.worker {
            jobs.start();
        }
        if self.config.roles.channels {
            self.lineup.receive(&Receiving {
                jobs: &jobs,
                entropy: &self.base.entropy,
                public_url: &self.config.http.public_url,
                stop: &self.stop,
                tasks: &self.tasks,
            });
        }
        self.gate.set(hotline);
        Ok(())
    }

    /// What a first start tells the person in front of it.
    fn invitation(&self, listener: Option<&TcpListener>) -> Result<String> {
        let mut out = String::from("This installation is not set up.\n");
        if let (Some(door), Some(listener)) = (&self.setup, listener) {
            // port 0 in the settings means "any": only the listener knows which
            let wanted = format!("http://{}", self.config.http.listen);
            let public = &self.config.http.public_url;
            let public =
                if *public == wanted { format!("http://{}", listener.local_addr()?) } else { public.clone() };
            let link = format!("{public}/console/setup/{}", door.token.expose());
            out.push_str("Set it up in a browser; whoever has this link can do it, once:\n  ");
            out.push_str(&link);
            out.push_str("\nor ");
        }
        out.push_str("in another terminal:\n  tinan --data-dir ");
        out.push_str(&self.base.place.dir().display().to_string());
        out.push_str(
            " setup --province 19 --admin LOGIN --lead tips=LOGIN --lead counselling=LOGIN --passwords-stdin",
        );
        Ok(out)
    }
}

fn tell_once(told: &mut String, text: String) {
    if *told != text {
        tracing::error!(error = %text, "the installation cannot be served");
        *told = text;
    }
}

async fn look(base: &Base, config: &Config) -> Result<Look> {
    // a plain read first: it tells "away" apart from a migration that fails
    drop(base.store.read().await?);
    base.store.migrate().await?;
    match base.standing().await? {
        Standing::NotSetUp => {
            base.place.keyring_or_new(&base.entropy, &base.clock)?;
            Ok(Look::NotSetUp)
        }
        Standing::SetUp(identity, keyring) => {
            let hotline = base.open(config, *identity, keyring).await.map_err(Told::from)?;
            Ok(Look::Open(Box::new(hotline)))
        }
    }
}

async fn operators_listener(
    address: Option<std::net::SocketAddr>,
    gate: Gate,
    stop: CancellationToken,
) -> Result<()> {
    let Some(address) = address else { return Ok(()) };
    let handle = metrics::start(stop.clone())?;
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(e) => {
            stop.cancel();
            bail!("cannot listen on {address} for metrics: {e}");
        }
    };
    let limits =
        http::Limits { patience: Duration::from_secs(10), connections: 16, grace: Duration::from_secs(1) };
    http::serve(listener, metrics::routes(handle, gate), limits, stop).await;
    Ok(())
}
