//! A chat as the database knows it: by keyed hashes only. Loaded from every key that may still be in use,
//! and moved to the newest whenever the person speaks.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::TALK;
use crate::domain::callback::{Rules, Slot, Standing};
use crate::domain::case::Case;
use crate::domain::dialogue::{CaseRef, Choice, Facts, Here, Manner, OpenCase, State};
use crate::domain::lane::Kind;
use crate::domain::state::State as CaseState;
use crate::kernel::Timestamp;
use crate::kernel::id::RowId;
use crate::service::channel::{Channel, ChatId};
use crate::service::{Error, Fault, Hotline, World};
use crate::store::Tx;
use crate::store::mailboxes::{Dialogue, NewMailbox};
use crate::text::SERVICE;
use crate::vault::{MailboxKey, Purpose};

/// Timers are rounded up to the minute; one that is at a full minute stays.
const MINUTE: Duration = Duration::from_millis(59_999);

/// What the sealed row of a conversation holds.
#[derive(Serialize, Deserialize)]
struct Sealed {
    chat: String,
    state: String,
    /// The choices shown last, where the messenger has no buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    menu: Vec<Choice>,
    #[serde(default)]
    manner: Manner,
}

/// A mailbox of the chat and the clear part of its case.
pub(super) struct Box {
    pub(super) mailbox: NewMailbox,
    pub(super) kind: Kind,
    pub(super) state: CaseState,
    pub(super) received: Timestamp,
    /// The hour of its open call-back.
    call: Option<Slot>,
}

/// The hours in which counselling calls back, and by which name.
pub(super) struct Offered {
    hours: Vec<Slot>,
    rules: Arc<Rules>,
}

impl Offered {
    /// As it is now.
    pub(super) fn now(hotline: &Hotline) -> Self {
        Self { hours: hotline.callback_slots(), rules: hotline.callback_rules() }
    }
}

/// A chat, loaded.
pub(super) struct Chat {
    pub(super) channel: String,
    pub(super) bot: String,
    address: ChatId,
    pub(super) row: Option<Dialogue>,
    state: Option<State>,
    /// The choices shown last, where the messenger has no buttons.
    pub(super) menu: Vec<Choice>,
    pub(super) manner: Manner,
    front: Option<Kind>,
    pub(super) boxes: Vec<Box>,
    open: Vec<OpenCase>,
    /// Tags under older keys, to be moved: old tag, new tag.
    pub(super) moves: Vec<([u8; 32], [u8; 32])>,
    pub(super) epoch: u32,
}

/// The number by which a lane's rows of a chat are told from those of another lane.
pub(super) const fn lane(kind: Kind) -> u8 {
    match kind {
        Kind::Tips => 1,
        Kind::Counselling => 2,
        Kind::Oversight => 3,
    }
}

/// How a chat names one of its cases: two random bytes of the mailbox's id.
pub(crate) fn case_ref(mailbox: &NewMailbox) -> CaseRef {
    let [a, b, ..] = mailbox.id.bytes();
    CaseRef(u16::from_be_bytes([a, b]))
}

impl Chat {
    /// Loads what is known of a chat.
    pub(super) async fn load(
        hotline: &Hotline,
        (channel, bot): (&str, &str),
        address: ChatId,
    ) -> Result<Self, Error> {
        let newest = hotline.keyring().newest_mailbox();
        let mut chat = Self {
            channel: channel.to_owned(),
            bot: bot.to_owned(),
            row: None,
            state: None,
            menu: Vec::new(),
            manner: Manner::default(),
            front: None,
            boxes: Vec::new(),
            open: Vec::new(),
            moves: Vec::new(),
            epoch: newest.epoch(),
            address,
        };
        let mut tx = hotline.store().read().await?;
        for key in &hotline.keyring().mailboxes() {
            let old = key.epoch() != newest.epoch();
            chat.row_under(&mut tx, key, old.then_some(&newest)).await?;
            chat.boxes_under(&mut tx, key, old.then_some(&newest)).await?;
        }
        drop(tx);
        chat.open = chat
            .boxes
            .iter()
            .filter(|b| b.state != CaseState::Closed)
            .map(|b| OpenCase { case: case_ref(&b.mailbox), kind: b.kind, opened: b.received, call: b.call })
            .collect();
        chat.remember(hotline)?;
        Ok(chat)
    }

