//! Sealed items and the wraps that open them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Backend, StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, ItemId, StaffId, TenantId};
use crate::vault::{ItemKind, KeyId, Sealed, Wrap};

/// Sealed bytes as text, for the spool.
pub(super) mod sealed_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::vault::Sealed;

    pub(in crate::store) fn serialize<S: Serializer>(sealed: &Sealed, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&data_encoding::BASE64.encode(sealed.as_bytes()))
    }

    pub(in crate::store) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Sealed, D::Error> {
        let text = String::deserialize(d)?;
        let bytes = data_encoding::BASE64.decode(text.as_bytes()).map_err(D::Error::custom)?;
        Sealed::from_row(bytes).map_err(|_| D::Error::custom("not a sealed blob"))
    }
}

/// A wrap as text, for the spool.
mod wrap_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::vault::Wrap;

    pub(super) fn serialize<S: Serializer>(wrap: &Wrap, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&data_encoding::BASE64.encode(wrap.as_bytes()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Wrap, D::Error> {
        let text = String::deserialize(d)?;
        let bytes = data_encoding::BASE64.decode(text.as_bytes()).map_err(D::Error::custom)?;
        Wrap::from_row(bytes).map_err(|_| D::Error::custom("not a wrap"))
    }
}

/// An item that is ready to be stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewItem {
    /// Its id, bound into the blob.
    pub id: ItemId,
    /// What it is, as [`ItemKind`]'s byte.
    pub kind: u8,
    /// The member of staff who wrote it, if one did.
    pub author: Option<StaffId>,
    /// When, to the hour.
    pub hour: Timestamp,
    /// The sealed content.
    #[serde(with = "sealed_text")]
    pub blob: Sealed,
    /// Who can open it.
    pub wraps: Vec<NewWrap>,
}

/// A wrap that is ready to be stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewWrap {
    /// The wrap.
    #[serde(with = "wrap_text")]
    pub wrap: Wrap,
    /// When it is destroyed, if it is to be.
    pub until: Option<Timestamp>,
}

/// A stored item, still sealed.
#[derive(Clone)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// What it is.
    pub kind: ItemKind,
    /// The member of staff who wrote it.
    pub author: Option<StaffId>,
    /// When, to the hour.
    pub hour: Timestamp,
    /// The sealed content.
    pub blob: Sealed,
}

/// A stored wrap.
#[derive(Clone)]
pub struct StoredWrap {
    /// Of which item.
    pub item: ItemId,
    /// The wrap.
    pub wrap: Wrap,
}

impl Tx {
    /// Stores items of cases that are stored already, with their wraps.
    pub async fn insert_items(&mut self, rows: &[(TenantId, CaseId, &NewItem)]) -> Result<(), StoreError> {
        let mut placed = Vec::with_capacity(rows.len());
        for (tenant, case, item) in rows {
            placed.push((*tenant, self.case_seq(*case).await?, *item));
        }
        self.place_items(&placed).await
    }

    /// What the database itself calls a case.
    async fn case_seq(&mut self, case: CaseId) -> Result<i64, StoreError> {
        let (seq,) = fetch_one!(self, (i64,), "SELECT seq FROM cases WHERE id = $1", case.uuid())?;
        Ok(seq)
    }

    /// Stores items of any number of cases with their wraps.
    pub(super) async fn place_items(&mut self, rows: &[(TenantId, i64, &NewItem)]) -> Result<(), StoreError> {
        insert_rows!(
            self,
            "INSERT INTO items (id, tenant, case_seq, kind, author, hour, blob) ",
            rows,
            |b, (tenant, seq, item)| {
                b.push_bind(item.id.uuid());
                b.push_bind(tenant.uuid());
                b.push_bind(*seq);
                b.push_bind(i64::from(item.kind));
                b.push_bind(item.author.map(StaffId::uuid));
                b.push_bind(item.hour.as_millis());
                b.push_bind(item.blob.as_bytes().to_vec());
            },
            ""
        );
        let wraps: Vec<(TenantId, i64, ItemId, &NewWrap)> = rows
            .iter()
            .flat_map(|(tenant, seq, item)| item.wraps.iter().map(move |w| (*tenant, *seq, item.id, w)))
            .collect();
        insert_rows!(
            self,
            "INSERT INTO wraps (tenant, case_seq, item, kid, wrap, until_hour) ",
            &wraps,
            |b, (tenant, seq, item, new)| {
                b.push_bind(tenant.uuid());
                b.push_bind(*seq);
                b.push_bind(item.uuid());
                b.push_bind(new.wrap.kid().to_bytes().to_vec());
                b.push_bind(new.wrap.as_bytes().to_vec());
                b.push_bind(new.until.map(Timestamp::as_millis));
            },
            ""
        );
        Ok(())
    }

