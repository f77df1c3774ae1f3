//! Words that are held: which screen they need, how it is shown, and how they go.

use super::effect::{Addition, Arg, Button, Effect, Handle, How, Say, Submission};
use super::receive::fits;
use super::state::{CaseRef, Draft, Screen, Stage};
use super::turn::{Turn, menu};
use super::{Facts, Kind, OpenCase};
use crate::domain::escalation::day_of;
use crate::domain::wording::{self, Crisis, Lean, Reading};

/// The most characters of a draft that its own screen repeats; all of it is sent.
const QUOTED: usize = 1_500;

/// What is answered by numbers before anything else.
#[derive(Clone, Copy)]
pub(super) enum Danger {
    Crisis(Crisis),
    /// Somebody knows who reported.
    FoundOut,
}

impl Danger {
    /// Who was found out and is threatened for it is told both at once: whom to call, and how not to be met.
    pub(super) fn of(reading: &Reading) -> Option<Self> {
        match reading.crisis {
            None | Some(Crisis::Violence) if found_out(reading) => Some(Self::FoundOut),
            crisis => crisis.map(Self::Crisis),
        }
    }
}

/// Whether an informant was found out, or is made to pay for a report.
fn found_out(reading: &Reading) -> bool {
    reading.tags.iter().any(|tag| tag == "reprisal")
}

impl Draft {
    pub(super) fn reading(&self, facts: &Facts<'_>) -> Reading {
        wording::read(facts.lexicon, &self.text())
    }

    /// Whether the tips desks must not see it: the citizen's tap wins over our reading.
    fn about_officials(&self, reading: &Reading) -> bool {
        self.officials.unwrap_or(reading.officials || self.entry == Some(Kind::Oversight))
    }

    /// Where it may go, as far as words and buttons tell; `None` asks.
    ///
    /// A user of drugs who is the writer or close kin is always asked about, also after the report button of the
    /// menu: that button does not tell who will read.
    fn lane(&self, reading: &Reading) -> Option<Kind> {
        if self.chosen {
            return self.lane;
        }
        match self.entry {
            Some(Kind::Counselling) => Some(Kind::Counselling),
            _ if self.which || reading.about_self_or_kin => None,
            Some(Kind::Tips | Kind::Oversight) => Some(Kind::Tips),
            None => match reading.lane {
                Lean::Tip => Some(Kind::Tips),
                Lean::Counsel => Some(Kind::Counselling),
                Lean::Unclear if reading.officials => Some(Kind::Tips),
                Lean::Status | Lean::Unclear => None,
            },
        }
    }

    pub(super) fn needs(&self, facts: &Facts<'_>) -> Screen {
        let reading = self.reading(facts);
        // In a bot of its own nothing goes to another lane, or against what the words say, without a choice.
        let own = |lane: &Kind| facts.front.is_none_or(|front| front == *lane && fits(front, &reading));
        match self.lane(&reading).filter(|lane| self.chosen || own(lane)) {
            // who was asked for consent is not asked again for whom it is, unless the words say something else
            None if self.screen == Some(Screen::Consent)
                && !self.which
                && fits(Kind::Counselling, &reading) =>
            {
                Screen::Consent
            }
            None => Screen::Choose,
            Some(Kind::Counselling) => Screen::Consent,
            Some(_) if !self.about_officials(&reading) => Screen::Preview(Kind::Tips),
            Some(_) if facts.oversight => Screen::Preview(Kind::Oversight),
            Some(_) => Screen::NoOversight,
        }
    }

    /// Whether only the citizen can say who is to come: at home a patrol may be the wrong help, and the right one.
    pub(super) fn alert_unclear(&self, facts: &Facts<'_>) -> bool {
        let reading = self.reading(facts);
        let counselled = facts.open.iter().any(|o| o.kind == Kind::Counselling);
        // who was found out has told the police already
        let known = self.chosen
            || self.entry == Some(Kind::Counselling)
            || self.about_officials(&reading)
            || found_out(&reading);
        reading.crisis == Some(Crisis::Violence) && !known && (reading.about_self_or_kin || counselled)
    }

    /// Who is called when the citizen wants somebody now. A lane known or chosen decides; else violence goes to
    /// the officers and every other danger to a counsellor. What is about officials never goes to a tips desk
    /// while there is another.
    pub(super) fn alert_kind(&self, facts: &Facts<'_>) -> Kind {
        let reading = self.reading(facts);
        let kind = match self.lane(&reading) {
            Some(Kind::Counselling) if !self.chosen && self.entry.is_none() => None,
            known => known,
        };
        let violence =
            reading.crisis == Some(Crisis::Violence) || (reading.crisis.is_none() && found_out(&reading));
        match kind.unwrap_or(if violence { Kind::Tips } else { Kind::Counselling }) {
            Kind::Counselling => Kind::Counselling,
            Kind::Tips | Kind::Oversight if self.about_officials(&reading) && facts.oversight => {
                Kind::Oversight
            }
            Kind::Tips | Kind::Oversight => Kind::Tips,
        }
    }

