//! Short words that mean something in the talk whatever it is about: a refusal, a wish to be called. Data
//! (`config/dialogue.toml`), compared as people type: without marks, case and signs.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::wording::folded;

/// The most words of a message that is an hour and nothing else.
const HOUR_WORDS: usize = 8;
/// The first hour that only an afternoon has.
const NOON: u32 = 12;

/// The file of sayings does not hold what it must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("config/dialogue.toml: {0}")]
pub struct BadSayings(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    around: Vec<String>,
    never_mind: Vec<String>,
    not_send: Vec<String>,
    refusal: Vec<String>,
    not_call: Vec<String>,
    call_me: Vec<String>,
    around_hour: Vec<String>,
    around_refusal: Vec<String>,
}

/// The sayings, folded.
#[derive(Debug)]
pub struct Sayings {
    around: Vec<String>,
    never_mind: Vec<String>,
    not_send: Vec<String>,
    refusal: Vec<String>,
    not_call: Vec<String>,
    call_me: Vec<String>,
    around_hour: Vec<String>,
    around_refusal: Vec<String>,
}

static EMBEDDED: LazyLock<Result<Sayings, BadSayings>> =
    LazyLock::new(|| Sayings::parse(include_str!("../../../config/dialogue.toml")));

impl Sayings {
    /// The file the program was built with.
    pub fn embedded() -> Result<&'static Self, BadSayings> {
        EMBEDDED.as_ref().map_err(Clone::clone)
    }

    /// Reads the file; a list without words would leave us deaf and is refused.
    pub fn parse(text: &str) -> Result<Self, BadSayings> {
        let file: File = toml::from_str(text).map_err(|e| BadSayings(e.message().to_owned()))?;
        let list = |name: &str, words: &[String]| {
            let words: Vec<String> = words.iter().map(|w| folded(w)).collect();
            if words.is_empty() || words.iter().any(String::is_empty) {
                return Err(BadSayings(format!("{name} is empty, or an entry of it is")));
            }
            Ok(words)
        };
        let around = list("around", &file.around)?;
        let whole = |name: &str, words: &[String]| {
            list(name, words).map(|words| words.iter().map(|w| bare(&around, w)).collect::<Vec<_>>())
        };
        Ok(Self {
            never_mind: whole("never_mind", &file.never_mind)?,
            not_send: whole("not_send", &file.not_send)?,
            call_me: whole("call_me", &file.call_me)?,
            refusal: list("refusal", &file.refusal)?,
            not_call: list("not_call", &file.not_call)?,
            around_refusal: list("around_refusal", &file.around_refusal)?,
            around_hour: list("around_hour", &file.around_hour)?
                .iter()
                .flat_map(|w| w.split(' ').map(str::to_owned).collect::<Vec<_>>())
                .collect(),
            around,
        })
    }

    fn is(&self, list: &[String], text: &str) -> bool {
        let said = bare(&self.around, &folded(text));
        !said.is_empty() && list.contains(&said)
    }

    /// The whole message drops whatever is being asked.
    pub(super) fn never_mind(&self, text: &str) -> bool {
        self.is(&self.never_mind, text)
    }

    /// The whole message drops what is held.
    pub(super) fn drops(&self, text: &str) -> bool {
        self.never_mind(text) || self.is(&self.not_send, text)
    }

    /// Somewhere in the words what is held is refused.
    pub(super) fn refuses(&self, text: &str) -> bool {
        holds(&self.refusal, text)
    }

    /// Somewhere in the words a call is refused.
    pub(super) fn refuses_call(&self, text: &str) -> bool {
        holds(&self.not_call, text)
    }

    /// The whole message refuses a call.
    pub(super) fn calls_off(&self, text: &str) -> bool {
        let around = |word: &&str| !self.around.iter().chain(&self.around_refusal).any(|a| a == word);
        let said = folded(text);
        let said: Vec<&str> = said.split(' ').filter(around).collect();
        self.not_call.iter().any(|words| words.split(' ').filter(around).eq(said.iter().copied()))
    }

    /// The whole message asks for a call.
    pub(super) fn wants_call(&self, text: &str) -> bool {
        self.is(&self.call_me, text)
    }

    /// The hour of the clock, where a message is that and nothing else: `17h`, `5 giờ chiều`, `8`. An hour of at most
    /// twelve without a time of day may be meant in the afternoon too: then both are given.
    pub(super) fn hours(&self, text: &str) -> Vec<u32> {
        let said = folded(&text.replace(':', "h"));
        let mut words = Vec::new();
        for word in said.split(' ') {
            words.extend(unglued(word));
        }
        if words.len() > HOUR_WORDS {
            return Vec::new();
        }
        let numbers: Vec<(usize, u32)> =
            words.iter().enumerate().filter_map(|(at, w)| w.parse().ok().map(|n| (at, n))).collect();
        let [(at, hour)] = numbers.as_slice() else { return Vec::new() };
        let (mut time, mut known) = (None, *hour <= 23);
        for (i, word) in words.iter().enumerate().filter(|(i, _)| i != at) {
            let behind = i > *at;
            match word.as_str() {
                "h" | "h00" | "gio" if behind => {}
                "sang" | "am" if behind => time = Some(false),
                "chieu" | "toi" | "pm" if behind => time = Some(true),
                "trua" if behind => time = Some(*hour < 11),
                other => {
                    known &=
                        self.around_hour.iter().any(|w| w == other) || self.around.iter().any(|w| w == other);
                }
            }
        }
        match time {
            _ if !known => Vec::new(),
            Some(true) if *hour < NOON => vec![hour + NOON],
            None if *hour < NOON => vec![*hour, hour + NOON],
            _ => vec![*hour],
        }
    }
}

