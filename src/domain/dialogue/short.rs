//! The talk over SMS. Every message costs money and stays on a phone that others pick up: so there are no menus, no
//! previews and no echo of what was written. One message is enough. What comes within a short while belongs together
//! and then goes to the desk its words lean to; what leans nowhere goes to a counsellor, as undecided words do
//! everywhere. The answers say nothing of what this is about; the code comes only when it is asked for.

use super::effect::{Addition, Arg, Effect, How, Say};
use super::receive::fits;
use super::state::{Draft, Kept, Part, Screen, Stage};
use super::turn::Turn;
use super::{CaseRef, Input, Kind, same_words};
use crate::domain::receipt::Receipt;
use crate::domain::wording::{self, Crisis, Reading};

/// What brings the code.
const CODE_WORDS: [&str; 3] = ["ma", "mã", "code"];
/// What deletes the way back.
const FORGET_WORDS: [&str; 2] = ["quen", "forget"];

impl Turn<'_> {
    /// One step of a talk over SMS.
    pub(super) fn short(&mut self, input: Input) {
        match input {
            Input::Text { text, .. }
            | Input::Edited { text, .. }
            | Input::Media { caption: Some(text), .. } => self.short_text(&text),
            Input::Press { token, .. } if token.starts_with(super::turn::menu::VIEW) => {
                self.emit(Effect::View(token));
            }
            Input::Press { .. } | Input::Expired { .. } => self.say_plain("sms.nothing_new"),
            Input::Tick => self.short_tick(),
            Input::Submitted { receipt, .. } => {
                let until = self.now.plus(self.facts.waits.code_kept);
                self.state.code = Some(Kept { receipt: receipt.expose().to_string(), until });
            }
            Input::Found { state, .. } => {
                self.state.guess = None;
                self.say(Say::new("sms.found").with("state", Arg::Phrase(state)));
            }
            Input::NotFound => match self.state.guess.take() {
                Some(Part { text, .. }) => self.short_words(&text),
                None => self.say_plain("sms.not_found"),
            },
            Input::Opened { text, case } => {
                self.say(Say::new("chat.view.content").with("text", Arg::Text(text)));
                self.state.answering = Some(case);
            }
            Input::Start(_) | Input::Unsaid { .. } | Input::Media { .. } | Input::Sent { .. } => {}
        }
        self.short_wake();
    }

    fn short_text(&mut self, text: &str) {
        let is = |words: &[&str]| words.iter().any(|w| same_words(w, text));
        if is(&CODE_WORDS) {
            self.tell_code();
        } else if is(&FORGET_WORDS) {
            self.short_forget();
        } else if self.state.draft().is_some() && self.facts.sayings.drops(text) {
            self.short_drop();
        } else if super::receive::looks_like_code(text) && Receipt::parse(text).is_ok() {
            self.emit(Effect::CheckCode(text.to_owned()));
        } else if Receipt::is_spoken(text) {
            self.state.guess = Some(Part { text: text.to_owned(), message: None });
            self.emit(Effect::CheckCode(text.to_owned()));
        } else {
            self.short_words(text);
        }
    }

    /// Words are held, answered by numbers if there is a danger, and sent on at once then.
    fn short_words(&mut self, text: &str) {
        let reading = wording::read(self.facts.lexicon, text);
        if let Some(crisis) = reading.crisis {
            self.say_plain(numbers(crisis));
        }
        let gathering = self.state.draft().is_some();
        if !gathering && let Some(case) = self.short_case(&reading) {
            let text = text.to_owned();
            let urgent = reading.crisis.is_some();
            let addition = Addition { case, text, files: Vec::new(), edited: false, reading };
            self.emit(Effect::AddToCase(Box::new(addition)));
            if !urgent {
                self.say_plain("sms.received");
            }
            return;
        }
        if !gathering && reading.small_talk && reading.crisis.is_none() {
            self.say_plain("sms.hello");
            return;
        }
        self.gather(text);
        if reading.crisis.is_some() {
            self.short_send();
        } else if !gathering {
            self.say_plain("sms.received");
        }
    }

    /// The open case that words belong to: the one whose desk was just read, else the newest they may go to unasked.
    fn short_case(&self, reading: &Reading) -> Option<CaseRef> {
        let open = self.facts.open;
        let answering = open.iter().find(|o| Some(o.case) == self.state.answering);
        let newest = || open.iter().filter(|o| fits(o.kind, reading)).max_by_key(|o| o.opened);
        answering.filter(|o| fits(o.kind, reading)).or_else(newest).map(|o| o.case)
    }

    fn gather(&mut self, text: &str) {
        let part = Part { text: text.to_owned(), message: None };
        if let Stage::Drafting(draft) = &mut self.state.stage {
            draft.parts.push(part);
        } else {
            self.state.stage = Stage::Drafting(Box::new(Draft::begun(part, self.now)));
        }
        self.state.gathered = Some(self.now.plus(self.facts.waits.together));
    }

    /// Everything held goes to the desk it leans to, or to a counsellor.
    fn short_send(&mut self) {
        let Some(screen) = self.state.draft().map(|d| d.needs(self.facts)) else { return };
        self.state.gathered = None;
        match screen {
            Screen::Preview(kind) => self.submit(kind, How::Timer),
            Screen::Consent => self.submit(Kind::Counselling, How::Timer),
            Screen::Choose | Screen::NoOversight => {
                self.hand_over_silently();
            }
        }
    }

    fn short_tick(&mut self) {
        if self.state.gathered.is_some_and(|at| self.now >= at) {
            self.short_send();
        }
        if self.state.code.as_ref().is_some_and(|kept| self.now >= kept.until) {
            self.state.code = None;
        }
    }

    /// The next moment something ends by itself.
    fn short_wake(&mut self) {
        let ends = [self.state.gathered, self.state.code.as_ref().map(|kept| kept.until)];
        match ends.into_iter().flatten().min() {
            Some(at) => self.wake_at(at),
            None => self.no_wake(),
        }
    }

    /// The code of what was sent last. Words that are still gathered are sent first: they have no code before.
    fn tell_code(&mut self) {
        self.state.code.take_if(|kept| self.now >= kept.until);
        let kept = self.state.code.as_ref().and_then(|kept| Receipt::parse(&kept.receipt).ok()?.pop());
        let say = match kept {
            Some(receipt) => Say::new("sms.code").with("receipt", Arg::Receipt(receipt)),
            None if self.state.draft().is_some() => Say::new("sms.code_soon"),
            None => Say::new("sms.no_code"),
        };
        self.say(say);
    }

    /// What was gathered and is not wanted any more.
    fn short_drop(&mut self) {
        self.take_draft();
        self.state.gathered = None;
        self.say_plain("sms.dropped");
    }

    /// What was answered by "received" is sent before the way back is deleted.
    fn short_forget(&mut self) {
        self.short_send();
        self.state = super::State::new(self.state.locale);
        self.say_plain("sms.forgotten");
        self.emit(Effect::Forget);
    }
}

const fn numbers(crisis: Crisis) -> &'static str {
    match crisis {
        Crisis::Overdose => "sms.crisis.overdose",
        Crisis::Suicide => "sms.crisis.suicide",
        Crisis::Violence => "sms.crisis.violence",
        Crisis::Child => "sms.crisis.child",
    }
}
