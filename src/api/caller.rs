//! Who calls: a receipt, a session, or nobody; and the key that makes a repeated request the same request.

use axum::http::{HeaderMap, header};

use super::Api;
use super::problem::Failure;
use crate::domain::receipt::Receipt;
use crate::service::once::Once;
use crate::service::{Actor, Error, Refusal};
use crate::vault::sha256;

/// The longest code that is looked at: a receipt with every key of a marking keyboard is shorter.
const LONGEST_CODE: usize = 128;

/// A citizen with something that may be a receipt.
pub(super) struct Holder {
    /// The ways the code can be read.
    pub(super) readings: Vec<Receipt>,
}

/// The credentials of a scheme, if the header names it.
fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a [u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (named, rest) = value.split_at_checked(scheme.len())?;
    let fits = named.eq_ignore_ascii_case(scheme.as_bytes());
    match rest.split_first() {
        None if fits => Some(rest),
        Some((b' ', code)) if fits => Some(code.trim_ascii()),
        _ => None,
    }
}

/// The receipt in the header. A code that cannot be read becomes one that nothing has, so that it is looked up
/// like any other: neither answer nor time tells a slip from a guess.
pub(super) fn receipt(headers: &HeaderMap) -> Result<Holder, Failure> {
    let code = credentials(headers, "Receipt").ok_or(Failure::Stranger("Receipt"))?;
    let typed = String::from_utf8_lossy(code.get(..LONGEST_CODE).unwrap_or(code));
    let readings = Receipt::parse(&typed).unwrap_or_else(|_| vec![nobodys(code)]);
    Ok(Holder { readings })
}

/// A well-formed receipt that follows from anything; that it is somebody's has a chance of 2⁻⁹⁵.
fn nobodys(code: &[u8]) -> Receipt {
    let mut bits = [0; 12];
    for (to, from) in bits.iter_mut().zip(sha256(&[b"tinan/nobodys", code])) {
        *to = from;
    }
    Receipt::from_random(bits)
}

impl Holder {
    /// What tells this caller's requests from those of others.
    pub(super) fn name(&self) -> [u8; 32] {
        let bits: Vec<u8> = self.readings.iter().flat_map(Receipt::bits).collect();
        sha256(&[b"tinan/holder", &bits])
    }
}

/// The session's token in the header.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Failure> {
    let token = credentials(headers, "Bearer").ok_or(Failure::Stranger("Bearer"))?;
    std::str::from_utf8(token).map_err(|_| Refusal::NotLoggedIn.into())
}

/// The member of staff behind the session.
pub(super) async fn actor(api: &Api, headers: &HeaderMap) -> Result<Actor, Failure> {
    let token = bearer(headers)?;
    Ok(api.hotline()?.actor(token).await?)
}

/// What an `Idempotency-Key` makes of a request; none without the header.
pub(super) fn once(
    headers: &HeaderMap,
    route: &str,
    caller: &[u8],
    body: &[u8],
) -> Result<Option<Once>, Refusal> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().map_err(|_| Refusal::Field("Idempotency-Key"))?;
    Once::new(route, caller, key, body).map(Some)
}

/// Asks again, once, what was refused because a twin of the same request was quicker: the twin's answer is
/// there now.
pub(super) async fn unless_twin<T, F>(keyed: bool, ask: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    match ask().await {
        Err(Error::Refused(refusal)) if keyed && by_a_twin(&refusal) => ask().await,
        other => other,
    }
}

const fn by_a_twin(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Busy | Refusal::Stale { .. } | Refusal::NoStep { .. } | Refusal::NotHeld | Refusal::NotFound
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().expect("a header"));
        headers
    }

    #[test]
    fn schemes_are_told_apart_whatever_their_case() {
        assert_eq!(credentials(&with("Bearer abc"), "Bearer"), Some(b"abc".as_slice()));
        assert_eq!(credentials(&with("bearer   abc"), "Bearer"), Some(b"abc".as_slice()));
        assert_eq!(credentials(&with("Receipt"), "Receipt"), Some(b"".as_slice()));
        for other in ["Receipts abc", "Basic abc", "abc", "Bearer abc"] {
            assert_eq!(credentials(&with(other), "Receipt"), None, "{other}");
        }
    }

    #[test]
    fn a_code_is_read_forgivingly_and_an_unreadable_one_is_looked_up_too() {
        let code = Receipt::from_random([7; 12]);
        let shown = code.expose().to_string();
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), shown.replace('-', "")] {
            let holder = receipt(&with(&format!("Receipt {typed}"))).ok().expect("credentials");
            assert!(holder.readings == [code.clone()], "{typed}");
        }
        for wrong in ["", "x", "0000-0000-0000-0000-0001", &"A".repeat(4000)] {
            let holder = receipt(&with(&format!("Receipt {wrong}"))).ok().expect("credentials");
            assert_eq!(holder.readings.len(), 1, "{wrong}");
        }
    }
}