    /// All items of a case.
    pub async fn items(&mut self, tenant: TenantId, case: CaseId) -> Result<Vec<Item>, StoreError> {
        type Row = (Uuid, i64, Option<Uuid>, i64, Vec<u8>);
        let rows = fetch_all!(
            self,
            Row,
            "SELECT id, kind, author, hour, blob FROM items WHERE case_seq = (SELECT seq FROM cases WHERE id = $1) AND tenant = $2",
            case.uuid(),
            tenant.uuid()
        )?;
        rows.into_iter().map(item).collect()
    }

    /// The items of one kind of several cases with a wrap that names one of the keys, for a page of the queue.
    pub async fn items_with_wraps(
        &mut self,
        cases: &[CaseId],
        kind: ItemKind,
        keys: &[KeyId],
    ) -> Result<Vec<(CaseId, Item, Wrap)>, StoreError> {
        type Row = (Uuid, Uuid, i64, Option<Uuid>, i64, Vec<u8>, Vec<u8>);
        if cases.is_empty() || keys.is_empty() {
            return Ok(Vec::new());
        }
        let rows = fetch_in!(
            self,
            Row,
            "SELECT c.id, i.id, i.kind, i.author, i.hour, i.blob, w.wrap FROM cases c
             JOIN items i ON i.case_seq = c.seq
             JOIN wraps w ON w.case_seq = c.seq AND w.item = i.id WHERE i.kind = ",
            i64::from(kind.to_byte()),
            " AND c.id IN (",
            cases.iter().map(|c| c.uuid()),
            ") AND w.kid IN (",
            keys.iter().map(|k| k.to_bytes().to_vec()),
            ")"
        );
        rows.into_iter()
            .map(|(case, id, kind, author, hour, blob, wrap)| {
                let item = item((id, kind, author, hour, blob))?;
                Ok((CaseId::from_uuid(case), item, stored_wrap((id, wrap))?.wrap))
            })
            .collect()
    }

