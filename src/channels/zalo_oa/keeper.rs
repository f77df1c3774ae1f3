//! Keeping the tokens. The access token ends after about a day; the refresh token counts once and its answer brings
//! the next. All nodes share one stored pair: one of them renews it, under a lease.
//!
//! What a crash can do. Before the call: nothing, the same token is asked with again. Between the call and the
//! commit: the new pair is gone and the old refresh token spent; the next try is refused, which is stored, logged as an
//! error and shown by `doctor`, and the access token in use may count for some hours more, while a person authorises
//! anew. After the commit: nothing. An answer that cannot be stored is held and stored as soon as possible.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::sleep;

use super::NAME;
use super::wire::{Fault, Fresh, Wire};
use crate::kernel::{Secret, Timestamp};
use crate::service::tokens::{Renewed, Tokens};
use crate::service::{Error, Hotline};
use crate::store::tokens::TokenState;

/// How long one node may take for a renewal; longer than one call.
const LEASE: Duration = Duration::from_secs(10);
/// An access token that ends so soon is not used any more.
const ENDING: Duration = Duration::from_mins(1);
/// So long before its end the access token is renewed: about half of its life, so that a failure leaves time.
const EARLY: Duration = Duration::from_hours(12);
/// A refused refresh token is tried again this much later, in case the refusal was a mistake.
const PATIENCE: Duration = Duration::from_mins(10);
/// How often an answer is tried to be stored at once, and the pause between.
const SAVES: usize = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// Why there is no access token now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAccess {
    /// Another node renews, or Zalo or the database is away: later.
    #[error("no access token at the moment")]
    NotNow,
    /// Zalo refuses the refresh token: a person must authorise anew.
    #[error("the refresh token is refused")]
    Refused,
}

pub(super) struct Keeper {
    bot: String,
    first: Secret<String>,
    hotline: OnceLock<Hotline>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    tokens: Option<Tokens>,
    /// An answer that could not be stored yet, with what was asked.
    unsaved: Option<(Tokens, Renewed)>,
}

/// What is asked of an access token.
struct Wanted {
    /// It must count for so long.
    ends_after: Duration,
    /// It must be another than this one, which was refused.
    not: Option<Secret<String>>,
}

impl Keeper {
    pub(super) fn new(bot: String, first: Secret<String>) -> Self {
        Self { bot, first, hotline: OnceLock::new(), held: Mutex::default() }
    }

    pub(super) fn open(&self, hotline: &Hotline) {
        // opened twice, the first stays: it is the same service
        let _first = self.hotline.set(hotline.clone());
    }

