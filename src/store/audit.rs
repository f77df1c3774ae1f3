//! The audit log: append-only, one hash chain per node that writes, linked in one run per batch. What it
//! says is content-free; who reads it can prove counts and times and nothing else.

use uuid::Uuid;

use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::{NodeId, StaffId, TenantId};
use crate::vault::{AuditEntry, audit_hash};

/// What happened. The numbers are part of the chain and never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Action {
    SetUp = 1,
    StaffAdded = 2,
    DeskAdded = 3,
    PasswordChanged = 4,
    LoggedIn = 5,
    LoggedOut = 6,
    LoginFailed = 7,
    CaseOpened = 10,
    CitizenWrote = 11,
    MailboxForgotten = 12,
    FileAdded = 13,
    MailboxLapsed = 14,
    CaseRead = 20,
    Claimed = 21,
    Released = 22,
    Acknowledged = 23,
    Replied = 24,
    Noted = 25,
    Moved = 26,
    Transferred = 27,
    LeaseLapsed = 28,
    FileRead = 29,
    DeadLetter = 30,
    SentAgain = 31,
    QueueRead = 32,
    KeysAdvanced = 40,
    KeysDestroyed = 41,
    KeysRenewed = 42,
    Erased = 43,
    KeysSigned = 45,
    SpoolDrained = 44,
    DeskRecovered = 46,
    ClockConfirmed = 47,
    ClockDoubted = 48,
    AuditRead = 50,
    FindingRaised = 60,
    FindingAcknowledged = 61,
    TallyMade = 62,
    SweepBegun = 70,
    Cleared = 71,
    Confirmed = 72,
    Restored = 73,
    Reviewed = 74,
    Called = 80,
    AlarmEnded = 81,
    CallTaken = 90,
    InformantRead = 91,
    MissedCallSeen = 92,
    TokensRenewed = 100,
    TokensRefused = 101,
    CallbackAsked = 120,
    CallbackWithdrawn = 121,
    CallbackOpened = 122,
    CallbackRecorded = 123,
    CallbackMoved = 124,
}

impl Action {
    /// The number in the chain.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "the discriminant is the number")]
    pub const fn code(self) -> u16 {
        self as u16
    }
}

/// A node's chain: its id, and what its first link names as predecessor.
#[derive(Debug, Clone, Copy)]
pub struct Chain {
    /// The node.
    pub node: NodeId,
    /// [`crate::vault::genesis`] of deployment and node.
    pub genesis: [u8; 32],
}

/// One thing to be written down.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Whose service.
    pub tenant: TenantId,
    /// When, to the hour: the chain shows the order, not the minute, of a citizen's message.
    pub hour: Timestamp,
    /// The proven member of staff, if one acted.
    pub actor: Option<StaffId>,
    /// What.
    pub action: Action,
    /// On which case, desk or member.
    pub object: Uuid,
    /// A hash of what else belongs to it, or zeros.
    pub detail: [u8; 32],
}

impl Entry {
    /// Something that happened without a member of staff.
    #[must_use]
    pub const fn by_nobody(tenant: TenantId, hour: Timestamp, action: Action, object: Uuid) -> Self {
        Self { tenant, hour, actor: None, action, object, detail: [0; 32] }
    }

    /// Something a member of staff did.
    #[must_use]
    pub const fn by(tenant: TenantId, at: Timestamp, actor: StaffId, action: Action, object: Uuid) -> Self {
        Self { tenant, hour: at.hour(), actor: Some(actor), action, object, detail: [0; 32] }
    }
}

/// A stored link of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Which chain.
    pub node: NodeId,
    /// What it says; `prev` is for the reader to fill in from the link before.
    pub entry: AuditEntry,
    /// What the row claims to be its hash.
    pub hash: [u8; 32],
}

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// Which chain.
    pub node: NodeId,
    /// How many links it has.
    pub n: i64,
    /// The hash of the last, in hexadecimal.
    pub hash: String,
}

/// A signed statement of all heads.
pub struct Checkpoint {
    /// Who signed.
    pub staff: StaffId,
    /// When.
    pub at: Timestamp,
    /// The signed text: heads as JSON.
    pub heads: String,
    /// The signature over it.
    pub signature: Vec<u8>,
}

fn digest(bytes: Vec<u8>, column: &'static str) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Corrupt { table: "audit", column })
}

