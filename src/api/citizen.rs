//! What citizens do: send a tip, ask for help, look at a case, add a message.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::body::{self, Given, Part};
use super::callback::{self, CHANNEL, Wanted};
use super::caller::{once, receipt};
use super::render::{Moment, OwnLine, json};
use super::say::{language, say};
use super::{Answer, Api};
use crate::domain::document::Details;
use crate::domain::lane::Kind;
use crate::domain::locale::Locale;
use crate::domain::state::PublicState;
use crate::domain::taxonomy::is_category;
use crate::domain::wording;
use crate::service::callback::Asked;
use crate::service::flood::{Sender, Work};
use crate::service::intake::{Accepted, Submission};
use crate::service::once::Once;
use crate::service::triage;
use crate::service::{Hotline, Refusal};

/// The longest place or time in the person's own words, in characters.
const LONGEST_HINT: usize = 200;

/// The header that asks scripts for work.
const WANTED: HeaderName = HeaderName::from_static("proof-wanted");

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tip {
    text: Given,
    locale: Given,
    categories: Given,
    commune: Given,
    occurred: Given,
    ongoing: Given,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Call {
    text: Given,
    locale: Given,
    consent: Given,
    about: Given,
    callback: Part<Wanted>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct More {
    text: Given,
}

#[derive(Serialize)]
struct Taken<'a> {
    receipt: &'a str,
    received_at: Moment,
    public_state: &'static str,
}

#[derive(Serialize)]
struct OwnCase {
    lane: &'static str,
    public_state: &'static str,
    state: String,
    messages: Vec<OwnLine>,
}

#[derive(Serialize)]
struct Added {
    received_at: Moment,
}

/// `POST /api/v1/tips`
pub(super) async fn tip(State(api): State<Api>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let body = body::json(&head.headers, body, api.options.largest_body).await?;
    let once = once(&head.headers, "/api/v1/tips", b"", &body)?;
    let given: Tip = body::object(&body)?;
    let text = given.text.needed("text")?;
    let locale = chosen(given.locale, &head.headers)?;
    let categories = given.categories.texts("categories")?;
    if !categories.iter().all(|c| is_category(c)) {
        return Err(Refusal::Field("categories").into());
    }
    let sender = sender(&api, &head.headers, &body)?;
    let details = Details {
        categories,
        commune: given.commune.short("commune", LONGEST_HINT)?,
        occurred: given.occurred.short("occurred", LONGEST_HINT)?,
        ongoing: given.ongoing.flag("ongoing")?,
        ..Details::default()
    };
    take(&api, (Kind::Tips, text, locale, details), (sender, once), None).await
}

/// `POST /api/v1/counselling`
pub(super) async fn counselling(State(api): State<Api>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let body = body::json(&head.headers, body, api.options.largest_body).await?;
    let once = once(&head.headers, "/api/v1/counselling", b"", &body)?;
    let given: Call = body::object(&body)?;
    let text = given.text.needed("text")?;
    let locale = chosen(given.locale, &head.headers)?;
    if given.consent != Given::Flag(true) {
        return Err(Refusal::NoConsent.into());
    }
    let about = given.about.needed("about")?;
    if !matches!(about.as_str(), "self" | "relative" | "other") {
        return Err(Refusal::Field("about").into());
    }
    let call = given.callback.object("callback")?.map(Wanted::read).transpose()?;
    let consent_at = Some(api.hotline()?.now());
    let sender = sender(&api, &head.headers, &body)?;
    let details = Details { about: Some(about), consent_at, ..Details::default() };
    take(&api, (Kind::Counselling, text, locale, details), (sender, once), call).await
}

/// The language that was named, or the one the caller reads.
fn chosen(given: Given, headers: &HeaderMap) -> Result<Locale, Refusal> {
    match given.text("locale")?.as_deref() {
        None => Ok(language(headers)),
        Some("vi") => Ok(Locale::Vi),
        Some("en") => Ok(Locale::En),
        Some(_) => Err(Refusal::Field("locale")),
    }
}

/// Hands a submission in and answers after the commit.
async fn take(
    api: &Api,
    (kind, text, locale, details): (Kind, String, Locale, Details),
    (sender, once): (Sender, Option<Once>),
    call: Option<Asked>,
) -> Answer {
    let hotline = api.hotline()?;
    let reading = wording::read(&hotline.talk().lexicon, &text);
    let kind = triage::desk_kind(&hotline.world(), kind, &reading, &details);
    let call = match call.map(|asked| callback::check(hotline, kind, &asked)).transpose() {
        Ok(call) => call,
        // Only the hour has passed since the first sending: that one's receipt must not be lost.
        Err(refused) => return taken(hotline, &before(hotline, once).await.ok_or(refused)?),
    };
    let priority = triage::priority(&reading, &details, false);
    let details = triage::complete(kind, &reading, details);
    let submission = Submission {
        kind,
        text,
        locale: locale.as_str().to_owned(),
        channel: CHANNEL.to_owned(),
        details,
        priority,
        reads_as_tip: kind.is_tip(),
    };
    taken(hotline, &hotline.submit_with(sender, submission, call.as_ref(), once).await?)
}

/// What the same request was answered before.
async fn before(hotline: &Hotline, once: Option<Once>) -> Option<Accepted> {
    hotline.accepted_before(&once?).await.ok().flatten()
}

fn taken(hotline: &Hotline, accepted: &Accepted) -> Answer {
    let Accepted { receipt, received_at, public_state } = accepted;
    let taken = Taken { receipt, received_at: Moment(*received_at), public_state: public_state.code() };
    let mut answer = json(StatusCode::CREATED, &taken)?;
    // Said in the answer, never asked before: who does not hear it is heard all the same.
    if let Some(Work { bits, slot }) = hotline.work_wanted()
        && let Ok(wanted) = HeaderValue::try_from(format!("bits={bits}, slot={slot}"))
    {
        answer.headers_mut().insert(WANTED, wanted);
    }
    Ok(answer)
}

/// A program, and whether it worked for this very message.
fn sender(api: &Api, headers: &HeaderMap, body: &[u8]) -> Result<Sender, Refusal> {
    let proof = headers.get("proof").and_then(|p| p.to_str().ok());
    let hotline = api.hotline()?;
    Ok(Sender::Stranger { proven: proof.is_some_and(|p| hotline.is_worked_for(p, body)) })
}

/// `GET /api/v1/case`
pub(super) async fn case(State(api): State<Api>, request: Request) -> Answer {
    let holder = receipt(request.headers())?;
    let locale = language(request.headers());
    let case = api.hotline()?.look_up(&holder.readings).await?;
    let tip = case.kind.is_tip();
    let own = OwnCase {
        // An oversight tip is a tip to its sender: the answer does not tell which desk it lies at.
        lane: if tip { "tips" } else { "counselling" },
        public_state: case.public_state.code(),
        state: in_words(locale, tip, case.public_state),
        messages: case.messages.into_iter().map(OwnLine::from).collect(),
    };
    Ok(spoken(locale, json(StatusCode::OK, &own)?))
}

fn in_words(locale: Locale, tip: bool, state: PublicState) -> String {
    let lane = if tip { "tip" } else { "help" };
    say(locale, &format!("public_state.{lane}.{}", state.code()), &[])
}

pub(super) fn spoken(locale: Locale, mut response: Response) -> Response {
    let language = HeaderValue::from_static(locale.as_str());
    response.headers_mut().insert(header::CONTENT_LANGUAGE, language);
    response
}

/// `POST /api/v1/case/messages`
pub(super) async fn message(State(api): State<Api>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let holder = receipt(&head.headers)?;
    let body = body::json(&head.headers, body, api.options.largest_body).await?;
    let once = once(&head.headers, "/api/v1/case/messages", &holder.name(), &body)?;
    let given: More = body::object(&body)?;
    let text = given.text.needed("text")?;
    let added = api.hotline()?.add_message(&holder.readings, &text, once).await?;
    json(StatusCode::CREATED, &Added { received_at: Moment(added.received_at) })
}
