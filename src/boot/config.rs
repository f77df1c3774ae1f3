//! What the operator can set: embedded defaults, then a file, then the environment, then the command line.
//! Every fault of every layer is found before any is told, each with where it stands; the program never starts
//! half-configured. This is the only reader of the environment.

mod address;
mod alarms;
mod callback;
mod calls;
mod fault;
mod files;
mod layers;
mod matrix;
mod read;
mod sending;
mod sms;
mod talk;
mod telegram;
mod watch;
mod zalo;
mod zalo_oa;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::deadline::Deadlines;
use crate::domain::dialogue::Waits;
use crate::domain::flood::Rules;
use crate::domain::locale::Locale;
use crate::kernel::Secret;
use crate::service;
use crate::vault::ArgonCost;

pub use alarms::AlarmSettings;
pub use calls::CallSettings;
pub use fault::{Fault, Faults};
pub use files::Files;
pub use layers::{Origin, Setting, Settings};
pub use matrix::MatrixSettings;
use read::Reader;
pub use sms::SmsSettings;
pub use telegram::TelegramSettings;
pub use zalo::ZaloSettings;
pub use zalo_oa::ZaloOaSettings;

/// The defaults, which also say what settings there are and of which type.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");
/// The lengths of all clocks.
const DEADLINES: &str = include_str!("../../config/deadlines.toml");

/// What the command line says about settings.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config FILE`.
    pub config: Option<PathBuf>,
    /// Settings by flag: name of the flag, key, value.
    pub settings: Vec<(&'static str, &'static str, String)>,
}

/// The parts that a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// Answers HTTP.
    pub web: bool,
    /// Receives from messengers.
    pub channels: bool,
    /// Runs the queues and the schedule.
    pub worker: bool,
}

/// How logs look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// One JSON object a line instead of text.
    pub json: bool,
    /// Directives for our own lines: a level, or what `RUST_LOG` says.
    pub directives: String,
}

/// How HTTP is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What people type, without a slash at the end.
    pub public_url: String,
    /// How long a client may take for the head of a request, and between two pieces of its body.
    pub patience: Duration,
    /// How many connections are open at once.
    pub connections: usize,
}

/// What `doctor` measures against.
#[derive(Debug, Clone, Copy)]
pub struct DoctorSettings {
    /// A desk that fewer people can open gets a warning.
    pub fewest_members: usize,
    /// After so long without a login, with something waiting, a desk is a fault.
    pub absent: Duration,
    /// Free space below which it warns, in MiB.
    pub disk_mib: u64,
    /// How long before their end keys are warned about.
    pub warn_days: u32,
}

/// Everything, checked.
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where the database is; may hold a password.
    pub database: Secret<String>,
    /// Connections to it.
    pub database_connections: u32,
    /// How long a caller waits for one.
    pub database_patience: Duration,
    /// HTTP.
    pub http: Http,
    /// The Telegram bots.
    pub telegram: Vec<TelegramSettings>,
    /// The SMS gateway.
    pub sms: Option<SmsSettings>,
    /// Reports about calls.
    pub calls: Option<CallSettings>,
    /// The Zalo bot.
    pub zalo: Option<ZaloSettings>,
    /// The Zalo Official Account.
    pub zalo_oa: Option<ZaloOaSettings>,
    /// Our user at a Matrix homeserver.
    pub matrix: Option<MatrixSettings>,
    /// Sealed files of citizens.
    pub files: Files,
    /// Reserved on the disk for intake while the database is away, in MiB.
    pub spool_mib: u64,
    /// The language of a talk before a person has chosen one.
    pub locale: Locale,
    /// How long things wait in a talk.
    pub waits: Waits,
    /// Whether floods are folded.
    pub flood_enabled: bool,
    /// What a flood is.
    pub flood: Rules,
    /// Logs.
    pub log: Log,
    /// The operator's own address for `/metrics`.
    pub metrics: Option<SocketAddr>,
    /// What this process runs.
    pub roles: Roles,
    /// What the service is told.
    pub service: service::Options,
    /// Lengths of clocks.
    pub deadlines: Deadlines,
    /// What `doctor` measures against.
    pub doctor: DoctorSettings,
    /// Who is called when nobody acknowledges, and how.
    pub alarms: AlarmSettings,
    /// When counselling calls back.
    pub callbacks: Arc<crate::domain::callback::Rules>,
    /// Every setting with its origin, secrets blanked, for `doctor`.
    pub effective: Vec<(String, String, Origin)>,
}

