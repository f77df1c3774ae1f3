//! Saying one thing in a chat, and telling apart what surely did not happen, what may have, and what never can.

use std::time::Duration;

use serde_json::{Value, json};

use super::keeper::NoAccess;
use super::parse::ANONYMOUS;
use super::wire::Fault;
use super::{LONGEST, NAME, ZaloOa};
use crate::service::channel::{ChatId, Delivered, Outgoing, SendFault};

/// When Zalo says that there were too many calls in this minute.
const RATE_WAIT: Duration = Duration::from_mins(1);
/// While another node renews the tokens.
const TOKEN_WAIT: Duration = Duration::from_secs(2);

/// See [`crate::service::channel::Channel::send`]. A message gets no reference: nothing could be done with it.
pub(super) async fn send(oa: &ZaloOa, chat: &ChatId, what: &Outgoing) -> Result<Delivered, SendFault> {
    let done = Delivered { message: None };
    let Outgoing::Say { text, .. } = what else {
        // Zalo deletes and changes nothing, and has no buttons that spin: there is nothing to be done
        return Ok(done);
    };
    let text = text.trim();
    if text.is_empty() || text.encode_utf16().count() > LONGEST {
        return Err(SendFault::Refused(400));
    }
    oa.pace.slot(chat).await?;
    let to = recipient(chat);
    let access = oa.keeper.access(&oa.wire, None).await.map_err(no_access)?;
    let said = match oa.wire.say(&access, &to, text).await {
        Err(Fault::Refused(-216 | -220)) => {
            let newer = oa.keeper.access(&oa.wire, Some(access)).await.map_err(no_access)?;
            oa.wire.say(&newer, &to, text).await
        }
        said => said,
    };
    said.map(|()| done).map_err(verdict)
}

/// A person whom Zalo does not name to us is answered in their conversation.
fn recipient(chat: &ChatId) -> Value {
    match chat.expose().strip_prefix(ANONYMOUS) {
        Some(conversation) => json!({ "conversation_id": conversation }),
        None => json!({ "user_id": chat.expose() }),
    }
}

fn no_access(why: NoAccess) -> SendFault {
    match why {
        NoAccess::NotNow => SendFault::Wait(TOKEN_WAIT),
        // what waits is not buried: it goes when a person has authorised anew
        NoAccess::Refused => SendFault::Unreachable,
    }
}

/// What a fault means for a message that must not be doubled (codes of Zalo's API).
fn verdict(fault: Fault) -> SendFault {
    match fault {
        Fault::OnTheWay(mishap) => mishap.verdict(),
        // -200: Zalo says itself that it did not send
        Fault::Refused(-200) => SendFault::Unreachable,
        Fault::Refused(-32) => SendFault::Wait(RATE_WAIT),
        Fault::Refused(-216 | -220) => {
            tracing::error!(channel = NAME, "new access tokens are refused too");
            SendFault::Unreachable
        }
        Fault::Refused(-230 | -232) => SendFault::Shut,
        Fault::Refused(-213 | -227 | -244) => SendFault::Gone,
        Fault::Refused(code) => SendFault::Refused(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::http::Mishap;

    #[test]
    fn every_code_has_its_own_meaning() {
        let cases = [
            (Mishap::Barred(503).into(), SendFault::Unreachable),
            (Mishap::Failed(502).into(), SendFault::Uncertain),
            (Fault::Refused(-32), SendFault::Wait(RATE_WAIT)),
            (Fault::Refused(-200), SendFault::Unreachable),
            (Fault::Refused(-201), SendFault::Refused(-201)),
            (Fault::Refused(-211), SendFault::Refused(-211)),
            (Fault::Refused(-213), SendFault::Gone),
            (Fault::Refused(-219), SendFault::Refused(-219)),
            (Fault::Refused(-220), SendFault::Unreachable),
            (Fault::Refused(-230), SendFault::Shut),
            (Fault::Refused(-232), SendFault::Shut),
            (Fault::Refused(-320), SendFault::Refused(-320)),
        ];
        for (fault, expected) in cases {
            assert_eq!(verdict(fault), expected, "{fault}");
        }
    }

    #[test]
    fn a_person_without_a_name_is_answered_in_their_conversation() {
        assert_eq!(recipient(&ChatId::new("186729651760683225")), json!({"user_id": "186729651760683225"}));
        assert_eq!(recipient(&ChatId::new("conversation:c7")), json!({"conversation_id": "c7"}));
    }
}
