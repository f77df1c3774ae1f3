//! A repeated request gets its first answer, receipt included, without a standing key: what is kept can be
//! opened only by somebody who brings the request's own key again. Neither does a row tell what was asked: by what it
//! keeps, nobody who lacks the keyring can try guessed bodies.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Error, Hotline, Refusal};
use crate::store::replays::{NewReplay, Replay as Stored};
use crate::vault::{Replay, same, sha256};

/// What makes a request the same request: an `Idempotency-Key` header or the token of a form.
#[derive(Clone)]
pub struct Once {
    found_by: [u8; 32],
    request: [u8; 32],
    token: String,
}

/// The longest key we take; RFC drafts and practice use 16 to 64.
const LONGEST: usize = 255;

impl Once {
    /// From the route, the caller (a session, a receipt; empty for anybody), the key and the raw body.
    pub fn new(route: &str, caller: &[u8], key: &str, body: &[u8]) -> Result<Self, Refusal> {
        if key.is_empty() || key.len() > LONGEST {
            return Err(Refusal::Field("Idempotency-Key"));
        }
        Ok(Self {
            found_by: sha256(&[b"tinan/once", route.as_bytes(), caller, key.as_bytes()]),
            request: sha256(&[b"tinan/body", body]),
            token: key.to_owned(),
        })
    }

    pub(crate) fn found_by(&self) -> &[u8; 32] {
        &self.found_by
    }

    fn replay(&self) -> Replay<'_> {
        Replay { found_by: self.found_by, request: self.request, token: &self.token }
    }
}

impl Hotline {
    /// The row that keeps an answer for the repetition of its request.
    pub(crate) fn keep_answer(&self, once: &Once, answer: &impl Serialize) -> Result<NewReplay, Error> {
        let key = self.keyring().newest_transit();
        let body = serde_json::to_vec(answer).map_err(|e| Error::Fault(super::Fault::new(e)))?;
        Ok(NewReplay {
            lookup: once.found_by,
            body_hash: key.replay_mark(&once.replay()),
            epoch: key.epoch(),
            sealed: key.replay_seal(self.vault(), &once.replay(), &body)?,
            until: self.now().hour().plus(self.options().replay_for),
        })
    }

    /// The first answer, for the same request only.
    pub(crate) fn replay_answer<T: DeserializeOwned>(&self, once: &Once, row: &Stored) -> Result<T, Error> {
        let key = self.keyring().transit(row.epoch).ok_or(Refusal::OtherRequest)?;
        // Rows written before this was keyed hold the bare hash of the body. They live for a day after an upgrade, in a spool
        // until it is drained; the release after this one need not know them.
        let alike = same(&row.body_hash, &key.replay_mark(&once.replay()));
        if !(alike | same(&row.body_hash, &once.request)) {
            return Err(Refusal::OtherRequest.into());
        }
        let body = key.replay_open(self.vault(), &once.replay(), &row.sealed)?;
        serde_json::from_slice(body.expose()).map_err(|e| Error::Fault(super::Fault::new(e)))
    }

    /// Looks whether the request was answered before.
    pub(crate) async fn answered_before<T: DeserializeOwned>(&self, once: &Once) -> Result<Option<T>, Error> {
        let mut tx = self.store().read().await?;
        match tx.replay(once.found_by()).await? {
            Some(row) => self.replay_answer(once, &row).map(Some),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn route_caller_and_key_all_make_a_difference() {
        let of = |route: &str, caller: &[u8], key: &str| {
            Once::new(route, caller, key, b"{}").map(|o| o.found_by).expect("a key")
        };
        let one = of("tips", b"", "k1");
        assert_eq!(one, of("tips", b"", "k1"));
        for other in [of("counselling", b"", "k1"), of("tips", b"x", "k1"), of("tips", b"", "k2")] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn an_empty_or_endless_key_is_refused() {
        assert!(Once::new("tips", b"", "", b"").is_err());
        assert!(Once::new("tips", b"", &"k".repeat(256), b"").is_err());
    }
}
