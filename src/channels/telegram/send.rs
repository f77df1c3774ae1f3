//! Doing one thing in a chat, and telling apart what surely did not happen from what may have.

use super::split::parts;
use super::wire::{Fault, Why};
use super::{NAME, Telegram};
use crate::service::channel::{Button, ChatId, Delivered, MessageRef, Outgoing, SendFault};
use serde::Deserialize;
use teloxide::payloads::{
    AnswerCallbackQuery, DeleteMessage, EditMessageReplyMarkup, SendMessage, SendMessageSetters as _,
};
use teloxide::types::{
    CallbackQueryId, ChatId as TelegramChat, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions,
    MessageId,
};

/// What Telegram takes in a button, in bytes.
const MAX_TOKEN: usize = 64;

/// Our own numbering of Telegram's answer to `sendMessage`; the rest of it is not needed.
#[derive(Deserialize)]
struct Sent {
    message_id: i32,
}

/// See [`crate::service::channel::Channel::send`].
pub(super) async fn send(
    telegram: &Telegram,
    chat: &ChatId,
    what: &Outgoing,
) -> Result<Delivered, SendFault> {
    // not an address of this channel: no attempt can ever succeed
    let chat = chat.expose().parse().map(TelegramChat).map_err(|_| SendFault::Refused(400))?;
    match what {
        Outgoing::Say { text, buttons, protect } => say(telegram, chat, text, (buttons, *protect)).await,
        Outgoing::Erase { message } => erase(telegram, chat, &ids(message)?).await,
        Outgoing::Settle { message } => {
            let last = *ids(message)?.last().ok_or(SendFault::Refused(400))?;
            repeatable(telegram, &EditMessageReplyMarkup::new(chat, last)).await
        }
        Outgoing::Answer { callback } => {
            repeatable(telegram, &AnswerCallbackQuery::new(CallbackQueryId(callback.clone()))).await
        }
        // a chat is never anything but one person's
        Outgoing::Enter { .. } | Outgoing::Decline { .. } => Ok(None),
    }
    .map(|message| Delivered { message })
}

/// A long text becomes several messages under one reference (`12,13`); the last carries the buttons. If a
/// later part fails, the earlier ones are taken back, so that a retry does not double them.
async fn say(
    telegram: &Telegram,
    chat: TelegramChat,
    text: &str,
    (buttons, protect): (&[Vec<Button>], bool),
) -> Result<Option<MessageRef>, SendFault> {
    let texts = parts(text);
    let Some((last, before)) = texts.split_last().filter(|_| can_be_sent(buttons)) else {
        return Err(SendFault::Refused(400));
    };
    let keys = keyboard(buttons);
    let messages = before
        .iter()
        .map(|part| message(chat, part, protect))
        .chain([SendMessage { reply_markup: keys.map(Into::into), ..message(chat, last, protect) }]);
    let mut sent: Vec<MessageId> = Vec::with_capacity(texts.len());
    for payload in messages {
        match one(telegram, &payload).await {
            Ok(id) => sent.push(id),
            Err(fault) => return Err(take_back(telegram, chat, &sent, fault).await),
        }
    }
    let numbers: Vec<String> = sent.iter().map(|id| id.0.to_string()).collect();
    Ok(Some(MessageRef(numbers.join(","))))
}

async fn one(telegram: &Telegram, payload: &SendMessage) -> Result<MessageId, SendFault> {
    telegram.pace.slot(&address_of(payload)).await?;
    let sent: Sent = telegram.call(payload).await.map_err(|fault| verdict(&fault))?;
    Ok(MessageId(sent.message_id))
}

fn address_of(payload: &SendMessage) -> ChatId {
    ChatId::new(payload.chat_id.to_string())
}

async fn take_back(
    telegram: &Telegram,
    chat: TelegramChat,
    sent: &[MessageId],
    fault: SendFault,
) -> SendFault {
    if sent.is_empty() || matches!(fault, SendFault::Uncertain | SendFault::Gone) {
        return fault;
    }
    match erase(telegram, chat, sent).await {
        Ok(_) => fault,
        Err(_) => SendFault::Uncertain,
    }
}

/// No link preview: fetching it would tell the linked site that somebody writes about it.
fn message(chat: TelegramChat, text: &str, protect: bool) -> SendMessage {
    let plain = LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    };
    let message = SendMessage::new(chat, text).link_preview_options(plain);
    if protect { message.protect_content(true) } else { message }
}

