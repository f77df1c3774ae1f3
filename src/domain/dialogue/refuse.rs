//! A "no" in words. Where buttons stand below, people write "thôi, đừng gửi nữa": what is held then must not be glued
//! together with it and sent.

use super::effect::Say;
use super::state::{Screen, Stage};
use super::turn::Turn;

impl Turn<'_> {
    /// Whether a whole message is a refusal, or a wish to be called; then it is dealt with. The question asked last is
    /// the one that is answered. Nobody in danger is taken at such a word.
    pub(super) fn refused(&mut self, text: &str, message: Option<&String>) -> bool {
        let sayings = self.facts.sayings;
        let idle = matches!(self.state.stage, Stage::Idle);
        if self.reading(text).crisis.is_some() {
            return false;
        }
        if self.wants_number() && (sayings.never_mind(text) || sayings.calls_off(text)) {
            return self.leave_call();
        }
        if !idle && sayings.drops(text) {
            self.cancel();
            return true;
        }
        if sayings.refuses_call(text) || (idle && sayings.never_mind(text)) {
            return self.refuses_call_that_stands(text, message);
        }
        if sayings.wants_call(text) && (idle || self.any_callable()) {
            self.call_menu();
            return true;
        }
        false
    }

    /// Words that are added to what is held may refuse it: then nothing goes by itself any more, and that is asked.
    pub(super) fn heed_refusal(&mut self, text: &str) {
        let sayings = self.facts.sayings;
        let refused = sayings.refuses(text) || sayings.drops(text);
        if !refused || self.reading(text).crisis.is_some() {
            return;
        }
        if let Stage::Drafting(draft) = &mut self.state.stage
            && draft.stopped.is_none()
        {
            draft.stopped = draft.screen.or(Some(Screen::Choose));
        }
    }

    /// What is said where a draft seems not to be wanted any more.
    pub(super) fn stop_screen(&self) -> Say {
        Say::new("chat.stop_ask")
            .row(vec![self.button("chat.button.cancel", "cancel"), self.button("chat.button.send", "send")])
    }

    /// It is wanted after all.
    pub(super) fn wanted_after_all(&mut self) {
        if let Stage::Drafting(draft) = &mut self.state.stage {
            draft.stopped = None;
        }
    }
}
