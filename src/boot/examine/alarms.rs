//! Whether anybody would come: desks whose alarms stay inside the console, names that mean nothing, calls that failed.

use std::time::Duration;

use super::Finding;
use crate::boot::open::{Base, Told};
use crate::domain::escalation::SYSTEM;
use crate::domain::lane::Kind;
use crate::service::{Hotline, World};

/// How far back failed calls are looked for.
const LATELY: Duration = Duration::from_hours(24);

pub(super) async fn examine(base: &Base, hotline: &Hotline) -> anyhow::Result<Vec<Finding>> {
    let world = hotline.world();
    let mut all = strangers(hotline, &world);
    let mut silent = Vec::new();
    for desk in &world.desks {
        if !hotline.reaches_outside(Some(desk.id)).await.map_err(Told::from)? {
            silent.push(desk.name.as_str());
        }
    }
    if !silent.is_empty() {
        let text = format!(
            "nobody outside the console is called for: {}. At night nobody may see it: name people and ways in a \
             file, and the file in alarms.file",
            silent.join(", ")
        );
        all.push(Finding::warning("alarms", text));
    }
    let mut tx = base.store.read().await?;
    let now = base.clock.now();
    let failed = tx.notices_in("failed", now.minus(LATELY)).await?;
    let open = tx.alarms_by_desk(world.tenant.id).await?;
    drop(tx);
    if failed > 0 {
        let text =
            format!("{failed} calls to staff failed in the last day: check the ways in alarms.* and the log");
        all.push(Finding::warning("alarms", text));
    }
    let amount: i64 = open.iter().map(|desk| desk.amount).sum();
    all.push(if amount > 0 {
        Finding::warning(
            "alarms",
            format!("{amount} alarms wait for somebody to acknowledge them in the console"),
        )
    } else {
        Finding::well("alarms", "none is open")
    });
    Ok(all)
}

/// Desks that the plan names and that do not exist: a slip in a name would call nobody.
fn strangers(hotline: &Hotline, world: &World) -> Vec<Finding> {
    let plan = hotline.plan();
    let known = |name: &str| {
        name == SYSTEM || Kind::parse(name).is_some() || world.desks.iter().any(|d| d.name == name)
    };
    let of_chains = plan.chains().map(|(name, _)| name);
    let of_shifts = plan.shifts().iter().flat_map(|shift| shift.desks.iter().map(String::as_str));
    let mut names: Vec<&str> = of_chains.chain(of_shifts).filter(|name| !known(name)).collect();
    names.sort_unstable();
    names.dedup();
    let told = |name: &str| {
        Finding::warning("alarms", format!("the file of alarms names a desk {name}, which is not there"))
    };
    names.into_iter().map(told).collect()
}
