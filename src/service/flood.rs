//! Floods: nothing is refused. What comes is weighed in memory, before it is sealed, and the only thing decided is
//! in which row it is shown. Of a message this node keeps keyed hashes of its words, of a chat a keyed hash, for an
//! hour and in memory only; of a caller's address nothing, not even that.

mod chats;
mod load;
mod proof;
mod window;

use std::sync::{Mutex, PoisonError};

use crate::domain::case::{Aside, Priority};
use crate::domain::document::Details;
use crate::domain::flood::{Rules, Sum};
use crate::domain::likeness::{Fillers, Key, Likeness};
use crate::kernel::Timestamp;
use crate::kernel::id::{CaseId, DeskId, FoldId};
use crate::service::intake::Submission;
use crate::service::{Error, Hotline};
use crate::store::Tx;
use crate::store::folds::Placing;
use crate::store::writer;
use crate::vault::sha256;

use chats::Chats;
use load::Load;
pub use proof::{Work, is_proof};
use window::{Asked, Window};

/// What is known of who sends, without knowing who.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// Somebody whose way in is not open to a flood, such as an operator at the phone.
    Known,
    /// A form or a program; whether it showed that it took some trouble.
    Stranger {
        /// By work for scripts, or by an answer to a plain question for people.
        proven: bool,
    },
    /// A chat, by a keyed hash that only this process can make sense of.
    Chat([u8; 32]),
}

/// What this node remembers, behind one lock that is held for microseconds.
pub(crate) struct Flood {
    rules: Rules,
    key: Key,
    fillers: Fillers,
    watching: bool,
    memory: Mutex<Memory>,
}

struct Memory {
    window: Window,
    chats: Chats,
    load: Load,
}

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judged {
    /// Which row and which queue.
    pub(crate) placing: Placing,
    /// Whether it enters the legal register at once, if it reads as a tip.
    pub(crate) registers: bool,
    /// Whether its alarm may wait longer.
    pub(crate) quiet: bool,
}

impl Judged {
    /// As if there were no floods.
    pub(crate) const PLAIN: Self = Self { placing: Placing::Main, registers: true, quiet: false };
}

/// A case that is about to be sealed.
pub(crate) struct Arriving<'a> {
    pub(crate) case: CaseId,
    pub(crate) desk: DeskId,
    pub(crate) submission: &'a Submission,
    pub(crate) sender: Sender,
}

impl Flood {
    fn new(rules: Rules, key: Key, watching: bool) -> Self {
        let fillers = rules.fillers();
        let memory = Memory { window: Window::default(), chats: Chats::default(), load: Load::default() };
        Self { rules, key, fillers, watching, memory: Mutex::new(memory) }
    }

    /// What a text and all that was told beside it are compared by.
    pub(crate) fn likeness(&self, text: &str, d: &Details) -> Likeness {
        let flag = |on: bool, word: &'static str| if on { word } else { "" };
        let categories = d.categories.join(" ");
        let told = [
            d.commune.as_deref().unwrap_or_default(),
            d.place.as_deref().unwrap_or_default(),
            d.occurred.as_deref().unwrap_or_default(),
            d.about.as_deref().unwrap_or_default(),
            categories.as_str(),
            flag(d.ongoing == Some(true), "ongoing"),
            flag(d.avoid_commune, "avoid"),
        ];
        Likeness::of(&self.key, &self.fillers, text, &told)
    }

    pub(crate) const fn rules(&self) -> &Rules {
        &self.rules
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge(&self, a: &Arriving<'_>, fold: FoldId, now: Timestamp) -> Judged {
        let s = a.submission;
        // Outside the lock: this is the larger part of the work.
        let likeness = self.likeness(&s.text, &s.details);
        let urgent = s.priority <= Priority::URGENT;
        let mut memory = self.memory();
        let Memory { window, chats, load } = &mut *memory;
        // What comes by a way that is not open to floods is no sign of one.
        let flooded = a.sender != Sender::Known && load.add(&self.rules, now);
        let suspect = match a.sender {
            Sender::Known => false,
            Sender::Chat(tag) => chats.is_over(&self.rules, tag, now),
            Sender::Stranger { proven } => !proven && flooded,
        };
        let asked = Asked {
            case: a.case,
            desk: a.desk,
            priority: s.priority,
            own_rows: self.rules.own_rows(s.kind, s.priority),
            suspect: suspect && !urgent,
            unproven: a.sender == Sender::Stranger { proven: false } && !urgent,
            fold,
        };
        let placed = window.place(&self.rules, likeness, &asked, now);
        if placed.hot {
            load.note_kin(now);
        }
        let aside = placed.placing != Placing::Main;
        Judged {
            placing: placed.placing,
            registers: urgent || !(placed.suspect || placed.many),
            quiet: aside && !urgent,
        }
    }
}

impl Hotline {
    /// Turns the handling of floods on, for good. Before that every message has a row of its own.
    pub fn watch_for_floods(&self, rules: Rules) -> Result<(), Error> {
        self.know_floods(rules, true)
    }

