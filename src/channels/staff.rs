//! The ways in which staff are called: a webhook, a letter, a text message, a phone call through a bridge. Each is a
//! [`Caller`](crate::service::alarms::Caller) over its own wire; what is sent says what `service::alarms` put
//! together and nothing else, and no address or secret reaches a log or an error.

mod bridge;
mod mail;
mod sms;
mod webhook;

use std::time::Duration;

use reqwest::{Response, StatusCode};

use crate::kernel::Secret;
use crate::service::channel::SendFault;
use crate::vault::hmac_sha256;

pub use bridge::Bridge;
pub use mail::{Mail, MailSettings, Protection};
pub use sms::{Sms, SmsSettings};
pub use webhook::Webhook;

/// One call ends within so long, well inside the lease under which it is made.
const LIMIT: Duration = Duration::from_secs(6);
/// Waited when the other end asks for a pause without saying how long.
const PAUSE: Duration = Duration::from_secs(5);

/// The settings of a way cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this way of calling staff cannot be set up")]
pub struct BadWay;

/// No proxy from the environment, no redirects: a redirect would hand a person's address to another host.
fn client() -> Result<reqwest::Client, BadWay> {
    let builder = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(3))
        .timeout(LIMIT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tcp_nodelay(true);
    builder.build().map_err(|_| BadWay)
}

/// What the answer to a call means.
fn verdict(answer: Result<Response, reqwest::Error>) -> Result<(), SendFault> {
    let status = match answer {
        Ok(response) => response.status(),
        Err(e) if e.is_connect() => return Err(SendFault::Unreachable),
        Err(e) if e.is_builder() => return Err(SendFault::Refused(400)),
        Err(_) => return Err(SendFault::Uncertain),
    };
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::TOO_MANY_REQUESTS => Err(SendFault::Wait(PAUSE)),
        status if status.is_server_error() => Err(SendFault::Unreachable),
        status => Err(SendFault::Refused(i32::from(status.as_u16()))),
    }
}

/// Posts a signed JSON body. `X-Tinan-Signature` is `sha256=` and the HMAC-SHA256 of time, full stop and body under
/// the shared secret, so that what was overheard cannot be sent again later.
async fn post_signed(
    http: &reqwest::Client,
    url: &str,
    secret: &Secret<String>,
    (now, body): (i64, String),
) -> Result<(), SendFault> {
    let time = now.to_string();
    let mac = hmac_sha256(secret.expose().as_bytes(), &[time.as_bytes(), b".", body.as_bytes()]);
    let request = http
        .post(url)
        .header("content-type", "application/json")
        .header("x-tinan-time", &time)
        .header("x-tinan-signature", format!("sha256={}", data_encoding::HEXLOWER.encode(&mac)));
    verdict(request.body(body).send().await)
}
