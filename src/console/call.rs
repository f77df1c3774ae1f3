//! Taking a call down: what the caller says is typed while they speak, and the receipt is read back to them. Nothing is
//! kept before it is sent, the receipt is shown once, and there is no field for a telephone number but the one of who asks
//! counselling to call back.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};

use super::callback::fields::Offer;
use super::forms::Fields;
use super::labels;
use super::login::{show, show_as};
use super::member::Member;
use super::queue::address;
use super::shell::{Shell, encoded};
use super::stop::Stop;
use crate::domain::callback::Refused;
use crate::domain::document::Details;
use crate::domain::informant::{Informant, Why, Withheld};
use crate::domain::lane::Kind;
use crate::domain::receipt::Receipt;
use crate::service::call::{Call, Taken};
use crate::service::{Error, Fault, Refusal};
use crate::text::stamp;

/// The longest short field, in characters.
const LONGEST_FIELD: usize = 300;

/// A box to tick.
struct Tick {
    name: String,
    label: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "console/call.html")]
struct CallPage {
    shell: Shell,
    form: String,
    once: String,
    desk: String,
    here: String,
    back: String,
    tips: bool,
    typed: Typed,
    categories: Vec<Tick>,
    reasons: Vec<Tick>,
    abouts: Vec<Tick>,
    /// The call-back; counselling only, so that a tip's form has no field for a number.
    callback: Option<Offer>,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "console/call_receipt.html")]
struct ReceiptPage {
    shell: Shell,
    tips: bool,
    spoken: Vec<String>,
    written: String,
    at: String,
    again: Option<String>,
    crisis: Option<String>,
    case: Option<String>,
    next: String,
    back: String,
}

/// What was typed.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "boxes to tick, each by itself")]
struct Typed {
    text: String,
    place: String,
    when: String,
    ongoing: bool,
    avoid: bool,
    officials: bool,
    consent: bool,
    about: String,
    why_words: String,
    name: String,
    address: String,
    papers: String,
    categories: Vec<String>,
    why: Vec<Why>,
    callback: super::callback::fields::Typed,
}

impl Typed {
    fn read(fields: &Fields) -> Self {
        let ticked = |name: &str| fields.get(name) == "yes";
        let codes = labels::categories().filter(|code| ticked(&format!("category_{code}")));
        Self {
            text: fields.text("text"),
            place: fields.trimmed("place"),
            when: fields.trimmed("when"),
            ongoing: ticked("ongoing"),
            avoid: ticked("avoid"),
            officials: ticked("officials"),
            consent: ticked("consent"),
            about: fields.trimmed("about"),
            why_words: fields.trimmed("why_words"),
            name: fields.trimmed("name"),
            address: fields.trimmed("address"),
            papers: fields.trimmed("papers"),
            categories: codes.map(str::to_owned).collect(),
            callback: super::callback::fields::Typed::read(fields),
            why: Why::ALL.into_iter().filter(|w| ticked(&format!("why_{}", w.as_str()))).collect(),
        }
    }

    /// The first thing that must be mended, by the key of its sentence.
    fn wrong(&self, kind: Kind) -> Option<&'static str> {
        let short = [&self.place, &self.when, &self.why_words, &self.name, &self.address, &self.papers];
        if short.iter().any(|f| f.chars().count() > LONGEST_FIELD) {
            Some("call.field_long")
        } else if self.name.is_empty() && !(self.address.is_empty() && self.papers.is_empty()) {
            Some("call.name_missing")
        } else if kind == Kind::Counselling && !self.consent {
            Some("error.no_consent")
        } else if self.callback.any() && !self.callback.asked_for {
            Some("callback.desk.not_asked")
        } else if self.callback.any() && self.officials {
            Some("callback.desk.officials")
        } else {
            None
        }
    }

    fn call(self, member: &Member, kind: Kind) -> Result<Call, Refused> {
        let name = member.actor.name.as_str();
        let callback = if self.callback.any() {
            Some(member.hotline.check_callback(kind, &self.callback.asked(), ("phone", Some(name)))?)
        } else {
            None
        };
        let given = |field: &str| Some(field.to_owned()).filter(|f| !f.is_empty());
        let now = member.now();
        let informant = given(&self.name).map(|name| Informant {
            name,
            address: given(&self.address),
            papers: given(&self.papers),
            at: now,
        });
        let told_why = !self.why.is_empty() || !self.why_words.is_empty();
        let withheld =
            (informant.is_none() || told_why).then(|| Withheld::of(self.why.clone(), &self.why_words));
        let details = Details {
            categories: self.categories,
            commune: given(&self.place),
            occurred: given(&self.when),
            ongoing: self.ongoing.then_some(true),
            avoid_commune: self.avoid,
            about: given(&self.about).filter(|a| ABOUT.contains(&a.as_str())),
            consent_at: (kind == Kind::Counselling).then_some(now),
            ..Details::default()
        };
        let officials = self.officials;
        Ok(Call {
            text: self.text,
            locale: "vi".to_owned(),
            officials,
            details,
            informant,
            withheld,
            callback,
        })
    }
}

