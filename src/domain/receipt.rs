//! The citizen's secret: the one way back to a case for somebody who gave no name.
//!
//! Nineteen random Crockford base32 symbols (95 bits) and a check symbol, so that a slip of the pen or the thumb
//! can be told from an unknown code without asking the database. It is typed by hand from paper, on keyboards that
//! turn `AS` into `Á`: reading is therefore generous, and the check symbol decides. For the voice there is a second
//! form of the same bits, nine syllables. Never in a log, a row or an error: no `Debug`, no `Display`.

mod luhn;
mod spoken;
mod typing;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// Symbols of a receipt, the check symbol included.
pub const LENGTH: usize = 20;

/// The most readings [`Receipt::parse`] hands back; each costs its caller one look-up.
pub const MOST_READINGS: usize = 64;

/// The alphabet by value: no I, L, O, U.
const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M',
    'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];

/// A receipt with a right check symbol. It is wiped when dropped, and compared in constant time.
///
/// ```compile_fail
/// let receipt = tinan::domain::receipt::Receipt::from_random([0; 12]);
/// println!("{receipt:?}");
/// ```
///
/// ```compile_fail
/// let receipt = tinan::domain::receipt::Receipt::from_random([0; 12]);
/// println!("{receipt}");
/// ```
#[derive(Clone, Zeroize)]
#[zeroize(drop)]
pub struct Receipt([u8; LENGTH]);

impl PartialEq for Receipt {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Receipt {}

/// No reading of what was typed has a right check symbol: a slip, not an unknown code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt: mistyped")]
pub struct Mistyped;

impl Receipt {
    /// A new receipt from 96 random bits, of which the last is not used.
    #[must_use]
    pub fn from_random(bits: [u8; 12]) -> Self {
        let mut all = u128::from_be_bytes(widen(bits)) >> 33;
        let mut symbols = [0_u8; LENGTH];
        for symbol in symbols.iter_mut().take(LENGTH - 1).rev() {
            *symbol = u8::try_from(all & 31).unwrap_or(0);
            all >>= 5;
        }
        let [payload @ .., check] = &mut symbols;
        *check = luhn::check(payload);
        Self(symbols)
    }

    /// The 95 random bits, big-endian, left-aligned; the last bit is zero. This is what keys are derived from.
    #[must_use]
    pub fn bits(&self) -> [u8; 12] {
        let payload = self.0.iter().take(LENGTH - 1);
        let all = payload.fold(0_u128, |sum, symbol| (sum << 5) | u128::from(*symbol)) << 33;
        let mut out = [0; 12];
        for (to, from) in out.iter_mut().zip(all.to_be_bytes()) {
            *to = from;
        }
        out
    }

    /// The code as the citizen sees it: `XXXX-XXXX-XXXX-XXXX-XXXX`.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(LENGTH + 4));
        for (at, symbol) in self.0.iter().enumerate() {
            if at > 0 && at % 4 == 0 {
                out.push('-');
            }
            out.push(letter(*symbol));
        }
        out
    }

    /// The same secret for the voice: nine syllables without accents.
    #[must_use]
    pub fn spoken(&self) -> Zeroizing<String> {
        spoken::show(self)
    }

    /// Whether a text is, as it stands, a receipt as [`Self::spoken`] gives it. An ordinary sentence of nine listed
    /// words is so too, one time in sixteen: what is not found was perhaps no receipt.
    #[must_use]
    pub fn is_spoken(typed: &str) -> bool {
        spoken::exact(typed).is_some()
    }

    /// Whether a text has the nine words of a spoken receipt and nothing else, right or wrong.
    #[must_use]
    pub fn is_nine_words(typed: &str) -> bool {
        spoken::shaped(typed)
    }

    /// Every receipt that may have been meant, the likeliest first, at most [`MOST_READINGS`]. Case, spaces and
    /// dashes do not matter; O reads as 0, I and L as 1, U as V; what Telex and VNI keyboards did is undone.
    ///
    /// A code typed as shown has one reading. Several readings are all well-formed, and the caller looks each up.
    /// Nine words are read as the spoken form, accents or not; where its check fails, as what sounds like it.
    pub fn parse(typed: &str) -> Result<Vec<Self>, Mistyped> {
        if spoken::shaped(typed) {
            let heard = spoken::exact(typed).map_or_else(|| spoken::alike(typed), |only| vec![only]);
            if !heard.is_empty() {
                return Ok(heard);
            }
        }
        let found: Vec<Self> =
            typing::readings(typed).into_iter().take(MOST_READINGS).map(|symbols| Self(*symbols)).collect();
        if found.is_empty() { Err(Mistyped) } else { Ok(found) }
    }
}

/// The symbol of a value below 32.
fn letter(value: u8) -> char {
    ALPHABET.get(usize::from(value)).copied().unwrap_or('0')
}

/// The value of a typed letter or digit, with the usual confusions.
fn value(typed: char) -> Option<u8> {
    let plain = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        'U' => 'V',
        other => other,
    };
    ALPHABET.iter().position(|c| *c == plain).and_then(|at| u8::try_from(at).ok())
}

/// Twelve bytes as the upper part of sixteen.
fn widen(bits: [u8; 12]) -> [u8; 16] {
    let mut wide = [0; 16];
    for (to, from) in wide.iter_mut().zip(bits) {
        *to = from;
    }
    wide
}

#[cfg(test)]
mod tests;
