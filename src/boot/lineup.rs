//! The messengers of this installation: built from the settings, mounted, started. A new channel has its line in
//! each of these four places and nowhere else in this layer.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::config::Config;
use crate::channels::calls;
use crate::channels::intake::{Batch, Intake, NotStored, Turn};
use crate::channels::matrix::{self, Matrix};
use crate::channels::sms::{self, Sms};
use crate::channels::telegram::{self, Mode, Poller, Telegram};
use crate::channels::zalo::{self, Zalo};
use crate::channels::zalo_oa::{self, NoAccess, ZaloOa};
use crate::jobs::Jobs;
use crate::kernel::Entropy;
use crate::service::Hotline;
use crate::service::channel::Channel;
use crate::web::Gate;

/// How long to wait before a webhook is announced again.
const HOOK: Duration = Duration::from_secs(30);
/// How long to wait before a homeserver is asked again to call us.
const PUSH: Duration = Duration::from_secs(2);
/// How often the tokens of an account are looked at.
const TOKENS: Duration = Duration::from_mins(10);

/// All messengers that are set.
#[derive(Clone, Default)]
pub struct Lineup {
    telegram: Vec<Arc<Telegram>>,
    zalo: Option<Arc<Zalo>>,
    sms: Option<Arc<Sms>>,
    calls: Option<Arc<calls::Options>>,
    zalo_oa: Option<Arc<ZaloOa>>,
    matrix: Option<Arc<Matrix>>,
}

/// What receiving needs besides the channels.
pub struct Receiving<'a> {
    /// The jobs, which keep the right to poll.
    pub jobs: &'a Jobs,
    /// Chance, for waiting times.
    pub entropy: &'a Entropy,
    /// Where messengers can call us.
    pub public_url: &'a str,
    /// Ends it.
    pub stop: &'a CancellationToken,
    /// Waits for it to end.
    pub tasks: &'a TaskTracker,
}

impl Lineup {
    /// Builds what is set; touches no network.
    pub fn of(config: &Config) -> Result<Self> {
        let bots = config.telegram_options().into_iter().map(Telegram::new);
        let telegram = bots.map(|b| b.map(Arc::new)).collect::<Result<_, _>>()?;
        let zalo = config.zalo_options().map(Zalo::new).transpose()?.map(Arc::new);
        let sms = config.sms_options().map(Sms::new).transpose()?.map(Arc::new);
        let calls = config.call_options().map(Arc::new);
        let zalo_oa = config.zalo_oa_options().map(ZaloOa::new).transpose()?.map(Arc::new);
        let matrix = config.matrix_options().map(|o| Matrix::new(o, Entropy::System));
        let matrix = matrix.transpose()?.map(Arc::new);
        Ok(Self { telegram, zalo, sms, calls, zalo_oa, matrix })
    }

    /// Everything that sends and understands.
    #[must_use]
    pub fn channels(&self) -> Vec<Arc<dyn Channel>> {
        let telegram = self.telegram.iter().map(|t| Arc::clone(t) as Arc<dyn Channel>);
        let zalo = self.zalo.iter().map(|z| Arc::clone(z) as Arc<dyn Channel>);
        let sms = self.sms.iter().map(|s| Arc::clone(s) as Arc<dyn Channel>);
        let zalo_oa = self.zalo_oa.iter().map(|z| Arc::clone(z) as Arc<dyn Channel>);
        let matrix = self.matrix.iter().map(|m| Arc::clone(m) as Arc<dyn Channel>);
        telegram.chain(zalo).chain(zalo_oa).chain(sms).chain(matrix).collect()
    }

    /// The addresses that messengers call.
    pub fn hooks(&self, gate: &Gate) -> Router {
        let intake = Arc::new(Behind(gate.clone()));
        let zalo = self.zalo.iter().map(|bot| zalo::routes(Arc::clone(bot), Arc::clone(&intake)));
        let zalo_oa = self.zalo_oa.iter().map(|oa| zalo_oa::routes(Arc::clone(oa), Arc::clone(&intake)));
        let sms = self.sms.iter().map(|s| sms::routes(Arc::clone(s), Arc::clone(&intake)));
        let calls = self.calls.iter().map(|c| calls::routes(Arc::clone(c), gate.clone()));
        let matrix = self.matrix.iter().map(|m| matrix::routes(Arc::clone(m), Arc::clone(&intake)));
        let all =
            zalo.chain(zalo_oa).chain(sms).chain(calls).chain(matrix).fold(Router::new(), Router::merge);
        self.telegram
            .iter()
            .fold(all, |all, bot| all.merge(telegram::routes(Arc::clone(bot), Arc::clone(&intake))))
    }

    /// Gives the service to the messengers that keep something in it. Comes before anything is sent or taken.
    pub fn open(&self, hotline: &Hotline) {
        if let Some(oa) = &self.zalo_oa {
            oa.open(hotline);
        }
        if let Some(matrix) = &self.matrix {
            matrix.open(hotline);
        }
    }

