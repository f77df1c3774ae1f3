//! The staff console: server-rendered pages under `/console`. Everything works without JavaScript; the script
//! only adds keys and a fresher queue. A page shows what its reader's keys open and nothing else: another
//! desk's case, a desk that is not theirs and an address that never was get one and the same answer.

mod alarms;
mod aside;
mod assets;
mod audit;
mod call;
mod callback;
mod casefile;
mod casework;
mod desks;
mod files;
mod findings;
mod forms;
mod informant;
mod labels;
mod login;
mod member;
mod moments;
mod oversight;
mod people;
mod queue;
mod recovery;
mod setup;
mod shell;
mod stop;
mod sweeps;
mod words;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};

use crate::kernel::Secret;
use crate::service::setup::{Established, Request};
use crate::service::{Error, Hotline};
use crate::web::{Gate, keep_to_ourselves};

/// The longest form in bytes: the longest text a person may write, each character three bytes, each byte
/// percent-encoded, and some room.
const LONGEST_FORM: usize = 256 * 1024;

/// What the console is told by `boot`.
#[derive(Clone, Default)]
pub struct Options {
    /// Whether the public address is `https`, so that cookies are `Secure` and carry the `__Host-` prefix.
    pub secure_cookies: bool,
    /// The one-time set-up, while the installation is not set up; none hides the page for good.
    pub setup: Option<Arc<SetUpDoor>>,
}

/// The way in for the one person who sets the installation up.
pub struct SetUpDoor {
    /// Last part of the link that `serve` prints. Compared in constant time.
    pub token: Secret<String>,
    /// What is done with the filled-in form.
    pub doing: Box<dyn SetUp>,
}

/// What [`SetUp::set_up`] gives back: a boxed future, because the door holds it as a trait object.
pub type SettingUp<'a> = Pin<Box<dyn Future<Output = Result<Established, Error>> + Send + 'a>>;

/// Sets the installation up: `boot` calls `service::setup::set_up`, writes `tinan.toml`, opens the service and
/// the [`Gate`].
pub trait SetUp: Send + Sync {
    /// Runs once. What it returns is shown once and kept nowhere.
    fn set_up(&self, request: Request) -> SettingUp<'_>;
}

/// What every page of ours is handed.
#[derive(Clone)]
struct Console {
    gate: Gate,
    options: Options,
}

impl Console {
    fn hotline(&self) -> Result<&Hotline, stop::Stop> {
        Ok(self.gate.hotline()?)
    }
}

/// All pages under `/console`, with their own errors and headers.
pub fn routes(gate: Gate, options: Options) -> Router {
    let console = Console { gate, options };
    Router::new()
        .route("/console", get(login::home))
        .route("/console/", get(login::home))
        .route("/console/login", get(login::page).post(login::log_in))
        .route("/console/logout", post(login::log_out))
        .route("/console/lang/{lang}", get(login::choose_language))
        .route("/console/password", get(login::password_page).post(login::change_password))
        .route("/console/queue", get(queue::first))
        .route("/console/queue/{desk}", get(queue::page))
        .route("/console/queue/{desk}/next", post(queue::next))
        .route("/console/queue/{desk}/side", get(aside::side).post(aside::sweep_side))
        .route("/console/queue/{desk}/sweeps", get(sweeps::list))
        .route("/console/folds/{id}", get(aside::fold).post(aside::sweep_fold))
        .route("/console/sweeps/{id}", get(sweeps::page))
        .route("/console/sweeps/{id}/{act}", post(sweeps::act))
        .route("/console/call/{desk}", get(call::blank).post(call::take))
        .route("/console/call/{desk}/missed", post(call::missed))
        .merge(callback::routes())
        .route("/console/cases/{id}", get(casefile::page))
        .route("/console/cases/{id}/informant", post(informant::page))
        .route("/console/cases/{id}/{step}", post(casework::step))
        .route("/console/cases/{id}/files/{file}", get(files::fetch))
        .route("/console/alarms", get(alarms::page))
        .route("/console/alarms/{id}/acknowledge", post(alarms::end))
        .route("/console/tally", get(oversight::tally))
        .route("/console/audit", get(audit::page).post(audit::verify))
        .route("/console/findings", get(findings::page).post(findings::acknowledge))
        .route("/console/people", get(people::page).post(people::add))
        .route("/console/team", get(people::team).post(people::add_to_team))
        .route("/console/team/desks", post(desks::add))
        .route("/console/setup/{token}", get(setup::page).post(setup::set_up))
        .route("/console/assets/console.css", get(assets::style))
        .route("/console/assets/console.js", get(assets::script))
        .route("/console/{*rest}", get(stop::nowhere))
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(middleware::from_fn(stop::speak))
        .layer(middleware::from_fn(keep_to_ourselves))
        .with_state(console)
}
