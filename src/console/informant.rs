//! The name a caller gave: on a page of its own, for who asks for it, and written down each time. It is on no page and
//! no print of the case.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::casefile::case_id;
use super::forms::Fields;
use super::login::show;
use super::member::Member;
use super::shell::Shell;
use super::stop::Stop;
use crate::domain::informant::Informant;
use crate::text::stamp;

#[derive(Template)]
#[template(path = "console/informant.html")]
struct InformantPage {
    shell: Shell,
    back: String,
    informant: Informant,
    at: String,
}

/// Opens the name: a form, because reading it is written down.
pub(super) async fn page(member: Member, Path(id): Path<String>, fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    let id = case_id(&id)?;
    let informant = member.hotline.informant(&member.actor, id).await?;
    show(&InformantPage {
        shell: member.shell(),
        back: format!("/console/cases/{id}"),
        at: stamp(informant.at),
        informant,
    })
}
