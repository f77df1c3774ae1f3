//! Being called back, asked for in the talk itself: counselling only, and never over SMS. The hour is chosen first and the
//! number typed last, so that it is handed on in the very step in which it comes: the state of a talk never holds it.
//!
//! Only a bare number is taken. Words that hold one are words: they go where words go, and the number is asked for again
//! by itself, because somebody may be telling of another person's.

use serde::{Deserialize, Serialize};

use super::effect::{Arg, Button, Effect, Say};
use super::state::{CaseRef, Stage};
use super::turn::{Turn, menu};
use super::{Kind, OpenCase, Slot};
use crate::domain::callback::{self, PhoneNumber, Rules};
use crate::domain::wording;

/// Buttons of hours beside each other.
const A_ROW: usize = 3;
/// Fewer digits than this are no try at a number.
const FEWEST: usize = 6;

/// Where somebody is who asks to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Calling {
    case: CaseRef,
    /// The hour that was chosen; none while one is being chosen.
    hour: Option<Slot>,
    /// It was asked for: a number that comes now corrects the one before.
    #[serde(default)]
    asked: bool,
}

/// What somebody typed where a number was wanted.
enum Typed {
    Number(PhoneNumber),
    /// A try at a number.
    Slip,
    /// A few digits, as if to choose from a list.
    Digits,
    Words,
}

impl Typed {
    fn read(text: &str, rules: &Rules) -> Self {
        let says_more = |word: &str| {
            let bare = wording::folded(word);
            !bare.is_empty() && !rules.fills(&bare)
        };
        let told = |word: &&str| word.chars().any(|c| c.is_ascii_digit()) || says_more(word);
        let bare = text.split_whitespace().filter(told).collect::<Vec<_>>().join(" ");
        let digits = bare.chars().filter(char::is_ascii_digit).count();
        match PhoneNumber::parse(bare.trim_matches([',', ':', ';', '!', '.'])) {
            Ok(number) => Self::Number(number),
            Err(_) if bare.chars().any(char::is_alphabetic) || digits == 0 => Self::Words,
            Err(_) if digits < FEWEST => Self::Digits,
            Err(_) => Self::Slip,
        }
    }
}

/// What is said when a case has just gone to a counsellor.
pub(super) fn offer(case: CaseRef) -> Say {
    let no = Button::new("callback.chat.no", token(case, ":no"));
    Say::new("callback.chat.offer").row(vec![yes(case)]).row(vec![no])
}

fn token(case: CaseRef, action: &str) -> String {
    format!("{}{}{action}", menu::CALL_OF, case.0)
}

fn yes(case: CaseRef) -> Button {
    Button::new("callback.chat.yes", token(case, ""))
}

fn stop(case: CaseRef) -> Button {
    Button::new("callback.chat.stop", token(case, ":no"))
}

/// What can be done about a call that was asked for.
fn about(say: Say, case: CaseRef) -> Say {
    say.row(vec![Button::new("callback.chat.change", token(case, ""))])
        .row(vec![Button::new("callback.chat.off", token(case, ":off"))])
}

