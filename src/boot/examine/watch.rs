//! What the service has found out about itself while it ran.

use super::Finding;
use crate::boot::open::Told;
use crate::service::Hotline;
use crate::text::Locale;

/// What the reconciler found: red while nobody looks after it.
pub(super) async fn findings(hotline: &Hotline) -> anyhow::Result<Vec<Finding>> {
    let open = hotline.open_findings().await.map_err(Told::from)?;
    if open.is_empty() {
        return Ok(vec![Finding::well("books", "what belongs together agrees, as far as it was looked at")]);
    }
    let say = |key: String| hotline.talk().catalogue.say(Locale::En, &key, &[]);
    let mut all = Vec::new();
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
