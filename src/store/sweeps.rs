//! Bulk acts of members: what was done to which cases, how far it came, and which of them another person looks at.

use uuid::Uuid;

use super::{StoreError, Tx};
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, StaffId, SweepId, TenantId};

/// A bulk act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// Its id.
    pub id: SweepId,
    /// Whose service.
    pub tenant: TenantId,
    /// At which desk.
    pub desk: DeskId,
    /// Who.
    pub staff: StaffId,
    /// When it began.
    pub begun: Timestamp,
    /// `true`: cleared as no source of information about crime; `false`: confirmed into the legal register.
    pub clears: bool,
    /// The head of the row it is about; none for the side queue or chosen cases.
    pub head: Option<CaseId>,
    /// Up to which case (year, number); zeros when the cases were chosen one by one.
    pub upto: (i64, i64),
    /// What the sample is drawn from.
    pub seed: [u8; 32],
    /// How many cases it touched.
    pub done: i64,
    /// How many of them were taken back.
    pub undone: i64,
    /// Whether nothing was left to do.
    pub ended: bool,
}

/// A case that a bulk act touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Which.
    pub case: CaseId,
    /// Its place in the draw.
    pub draw: i64,
    /// Whether it was taken back.
    pub undone: bool,
    /// Who looked at it afterwards.
    pub reviewer: Option<StaffId>,
}

type Row = (Uuid, Uuid, Uuid, Uuid, i64, String, Option<Uuid>, i64, i64, Vec<u8>, i64, i64, i64);

fn sweep(row: Row) -> Result<Sweep, StoreError> {
    let (id, tenant, desk, staff, begun, act, head, year, number, seed, done, undone, ended) = row;
    Ok(Sweep {
        id: SweepId::from_uuid(id),
        tenant: TenantId::from_uuid(tenant),
        desk: DeskId::from_uuid(desk),
        staff: StaffId::from_uuid(staff),
        begun: Timestamp::from_millis(begun),
        clears: act == "clear",
        head: head.map(CaseId::from_uuid),
        upto: (year, number),
        seed: seed.try_into().map_err(|_| StoreError::Corrupt { table: "sweeps", column: "seed" })?,
        done,
        undone,
        ended: ended == 1,
    })
}

fn swept((case, draw, undone, reviewer): (Uuid, i64, i64, Option<Uuid>)) -> Swept {
    Swept {
        case: CaseId::from_uuid(case),
        draw,
        undone: undone == 1,
        reviewer: reviewer.map(StaffId::from_uuid),
    }
}

