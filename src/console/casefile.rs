//! The page of one case: what the citizen told, the thread and the notes clearly apart, what staff did, and
//! what may be done now.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;

use super::callback::Section;
use super::files::{self, FileRow};
use super::labels;
use super::login::{After, show, show_as};
use super::member::Member;
use super::moments::{Due, When};
use super::queue::address;
use super::shell::Shell;
use super::stop::Stop;
use super::words::Words;
use crate::domain::document::{Details, Opening};
use crate::domain::lane::Kind;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::CaseId;
use crate::service::Refusal;
use crate::service::casefile::{CaseView, EventView, Message};
use crate::service::channel::answer_window;
use crate::text::stamp;

#[derive(Template)]
#[template(path = "console/case.html")]
struct CasePage {
    shell: Shell,
    form: String,
    once: String,
    here: String,
    back: String,
    desk: String,
    desk_name: String,
    head: Head,
    told: Vec<(String, String)>,
    thread: Vec<Bubble>,
    fresh: usize,
    notes: Vec<Bubble>,
    files: Vec<FileRow>,
    events: Vec<EventRow>,
    /// Messages on their way, or not: each state in words, and whether a person must decide.
    outbox: Vec<(bool, String)>,
    unreadable: usize,
    reachable: bool,
    /// Until when the messenger lets an answer through, and whether that is over, where it sets an end.
    window: Option<(bool, String)>,
    /// Whether a name was given, which is opened apart.
    informant: bool,
    offer: Offer,
    /// The call-back; counselling only.
    callback: Option<Section>,
    typed: Typed,
}

/// What tells cases apart.
struct Head {
    number: String,
    version: i64,
    seen: usize,
    urgency: u8,
    urgency_word: String,
    crisis: Option<String>,
    state: String,
    received: When,
    due: Option<Due>,
    register: String,
    holder: Option<String>,
    mine: bool,
    until: Option<String>,
    unacknowledged: bool,
    consent: Option<String>,
}

struct Bubble {
    citizen: bool,
    text: String,
    at: When,
    by: Option<String>,
    fresh: bool,
}

struct EventRow {
    at: When,
    by: String,
    what: String,
    moved: Option<(String, String)>,
    reason: Option<String>,
    fresh: bool,
}

/// What may be done now; where it may not, why.
struct Offer {
    claim: Result<(), String>,
    release: Result<(), String>,
    reply: Result<(), String>,
    acknowledge: Result<(), String>,
    parked: bool,
    send_again: bool,
    moves: Vec<Move>,
    can_move: bool,
    transfer: Result<Vec<(String, String)>, String>,
}

struct Move {
    code: &'static str,
    label: String,
    allowed: bool,
}

/// What somebody typed into a step that did not go through, and why it did not.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) refused: Option<Refusal>,
    pub(super) message: String,
    /// How many events the page had when they began to type.
    pub(super) seen: Option<usize>,
    pub(super) reply: String,
    pub(super) note: String,
    pub(super) reason: String,
    pub(super) transfer_reason: String,
    pub(super) to: String,
    pub(super) callback: super::callback::fields::Typed,
}

/// A case by the id in its address. What is no id is not found, as a foreign id is.
pub(super) fn case_id(text: &str) -> Result<CaseId, Stop> {
    Ok(text.parse::<CaseId>().map_err(|_| Refusal::NotFound)?)
}

