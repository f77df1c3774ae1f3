//! What the telephone system tells of a call, and what follows from it.

/// A report about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// It rings.
    Start,
    /// Somebody talks.
    Answer,
    /// It is over.
    End,
}

impl Report {
    /// Reads the word of the wire.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "start" => Some(Self::Start),
            "answer" => Some(Self::Answer),
            "end" => Some(Self::End),
            _ => None,
        }
    }
}

/// How many calls stand how, on one line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ringing {
    /// Nobody has answered yet.
    pub waiting: i64,
    /// Somebody talks.
    pub talking: i64,
    /// Ended unanswered, and nobody has taken note.
    pub missed: i64,
}

impl Ringing {
    /// Counts calls of which it is known whether they were answered and whether they have ended.
    pub const fn count(&mut self, answered: bool, ended: bool, amount: i64) {
        match (answered, ended) {
            (false, false) => self.waiting += amount,
            (true, false) => self.talking += amount,
            (false, true) => self.missed += amount,
            (true, true) => {}
        }
    }
}
