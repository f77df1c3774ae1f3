//! The first answer to a request, kept sealed for 24 hours so that a repeated request gets it again. The key
//! that opens it is made of the request's own `Idempotency-Key`: the server alone cannot.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::items::sealed_text;
use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::CaseId;
use crate::vault::Sealed;

/// A replay row to be stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewReplay {
    /// SHA-256 of route, caller and key.
    pub lookup: [u8; 32],
    /// What tells the same request from another under its key; keyed with what no row holds, see
    /// [`replay_mark`](crate::vault::TransitKey::replay_mark).
    pub body_hash: [u8; 32],
    /// The transit epoch under which the answer is sealed.
    pub epoch: u32,
    /// The sealed answer.
    #[serde(with = "sealed_text")]
    pub sealed: Sealed,
    /// When the row is erased.
    pub until: Timestamp,
}

/// A stored first answer.
pub struct Replay {
    /// What tells the first request from another.
    pub body_hash: Vec<u8>,
    /// The transit epoch.
    pub epoch: u32,
    /// The sealed answer.
    pub sealed: Sealed,
    /// The case it opened, if it opened one.
    pub case: Option<CaseId>,
}

impl Tx {
    /// Stores replay rows; returns the lookups of those that were new.
    pub(super) async fn insert_replays(
        &mut self,
        rows: &[(&NewReplay, CaseId)],
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let new = insert_rows_returning!(
            self,
            (Vec<u8>,),
            "INSERT INTO replays (lookup, body_hash, epoch, sealed, until_hour, case_id) ",
            rows,
            |b, (replay, case)| {
                b.push_bind(replay.lookup.to_vec());
                b.push_bind(replay.body_hash.to_vec());
                b.push_bind(i64::from(replay.epoch));
                b.push_bind(replay.sealed.as_bytes().to_vec());
                b.push_bind(replay.until.as_millis());
                b.push_bind(case.uuid());
            },
            " ON CONFLICT (lookup) DO NOTHING RETURNING lookup"
        );
        Ok(new.into_iter().map(|(lookup,)| lookup).collect())
    }

    /// Stores the answer of a request that opens no case; `false` when the request was answered before.
    pub async fn add_replay(&mut self, replay: &NewReplay) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "INSERT INTO replays (lookup, body_hash, epoch, sealed, until_hour) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (lookup) DO NOTHING",
            replay.lookup.as_slice(),
            replay.body_hash.as_slice(),
            i64::from(replay.epoch),
            replay.sealed.as_bytes(),
            replay.until.as_millis()
        )?;
        Ok(changed == 1)
    }

    /// The first answer to a request.
    pub async fn replay(&mut self, lookup: &[u8; 32]) -> Result<Option<Replay>, StoreError> {
        type Row = (Vec<u8>, i64, Vec<u8>, Option<Uuid>);
        let row = fetch_optional!(
            self,
            Row,
            "SELECT body_hash, epoch, sealed, case_id FROM replays WHERE lookup = $1",
            lookup.as_slice()
        )?;
        row.map(|(body_hash, epoch, sealed, case)| {
            Ok(Replay {
                body_hash,
                epoch: u32::try_from(epoch)
                    .map_err(|_| StoreError::Corrupt { table: "replays", column: "epoch" })?,
                sealed: Sealed::from_row(sealed)
                    .map_err(|_| StoreError::Corrupt { table: "replays", column: "sealed" })?,
                case: case.map(CaseId::from_uuid),
            })
        })
        .transpose()
    }

    /// Erases answers whose day has passed, so many at once.
    pub async fn erase_replays(&mut self, now: Timestamp, most: i64) -> Result<u64, StoreError> {
        execute!(
            self,
            "DELETE FROM replays WHERE lookup IN (SELECT lookup FROM replays WHERE until_hour <= $1 LIMIT $2)",
            now.as_millis(),
            most
        )
    }
}
