//! Opening cases: everything that arrives becomes rows here, many cases with one statement per table.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::audit::{Action, Entry};
use super::callbacks::NewCallback;
use super::cases::NEVER;
use super::folds::Placing;
use super::items::NewItem;
use super::mailboxes::NewMailbox;
use super::queue::CountChange;
use super::replays::{NewReplay, Replay};
use super::{Backend, StoreError, Tx};
use crate::domain::case::Aside;
use crate::domain::lane::Kind;
use crate::domain::state::State;
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, TenantId};

/// A case that is ready to be stored: sealed, and only its numbers missing.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewCase {
    /// Its id, bound into its sealed items.
    pub id: CaseId,
    /// Whose service.
    pub tenant: TenantId,
    /// Which desk it belongs to.
    pub desk: DeskId,
    /// The kind of that desk.
    pub kind: Kind,
    /// 0 (most urgent) to 3.
    pub priority: u8,
    /// Calendar year in Vietnam.
    pub year: i64,
    /// When it came, to the hour.
    pub received_hour: Timestamp,
    /// First deadline.
    pub due: Option<Timestamp>,
    /// When an alarm goes off, to the minute.
    pub alarm: Timestamp,
    /// When the watch must look at it first; without it, at the alarm.
    #[serde(default)]
    pub watch: Option<Timestamp>,
    /// With what it came together, if it is one that calls people.
    #[serde(default)]
    pub summons: Option<[u8; 16]>,
    /// The unit whose legal register it enters, if it reads as a tip.
    pub register: Option<DeskId>,
    /// Its sealed items.
    pub items: Vec<NewItem>,
    /// How the citizen's receipt finds it.
    pub receipt: Option<NewReceipt>,
    /// The answer to be given again when the request is repeated.
    pub replay: Option<NewReplay>,
    /// The way back on a channel.
    pub mailbox: Option<NewMailbox>,
    /// Where it would be shown.
    #[serde(default)]
    pub placing: Placing,
    /// The call-back that was asked for with it.
    #[serde(default)]
    pub callback: Option<NewCallback>,
}

/// What is stored of a receipt.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewReceipt {
    /// Derived from the receipt; finds the case, leads nowhere back.
    pub lookup: [u8; 16],
    /// The public half of the receipt's key.
    pub public_key: [u8; 32],
}

/// What became of a case to be opened.
pub enum Opened {
    /// It is stored, with its intake number and its number in the legal register.
    Numbered {
        /// Intake number.
        number: i64,
        /// Register number.
        register: Option<i64>,
        /// Where it is shown.
        aside: Aside,
    },
    /// The same request was answered before; nothing new was stored.
    Repeated(Replay),
}

/// Intake numbers, numbers of the register and rows of cases, position by position.
type Given = (Vec<Option<i64>>, Vec<Option<i64>>, Vec<Aside>);

/// The place of a case that is given up again.
const NOWHERE: i64 = -1;

impl Tx {
    /// Stores all cases: a fixed number of multi-row statements, however many they are. Repeated requests are
    /// told apart first; counters are raised last.
    pub async fn open_cases(&mut self, cases: &[&NewCase]) -> Result<Vec<Opened>, StoreError> {
        let repeated = self.claim_replays(cases).await?;
        let fresh: Vec<&NewCase> =
            cases.iter().enumerate().filter(|(i, _)| !repeated.contains_key(i)).map(|(_, c)| *c).collect();
        let fresh = self.place(fresh).await?;
        let (numbers, entries, asides) = self.store_placed(&fresh).await?;
        Ok(answers(cases.len(), repeated, (&numbers, &entries, &asides)))
    }

    /// Stores a case as [`Self::open_cases`] does and says whether it stands, in a unit that its caller then gives up. It
    /// takes no place of those that follow each other: a gap every few minutes would be a clock between citizens' cases.
    pub(crate) async fn rehearse_case(&mut self, case: &NewCase) -> Result<bool, StoreError> {
        let (numbers, entries, _) = self.store_placed(&[(NOWHERE, case)]).await?;
        let given = |numbers: &[Option<i64>]| matches!(numbers, [Some(1..)]);
        let stored = self.case(case.tenant, case.id).await?;
        Ok(given(&numbers) && given(&entries) && stored.is_some())
    }