    /// Lets messages in: by asking, or by telling a messenger where to call.
    pub fn receive(&self, with: &Receiving<'_>) {
        for bot in &self.telegram {
            receive_telegram(bot, with);
        }
        if let Some(bot) = &self.zalo {
            receive_zalo(bot, with);
        }
        if let Some(oa) = &self.zalo_oa {
            with.tasks.spawn(keep_tokens(Arc::clone(oa), with.stop.clone()));
        }
        if let Some(matrix) = &self.matrix {
            with.tasks.spawn(announce_matrix(Arc::clone(matrix), with.stop.clone()));
        }
    }
}

fn receive_telegram(bot: &Arc<Telegram>, with: &Receiving<'_>) {
    match bot.mode() {
        Mode::Poll => {
            with.jobs.keep_polling(&**bot);
            let intake = Arc::new(with.jobs.hotline.clone());
            let poller = Poller::new(Arc::clone(bot), intake, with.entropy.clone());
            with.tasks.spawn(poller.run(with.stop.clone()));
        }
        Mode::Webhook => {
            let url = format!("{}{}", with.public_url, bot.hook_path());
            with.tasks.spawn(announce_hook(Arc::clone(bot), url, with.stop.clone()));
        }
    }
}

fn receive_zalo(bot: &Arc<Zalo>, with: &Receiving<'_>) {
    match bot.mode() {
        zalo::Mode::Poll => {
            with.jobs.keep_polling(&**bot);
            let poller = zalo::Poller::new(Arc::clone(bot), Arc::new(with.jobs.hotline.clone()));
            with.tasks.spawn(poller.run(with.stop.clone()));
        }
        zalo::Mode::Webhook => {
            let url = format!("{}{}", with.public_url, zalo::HOOK);
            with.tasks.spawn(announce_zalo(Arc::clone(bot), url, with.stop.clone()));
        }
    }
}

/// Renews an account's tokens long before they end. What stands in the way is said by the account itself.
async fn keep_tokens(oa: Arc<ZaloOa>, stop: CancellationToken) {
    loop {
        // not cut off by a stop: an answer that nobody stores would cost the account its access
        let rest = if oa.tend().await == Err(NoAccess::NotNow) { HOOK } else { TOKENS };
        if stop.run_until_cancelled(tokio::time::sleep(rest)).await.is_none() {
            return;
        }
    }
}

/// Tells Zalo where to call, until it has understood. It keeps an address that it cannot reach, and says why.
async fn announce_zalo(zalo: Arc<Zalo>, url: String, stop: CancellationToken) {
    loop {
        match zalo.set_webhook(&url).await {
            Ok(found) if found.ok => return,
            Ok(found) => {
                let outcome = outcome(&found.outcome);
                tracing::warn!(outcome, "Zalo cannot reach the webhook: check the proxy and http.public_url");
            }
            Err(fault) => tracing::warn!(%fault, "the webhook could not be announced to Zalo: trying again"),
        }
        if stop.run_until_cancelled(tokio::time::sleep(HOOK)).await.is_none() {
            return;
        }
    }
}

/// Zalo's code for what it found, and nothing else that may stand there.
fn outcome(told: &str) -> &str {
    let is_code = told.len() <= 40 && told.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    if is_code && !told.is_empty() { told } else { "unknown" }
}

/// Makes our user at the homeserver and lets it call us, until both have succeeded: it waits longer and longer when
/// nobody answers, and what it held back comes at once when it has reached us.
async fn announce_matrix(matrix: Arc<Matrix>, stop: CancellationToken) {
    let mut rest = PUSH;
    loop {
        let asked = async {
            matrix.appear().await?;
            matrix.ping().await
        };
        match asked.await {
            Ok(()) => return,
            Err(fault) => {
                tracing::warn!(%fault, "the homeserver does not know us or cannot reach us: trying again");
            }
        }
        if stop.run_until_cancelled(tokio::time::sleep(rest)).await.is_none() {
            return;
        }
        rest = (rest * 2).min(HOOK);
    }
}

/// Tells Telegram where to call, until it has understood.
async fn announce_hook(telegram: Arc<Telegram>, url: String, stop: CancellationToken) {
    while let Err(fault) = telegram.set_webhook(&url).await {
        tracing::warn!(%fault, "the webhook could not be announced to Telegram: trying again");
        if stop.run_until_cancelled(tokio::time::sleep(HOOK)).await.is_none() {
            return;
        }
    }
}

/// The service behind the gate. With the gate shut nothing is stored, so nothing is acknowledged.
struct Behind(Gate);

impl Intake for Behind {
    async fn accept(&self, channel: &'static str, bot: &str, batch: Batch) -> Result<(), NotStored> {
        let hotline = self.0.hotline().map_err(|_| NotStored)?;
        Intake::accept(hotline, channel, bot, batch).await
    }

    async fn offset(&self, channel: &'static str, bot: &str) -> Result<i64, NotStored> {
        Intake::offset(self.0.hotline().map_err(|_| NotStored)?, channel, bot).await
    }

    async fn turn(&self, channel: &'static str, bot: &str) -> Turn {
        match self.0.hotline() {
            Ok(hotline) => Intake::turn(hotline, channel, bot).await,
            Err(_) => Turn::Others,
        }
    }
}
