//! What a citizen writes or sends, and where it is held.

use super::Kind;
use super::draft::Danger;
use super::effect::{Addition, Arg, Button, Effect, Say};
use super::state::{Attachment, CaseRef, Draft, Part, Stage};
use super::turn::{Turn, menu};
use crate::domain::receipt::Receipt;
use crate::domain::wording::{self, Lean, Reading};

/// Visible symbols below which groups are words rather than a code: `xe 19A 1234 màu đen` is a tip. Keyboards
/// that turn keys into marks shorten a code, but what is written with dashes is told by them.
const CODE_LIKE: usize = 18;
/// A text longer than this is no attempt at a code.
const CODE_LONGEST: usize = 80;

/// Words and files that came together.
struct Incoming {
    text: String,
    message: Option<String>,
    files: Vec<Attachment>,
    edited: bool,
    album: Option<String>,
}

impl Turn<'_> {
    pub(super) fn text(&mut self, text: &str, message: Option<String>) {
        if let Some(command) = text.trim().strip_prefix('/') {
            self.command(command);
        } else if self.refused(text, message.as_ref()) || self.call_text(text, message.as_ref()) {
            // dealt with
        } else if self.may_be_spoken(text) {
            self.state.guess = Some(Part { text: text.to_owned(), message });
            self.emit(Effect::CheckCode(text.to_owned()));
        } else if self.awaits_code(text)
            || dashed(text)
            || (looks_like_code(text) && Receipt::parse(text).is_ok())
        {
            self.code(text, message);
        } else {
            self.words_in_a_call(text, message);
        }
    }

    /// Words, and what they leave of a call that is being asked for.
    fn words_in_a_call(&mut self, text: &str, message: Option<String>) {
        let danger = Danger::of(&self.reading(text)).is_some();
        self.words(text, message);
        if !danger {
            self.call_goes_on();
        }
    }

    pub(super) fn reading(&self, text: &str) -> Reading {
        wording::read(self.facts.lexicon, text)
    }

    /// Words that are no code.
    pub(super) fn words(&mut self, text: &str, message: Option<String>) {
        self.receive(Incoming {
            text: text.to_owned(),
            message,
            files: Vec::new(),
            edited: false,
            album: None,
        });
    }

    /// Nine words are a code when they are one, or when a code was asked for: the look-up tells.
    fn may_be_spoken(&self, text: &str) -> bool {
        let asked = matches!(self.state.stage, Stage::Code);
        Receipt::is_spoken(text) || (asked && Receipt::is_nine_words(text) && Receipt::parse(text).is_ok())
    }

    /// What is no case's code is taken as words, unless it says nothing and was typed as a code is shown or spoken.
    /// True if they were.
    pub(super) fn were_words(&mut self, Part { text, message }: Part) -> bool {
        let tells = tells(&self.reading(&text));
        let asked = matches!(self.state.stage, Stage::Code);
        self.leave_code();
        if asked && !tells && Receipt::is_spoken(&text) {
            self.erase(message);
            return false;
        }
        if !tells && shaped_as_code(&text) {
            return false;
        }
        self.words_in_a_call(&text, message);
        true
    }

    fn awaits_code(&self, text: &str) -> bool {
        matches!(self.state.stage, Stage::Code) && text.chars().count() <= CODE_LONGEST
    }

    fn command(&mut self, command: &str) {
        let mut words = command.split_whitespace();
        let name = words.next().and_then(|w| w.split('@').next()).unwrap_or_default().to_lowercase();
        match name.as_str() {
            "start" => self.start(words.next()),
            "lang" => self.switch_language(),
            "forget" | "quen" => self.ask_forget(),
            "cancel" | "huy" if self.leave_call() => {}
            "cancel" | "huy" => self.cancel(),
            "call" | "goilai" => self.call_menu(),
            "code" | "ma" => self.ask_code("chat.code.ask"),
            _ => self.help("chat.help"),
        }
    }

    /// What may be a code. What tells something is words whatever its letters add up to, and so is what has no digit
    /// in several groups: a code that was asked for must not swallow a call for help. A code in one group is deleted
    /// at once, one in several when it was found.
    fn code(&mut self, text: &str, message: Option<String>) {
        let reading = self.reading(text);
        let one = text.split_whitespace().nth(1).is_none();
        let plain = !shaped_as_code(text) && (tells(&reading) || are_words(text));
        if plain || (reading.crisis.is_some() && !dashed(text)) {
            self.no_code_after_all(text, message, &reading);
        } else if Receipt::parse(text).is_err() {
            self.mistyped();
        } else if one || dashed(text) {
            self.erase(message);
            self.emit(Effect::CheckCode(text.to_owned()));
        } else {
            self.state.guess = Some(Part { text: text.to_owned(), message });
            self.emit(Effect::CheckCode(text.to_owned()));
        }
    }

    /// Words where a code was asked for. Who only says that theirs is lost is told what else there is.
    fn no_code_after_all(&mut self, text: &str, message: Option<String>, reading: &Reading) {
        let asked = matches!(self.state.stage, Stage::Code);
        self.leave_code();
        if asked && reading.lane == Lean::Status && reading.categories.is_empty() && reading.crisis.is_none()
        {
            self.mistyped();
        } else {
            self.words_in_a_call(text, message);
        }
    }

    /// One miss ends the question for the code: what is typed next may be anything.
    fn mistyped(&mut self) {
        self.leave_code();
        let say = Say::new("chat.code.mistyped")
            .row(vec![Button::new("chat.button.tip", menu::TIP)])
            .row(vec![Button::new("chat.button.help", menu::HELP)]);
        self.say(say);
    }

    /// A change to words still held replaces them; a change to words already sent is an addition.
    pub(super) fn edited(&mut self, text: &str, message: Option<String>) {
        if let Stage::Drafting(draft) = &mut self.state.stage
            && let Some(part) = draft.parts.iter_mut().find(|p| p.message.is_some() && p.message == message)
        {
            text.clone_into(&mut part.text);
            self.heed_refusal(text);
            self.show_with_warning(text);
            return;
        }
        if self.call_text(text, message.as_ref()) {
            return;
        }
        self.receive(Incoming {
            text: text.to_owned(),
            message,
            files: Vec::new(),
            edited: true,
            album: None,
        });
    }

    /// Words that were deleted before they went to a desk do not go there. What a desk has, it keeps.
    pub(super) fn unsaid(&mut self, message: Option<&str>) {
        let Stage::Drafting(draft) = &mut self.state.stage else { return };
        let before = draft.parts.len();
        draft.parts.retain(|part| part.message.is_none() || part.message.as_deref() != message);
        let (after, empty) = (draft.parts.len(), draft.parts.is_empty() && draft.files.is_empty());
        if empty {
            self.cancel();
        } else if after < before {
            self.reshow();
        }
    }

    pub(super) fn media(
        &mut self,
        file: Option<Attachment>,
        caption: Option<String>,
        message: Option<String>,
        album: Option<String>,
    ) {
        if file.is_none() && caption.is_some() {
            if self.wants_number() {
                // a card may be somebody else's, and holds more than a number
                self.erase(message);
                self.say_plain("callback.chat.type_number");
                return;
            }
            self.say_plain("chat.words_kept");
        } else if file.is_none() {
            self.say(Say::new("chat.unsupported").with("web", Arg::Text(self.facts.web.to_owned())));
            return;
        }
        let text = caption.unwrap_or_default();
        self.receive(Incoming { text, message, files: file.into_iter().collect(), edited: false, album });
    }

    /// Words and files find their place: the draft that waits, an open case, or a new draft.
    fn receive(&mut self, incoming: Incoming) {
        let reading = wording::read(self.facts.lexicon, &incoming.text);
        let again = incoming.album.is_some() && incoming.album == self.state.album;
        self.state.album.clone_from(&incoming.album);
        match self.state.stage.clone() {
            Stage::Drafting(draft) => self.extend(*draft, incoming, again),
            Stage::Writing(kind) => self.hold(incoming, Some(kind), false),
            Stage::Idle | Stage::Code => match self.target(&reading) {
                Target::Case(case) => self.add(case, incoming, reading, again),
                Target::Which => self.hold(incoming, None, true),
                Target::New if incoming.files.is_empty() && self.small(&reading) => {}
                Target::New => self.hold(incoming, self.facts.front, false),
            },
        }
    }

    /// Answers what is not worth keeping; true if it was that.
    fn small(&mut self, reading: &Reading) -> bool {
        if Danger::of(reading).is_some() {
            return false;
        }
        let bare = reading.categories.is_empty();
        if reading.small_talk {
            self.start(None);
        } else if reading.asks_about_us {
            self.help("chat.about");
        } else if reading.lane == Lean::Status && bare {
            self.ask_code("chat.code.ask_status");
        } else {
            return false;
        }
        true
    }

    /// Where words go that nobody asked for: an open case if they fit its lane, else a question.
    fn target(&self, reading: &Reading) -> Target {
        let answering = self.facts.open.iter().find(|o| Some(o.case) == self.state.answering);
        match (answering, self.facts.open) {
            (None, []) => Target::New,
            (Some(open), _) | (None, [open]) if fits(open.kind, reading) => Target::Case(open.case),
            _ => Target::Which,
        }
    }

    fn add(&mut self, case: CaseRef, incoming: Incoming, reading: Reading, again: bool) {
        let danger = Danger::of(&reading);
        let Incoming { text, files, edited, .. } = incoming;
        let some_files = !files.is_empty();
        self.state.stage = Stage::Idle;
        self.emit(Effect::AddToCase(Box::new(Addition { case, text, files, edited, reading })));
        if let Some(danger) = danger {
            self.warn(danger, vec![Self::case_alert(case)]);
        }
        // below a danger in the middle of a call nothing else is said
        let enough = danger.is_some() && self.wants_number();
        if !again && !enough {
            self.say_plain(if some_files { "chat.added_file" } else { "chat.added" });
        }
    }

    /// Holds words as a new draft and asks what is needed before they may go.
    fn hold(&mut self, incoming: Incoming, entry: Option<Kind>, which: bool) {
        let Incoming { text, message, files, .. } = incoming;
        let parts = if text.is_empty() { Vec::new() } else { vec![Part { text: text.clone(), message }] };
        let draft = Draft {
            parts,
            files,
            since: self.now,
            screen: None,
            lane: None,
            chosen: false,
            entry,
            which,
            officials: None,
            avoid_commune: false,
            commune: None,
            stopped: None,
        };
        self.state.sent_seq = None;
        self.state.stage = Stage::Drafting(Box::new(draft));
        self.show_with_warning(&text);
    }

    fn extend(&mut self, mut draft: Draft, incoming: Incoming, again: bool) {
        let Incoming { text, message, files, .. } = incoming;
        if !text.is_empty() {
            draft.parts.push(Part { text: text.clone(), message });
        }
        draft.files.extend(files);
        self.state.stage = Stage::Drafting(Box::new(draft));
        self.heed_refusal(&text);
        if !again || !text.is_empty() {
            self.show_with_warning(&text);
        }
    }

    /// A danger in the new words is answered first, by numbers and one button; then the talk goes on. Where a number
    /// was being asked for, the button comes last: nothing may stand below it.
    fn show_with_warning(&mut self, text: &str) {
        let reading = self.reading(text);
        let last = self.wants_number();
        // the screen that follows takes the next number, and the button of the warning belongs to it
        let seq = if last { None } else { Some(self.next_seq()) };
        if let Some(seq) = seq {
            self.warn_of_draft(&reading, seq);
        }
        self.reshow();
        if last {
            self.warn_of_draft(&reading, self.state.seq);
        }
    }
}