/// Telegram would refuse the whole message for one such button.
fn can_be_sent(rows: &[Vec<Button>]) -> bool {
    let fits = |b: &Button| (1..=MAX_TOKEN).contains(&b.token.len()) && !b.label.trim().is_empty();
    rows.iter().flatten().all(fits)
}

fn keyboard(rows: &[Vec<Button>]) -> Option<InlineKeyboardMarkup> {
    let rows = rows.iter().filter(|row| !row.is_empty());
    let rows: Vec<Vec<_>> = rows
        .map(|row| row.iter().map(|b| InlineKeyboardButton::callback(&b.label, &b.token)).collect())
        .collect();
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows))
}

async fn erase(
    telegram: &Telegram,
    chat: TelegramChat,
    messages: &[MessageId],
) -> Result<Option<MessageRef>, SendFault> {
    for id in messages {
        repeatable(telegram, &DeleteMessage::new(chat, *id)).await?;
    }
    Ok(None)
}

/// A call that done twice is the same as done once: "already so" is success, and an outcome unknown only
/// means that it has to be tried again.
async fn repeatable<P>(telegram: &Telegram, payload: &P) -> Result<Option<MessageRef>, SendFault>
where
    P: teloxide::requests::Payload + serde::Serialize + Sync,
{
    match telegram.call::<_, serde::de::IgnoredAny>(payload).await {
        Ok(_) | Err(Fault::Refused { why: Why::AlreadySo, .. }) => Ok(None),
        Err(fault) => Err(match verdict(&fault) {
            SendFault::Uncertain => SendFault::Unreachable,
            other => other,
        }),
    }
}

/// What a fault means for a message that must not be doubled.
fn verdict(fault: &Fault) -> SendFault {
    match *fault {
        Fault::OnTheWay(mishap) => mishap.verdict(),
        Fault::NotDone(_) => SendFault::Unreachable,
        Fault::Refused { why: Why::ChatGone, .. } => SendFault::Gone,
        Fault::Refused { why: Why::Token, code } => {
            // the operator's mistake must not bury everybody's messages: they wait until it is mended
            tracing::error!(channel = NAME, code, "the token is refused");
            SendFault::Unreachable
        }
        Fault::Refused { code, .. } => SendFault::Refused(code),
    }
}

fn ids(message: &MessageRef) -> Result<Vec<MessageId>, SendFault> {
    let numbers = message.0.split(',').map(|n| n.parse().map(MessageId));
    numbers.collect::<Result<_, _>>().map_err(|_| SendFault::Refused(400))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::http::Mishap;

    #[test]
    fn only_what_surely_did_not_happen_may_be_repeated() {
        let refused = |code, why| Fault::Refused { code, why };
        let cases = [
            (Fault::NotDone(500), SendFault::Unreachable),
            (Mishap::Barred(503).into(), SendFault::Unreachable),
            (Mishap::Cut.into(), SendFault::Uncertain),
            (refused(403, Why::ChatGone), SendFault::Gone),
            (refused(401, Why::Token), SendFault::Unreachable),
            (refused(400, Why::Other), SendFault::Refused(400)),
        ];
        for (fault, expected) in cases {
            assert_eq!(verdict(&fault), expected, "{fault}");
        }
    }

    #[test]
    fn a_reference_may_name_several_messages() {
        let read =
            |s: &str| ids(&MessageRef(s.to_owned())).map(|v| v.iter().map(|m| m.0).collect::<Vec<_>>());
        assert_eq!(read("12"), Ok(vec![12]));
        assert_eq!(read("12,13"), Ok(vec![12, 13]));
        assert_eq!(read("12,x"), Err(SendFault::Refused(400)));
        assert_eq!(read(""), Err(SendFault::Refused(400)));
    }

    #[test]
    fn a_button_that_can_never_be_sent_is_refused() {
        let button = |token: &str| vec![vec![Button { label: "Gửi".to_owned(), token: token.to_owned() }]];
        assert!(can_be_sent(&[]) && can_be_sent(&button(&"t".repeat(64))));
        assert!(!can_be_sent(&button(&"t".repeat(65))) && !can_be_sent(&button("")));
        assert!(keyboard(&[vec![]]).is_none());
    }
}
