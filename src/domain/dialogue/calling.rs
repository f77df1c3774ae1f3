//! Being called back, asked for in the talk itself: counselling only, and never over SMS. The hour is chosen first and the
//! number typed last, so that it is handed on in the very step in which it comes: the state of a talk never holds it.
//!
//! Only a bare number is taken. Words that hold one go nowhere before their person has said whose it is, and are not kept
//! meanwhile ([0029](../../../docs/decisions/0029-whose-number-it-is-is-asked.md)); other words go where words go.

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
/// A number is written in no more pieces than this.
const PIECES: usize = 5;

/// Where somebody is who asks to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Calling {
    pub(super) case: CaseRef,
    /// The hour that was chosen; none while one is being chosen.
    pub(super) hour: Option<Slot>,
    /// The day whose hours were shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) day: Option<i64>,
    /// It was asked for: a number that comes now corrects the one before.
    #[serde(default)]
    pub(super) asked: bool,
}

/// What somebody typed where a number was wanted.
pub(super) enum Typed {
    Number(PhoneNumber),
    /// A try at a number.
    Slip,
    /// A few digits, as if to choose from a list.
    Digits,
    /// Words around a number that could be called.
    Told,
    Words,
}

impl Typed {
    pub(super) fn read(text: &str, rules: &Rules) -> Self {
        let says_more = |word: &str| {
            let bare = wording::folded(word);
            !bare.is_empty() && !rules.fills(&bare)
        };
        let told = |word: &&str| word.chars().any(|c| c.is_ascii_digit()) || says_more(word);
        let bare = text.split_whitespace().filter(told).collect::<Vec<_>>().join(" ");
        let digits = bare.chars().filter(char::is_ascii_digit).count();
        match PhoneNumber::parse(bare.trim_matches([',', ':', ';', '!', '.'])) {
            Ok(number) => Self::Number(number),
            Err(_) if bare.chars().any(char::is_alphabetic) && holds_number(text) => Self::Told,
            Err(_) if bare.chars().any(char::is_alphabetic) || digits == 0 => Self::Words,
            Err(_) if digits < FEWEST => Self::Digits,
            Err(_) => Self::Slip,
        }
    }
}

/// Whether some of the words, alone or together, are a number that could be called.
fn holds_number(text: &str) -> bool {
    let signs = |c: char| !c.is_alphanumeric() && c != '+';
    let ends = |c: char| c.is_whitespace() || matches!(c, ':' | ',' | ';' | '/');
    let words: Vec<&str> = text.split(ends).map(|w| w.trim_matches(signs)).collect();
    let number = |words: &[&str]| PhoneNumber::parse(&words.concat()).is_ok();
    (0..words.len()).any(|from| {
        (from + 1..=words.len().min(from + PIECES)).any(|to| words.get(from..to).is_some_and(number))
    })
}

/// What is said when a case has just gone to a counsellor.
pub(super) fn offer(case: CaseRef) -> Say {
    let no = Button::new("callback.chat.no", token(case, ":no"));
    Say::new("callback.chat.offer").row(vec![yes(case)]).row(vec![no])
}

pub(super) fn token(case: CaseRef, action: &str) -> String {
    format!("{}{}{action}", menu::CALL_OF, case.0)
}

fn yes(case: CaseRef) -> Button {
    Button::new("callback.chat.yes", token(case, ""))
}

pub(super) fn stop(case: CaseRef) -> Button {
    Button::new("callback.chat.stop", token(case, ":no"))
}

/// What can be done about a call that was asked for.
fn about(say: Say, case: CaseRef) -> Say {
    say.row(vec![Button::new("callback.chat.change", token(case, ""))])
        .row(vec![Button::new("callback.chat.off", token(case, ":off"))])
}