enum Target {
    Case(CaseRef),
    Which,
    New,
}

/// Whether words may go to an open case unasked. What sounds like a call for help or is about officials never
/// goes to a tips desk that way, and a tip never to a counsellor.
pub(super) fn fits(kind: Kind, reading: &Reading) -> bool {
    let help = reading.about_self_or_kin || reading.lane == Lean::Counsel;
    match kind {
        Kind::Tips => !help && !reading.officials,
        Kind::Oversight => !help,
        Kind::Counselling => reading.lane != Lean::Tip,
    }
}

/// Whether a text says anything that matters to a desk.
fn tells(reading: &Reading) -> bool {
    reading.crisis.is_some() || !reading.categories.is_empty() || reading.lane != Lean::Unclear
}

/// Two groups or more, and two of them of letters only.
fn are_words(text: &str) -> bool {
    let letters = |g: &&str| g.chars().any(char::is_alphabetic) && !g.chars().any(|c| c.is_ascii_digit());
    text.split_whitespace().filter(letters).count() > 1
}

/// Written as codes are copied: nothing but groups with as many symbols as a code has, a digit among them.
fn shaped_as_code(text: &str) -> bool {
    dashed(text) || looks_like_code(text)
}

/// Five groups of at most four symbols.
fn five_groups(groups: &[&str]) -> bool {
    groups.len() == 5 && groups.iter().all(|g| (1..=4).contains(&g.chars().count()))
}

/// Written as a code is shown: even mistyped, it is no report.
fn dashed(text: &str) -> bool {
    let groups: Vec<&str> = text.trim().split('-').map(str::trim).collect();
    five_groups(&groups) && groups.iter().all(|g| g.chars().all(char::is_alphanumeric))
}

/// Five short groups, or one long run, with as many symbols as a code has.
pub(super) fn looks_like_code(text: &str) -> bool {
    let groups: Vec<&str> = text.split_whitespace().collect();
    let symbols: usize = groups.iter().map(|g| g.chars().count()).sum();
    let shape = groups.len() == 1 || five_groups(&groups);
    shape && (CODE_LIKE..=24).contains(&symbols) && text.chars().any(|c| c.is_ascii_digit())
}
