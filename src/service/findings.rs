//! Findings as people deal with them: seen by supervisors and administrators, looked after by a named person,
//! counted for the operator. Nobody can take one away.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::access::Actor;
use super::alarms::Alarming;
use super::{Error, Hotline, Refusal};
use crate::domain::case::Priority;
use crate::domain::finding::FindingKind;
use crate::domain::policy::Act;
use crate::kernel::Timestamp;
use crate::kernel::id::{RowId, TenantId};
use crate::store::Tx;
use crate::store::audit::{Action, Entry};
use crate::store::findings::{Finding, OpenFindings, Sighting};
use crate::store::writer::Work;
use crate::vault::sha256;

/// So many findings are shown at most.
const SHOWN: i64 = 200;

/// A finding and the name of who looks after it.
#[derive(Debug, Clone)]
pub struct Task {
    /// The finding.
    pub finding: Finding,
    /// The name of the person.
    pub by: Option<String>,
}

/// The entry that a finding was raised, or that somebody looks after it. What it is about stands in the hash.
fn entry(tenant: TenantId, now: Timestamp, action: Action, (kind, object): (FindingKind, &str)) -> Entry {
    let id = Uuid::try_parse(object).unwrap_or_default();
    let detail = sha256(&[kind.as_str().as_bytes(), object.as_bytes()]);
    Entry { detail, ..Entry::by_nobody(tenant, now.hour(), action, id) }
}

pub(crate) fn raised_entry(tenant: TenantId, seen: &Sighting, now: Timestamp) -> Entry {
    entry(tenant, now, Action::FindingRaised, (seen.kind, &seen.object))
}

impl Hotline {
    /// The alarm for a finding, in the unit that raises it: something may be lost, and that calls people at once.
    /// Findings of one kind are one alarm.
    pub(crate) async fn alarm_for_finding(
        &self,
        tx: &mut Tx,
        id: RowId,
        seen: &Sighting,
    ) -> Result<(), Error> {
        tracing::error!(kind = seen.kind.as_str(), object = %seen.object, "what belongs together does not agree");
        self.raise(tx, id, &Alarming::Finding(seen.kind.as_str(), Priority::LIFE)).await.map(drop)
    }

    /// All findings that were raised, open ones first.
    pub async fn findings(&self, actor: &Actor) -> Result<Vec<Task>, Error> {
        actor.may(Act::Findings)?;
        let mut tx = self.store().read().await?;
        let findings = tx.findings(actor.tenant, SHOWN).await?;
        let names: BTreeMap<_, _> =
            tx.all_staff(actor.tenant).await?.into_iter().map(|s| (s.id, s.name)).collect();
        let name = |f: &Finding| f.acknowledged.and_then(|(by, _)| names.get(&by).cloned());
        Ok(findings.into_iter().map(|finding| Task { by: name(&finding), finding }).collect())
    }

    /// How many findings of each kind are open, without a person: counts only.
    pub async fn open_findings(&self) -> Result<Vec<OpenFindings>, Error> {
        let tenant = self.world().tenant.id;
        Ok(self.store().read().await?.open_findings(tenant).await?)
    }

    /// How many open findings nobody looks after, for the banner of those who should; none for the others.
    pub async fn findings_to_tell(&self, actor: &Actor) -> Result<i64, Error> {
        if actor.may(Act::Findings).is_err() {
            return Ok(0);
        }
        Ok(self.open_findings().await?.iter().map(|f| f.new).sum())
    }

    /// A named person looks after a finding from now on; it stays until it is gone by itself.
    pub async fn acknowledge_finding(
        &self,
        actor: &Actor,
        kind: FindingKind,
        object: String,
    ) -> Result<(), Error> {
        actor.may(Act::Findings)?;
        let (tenant, who, now) = (actor.tenant, actor.staff, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let object = object.clone();
                Box::pin(async move {
                    if !tx.acknowledge_finding((kind, &object), who, now).await? {
                        return Err(Refusal::NotFound.into());
                    }
                    let noted = entry(tenant, now, Action::FindingAcknowledged, (kind, &object));
                    tx.note(Entry { actor: Some(who), ..noted });
                    Ok(())
                })
            })
            .await
    }
}
