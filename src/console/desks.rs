//! Adding a desk below one's own: only who leads the desk above can, because its key signs for the new one.

use axum::response::{IntoResponse, Redirect, Response};

use super::forms::Fields;
use super::member::Member;
use super::people::{Below, with_below};
use super::stop::Stop;
use crate::domain::lane::Kind;
use crate::service::people::NewDesk;
use crate::service::{Error, Refusal};

pub(super) async fn add(member: Member, mut fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    // Not a desk one leads: the same answer as for a desk that is not there.
    let led = member.led().into_iter().find(|d| d.name == fields.get("parent"));
    let parent = led.ok_or(Refusal::NotAllowed)?.name;
    let password = fields.secret("password");
    let (name, lead) = (fields.trimmed("name"), fields.trimmed("lead"));
    let mut below = Below { name, parent, lead, password: password.expose().clone(), error: None };
    let new = NewDesk { name: below.name.clone(), parent: below.parent.clone(), lead: below.lead.clone() };
    // The names of the first desks are nobody's to give, so that no answer tells whether such a desk is there.
    let refused = if Kind::parse(&below.name).is_some() || below.password.trim().is_empty() {
        Refusal::Field("name")
    } else {
        match member.hotline.add_desk(&member.actor, new, password).await {
            Ok(_) => return Ok(Redirect::to("/console/team?done=desk").into_response()),
            Err(Error::Refused(refusal @ (Refusal::Taken | Refusal::Field(_)))) => refusal,
            Err(e) => return Err(e.into()),
        }
    };
    let key = if refused == Refusal::Taken { "error.taken" } else { "people.desk_bad" };
    below.error = Some(member.t.say(key));
    with_below(&member, refused.status(), below)
}
