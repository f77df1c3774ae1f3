//! What `doctor` looks at. A finding is well, a warning that wants attention, or a fault that needs a person
//! now; each says what to do. Nothing is changed.

mod alarms;
mod canary;
mod database;
mod matrix;
mod shelf;
mod watch;
mod zalo;

use std::time::Duration;

use super::config::Config;
use super::place::Place;
use crate::channels::telegram::{Fault, Options, Telegram, Why};

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Well,
    /// Wants attention.
    Warning,
    /// Needs a person now.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How serious.
    pub level: Level,
    /// What it is about.
    pub about: &'static str,
    /// What was found, and what to do.
    pub text: String,
}

impl Finding {
    fn well(about: &'static str, text: impl Into<String>) -> Self {
        Self { level: Level::Well, about, text: text.into() }
    }

    fn warning(about: &'static str, text: impl Into<String>) -> Self {
        Self { level: Level::Warning, about, text: text.into() }
    }

    fn fault(about: &'static str, text: impl Into<String>) -> Self {
        Self { level: Level::Fault, about, text: text.into() }
    }
}

/// Looks at everything.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let place = Place::at(&config.data);
    if !place.dir().exists() {
        let dir = place.dir().display();
        let text = format!("{dir} does not exist: run `tinan setup` or `tinan serve`, or give --data-dir");
        return vec![Finding::fault("folder", text)];
    }
    let mut all = vec![folder(&place), disk(&place, config.doctor.disk_mib)];
    all.extend(database::examine(config).await);
    let bots = config.telegram_options();
    if bots.is_empty() {
        all.push(Finding::well("telegram", "not used (no token)"));
    }
    for bot in bots {
        all.push(telegram(bot).await);
    }
    if let Some(bot) = config.zalo_options() {
        let hook = format!("{}{}", config.http.public_url, crate::channels::zalo::HOOK);
        all.push(zalo::bot(bot, &hook).await);
    }
    if let Some(options) = config.matrix_options() {
        all.push(matrix::user(options).await);
    }
    if !config.flood_enabled {
        all.push(Finding::warning("flood", "flood handling is off: for load tests only"));
    }
    all
}

fn folder(place: &Place) -> Finding {
    let open = place.readable_by_others();
    let dir = place.dir().display();
    if open.is_empty() {
        return Finding::well("folder", dir.to_string());
    }
    let text = format!("others may read {} in {dir}: chmod -R go= {dir}", open.join(", "));
    Finding::fault("folder", text)
}

fn disk(place: &Place, least_mib: u64) -> Finding {
    let free = match rustix::fs::statvfs(place.dir()) {
        Ok(v) => v.f_bavail.saturating_mul(v.f_frsize) / (1024 * 1024),
        Err(e) => return Finding::warning("disk", format!("cannot be measured: {e}")),
    };
    if free < least_mib / 10 {
        Finding::fault(
            "disk",
            format!("{free} MiB free: tips will soon be refused by the disk. Make room now"),
        )
    } else if free < least_mib {
        Finding::warning("disk", format!("{free} MiB free: make room"))
    } else {
        Finding::well("disk", format!("{free} MiB free"))
    }
}

async fn telegram(options: Options) -> Finding {
    let telegram = match Telegram::new(options) {
        Ok(telegram) => telegram,
        Err(e) => return Finding::fault("telegram", e.to_string()),
    };
    match tokio::time::timeout(Duration::from_secs(5), telegram.me()).await {
        Ok(Ok(me)) => {
            Finding::well("telegram", format!("the bot @{} answers", me.username.unwrap_or_default()))
        }
        Ok(Err(Fault::Refused { why: Why::Token, .. })) => {
            Finding::fault("telegram", "Telegram refuses the token: ask @BotFather for a new one")
        }
        _ => Finding::warning("telegram", "Telegram does not answer: check the network and telegram.api_url"),
    }
}
