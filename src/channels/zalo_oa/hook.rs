//! The webhook: Zalo calls us, waits two seconds, and signs what it sends. 200 is the acknowledgement, so it is given
//! only after the update is stored.
//!
//! The signature is a plain SHA-256 over the application's number, the body as it came, the moment in the body and the
//! account's secret. The bytes are hashed as they are: written anew they would differ.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::parse::raw;
use super::{HOOK, NAME, ZaloOa};
use crate::channels::hook;
use crate::channels::intake::Intake;
use crate::kernel::{Secret, Timestamp};
use crate::service::channel::Channel as _;

/// The header that carries the signature, as `mac=<hex>`.
pub const SIGNATURE_HEADER: &str = "x-zevent-signature";
/// How old a call may be. Zalo repeats one for about an hour; whatever is younger than the thirty days for which
/// numbers of updates are remembered counts once however often it comes, so nothing is gained by refusing it, and a
/// clock of ours that leapt would lose real ones.
const OLDEST: Duration = Duration::from_hours(28 * 24);

struct Door<I> {
    oa: Arc<ZaloOa>,
    intake: Arc<I>,
}

impl<I> Clone for Door<I> {
    fn clone(&self) -> Self {
        Self { oa: Arc::clone(&self.oa), intake: Arc::clone(&self.intake) }
    }
}

/// `POST /hooks/zalo/oa`.
pub fn routes<I: Intake>(oa: Arc<ZaloOa>, intake: Arc<I>) -> Router {
    Router::new().route(HOOK, post(receive::<I>)).with_state(Door { oa, intake })
}

async fn receive<I: Intake>(State(door): State<Door<I>>, headers: HeaderMap, body: Body) -> StatusCode {
    let given = headers.get(SIGNATURE_HEADER).and_then(|v| v.to_str().ok()).and_then(mac_in);
    let Some(given) = given else { return hook::refused(NAME) };
    let bytes = match hook::whole(&headers, body).await {
        Ok(bytes) => bytes,
        Err(status) => return status,
    };
    // before the service is there nothing can be stored
    let Some(now) = door.oa.keeper.now() else { return StatusCode::SERVICE_UNAVAILABLE };
    if !is_ours(&door.oa, &bytes, &given, now) {
        return hook::refused(NAME);
    }
    hook::store(&*door.intake, NAME, door.oa.bot(), vec![raw(&bytes)]).await
}

/// `mac=<hex>`, perhaps with spaces around the sign, in whatever case.
fn mac_in(header: &str) -> Option<String> {
    let (name, value) = header.split_once('=')?;
    (name.trim() == "mac").then(|| value.trim().to_ascii_lowercase())
}

/// What Zalo signs a body with, in small hexadecimal digits.
#[must_use]
pub fn signature(app_id: &str, body: &[u8], moment: &str, secret: &Secret<String>) -> String {
    let mut hash = Sha256::new();
    hash.update(app_id.as_bytes());
    hash.update(body);
    hash.update(moment.as_bytes());
    hash.update(secret.expose().as_bytes());
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

/// Signed with our secret, of our application and our account, and not from long ago.
fn is_ours(oa: &ZaloOa, bytes: &[u8], given: &str, now: Timestamp) -> bool {
    let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(bytes) else { return false };
    let text = |key: &str| match body.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let Some(moment) = text("timestamp") else { return false };
    let signed = Secret::new(signature(&oa.app_id, bytes, &moment, &oa.secret_key));
    if !signed.same_as(given.as_bytes()) {
        return false;
    }
    let at = |key: &str| body.get(key)?.get("id")?.as_str().map(str::to_owned);
    let accounts = [text("oa_id"), at("recipient"), at("sender")];
    let ours = accounts.iter().all(Option::is_none) || accounts.contains(&Some(oa.oa_id.clone()));
    let age = moment.parse().map(|ms| now.since(Timestamp::from_millis(ms)));
    text("app_id").as_ref() == Some(&oa.app_id) && ours && age.is_ok_and(|age| age <= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_a_plain_hash_in_this_order() {
        // printf '%s' '123{"a":"\/"}456sec' | sha256sum
        let told = signature("123", br#"{"a":"\/"}"#, "456", &Secret::new("sec".to_owned()));
        let flat = data_encoding::HEXLOWER.encode(&Sha256::digest(br#"123{"a":"\/"}456sec"#));
        assert_eq!(told, flat);
    }

    #[test]
    fn the_header_is_read_as_people_write_it() {
        for good in ["mac=AB12", "mac = ab12", " mac= ab12 "] {
            assert_eq!(mac_in(good).as_deref(), Some("ab12"), "{good}");
        }
        for bad in ["", "ab12", "sig=ab12", "macab12"] {
            assert!(mac_in(bad).is_none(), "{bad}");
        }
    }
}