impl Tx {
    /// Notes an entry; it is linked just before the commit and stands or falls with it.
    pub fn note(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Links all noted entries to the chain of `node`. Reading the head locks it until the commit, so that
    /// two processes of one node cannot fork the chain.
    pub async fn link(&mut self, chain: Chain) -> Result<(), StoreError> {
        let Chain { node, genesis } = chain;
        if self.entries.is_empty() {
            return Ok(());
        }
        let entries = std::mem::take(&mut self.entries);
        execute!(
            self,
            "INSERT INTO audit_heads (node, n, hash) VALUES ($1, 0, $2) ON CONFLICT (node) DO NOTHING",
            node.uuid(),
            genesis.as_slice()
        )?;
        let (mut n, head, before): (i64, Vec<u8>, Option<i64>) = fetch_one!(
            self,
            (i64, Vec<u8>, Option<i64>),
            "UPDATE audit_heads SET n = n + $2 WHERE node = $1
             RETURNING n - $2, hash, (SELECT a.hour FROM audit a WHERE a.node = $1 AND a.n = audit_heads.n - $2)",
            node.uuid(),
            i64::try_from(entries.len()).unwrap_or(i64::MAX)
        )?;
        let confirmed = entries.iter().any(|e| e.action == Action::ClockConfirmed);
        if let (false, Some(hour)) = (confirmed, entries.iter().map(|e| e.hour).max()) {
            self.watch_clock(node, before.map(Timestamp::from_millis), hour).await?;
        }
        let mut hash = digest(head, "head")?;
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            n += 1;
            hash = audit_hash(&chained(n, hash, &entry));
            rows.push((n, entry, hash));
        }
        insert_rows!(
            self,
            "INSERT INTO audit (node, n, tenant, hour, actor, action, object, detail, hash) ",
            &rows,
            |b, (n, e, hash)| {
                b.push_bind(node.uuid());
                b.push_bind(*n);
                b.push_bind(e.tenant.uuid());
                b.push_bind(e.hour.as_millis());
                b.push_bind(e.actor.map_or(Uuid::nil(), StaffId::uuid));
                b.push_bind(i64::from(e.action.code()));
                b.push_bind(e.object);
                b.push_bind(e.detail.to_vec());
                b.push_bind(hash.to_vec());
            },
            ""
        );
        execute!(self, "UPDATE audit_heads SET hash = $2 WHERE node = $1", node.uuid(), hash.as_slice())?;
        Ok(())
    }

    /// Links of a chain after position `after`, in order, at most `limit`.
    pub async fn links(&mut self, node: NodeId, after: i64, limit: i64) -> Result<Vec<Link>, StoreError> {
        type Row = (i64, Uuid, i64, Uuid, i64, Uuid, Vec<u8>, Vec<u8>);
        let rows = fetch_all!(
            self,
            Row,
            "SELECT n, tenant, hour, actor, action, object, detail, hash FROM audit
             WHERE node = $1 AND n > $2 ORDER BY n LIMIT $3",
            node.uuid(),
            after,
            limit
        )?;
        rows.into_iter()
            .map(|(n, tenant, hour, actor, action, object, detail, hash)| {
                let action = u16::try_from(action)
                    .map_err(|_| StoreError::Corrupt { table: "audit", column: "action" })?;
                let entry = AuditEntry {
                    n: n.unsigned_abs(),
                    prev: [0; 32],
                    hour: hour_of(Timestamp::from_millis(hour)),
                    tenant,
                    actor,
                    action,
                    object,
                    detail: digest(detail, "detail")?,
                };
                Ok(Link { node, entry, hash: digest(hash, "hash")? })
            })
            .collect()
    }

    /// The ends of all chains.
    pub async fn heads(&mut self) -> Result<Vec<Head>, StoreError> {
        let rows =
            fetch_all!(self, (Uuid, i64, Vec<u8>), "SELECT node, n, hash FROM audit_heads ORDER BY node")?;
        Ok(rows
            .into_iter()
            .map(|(node, n, hash)| Head {
                node: NodeId::from_uuid(node),
                n,
                hash: data_encoding::HEXLOWER.encode(&hash),
            })
            .collect())
    }

    /// The hour of the newest entry of all chains.
    pub async fn newest_audit_hour(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let row: (Option<i64>,) = fetch_one!(
            self,
            (Option<i64>,),
            "SELECT MAX(a.hour) FROM audit a JOIN audit_heads h ON a.node = h.node AND a.n = h.n"
        )?;
        Ok(row.0.map(Timestamp::from_millis))
    }

    /// Keeps a signed statement of all heads.
    pub async fn add_checkpoint(
        &mut self,
        id: Uuid,
        tenant: TenantId,
        c: &Checkpoint,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO checkpoints (id, tenant, staff, at, heads, signature) VALUES ($1, $2, $3, $4, $5, $6)",
            id,
            tenant.uuid(),
            c.staff.uuid(),
            c.at.as_millis(),
            c.heads.as_str(),
            c.signature.as_slice()
        )?;
        Ok(())
    }

    /// When a member last logged in: each login signs a statement.
    pub async fn last_login(&mut self, staff: StaffId) -> Result<Option<Timestamp>, StoreError> {
        let (at,) = fetch_one!(
            self,
            (Option<i64>,),
            "SELECT MAX(at) FROM checkpoints WHERE staff = $1",
            staff.uuid()
        )?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// All signed statements, oldest first.
    pub async fn checkpoints(&mut self) -> Result<Vec<Checkpoint>, StoreError> {
        type Row = (Uuid, i64, String, Vec<u8>);
        let rows =
            fetch_all!(self, Row, "SELECT staff, at, heads, signature FROM checkpoints ORDER BY at, id")?;
        Ok(rows
            .into_iter()
            .map(|(staff, at, heads, signature)| Checkpoint {
                staff: StaffId::from_uuid(staff),
                at: Timestamp::from_millis(at),
                heads,
                signature,
            })
            .collect())
    }
}

fn hour_of(at: Timestamp) -> u32 {
    u32::try_from(at.as_secs() / 3600).unwrap_or(0)
}

fn chained(n: i64, prev: [u8; 32], e: &Entry) -> AuditEntry {
    AuditEntry {
        n: n.unsigned_abs(),
        prev,
        hour: hour_of(e.hour),
        tenant: e.tenant.uuid(),
        actor: e.actor.map_or(Uuid::nil(), StaffId::uuid),
        action: e.action.code(),
        object: e.object,
        detail: e.detail,
    }
}
