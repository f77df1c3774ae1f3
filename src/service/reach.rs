//! Reaching a citizen who has a chat open: the address is opened with the desk's key inside the request of
//! the member who writes, and goes no further than the sealed outbox. The chat is told only that something
//! waits; the words themselves wait beside it and come when the person asks for them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::casefile::{File, document};
use super::channel::Outgoing;
use super::conversation::case_ref;
use super::{Error, Fault, Hotline, Refusal};
use crate::domain::dialogue::{self, CaseRef};
use crate::domain::document::{Address, Opening, Words};
use crate::kernel::Timestamp;
use crate::kernel::id::{MailboxId, RowId};
use crate::store::Tx;
use crate::store::mailboxes::{Held, NewMailbox};
use crate::store::outbox::NewOutgoing;
use crate::text::{Locale, Voice};
use crate::vault::{ItemKind, PrivateKey, PublicKey, Purpose, ReceiptKey, same};

/// How long a desk's words wait for the chat to open them; after that the receipt opens them.
const WAIT: Duration = Duration::from_hours(48);

/// What goes into an outbox row: where to, and what.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Parcel {
    pub(crate) chat: String,
    pub(crate) what: Outgoing,
    /// Erase the message this long after it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) erase_after_s: Option<u64>,
    /// Instead of sending: fetch this file for this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fetch: Option<Wanted>,
    /// Tell the conversation how the channel numbered this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) handle: Option<String>,
}

/// A file that waits on a channel's servers.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub(crate) file: String,
    pub(crate) what: String,
    pub(crate) case: crate::kernel::id::CaseId,
    /// The language to say in that it cannot be had.
    #[serde(default)]
    pub(crate) locale: String,
}

impl Parcel {
    /// Something to do in a chat, and nothing more.
    pub(crate) fn of(chat: &str, what: Outgoing) -> Self {
        Self { chat: chat.to_owned(), what, erase_after_s: None, fetch: None, handle: None }
    }
}

/// Everything a step sends to chats, ready to be stored in the step's own unit.
#[derive(Clone, Default)]
pub(crate) struct Announcements {
    told: Vec<(MailboxId, NewOutgoing, Option<Held>)>,
    tags: Vec<([u8; 32], i64)>,
}

impl Announcements {
    /// Stores them with the step they belong to.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<(), Error> {
        for (mailbox, row, held) in &self.told {
            // Forgotten while the member was writing: the reply stands, nothing goes to the chat.
            if tx.mailbox_exists(*mailbox).await? {
                tx.insert_outgoing(std::slice::from_ref(row)).await?;
                if let Some(held) = held {
                    tx.hold(held).await?;
                }
            }
        }
        for (tag, day) in &self.tags {
            tx.touch_mailboxes(tag, *day).await?;
        }
        Ok(())
    }
}

impl Hotline {
    /// The receipt's public key for sealing a reply: the one in the row, if and only if it equals the one
    /// inside the sealed tip. A swapped row is noticed and not used.
    pub(crate) async fn receipt_key(
        &self,
        file: &File,
        opening: &Opening,
    ) -> Result<Option<PublicKey>, Error> {
        let row = self.store().read().await?.receipt_key_of(file.case.id).await?;
        let Some(row) = row else { return Ok(None) };
        let sealed = data_encoding::HEXLOWER.decode(opening.receipt_key.as_bytes()).unwrap_or_default();
        if !same(&row, &sealed) {
            tracing::error!("a receipt's public key was changed in the database: nothing is sealed to it");
            return Err(Refusal::NotAllowed.into());
        }
        Ok(Some(ReceiptKey::public_from_row(&row)?))
    }

    /// Prepares the announcement of a reply to every chat that leads back from the case.
    pub(crate) async fn announce(
        &self,
        file: &File,
        keys: &[&PrivateKey],
        text: &str,
    ) -> Result<Announcements, Error> {
        let mut out = Announcements::default();
        let boxes = self.store().read().await?.mailboxes_of(file.case.id).await?;
        for mailbox in boxes {
            let address = self.address(file, keys, &mailbox)?;
            let held = self.hold_words(file, &mailbox, text)?;
            if let Some(message) = self.announcement(&address, held.id, case_ref(&mailbox)) {
                let row = self.parcel(&mailbox, file.case.id, &address.chat, message)?;
                out.told.push((mailbox.id, row, Some(held)));
            }
            out.tags.push((mailbox.tag, self.now().day()));
        }
        Ok(out)
    }

