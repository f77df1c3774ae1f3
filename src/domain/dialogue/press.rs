//! Buttons. A token is what anybody may send: it is read strictly, and an old one changes nothing.

use super::Kind;
use super::effect::{Effect, How, Say};
use super::state::{CaseRef, Screen, Stage};
use super::turn::{Turn, menu};

/// The most bytes of a token.
const LONGEST: usize = 64;

impl Turn<'_> {
    pub(super) fn press(&mut self, token: &str, message: Option<String>) {
        if token.len() > LONGEST {
            self.say_plain("chat.stale");
        } else if let Some(case) = token.strip_prefix(menu::ALERT) {
            self.alert_case(case, message);
        } else if let Some(rest) = token.strip_prefix(menu::CALL_OF) {
            self.emit_settle(message);
            self.call_press(rest);
        } else if token.starts_with("m:") {
            self.menu(token, message);
        } else if token.starts_with(menu::VIEW) {
            self.emit(Effect::View(token.to_owned()));
        } else if let Some(words) = token.strip_prefix(menu::RESEND) {
            self.ask_again(words, message);
        } else {
            self.screen_press(token, message);
        }
    }

    fn emit_settle(&mut self, message: Option<String>) {
        if let Some(message) = message {
            self.emit(Effect::Settle(message));
        }
    }

    fn menu(&mut self, token: &str, message: Option<String>) {
        match token {
            menu::TIP => self.ask_words(Kind::Tips),
            menu::HELP => self.ask_words(Kind::Counselling),
            menu::OFFICIALS => self.ask_words(Kind::Oversight),
            menu::CODE => self.ask_code("chat.code.ask"),
            menu::CALL => self.call_menu(),
            menu::LANG => self.switch_language(),
            menu::FORGET => self.ask_forget(),
            menu::FORGET_NOW => {
                self.emit_settle(message);
                self.forget();
            }
            menu::KEEP => {
                self.emit_settle(message);
                self.say_plain("chat.forget.kept");
            }
            menu::COPIED => {
                self.erase(message);
                self.say_plain("chat.copied");
            }
            _ => self.say_plain("chat.stale"),
        }
    }

    /// Words that can no longer be opened here are asked for again: from the desk they came from, and from no
    /// other. Where that case is closed or forgotten nobody would hear it, and the code shows the words.
    fn ask_again(&mut self, words: &str, message: Option<String>) {
        let case = words.rsplit_once(menu::OF_CASE).and_then(|(_, n)| n.parse().ok()).map(CaseRef);
        self.emit_settle(message);
        match case.filter(|case| self.facts.open.iter().any(|o| o.case == *case)) {
            Some(case) => {
                self.emit(Effect::AskResend(case));
                self.say_plain("chat.view.asked");
            }
            None => self.ask_code("chat.code.ask"),
        }
    }

    /// The person on duty is wanted for a case that is already with its desk.
    fn alert_case(&mut self, case: &str, message: Option<String>) {
        let case = case.parse().ok().map(CaseRef);
        match case.filter(|case| self.facts.open.iter().any(|o| o.case == *case)) {
            Some(case) => {
                self.emit_settle(message);
                self.emit(Effect::Alert(case));
                self.say_plain("chat.alerted");
            }
            None => self.say_plain("chat.stale"),
        }
    }

    /// A button of a draft's screen: only the newest screen counts.
    fn screen_press(&mut self, token: &str, message: Option<String>) {
        let parsed = token.strip_prefix('s').and_then(|rest| rest.split_once(':'));
        let Some((seq, action)) = parsed.and_then(|(n, a)| n.parse::<u32>().ok().map(|n| (n, a))) else {
            self.say_plain("chat.stale");
            return;
        };
        if seq != self.state.seq || self.state.draft().is_none() {
            self.stale(seq, action, message);
            return;
        }
        if !action.starts_with("alert") && self.state.shown_as.is_none() {
            self.state.shown_as = message;
        }
        self.act(action);
    }

    /// An old button: said kindly, and its message loses its buttons. A warning keeps its words.
    fn stale(&mut self, seq: u32, action: &str, message: Option<String>) {
        self.emit_settle(message);
        let sent = self.state.sent_seq == Some(seq) && (action == "send" || action.starts_with("alert"));
        self.say(Say::new(if sent { "chat.already_sent" } else { "chat.stale" }));
    }

    fn act(&mut self, action: &str) {
        match action {
            "send" => self.send(),
            "alert" => {
                if let Some(kind) = self.state.draft().map(|d| d.alert_kind(self.facts)) {
                    self.submit(kind, How::Alert);
                }
            }
            "alert:counsel" => self.submit(Kind::Counselling, How::Alert),
            "alert:tips" => self.alert_officers(),
            "more" => self.more(),
            "cancel" => self.cancel(),
            "commune" => self.change(|draft| draft.avoid_commune = !draft.avoid_commune),
            "officials" => {
                let about = self.state.draft().is_some_and(|d| {
                    matches!(d.screen, Some(Screen::Preview(Kind::Oversight) | Screen::NoOversight))
                });
                self.change(|draft| draft.officials = Some(!about));
            }
            "counsel" => self.choose(Kind::Counselling),
            "report" => self.choose(Kind::Tips),
            _ => match action.strip_prefix("place:") {
                Some(code) => self.choose_place(code),
                None => self.join(action),
            },
        }
    }

    /// The officers on duty, unless it is about officials.
    fn alert_officers(&mut self) {
        let kind = self.state.draft().map(|d| d.alert_kind(self.facts));
        self.submit(if kind == Some(Kind::Oversight) { Kind::Oversight } else { Kind::Tips }, How::Alert);
    }

    /// Sends to where the screen said, and only if that is still so.
    fn send(&mut self) {
        let Some(draft) = self.state.draft() else { return };
        let (shown, needed) = (draft.stopped.or(draft.screen), draft.needs(self.facts));
        let stopped = draft.stopped.is_some();
        self.wanted_after_all();
        match needed {
            _ if shown != Some(needed) => self.reshow(),
            Screen::Choose if stopped => self.reshow(),
            Screen::Preview(kind) => self.submit(kind, How::Pressed),
            Screen::Consent => self.submit(Kind::Counselling, How::Pressed),
            Screen::NoOversight => self.submit(Kind::Tips, How::Pressed),
            Screen::Choose => self.say_plain("chat.stale"),
        }
    }

    /// More is being written: the timer of a preview starts anew.
    fn more(&mut self) {
        let preview = self.state.draft().is_some_and(|d| matches!(d.screen, Some(Screen::Preview(_))));
        if preview {
            self.wake_at(self.now.plus(self.facts.waits.auto_send));
            self.say(Say::new("chat.more").with("auto", super::Arg::Span(self.facts.waits.auto_send)));
        } else {
            self.say_plain("chat.more_held");
        }
    }

    fn choose(&mut self, kind: Kind) {
        self.change(|draft| {
            draft.lane = Some(kind);
            draft.chosen = true;
        });
    }

    pub(super) fn change(&mut self, how: impl FnOnce(&mut super::Draft)) {
        if let Stage::Drafting(draft) = &mut self.state.stage {
            how(draft);
            self.reshow();
        }
    }

    /// `case:N`: the words belong to an open case.
    fn join(&mut self, action: &str) {
        let case = action.strip_prefix("case:").and_then(|n| n.parse().ok()).map(CaseRef);
        match case.filter(|case| self.facts.open.iter().any(|o| o.case == *case)) {
            Some(case) => self.add_draft(case),
            None => self.reshow(),
        }
    }
}