impl Config {
    /// Reads all layers of the real process.
    pub fn load(flags: &Flags) -> Result<Self, Faults> {
        let vars = std::env::vars_os();
        let vars: Vec<(String, String)> = vars
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.to_string_lossy().into_owned())))
            .collect();
        Self::from_layers(flags, &vars)
    }

    /// Reads all layers with a given environment.
    pub fn from_layers(flags: &Flags, vars: &[(String, String)]) -> Result<Self, Faults> {
        let settings = Settings::merge(flags, vars);
        let rust_log = vars.iter().find(|(k, v)| k == "RUST_LOG" && !v.is_empty()).map(|(_, v)| v.as_str());
        let mut reader = Reader::new(settings);
        let config = build(&mut reader, rust_log);
        match (config, reader.faults()) {
            (Some(config), faults) if faults.is_empty() => Ok(config),
            (_, faults) => Err(faults),
        }
    }

    /// Whether the database is a file of this folder's own.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.database.expose().starts_with("sqlite:")
    }

    /// The file of an SQLite database.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let path = self.database.expose().strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }
}

/// The folder for what may be gone after a restart of the machine.
#[must_use]
pub fn temporary_folder() -> PathBuf {
    std::env::temp_dir()
}

/// Builds the whole; every getter notes its own fault, so that one run finds all of them.
fn build(r: &mut Reader, rust_log: Option<&str>) -> Option<Config> {
    let data = r.text("data.dir").map(PathBuf::from).filter(|d| !d.as_os_str().is_empty());
    if data.is_none() {
        r.fault("data.dir", "must name a folder");
    }
    let database = database(r, data.as_deref());
    let (connections, patience) =
        (r.number("database.connections", 1, 1000), r.seconds("database.patience_seconds", 1, 600));
    let http = http(r);
    let telegram = telegram::telegram(r, http.as_ref());
    let alarms = alarms::alarms(r, telegram.as_ref().is_some_and(|bots| !bots.is_empty()));
    let (sms, calls, callbacks) = (sms::sms(r), calls::calls(r), callback::rules(r));
    let (zalo, zalo_oa) = (zalo::zalo(r, http.as_ref()), zalo_oa::zalo_oa(r, http.as_ref()));
    let matrix = matrix::matrix(r, http.as_ref());
    let (flood, log, metrics, roles) =
        (r.flag("flood.enabled"), log(r, rust_log), r.address_or_none("metrics.listen"), roles(r));
    let (service, doctor, spool) = (service_options(r), doctor(r), r.number("spool.mib", 1, 1024 * 1024));
    let waits = talk::waits(r, service.as_ref().map(|s| s.own_words_for));
    let files = files::files(r, data.as_deref());
    let deadlines = Deadlines::parse(DEADLINES).map_err(|e| r.plain("config/deadlines.toml", e.message()));
    let rules = Rules::embedded().map_err(|e| r.plain("config/flood.toml", e.message()));
    Some(Config {
        data: data?,
        database: database?,
        database_connections: u32::try_from(connections?).ok()?,
        database_patience: patience?,
        http: http?,
        telegram: telegram?,
        sms: sms?,
        calls: calls?,
        zalo: zalo?,
        zalo_oa: zalo_oa?,
        matrix: matrix?,
        files: files?,
        spool_mib: spool?,
        locale: Locale::default(),
        waits: waits?,
        flood_enabled: flood?,
        flood: rules.ok()?,
        log: log?,
        metrics: metrics?,
        roles: roles?,
        service: service?,
        deadlines: deadlines.ok()?,
        doctor: doctor?,
        alarms: alarms?,
        callbacks: callbacks?,
        effective: r.effective(),
    })
}

fn database(r: &mut Reader, data: Option<&Path>) -> Option<Secret<String>> {
    if r.in_file("database.url") && r.text("database.url").is_some_and(|u| has_password(&u)) {
        let advice = "holds a password: put it into the environment (TINAN_DATABASE__URL) or name a file \
                      with database.url_file";
        r.fault("database.url", advice);
        return None;
    }
    let url = r.secret("database.url", "database.url_file")?;
    match url {
        None => {
            let path = data?.join("tinan.db");
            Some(Secret::new(format!("sqlite://{}", path.display())))
        }
        Some(url) if ["sqlite:", "postgres:", "postgresql:"].iter().any(|s| url.expose().starts_with(s)) => {
            Some(url)
        }
        Some(_) => {
            r.fault("database.url", "must begin with sqlite:// or postgres://");
            None
        }
    }
}

