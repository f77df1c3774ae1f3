//! What the service found or did, told to the citizen.

use super::effect::{Arg, Button, Effect, Handle, How, Say};
use super::state::{CaseRef, Stage};
use super::turn::{Turn, menu};
use super::{Kind, Line, Receipt, Said};

/// The most lines shown behind a code; older ones stay on the citizen pages.
const MOST_LINES: usize = 20;

/// Tells that a desk wrote, and nothing of what: a lock screen must not betray. `token` is the service's own
/// name for the words, at most 50 bytes and no id of ours; it comes back as [`Effect::View`] with `v:` before it and
/// the number of the case behind it.
#[must_use]
pub fn announce(token: &str, case: CaseRef) -> Say {
    Say::new("chat.announce").row(vec![Button::new("chat.button.view", super::word::view(token, case))])
}

/// Offers to open a counselling case after a desk found that a report is really a call for help. Nothing of the
/// report is passed on; the citizen writes anew, or not.
#[must_use]
pub fn offer_counselling() -> Say {
    Say::new("chat.rehab.offer").row(vec![Button::new("chat.button.help", menu::HELP)])
}

impl Turn<'_> {
    /// The number of a draft's screen. A screen that is over repeats words that may be gone: deleted.
    pub(super) fn sent(&mut self, handle: Handle, message: String) {
        if handle.0 == self.state.seq && self.state.draft().is_some() {
            self.state.shown_as = Some(message);
        } else {
            self.emit(Effect::Erase(message));
        }
    }

    /// Who called for somebody on duty hears that first, and nothing after the code that could wait.
    pub(super) fn submitted(&mut self, kind: Kind, how: How, (receipt, case): (Receipt, CaseRef)) {
        if how == How::Alert {
            self.say_plain("chat.alerted");
        }
        let phrase = match kind {
            Kind::Tips => "chat.received.tip",
            Kind::Counselling => "chat.received.counsel",
            Kind::Oversight => "chat.received.oversight",
        };
        let wait = self.facts.waits.receipt_erase;
        let say = Say::new(phrase)
            .with("receipt", Arg::Receipt(receipt))
            .with("erase", Arg::Span(wait))
            .with("own", Arg::Span(self.facts.waits.own_words))
            .with("web", Arg::Text(self.facts.web.to_owned()))
            .row(vec![Button::new("chat.button.copied", menu::COPIED)]);
        self.say(say.fleeting(wait));
        if how != How::Alert {
            self.offer_call(kind, case);
        }
    }

    /// The state in plain words, then the newest lines that the receipt opens.
    pub(super) fn found(&mut self, state: &'static str, lines: Vec<Line>) {
        self.leave_code();
        let typed = self.state.guess.take().and_then(|part| part.message);
        self.erase(typed);
        let wait = self.facts.waits.view_erase;
        let skip = lines.len().saturating_sub(MOST_LINES);
        let say =
            Say::new("chat.code.found").with("state", Arg::Phrase(state)).with("erase", Arg::Span(wait));
        self.say(say.fleeting(wait));
        if skip > 0 {
            let older = Say::new("chat.code.older").with("web", Arg::Text(self.facts.web.to_owned()));
            self.say(older.fleeting(wait));
        }
        for line in lines.into_iter().skip(skip) {
            let at = Arg::Moment(line.at);
            let say = match line.said {
                Said::Own(None) => Say::new("chat.code.own_hidden").with("at", at),
                Said::Own(Some(text)) => {
                    Say::new("chat.code.own").with("at", at).with("text", Arg::Text(text))
                }
                Said::Desk(text) => Say::new("chat.code.desk").with("at", at).with("text", Arg::Text(text)),
            };
            self.say(say.fleeting(wait));
        }
    }

    pub(super) fn not_found(&mut self) {
        if let Some(part) = self.state.guess.take()
            && self.were_words(part)
        {
            return;
        }
        self.leave_code();
        self.say(Say::new("chat.code.not_found").with("web", Arg::Text(self.facts.web.to_owned())));
    }

    pub(super) fn leave_code(&mut self) {
        if matches!(self.state.stage, Stage::Code) {
            self.state.stage = Stage::Idle;
        }
    }

    /// The desk's words, for a while; what is typed next is the answer.
    pub(super) fn opened(&mut self, text: String, case: CaseRef) {
        let wait = self.facts.waits.view_erase;
        self.say(Say::new("chat.view.content").with("text", Arg::Text(text)).fleeting(wait));
        if matches!(self.state.stage, Stage::Writing(_) | Stage::Code) {
            self.state.stage = Stage::Idle;
        }
        self.state.answering = Some(case);
        let hint = if self.state.draft().is_some() { "chat.view.held" } else { "chat.view.answer" };
        self.say(Say::new(hint).with("erase", Arg::Span(wait)));
    }

    pub(super) fn expired(&mut self, token: &str) {
        let again = token.replacen(menu::VIEW, menu::RESEND, 1);
        let say = Say::new("chat.view.expired")
            .row(vec![Button::new("chat.button.resend", again)])
            .row(vec![Button::new("chat.button.code", menu::CODE)]);
        self.say(say);
    }
}