impl Turn<'_> {
    /// The open talk with a counsellor that a chat names so. A case of another lane is not found: it is never called.
    fn callable(&self, case: CaseRef) -> Option<OpenCase> {
        let open = self.facts.open.iter().find(|o| o.case == case).copied()?;
        callback::CallBack::offered(open.kind).is_ok().then_some(open)
    }

    /// The words or the command for it: about the one talk there is, or the one that is chosen.
    pub(super) fn call_menu(&mut self) {
        let all: Vec<OpenCase> = self.facts.open.iter().filter_map(|o| self.callable(o.case)).collect();
        match all.as_slice() {
            [] => self.no_talk(),
            [one] => self.call_stands(*one),
            many => {
                let mut say = Say::new("callback.chat.which");
                for open in many {
                    let mut button = Button::new("chat.button.case", token(open.case, ""));
                    let n = usize::from(open.case.0);
                    button.args = vec![("day", Arg::Day(open.opened)), ("n", Arg::Count(n))];
                    say = say.row(vec![button]);
                }
                self.say(say);
            }
        }
    }

    fn no_talk(&mut self) {
        let help = Button::new("chat.button.help", menu::HELP);
        self.say(Say::new("callback.chat.no_talk").row(vec![help]));
    }

    /// A button about a call: `N`, `N:no`, `N:off`, `N:dDAY` or `N:hSECONDS`.
    pub(super) fn call_press(&mut self, rest: &str) {
        let (case, action) = rest.split_once(':').unwrap_or((rest, ""));
        let Some(open) = case.parse().ok().map(CaseRef).and_then(|case| self.callable(case)) else {
            self.state.calling = None;
            self.say_plain("chat.stale");
            return;
        };
        let number = |mark: char| action.strip_prefix(mark).and_then(|n| n.parse::<i64>().ok());
        match (action, number('d'), number('h')) {
            ("", ..) => self.ask_day(open, "callback.chat.day"),
            ("no", ..) => self.no_call(open),
            ("off", ..) => self.call_off(open),
            (_, Some(day), _) => self.ask_hour(open, day),
            (_, _, Some(from)) => self.ask_number(open, from),
            _ => self.say_plain("chat.stale"),
        }
    }

    /// What was asked for and what can be done about it, or the days to choose from.
    fn call_stands(&mut self, open: OpenCase) {
        match open.call {
            Some(slot) => {
                let say = Say::new("callback.chat.stands").with("slot", Arg::Appointment(slot));
                self.say(about(say, open.case));
            }
            None => self.ask_day(open, "callback.chat.day"),
        }
    }

    fn ask_day(&mut self, open: OpenCase, phrase: &'static str) {
        let mut days: Vec<&Slot> = self.facts.hours.iter().collect();
        days.dedup_by_key(|slot| slot.day());
        if days.is_empty() {
            self.state.calling = None;
            self.say_plain("callback.none_offered");
            return;
        }
        self.stop_writing();
        self.state.calling = Some(Calling { case: open.case, hour: None, asked: false });
        let mut say = Say::new(phrase);
        for slot in days {
            let mut button =
                Button::new("callback.chat.pick_day", token(open.case, &format!(":d{}", slot.day())));
            button.args = vec![("day", Arg::Weekday(slot.from()))];
            say = say.row(vec![button]);
        }
        self.say(say.row(vec![stop(open.case)]));
    }

    /// What comes next is about the call.
    fn stop_writing(&mut self) {
        if matches!(self.state.stage, Stage::Writing(_) | Stage::Code) {
            self.state.stage = Stage::Idle;
        }
    }

    fn ask_hour(&mut self, open: OpenCase, day: i64) {
        let hours: Vec<Slot> = self.facts.hours.iter().filter(|slot| slot.day() == day).copied().collect();
        let Some(first) = hours.first() else {
            self.ask_day(open, "callback.chat.hour_gone");
            return;
        };
        self.state.calling = Some(Calling { case: open.case, hour: None, asked: false });
        let mut say = Say::new("callback.chat.hour").with("day", Arg::Weekday(first.from()));
        for row in hours.chunks(A_ROW) {
            let button = |slot: &Slot| {
                let from = format!(":h{}", slot.from().as_secs());
                let mut button = Button::new("callback.chat.pick_hour", token(open.case, &from));
                button.args = vec![("hours", Arg::Hours(*slot))];
                button
            };
            say = say.row(row.iter().map(button).collect());
        }
        let other = Button::new("callback.chat.other_day", token(open.case, ""));
        self.say(say.row(vec![other, stop(open.case)]));
    }

    /// What the messenger can see is said before the number is typed.
    fn ask_number(&mut self, open: OpenCase, from: i64) {
        let Some(slot) = self.facts.hours.iter().find(|slot| slot.from().as_secs() == from).copied() else {
            self.ask_day(open, "callback.chat.hour_gone");
            return;
        };
        self.stop_writing();
        self.state.calling = Some(Calling { case: open.case, hour: Some(slot), asked: false });
        let say = Say::new("callback.chat.number")
            .with("slot", Arg::Appointment(slot))
            .with("name", Arg::Text(self.facts.callbacks.caller().to_owned()))
            .with("channel", Arg::Text(self.facts.channel.to_owned()))
            .with("web", Arg::Text(self.facts.web.to_owned()));
        self.say(say.row(vec![stop(open.case)]));
    }

    fn no_call(&mut self, open: OpenCase) {
        self.state.calling = None;
        match open.call {
            Some(_) => self.call_stands(open),
            None => self.say(Say::new("callback.chat.declined").row(vec![yes(open.case)])),
        }
    }

    fn call_off(&mut self, open: OpenCase) {
        self.state.calling = None;
        if open.call.is_some() {
            self.emit(Effect::CallOff(open.case));
            self.say_plain("callback.own.withdrawn");
        } else {
            self.say_plain("callback.own.over");
        }
    }

    /// Leaves what was begun and not yet asked for; true if there was something.
    pub(super) fn leave_call(&mut self) -> bool {
        let left = self.state.calling.take().filter(|calling| !calling.asked);
        let Some(open) = left.and_then(|calling| self.callable(calling.case)) else { return false };
        self.no_call(open);
        true
    }

    /// Whether what was typed is about a call that is being asked for; then it is dealt with. A number, right or wrong,
    /// stands nowhere afterwards but in the effect that seals it, and its message is deleted where that can be done.
    pub(super) fn call_text(&mut self, text: &str, message: Option<&String>) -> bool {
        let Some(calling) = self.state.calling else { return false };
        let typed = Typed::read(text, self.facts.callbacks);
        let Some(open) = self.callable(calling.case) else {
            self.state.calling = None;
            return self.call_too_late(&typed, message);
        };
        match (typed, calling.hour) {
            (Typed::Number(number), Some(slot)) => {
                self.erase(message.cloned());
                self.call_number(open, slot, number);
            }
            (Typed::Number(_) | Typed::Slip, None) => {
                self.erase(message.cloned());
                self.ask_day(open, "callback.chat.hour_first");
            }
            (Typed::Digits, None) => self.ask_day(open, "callback.chat.day"),
            (Typed::Slip, Some(_)) if !calling.asked => {
                self.erase(message.cloned());
                self.say(Say::new("callback.chat.wrong_number").row(vec![stop(open.case)]));
            }
            (Typed::Words | Typed::Digits | Typed::Slip, _) => return false,
        }
        true
    }

    /// The talk was closed while its person looked for the number. It is still none of the words, which would keep it
    /// for good, and perhaps in a case of another lane.
    fn call_too_late(&mut self, typed: &Typed, message: Option<&String>) -> bool {
        let number = matches!(typed, Typed::Number(_) | Typed::Slip);
        if number {
            self.erase(message.cloned());
            self.no_talk();
        }
        number
    }

    fn call_number(&mut self, open: OpenCase, slot: Slot, number: PhoneNumber) {
        if !self.facts.hours.contains(&slot) {
            self.ask_day(open, "callback.chat.hour_gone");
            return;
        }
        self.state.calling = Some(Calling { case: open.case, hour: Some(slot), asked: true });
        self.emit(Effect::Call { case: open.case, number, hour: slot });
        let say = Say::new("callback.chat.done").with("slot", Arg::Appointment(slot));
        self.say(about(say, open.case));
    }

    /// After other words: a number is still wanted, or nothing is any more.
    pub(super) fn call_goes_on(&mut self) {
        let Some(Calling { case, hour: Some(_), asked: false }) = self.state.calling else {
            self.state.calling = None;
            return;
        };
        if self.callable(case).is_some() {
            self.say(Say::new("callback.chat.still").row(vec![stop(case)]));
        }
    }

    /// A case that has just gone to a counsellor: its person can ask to be called, if there are hours.
    pub(super) fn offer_call(&mut self, kind: Kind, case: CaseRef) {
        if callback::CallBack::offered(kind).is_ok() && !self.facts.hours.is_empty() {
            self.say(offer(case));
        }
    }
}
