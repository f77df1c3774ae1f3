//! Saying one thing in a chat, and telling apart what surely did not happen from what may have.

use serde_json::json;

use super::wire::Fault;
use super::{LONGEST, NAME, Zalo};
use crate::service::channel::{ChatId, Delivered, Outgoing, SendFault};

/// See [`crate::service::channel::Channel::send`]. A message gets no reference: nothing could be done with it.
pub(super) async fn send(zalo: &Zalo, chat: &ChatId, what: &Outgoing) -> Result<Delivered, SendFault> {
    let done = Delivered { message: None };
    let Outgoing::Say { text, .. } = what else {
        // Zalo deletes and changes nothing, and has no buttons that spin: there is nothing to be done
        return Ok(done);
    };
    let text = text.trim();
    if text.is_empty() || text.encode_utf16().count() > LONGEST {
        return Err(SendFault::Refused(400));
    }
    zalo.pace.slot(chat).await?;
    let body = json!({ "chat_id": chat.expose(), "text": text });
    match zalo.wire.ask("sendMessage", &body, zalo.call_timeout).await {
        Ok(_) => Ok(done),
        Err(fault) => Err(verdict(&fault)),
    }
}

/// What a fault means for a message that must not be doubled.
fn verdict(fault: &Fault) -> SendFault {
    match *fault {
        Fault::OnTheWay(mishap) => mishap.verdict(),
        // 408 is a time that ran out somewhere inside
        Fault::Refused(408) => SendFault::Uncertain,
        Fault::Token => {
            // the operator's mistake must not bury everybody's messages: they wait until it is mended
            tracing::error!(channel = NAME, "the token is refused");
            SendFault::Unreachable
        }
        Fault::Refused(code) => SendFault::Refused(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::http::Mishap;

    #[test]
    fn only_what_surely_did_not_happen_may_be_repeated() {
        let cases = [
            (Mishap::Barred(503).into(), SendFault::Unreachable),
            (Fault::Token, SendFault::Unreachable),
            (Mishap::Failed(403).into(), SendFault::Uncertain),
            (Fault::Refused(408), SendFault::Uncertain),
            (Fault::Refused(400), SendFault::Refused(400)),
        ];
        for (fault, expected) in cases {
            assert_eq!(verdict(&fault), expected, "{fault}");
        }
    }
}