/// Who needs help.
const ABOUT: [&str; 3] = ["self", "relative", "other"];

pub(super) async fn blank(member: Member, Path(desk): Path<String>) -> Result<Response, Stop> {
    let kind = member.hotline.call_desk(&member.actor, &desk)?;
    let once = member.hotline.once_token()?;
    show(&page(&member, (&desk, kind), once, Typed::default(), None))
}

/// Takes the call. The member is proven inside, so that a session that ended meanwhile does not take the words along.
pub(super) async fn take(
    Path(desk): Path<String>,
    member: Result<Member, Stop>,
    fields: Fields,
) -> Result<Response, Stop> {
    let member = member.map_err(|stop| stop.keeping(&fields.text("text")))?;
    fields.check(&member)?;
    let kind = member.hotline.call_desk(&member.actor, &desk)?;
    let typed = Typed::read(&fields);
    if let Some(key) = typed.wrong(kind) {
        let once = member.hotline.once_token()?;
        return show_as(422, &page(&member, (&desk, kind), once, typed, Some(member.t.say(key))));
    }
    let once = fields.once(&format!("console/call/{desk}"), &member)?;
    let taken = match typed.call(&member, kind) {
        Ok(call) => member.hotline.take_call(&member.actor, &desk, call, &once).await,
        // The hour may have passed since the first sending: what was taken then is what is shown.
        Err(refused) => member.hotline.call_taken(&once).await.and_then(|t| t.ok_or_else(|| refused.into())),
    };
    match taken {
        Ok(taken) => shown_once(&member, (&desk, kind), taken),
        Err(Error::Refused(
            refusal @ (Refusal::Text(_) | Refusal::OtherRequest | Refusal::Busy | Refusal::Callback(_)),
        )) => {
            let said = member.t.say(&format!("error.{}", refusal.kind()));
            // The token of a form that was sent already with other words would be refused for ever.
            let used = matches!(refusal, Refusal::OtherRequest | Refusal::Text(_) | Refusal::Callback(_));
            let once = if used { member.hotline.once_token()? } else { fields.get("once").to_owned() };
            let typed = Typed::read(&fields);
            show_as(refusal.status(), &page(&member, (&desk, kind), once, typed, Some(said)))
        }
        Err(e) => Err(Stop::from(e).keeping(&fields.text("text"))),
    }
}

fn page(
    member: &Member,
    (desk, kind): (&str, Kind),
    once: String,
    mut typed: Typed,
    error: Option<String>,
) -> CallPage {
    let t = member.t;
    let tick = |name: String, label: String, on: bool| Tick { name, label, on };
    let category = |code: &'static str| {
        let label = labels::taxonomy(t, &[code.to_owned()]).concat();
        tick(format!("category_{code}"), label, typed.categories.iter().any(|c| c == code))
    };
    let why = |w: Why| {
        let label = t.say(&format!("why_not.{}", w.as_str()));
        tick(format!("why_{}", w.as_str()), label, typed.why.contains(&w))
    };
    let about = |a: &str| tick(a.to_owned(), labels::word(t, "about", a), typed.about == a);
    let asked = std::mem::take(&mut typed.callback);
    CallPage {
        shell: member.shell(),
        form: member.form.clone(),
        once,
        desk: labels::word(t, "desk", desk),
        here: format!("/console/call/{}", encoded(desk)),
        back: address(desk),
        tips: kind.is_tip(),
        categories: if kind.is_tip() { labels::categories().map(category).collect() } else { Vec::new() },
        reasons: Why::ALL.into_iter().map(why).collect(),
        abouts: ABOUT.into_iter().map(about).collect(),
        callback: match kind {
            Kind::Counselling => Some(Offer::new(member, asked)),
            Kind::Tips | Kind::Oversight => None,
        },
        typed,
        error,
    }
}

fn shown_once(member: &Member, (desk, kind): (&str, Kind), taken: Taken) -> Result<Response, Stop> {
    let t = member.t;
    let readings = Receipt::parse(&taken.receipt).map_err(|e| Stop::from(Error::Fault(Fault::new(e))))?;
    let spoken = readings.first().map(Receipt::spoken).unwrap_or_default();
    show(&ReceiptPage {
        shell: member.shell(),
        tips: kind.is_tip(),
        spoken: spoken.split(' ').map(str::to_owned).collect(),
        written: taken.receipt,
        at: stamp(taken.at),
        again: taken.due.map(stamp),
        crisis: taken.crisis.map(|c| labels::word(t, "crisis", c.as_str())),
        case: taken.case.map(|id| format!("/console/cases/{id}")),
        next: format!("/console/call/{}", encoded(desk)),
        back: address(desk),
    })
}

/// Takes note of missed calls. There is nobody to call back: the page says so.
pub(super) async fn missed(
    member: Member,
    Path(desk): Path<String>,
    fields: Fields,
) -> Result<Response, Stop> {
    fields.check(&member)?;
    member.hotline.see_missed(&member.actor, &desk).await?;
    Ok(Redirect::to(&format!("{}?done=missed", address(&desk))).into_response())
}