    /// The rows of cases that have a place, and their numbers.
    async fn store_placed(&mut self, fresh: &[(i64, &NewCase)]) -> Result<Given, StoreError> {
        let items: Vec<_> =
            fresh.iter().flat_map(|(seq, c)| c.items.iter().map(move |i| (c.tenant, *seq, i))).collect();
        self.place_items(&items).await?;
        self.insert_receipts(fresh).await?;
        let mailboxes: Vec<&NewMailbox> = fresh.iter().filter_map(|(_, c)| c.mailbox.as_ref()).collect();
        self.insert_mailboxes(&mailboxes).await?;
        let numbers = self.number(fresh, |c| Some(format!("case:{}", c.kind.as_str()))).await?;
        let entries = self.number(fresh, |c| c.register.map(|unit| format!("register:{unit}"))).await?;
        let asides = self.arrange(fresh).await?;
        self.insert_cases(fresh, &numbers, &asides).await?;
        self.insert_register(fresh, &entries).await?;
        let calls = fresh
            .iter()
            .filter_map(|(_, c)| Some((c.kind, c.callback.as_ref()?.row(c.tenant, c.id, c.desk))));
        self.insert_callbacks(&calls.collect::<Vec<_>>()).await?;
        for (_, case) in fresh {
            self.note(Entry::by_nobody(case.tenant, case.received_hour, Action::CaseOpened, case.id.uuid()));
            let state = State::first(case.kind);
            self.counts.push(CountChange { tenant: case.tenant, desk: case.desk, state, by: 1 });
        }
        Ok((numbers, entries, asides))
    }