/// Whether an address has `:password@` in it.
fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) || url.contains("password=")
}

fn http(r: &mut Reader) -> Option<Http> {
    let listen = r.address("http.listen");
    let patience = r.seconds("http.patience_seconds", 1, 600);
    let connections = r.number("http.connections", 1, 100_000);
    let public = r.text("http.public_url")?;
    let public_url = if public.is_empty() {
        format!("http://{}", listen?)
    } else {
        address::checked(r, "http.public_url", &public)?
    };
    let connections = usize::try_from(connections?).ok()?;
    Some(Http { listen: listen?, public_url, patience: patience?, connections })
}

fn log(r: &mut Reader, rust_log: Option<&str>) -> Option<Log> {
    let format = r.one_of("log.format", &["text", "json"]);
    let level = r.one_of("log.level", &["off", "error", "warn", "info", "debug", "trace"]);
    if let Some(text) = rust_log
        && tracing_subscriber::EnvFilter::try_new(text).is_err()
    {
        r.plain("RUST_LOG", "is not a list of directives such as tinan=debug");
    }
    let directives = rust_log.map(str::to_owned).or(level);
    Some(Log { json: format? == "json", directives: directives? })
}

fn roles(r: &mut Reader) -> Option<Roles> {
    let text = r.text("serve.roles")?;
    let mut roles = Roles { web: false, channels: false, worker: false };
    for word in text.split(',').map(str::trim) {
        match word {
            "web" => roles.web = true,
            "channels" => roles.channels = true,
            "worker" => roles.worker = true,
            _ => {
                r.fault("serve.roles", "must be some of web, channels, worker, with commas between");
                return None;
            }
        }
    }
    Some(roles)
}

fn service_options(r: &mut Reader) -> Option<service::Options> {
    let (sending, orphans) = (sending::sending(r), r.number("files.orphan_hours", 1, 24 * 30));
    let (uploads, wait) =
        (r.number("files.uploads_at_once", 1, 1000), r.seconds("files.upload_wait_seconds", 1, 120));
    let (pace, publication, canary) = (watch::pace(r), watch::publication(r), watch::canary(r));
    let idle = r.number("sessions.idle_minutes", 1, 24 * 60);
    let absolute = r.number("sessions.absolute_hours", 1, 24 * 7);
    let (at_once, waiting) =
        (r.number("sessions.logins_at_once", 1, 64), r.number("sessions.logins_waiting", 0, 10_000));
    let validity = r.number("keys.validity_days", 30, 3650);
    let warn = r.number("keys.warn_days", 1, 365);
    let (replay, own) = (r.number("replay.hours", 1, 48), r.number("counselling.own_words_hours", 0, 24));
    Some(service::Options {
        session_idle: Duration::from_mins(idle?),
        session_absolute: Duration::from_hours(absolute?),
        argon: ArgonCost::PRODUCTION,
        logins_at_once: usize::try_from(at_once?).ok()?,
        logins_waiting: usize::try_from(waiting?).ok()?,
        replay_for: Duration::from_hours(replay?),
        key_validity_days: u32::try_from(validity?).ok()?,
        renew_within_days: u32::try_from(warn?).ok()?,
        own_words_for: Duration::from_hours(own?),
        sending: sending?,
        uploads_at_once: usize::try_from(uploads?).ok()?,
        upload_wait: wait?,
        orphans_after: Duration::from_hours(orphans?),
        pace: pace?,
        publication: publication?,
        canary: canary?,
    })
}

fn doctor(r: &mut Reader) -> Option<DoctorSettings> {
    let fewest = r.number("doctor.fewest_members", 1, 1000);
    let absent = r.number("doctor.absent_hours", 1, 24 * 7);
    let disk = r.number("doctor.disk_mib", 10, 10_000_000);
    let warn = r.number("keys.warn_days", 1, 365);
    Some(DoctorSettings {
        fewest_members: usize::try_from(fewest?).ok()?,
        absent: Duration::from_hours(absent?),
        disk_mib: disk?,
        warn_days: u32::try_from(warn?).ok()?,
    })
}

#[cfg(test)]
mod tests;
