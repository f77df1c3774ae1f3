//! What a flood is, as data (`config/flood.toml`), and the plain question that people are asked while one lasts.

use std::time::Duration;

use serde::Deserialize;

use super::case::Priority;
use super::lane::Kind;
use super::letters::bare;
use super::likeness::Fillers;
use super::locale::Locale;

/// All numbers of the data file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    window: Window,
    fold: Fold,
    likeness: Relatives,
    mailbox: Mailbox,
    load: Load,
    side: Side,
    sample: Sample,
    bulk: Bulk,
    proof: Proof,
    question: Question,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    minutes: u32,
    messages: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fold {
    own_rows: [u32; 4],
    own_rows_counselling: u32,
    register_most: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Relatives {
    kin_distance: usize,
    kin_most: u32,
    fillers: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mailbox {
    burst: u32,
    refill_minutes: u32,
    chats: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    per_second: u32,
    over_seconds: u32,
    linger_seconds: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Side {
    alarm_minutes: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    percent: u32,
    least: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bulk {
    unit: u32,
    request: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    bits: u32,
    slot_minutes: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    most: u8,
    vi: Vec<String>,
    en: Vec<String>,
}

const fn seconds(n: u32) -> Duration {
    Duration::from_secs(n as u64)
}

impl Rules {
    /// Reads the data file.
    pub fn parse(toml: &str) -> Result<Self, toml::de::Error> {
        let rules: Self = toml::from_str(toml)?;
        let numbers = usize::from(rules.question.most) * 2 + 1;
        if rules.question.vi.len() < numbers || rules.question.en.len() < numbers || rules.question.most == 0
        {
            return Err(serde::de::Error::custom("question: a word is missing for every sum"));
        }
        if rules.bulk.unit == 0 || rules.load.over_seconds == 0 || rules.proof.slot_minutes == 0 {
            return Err(serde::de::Error::custom("a length must not be 0"));
        }
        Ok(rules)
    }

    /// The file the program was built with.
    pub fn embedded() -> Result<Self, toml::de::Error> {
        Self::parse(include_str!("../../config/flood.toml"))
    }

    /// How long after the last one like it a message is compared with others.
    #[must_use]
    pub const fn window(&self) -> Duration {
        seconds(self.window.minutes * 60)
    }

    /// How many different messages are remembered.
    #[must_use]
    pub const fn remembered(&self) -> usize {
        self.window.messages
    }

    /// How many that say the same have a row of their own.
    #[must_use]
    pub fn own_rows(&self, kind: Kind, priority: Priority) -> u32 {
        let by_urgency = self.fold.own_rows.get(usize::from(priority.level())).copied().unwrap_or(1);
        if kind.is_tip() { by_urgency } else { by_urgency.max(self.fold.own_rows_counselling) }.max(1)
    }

    /// Whether so many copies are too many to enter the legal register unseen.
    #[must_use]
    pub const fn too_many_copies(&self, copies: u32) -> bool {
        copies > self.fold.register_most
    }

    /// How far apart relatives may be.
    #[must_use]
    pub const fn kin_distance(&self) -> usize {
        self.likeness.kin_distance
    }

    /// Whether so many relatives without proof are a flood.
    #[must_use]
    pub const fn too_many_kin(&self, kin: u32) -> bool {
        kin > self.likeness.kin_most
    }

    /// Words that make no difference.
    #[must_use]
    pub fn fillers(&self) -> Fillers {
        Fillers::of(&self.likeness.fillers)
    }

    /// How many cases one chat may open at once.
    #[must_use]
    pub const fn burst(&self) -> u32 {
        self.mailbox.burst
    }

    /// After how long a chat may open one more.
    #[must_use]
    pub const fn refill(&self) -> Duration {
        seconds(self.mailbox.refill_minutes * 60)
    }

    /// How many chats are remembered.
    #[must_use]
    pub const fn chats(&self) -> usize {
        self.mailbox.chats
    }

    /// How many cases in [`Self::load_span`] are a flood.
    #[must_use]
    pub const fn load_most(&self) -> u32 {
        self.load.per_second * self.load.over_seconds
    }

    /// The time over which cases are counted.
    #[must_use]
    pub const fn load_span(&self) -> Duration {
        seconds(self.load.over_seconds)
    }

    /// How long a flood counts as lasting after its last sign.
    #[must_use]
    pub const fn linger(&self) -> Duration {
        seconds(self.load.linger_seconds)
    }

    /// How long a case of the side queue, or a folded one, may go without anybody's acknowledgement.
    #[must_use]
    pub const fn side_alarm(&self) -> Duration {
        seconds(self.side.alarm_minutes * 60)
    }

    /// How many of so many cleared cases another person must look at.
    #[must_use]
    pub fn sample(&self, cleared: u32) -> u32 {
        let share = cleared.saturating_mul(self.sample.percent).div_ceil(100);
        share.max(self.sample.least).min(cleared)
    }

    /// Cases in one unit of work.
    #[must_use]
    pub const fn unit(&self) -> u32 {
        self.bulk.unit
    }

    /// Cases in one request.
    #[must_use]
    pub const fn request(&self) -> u32 {
        self.bulk.request
    }

    /// Leading zero bits of a proof of work.
    #[must_use]
    pub const fn proof_bits(&self) -> u32 {
        self.proof.bits
    }

    /// The slot of time a moment is in, as milliseconds since 1970 over its length.
    #[must_use]
    pub fn slot(&self, millis: i64) -> i64 {
        millis.div_euclid(i64::from(self.proof.slot_minutes) * 60_000)
    }

    /// The question that follows from some bytes by chance: two numbers to be added.
    #[must_use]
    pub fn question(&self, chance: [u8; 2]) -> Sum {
        let [a, b] = chance.map(|byte| byte % self.question.most + 1);
        Sum { a, b }
    }

    /// A number in words.
    #[must_use]
    pub fn in_words(&self, locale: Locale, number: u8) -> String {
        let words = if locale == Locale::Vi { &self.question.vi } else { &self.question.en };
        words.get(usize::from(number)).cloned().unwrap_or_else(|| number.to_string())
    }

    /// Whether an answer is right: in digits, or in words of either language, with or without marks.
    #[must_use]
    pub fn answered(&self, sum: Sum, answer: &str) -> bool {
        let right = sum.a + sum.b;
        let given = plain(answer);
        let words = [Locale::Vi, Locale::En].map(|l| plain(&self.in_words(l, right)));
        given == right.to_string() || words.contains(&given)
    }
}

/// Two numbers to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// The first.
    pub a: u8,
    /// The second.
    pub b: u8,
}

/// Small letters without marks and spaces.
fn plain(text: &str) -> String {
    bare(text).flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules::embedded().expect("the shipped file")
    }

    #[test]
    fn an_answer_counts_in_digits_and_in_words_with_and_without_marks() {
        let sum = Sum { a: 7, b: 4 };
        for right in ["11", " 11. ", "mười một", "muoi mot", "Mười Một", "eleven", "ELEVEN"] {
            assert!(rules().answered(sum, right), "{right}");
        }
        for wrong in ["", "12", "một", "7+4", "eleven eleven", "111"] {
            assert!(!rules().answered(sum, wrong), "{wrong}");
        }
    }

    #[test]
    fn every_question_can_be_asked_and_answered_in_both_languages() {
        for a in 0..=255 {
            let sum = rules().question([a, a.wrapping_mul(31)]);
            for locale in Locale::ALL {
                let words = rules().in_words(locale, sum.a + sum.b);
                assert!(!words.is_empty() && rules().answered(sum, &words), "{words}");
            }
        }
    }

    #[test]
    fn a_sample_is_a_twentieth_at_least_ten_and_never_more_than_all() {
        for (cleared, drawn) in
            [(0, 0), (1, 1), (9, 9), (10, 10), (200, 10), (201, 11), (700, 35), (10_000, 500)]
        {
            assert_eq!(rules().sample(cleared), drawn, "{cleared}");
        }
    }

    #[test]
    fn the_more_urgent_and_the_calls_for_help_keep_more_rows_of_their_own() {
        let r = rules();
        assert_eq!(r.own_rows(Kind::Tips, Priority::NORMAL), 1);
        assert!(r.own_rows(Kind::Tips, Priority::LIFE) > r.own_rows(Kind::Tips, Priority::URGENT));
        assert!(r.own_rows(Kind::Counselling, Priority::NORMAL) > r.own_rows(Kind::Tips, Priority::NORMAL));
    }

    #[test]
    fn half_a_file_is_a_fault_not_a_guess() {
        assert!(Rules::parse("[window]\nminutes = 1\n").is_err());
        let words = include_str!("../../config/flood.toml").replace("most = 9\n", "most = 10\n");
        assert!(Rules::parse(&words).is_err(), "a sum without a word");
    }
}
