//! Taking what a citizen sends: one use-case for all channels. Everything is sealed here, outside the
//! database; numbering, receipt, audit entry and alarm are committed with it in one unit.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::flood::{Arriving, Sender};
use super::once::Once;
use super::{Error, Hotline, Refusal, World};
use crate::domain::callback::CallBack;
use crate::domain::case::Priority;
use crate::domain::document::{Details, Opening, Summary, check_text};
use crate::domain::lane::Kind;
use crate::domain::number::year_of;
use crate::domain::receipt::Receipt;
use crate::domain::state::{PublicState, State};
use crate::kernel::id::{CaseId, ItemId};
use crate::kernel::{Secret, Timestamp};
use crate::store::folds::Placing;
use crate::store::intake::{NewCase, NewReceipt, Opened};
use crate::store::items::{NewItem, NewWrap};
use crate::vault::{ItemKind, Place, PublicKey, ReceiptKey};

/// What somebody sends.
#[derive(Clone)]
pub struct Submission {
    /// The lane: tips, counselling, or oversight for tips about officials.
    pub kind: Kind,
    /// The words, as they came.
    pub text: String,
    /// Language of the screens: `vi` or `en`.
    pub locale: String,
    /// Through what it came.
    pub channel: String,
    /// Everything else.
    pub details: Details,
    /// How urgent it reads.
    pub priority: Priority,
    /// Whether it reads as a tip and so enters the legal register at once.
    pub reads_as_tip: bool,
}

/// What the sender is told. Made before the commit, handed out after it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Accepted {
    /// The receipt, as it is shown. Only its derivatives are stored in clear.
    pub receipt: String,
    /// When it came.
    pub received_at: Timestamp,
    /// What the receipt will show.
    pub public_state: PublicState,
}

/// A case that is sealed and ready, and what its sender will be told.
pub(crate) struct Ready {
    pub(crate) case: NewCase,
    pub(crate) accepted: Accepted,
    pub(crate) receipt: Receipt,
}

impl Hotline {
    /// Takes a tip or a call for help. When this returns, it is committed (or, with the database away, synced
    /// to the spool): only now may anybody say "received".
    pub async fn submit(&self, submission: Submission, once: Option<Once>) -> Result<Accepted, Error> {
        self.submit_from(Sender::Known, submission, once).await
    }

    /// The same for a way in that is open to floods: what is known of the sender decides the row it is shown in,
    /// never whether it is taken.
    pub async fn submit_from(
        &self,
        sender: Sender,
        submission: Submission,
        once: Option<Once>,
    ) -> Result<Accepted, Error> {
        self.submit_with(sender, submission, None, once).await
    }

    /// The same with a call-back that was asked for: only counselling can have one.
    pub async fn submit_with(
        &self,
        sender: Sender,
        submission: Submission,
        callback: Option<&CallBack>,
        once: Option<Once>,
    ) -> Result<Accepted, Error> {
        check_text(&submission.text)?;
        let world = self.world();
        let mut ready = self.prepare(&world, &submission, sender)?;
        if let Some(callback) = callback {
            self.with_callback(&mut ready, callback)?;
        }
        if let Some(once) = &once {
            ready.case.replay = Some(self.keep_answer(once, &ready.accepted)?);
        }
        match self.writer().open_case(ready.case.clone()).await {
            Ok(Opened::Numbered { aside, .. }) => {
                self.stands(ready.case.placing, ready.case.id, aside);
                self.wake();
                Ok(ready.accepted)
            }
            Ok(Opened::Repeated(row)) => match &once {
                Some(once) => self.replay_answer(once, &row),
                None => Err(Refusal::OtherRequest.into()),
            },
            Err(e) if e.is_away() => self.spool_case(ready).await,
            Err(e) => Err(e.into()),
        }
    }

    /// What the same request was answered before, if it was taken already.
    pub async fn accepted_before(&self, once: &Once) -> Result<Option<Accepted>, Error> {
        self.answered_before(once).await
    }