    fn submission(&self, kind: Kind, how: How, turn: &Turn<'_>) -> Submission {
        Submission {
            kind,
            text: self.text(),
            files: self.files.clone(),
            locale: turn.state.locale,
            avoid_commune: self.avoid_commune || found_out(&self.reading(turn.facts)),
            commune: self.commune_code(kind, turn.facts),
            consent: kind == Kind::Counselling && how != How::Timer,
            how,
            reading: self.reading(turn.facts),
            since: self.since,
        }
    }
}

impl Turn<'_> {
    /// Shows the screen a draft needs under a new number; the screen before, which repeats the words, is deleted.
    pub(super) fn reshow(&mut self) {
        let Stage::Drafting(mut draft) = self.state.stage.clone() else { return };
        let before = self.state.shown_as.take();
        self.erase(before);
        self.state.seq = self.next_seq();
        let screen = if draft.stopped.is_some() { Screen::Choose } else { draft.needs(self.facts) };
        draft.screen = Some(screen);
        let say = self.screen(&draft, screen);
        self.say(say);
        let due = match screen {
            _ if draft.stopped.is_some() => self.now.plus(self.facts.waits.undecided),
            Screen::Preview(_) => self.now.plus(self.facts.waits.auto_send),
            Screen::Choose | Screen::Consent | Screen::NoOversight => {
                draft.since.plus(self.facts.waits.undecided)
            }
        };
        self.state.stage = Stage::Drafting(draft);
        self.wake_at(due);
    }

    /// The token of a button of the screen now shown.
    pub(super) fn token(&self, action: &str) -> String {
        format!("s{}:{action}", self.state.seq)
    }

    pub(super) fn button(&self, label: &'static str, action: &str) -> Button {
        Button::new(label, self.token(action))
    }

    fn screen(&self, draft: &Draft, screen: Screen) -> Say {
        let phrase = match screen {
            Screen::Choose if draft.which => "chat.choose.which",
            Screen::Choose => "chat.choose.lane",
            Screen::Consent => "chat.consent",
            Screen::Preview(Kind::Oversight) => "chat.preview.oversight",
            Screen::Preview(_) => "chat.preview.tip",
            Screen::NoOversight => "chat.preview.no_oversight",
        };
        let mut say = Say::new(phrase)
            .with("text", Arg::Text(quote(&draft.text())))
            .with("files", files_kept(draft))
            .with("auto", Arg::Span(self.facts.waits.auto_send))
            .with("undecided", Arg::Span(self.facts.waits.undecided));
        if draft.stopped.is_some() {
            say = self.stop_screen();
        }
        say.protect = true;
        say.handle = Some(Handle(self.state.seq));
        let say = match screen {
            _ if draft.stopped.is_some() => return say,
            Screen::Choose => self.choose_buttons(draft, say),
            Screen::Consent => self.send_buttons(say).row(vec![self.button("chat.button.to_tip", "report")]),
            Screen::Preview(Kind::Oversight) | Screen::NoOversight => self
                .send_buttons(say)
                .row(vec![self.button("chat.button.not_officials", "officials")])
                .row(vec![self.button("chat.button.to_counsel", "counsel")]),
            Screen::Preview(_) => {
                let commune =
                    if draft.avoid_commune { "chat.button.commune_on" } else { "chat.button.commune" };
                self.send_buttons(say)
                    .row(vec![self.button(commune, "commune")])
                    .row(vec![self.button("chat.button.officials", "officials")])
                    .row(vec![self.button("chat.button.to_counsel", "counsel")])
            }
        };
        self.place_buttons(draft, screen, say)
    }

    fn send_buttons(&self, say: Say) -> Say {
        say.row(vec![
            self.button("chat.button.send", "send"),
            self.button("chat.button.more", "more"),
            self.button("chat.button.cancel", "cancel"),
        ])
    }

    /// Open cases in neutral words, then the two lanes, told apart by who may read.
    fn choose_buttons(&self, draft: &Draft, say: Say) -> Say {
        let mut say = say;
        for open in self.facts.open.iter().filter(|_| draft.which) {
            let labels = ("chat.button.case", "chat.button.case_of");
            let token = self.token(&format!("case:{}", open.case.0));
            say = say.row(vec![self.case_button(open, labels, token)]);
        }
        say.row(vec![self.button("chat.button.choose_counsel", "counsel")])
            .row(vec![self.button("chat.button.choose_tip", "report")])
            .row(vec![self.button("chat.button.cancel", "cancel")])
    }

    /// An open case by the day it was sent, and where there are several of a day, by its place among them.
    pub(super) fn case_button(
        &self,
        open: &OpenCase,
        (one, of_several): (&'static str, &'static str),
        token: String,
    ) -> Button {
        let day = day_of(open.opened);
        let same: Vec<&OpenCase> = self.facts.open.iter().filter(|o| day_of(o.opened) == day).collect();
        let n = same.iter().position(|o| o.case == open.case).map_or(1, |at| at + 1);
        let mut button = Button::new(if same.len() > 1 { of_several } else { one }, token);
        button.args = vec![("day", Arg::Day(open.opened)), ("n", Arg::Count(n))];
        button
    }

    /// Takes the draft out of the state: from here on its buttons are old and its timer is gone.
    pub(super) fn take_draft(&mut self) -> Option<Draft> {
        let Stage::Drafting(draft) = std::mem::replace(&mut self.state.stage, Stage::Idle) else {
            return None;
        };
        let screen = self.state.shown_as.take();
        self.erase(screen);
        self.no_wake();
        self.state.sent_seq = Some(self.state.seq);
        self.state.seq = self.next_seq();
        self.state.album = None;
        Some(*draft)
    }

    /// Sends the draft to a desk. The draft leaves the state in the same step, so it cannot go twice.
    pub(super) fn submit(&mut self, kind: Kind, how: How) {
        if let Some(draft) = self.take_draft() {
            let submission = draft.submission(kind, how, self);
            self.emit(Effect::Submit(Box::new(submission)));
        }
    }

    /// Adds the draft to an open case, by the citizen's choice.
    pub(super) fn add_draft(&mut self, case: CaseRef) {
        if let Some(draft) = self.take_draft() {
            let reading = draft.reading(self.facts);
            let text = draft.text();
            self.emit(Effect::AddToCase(Box::new(Addition {
                case,
                text,
                files: draft.files,
                edited: false,
                reading,
            })));
            self.say_plain("chat.added");
        }
    }

    /// Drops the draft; nothing is kept.
    pub(super) fn cancel(&mut self) {
        if self.take_draft().is_some() {
            self.state.sent_seq = None;
            self.say(Say::new("chat.cancelled").with("channel", Arg::Text(self.facts.channel.to_owned())));
        } else {
            self.state.stage = Stage::Idle;
            self.say_plain("chat.nothing_held");
        }
    }

    /// The timer. A preview goes as announced, if what was announced still holds; words without a choice are
    /// given to a counsellor to read. A tick before its time only asks for the right one again.
    pub(super) fn tick(&mut self) {
        let Some(due) = self.state.wake else { return };
        if self.now < due {
            self.emit(Effect::WakeAt(due));
            return;
        }
        let Some((shown, needed)) = self.state.draft().map(|d| (d.screen, d.needs(self.facts))) else {
            self.state.wake = None;
            return;
        };
        if self.state.draft().is_some_and(|d| d.stopped.is_some()) {
            // it was promised that it goes nowhere by itself, and nobody wanted it since
            self.take_draft();
            self.state.sent_seq = None;
            return;
        }
        match needed {
            _ if shown != Some(needed) => self.reshow(),
            Screen::Preview(kind) => self.submit(kind, How::Timer),
            Screen::Choose | Screen::Consent | Screen::NoOversight => self.hand_over(),
        }
    }

    fn hand_over(&mut self) {
        if self.hand_over_silently() {
            self.say_plain("chat.handed_over");
        }
    }

    /// Gives the draft to a counsellor without a word; true if there was one.
    pub(super) fn hand_over_silently(&mut self) -> bool {
        let Some(draft) = self.take_draft() else { return false };
        self.state.sent_seq = None;
        let submission = draft.submission(Kind::Counselling, How::Timer, self);
        self.emit(Effect::HandOver(Box::new(submission)));
        true
    }

    /// Numbers and first actions; a button calls the person on duty.
    pub(super) fn warn(&mut self, danger: Danger, alerts: Vec<Button>) {
        let phrase = match danger {
            Danger::Crisis(Crisis::Overdose) => "chat.crisis.overdose",
            Danger::Crisis(Crisis::Suicide) => "chat.crisis.suicide",
            Danger::Crisis(Crisis::Violence) => "chat.crisis.violence",
            Danger::Crisis(Crisis::Child) => "chat.crisis.child",
            Danger::FoundOut => "chat.crisis.found_out",
        };
        self.say(alerts.into_iter().fold(Say::new(phrase), |say, alert| say.row(vec![alert])));
    }

    /// The same for words that are held: its buttons belong to the screen with this number.
    pub(super) fn warn_of_draft(&mut self, reading: &Reading, seq: u32) {
        let Some(danger) = Danger::of(reading) else { return };
        let button = |label, action: &str| Button::new(label, format!("s{seq}:{action}"));
        let unclear = self.state.draft().is_some_and(|d| d.alert_unclear(self.facts));
        let alerts = if unclear {
            let (tips, counsel) = ("chat.button.alert_tips", "chat.button.alert_counsel");
            vec![button(tips, "alert:tips"), button(counsel, "alert:counsel")]
        } else {
            vec![button("chat.button.alert", "alert")]
        };
        self.warn(danger, alerts);
    }

    /// The alert button of a case that is already open.
    pub(super) fn case_alert(case: CaseRef) -> Button {
        Button::new("chat.button.alert", format!("{}{}", menu::ALERT, case.0))
    }
}

fn files_kept(draft: &Draft) -> Arg {
    if draft.files.is_empty() { Arg::Text(String::new()) } else { Arg::Phrase("chat.files.held") }
}

/// The words as their own screen repeats them.
fn quote(text: &str) -> String {
    let mut out: String = text.chars().take(QUOTED).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}
