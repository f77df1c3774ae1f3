//! What the spool holds, and how it gets into the database: once, however often it is tried.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, TenantId};
use crate::store::audit::{Action, Entry as AuditEntry};
use crate::store::folds::Placing;
use crate::store::intake::{NewCase, Opened};
use crate::store::items::NewItem;
use crate::store::replays::NewReplay;
use crate::store::{StoreError, Tx};

/// Something that was received while the database was away: exactly what its rows will hold, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub enum Entry {
    /// A new case.
    Case(Box<NewCase>),
    /// More words of a citizen in a case that is known.
    Message(Box<NewMessage>),
}

/// A citizen's further words, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewMessage {
    /// Whose service.
    pub tenant: TenantId,
    /// The case they belong to.
    pub case: CaseId,
    /// The desk they are sealed to.
    pub desk: DeskId,
    /// The sealed words.
    pub item: NewItem,
    /// When they came, to the hour.
    pub hour: Timestamp,
    /// The answer to be given again when the request is repeated.
    pub replay: Option<NewReplay>,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is stored now.
    Stored,
    /// It had been stored before: a commit whose answer was lost, or a crash between commit and advance.
    Before,
    /// It is stored, and its request had made another case before. Both citizens' receipts are good, so both
    /// cases stay; the desk is to link them. Said again when it is taken again: a crash may have come before the
    /// link, and a note too many is better than none.
    Twin {
        /// The case of the first request, if that opened one.
        of: Option<CaseId>,
    },
}

impl Tx {
    /// Stores an entry of the spool. Doing it again changes nothing.
    pub async fn take_in(&mut self, entry: &Entry) -> Result<Taken, StoreError> {
        match entry {
            Entry::Case(case) => self.take_in_case(case).await,
            Entry::Message(message) => self.take_in_message(message).await,
        }
    }

    async fn take_in_case(&mut self, case: &NewCase) -> Result<Taken, StoreError> {
        if self.case_exists(case.id).await? {
            let first = self.first_of(case).await?;
            return Ok(first.map_or(Taken::Before, |of| Taken::Twin { of: Some(of) }));
        }
        let Some(Opened::Repeated(first)) = self.open_cases(&[case]).await?.pop() else {
            return Ok(Taken::Stored);
        };
        // A receipt was given for this one too: it must not lead nowhere. Its row says that it is a twin, so it has one.
        self.open_cases(&[&NewCase { replay: None, placing: Placing::Main, ..case.clone() }]).await?;
        Ok(Taken::Twin { of: first.case })
    }

    /// The other case that the same request made first.
    async fn first_of(&mut self, case: &NewCase) -> Result<Option<CaseId>, StoreError> {
        let Some(replay) = &case.replay else { return Ok(None) };
        let first = self.replay(&replay.lookup).await?.and_then(|first| first.case);
        Ok(first.filter(|first| *first != case.id))
    }

    async fn take_in_message(&mut self, m: &NewMessage) -> Result<Taken, StoreError> {
        let stored = fetch_optional!(
            self,
            (Uuid,),
            "SELECT id FROM items WHERE case_seq = (SELECT seq FROM cases WHERE id = $1) AND id = $2",
            m.case.uuid(),
            m.item.id.uuid()
        )?;
        if stored.is_some() {
            return Ok(Taken::Before);
        }
        if let Some(replay) = &m.replay
            && !self.add_replay(replay).await?
        {
            return Ok(Taken::Before);
        }
        self.insert_items(&[(m.tenant, m.case, &m.item)]).await?;
        self.citizen_wrote(m.case, m.desk, m.hour).await?;
        self.note(AuditEntry::by_nobody(m.tenant, m.hour, Action::CitizenWrote, m.case.uuid()));
        Ok(Taken::Stored)
    }
}
