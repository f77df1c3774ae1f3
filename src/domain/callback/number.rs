//! Telephone numbers as people type them.

use serde::{Deserialize, Serialize};

use super::Refused;

/// Typed more than this is no number.
const LONGEST: usize = 40;

/// A number in this country, as it is dialled here: `0` and nine or ten digits. No `Debug`, no `Display`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads what was typed: spaces, dots, dashes and brackets are forgiven, and `+84` or `0084` for the first `0`.
    /// Mobile numbers have ten digits (03, 05, 07, 08, 09), fixed lines ten or eleven (02). Short numbers, paid
    /// services and other countries are refused: nobody can be called back there, or at a price.
    pub fn parse(typed: &str) -> Result<Self, Refused> {
        if typed.chars().count() > LONGEST {
            return Err(Refused::BadNumber);
        }
        let forgiven = |c: &char| !c.is_whitespace() && !matches!(c, '.' | '-' | '(' | ')' | '–' | '\u{a0}');
        let bare: String = typed.chars().filter(forgiven).collect();
        let abroad = ["+84", "0084"].into_iter().find_map(|code| bare.strip_prefix(code));
        let bare = abroad.map_or(bare.clone(), |rest| format!("0{}", rest.strip_prefix('0').unwrap_or(rest)));
        if !bare.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Refused::BadNumber);
        }
        let good = match bare.as_bytes() {
            [b'0', b'2', ..] => matches!(bare.len(), 10 | 11),
            [b'0', b'3' | b'5' | b'7' | b'8' | b'9', ..] => bare.len() == 10,
            _ => false,
        };
        if good { Ok(Self(bare)) } else { Err(Refused::BadNumber) }
    }

    /// The digits, for the page of the one who dials.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = Refused;

    fn try_from(text: String) -> Result<Self, Refused> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}
