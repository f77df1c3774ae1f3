//! The tally: proof that everything received is accounted for, for those who may not read any of it.

use askama::Template;
use axum::response::Response;

use super::labels;
use super::login::show;
use super::member::Member;
use super::moments::When;
use super::shell::Shell;
use super::stop::Stop;
use super::words::Words;
use crate::domain::state::State;
use crate::domain::tally::{Standing, begin_of};
use crate::service::oversee::{DeskTally, Tally};
use crate::service::tally::DayTally;

#[derive(Template)]
#[template(path = "console/tally.html")]
struct TallyPage {
    shell: Shell,
    desks: Vec<Desk>,
    received: i64,
    open: i64,
    closed: i64,
    reconciled: bool,
    series: Vec<Series>,
    days: Vec<DailyLine>,
    /// Whether the days shown follow from each other and add up.
    chained: bool,
    tallied: usize,
    loaded: When,
}

struct Desk {
    name: String,
    states: Vec<(String, i64)>,
    open: i64,
    closed: i64,
    late: i64,
    unacknowledged: i64,
    side: i64,
    folded: i64,
}

/// A lane on a day.
struct DailyLine {
    date: String,
    lane: String,
    came: Option<i64>,
    standing: Standing,
}

/// Numbers given in a series and year.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) year: i64,
    pub(super) given: i64,
}

pub(super) async fn tally(member: Member) -> Result<Response, Stop> {
    let tally = member.hotline.tally(&member.actor).await?;
    let last = member.hotline.last_tallies(&member.actor).await?;
    let (t, now) = (member.t, member.now());
    let desks: Vec<Desk> = tally.desks.iter().map(|d| desk(t, d)).collect();
    show(&TallyPage {
        shell: member.shell(),
        received: received(&tally),
        open: desks.iter().map(|d| d.open).sum(),
        closed: desks.iter().map(|d| d.closed).sum(),
        reconciled: tally.reconciled,
        series: series(t, &tally.received),
        desks,
        chained: last.iter().all(|d| d.holds && d.figures.faults().is_empty()),
        tallied: last.len(),
        days: days(t, &last),
        loaded: When::new(t, now, now),
    })
}

fn desk(t: Words, tally: &DeskTally) -> Desk {
    let count = |closed: bool| {
        tally.states.iter().filter(|(s, _)| (*s == State::Closed) == closed).map(|(_, n)| n).sum()
    };
    let mut states = tally.states.clone();
    states.sort_unstable();
    Desk {
        name: labels::word(t, "desk", &tally.desk),
        states: states.into_iter().map(|(s, n)| (labels::state(t, s), n)).collect(),
        open: count(false),
        closed: count(true),
        late: tally.late,
        unacknowledged: tally.unacknowledged,
        side: tally.side,
        folded: tally.folded,
    }
}

/// The days, newest first; what came on a day is known where the day before is known too.
fn days(t: Words, tallies: &[DayTally]) -> Vec<DailyLine> {
    let mut all = Vec::new();
    for (i, tally) in tallies.iter().enumerate() {
        let before = tallies.get(i + 1).map(|b| &b.figures);
        for standing in tally.figures.lanes.iter().filter(|l| l.received > 0) {
            all.push(DailyLine {
                date: crate::text::day(begin_of(tally.day)),
                lane: labels::word(t, "series", standing.kind.as_str()),
                came: before.map(|b| standing.received - b.lane(standing.kind).received),
                standing: *standing,
            });
        }
    }
    all
}

/// Intake numbers given in all series; register entries count the same cases once more and are left out.
fn received(tally: &Tally) -> i64 {
    tally.received.iter().filter(|(s, _, _)| s.starts_with("case:")).map(|(_, _, n)| n).sum()
}

/// Series in words. The register's series carries its unit's id, which says nothing to a reader.
pub(super) fn series(t: Words, rows: &[(String, i64, i64)]) -> Vec<Series> {
    rows.iter()
        .map(|(name, year, given)| {
            let name = match name.split_once(':') {
                Some(("case", kind)) => labels::word(t, "series", kind),
                Some((other, _)) => labels::word(t, "series", other),
                None => name.clone(),
            };
            Series { name, year: *year, given: *given }
        })
        .collect()
}
