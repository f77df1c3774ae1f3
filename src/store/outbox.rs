//! Messages on their way to a chat. The intent is committed before the send, the outcome after it; what is
//! not known stays visible.

use uuid::Uuid;

use super::mailboxes::epoch_of;
use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, RowId, TenantId};
use crate::vault::Sealed;

/// A message to be stored.
#[derive(Clone)]
pub struct NewOutgoing {
    /// Bound into the seal.
    pub id: RowId,
    /// Whose service.
    pub tenant: TenantId,
    /// The channel.
    pub channel: String,
    /// Which of our bots.
    pub bot: String,
    /// Keyed hash of the chat; messages of one chat leave in order.
    pub chat_tag: [u8; 32],
    /// The case it belongs to, if any.
    pub case: Option<CaseId>,
    /// Transit epoch of the seal.
    pub epoch: u32,
    /// The sealed address and message.
    pub sealed: Sealed,
    /// Whether these are a desk's words.
    pub desk_words: bool,
    /// Not to be sent before.
    pub not_before: Timestamp,
    /// When it was written, to the hour.
    pub created_hour: Timestamp,
}

/// The right of one sender to one message. Whoever takes the message over has another token, and from then on
/// nothing done with this one changes the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Order in the outbox.
    pub seq: i64,
    /// Drawn by chance when the message was taken.
    pub token: RowId,
}

/// What a sender takes messages under.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// Drawn by chance, never used before.
    pub token: RowId,
    /// When others may take the messages over, unless it is renewed.
    pub until: Timestamp,
}

/// A message taken for sending.
#[derive(Clone)]
pub struct Taken {
    /// The sender's right to it.
    pub hold: Hold,
    /// Until when it holds, unless it is renewed.
    pub until: Timestamp,
    /// Bound into the seal.
    pub id: RowId,
    /// Whose service.
    pub tenant: TenantId,
    /// Keyed hash of the chat.
    pub chat_tag: [u8; 32],
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// Transit epoch of the seal.
    pub epoch: u32,
    /// The sealed address and message.
    pub sealed: Sealed,
    /// Whether these are a desk's words.
    pub desk_words: bool,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// Whether an earlier try ended without an answer.
    pub was_sending: bool,
    /// When it was written, to the hour.
    pub created_hour: Timestamp,
}

type Row = (i64, Uuid, Uuid, Vec<u8>, Option<Uuid>, i64, Vec<u8>, i64, i64, String, i64);

