//! The half of `doctor` that needs the database: schema, keyring, keys, people, clock, what waits.

use std::time::Duration;

use super::Finding;
use crate::boot::config::Config;
use crate::boot::open::{Base, Standing, Told};
use crate::kernel::{Clock, Entropy};
use crate::service::world::Distrust;
use crate::service::{Hotline, World};
use crate::store::clock::TRUSTED;
use crate::store::{Backend, Store};

/// Entries carry the hour, so a clock may seem to be this much behind.
const CLOCK_BEHIND: Duration = Duration::from_hours(1);

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let base = match Base::existing(config, Clock::System, Entropy::System).await {
        Ok(base) => base,
        Err(e) => return vec![Finding::fault("database", format!("{e:#}"))],
    };
    let mut all = vec![schema(&base.store).await];
    match base.standing().await {
        Err(e) => all.push(Finding::fault("installation", format!("{e:#}"))),
        Ok(Standing::NotSetUp) => {
            all.push(Finding::fault("installation", "not set up: run `tinan setup`"));
        }
        Ok(Standing::SetUp(identity, keyring)) => {
            all.push(Finding::well("installation", format!("deployment {}", identity.deployment)));
            all.push(Finding::well("keyring", "is the one of this database"));
            all.extend(super::shelf::examine(config, &identity).await);
            match base.open(config, *identity, keyring).await {
                Ok(hotline) => {
                    all.extend(service(&base, config, &hotline).await);
                    if let Some(options) = config.zalo_oa_options() {
                        all.extend(super::zalo::account(options, &hotline).await);
                    }
                }
                Err(e) => all.push(Finding::fault("installation", Told::from(e).to_string())),
            }
        }
    }
    all
}

async fn schema(store: &Store) -> Finding {
    let which = match store.backend() {
        Backend::Sqlite => "SQLite",
        Backend::Postgres => "PostgreSQL",
    };
    match store.pending_migrations().await {
        Ok(0) => Finding::well("database", format!("{which}, schema up to date")),
        Ok(n) => Finding::fault("database", format!("{which}: {n} migrations are not run: `tinan migrate`")),
        Err(e) if e.is_away() => Finding::fault(
            "database",
            format!("{which} cannot be reached: check that it runs, and database.url ({e})"),
        ),
        Err(e) => Finding::fault("database", format!("{which}: {e}")),
    }
}

async fn service(base: &Base, config: &Config, hotline: &Hotline) -> Vec<Finding> {
    let world = hotline.world();
    let mut all = directory(&world, config.doctor.warn_days);
    let findings = super::watch::findings(hotline).await;
    let attended = super::watch::attendance(hotline, &config.doctor).await;
    let alarms = super::alarms::examine(base, hotline).await;
    let canaries = super::canary::examine(hotline).await;
    let people = people(base, &world).await;
    for found in [people, attended, clock(base).await, waiting(hotline).await, canaries, alarms, findings] {
        match found {
            Ok(findings) => all.extend(findings),
            Err(e) => all.push(Finding::fault("database", format!("{e:#}"))),
        }
    }
    all
}

fn directory(world: &World, warn_days: u32) -> Vec<Finding> {
    let mut all = Vec::new();
    for bad in world.directory.rejected() {
        let text = format!(
            "entry {} is refused ({:?}) and not used: if nobody here made it, somebody wrote into the database",
            bad.serial, bad.reason
        );
        all.push(Finding::fault("keys", text));
    }
    let Distrust { unreadable, missed, contradicted } = world.distrust;
    for (count, what) in [
        (unreadable, "entries of the key directory are garbled and not used"),
        (
            missed,
            "signed entries that this node knows are altered or gone in the database; it goes on with its own",
        ),
        (contradicted, "desks are gone or have another kind or parent in the database than was signed"),
    ] {
        if count > 0 {
            let text = format!("{count} {what}: somebody wrote into the database. Restore it from a copy");
            all.push(Finding::fault("keys", text));
        }
    }
    let ending = world.directory.expiring_within(warn_days);
    let gone = ending.iter().filter(|e| e.expired).count();
    if gone > 0 {
        let text = format!("{gone} signed keys have ended and are still used: their leads must renew them");
        all.push(Finding::warning("keys", text));
    }
    if ending.len() > gone {
        let text = format!("{} signed keys end within {warn_days} days", ending.len() - gone);
        all.push(Finding::warning("keys", text));
    }
    for desk in &world.desks {
        if world.directory.desk(desk.id).is_err() {
            let text =
                format!("desk {}: no key that chains to the root, so nothing can be sealed to it", desk.name);
            all.push(Finding::fault("keys", text));
        }
    }
    if all.is_empty() {
        all.push(Finding::well("keys", "every entry of the key directory chains to the root"));
    }
    all
}

async fn people(base: &Base, world: &World) -> anyhow::Result<Vec<Finding>> {
    let mut tx = base.store.read().await?;
    let staff = tx.all_staff(world.tenant.id).await?;
    let mut all = Vec::new();
    let starting: Vec<&str> =
        staff.iter().filter(|s| s.starting_password).map(|s| s.login.as_str()).collect();
    if starting.is_empty() {
        all.push(Finding::well("passwords", "everybody has chosen their own"));
    } else {
        let text =
            format!("still the starting password: {}. They change it in the console", starting.join(", "));
        all.push(Finding::warning("passwords", text));
    }
    Ok(all)
}

async fn clock(base: &Base) -> anyhow::Result<Vec<Finding>> {
    let mut tx = base.store.read().await?;
    let (newest, doubt) = (tx.newest_audit_hour().await?, tx.clock_doubt(base.node).await?);
    drop(tx);
    let now = base.clock.now();
    if let Some(doubt) = doubt.filter(|d| !d.is_over(now)) {
        let text = format!(
            "stands at {now} and has leapt from {} to {}: nothing is destroyed before {}. If it is right (nothing was \
             running): `tinan keys clock-ok`; if not, set it right",
            doubt.from,
            doubt.to,
            doubt.until()
        );
        return Ok(vec![Finding::warning("clock", text)]);
    }
    Ok(vec![match newest {
        Some(newest) if newest.since(now) > CLOCK_BEHIND => Finding::fault(
            "clock",
            format!("stands at {now}, before the newest audit entry ({newest}): set the clock right"),
        ),
        Some(newest) if now.since(newest) > TRUSTED => Finding::warning(
            "clock",
            format!(
                "stands at {now}, the newest audit entry is of {newest}: is the clock right, or was nothing running?"
            ),
        ),
        _ => Finding::well("clock", now.to_string()),
    }])
}

async fn waiting(hotline: &Hotline) -> anyhow::Result<Vec<Finding>> {
    let tally = hotline.tally_of(hotline.world().tenant.id).await.map_err(Told::from)?;
    let mut all = Vec::new();
    for desk in &tally.desks {
        if desk.late > 0 || desk.unacknowledged > 0 {
            let text = format!(
                "desk {}: {} cases past their deadline, {} that nobody has acknowledged in time",
                desk.desk, desk.late, desk.unacknowledged
            );
            all.push(Finding::warning("cases", text));
        }
    }
    all.push(if tally.reconciled {
        Finding::well("register", "every number given is a case, open or closed")
    } else {
        Finding::fault("register", "numbers and cases do not agree: run `tinan audit verify`")
    });
    Ok(all)
}
