//! Open alarms as staff see them: a count on every page, and the list.

use super::end::SHOWN;
use crate::domain::callback::Row;
use crate::domain::case::Case;
use crate::domain::policy::Act;
use crate::kernel::Timestamp;
use crate::kernel::id::{DeskId, RowId};
use crate::service::access::Actor;
use crate::service::{Error, Hotline};
use crate::store::alarms::{Cause, DeskAlarms, OpenAlarm};

/// How many alarms the list shows.
const LISTED: i64 = 200;
/// How many calls of an alarm are shown.
const CALLS: i64 = 30;

/// What stands above every page while alarms are open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// How many this member may see.
    pub amount: i64,
    /// The most urgent.
    pub urgency: u8,
    /// The oldest.
    pub since: Timestamp,
}

/// A call that was made for an alarm, or is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Which step made it, from 1.
    pub step: i64,
    /// Whom, by login.
    pub person: String,
    /// The way, as files and rows call it.
    pub way: String,
    /// `queued`, `sending`, `sent`, `uncertain`, `failed` or `moot`.
    pub state: String,
}

/// An open alarm.
#[derive(Debug, Clone)]
pub struct AlarmLine {
    /// Which.
    pub id: RowId,
    /// The desk's name; none when it is about the program itself.
    pub desk: Option<String>,
    /// What it is about.
    pub cause: Cause,
    /// What the program found, in a word.
    pub finding: Option<String>,
    /// 0 is a life at risk.
    pub urgency: u8,
    /// When it was raised.
    pub raised: Timestamp,
    /// When the next step is taken.
    pub next: Timestamp,
    /// How many things it is about.
    pub amount: i64,
    /// Its cases, the most urgent first; none for those who may not work them.
    pub cases: Vec<Case>,
    /// The call-backs it is about, the earliest first; none for those who may not make them.
    pub callbacks: Vec<Row>,
    /// The calls so far, the newest first.
    pub calls: Vec<Called>,
    /// Whether this member may end it.
    pub may_end: bool,
}

impl Hotline {
    /// What stands above this member's pages; none when nothing is open for them.
    pub async fn alarm_banner(&self, actor: &Actor) -> Result<Option<Banner>, Error> {
        let all = self.store().read().await?.alarms_by_desk(actor.tenant).await?;
        let seen: Vec<DeskAlarms> = all.into_iter().filter(|a| self.sees(actor, a.desk)).collect();
        let (urgency, since) = (seen.iter().map(|a| a.urgency).min(), seen.iter().map(|a| a.since).min());
        let amount = seen.iter().map(|a| a.amount).sum();
        Ok(urgency.zip(since).map(|(urgency, since)| Banner { amount, urgency, since }))
    }

    /// The open alarms that a member may see, the most urgent and oldest first.
    pub async fn alarms(&self, actor: &Actor) -> Result<Vec<AlarmLine>, Error> {
        let all = self.store().read().await?.open_alarms(actor.tenant, LISTED).await?;
        let mut lines = Vec::new();
        for alarm in all.into_iter().filter(|a| self.sees(actor, a.desk)) {
            lines.push(self.alarm_line(actor, alarm).await?);
        }
        // Of two that are as urgent, what nobody has looked at goes before what somebody is late with.
        lines.sort_by_key(|line| (line.urgency, line.cause == Cause::Clock));
        Ok(lines)
    }

    async fn alarm_line(&self, actor: &Actor, alarm: OpenAlarm) -> Result<AlarmLine, Error> {
        let may_end = self.may_end(actor, &alarm).is_ok();
        let mut tx = self.store().read().await?;
        let works = may_end && alarm.cause != Cause::System;
        let most = i64::try_from(SHOWN).unwrap_or(i64::MAX);
        let cases = if works { tx.cases_of_alarm(alarm.id, most).await? } else { Vec::new() };
        let callbacks = if works { tx.callbacks_of_alarm(alarm.id, most).await? } else { Vec::new() };
        let amount = tx.open_causes(alarm.id).await?;
        let calls = tx.notices_of(alarm.id, CALLS).await?;
        drop(tx);
        let call = |(level, person, way, state)| Called { step: level + 1, person, way, state };
        Ok(AlarmLine {
            id: alarm.id,
            desk: alarm.desk.and_then(|id| self.world().desk(id).map(|d| d.name.clone())),
            cause: alarm.cause,
            finding: alarm.finding,
            urgency: alarm.urgency,
            raised: alarm.raised,
            next: alarm.next,
            amount,
            cases,
            callbacks,
            calls: calls.into_iter().map(call).collect(),
            may_end,
        })
    }

    /// A desk's alarms are for those who work it, and as counts for those who oversee all; the program's own for
    /// those who oversee or administer.
    fn sees(&self, actor: &Actor, desk: Option<DeskId>) -> bool {
        let oversees = actor.may(Act::Tally).is_ok();
        match desk {
            None => oversees || actor.may(Act::People).is_ok(),
            Some(desk) => oversees || !actor.keys_for(&self.world(), desk).is_empty(),
        }
    }
}
