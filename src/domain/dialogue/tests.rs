//! Dialogues as tables of inputs and what is said and done.

mod calling;
mod lanes;
mod place;
mod reading;
mod refuse;
mod short;
mod spoken;
mod walk;

use super::*;
use crate::domain::locale::Locale;
use crate::domain::places::Places;

const MINUTE: u64 = 60;

fn waits() -> Waits {
    Waits {
        auto_send: Duration::from_secs(30 * MINUTE),
        receipt_erase: Duration::from_secs(30 * MINUTE),
        view_erase: Duration::from_secs(10 * MINUTE),
        undecided: Duration::from_secs(720 * MINUTE),
        together: Duration::from_secs(2 * MINUTE),
        code_kept: Duration::from_secs(24 * 60 * MINUTE),
        own_words: Duration::from_secs(20 * 60 * MINUTE),
    }
}

/// A chat played by hand: a clock, what the service would know, and everything done so far.
struct Chat {
    state: Option<State>,
    lexicon: std::sync::Arc<Lexicon>,
    oversight: bool,
    front: Option<Kind>,
    short: bool,
    here: bool,
    open: Vec<OpenCase>,
    hours: Vec<Slot>,
    callbacks: Rules,
    now: Timestamp,
    last: Vec<Effect>,
}

impl Chat {
    fn new() -> Self {
        Self {
            state: Some(State::new(Locale::Vi)),
            lexicon: Lexicon::embedded().expect("embedded"),
            oversight: true,
            front: None,
            short: false,
            here: false,
            open: Vec::new(),
            hours: Vec::new(),
            callbacks: Rules::embedded().expect("embedded"),
            now: Timestamp::from_millis(1_795_280_000_000),
            last: Vec::new(),
        }
    }

    fn with_case(kind: Kind) -> Self {
        let mut chat = Self::new();
        chat.open_case(1, kind);
        chat
    }

    fn open_case(&mut self, n: u16, kind: Kind) {
        self.open.push(OpenCase { case: CaseRef(n), kind, opened: self.now, call: None });
    }

    fn state(&self) -> &State {
        self.state.as_ref().expect("a step ended")
    }

    fn give(&mut self, input: Input) -> &mut Self {
        let facts = Facts {
            lexicon: &self.lexicon,
            sayings: Sayings::embedded().expect("embedded"),
            here: self.here.then(|| Here { places: Places::embedded().expect("embedded"), province: "19" }),
            service: "Tin An",
            body: "Công an tỉnh",
            channel: "Telegram",
            web: "https://tinan.example",
            oversight: self.oversight,
            front: self.front,
            short: self.short,
            open: &self.open,
            hours: &self.hours,
            callbacks: &self.callbacks,
            waits: waits(),
        };
        let stored = self.state.take().expect("a step ended").to_bytes().expect("serialises");
        let state = State::from_bytes(&stored).expect("reads back");
        let (state, effects) = step(state, input, &facts, self.now);
        self.state = Some(state);
        self.last = effects;
        self
    }

    fn writes(&mut self, text: &str) -> &mut Self {
        self.writes_as(text, "c1")
    }

    fn writes_as(&mut self, text: &str, message: &str) -> &mut Self {
        self.give(Input::Text { text: text.to_owned(), message: Some(message.to_owned()) })
    }

    /// Presses the button with this label among those just said, from a message called `b1`.
    fn presses(&mut self, label: &str) -> &mut Self {
        let token = self.token(label);
        self.presses_token(&token)
    }

    fn presses_token(&mut self, token: &str) -> &mut Self {
        self.give(Input::Press { token: token.to_owned(), message: Some("b1".to_owned()) })
    }

    fn token(&self, label: &str) -> String {
        let buttons = self.said().into_iter().flat_map(|say| say.buttons.iter().flatten());
        let found: Vec<&Button> = buttons.filter(|b| b.label == label).collect();
        found.first().map_or_else(|| panic!("no button {label} in {:?}", self.phrases()), |b| b.token.clone())
    }

    fn has_button(&self, label: &str) -> bool {
        self.said().iter().any(|say| say.buttons.iter().flatten().any(|b| b.label == label))
    }

    fn passes(&mut self, minutes: u64) -> &mut Self {
        self.now = self.now.plus(Duration::from_secs(minutes * MINUTE));
        self
    }

    fn ticks(&mut self) -> &mut Self {
        self.give(Input::Tick)
    }

    fn said(&self) -> Vec<&Say> {
        self.last.iter().filter_map(|e| if let Effect::Say(say) = e { Some(say) } else { None }).collect()
    }

    fn phrases(&self) -> Vec<&'static str> {
        self.said().iter().map(|say| say.phrase).collect()
    }

    fn submitted(&self) -> Vec<&Submission> {
        self.last.iter().filter_map(|e| if let Effect::Submit(s) = e { Some(&**s) } else { None }).collect()
    }

    fn handed(&self) -> Vec<&Submission> {
        self.last.iter().filter_map(|e| if let Effect::HandOver(s) = e { Some(&**s) } else { None }).collect()
    }

    fn added(&self) -> Vec<&Addition> {
        self.last
            .iter()
            .filter_map(|e| if let Effect::AddToCase(a) = e { Some(&**a) } else { None })
            .collect()
    }

    fn erased(&self) -> Vec<&str> {
        self.last
            .iter()
            .filter_map(|e| if let Effect::Erase(m) = e { Some(m.as_str()) } else { None })
            .collect()
    }

    fn wakes(&self) -> Option<Timestamp> {
        self.last.iter().rev().find_map(|e| if let Effect::WakeAt(at) = e { Some(*at) } else { None })
    }

    fn in_minutes(&self, minutes: u64) -> Timestamp {
        self.now.plus(Duration::from_secs(minutes * MINUTE))
    }

    fn handle(&self) -> Handle {
        self.said().iter().find_map(|say| say.handle).expect("a screen was shown")
    }
}

fn receipt() -> Receipt {
    Receipt::from_random([7; 12])
}
