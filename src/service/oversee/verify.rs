//! Verifying the whole audit log: chains, countersigned statements, daily tallies, numbers. It reads everything and
//! believes nothing but hashes and signatures.

use std::collections::BTreeMap;

use super::AuditReport;
use crate::kernel::id::NodeId;
use crate::service::tally::{Tallied, verify_tallies};
use crate::service::{Error, Identity};
use crate::store::audit::{Action, Checkpoint, Head};
use crate::store::{Store, Tx};
use crate::vault::{AuditEntry, Directory, audit_hash, genesis};

/// How many links are read at a time.
const STRETCH: i64 = 1000;

/// A verification under way.
#[derive(Default)]
struct Verification {
    report: AuditReport,
    /// Hashes that statements vouch for: chain, position, hash.
    vouched: BTreeMap<(NodeId, i64), Vec<String>>,
    /// The tallies that chains tell of.
    tallied: Tallied,
}

/// Checks every link of every chain, every countersigned statement, and that no number is missing.
pub(super) async fn verify_audit(
    store: &Store,
    identity: &Identity,
    directory: &Directory,
) -> Result<AuditReport, Error> {
    let mut tx = store.read().await?;
    let heads = tx.heads().await?;
    let mut verification = Verification::default();
    verification.statements(&tx.checkpoints().await?, directory);
    for head in &heads {
        verification.chain(&mut tx, head, genesis(identity.deployment, head.node)).await?;
    }
    verification.missing();
    let Verification { mut report, tallied, .. } = verification;
    let tallies = verify_tallies(&mut tx, identity.deployment, tallied).await?;
    report.tallies = tallies.days;
    report.faults.extend(tallies.faults);
    numbers(&mut tx, &mut report).await?;
    Ok(report)
}

impl Verification {
    fn fault(&mut self, what: String) {
        self.report.faults.push(what);
    }

    /// What members' signatures vouch for; a statement whose signature does not hold vouches for nothing.
    fn statements(&mut self, all: &[Checkpoint], directory: &Directory) {
        for c in all {
            let signature = c.signature.as_slice().try_into().ok();
            let known = directory.ever(c.staff);
            if !signature.is_some_and(|s| known.iter().any(|k| k.verify(c.heads.as_bytes(), &s))) {
                self.fault(format!("checkpoint of {}: signature does not hold", c.at));
                continue;
            }
            self.report.checkpoints += 1;
            for head in serde_json::from_str::<Vec<Head>>(&c.heads).unwrap_or_default() {
                self.vouched.entry((head.node, head.n)).or_default().push(head.hash);
            }
        }
    }

    /// Every link of a chain, from before the first to the head.
    async fn chain(&mut self, tx: &mut Tx, head: &Head, genesis: [u8; 32]) -> Result<(), Error> {
        let (mut n, mut prev) = (0, genesis);
        loop {
            let links = tx.links(head.node, n, STRETCH).await?;
            if links.is_empty() {
                break;
            }
            for link in links {
                n += 1;
                let entry = AuditEntry { prev, ..link.entry };
                if entry.n != n.unsigned_abs() || audit_hash(&entry) != link.hash {
                    self.fault(format!("chain {}: link {n} does not hold", head.node));
                    n = i64::try_from(entry.n).unwrap_or(n);
                }
                prev = link.hash;
                if entry.action == Action::TallyMade.code() {
                    self.tallied.0.insert((entry.tenant, entry.detail));
                }
                self.countersigned((head.node, n), &prev);
            }
        }
        if n != head.n || data_encoding::HEXLOWER.encode(&prev) != head.hash {
            self.fault(format!("chain {}: cut short at {n} of {}", head.node, head.n));
        }
        self.report.chains.push((head.node.to_string(), n));
        Ok(())
    }

    /// Whether a link is the one that statements vouch for, if any does.
    fn countersigned(&mut self, (node, n): (NodeId, i64), hash: &[u8; 32]) {
        let Some(vouched) = self.vouched.remove(&(node, n)) else { return };
        let text = data_encoding::HEXLOWER.encode(hash);
        if vouched.iter().any(|v| *v != text) {
            self.fault(format!("chain {node}: link {n} is not the one that was countersigned"));
        }
    }

    /// Links that statements vouch for and no chain has.
    fn missing(&mut self) {
        for (node, n) in std::mem::take(&mut self.vouched).into_keys().filter(|(_, n)| *n > 0) {
            self.fault(format!("chain {node}: countersigned link {n} is missing"));
        }
    }
}

/// Whether every number that was given is there.
async fn numbers(tx: &mut Tx, report: &mut AuditReport) -> Result<(), Error> {
    for tenant in tx.tenants().await? {
        for (series, year, last, found) in tx.number_gaps(tenant.id).await? {
            if last != found {
                report.faults.push(format!("{series} {year}: {last} numbers given, {found} found"));
            }
            report.numbers.push((series, year, last));
        }
    }
    Ok(())
}