impl Tx {
    /// Begins a bulk act.
    pub async fn add_sweep(&mut self, s: &Sweep) -> Result<(), StoreError> {
        execute!(
            self,
            "INSERT INTO sweeps (id, tenant, desk, staff, begun, act, head, upto_year, upto_number, seed, done,
             undone, ended) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            s.id.uuid(),
            s.tenant.uuid(),
            s.desk.uuid(),
            s.staff.uuid(),
            s.begun.as_millis(),
            if s.clears { "clear" } else { "confirm" },
            s.head.map(CaseId::uuid),
            s.upto.0,
            s.upto.1,
            s.seed.as_slice(),
            s.done,
            s.undone,
            i64::from(s.ended)
        )?;
        Ok(())
    }

    /// A bulk act by id.
    pub async fn sweep(&mut self, tenant: TenantId, id: SweepId) -> Result<Option<Sweep>, StoreError> {
        let row = fetch_optional!(
            self,
            Row,
            "SELECT id, tenant, desk, staff, begun, act, head, upto_year, upto_number, seed, done, undone, ended
             FROM sweeps WHERE id = $1 AND tenant = $2",
            id.uuid(),
            tenant.uuid()
        )?;
        row.map(sweep).transpose()
    }

    /// The newest bulk acts at a desk.
    pub async fn sweeps(&mut self, desk: DeskId, limit: i64) -> Result<Vec<Sweep>, StoreError> {
        let rows = fetch_all!(
            self,
            Row,
            "SELECT id, tenant, desk, staff, begun, act, head, upto_year, upto_number, seed, done, undone, ended
             FROM sweeps WHERE desk = $1 ORDER BY begun DESC LIMIT $2",
            desk.uuid(),
            limit
        )?;
        rows.into_iter().map(sweep).collect()
    }

    /// Writes down which cases a unit of a bulk act touched: case and place in the draw.
    pub async fn add_swept(&mut self, s: &Sweep, cases: &[(CaseId, i64)]) -> Result<(), StoreError> {
        insert_rows!(
            self,
            "INSERT INTO sweep_cases (sweep, case_id, tenant, draw, undone) ",
            cases,
            |b, (case, draw)| {
                b.push_bind(s.id.uuid());
                b.push_bind(case.uuid());
                b.push_bind(s.tenant.uuid());
                b.push_bind(*draw);
                b.push_bind(0_i64);
            },
            ""
        );
        let amount = i64::try_from(cases.len()).unwrap_or(i64::MAX);
        execute!(self, "UPDATE sweeps SET done = done + $2 WHERE id = $1", s.id.uuid(), amount)?;
        Ok(())
    }

    /// Nothing is left to do.
    pub async fn end_sweep(&mut self, id: SweepId) -> Result<(), StoreError> {
        execute!(self, "UPDATE sweeps SET ended = 1 WHERE id = $1", id.uuid())?;
        Ok(())
    }

    /// Notes that cases were taken back.
    pub async fn unsweep(&mut self, id: SweepId, cases: &[CaseId]) -> Result<(), StoreError> {
        for case in cases {
            let changed = execute!(
                self,
                "UPDATE sweep_cases SET undone = 1 WHERE sweep = $1 AND case_id = $2 AND undone = 0",
                id.uuid(),
                case.uuid()
            )?;
            let changed = i64::try_from(changed).unwrap_or(i64::MAX);
            execute!(self, "UPDATE sweeps SET undone = undone + $2 WHERE id = $1", id.uuid(), changed)?;
        }
        Ok(())
    }

    /// The next cases of a bulk act, by their place in the draw.
    pub async fn swept_after(
        &mut self,
        id: SweepId,
        draw: i64,
        limit: i64,
    ) -> Result<Vec<Swept>, StoreError> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, i64, Option<Uuid>),
            "SELECT case_id, draw, undone, reviewer FROM sweep_cases
             WHERE sweep = $1 AND draw > $2 ORDER BY draw LIMIT $3",
            id.uuid(),
            draw,
            limit
        )?;
        Ok(rows.into_iter().map(swept).collect())
    }

    /// Somebody else has looked at a case of the sample.
    pub async fn reviewed(
        &mut self,
        id: SweepId,
        case: CaseId,
        by: StaffId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = execute!(
            self,
            "UPDATE sweep_cases SET reviewer = $3, reviewed_at = $4
             WHERE sweep = $1 AND case_id = $2 AND reviewer IS NULL",
            id.uuid(),
            case.uuid(),
            by.uuid(),
            at.as_millis()
        )?;
        Ok(changed == 1)
    }

    /// Enters cases that have no entry into the legal register, in the order given; returns how many were entered.
    pub async fn register(
        &mut self,
        (tenant, unit): (TenantId, DeskId),
        cases: &[CaseId],
        (year, hour): (i64, Timestamp),
    ) -> Result<i64, StoreError> {
        let mut missing = Vec::new();
        for case in cases {
            if self.register_of(*case).await?.is_empty() {
                missing.push(*case);
            }
        }
        let amount = i64::try_from(missing.len()).unwrap_or(i64::MAX);
        if amount == 0 {
            return Ok(0);
        }
        let first = self.take_numbers(tenant, &format!("register:{unit}"), year, amount).await?;
        for (number, case) in (first..).zip(missing) {
            execute!(
                self,
                "INSERT INTO register_entries (tenant, unit, year, number, case_seq, entered_hour)
                 SELECT $1, $2, $3, $4, seq, $5 FROM cases WHERE id = $6",
                tenant.uuid(),
                unit.uuid(),
                year,
                number,
                hour.hour().as_millis(),
                case.uuid()
            )?;
        }
        Ok(amount)
    }
}
