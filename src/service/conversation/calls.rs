//! Call-backs that somebody asks for, or takes back, in their chat. The number is sealed here, in the turn in which it
//! came, and is committed with the erasure of the update that brought it. What the person was told is either written or
//! the whole turn fails.

use super::chat::Chat;
use super::plan::Plan;
use crate::domain::callback::{Discretion, PhoneNumber, Slot};
use crate::domain::dialogue::CaseRef;
use crate::service::callback::Asked;
use crate::service::{Error, Hotline, Refusal};

impl Hotline {
    /// A call-back is sealed to the desk of a case of this chat.
    pub(super) async fn plan_call(
        &self,
        chat: &Chat,
        plan: &mut Plan,
        case: CaseRef,
        (number, hour): (&PhoneNumber, Slot),
    ) -> Result<(), Error> {
        let found = chat.mailbox(case).ok_or(Refusal::NotFound)?;
        let number = number.expose().to_owned();
        // Who else may pick up is not asked in a chat: the careful answer.
        let asked = Asked { number, from: hour.from(), say: Discretion::NameOnly };
        plan.wishes.push(self.seal_wish(found.mailbox.case, &asked, &chat.channel).await?);
        Ok(())
    }

    /// A call-back of a case of this chat is not wanted any more.
    pub(super) fn plan_call_off(chat: &Chat, plan: &mut Plan, case: CaseRef) -> Result<(), Error> {
        let found = chat.mailbox(case).ok_or(Refusal::NotFound)?;
        plan.calls_off.push(found.mailbox.case);
        Ok(())
    }
}
