//! What the service has found out about itself while it ran, and whether somebody is there.

use std::time::Duration;

use super::Finding;
use crate::boot::config::DoctorSettings;
use crate::boot::open::Told;
use crate::kernel::Timestamp;
use crate::service::Hotline;
use crate::service::attendance::Attendance;
use crate::service::reconcile::LastRound;
use crate::text::Locale;

/// A running server compares the books each minute; after so long without a round it does not.
const LATE: Duration = Duration::from_mins(10);

/// What the reconciler found: red while nobody looks after it, or when it does not look at all.
pub(super) async fn findings(hotline: &Hotline) -> anyhow::Result<Vec<Finding>> {
    let last = hotline.last_round().await.map_err(Told::from)?;
    let late = last.filter(|l| l.running && hotline.now().since(l.at) > LATE);
    let open = hotline.open_findings().await.map_err(Told::from)?;
    let mut all = Vec::new();
    if let Some(late) = late {
        let text = format!(
            "have not been compared since {}: look into the log of the server, start it anew",
            late.at
        );
        all.push(Finding::fault("books", text));
    } else if open.is_empty() {
        all.push(Finding::well("books", compared(last)));
    }
    let say = |key: String| hotline.talk().catalogue.say(Locale::En, &key, &[]);
    for found in open {
        let what = say(format!("finding.{}", found.kind.as_str()));
        let remedy = say(format!("finding_remedy.{}", found.kind.remedy().as_str()));
        let count = found.new + found.acknowledged;
        let text = format!("{what} {count} since {} ({}). {remedy}", found.since, found.kind.as_str());
        all.push(if found.new > 0 {
            Finding::fault("books", text + " Which, and who looks after it: console, Reconciliation.")
        } else {
            Finding::warning("books", text + " Somebody looks after it.")
        });
    }
    Ok(all)
}

/// Whether enough people can open what comes to each desk, and whether one of them was here while something waits.
pub(super) async fn attendance(hotline: &Hotline, settings: &DoctorSettings) -> anyhow::Result<Vec<Finding>> {
    let (now, world) = (hotline.now(), hotline.world());
    let begun = Timestamp::from_millis(world.tenant.created_day * 24 * 3_600_000);
    let mut all = Vec::new();
    for desk in hotline.attendance().await.map_err(Told::from)? {
        all.extend(openers(&desk, settings.fewest_members));
        let since = desk.unattended_since(begun).filter(|at| now.since(*at) >= settings.absent);
        if let Some(since) = since {
            let text = format!(
                "desk {}: {} cases wait, and nobody who can open them has logged in since {since}. Call the lead \
                 of the desk now. If none of them can log in, two recovery keys open the desk: `tinan keys recover`",
                desk.desk, desk.waiting
            );
            all.push(Finding::fault("people", text));
        }
    }
    if all.is_empty() {
        all.push(Finding::well(
            "people",
            "each desk has people who can open it, and where something waits they come",
        ));
    }
    Ok(all)
}

fn openers(desk: &Attendance, fewest: usize) -> Option<Finding> {
    let Attendance { desk: name, openers, .. } = desk;
    if *openers == 0 {
        let text = format!(
            "desk {name}: nobody can open it. Bring two of its recovery keys: `tinan keys recover`. What comes \
             meanwhile is kept sealed"
        );
        return Some(Finding::fault("desks", text));
    }
    (*openers < fewest).then(|| {
        let text = format!(
            "desk {name}: {openers} of at least {fewest} people can open it: who loses the password loses the \
             cases, recovery keys apart. Its lead adds members (`tinan staff add`, or the console)"
        );
        Finding::warning("desks", text)
    })
}

fn compared(last: Option<LastRound>) -> String {
    match last {
        None => "were not compared yet: a running server does it each minute".to_owned(),
        Some(LastRound { at, caught_up: true, .. }) => format!("agree, last compared {at}"),
        Some(LastRound { at, .. }) => {
            format!("agree as far as they were compared; last {at}, not yet at the end")
        }
    }
}
