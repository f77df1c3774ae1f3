//! Carrying out what the dialogue asks for: everything is prepared and sealed here and goes into the plan.

use super::TALK;
use super::chat::{Chat, case_ref, lane};
use super::plan::Plan;
use crate::domain::dialogue::{Addition, CaseRef, Effect, How, Input, Line, Said, Say, Submission};
use crate::domain::document::{Address, Details, Words};
use crate::domain::lane::Kind;
use crate::domain::receipt::Receipt;
use crate::kernel::id::{MailboxId, RowId};
use crate::service::casefile::document;
use crate::service::channel::{MessageRef, Outgoing};
use crate::service::citizen::From;
use crate::service::flood::Sender;
use crate::service::intake::Ready;
use crate::service::reach::Parcel;
use crate::service::{Error, Hotline, Refusal, intake, triage};
use crate::store::mailboxes::NewMailbox;
use crate::vault::{ItemKind, Purpose};

/// The sentence that holds nothing but a desk's words.
const DESK_WORDS: &str = "chat.view.content";

impl Hotline {
    /// Carries out one effect; some answer with a further input for the dialogue.
    pub(super) async fn carry_out(
        &self,
        chat: &mut Chat,
        plan: &mut Plan,
        effect: Effect,
    ) -> Result<Option<Input>, Error> {
        match effect {
            Effect::Say(say) => self.plan_say(chat, plan, &say),
            Effect::Erase(message) => plan.does(Outgoing::Erase { message: MessageRef(message) }),
            Effect::Settle(message) => plan.does(Outgoing::Settle { message: MessageRef(message) }),
            Effect::Submit(s) => return self.plan_case(chat, plan, &s).map(Some),
            Effect::HandOver(s) => self.plan_hand_over(chat, plan, &s)?,
            Effect::AddToCase(a) => self.plan_addition(chat, plan, &a),
            Effect::Alert(case) => {
                if let Some(found) = chat.mailbox(case) {
                    plan.alerts.push(found.mailbox.case);
                }
            }
            Effect::CheckCode(typed) => return self.check_code(&typed).await.map(Some),
            Effect::View(token) => return self.view_held(chat, plan, token).await.map(Some),
            Effect::AskResend(case) => self.plan_resend(chat, plan, case),
            Effect::Call { case, number, hour } => self.plan_call(chat, plan, case, (&number, hour)).await?,
            Effect::CallOff(case) => Self::plan_call_off(chat, plan, case)?,
            Effect::Forget => plan.forget = true,
            // The row's timer follows from the state itself.
            Effect::WakeAt(_) | Effect::NoWake => {}
        }
        Ok(None)
    }

    pub(super) fn plan_say(&self, chat: &mut Chat, plan: &mut Plan, say: &Say) {
        let locale = chat.state().map_or(self.talk().locale, |s| s.locale);
        let handle = say.handle.map(|h| h.0.to_string());
        let erase_after_s = say.erase_after.map(|d| d.as_secs());
        let voice = self.voice(chat, plan, locale, say);
        let chat_id = chat.address().expose();
        for what in self.render(locale, say, voice) {
            let parcel = Parcel { erase_after_s, handle: handle.clone(), ..Parcel::of(chat_id, what) };
            plan.parcels.push((parcel, say.phrase == DESK_WORDS));
        }
    }

    /// A draft becomes a case, with a way back to this chat.
    fn plan_case(&self, chat: &mut Chat, plan: &mut Plan, s: &Submission) -> Result<Input, Error> {
        let ready = self.case_from(chat, s, s.kind)?;
        let receipt = ready.receipt.clone();
        let case = ready.case.mailbox.as_ref().map(case_ref).ok_or(Refusal::NotFound)?;
        plan.wants(&s.files, ready.case.id, s.locale);
        plan.cases.push(ready.case);
        Ok(Input::Submitted { kind: s.kind, how: s.how, receipt, case })
    }

    /// Nobody chose in time: a counsellor reads it. There is no receipt, but a way back.
    fn plan_hand_over(&self, chat: &mut Chat, plan: &mut Plan, s: &Submission) -> Result<(), Error> {
        let mut ready = self.case_from(chat, s, Kind::Counselling)?;
        ready.case.receipt = None;
        plan.wants(&s.files, ready.case.id, s.locale);
        plan.cases.push(ready.case);
        Ok(())
    }

    fn case_from(&self, chat: &mut Chat, s: &Submission, kind: Kind) -> Result<Ready, Error> {
        let told = Details {
            avoid_commune: s.avoid_commune,
            commune: s.commune.clone(),
            consent_at: s.consent.then(|| self.now()),
            ..Details::default()
        };
        let priority = triage::priority(&s.reading, &told, s.how == How::Alert);
        let details = triage::complete(kind, &s.reading, told);
        let submission = intake::Submission {
            kind,
            text: s.text.clone(),
            locale: s.locale.as_str().to_owned(),
            channel: chat.channel.clone(),
            details,
            priority,
            reads_as_tip: true,
        };
        self.with_way_back(chat, &submission)
    }