    /// Tells the rules without weighing anything: what was put aside before can still be cleared and confirmed.
    pub fn know_floods(&self, rules: Rules, watching: bool) -> Result<(), Error> {
        let key = Key::new(self.entropy().bytes()?);
        // Told twice, the first stands.
        let _first = self.flood_cell().set(Flood::new(rules, key, watching));
        Ok(())
    }

    fn flood(&self) -> Option<&Flood> {
        self.flood_cell().get().filter(|f| f.watching)
    }

    /// What bulk acts go by, whether or not floods are watched for.
    pub(crate) fn sweeper(&self) -> Option<&Flood> {
        self.flood_cell().get()
    }

    /// Decides in which row a message will be shown.
    pub(crate) fn weigh(&self, arriving: &Arriving<'_>) -> Result<Judged, Error> {
        let Some(flood) = self.flood() else { return Ok(Judged::PLAIN) };
        let fold = FoldId::random(self.entropy())?;
        Ok(flood.judge(arriving, fold, self.now()))
    }

    /// Learns from the commit where a case is shown: the row it was to go beneath may have been gone.
    pub(crate) fn stands(&self, placing: Placing, case: CaseId, aside: Aside) {
        if let (Some(flood), Placing::Under { fold, .. }) = (self.flood(), placing)
            && !matches!(aside, Aside::Folded(_))
        {
            flood.memory().window.lead(fold, case, aside == Aside::Side);
        }
    }

    /// Whether strangers are asked to take some trouble now. Who does not is heard as well, in the side queue.
    #[must_use]
    pub fn asks_for_proof(&self) -> bool {
        self.flood().is_some_and(|f| f.memory().load.asks(&f.rules, self.now()))
    }

    /// The question of a form with this token: the same token asks the same, on every node.
    #[must_use]
    pub fn question(&self, token: &str) -> Option<Sum> {
        let [a, b, ..] = sha256(&[b"tinan/question", token.as_bytes()]);
        self.flood().map(|f| f.rules.question([a, b]))
    }

    /// A number in words, as the question says it.
    #[must_use]
    pub fn number_in_words(&self, locale: crate::domain::locale::Locale, number: u8) -> String {
        self.flood().map_or_else(|| number.to_string(), |f| f.rules.in_words(locale, number))
    }

    /// Whether an answer to the question of a form is right.
    #[must_use]
    pub fn is_answered(&self, token: &str, answer: &str) -> bool {
        let sum = self.question(token);
        self.flood().zip(sum).is_some_and(|(f, sum)| f.rules.answered(sum, answer))
    }

    /// What a script is asked to do now; nothing when there is no flood.
    #[must_use]
    pub fn work_wanted(&self) -> Option<Work> {
        let flood = self.flood().filter(|_| self.asks_for_proof())?;
        Some(Work { bits: flood.rules.proof_bits(), slot: flood.rules.slot(self.now().as_millis()) })
    }

    /// Whether a header proves work on this very body, in this slot of time or the one before.
    #[must_use]
    pub fn is_worked_for(&self, proof: &str, body: &[u8]) -> bool {
        let Some(flood) = self.flood() else { return false };
        let slot = flood.rules.slot(self.now().as_millis());
        [slot, slot - 1]
            .into_iter()
            .any(|slot| is_proof(Work { bits: flood.rules.proof_bits(), slot }, proof, body))
    }

    /// Gives rows back whose head is gone while cases wait beneath them. Every step does so itself; this finds what a
    /// hand in the database, or a fault of ours, has left.
    pub(crate) async fn settle_folds(&self) -> Result<(), Error> {
        let stranded = self.store().read().await?.stranded_folds().await?;
        if stranded.is_empty() {
            return Ok(());
        }
        tracing::warn!(rows = stranded.len(), "rows had lost their head and have a new one");
        self.writer()
            .run(move |tx: &mut Tx| -> writer::Work<'_, Result<(), Error>> {
                let stranded = stranded.clone();
                Box::pin(async move {
                    for fold in stranded {
                        tx.settle_fold(fold).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// How an alarm is put off for what is shown aside.
    pub(crate) fn side_alarm(&self, alarm: Timestamp) -> Timestamp {
        self.flood().map_or(alarm, |f| alarm.max(self.now().minute().plus(f.rules.side_alarm())))
    }
}

#[cfg(test)]
mod tests;
