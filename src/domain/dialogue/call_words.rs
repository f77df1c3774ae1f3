//! What people say about a call in words of their own: that they want none, at what hour, whose number it is.

use super::calling::{Calling, Typed, stop, token};
use super::effect::{Addition, Arg, Button, Effect, Say};
use super::receive::fits;
use super::state::Stage;
use super::turn::Turn;
use super::{Kind, OpenCase, Slot};

impl Turn<'_> {
    /// Whether a call is being asked for and is not yet noted.
    pub(super) fn wants_number(&self) -> bool {
        self.state.calling.is_some_and(|calling| !calling.asked && self.callable(calling.case).is_some())
    }

    fn callables(&self) -> Vec<OpenCase> {
        self.facts.open.iter().filter_map(|o| self.callable(o.case)).collect()
    }

    pub(super) fn any_callable(&self) -> bool {
        !self.callables().is_empty()
    }

    /// A call that stands is refused in words: they still reach the counsellor, unless they tell of something else, and
    /// one press calls it off. False where no call stands.
    pub(super) fn refuses_call_that_stands(&mut self, text: &str, message: Option<&String>) -> bool {
        let standing = self.callables().into_iter().find_map(|open| Some((open, open.call?)));
        let Some((open, slot)) = standing else { return false };
        self.state.calling = None;
        let reading = self.reading(text);
        if fits(Kind::Counselling, &reading) {
            let (text, case) = (text.to_owned(), open.case);
            let addition = Addition { case, text, files: Vec::new(), edited: false, reading };
            self.emit(Effect::AddToCase(Box::new(addition)));
            self.say_plain("chat.added");
        } else {
            self.words(text, message.cloned());
        }
        let say = Say::new("callback.chat.off_ask")
            .with("slot", Arg::Appointment(slot))
            .row(vec![Button::new("callback.chat.off", token(open.case, ":off"))])
            .row(vec![Button::new("callback.chat.change", token(open.case, ""))]);
        self.say(say);
        true
    }

    /// An hour typed where hours of a day are shown is the choice of that hour, if it is one of them.
    pub(super) fn typed_hour(&mut self, open: OpenCase, calling: Calling, text: &str) -> bool {
        let Some(day) = calling.day else { return false };
        let meant = self.facts.sayings.hours(text);
        let slot = |hour: &u32| self.slot_at(day, *hour);
        let Some(slot) = meant.iter().find_map(slot) else { return false };
        self.ask_number(open, slot.from().as_secs());
        true
    }

    fn slot_at(&self, day: i64, hour: u32) -> Option<Slot> {
        self.facts.hours.iter().find(|slot| slot.day() == day && slot.clock_hour() == hour).copied()
    }

    /// A number among other words: nobody is called, and nothing goes anywhere, before its person has said whose it is.
    /// The state of a talk holds no number, so neither is kept.
    pub(super) fn ask_whose(&mut self, open: OpenCase, calling: Calling, message: Option<&String>) {
        self.erase(message.cloned());
        let say = Say::new("callback.chat.whose")
            .row(vec![Button::new("callback.chat.others", token(open.case, ":other"))])
            .row(vec![stop(open.case)]);
        self.say(say);
        if calling.hour.is_none() {
            self.ask_day(open, "callback.chat.not_yet");
        }
    }

    /// It was somebody else's: what is written next is words again.
    pub(super) fn number_of_others(&mut self) {
        self.state.calling = None;
        self.say_plain("callback.chat.others_told");
    }

    /// A bare number that nobody asked for, from somebody who talks with a counsellor: perhaps they want to be called.
    /// It goes to no thread unasked, and is not kept.
    pub(super) fn number_unasked(&mut self, text: &str, message: Option<&String>) -> bool {
        let answers_other = self
            .facts
            .open
            .iter()
            .any(|o| Some(o.case) == self.state.answering && self.callable(o.case).is_none());
        let free = matches!(self.state.stage, Stage::Idle) && !answers_other;
        let callables = self.callables();
        if !free
            || callables.is_empty()
            || !matches!(Typed::read(text, self.facts.callbacks), Typed::Number(_))
        {
            return false;
        }
        self.erase(message.cloned());
        match callables.as_slice() {
            [one] => self.ask_day(*one, "callback.chat.this_number"),
            _ => self.call_menu(),
        }
        true
    }
}
