//! The fields of a call-back on staff pages: a number, an hour of those offered, and what may be said. They are there on
//! counselling pages only.

use crate::console::forms::Fields;
use crate::console::member::Member;
use crate::domain::callback::{Discretion, Slot};
use crate::kernel::Timestamp;
use crate::service::callback::Asked;
use crate::text::{day, hours, weekday};

/// What was typed.
#[derive(Default)]
pub(in crate::console) struct Typed {
    pub(in crate::console) number: String,
    slot: String,
    say: String,
    /// The person asked for it themselves.
    pub(in crate::console) asked_for: bool,
}

/// Something to choose.
pub(in crate::console) struct Choice {
    pub(in crate::console) value: String,
    pub(in crate::console) label: String,
    pub(in crate::console) chosen: bool,
}

/// The fields as a page shows them.
pub(in crate::console) struct Offer {
    pub(in crate::console) typed: Typed,
    pub(in crate::console) slots: Vec<Choice>,
    pub(in crate::console) says: Vec<Choice>,
}

impl Typed {
    pub(in crate::console) fn read(fields: &Fields) -> Self {
        let short = |name: &str| fields.trimmed(name).chars().take(60).collect::<String>();
        Self {
            number: short("callback_number"),
            slot: short("callback_slot"),
            say: short("callback_say"),
            asked_for: fields.get("callback_asked") == "yes",
        }
    }

    /// Whether anything about a call-back was filled in.
    pub(in crate::console) fn any(&self) -> bool {
        self.asked_for || !self.number.is_empty() || !self.slot.is_empty()
    }

    pub(in crate::console) fn asked(&self) -> Asked {
        Asked {
            number: self.number.clone(),
            from: moment(&self.slot),
            say: Discretion::parse(&self.say).unwrap_or(Discretion::NameOnly),
        }
    }
}

/// The beginning of an hour as a form names it, in seconds.
pub(super) fn moment(text: &str) -> Timestamp {
    Timestamp::from_millis(text.trim().parse::<i64>().unwrap_or(0).saturating_mul(1000))
}

impl Offer {
    pub(in crate::console) fn new(member: &Member, typed: Typed) -> Self {
        let chosen = Discretion::parse(&typed.say).unwrap_or(Discretion::NameOnly);
        let says = Discretion::ALL.into_iter().map(|d| Choice {
            value: d.as_str().to_owned(),
            label: said(member, d),
            chosen: d == chosen,
        });
        Self { slots: slots(member, &typed.slot), says: says.collect(), typed }
    }
}

/// The hours that can be chosen now.
pub(super) fn slots(member: &Member, typed: &str) -> Vec<Choice> {
    let offered = member.hotline.callback_slots();
    let choice = |slot: Slot| {
        let value = slot.from().as_secs().to_string();
        Choice { chosen: value == typed, value, label: appointment(member, slot) }
    };
    offered.into_iter().map(choice).collect()
}

/// An hour in words.
pub(in crate::console) fn appointment(member: &Member, slot: Slot) -> String {
    let (from, to) = (slot.from(), slot.to());
    format!("{} {}, {}", member.t.say(weekday(from)), day(from), hours(from, to))
}

fn said(member: &Member, say: Discretion) -> String {
    match say {
        Discretion::NameOnly => {
            member.t.fill("callback.name_only", "name", member.hotline.callback_rules().caller())
        }
        Discretion::MaySay => member.t.say("callback.may_say"),
    }
}
