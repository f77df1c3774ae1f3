//! One call of `sendsms` and what its answer means. What the gateway says is not looked at beyond its status.

use std::time::Duration;

use reqwest::StatusCode;

use super::{NAME, Sms};
use crate::channels::http;
use crate::service::channel::{ChatId, Delivered, Outgoing, SendFault};

/// When the gateway is told to slow us down without saying how long.
const PLAIN_WAIT: Duration = Duration::from_secs(5);

/// See [`crate::service::channel::Channel::send`]. A sent SMS can be neither taken back nor changed.
pub(super) async fn send(sms: &Sms, chat: &ChatId, what: &Outgoing) -> Result<Delivered, SendFault> {
    let Outgoing::Say { text, .. } = what else { return Ok(Delivered { message: None }) };
    sms.pace.slot(chat).await?;
    let plain = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ' || b == b'\n') && is_gsm(text);
    let mut url = sms.url.clone();
    url.query_pairs_mut()
        .append_pair("username", &sms.options.user)
        .append_pair("password", sms.options.password.expose())
        .append_pair("from", &sms.options.sender)
        .append_pair("to", chat.expose())
        .append_pair("charset", "UTF-8")
        .append_pair("coding", if plain { "0" } else { "2" })
        .append_pair("text", text);
    match http::send(sms.http.get(url).timeout(sms.options.call_timeout)).await {
        Ok(answer) => verdict(answer.status()),
        Err(mishap) => Err(mishap.verdict()),
    }
}

/// Whether GSM's own alphabet has all signs of an ASCII text as one unit each.
fn is_gsm(text: &str) -> bool {
    !text.contains(['[', ']', '{', '}', '\\', '^', '~', '|', '`'])
}

fn verdict(status: StatusCode) -> Result<Delivered, SendFault> {
    match status.as_u16() {
        200..=299 => Ok(Delivered { message: None }),
        429 => Err(SendFault::Wait(PLAIN_WAIT)),
        401 | 403 => {
            // the operator's mistake must not bury everybody's messages: they wait until it is mended
            tracing::error!(channel = NAME, code = status.as_u16(), "the gateway refuses user or password");
            Err(SendFault::Unreachable)
        }
        // Kannel: a temporary failure, nothing was queued
        503 => Err(SendFault::Unreachable),
        500..=599 => Err(SendFault::Uncertain),
        code => Err(SendFault::Refused(i32::from(code))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_surely_was_not_queued_is_tried_again() {
        let of = |code: u16| verdict(StatusCode::from_u16(code).expect("a status")).err();
        assert_eq!(of(202), None);
        assert_eq!(of(503), Some(SendFault::Unreachable));
        assert_eq!(of(502), Some(SendFault::Uncertain));
        assert_eq!(of(403), Some(SendFault::Unreachable));
        assert_eq!(of(400), Some(SendFault::Refused(400)));
        assert_eq!(of(429), Some(SendFault::Wait(PLAIN_WAIT)));
    }
}