    /// The conversation's row, if it stands under this key and was not found under another; it moves to the `newest`
    /// key if this is an older one.
    async fn row_under(
        &mut self,
        tx: &mut Tx,
        key: &MailboxKey,
        newest: Option<&MailboxKey>,
    ) -> Result<(), Error> {
        if self.row.is_some() {
            return Ok(());
        }
        let tag = self.tag_under(key, TALK);
        self.row = tx.dialogue(&tag).await?;
        if self.row.is_some() {
            self.moves.extend(newest.map(|newest| (tag, self.tag_under(newest, TALK))));
        }
        Ok(())
    }

    /// The mailboxes under this key, each with its case; they move to the `newest` key if this is an older one.
    async fn boxes_under(
        &mut self,
        tx: &mut Tx,
        key: &MailboxKey,
        newest: Option<&MailboxKey>,
    ) -> Result<(), Error> {
        for kind in Kind::ALL {
            let tag = self.tag_under(key, lane(kind));
            let boxes = tx.mailboxes_by_tag(&tag).await?;
            if !boxes.is_empty() {
                self.moves.extend(newest.map(|newest| (tag, self.tag_under(newest, lane(kind)))));
            }
            for mailbox in boxes {
                if let Some(case) = tx.case(mailbox.tenant, mailbox.case).await? {
                    let received = case.received_hour;
                    let call = open_call(tx, &case).await?;
                    self.boxes.push(Box { mailbox, kind, state: case.state, received, call });
                }
            }
        }
        Ok(())
    }

    /// Loads what is known of a chat that its messenger speaks for.
    pub(super) async fn of_channel(
        hotline: &Hotline,
        channel: &dyn Channel,
        address: ChatId,
    ) -> Result<Self, Error> {
        let mut chat = Self::load(hotline, (channel.name(), channel.bot()), address).await?;
        chat.manner = channel.manner();
        chat.front = channel.front();
        Ok(chat)
    }

    /// What the conversation's row remembers.
    fn remember(&mut self, hotline: &Hotline) -> Result<(), Error> {
        self.state = Some(State::new(hotline.talk().locale));
        if let Some(row) = &self.row {
            let (sealed, state) = open_row(hotline, row)?;
            (self.menu, self.manner, self.state) = (sealed.menu, sealed.manner, Some(state));
        }
        Ok(())
    }

    /// The address inside a conversation's row, for timers.
    pub(super) fn of_row(hotline: &Hotline, row: &Dialogue) -> Result<Address, Error> {
        Ok(Address(ChatId::new(open_row(hotline, row)?.0.chat)))
    }

    /// Where the chat is on its channel.
    pub(super) fn address(&self) -> &ChatId {
        &self.address
    }

    /// The chat's tag for a lane under the newest key.
    pub(super) fn tag(&self, hotline: &Hotline, lane: u8) -> [u8; 32] {
        self.tag_under(&hotline.keyring().newest_mailbox(), lane)
    }

    fn tag_under(&self, key: &MailboxKey, lane: u8) -> [u8; 32] {
        let bot = format!("{}:{}", self.channel, self.bot);
        key.tag(bot.as_bytes(), lane, self.address.expose().as_bytes())
    }

    /// The mailbox of the case that the chat names so.
    pub(super) fn mailbox(&self, case: CaseRef) -> Option<&Box> {
        self.boxes.iter().find(|b| case_ref(&b.mailbox) == case)
    }

    pub(super) fn take_state(&mut self) -> State {
        self.state.take().unwrap_or_else(|| State::new(crate::text::Locale::Vi))
    }