    /// What time it is, once the service is there.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.hotline.get().map(Hotline::now)
    }

    /// An access token; another one than that which was refused.
    pub(super) async fn access(
        self: &Arc<Self>,
        wire: &Arc<Wire>,
        refused: Option<Secret<String>>,
    ) -> Result<Secret<String>, NoAccess> {
        self.have(wire, Wanted { ends_after: ENDING, not: refused }).await
    }

    /// Renews long before the end.
    pub(super) async fn tend(self: &Arc<Self>, wire: &Arc<Wire>) -> Result<(), NoAccess> {
        self.have(wire, Wanted { ends_after: EARLY, not: None }).await.map(drop)
    }

    /// What is not at hand is got in a task of its own: whoever asked may give up (a sender that lost its lease, a
    /// stop), and an answer of Zalo's that nobody waits for any more must be stored all the same.
    async fn have(self: &Arc<Self>, wire: &Arc<Wire>, wanted: Wanted) -> Result<Secret<String>, NoAccess> {
        let hotline = self.hotline.get().ok_or(NoAccess::NotNow)?.clone();
        let held = self.held.lock().await;
        if let Some(access) = held.tokens.as_ref().and_then(|t| usable(t, &wanted, hotline.now())) {
            return Ok(access);
        }
        drop(held);
        let (this, wire) = (Arc::clone(self), Arc::clone(wire));
        let got = tokio::spawn(async move { this.get(&hotline, &wire, &wanted).await }).await;
        got.unwrap_or(Err(NoAccess::NotNow))
    }

    async fn get(&self, hotline: &Hotline, wire: &Wire, wanted: &Wanted) -> Result<Secret<String>, NoAccess> {
        let mut held = self.held.lock().await;
        self.save_late(hotline, &mut held).await;
        if held.unsaved.is_some() {
            return Err(NoAccess::NotNow);
        }
        let stored = hotline.tokens((NAME, &self.bot), &self.first).await.map_err(|e| away(&e))?;
        let access = usable(&stored, wanted, hotline.now());
        held.tokens = Some(stored);
        match access {
            Some(access) => Ok(access),
            None => self.renew(hotline, wire, (&mut *held, wanted)).await,
        }
    }

    /// Renews under the lease, unless another node has just done so.
    async fn renew(
        &self,
        hotline: &Hotline,
        wire: &Wire,
        (held, wanted): (&mut Held, &Wanted),
    ) -> Result<Secret<String>, NoAccess> {
        let account = (NAME, self.bot.as_str());
        let lease = format!("tokens:{NAME}:{}", self.bot);
        if !matches!(hotline.lease(&lease, LEASE).await, Ok(true)) {
            return Err(NoAccess::NotNow);
        }
        let before = hotline.tokens(account, &self.first).await.map_err(|e| away(&e))?;
        if let Some(access) = usable(&before, wanted, hotline.now()) {
            held.tokens = Some(before);
            return Ok(access);
        }
        if before.state == TokenState::Failed && hotline.now().since(before.changed) < PATIENCE {
            return Err(NoAccess::Refused);
        }
        let asked = hotline.begin_renewal(account, &self.first, before).await.map_err(|e| away(&e))?;
        let said = ask(hotline, wire, &asked.refresh).await?;
        let refused = matches!(said, Renewed::Refused);
        held.unsaved = Some((asked, said));
        for _ in 0..SAVES {
            self.save_late(hotline, held).await;
            if held.unsaved.is_none() {
                break;
            }
            sleep(PAUSE).await;
        }
        let access = held.tokens.as_ref().and_then(|t| usable(t, wanted, hotline.now()));
        access.ok_or(if refused { NoAccess::Refused } else { NoAccess::NotNow })
    }

    /// Stores an answer that is not stored yet. If somebody wrote in between, their pair counts only when it is not
    /// the one that we spent.
    async fn save_late(&self, hotline: &Hotline, held: &mut Held) {
        let account = (NAME, self.bot.as_str());
        let Some((asked, said)) = held.unsaved.take() else { return };
        match hotline.end_renewal(account, &self.first, (&asked, &said)).await {
            Ok(tokens) => held.tokens = Some(tokens),
            Err(e) => {
                tracing::error!(channel = NAME, error = %e, "new tokens are not stored yet and would be lost now");
                let stored = hotline.tokens(account, &self.first).await.ok();
                match stored {
                    Some(stored) if stored.refresh.expose() != asked.refresh.expose() => {
                        held.tokens = Some(stored);
                    }
                    Some(stored) => held.unsaved = Some((Tokens { version: stored.version, ..asked }, said)),
                    None => held.unsaved = Some((asked, said)),
                }
            }
        }
    }
}

fn usable(tokens: &Tokens, wanted: &Wanted, now: Timestamp) -> Option<Secret<String>> {
    let access = tokens.access.as_ref()?;
    let lasts = tokens.expires > now.plus(wanted.ends_after);
    let other = wanted.not.as_ref().is_none_or(|not| not.expose() != access.expose());
    (lasts && other).then(|| Secret::new(access.expose().clone()))
}

/// Asks Zalo for the next pair. From here to the commit of the answer is the moment in which a crash costs the pair.
async fn ask(hotline: &Hotline, wire: &Wire, refresh: &Secret<String>) -> Result<Renewed, NoAccess> {
    match wire.renew(refresh).await {
        Ok(Fresh { access, refresh, lives }) => {
            Ok(Renewed::Pair { access, refresh, expires: hotline.now().plus(lives) })
        }
        Err(Fault::Refused(code)) => {
            metrics::counter!("tinan_channel_tokens_refused_total", "channel" => NAME).increment(1);
            tracing::error!(
                channel = NAME,
                code,
                "ZALO REFUSES THE REFRESH TOKEN: soon nothing can be sent. Authorise anew and set \
                 zalo_oa.refresh_token; `tinan doctor` says how"
            );
            Ok(Renewed::Refused)
        }
        Err(fault) => {
            tracing::warn!(channel = NAME, %fault, "the tokens could not be renewed: trying again");
            Err(NoAccess::NotNow)
        }
    }
}

fn away(e: &Error) -> NoAccess {
    tracing::warn!(channel = NAME, error = %e, "the tokens cannot be read or written");
    NoAccess::NotNow
}
