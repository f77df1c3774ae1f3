//! The steps on a case. What does not go through comes back as the page of the case as it stands now, with
//! what was typed still in its box.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};

use super::casefile::{Typed, again, case_id};
use super::forms::Fields;
use super::member::Member;
use super::queue::address;
use super::stop::Stop;
use crate::domain::state::State;
use crate::kernel::id::CaseId;
use crate::service::casework::Step;
use crate::service::{Error, Refusal};

/// The steps, as they stand in the address and in the events.
pub(super) const STEPS: [&str; 8] =
    ["claim", "release", "acknowledge", "reply", "note", "transition", "transfer", "send_again"];

/// One step. The member is proven inside, so that a session that ended while somebody wrote does not take
/// their words with it.
pub(super) async fn step(
    Path((id, step)): Path<(String, String)>,
    member: Result<Member, Stop>,
    fields: Fields,
) -> Result<Response, Stop> {
    let member =
        member.map_err(|stop| stop.keeping(&[fields.text("text"), fields.text("reason")].join("\n")))?;
    fields.check(&member)?;
    let id = case_id(&id)?;
    let word = STEPS.iter().find(|s| **s == step).ok_or(Refusal::NotFound)?;
    let version = fields.get("version").parse().map_err(|_| Refusal::Field("version"))?;
    let once = Some(fields.once(&format!("console/{word}/{id}"), &member)?);
    let what = Step { case: id, version, once };
    match take(&member, word, &what, &fields).await {
        Ok(()) => Ok(Redirect::to(&leads_to(&member, word, id, &fields)).into_response()),
        Err(Error::Refused(refusal)) if speaks_of_the_step(&refusal) => {
            again(&member, id, typed(&member, word, refusal, &fields)).await
        }
        Err(e) => Err(e.into()),
    }
}

/// Where a step leads. A case that was handed over may be out of its giver's sight: back to the queue it left.
fn leads_to(member: &Member, word: &str, id: CaseId, fields: &Fields) -> String {
    if word != "transfer" {
        return format!("/console/cases/{id}?done={word}");
    }
    let desks = member.desks();
    let left = desks.iter().find(|d| d.name == fields.get("from")).or_else(|| desks.first());
    left.map_or_else(|| "/console".to_owned(), |d| format!("{}?done={word}", address(&d.name)))
}

async fn take(member: &Member, word: &str, step: &Step, fields: &Fields) -> Result<(), Error> {
    let (hotline, actor) = (&member.hotline, &member.actor);
    let text = fields.text("text");
    match word {
        "claim" => hotline.claim(actor, step).await.map(|_| ()),
        "release" => hotline.release(actor, step).await.map(|_| ()),
        "send_again" => hotline.send_again(actor, step).await.map(|_| ()),
        "acknowledge" => hotline.acknowledge(actor, step).await.map(|_| ()),
        "reply" => hotline.reply(actor, step, &text).await.map(|_| ()),
        "note" => hotline.note(actor, step, &text).await.map(|_| ()),
        "transition" => {
            let to = State::parse(fields.get("to")).map_err(|_| Refusal::Field("to"))?;
            hotline.transition(actor, step, to, &fields.text("reason")).await.map(|_| ())
        }
        "transfer" => {
            let reason = fields.text("reason");
            hotline.transfer(actor, step, fields.get("to"), &reason).await.map(|_| ())
        }
        _ => Err(Refusal::NotFound.into()),
    }
}

/// Whether the refusal is about this step on a case the member may see; all else is a page of its own.
fn speaks_of_the_step(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Stale { .. }
            | Refusal::Held { .. }
            | Refusal::NotHeld
            | Refusal::NoStep { .. }
            | Refusal::NoReason
            | Refusal::Text(_)
            | Refusal::Field("to")
            | Refusal::Callback(_)
            | Refusal::Busy
    )
}

fn typed(member: &Member, word: &str, refusal: Refusal, fields: &Fields) -> Typed {
    let key = format!("error.{}", refusal.kind());
    let mut typed = Typed {
        message: member.t.say(&key),
        // Only a stale page has something new to point at.
        seen: fields.get("seen").parse().ok().filter(|_| matches!(refusal, Refusal::Stale { .. })),
        to: fields.get("to").to_owned(),
        refused: Some(refusal),
        ..Typed::default()
    };
    match word {
        "reply" => typed.reply = fields.text("text"),
        "note" => typed.note = fields.text("text"),
        "transition" => typed.reason = fields.text("reason"),
        "transfer" => typed.transfer_reason = fields.text("reason"),
        _ => {}
    }
    typed
}
