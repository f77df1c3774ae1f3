//! Whether the canaries come back: the shortest proof that every way in works.

use super::Finding;
use crate::boot::open::Told;
use crate::domain::canary::{Line, Trouble, WEB};
use crate::service::Hotline;
use crate::service::canary::Canaries;

/// Red while a line is late, or when nobody sends canaries any more.
pub(super) async fn examine(hotline: &Hotline) -> anyhow::Result<Vec<Finding>> {
    if !hotline.sends_canaries() {
        let text =
            "ARE OFF (canary.enabled = false): nobody notices when a way in stops working. Switch them on";
        return Ok(vec![Finding::warning("canaries", text)]);
    }
    let Canaries { lines, at_work } = hotline.canaries().await.map_err(Told::from)?;
    if lines.is_empty() {
        let text = "were not sent yet: a running server sends one through every way in";
        return Ok(vec![Finding::well("canaries", text)]);
    }
    if !at_work && lines.iter().any(|(_, late)| *late) {
        let since = lines.iter().filter_map(|(line, _)| line.good).max();
        let since = since.map_or_else(|| "ever".to_owned(), |at| format!("since {at}"));
        let text = format!(
            "no node is at work, none was sent {since}: nothing is worked off and nobody is called. Start the server"
        );
        return Ok(vec![Finding::fault("canaries", text)]);
    }
    let (late, rest): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(_, late)| *late);
    let mut all: Vec<Finding> = late.iter().map(|(line, _)| Finding::fault("canaries", red(line))).collect();
    let (failed, well): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(line, _)| line.trouble.is_some());
    all.extend(failed.iter().map(|(line, _)| {
        let text = format!("{}: the last one failed, another follows at once. {}", line.name, remedy(line));
        Finding::warning("canaries", text)
    }));
    if !well.is_empty() {
        let told: Vec<String> = well.iter().map(|(line, _)| told(line)).collect();
        all.push(Finding::well("canaries", told.join("; ")));
    }
    Ok(all)
}

fn told(line: &Line) -> String {
    match (line.good, line.took) {
        (Some(good), Some(took)) => format!("{} came back {good} ({} ms)", line.name, took.as_millis()),
        _ => format!("{} is on its way", line.name),
    }
}

fn red(line: &Line) -> String {
    let since = line.good.map_or_else(
        || format!("none has come back since {}", line.since),
        |good| format!("the last came back {good}"),
    );
    format!("{} is LATE: {since}. What people send this way may not arrive. {}", line.name, remedy(line))
}

fn remedy(line: &Line) -> String {
    let web = line.name == WEB;
    match line.trouble {
        Some(Trouble::NotStored) if web => {
            "A tip could not be stored: look for the cause in the log; disk full, database away?"
        }
        Some(Trouble::NotStored) => "An update could not be stored: look for the cause in the log of the server",
        Some(Trouble::NotWorkedOff) => {
            "It waits in the inbox and nobody works it off: look into the log, start the server anew; if many wait, it \
             is only slow"
        }
        Some(Trouble::NotAnswered) => {
            "It was worked off, and its answer does not leave the outbox: look into the log, start the server anew"
        }
        Some(Trouble::Altered) => {
            "It came with other words, or does not open: the program or the database is damaged. Keep a copy, then put \
             the last good version in place"
        }
        Some(Trouble::Refused) => {
            "The messenger refuses us: the line about this channel here says what to do (token, authorisation)"
        }
        Some(Trouble::Unreachable) => "The messenger does not answer: check the network and the channel's api_url",
        None => "Does the server run? Look into its log, and start it anew",
    }
    .to_owned()
}
