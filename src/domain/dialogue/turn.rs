//! One step under way: the state as it becomes, and the effects so far.

use super::effect::{Arg, Button, Effect, Say};
use super::state::{Stage, State};
use super::{Facts, Kind};
use crate::kernel::Timestamp;

/// Menu tokens: they work from any message, however old.
pub(super) mod menu {
    pub(crate) const TIP: &str = "m:tip";
    pub(crate) const HELP: &str = "m:help";
    pub(crate) const CODE: &str = "m:code";
    pub(crate) const OFFICIALS: &str = "m:officials";
    pub(crate) const LANG: &str = "m:lang";
    pub(crate) const FORGET: &str = "m:forget";
    pub(crate) const FORGET_NOW: &str = "m:forget-now";
    pub(crate) const KEEP: &str = "m:keep";
    pub(crate) const COPIED: &str = "m:copied";
    pub(crate) const CALL: &str = "m:call";
    /// Followed by the number of an open case, and what is chosen about its call-back.
    pub(crate) const CALL_OF: &str = "c:";
    /// Followed by the number of an open case.
    pub(crate) const ALERT: &str = "m:alert:";
    /// Followed by what the service gave for a desk's words.
    pub(crate) const VIEW: &str = "v:";
    pub(crate) const RESEND: &str = "r:";
    /// Between that and the number of the case the words are of.
    pub(crate) const OF_CASE: char = '.';
}

/// A step under way.
pub(super) struct Turn<'a> {
    pub(super) state: State,
    pub(super) facts: &'a Facts<'a>,
    pub(super) now: Timestamp,
    effects: Vec<Effect>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(state: State, facts: &'a Facts<'a>, now: Timestamp) -> Self {
        Self { state, facts, now, effects: Vec::new() }
    }

    pub(super) fn end(self) -> (State, Vec<Effect>) {
        (self.state, self.effects)
    }

    pub(super) fn emit(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn say(&mut self, say: Say) {
        self.effects.push(Effect::Say(say));
    }

    pub(super) fn say_plain(&mut self, phrase: &'static str) {
        self.say(Say::new(phrase));
    }

    pub(super) fn erase(&mut self, message: Option<String>) {
        self.effects.extend(message.map(Effect::Erase));
    }

    pub(super) fn wake_at(&mut self, at: Timestamp) {
        self.state.wake = Some(at);
        self.effects.push(Effect::WakeAt(at));
    }

    pub(super) fn no_wake(&mut self) {
        if self.state.wake.take().is_some() {
            self.effects.push(Effect::NoWake);
        }
    }

    /// The number of the next screen. A talk begins at the second it is, so that a button kept from a talk that
    /// was forgotten cannot be taken for one of today.
    pub(super) fn next_seq(&self) -> u32 {
        let first = u32::try_from(self.now.as_secs().rem_euclid(1 << 31)).unwrap_or(1);
        if self.state.seq == 0 { first } else { self.state.seq.saturating_add(1) }
    }

    /// Five short lines and three buttons; a draft that waits is shown again, so that it is not forgotten.
    pub(super) fn start(&mut self, payload: Option<&str>) {
        self.state.calling = None;
        let say = Say::new("chat.start")
            .with("service", Arg::Text(self.facts.service.to_owned()))
            .with("body", Arg::Text(self.facts.body.to_owned()))
            .with("channel", Arg::Text(self.facts.channel.to_owned()))
            .row(vec![Button::new("chat.button.tip", menu::TIP)])
            .row(vec![Button::new("chat.button.help", menu::HELP)])
            .row(vec![Button::new("chat.button.code", menu::CODE)]);
        self.say(say);
        match payload {
            Some("tip") => self.ask_words(Kind::Tips),
            Some("help") => self.ask_words(Kind::Counselling),
            Some("code") => self.ask_code("chat.code.ask"),
            _ => self.remind(),
        }
    }

    /// What can be said here, who reads it, and how to be forgotten.
    pub(super) fn help(&mut self, phrase: &'static str) {
        let say = Say::new(phrase)
            .with("body", Arg::Text(self.facts.body.to_owned()))
            .with("channel", Arg::Text(self.facts.channel.to_owned()))
            .with("web", Arg::Text(self.facts.web.to_owned()))
            .row(vec![Button::new("chat.button.tip", menu::TIP), Button::new("chat.button.help", menu::HELP)])
            .row(vec![
                Button::new("chat.button.code", menu::CODE),
                Button::new("chat.button.lang", menu::LANG),
            ])
            .row(vec![Button::new("chat.button.forget", menu::FORGET)]);
        self.say(say);
    }

    /// Asks for the words of a new matter. Words already held stay where they are and are shown again.
    pub(super) fn ask_words(&mut self, kind: Kind) {
        self.state.answering = None;
        self.state.calling = None;
        if self.state.draft().is_some() {
            self.say_plain("chat.still_held");
            self.reshow();
            return;
        }
        self.state.stage = Stage::Writing(kind);
        match kind {
            Kind::Tips => {
                let button = Button::new("chat.button.officials", menu::OFFICIALS);
                self.say(Say::new("chat.write.tip").row(vec![button]));
            }
            Kind::Counselling => self.say_plain("chat.write.help"),
            Kind::Oversight if self.facts.oversight => self.say_plain("chat.write.officials"),
            Kind::Oversight => self.say_plain("chat.write.no_oversight"),
        }
    }

    /// Asks for a code; a draft that waits keeps waiting.
    pub(super) fn ask_code(&mut self, phrase: &'static str) {
        self.state.calling = None;
        if self.state.draft().is_none() {
            self.state.stage = Stage::Code;
        }
        self.say(Say::new(phrase).with("web", Arg::Text(self.facts.web.to_owned())));
    }

    /// One question before the way back is deleted.
    pub(super) fn ask_forget(&mut self) {
        let say = Say::new("chat.forget.ask").row(vec![
            Button::new("chat.button.forget_now", menu::FORGET_NOW),
            Button::new("chat.button.keep", menu::KEEP),
        ]);
        self.say(say);
    }

    /// Deletes the way back at once; numbering goes on, so that old buttons stay old.
    pub(super) fn forget(&mut self) {
        let screen = self.state.shown_as.take();
        self.erase(screen);
        self.no_wake();
        let seq = self.next_seq();
        self.state = State::new(self.state.locale);
        self.state.seq = seq;
        self.say(Say::new("chat.forget.done").with("channel", Arg::Text(self.facts.channel.to_owned())));
        self.emit(Effect::Forget);
    }

    pub(super) fn switch_language(&mut self) {
        self.state.locale = self.state.locale.other();
        self.say_plain("chat.lang.done");
        self.remind();
    }

    /// Shows a waiting draft again; without one nothing happens.
    pub(super) fn remind(&mut self) {
        if self.state.draft().is_some() {
            self.reshow();
        }
    }
}
