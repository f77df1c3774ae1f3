//! The audit report: every link, every countersigned statement and every number, checked while the page loads.

use askama::Template;
use axum::response::Response;

use super::login::show;
use super::member::Member;
use super::moments::When;
use super::oversight::{Series, series};
use super::shell::Shell;
use super::stop::Stop;

#[derive(Template)]
#[template(path = "console/audit.html")]
struct AuditPage {
    shell: Shell,
    chains: Vec<(String, i64)>,
    checkpoints: usize,
    numbers: Vec<Series>,
    faults: Vec<String>,
    loaded: When,
}

pub(super) async fn page(member: Member) -> Result<Response, Stop> {
    let report = member.hotline.audit_report(&member.actor).await?;
    let (t, now) = (member.t, member.now());
    show(&AuditPage {
        shell: member.shell(),
        chains: report.chains,
        checkpoints: report.checkpoints,
        numbers: series(t, &report.numbers),
        faults: report.faults,
        loaded: When::new(t, now, now),
    })
}