    /// Seals a submission together with the way back to this chat.
    pub(super) fn with_way_back(&self, chat: &Chat, submission: &intake::Submission) -> Result<Ready, Error> {
        let world = self.world();
        let sender = Sender::Chat(chat.tag(self, TALK));
        let mut ready = self.prepare(&world, submission, sender)?;
        let readers = world.readers(ready.case.desk)?;
        let address = Address {
            channel: chat.channel.clone(),
            bot: chat.bot.clone(),
            chat: chat.address().expose().to_owned(),
            locale: submission.locale.clone(),
            manner: chat.manner,
        };
        let item = self.seal_for_case(ItemKind::Address, ready.case.id, &address, &readers, None)?;
        let mailbox = NewMailbox {
            id: self.free_mailbox_id(chat)?,
            tenant: ready.case.tenant,
            channel: chat.channel.clone(),
            bot: chat.bot.clone(),
            tag: chat.tag(self, lane(submission.kind)),
            epoch: chat.epoch,
            case: ready.case.id,
            address: item.id,
            seen_day: self.now().day(),
        };
        self.fold_by_chat(&mut ready.case, &mailbox.tag);
        ready.case.items.push(item);
        ready.case.mailbox = Some(mailbox);
        Ok(ready)
    }

    /// An id whose short form no other case of this chat has.
    fn free_mailbox_id(&self, chat: &Chat) -> Result<MailboxId, Error> {
        loop {
            let id = MailboxId::random(self.entropy())?;
            let [a, b, ..] = id.bytes();
            if chat.mailbox(CaseRef(u16::from_be_bytes([a, b]))).is_none() {
                return Ok(id);
            }
        }
    }

    /// More words for an open case, sealed to the desk that has it.
    fn plan_addition(&self, chat: &Chat, plan: &mut Plan, a: &Addition) {
        let Some(found) = chat.mailbox(a.case) else { return };
        let case = found.mailbox.case;
        plan.wants(&a.files, case, chat.state().map_or(self.talk().locale, |s| s.locale));
        if !a.text.trim().is_empty() {
            plan.additions.push((case, Words { text: a.text.clone(), at: self.now(), by: None }));
        }
        if a.reading.crisis.is_some() {
            plan.alerts.push(case);
        }
    }

    /// The person could not open a desk's words in time and asks that desk for them again. The chat's other cases
    /// hear nothing of it: two lanes must not be linked by one moment.
    fn plan_resend(&self, chat: &Chat, plan: &mut Plan, case: CaseRef) {
        let Some(found) = chat.mailbox(case) else { return };
        let text = self.talk().catalogue.say(self.talk().locale, "chat.view.asked_again", &[]);
        plan.additions.push((found.mailbox.case, Words { text, at: self.now(), by: None }));
    }

    async fn check_code(&self, typed: &str) -> Result<Input, Error> {
        let Ok(readings) = Receipt::parse(typed) else { return Ok(Input::NotFound) };
        let case = match self.look_up(&readings).await {
            Ok(case) => case,
            Err(Error::Refused(Refusal::NotFound)) => return Ok(Input::NotFound),
            Err(e) => return Err(e),
        };
        let lines = case
            .messages
            .into_iter()
            .map(|m| Line {
                at: m.at,
                said: match m.from {
                    From::Desk => Said::Desk(m.text.unwrap_or_default()),
                    From::Citizen => Said::Own(m.text),
                },
            })
            .collect();
        Ok(Input::Found { state: case.public_state.phrase(case.kind), lines })
    }

    /// Opens a desk's words that this chat, and no other, was told of.
    async fn view_held(&self, chat: &Chat, plan: &mut Plan, token: String) -> Result<Input, Error> {
        let bare = token.strip_prefix("v:").unwrap_or(&token);
        let bare = bare.split_once('.').map_or(bare, |(held, _)| held);
        let Ok(id) = bare.parse::<RowId>() else { return Ok(Input::Expired { token }) };
        let mut tx = self.store().read().await?;
        for found in &chat.boxes {
            let Some(held) = tx.held(id, &found.mailbox.tag).await? else { continue };
            let Some(key) = self.keyring().transit(held.epoch) else { continue };
            let body = key.open(self.vault(), held.id, Purpose::Message, &held.sealed)?;
            let words: Words = document(&body)?;
            plan.viewing = Some(held.case);
            return Ok(Input::Opened { text: words.text, case: case_ref(&found.mailbox) });
        }
        Ok(Input::Expired { token })
    }
}