    pub(super) fn put_state(&mut self, state: State) {
        self.state = Some(state);
    }

    pub(super) fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// What the dialogue may know.
    pub(super) fn facts<'a>(
        &'a self,
        hotline: &'a Hotline,
        world: &'a World,
        offered: &'a Offered,
    ) -> Facts<'a> {
        let talk = hotline.talk();
        Facts {
            lexicon: &talk.lexicon,
            sayings: talk.sayings,
            here: Some(Here { places: talk.places, province: &world.tenant.province }),
            service: SERVICE,
            body: &world.tenant.name,
            channel: channel_name(&self.channel),
            web: &talk.web,
            oversight: world.has_oversight(),
            front: self.front,
            short: self.manner.is_short(),
            open: &self.open,
            hours: &offered.hours,
            callbacks: &offered.rules,
            waits: talk.waits,
        }
    }

    /// The conversation's row with its new state, sealed.
    pub(super) fn sealed_row(&self, hotline: &Hotline) -> Result<Option<Dialogue>, Error> {
        let Some(state) = &self.state else { return Ok(None) };
        let bytes = state.to_bytes().map_err(|e| Error::Fault(Fault::new(e)))?;
        let state_text = String::from_utf8(bytes).map_err(|e| Error::Fault(Fault::new(e)))?;
        let body = Sealed {
            chat: self.address.expose().to_owned(),
            state: state_text,
            menu: self.menu.clone(),
            manner: self.manner,
        };
        let body = serde_json::to_vec(&body).map_err(|e| Error::Fault(Fault::new(e)))?;
        let key = hotline.keyring().newest_transit();
        let id = RowId::random(hotline.entropy())?;
        Ok(Some(Dialogue {
            tag: self.tag(hotline, TALK),
            tenant: hotline.world().tenant.id,
            channel: self.channel.clone(),
            bot: self.bot.clone(),
            id,
            mailbox_epoch: self.epoch,
            epoch: key.epoch(),
            version: self.row.as_ref().map_or(0, |r| r.version),
            sealed: key.seal(hotline.vault(), id, Purpose::Dialogue, &body)?,
            // To the minute and the hour: a row must not tell when somebody wrote.
            wake: state.wake.map(|at| at.plus(MINUTE).minute()),
            undecided: state.undecided_since().map(Timestamp::hour),
            seen_hour: hotline.now().hour(),
        }))
    }
}

/// The hour of an open call-back of a case that is open; a tip has none.
async fn open_call(tx: &mut Tx, case: &Case) -> Result<Option<Slot>, Error> {
    if case.kind.is_tip() || case.state == CaseState::Closed {
        return Ok(None);
    }
    let row = tx.callback_of(case.id).await?;
    Ok(row.filter(|row| row.standing == Standing::Open).map(|row| row.slot))
}

/// The address of a chat found by its row.
pub(super) struct Address(ChatId);

impl Address {
    pub(super) fn address(self) -> ChatId {
        self.0
    }
}

fn open_row(hotline: &Hotline, row: &Dialogue) -> Result<(Sealed, State), Error> {
    let key = hotline.keyring().transit(row.epoch).ok_or(crate::vault::VaultError::OtherKey)?;
    let body = key.open(hotline.vault(), row.id, Purpose::Dialogue, &row.sealed)?;
    let sealed: Sealed = serde_json::from_slice(body.expose()).map_err(|e| Error::Fault(Fault::new(e)))?;
    let state = State::from_bytes(sealed.state.as_bytes()).map_err(|e| Error::Fault(Fault::new(e)))?;
    Ok((sealed, state))
}

/// A messenger's name as people say it.
pub(super) fn channel_name(channel: &str) -> &str {
    match channel {
        "telegram" => "Telegram",
        "zalo" | "zalo_oa" => "Zalo",
        "sms" => "SMS",
        "matrix" => "Matrix",
        other => other,
    }
}