    /// Opens a return address with the desk's key.
    pub(crate) fn address(
        &self,
        file: &File,
        keys: &[&PrivateKey],
        mailbox: &NewMailbox,
    ) -> Result<Address, Error> {
        let item = file
            .items
            .iter()
            .find(|i| i.id == mailbox.address && i.kind == ItemKind::Address)
            .ok_or(Refusal::NotFound)?;
        document(&file.open(self, item, keys)?)
    }

    /// What a chat is told: that something waits, and nothing of what.
    fn announcement(&self, address: &Address, held: RowId, case: CaseRef) -> Option<Outgoing> {
        let locale = Locale::parse(&address.locale).unwrap_or(self.talk().locale);
        let say = dialogue::announce(&held.uuid().simple().to_string(), case);
        self.render(locale, &say, Voice::unasked(address.manner)).into_iter().next_back()
    }

    /// Offers counselling to the chats of a case that is really a call for help. The citizen writes anew or
    /// does not; nothing crosses by itself.
    pub(crate) async fn offer_help(&self, file: &File, keys: &[&PrivateKey]) -> Result<Announcements, Error> {
        let mut out = Announcements::default();
        for mailbox in self.store().read().await?.mailboxes_of(file.case.id).await? {
            let address = self.address(file, keys, &mailbox)?;
            let locale = Locale::parse(&address.locale).unwrap_or(self.talk().locale);
            for message in self.render(locale, &dialogue::offer_counselling(), Voice::unasked(address.manner))
            {
                let row = self.parcel(&mailbox, file.case.id, &address.chat, message)?;
                out.told.push((mailbox.id, row, None));
            }
        }
        Ok(out)
    }

    fn hold_words(&self, file: &File, mailbox: &NewMailbox, text: &str) -> Result<Held, Error> {
        let key = self.keyring().newest_transit();
        let id = RowId::random(self.entropy())?;
        let words = Words { text: text.to_owned(), at: self.now(), by: None };
        let body = serde_json::to_vec(&words).map_err(|e| Error::Fault(Fault::new(e)))?;
        Ok(Held {
            id,
            tenant: file.case.tenant,
            case: file.case.id,
            tag: mailbox.tag,
            epoch: key.epoch(),
            sealed: key.seal(self.vault(), id, Purpose::Message, &body)?,
            until: self.now().plus(WAIT),
        })
    }

    /// Seals a message on its way to a chat.
    pub(crate) fn parcel(
        &self,
        mailbox: &NewMailbox,
        case: crate::kernel::id::CaseId,
        chat: &str,
        what: Outgoing,
    ) -> Result<NewOutgoing, Error> {
        let parcel = Parcel::of(chat, what);
        let to = Route {
            channel: mailbox.channel.clone(),
            bot: mailbox.bot.clone(),
            tag: mailbox.tag,
            case: Some(case),
        };
        self.seal_parcel(&to, &parcel, false, self.now())
    }

    /// Seals a parcel for the outbox.
    pub(crate) fn seal_parcel(
        &self,
        to: &Route,
        parcel: &Parcel,
        desk_words: bool,
        not_before: Timestamp,
    ) -> Result<NewOutgoing, Error> {
        let key = self.keyring().newest_transit();
        let id = RowId::random(self.entropy())?;
        let body = serde_json::to_vec(parcel).map_err(|e| Error::Fault(Fault::new(e)))?;
        Ok(NewOutgoing {
            id,
            tenant: self.world().tenant.id,
            channel: to.channel.clone(),
            bot: to.bot.clone(),
            chat_tag: to.tag,
            case: to.case,
            epoch: key.epoch(),
            sealed: key.seal(self.vault(), id, Purpose::Message, &body)?,
            desk_words,
            not_before,
            created_hour: self.now().hour(),
        })
    }
}

/// Where a parcel goes.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) channel: String,
    pub(crate) bot: String,
    pub(crate) tag: [u8; 32],
    pub(crate) case: Option<crate::kernel::id::CaseId>,
}
