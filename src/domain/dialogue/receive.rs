//! What a citizen writes or sends, and where it is held.

use super::Kind;
use super::effect::{Addition, Arg, Button, Effect, Say};
use super::state::{Attachment, CaseRef, Draft, Part, Stage};
use super::turn::{Turn, menu};
use crate::domain::receipt::Receipt;
use crate::domain::wording::{self, Crisis, Lean, Reading};

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
        } else if self.may_be_spoken(text) {
            self.state.guess = Some(Part { text: text.to_owned(), message });
            self.emit(Effect::CheckCode(text.to_owned()));
        } else if self.awaits_code(text)
            || dashed(text)
            || (looks_like_code(text) && Receipt::parse(text).is_ok())
        {
            self.code(text, message);
        } else {
            self.words(text, message);
        }
    }

    /// Words that are no code.
    fn words(&mut self, text: &str, message: Option<String>) {
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

    /// Nine words that are no case's code: they are taken as words, unless a code was asked for and they say
    /// nothing else. True if they were.
    pub(super) fn were_words(&mut self, Part { text, message }: Part) -> bool {
        let reading = wording::read(self.facts.lexicon, &text);
        let tells =
            reading.crisis.is_some() || !reading.categories.is_empty() || reading.lane != Lean::Unclear;
        if matches!(self.state.stage, Stage::Code) && !tells {
            self.erase(message);
            return false;
        }
        if matches!(self.state.stage, Stage::Code) {
            self.state.stage = Stage::Idle;
        }
        self.words(&text, message);
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
            "cancel" | "huy" => self.cancel(),
            "code" | "ma" => self.ask_code("chat.code.ask"),
            _ => self.help("chat.help"),
        }
    }

    /// A typed code: looked up, or told to be mistyped. The message that holds it is deleted.
    fn code(&mut self, text: &str, message: Option<String>) {
        if Receipt::parse(text).is_ok() {
            self.erase(message);
            self.emit(Effect::CheckCode(text.to_owned()));
        } else if wording::read(self.facts.lexicon, text).crisis.is_some()
            || text.split_whitespace().count() > 6
        {
            self.state.stage = Stage::Idle;
            self.text(text, message);
        } else {
            self.say(Say::new("chat.code.mistyped").row(vec![Button::new("chat.button.tip", menu::TIP)]));
        }
    }

    /// A change to words still held replaces them; a change to words already sent is an addition.
    pub(super) fn edited(&mut self, text: &str, message: Option<String>) {
        if let Stage::Drafting(draft) = &mut self.state.stage
            && let Some(part) = draft.parts.iter_mut().find(|p| p.message.is_some() && p.message == message)
        {
            text.clone_into(&mut part.text);
            self.show_with_warning(text);
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
        if file.is_none() {
            self.say(Say::new("chat.unsupported").with("web", Arg::Text(self.facts.web.to_owned())));
            if caption.is_none() {
                return;
            }
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
        if reading.crisis.is_some() {
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
        let crisis = reading.crisis;
        let Incoming { text, files, edited, .. } = incoming;
        let some_files = !files.is_empty();
        self.state.stage = Stage::Idle;
        self.emit(Effect::AddToCase(Box::new(Addition { case, text, files, edited, reading })));
        if let Some(crisis) = crisis {
            self.warn(crisis, Self::case_alert(case));
        }
        if !again {
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
        if !again || !text.is_empty() {
            self.show_with_warning(&text);
        }
    }

    /// A danger in the new words is answered first, by numbers and one button; then the talk goes on.
    fn show_with_warning(&mut self, text: &str) {
        let crisis: Option<Crisis> = wording::read(self.facts.lexicon, text).crisis;
        if let Some(crisis) = crisis {
            // the screen that follows takes the next number, and the button of the warning belongs to it
            let token = format!("s{}:alert", self.next_seq());
            self.warn(crisis, Button::new("chat.button.alert", token));
        }
        self.reshow();
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