impl Tx {
    /// Stores messages to be sent.
    pub async fn insert_outgoing(&mut self, rows: &[NewOutgoing]) -> Result<(), StoreError> {
        self.wakes |= !rows.is_empty();
        insert_rows!(
            self,
            "INSERT INTO outbox (id, tenant, channel, bot, chat_tag, case_id, epoch, sealed, desk_words, state,
             attempts, not_before, created_hour) ",
            rows,
            |b, m| {
                b.push_bind(m.id.uuid());
                b.push_bind(m.tenant.uuid());
                b.push_bind(m.channel.as_str());
                b.push_bind(m.bot.as_str());
                b.push_bind(m.chat_tag.to_vec());
                b.push_bind(m.case.map(CaseId::uuid));
                b.push_bind(i64::from(m.epoch));
                b.push_bind(m.sealed.as_bytes().to_vec());
                b.push_bind(i64::from(m.desk_words));
                b.push_bind("queued");
                b.push_bind(0_i64);
                b.push_bind(m.not_before.as_millis());
                b.push_bind(m.created_hour.as_millis());
            },
            ""
        );
        Ok(())
    }

    /// Takes messages that are due, the first of each chat only, and marks them as being sent under `lease`. A
    /// message whose sender died is taken again when its lease ran out.
    pub async fn take_outgoing(
        &mut self,
        channel: &str,
        bot: &str,
        now: Timestamp,
        lease: Lease,
        limit: i64,
    ) -> Result<Vec<Taken>, StoreError> {
        let rows = fetch_all!(
            self,
            Row,
            "SELECT o.seq, o.id, o.tenant, o.chat_tag, o.case_id, o.epoch, o.sealed, o.desk_words, o.attempts,
             o.state, o.created_hour FROM outbox o
             WHERE o.channel = $1 AND o.bot = $2 AND o.not_before <= $3
               AND (o.state = 'queued' OR (o.state = 'sending' AND o.lease_until <= $3))
               AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.chat_tag = o.chat_tag AND p.seq < o.seq
                   AND p.state IN ('queued', 'sending')
                   AND (p.not_before <= $3 OR p.attempts > 0))
             ORDER BY o.seq LIMIT $4",
            channel,
            bot,
            now.as_millis(),
            limit
        )?;
        self.claim_outgoing(rows, now, lease).await
    }

    /// Takes messages of a bot that were written before `hour`, whatever they wait for: nobody works for the bot.
    pub async fn take_unserved(
        &mut self,
        (channel, bot): (&str, &str),
        hour: Timestamp,
        now: Timestamp,
        lease: Lease,
        limit: i64,
    ) -> Result<Vec<Taken>, StoreError> {
        let rows = fetch_all!(
            self,
            Row,
            "SELECT o.seq, o.id, o.tenant, o.chat_tag, o.case_id, o.epoch, o.sealed, o.desk_words, o.attempts,
             o.state, o.created_hour FROM outbox o
             WHERE o.channel = $1 AND o.bot = $2 AND o.created_hour < $3
               AND (o.state = 'queued' OR (o.state = 'sending' AND o.lease_until <= $4))
             ORDER BY o.seq LIMIT $5",
            channel,
            bot,
            hour.as_millis(),
            now.as_millis(),
            limit
        )?;
        self.claim_outgoing(rows, now, lease).await
    }

    /// The bots for which messages wait that were written before `hour`.
    pub async fn waiting_bots(&mut self, hour: Timestamp) -> Result<Vec<(String, String)>, StoreError> {
        fetch_all!(
            self,
            (String, String),
            "SELECT DISTINCT channel, bot FROM outbox
             WHERE created_hour < $1 AND state IN ('queued', 'sending') ORDER BY channel, bot",
            hour.as_millis()
        )
    }

    async fn claim_outgoing(
        &mut self,
        rows: Vec<Row>,
        now: Timestamp,
        lease: Lease,
    ) -> Result<Vec<Taken>, StoreError> {
        let mut taken = Vec::with_capacity(rows.len());
        for row in rows {
            // The predicate is repeated: another node may have taken it since.
            let changed = execute!(
                self,
                "UPDATE outbox SET state = 'sending', attempts = attempts + 1, lease = $3, lease_until = $4
                 WHERE seq = $1 AND (state = 'queued' OR (state = 'sending' AND lease_until <= $2))",
                row.0,
                now.as_millis(),
                lease.token.uuid(),
                lease.until.as_millis()
            )?;
            if changed == 1 {
                taken.push(taken_of(row, lease)?);
            }
        }
        Ok(taken)
    }

    /// Keeps the right to a message that is still being sent; false when another sender has it, or it is gone.
    pub async fn renew_outgoing(&mut self, hold: Hold, until: Timestamp) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "UPDATE outbox SET lease_until = $3 WHERE seq = $1 AND lease = $2 AND state = 'sending'",
            hold.seq,
            hold.token.uuid(),
            until.as_millis()
        )?;
        Ok(changed == 1)
    }

    /// The message was sent: its row is erased; false, like the two below, when another sender has it by now.
    pub async fn erase_outgoing(&mut self, hold: Hold) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "DELETE FROM outbox WHERE seq = $1 AND lease = $2 AND state = 'sending'",
            hold.seq,
            hold.token.uuid()
        )?;
        Ok(changed == 1)
    }

    /// The message is to be tried again, not before a moment.
    pub async fn requeue_outgoing(&mut self, hold: Hold, not_before: Timestamp) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "UPDATE outbox SET state = 'queued', lease = NULL, lease_until = NULL, not_before = $3
             WHERE seq = $1 AND lease = $2 AND state = 'sending'",
            hold.seq,
            hold.token.uuid(),
            not_before.as_millis()
        )?;
        Ok(changed == 1)
    }

    /// Nobody knows whether the message arrived (`uncertain`), or it never will (`failed`): a person decides.
    pub async fn park_outgoing(&mut self, hold: Hold, uncertain: bool) -> Result<bool, StoreError> {
        let state = if uncertain { "uncertain" } else { "failed" };
        let changed = execute!(
            self,
            "UPDATE outbox SET state = $3, lease = NULL, lease_until = NULL
             WHERE seq = $1 AND lease = $2 AND state = 'sending'",
            hold.seq,
            hold.token.uuid(),
            state
        )?;
        Ok(changed == 1)
    }

    /// How the messages to the citizen of a case stand: state and number.
    pub async fn outgoing_states(&mut self, case: CaseId) -> Result<Vec<(String, i64)>, StoreError> {
        fetch_all!(
            self,
            (String, i64),
            "SELECT state, COUNT(*) FROM outbox WHERE case_id = $1 GROUP BY state ORDER BY state",
            case.uuid()
        )
    }

    /// Sends the parked messages of a case once more, because a person said so.
    pub async fn retry_parked(&mut self, case: CaseId, now: Timestamp) -> Result<u64, StoreError> {
        execute!(
            self,
            "UPDATE outbox SET state = 'queued', not_before = $2, attempts = 0
             WHERE case_id = $1 AND state IN ('uncertain', 'failed')",
            case.uuid(),
            now.as_millis()
        )
    }

    /// How many messages wait, are uncertain or failed, over all bots.
    pub async fn outbox_states(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        fetch_all!(self, (String, i64), "SELECT state, COUNT(*) FROM outbox GROUP BY state ORDER BY state")
    }

    /// On SQLite nobody else can be sending: a start takes all over at once.
    pub async fn retake_all_outgoing(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        execute!(self, "UPDATE outbox SET lease_until = $1 WHERE state = 'sending'", now.as_millis())
    }

    /// Erases parked messages that came before `hour`, so many at once; the case itself still holds the words.
    pub async fn erase_parked(&mut self, hour: Timestamp, most: i64) -> Result<u64, StoreError> {
        execute!(
            self,
            "DELETE FROM outbox WHERE state IN ('uncertain', 'failed') AND seq IN
                (SELECT seq FROM outbox WHERE created_hour < $1 AND state IN ('uncertain', 'failed') LIMIT $2)",
            hour.as_millis(),
            most
        )
    }

    /// Erases what waits for a session that is over, so many at once: a terminal does not come back.
    pub async fn erase_orphaned(
        &mut self,
        channel: &str,
        hour: Timestamp,
        most: i64,
    ) -> Result<u64, StoreError> {
        execute!(
            self,
            "DELETE FROM outbox WHERE seq IN
                (SELECT seq FROM outbox WHERE channel = $1 AND created_hour < $2 LIMIT $3)",
            channel,
            hour.as_millis(),
            most
        )
    }

    /// The transit epochs that rows still need, over every table that is sealed in flight.
    pub async fn transit_epochs_in_use(&mut self) -> Result<Vec<u32>, StoreError> {
        let rows = fetch_all!(
            self,
            (i64,),
            "SELECT epoch FROM outbox UNION SELECT epoch FROM inbox UNION SELECT epoch FROM dialogues
             UNION SELECT epoch FROM held UNION SELECT epoch FROM replays
             UNION SELECT epoch FROM tokens"
        )?;
        rows.into_iter().map(|(e,)| epoch_of("outbox", e)).collect()
    }
}

fn taken_of(row: Row, lease: Lease) -> Result<Taken, StoreError> {
    let (seq, id, tenant, tag, case, epoch, sealed, desk_words, attempts, state, created) = row;
    Ok(Taken {
        hold: Hold { seq, token: lease.token },
        until: lease.until,
        id: RowId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        chat_tag: tag.try_into().map_err(|_| StoreError::Corrupt { table: "outbox", column: "chat_tag" })?,
        case: case.map(CaseId::from_uuid),
        epoch: epoch_of("outbox", epoch)?,
        sealed: Sealed::from_row(sealed)
            .map_err(|_| StoreError::Corrupt { table: "outbox", column: "sealed" })?,
        desk_words: desk_words != 0,
        attempts: attempts + 1,
        was_sending: state == "sending",
        created_hour: Timestamp::from_millis(created),
    })
}