    /// The wraps of a case that name one key.
    pub async fn wraps_for(&mut self, case: CaseId, kid: KeyId) -> Result<Vec<StoredWrap>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, Vec<u8>),
            "SELECT item, wrap FROM wraps WHERE case_seq = (SELECT seq FROM cases WHERE id = $1) AND kid = $2",
            case.uuid(),
            kid.to_bytes().as_slice()
        )?;
        rows.into_iter().map(stored_wrap).collect()
    }

    /// The ids of all keys that can open anything of a case.
    pub async fn wrap_keys(&mut self, case: CaseId) -> Result<Vec<(ItemId, KeyId)>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, Vec<u8>),
            "SELECT item, kid FROM wraps WHERE case_seq = (SELECT seq FROM cases WHERE id = $1)",
            case.uuid()
        )?;
        rows.into_iter()
            .map(|(item, kid)| {
                let kid =
                    kid.try_into().map_err(|_| StoreError::Corrupt { table: "wraps", column: "kid" })?;
                Ok((ItemId::from_uuid(item), KeyId::from_bytes(kid)))
            })
            .collect()
    }

    /// Replaces the wraps that name `old` in a case by new ones (transfer, re-wrap).
    pub async fn replace_wraps(
        &mut self,
        tenant: TenantId,
        case: CaseId,
        old: &[KeyId],
        new: &[(ItemId, Wrap)],
    ) -> Result<(), StoreError> {
        // Only wraps of items that have new ones: what came meanwhile, or could not be opened, keeps its readers.
        let mut items: Vec<ItemId> = new.iter().map(|(item, _)| *item).collect();
        items.dedup();
        for kid in old {
            for item in &items {
                execute!(
                    self,
                    "DELETE FROM wraps WHERE case_seq = (SELECT seq FROM cases WHERE id = $1) AND kid = $2 AND item = $3",
                    case.uuid(),
                    kid.to_bytes().as_slice(),
                    item.uuid()
                )?;
            }
        }
        self.add_wraps(tenant, case, new).await
    }

    /// How many items a case has.
    pub async fn item_count(&mut self, case: CaseId) -> Result<usize, StoreError> {
        let (n,) = fetch_one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM items WHERE case_seq = (SELECT seq FROM cases WHERE id = $1)",
            case.uuid()
        )?;
        Ok(usize::try_from(n).unwrap_or(0))
    }

    /// Adds wraps to items of a case.
    pub async fn add_wraps(
        &mut self,
        tenant: TenantId,
        case: CaseId,
        new: &[(ItemId, Wrap)],
    ) -> Result<(), StoreError> {
        let seq = self.case_seq(case).await?;
        insert_rows!(
            self,
            "INSERT INTO wraps (tenant, case_seq, item, kid, wrap) ",
            new,
            |b, (item, wrap)| {
                b.push_bind(tenant.uuid());
                b.push_bind(seq);
                b.push_bind(item.uuid());
                b.push_bind(wrap.kid().to_bytes().to_vec());
                b.push_bind(wrap.as_bytes().to_vec());
            },
            ""
        );
        Ok(())
    }

    /// Replaces one wrap of one item by another of the same key (the cheap one under the desk's symmetric key).
    pub async fn swap_wrap(&mut self, case: CaseId, item: ItemId, wrap: &Wrap) -> Result<(), StoreError> {
        execute!(
            self,
            "UPDATE wraps SET wrap = $4 WHERE case_seq = (SELECT seq FROM cases WHERE id = $1) AND item = $2 AND kid = $3",
            case.uuid(),
            item.uuid(),
            wrap.kid().to_bytes().as_slice(),
            wrap.as_bytes()
        )?;
        Ok(())
    }

    /// Destroys the wraps whose time has come, so many at once. They have no key of their own: the row's place is asked,
    /// and its time again, in case the place has come to hold another.
    pub async fn destroy_ended_wraps(&mut self, now: Timestamp, most: i64) -> Result<u64, StoreError> {
        let by_place = match self.backend() {
            Backend::Sqlite => {
                "DELETE FROM wraps WHERE until_hour IS NOT NULL AND until_hour <= $1 AND rowid IN
                    (SELECT rowid FROM wraps WHERE until_hour IS NOT NULL AND until_hour <= $1 LIMIT $2)"
            }
            Backend::Postgres => {
                "DELETE FROM wraps WHERE until_hour IS NOT NULL AND until_hour <= $1 AND ctid = ANY (ARRAY
                    (SELECT ctid FROM wraps WHERE until_hour IS NOT NULL AND until_hour <= $1 LIMIT $2))"
            }
        };
        execute!(self, by_place, now.as_millis(), most)
    }

    /// Destroys everything that opens an item, and the item.
    pub async fn destroy_item(&mut self, case: CaseId, item: ItemId) -> Result<(), StoreError> {
        execute!(
            self,
            "DELETE FROM wraps WHERE case_seq = (SELECT seq FROM cases WHERE id = $1) AND item = $2",
            case.uuid(),
            item.uuid()
        )?;
        execute!(
            self,
            "DELETE FROM items WHERE case_seq = (SELECT seq FROM cases WHERE id = $1) AND id = $2",
            case.uuid(),
            item.uuid()
        )?;
        Ok(())
    }
}

fn item((id, kind, author, hour, blob): (Uuid, i64, Option<Uuid>, i64, Vec<u8>)) -> Result<Item, StoreError> {
    let bad = |column| StoreError::Corrupt { table: "items", column };
    Ok(Item {
        id: ItemId::from_uuid(id),
        kind: u8::try_from(kind).ok().and_then(|k| ItemKind::from_byte(k).ok()).ok_or_else(|| bad("kind"))?,
        author: author.map(StaffId::from_uuid),
        hour: Timestamp::from_millis(hour),
        blob: Sealed::from_row(blob).map_err(|_| bad("blob"))?,
    })
}

fn stored_wrap((item, wrap): (Uuid, Vec<u8>)) -> Result<StoredWrap, StoreError> {
    Ok(StoredWrap {
        item: ItemId::from_uuid(item),
        wrap: Wrap::from_row(wrap).map_err(|_| StoreError::Corrupt { table: "wraps", column: "wrap" })?,
    })
}