    /// Seals a submission to the desk that will handle it, and decides the row it is shown in.
    pub(crate) fn prepare(&self, world: &Arc<World>, s: &Submission, sender: Sender) -> Result<Ready, Error> {
        let mut ready = self.seal_submission(world, s)?;
        let case = &mut ready.case;
        let judged = self.weigh(&Arriving { case: case.id, desk: case.desk, submission: s, sender })?;
        if judged.quiet {
            case.alarm = self.side_alarm(case.alarm);
        }
        if !judged.registers {
            case.register = None;
        }
        case.placing = judged.placing;
        let alike: Vec<String> = alike(s);
        self.put_on_watch(case, &alike.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(ready)
    }

    /// Seals a submission to the desk that will handle it, as if nothing else had come and nobody watched.
    pub(crate) fn seal_submission(&self, world: &Arc<World>, s: &Submission) -> Result<Ready, Error> {
        let now = self.now();
        let desk = world.front_desk(s.kind).ok_or_else(|| world.nobody_to_seal_to(s.kind))?;
        let readers = world.readers(desk.id)?;
        let id = CaseId::random(self.entropy())?;
        let receipt = Receipt::from_random(self.entropy().bytes()?);
        let key = ReceiptKey::derive(self.identity().deployment, &Secret::new(receipt.bits()));
        let public_key = key.private.public();
        let opening = opening_of(s, now, public_key);
        let own = (!s.kind.is_tip()).then_some(public_key);
        let first = if s.kind.is_tip() { ItemKind::Tip } else { ItemKind::Counselling };
        let items = vec![
            self.seal_for_case(first, id, &opening, &readers, own)?,
            self.seal_for_case(ItemKind::Summary, id, &summary_of(s, now), &readers, None)?,
        ];
        let case = NewCase {
            id,
            tenant: world.tenant.id,
            desk: desk.id,
            kind: s.kind,
            priority: s.priority.level(),
            year: year_of(now),
            received_hour: now.hour(),
            due: self.deadlines().due(s.kind, State::first(s.kind), now, now),
            alarm: self.deadlines().alarm(s.kind, s.priority, now),
            register: (s.kind.is_tip() && s.reads_as_tip).then(|| world.top_of(desk.id)),
            watch: None,
            summons: None,
            items,
            receipt: Some(NewReceipt { lookup: key.lookup.to_bytes(), public_key: public_key.to_bytes() }),
            replay: None,
            mailbox: None,
            placing: Placing::Main,
            callback: None,
        };
        let accepted = Accepted {
            receipt: receipt.expose().to_string(),
            received_at: now,
            public_state: PublicState::Received,
        };
        Ok(Ready { case, accepted, receipt })
    }

    /// Seals one document of a case. `own` is the receipt's key when the citizen may read it for a day.
    pub(crate) fn seal_for_case(
        &self,
        kind: ItemKind,
        case: CaseId,
        document: &impl Serialize,
        readers: &[&PublicKey],
        own: Option<&PublicKey>,
    ) -> Result<NewItem, Error> {
        let now = self.now();
        let id = ItemId::random(self.entropy())?;
        let body = Secret::new(serde_json::to_vec(document).map_err(|e| Error::Fault(super::Fault::new(e)))?);
        let to: Vec<&PublicKey> = readers.iter().copied().chain(own).collect();
        let sealed = self.vault().seal_item(&Place::first(kind, id, case), body.expose(), &to)?;
        let ends = now.hour().plus(self.options().own_words_for);
        let wraps = sealed
            .wraps
            .into_iter()
            .map(|wrap| NewWrap { until: own.filter(|o| o.kid() == wrap.kid()).map(|_| ends), wrap })
            .collect();
        Ok(NewItem { id, kind: kind.to_byte(), author: None, hour: now.hour(), blob: sealed.blob, wraps })
    }
}

fn opening_of(s: &Submission, at: Timestamp, receipt: &PublicKey) -> Opening {
    Opening {
        text: s.text.clone(),
        locale: s.locale.clone(),
        at,
        channel: s.channel.clone(),
        receipt_key: data_encoding::HEXLOWER.encode(&receipt.to_bytes()),
        details: s.details.clone(),
    }
}

/// What makes a submission like another: the same place, or the same words. Kept in memory only.
fn alike(s: &Submission) -> Vec<String> {
    let words = s.text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let place = s.details.commune.as_ref().map(|c| format!("place {}", c.trim().to_lowercase()));
    place.into_iter().chain([format!("words {words}")]).collect()
}

fn summary_of(s: &Submission, at: Timestamp) -> Summary {
    Summary {
        line: Summary::line_of(&s.text),
        at,
        categories: s.details.categories.clone(),
        tags: s.details.tags.clone(),
        commune: s.details.commune.clone(),
        crisis: s.details.crisis.clone(),
        channel: s.channel.clone(),
    }
}