/// `17h` as `17` and `h`.
fn unglued(word: &str) -> Vec<String> {
    let digits = word.chars().take_while(char::is_ascii_digit).count();
    let (number, rest) = word.split_at(digits);
    [number, rest].into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Without what is said around it.
fn bare(around: &[String], said: &str) -> String {
    let words: Vec<&str> = said.split(' ').collect();
    let tells = |word: &&str| !around.iter().any(|a| a == word);
    let (first, last) = (words.iter().position(tells), words.iter().rposition(tells));
    let between = first.zip(last).and_then(|(first, last)| words.get(first..=last));
    between.map_or_else(|| said.to_owned(), |words| words.join(" "))
}

/// Whether one of these stands in a text, word for word.
fn holds(list: &[String], text: &str) -> bool {
    let said = format!(" {} ", folded(text));
    list.iter().any(|words| said.contains(&format!(" {words} ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sayings() -> &'static Sayings {
        Sayings::embedded().expect("embedded")
    }

    #[test]
    fn a_refusal_is_heard_however_it_is_typed() {
        for said in [
            "huỷ",
            "Hủy.",
            "huy di",
            "STOP",
            "thôi đừng gửi nữa ạ",
            "dung gui nua",
            "xoá đi",
            "đổi ý",
            "Thôi!",
        ] {
            assert!(sayings().drops(said), "{said}");
        }
        for said in ["huy hay gửi hàng ở ngõ 5", "thôi nó chạy rồi", "", "gửi", "Ngõ 12"] {
            assert!(!sayings().drops(said), "{said}");
        }
        assert!(sayings().refuses("toi so qua, xoa di"));
        assert!(!sayings().refuses("nó gửi hàng lúc nửa đêm"));
        assert!(sayings().refuses_call("đừng gọi nữa chồng em về rồi"));
        for said in ["đừng gọi", "khong can goi nua", "thôi đừng gọi em nữa ạ", "huỷ cuộc gọi đi"]
        {
            assert!(sayings().calls_off(said), "{said}");
        }
        for said in ["đừng gọi công an", "gọi", "thôi", ""] {
            assert!(!sayings().calls_off(said), "{said}");
        }
    }

    #[test]
    fn a_wish_to_be_called_is_heard() {
        for said in ["gọi lại", "goi cho toi", "goi lai cho em", "Gọi lại cho em với ạ", "call me"]
        {
            assert!(sayings().wants_call(said), "{said}");
        }
        for said in ["gói", "goi", "nó gọi lại cho tôi lúc 9 giờ", "gọi cho công an"] {
            assert!(!sayings().wants_call(said), "{said}");
        }
    }

    #[test]
    fn an_hour_is_read_where_it_is_all_there_is() {
        let table: [(&str, &[u32]); 13] = [
            ("17h duoc khong", &[17]),
            ("17h", &[17]),
            ("5 giờ chiều", &[17]),
            ("5h chiều ạ", &[17]),
            ("8", &[8, 20]),
            ("8 giờ tối", &[20]),
            ("8h sáng", &[8]),
            ("tầm 13h nhé", &[13]),
            ("12h trưa", &[12]),
            ("17h ở ngõ 5", &[]),
            ("em đi làm tới tối", &[]),
            ("99h", &[]),
            ("17h nó giao hàng", &[]),
        ];
        for (said, hours) in table {
            assert_eq!(sayings().hours(said), hours, "{said}");
        }
    }

    #[test]
    fn a_list_without_words_is_refused() {
        let good = include_str!("../../../config/dialogue.toml");
        assert!(Sayings::parse(good).is_ok());
        assert!(Sayings::parse(&good.replace("\"đừng gọi\"", "\"…\"")).is_err());
        assert!(Sayings::parse("around = []").is_err());
    }
}