    /// Finds a place in the database for each case. Numbers of its own, which may have gaps, so that nodes do not
    /// wait for each other here.
    async fn place<'c>(&mut self, cases: Vec<&'c NewCase>) -> Result<Vec<(i64, &'c NewCase)>, StoreError> {
        let amount = i64::try_from(cases.len()).unwrap_or(i64::MAX);
        let places = match self.backend() {
            // one writer at a time: nobody else takes the next ones
            Backend::Sqlite => {
                let (last,) = fetch_one!(self, (i64,), "SELECT COALESCE(MAX(seq), 0) FROM cases")?;
                (last + 1..=last + amount).collect()
            }
            Backend::Postgres => {
                let taken = "SELECT nextval('case_seq') FROM generate_series(1, $1)";
                fetch_all!(self, (i64,), taken, amount)?.into_iter().map(|(seq,)| seq).collect::<Vec<_>>()
            }
        };
        Ok(places.into_iter().zip(cases).collect())
    }

    /// Stores the replay rows and says which cases, by position, are repetitions.
    async fn claim_replays(&mut self, cases: &[&NewCase]) -> Result<BTreeMap<usize, Replay>, StoreError> {
        let rows: Vec<(&NewReplay, CaseId)> =
            cases.iter().filter_map(|c| c.replay.as_ref().map(|r| (r, c.id))).collect();
        let mut won: HashSet<Vec<u8>> = self.insert_replays(&rows).await?.into_iter().collect();
        let mut repeated = BTreeMap::new();
        for (i, case) in cases.iter().enumerate() {
            let Some(replay) = &case.replay else { continue };
            // The first of a batch with this key wins; a twin in the same batch is a repetition already.
            if !won.remove(replay.lookup.as_slice()) {
                let first = self.replay(&replay.lookup).await?.ok_or(StoreError::Stale)?;
                repeated.insert(i, first);
            }
        }
        Ok(repeated)
    }

    /// Takes numbers for all cases of a batch, one statement per series; position by position.
    async fn number(
        &mut self,
        cases: &[(i64, &NewCase)],
        series: impl Fn(&NewCase) -> Option<String>,
    ) -> Result<Vec<Option<i64>>, StoreError> {
        let mut groups: BTreeMap<(Uuid, String, i64), Vec<usize>> = BTreeMap::new();
        for (i, (_, case)) in cases.iter().enumerate() {
            if let Some(series) = series(case) {
                groups.entry((case.tenant.uuid(), series, case.year)).or_default().push(i);
            }
        }
        let mut out = vec![None; cases.len()];
        for ((tenant, series, year), members) in groups {
            let amount = i64::try_from(members.len()).unwrap_or(i64::MAX);
            let first = self.take_numbers(TenantId::from_uuid(tenant), &series, year, amount).await?;
            for (n, i) in (first..).zip(members) {
                if let Some(slot) = out.get_mut(i) {
                    *slot = Some(n);
                }
            }
        }
        Ok(out)
    }

    async fn insert_receipts(&mut self, cases: &[(i64, &NewCase)]) -> Result<(), StoreError> {
        let rows: Vec<(i64, TenantId, &NewReceipt)> =
            cases.iter().filter_map(|(seq, c)| c.receipt.as_ref().map(|r| (*seq, c.tenant, r))).collect();
        insert_rows!(
            self,
            "INSERT INTO receipts (lookup, tenant, case_seq, public_key) ",
            &rows,
            |b, (seq, tenant, receipt)| {
                b.push_bind(receipt.lookup.to_vec());
                b.push_bind(tenant.uuid());
                b.push_bind(*seq);
                b.push_bind(receipt.public_key.to_vec());
            },
            ""
        );
        Ok(())
    }

    async fn insert_cases(
        &mut self,
        cases: &[(i64, &NewCase)],
        numbers: &[Option<i64>],
        asides: &[Aside],
    ) -> Result<(), StoreError> {
        let rows: Vec<(i64, &NewCase, i64, Aside)> = cases
            .iter()
            .zip(numbers)
            .zip(asides)
            .map(|(((seq, c), n), aside)| (*seq, *c, n.unwrap_or_default(), *aside))
            .collect();
        insert_rows!(
            self,
            "INSERT INTO cases (seq, id, tenant, desk, kind, state, priority, version, year, number, received_hour,
             due, alarm, waiting, unread, aside, fold, watch, summons) ",
            &rows,
            |b, (seq, case, number, aside)| {
                let state = State::first(case.kind);
                b.push_bind(*seq);
                b.push_bind(case.id.uuid());
                b.push_bind(case.tenant.uuid());
                b.push_bind(case.desk.uuid());
                b.push_bind(case.kind.as_str());
                b.push_bind(state.code());
                b.push_bind(i64::from(case.priority));
                b.push_bind(1_i64);
                b.push_bind(case.year);
                b.push_bind(*number);
                b.push_bind(case.received_hour.as_millis());
                b.push_bind(case.due.map_or(NEVER, Timestamp::as_millis));
                b.push_bind(case.alarm.as_millis());
                b.push_bind(i64::from(state.waits()));
                b.push_bind(1_i64);
                b.push_bind(aside.tier());
                b.push_bind(if let Aside::Folded(fold) = aside { Some(fold.uuid()) } else { None });
                b.push_bind(case.watch.unwrap_or(case.alarm).as_millis());
                b.push_bind(case.summons.map(Uuid::from_bytes));
            },
            ""
        );
        Ok(())
    }

    async fn insert_register(
        &mut self,
        cases: &[(i64, &NewCase)],
        numbers: &[Option<i64>],
    ) -> Result<(), StoreError> {
        let rows: Vec<(i64, &NewCase, Uuid, i64)> = cases
            .iter()
            .zip(numbers)
            .filter_map(|((seq, c), n)| Some((*seq, *c, c.register?.uuid(), (*n)?)))
            .collect();
        insert_rows!(
            self,
            "INSERT INTO register_entries (tenant, unit, year, number, case_seq, entered_hour) ",
            &rows,
            |b, (seq, case, unit, number)| {
                b.push_bind(case.tenant.uuid());
                b.push_bind(*unit);
                b.push_bind(case.year);
                b.push_bind(*number);
                b.push_bind(*seq);
                b.push_bind(case.received_hour.as_millis());
            },
            ""
        );
        Ok(())
    }
}

/// Puts the answers back into the order of the questions.
fn answers(
    all: usize,
    mut repeated: BTreeMap<usize, Replay>,
    (numbers, entries, asides): (&[Option<i64>], &[Option<i64>], &[Aside]),
) -> Vec<Opened> {
    let mut fresh = numbers.iter().zip(entries).zip(asides);
    (0..all)
        .map(|i| {
            if let Some(replay) = repeated.remove(&i) {
                return Opened::Repeated(replay);
            }
            let (number, register, aside) = match fresh.next() {
                Some(((number, register), aside)) => (*number, *register, *aside),
                None => (None, None, Aside::Main),
            };
            Opened::Numbered { number: number.unwrap_or_default(), register, aside }
        })
        .collect()
}
