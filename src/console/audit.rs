//! The audit report: what the last verification of the whole log found, and a button to verify it anew. The page
//! comes at once however long the log is; the work goes on behind it.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use super::forms::Fields;
use super::login::show;
use super::member::Member;
use super::moments::When;
use super::oversight::{Series, series};
use super::shell::Shell;
use super::stop::Stop;
use super::words::Words;
use crate::kernel::Timestamp;
use crate::service::oversee::Verified;

#[derive(Template)]
#[template(path = "console/audit.html")]
struct AuditPage {
    shell: Shell,
    form: String,
    entries: i64,
    running: bool,
    last: Option<Last>,
}

/// The last verification.
struct Last {
    at: When,
    entries: i64,
    /// Entries that came after it.
    since: i64,
    chains: Vec<(String, i64)>,
    checkpoints: usize,
    numbers: Vec<Series>,
    faults: Vec<String>,
}

pub(super) async fn page(member: Member) -> Result<Response, Stop> {
    let state = member.hotline.audit_state(&member.actor).await?;
    show(&AuditPage {
        shell: member.shell(),
        form: member.form.clone(),
        entries: state.entries,
        running: state.running,
        last: state.last.map(|v| last(member.t, v, state.entries, member.now())),
    })
}

fn last(t: Words, verified: Verified, entries: i64, now: Timestamp) -> Last {
    let Verified { began, report, .. } = verified;
    Last {
        at: When::new(t, began, now),
        entries: report.entries(),
        since: (entries - report.entries()).max(0),
        chains: report.chains,
        checkpoints: report.checkpoints,
        numbers: series(t, &report.numbers),
        faults: report.faults,
    }
}

/// Begins a verification and shows the page, which tells when it is done.
pub(super) async fn verify(member: Member, fields: Fields) -> Result<Response, Stop> {
    fields.check(&member)?;
    member.hotline.begin_verification(&member.actor).await?;
    Ok(Redirect::to("/console/audit").into_response())
}