pub(super) async fn page(
    member: Member,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Result<Response, Stop> {
    let id = case_id(&id)?;
    let view = member.hotline.open_case(&member.actor, id).await?;
    show(&build(&member, &view, after.done.as_deref(), Typed::default()).await?)
}

/// The page once more after a step that was refused: as the case stands now, with what was typed.
pub(super) async fn again(member: &Member, id: CaseId, typed: Typed) -> Result<Response, Stop> {
    let status = typed.refused.as_ref().map_or(200, Refusal::status);
    let view = member.hotline.open_case(&member.actor, id).await?;
    show_as(status, &build(member, &view, None, typed).await?)
}

async fn build(
    member: &Member,
    view: &CaseView,
    done: Option<&str>,
    mut typed: Typed,
) -> Result<CasePage, Stop> {
    let (t, now) = (member.t, member.now());
    let world = member.hotline.world();
    let desk = world.desk(view.case.desk).map(|d| d.name.clone()).unwrap_or_default();
    let seen = typed.seen.unwrap_or(view.events.len());
    let thread = thread(t, view, now);
    let here = format!("/console/cases/{}", view.case.id);
    let callback = callback(member, view, std::mem::take(&mut typed.callback)).await?;
    Ok(CasePage {
        shell: member.shell().after(done),
        form: member.form.clone(),
        once: member.hotline.once_token()?,
        back: address(&desk),
        desk: labels::word(t, "desk", &desk),
        desk_name: desk,
        head: head(member, view, now),
        told: view.opening.as_ref().map(|o| told(t, o)).unwrap_or_default(),
        fresh: thread.iter().filter(|b| b.fresh).count(),
        thread,
        notes: view.notes.iter().map(|m| bubble(t, m, now)).collect(),
        files: view.files.iter().map(|f| files::row(t, &here, f, now)).collect(),
        events: view.events.iter().enumerate().map(|(i, e)| event(t, e, now, i >= seen)).rev().collect(),
        outbox: outbox(t, &view.outbox),
        unreadable: view.unreadable,
        reachable: view.reachable,
        window: window(t, view, now),
        informant: view.informant,
        offer: offer(member, view),
        callback,
        here,
        typed,
    })
}

/// The call-back of a counselling case, and the form to ask for one while the case is open.
async fn callback(
    member: &Member,
    view: &CaseView,
    typed: super::callback::fields::Typed,
) -> Result<Option<Section>, Stop> {
    let asked = (view.case.state != State::Closed, typed);
    match view.case.kind {
        Kind::Counselling => super::callback::section(member, view.case.id, asked).await.map(Some),
        Kind::Tips | Kind::Oversight => Ok(None),
    }
}

fn head(member: &Member, view: &CaseView, now: Timestamp) -> Head {
    let (t, case) = (member.t, &view.case);
    let hold = case.held(now);
    let details = view.opening.as_ref().map(|o| &o.details);
    let received = view.opening.as_ref().map_or(case.received_hour, |o| o.at);
    Head {
        number: case.number.to_string(),
        version: case.version,
        seen: view.events.len(),
        urgency: case.priority.level(),
        urgency_word: t.say(&format!("urgency.{}", case.priority.level())),
        crisis: details.and_then(|d| d.crisis.as_deref()).map(|c| labels::word(t, "crisis", c)),
        state: labels::state(t, case.state),
        received: When::new(t, received, now),
        due: case.due.map(|due| Due::new(t, due, received, now)),
        register: view.register.join(", "),
        holder: view.holder.clone(),
        mine: hold.is_some_and(|h| h.by == member.actor.staff),
        until: hold.map(|h| stamp(h.until)),
        unacknowledged: !case.acknowledged() && case.state.waits(),
        consent: details.and_then(|d| d.consent_at).map(stamp),
    }
}

/// What the citizen told besides the words, as label and value; what was not told is not listed.
fn told(t: Words, opening: &Opening) -> Vec<(String, String)> {
    let d: &Details = &opening.details;
    let join = |codes: &[String]| Some(labels::taxonomy(t, codes).join(", ")).filter(|s| !s.is_empty());
    let withheld = d.withheld.as_ref().map(|w| {
        let why = w.why.iter().map(|why| t.say(&format!("why_not.{}", why.as_str())));
        why.chain(w.words.clone()).collect::<Vec<_>>().join("; ")
    });
    let yes_no = |b: bool| t.say(if b { "case.yes" } else { "case.no" });
    let rows = [
        ("case.categories", join(&d.categories)),
        ("case.tags", join(&d.tags)),
        ("case.commune", d.commune.clone().map(labels::commune)),
        ("case.place", d.place.clone()),
        ("case.occurred", d.occurred.clone()),
        ("case.ongoing", d.ongoing.map(yes_no)),
        ("case.about", d.about.as_deref().map(|a| labels::word(t, "about", a))),
        ("case.avoid_commune", d.avoid_commune.then(|| t.say("case.avoid_commune_yes"))),
        ("case.same_as", d.same_as.clone()),
        ("case.withheld", withheld),
        ("case.taken_by", d.taken_by.clone()),
        ("case.channel", Some(labels::word(t, "channel", &opening.channel))),
        ("case.language", Some(labels::word(t, "language", &opening.locale))),
    ];
    rows.into_iter().filter_map(|(key, value)| Some((t.say(key), value?))).collect()
}

/// The thread, with the citizen's messages nobody had opened before marked.
fn thread(t: Words, view: &CaseView, now: Timestamp) -> Vec<Bubble> {
    let mut bubbles: Vec<Bubble> = view.thread.iter().map(|m| bubble(t, m, now)).collect();
    let unread = usize::try_from(view.case.unread).unwrap_or(0);
    for b in bubbles.iter_mut().rev().filter(|b| b.citizen).take(unread) {
        b.fresh = true;
    }
    bubbles
}

fn bubble(t: Words, m: &Message, now: Timestamp) -> Bubble {
    Bubble {
        citizen: m.from == "citizen",
        text: m.text.clone(),
        at: When::new(t, m.at, now),
        by: m.by.clone(),
        fresh: false,
    }
}

fn event(t: Words, e: &EventView, now: Timestamp, fresh: bool) -> EventRow {
    EventRow {
        at: When::new(t, e.at, now),
        by: e.by.clone().unwrap_or_default(),
        what: labels::word(t, "event", &e.action),
        moved: e.from.zip(e.to).map(|(from, to)| (labels::state(t, from), labels::state(t, to))),
        reason: e.reason.clone(),
        fresh,
    }
}

/// Until when an answer surely gets through. A press of a button there may have made it later; that is not known here.
fn window(t: Words, view: &CaseView, now: Timestamp) -> Option<(bool, String)> {
    let channel = &view.opening.as_ref()?.channel;
    let window = answer_window(channel).filter(|_| view.reachable)?;
    let until = view.thread.iter().filter(|m| m.from == "citizen").map(|m| m.at).max()?.plus(window);
    let over = now >= until;
    let key = if over { "case.window_over" } else { "case.window" };
    let channel = labels::word(t, "channel", channel);
    Some((over, t.with(key, &[("until", &stamp(until)), ("channel", &channel)])))
}

/// Messages to the citizen that are on their way, or that a person must decide about.
fn outbox(t: Words, states: &[(String, i64)]) -> Vec<(bool, String)> {
    states
        .iter()
        .map(|(state, n)| (parked(state), format!("{}: {n}", labels::word(t, "outbox", state))))
        .collect()
}

/// Whether messages in this state wait for a person's decision.
fn parked(state: &str) -> bool {
    matches!(state, "uncertain" | "failed")
}

fn offer(member: &Member, view: &CaseView) -> Offer {
    let (t, a) = (member.t, &view.actions);
    let holder = view.holder.clone().unwrap_or_default();
    let held = || t.fill("why.held", "name", &holder);
    let or = |allowed: bool, why: String| if allowed { Ok(()) } else { Err(why) };
    let why_no_transfer = if a.reply { t.say("why.no_desk") } else { held() };
    Offer {
        claim: or(a.claim, held()),
        release: or(a.release, if view.holder.is_some() { held() } else { t.say("why.not_held") }),
        reply: or(a.reply, held()),
        acknowledge: or(a.acknowledge, t.say("why.acknowledged")),
        parked: view.outbox.iter().any(|(state, _)| parked(state)),
        send_again: a.send_again,
        moves: moves(t, view),
        can_move: !a.transition.is_empty(),
        transfer: if a.transfer.is_empty() {
            Err(why_no_transfer)
        } else {
            Ok(a.transfer.iter().map(|d| (d.clone(), labels::word(t, "desk", d))).collect())
        },
    }
}

/// Every state of the lane, the ones out of reach marked, so that a reader sees the whole way.
fn moves(t: Words, view: &CaseView) -> Vec<Move> {
    let kind = view.case.kind;
    let of_lane = |s: &State| !s.next(kind).is_empty() && *s != view.case.state;
    State::ALL
        .into_iter()
        .filter(of_lane)
        .map(|s| Move {
            code: s.code(),
            label: labels::state(t, s),
            allowed: view.actions.transition.contains(&s),
        })
        .collect()
}