impl Turn<'_> {
    /// The open talk with a counsellor that a chat names so. A case of another lane is not found: it is never called.
    pub(super) fn callable(&self, case: CaseRef) -> Option<OpenCase> {
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
                    let labels = ("callback.chat.case", "callback.chat.case_of");
                    say = say.row(vec![self.case_button(open, labels, token(open.case, ""))]);
                }
                self.say(say);
            }
        }
    }

    pub(super) fn no_talk(&mut self) {
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
            ("other", ..) => self.number_of_others(),
            (_, Some(day), _) => self.ask_hour(open, day),
            (_, _, Some(from)) => self.ask_number(open, from),
            _ => self.say_plain("chat.stale"),
        }
    }

    /// What was asked for and what can be done about it, or the days to choose from.
    pub(super) fn call_stands(&mut self, open: OpenCase) {
        match open.call {
            Some(slot) => {
                let say = Say::new("callback.chat.stands").with("slot", Arg::Appointment(slot));
                self.say(about(say, open.case));
            }
            None => self.ask_day(open, "callback.chat.day"),
        }
    }

    pub(super) fn ask_day(&mut self, open: OpenCase, phrase: &'static str) {
        let mut days: Vec<&Slot> = self.facts.hours.iter().collect();
        days.dedup_by_key(|slot| slot.day());
        if days.is_empty() {
            self.state.calling = None;
            self.say_plain("callback.none_offered");
            return;
        }
        self.stop_writing();
        self.state.calling = Some(Calling { case: open.case, hour: None, day: None, asked: false });
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
        self.state.calling = Some(Calling { case: open.case, hour: None, day: Some(day), asked: false });
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
    pub(super) fn ask_number(&mut self, open: OpenCase, from: i64) {
        let Some(slot) = self.facts.hours.iter().find(|slot| slot.from().as_secs() == from).copied() else {
            self.ask_day(open, "callback.chat.hour_gone");
            return;
        };
        self.stop_writing();
        self.state.calling =
            Some(Calling { case: open.case, hour: Some(slot), day: Some(slot.day()), asked: false });
        let say = Say::new("callback.chat.number")
            .with("slot", Arg::Appointment(slot))
            .with("name", Arg::Text(self.facts.callbacks.caller().to_owned()))
            .with("channel", Arg::Text(self.facts.channel.to_owned()))
            .with("web", Arg::Text(self.facts.web.to_owned()));
        let other = Button::new("callback.chat.other_day", token(open.case, ""));
        self.say(say.row(vec![stop(open.case)]).row(vec![other]));
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
        let Some(calling) = self.state.calling else { return self.number_unasked(text, message) };
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
            (Typed::Told, _) if calling.asked || self.reading(text).crisis.is_some() => return false,
            (Typed::Told, _) => self.ask_whose(open, calling, message),
            (Typed::Number(_) | Typed::Slip, None) => {
                self.erase(message.cloned());
                self.ask_day(open, "callback.chat.hour_first");
            }
            (Typed::Words | Typed::Digits, None) if self.typed_hour(open, calling, text) => {}
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
        self.state.calling =
            Some(Calling { case: open.case, hour: Some(slot), day: Some(slot.day()), asked: true });
        self.emit(Effect::Call { case: open.case, number, hour: slot });
        let say = Say::new("callback.chat.done").with("slot", Arg::Appointment(slot));
        self.say(about(say, open.case));
        if self.state.draft().is_some() {
            self.say_plain("callback.chat.done_held");
            self.reshow();
        }
    }

    /// After other words: an hour or a number is still wanted, or nothing is any more.
    pub(super) fn call_goes_on(&mut self) {
        let wanted = self.state.calling.filter(|calling| !calling.asked);
        match wanted.and_then(|calling| Some((calling, self.callable(calling.case)?))) {
            Some((Calling { hour: Some(_), .. }, open)) => {
                self.say(Say::new("callback.chat.still").row(vec![stop(open.case)]));
            }
            Some((_, open)) => self.ask_day(open, "callback.chat.not_yet"),
            None => self.state.calling = None,
        }
    }

    /// A case that has just gone to a counsellor: its person can ask to be called, if there are hours.
    pub(super) fn offer_call(&mut self, kind: Kind, case: CaseRef) {
        if callback::CallBack::offered(kind).is_ok() && !self.facts.hours.is_empty() {
            self.say(offer(case));
        }
    }
}
