//! Checking the tallies: each follows from the one before, each stands in the audit log, each adds up, no number
//! that was given is taken back, and the last agrees with the numbers given since.

use std::collections::BTreeSet;

use crate::domain::tally::Figures;
use crate::kernel::id::{DeploymentId, TenantId};
use crate::service::Error;
use crate::store::Tx;
use crate::vault::{tally_genesis, tally_hash};

/// How many days are read at a time.
const STRETCH: i64 = 1000;

/// The hashes of tallies that the audit log holds, by tenant.
#[derive(Debug, Default)]
pub(crate) struct Tallied(pub(crate) BTreeSet<(uuid::Uuid, [u8; 32])>);

/// What the check of all tallies came to.
pub(crate) struct Checked {
    pub(crate) days: usize,
    pub(crate) faults: Vec<String>,
}

/// Checks the tallies of all tenants against their chains and against what the audit log says was made.
pub(crate) async fn verify_tallies(
    tx: &mut Tx,
    deployment: DeploymentId,
    mut tallied: Tallied,
) -> Result<Checked, Error> {
    let mut checked = Checked { days: 0, faults: Vec::new() };
    for tenant in tx.tallied_tenants().await? {
        let last = verify_tenant(tx, (deployment, tenant), &mut tallied, &mut checked).await?;
        let now = tx.figures(tenant).await?;
        checked.faults.extend(now.steps_back(&last).into_iter().map(|f| format!("numbers since: {f}")));
    }
    for (tenant, _) in &tallied.0 {
        checked.faults.push(format!("tally: one of tenant {tenant} that was made is missing or altered"));
    }
    Ok(checked)
}

async fn verify_tenant(
    tx: &mut Tx,
    (deployment, tenant): (DeploymentId, TenantId),
    tallied: &mut Tallied,
    checked: &mut Checked,
) -> Result<Figures, Error> {
    let (mut prev, mut after) = (tally_genesis(deployment, tenant), i64::MIN);
    let mut last = Figures::default();
    loop {
        let rows = tx.tallies(tenant, after, STRETCH).await?;
        let Some(newest) = rows.last() else { return Ok(last) };
        after = newest.day;
        for row in rows {
            let mut wrong = Vec::new();
            if tally_hash(prev, tenant, row.day, &row.body) != row.hash {
                wrong.push("does not follow from the one before".to_owned());
            }
            if !tallied.0.remove(&(tenant.uuid(), row.hash)) {
                wrong.push("is not in the audit log".to_owned());
            }
            match serde_json::from_str::<Figures>(&row.body) {
                Ok(figures) => {
                    wrong.extend(figures.faults());
                    wrong.extend(figures.steps_back(&last));
                    last = figures;
                }
                Err(_) => wrong.push("cannot be read".to_owned()),
            }
            checked.faults.extend(wrong.into_iter().map(|w| format!("tally of day {}: {w}", row.day)));
            checked.days += 1;
            prev = row.hash;
        }
    }
}
