//! Proof that everything was received and handled, for those who may not read it: counts, deadlines, the
//! audit log and its verification.

mod verify;

use serde::{Deserialize, Serialize};

use super::access::Actor;
use super::{Error, Fault, Hotline};
use crate::domain::policy::Act;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::TenantId;
use crate::store::audit::{Action, Entry};
use crate::store::writer::Work;
use crate::store::{Tx, meta};

/// How a desk stands.
#[derive(Debug, Clone, Serialize)]
pub struct DeskTally {
    /// The desk's name.
    pub desk: String,
    /// How many cases in each state.
    pub states: Vec<(State, i64)>,
    /// Waiting cases past their deadline.
    pub late: i64,
    /// Cases nobody has acknowledged in time.
    pub unacknowledged: i64,
    /// Of the open ones, how many are in the side queue.
    pub side: i64,
    /// Of the open ones, how many are beneath the row of another that says the same.
    pub folded: i64,
}

/// How a tenant stands.
#[derive(Debug, Clone, Serialize)]
pub struct Tally {
    /// Each desk.
    pub desks: Vec<DeskTally>,
    /// Received in each series and year, from the counters.
    pub received: Vec<(String, i64, i64)>,
    /// Whether everything received is accounted for: received = open + closed.
    pub reconciled: bool,
}

/// What `audit verify` found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AuditReport {
    /// Each chain's length.
    pub chains: Vec<(String, i64)>,
    /// How many countersigned statements were checked.
    pub checkpoints: usize,
    /// Numbers given and found, per series and year.
    pub numbers: Vec<(String, i64, i64)>,
    /// How many daily tallies were checked.
    #[serde(default)]
    pub tallies: usize,
    /// Everything that does not hold; empty when all is well.
    pub faults: Vec<String>,
}

/// A verification of the audit log that was kept, for a page that must come at once however long the log is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verified {
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// What it found.
    pub report: AuditReport,
}

/// What an auditor is shown without a new verification.
#[derive(Debug, Clone)]
pub struct AuditState {
    /// The last verification; a note for the eye only, since whoever can change the log can change it too.
    pub last: Option<Verified>,
    /// How many entries the log has now.
    pub entries: i64,
    /// Whether a verification runs on this node.
    pub running: bool,
}

impl AuditReport {
    /// How many entries were verified.
    #[must_use]
    pub fn entries(&self) -> i64 {
        self.chains.iter().map(|(_, n)| n).sum()
    }
}

impl Hotline {
    /// The tally, for supervisors and auditors.
    pub async fn tally(&self, actor: &Actor) -> Result<Tally, Error> {
        actor.may(Act::Tally)?;
        self.tally_of(actor.tenant).await
    }

    /// The tally without a person, for the operator's metrics: counts only.
    pub async fn tally_of(&self, tenant: TenantId) -> Result<Tally, Error> {
        let world = self.world();
        let mut tx = self.store().read().await?;
        let counts = tx.desk_counts(tenant).await?;
        let late = tx.late_cases(tenant, self.now()).await?;
        let alarms = tx.overdue_alarms(tenant, self.now()).await?;
        let received = tx.counters(tenant).await?;
        let aside = tx.aside_counts(tenant).await?;
        drop(tx);
        let desks = world
            .desks
            .iter()
            .map(|desk| DeskTally {
                desk: desk.name.clone(),
                states: counts.iter().filter(|c| c.0 == desk.id).map(|c| (c.1, c.2)).collect(),
                late: late.iter().filter(|l| l.0 == desk.id).map(|l| l.1).sum(),
                unacknowledged: alarms.iter().filter(|a| a.0 == desk.id).map(|a| a.1).sum(),
                side: aside.iter().filter(|a| a.0 == desk.id && a.1 == 1).map(|a| a.2).sum(),
                folded: aside.iter().filter(|a| a.0 == desk.id && a.1 == 2).map(|a| a.2).sum(),
            })
            .collect();
        let cases =
            received.iter().filter(|(s, _, _)| s.starts_with("case:")).map(|(_, _, n)| n).sum::<i64>();
        let held = counts.iter().map(|(_, _, n)| n).sum::<i64>();
        Ok(Tally { desks, received, reconciled: cases == held })
    }

    /// How the audit log stands, for an auditor, without verifying it.
    pub async fn audit_state(&self, actor: &Actor) -> Result<AuditState, Error> {
        actor.may(Act::Audit)?;
        let mut tx = self.store().read().await?;
        let last = tx.meta(meta::name::VERIFIED).await?;
        let entries = tx.heads().await?.iter().map(|head| head.n).sum();
        // What does not read is as good as none: the next verification writes it anew.
        let last = last.and_then(|json| serde_json::from_str(&json).ok());
        Ok(AuditState { last, entries, running: self.verifying() })
    }

    /// Begins to verify the whole audit log, for an auditor; asking is itself an entry. It goes on behind the
    /// caller's back and its finding is kept; while one runs on this node no other begins.
    pub async fn begin_verification(&self, actor: &Actor) -> Result<(), Error> {
        actor.may(Act::Audit)?;
        let Some(place) = self.verification_place() else { return Ok(()) };
        let (tenant, who, now) = (actor.tenant, actor.staff, self.now());
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                Box::pin(async move {
                    tx.note(Entry::by(tenant, now, who, Action::AuditRead, who.uuid()));
                    Ok(())
                })
            })
            .await?;
        let this = self.clone();
        tokio::spawn(async move {
            if let Err(Error::Fault(fault)) = this.verify_and_keep(now).await {
                tracing::error!(causes = %fault.chain(), "the audit log could not be verified");
            }
            drop(place);
        });
        Ok(())
    }

    async fn verify_and_keep(&self, began: Timestamp) -> Result<(), Error> {
        let report = self.verify_audit().await?;
        let verified = Verified { began, ended: self.now(), report };
        let json = serde_json::to_string(&verified).map_err(|e| Error::Fault(Fault::new(e)))?;
        self.writer()
            .run(move |tx: &mut Tx| -> Work<'_, Result<(), Error>> {
                let json = json.clone();
                Box::pin(async move { Ok(tx.set_meta(meta::name::VERIFIED, &json).await?) })
            })
            .await
    }

    /// Verifies the whole audit log now, without a person: for the command line.
    pub async fn verify_audit(&self) -> Result<AuditReport, Error> {
        verify::verify_audit(self.store(), self.identity(), &self.world().directory).await
    }
}
