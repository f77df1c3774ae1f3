//! Doing one thing in a room. Everything here may be tried again: a message carries the name of its row, by which the
//! homeserver knows it again, and all else done twice is the same as done once.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::wire::{Call, DEVICE, Fault, Why};
use super::{LONGEST, Matrix, NAME, room};
use crate::kernel::id::RowId;
use crate::service::channel::{ChatId, Delivered, MessageRef, Outgoing, SendFault};

/// See [`crate::service::channel::Channel::send_named`].
pub(super) async fn send(
    matrix: &Matrix,
    name: RowId,
    chat: &ChatId,
    what: &Outgoing,
) -> Result<Delivered, SendFault> {
    let nothing = Delivered { message: None };
    if matches!(what, Outgoing::Settle { .. } | Outgoing::Answer { .. }) {
        // there are no buttons
        return Ok(nothing);
    }
    matrix.appear().await.map_err(|fault| verdict(&fault))?;
    match what {
        Outgoing::Say { text, .. } => say(matrix, &number(name, ""), chat, text).await,
        Outgoing::Erase { message } => {
            redact(matrix, &number(name, ""), chat, message).await.map(|()| nothing)
        }
        Outgoing::Enter { join, crowd } => {
            room::enter(matrix, &number(name, "why"), chat, *join, crowd).await.map(|()| nothing)
        }
        Outgoing::Decline { why } => room::leave(matrix, chat, why).await.map(|()| nothing),
        Outgoing::Settle { .. } | Outgoing::Answer { .. } => Ok(nothing),
    }
}

/// The number of a message for the homeserver: a hash, so that it tells nothing about our rows.
fn number(name: RowId, part: &str) -> String {
    let hash = Sha256::new().chain_update(b"matrix").chain_update(name.bytes()).chain_update(part).finalize();
    let hex = data_encoding::HEXLOWER.encode(&hash);
    hex.chars().take(32).collect()
}

/// Says a text. What people are told must reach their eyes, so it is no `m.notice`; and it names nobody.
pub(super) async fn say(
    matrix: &Matrix,
    number: &str,
    chat: &ChatId,
    text: &str,
) -> Result<Delivered, SendFault> {
    let text = text.trim();
    if text.is_empty() || text.encode_utf16().count() > LONGEST {
        return Err(SendFault::Refused(400));
    }
    matrix.pace.slot(chat).await?;
    let body = json!({ "msgtype": "m.text", "body": text, "m.mentions": {} });
    let path = ["client", "v3", "rooms", chat.expose(), "send", "m.room.message", number];
    let answer = as_device(matrix, Call::put(&path, &body)).await.map_err(|fault| verdict(&fault))?;
    let message = answer.get("event_id").and_then(Value::as_str).map(|id| MessageRef(id.to_owned()));
    // a success that names no event was somebody else's
    message.map(|id| Delivered { message: Some(id) }).ok_or(SendFault::Uncertain)
}

/// Takes a message away. Ours always can be; the person's only where we have the right, and then that is all.
async fn redact(matrix: &Matrix, number: &str, chat: &ChatId, message: &MessageRef) -> Result<(), SendFault> {
    let body = json!({});
    let path = ["client", "v3", "rooms", chat.expose(), "redact", &message.0, number];
    as_device(matrix, Call::put(&path, &body)).await.map(drop).map_err(|fault| verdict(&fault))
}

/// A call in the name of our device, if the homeserver gave us one: what it knows about a device's messages outlives
/// its own restart. Without one it remembers them for half an hour.
async fn as_device(matrix: &Matrix, mut call: Call<'_>) -> Result<Value, Fault> {
    // the user is named too: Synapse stumbles over a device alone
    let device = [("user_id", matrix.user.as_str()), ("device_id", DEVICE)];
    if matrix.present.get() == Some(&true) {
        call.query = &device;
        match matrix.wire.ask(&call, matrix.call_timeout).await {
            // somebody removed it; nothing was sent
            Err(Fault::Refused { why: Why::Device, .. }) => call.query = &[],
            answer => return answer,
        }
    }
    matrix.wire.ask(&call, matrix.call_timeout).await
}

/// What a fault means for a message. What may have been done is said to be uncertain, as it is; that it may be sent
/// again all the same is told by [`crate::service::channel::Channel::knows_repeats`].
pub(super) fn verdict(fault: &Fault) -> SendFault {
    match *fault {
        Fault::OnTheWay(mishap) => mishap.verdict(),
        Fault::Token => {
            // the operator's mistake must not bury everybody's messages: they wait until it is mended
            tracing::error!(channel = NAME, "the homeserver does not know our as_token");
            SendFault::Unreachable
        }
        // we are not in the room, or it is no more
        Fault::Refused { why: Why::Forbidden | Why::NotFound, .. } => SendFault::Gone,
        Fault::Refused { status, .. } => SendFault::Refused(i32::from(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::http::Mishap;
    use crate::kernel::Entropy;

    #[test]
    fn every_fault_says_what_may_have_been_done() {
        let refused = |status, why| Fault::Refused { status, why };
        let cases = [
            (Mishap::Barred(503).into(), SendFault::Unreachable),
            (Mishap::Failed(500).into(), SendFault::Uncertain),
            (Fault::Token, SendFault::Unreachable),
            (refused(403, Why::Forbidden), SendFault::Gone),
            (refused(404, Why::NotFound), SendFault::Gone),
            (refused(413, Why::Other), SendFault::Refused(413)),
        ];
        for (fault, expected) in cases {
            assert_eq!(verdict(&fault), expected, "{fault}");
        }
    }

    #[test]
    fn a_message_keeps_its_number_and_shares_it_with_no_other() {
        let id = |_| RowId::random(&Entropy::System).expect("chance");
        let (one, other) = (id(1), id(2));
        assert_eq!(number(one, ""), number(one, ""));
        assert_ne!(number(one, ""), number(one, "why"));
        assert_ne!(number(one, ""), number(other, ""));
        assert!(number(one, "").len() == 32 && !number(one, "").contains(&one.uuid().simple().to_string()));
    }
}
