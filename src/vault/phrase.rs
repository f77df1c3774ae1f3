//! Unlock phrases: eight random Vietnamese syllables without accents (80 bits), easy to say, type and remember.
//!
//! A password people think up falls to an offline attack on a stolen row however slow the hash is, so the system
//! makes one; what a member brings instead must look as random as that.

use std::collections::HashSet;
use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::VaultError;
use crate::kernel::{Entropy, Secret};

/// 1,024 distinct syllables, sorted, one a line: ten bits each.
const SYLLABLES: &str = include_str!("../../config/syllables.txt");
/// Words in a phrase.
const WORDS: usize = 8;
/// What a password must be worth, in bits.
const BAR: f64 = 77.0;

static LIST: LazyLock<Vec<&'static str>> = LazyLock::new(|| SYLLABLES.lines().collect());

/// Eight syllables, ten random bits each.
pub fn generate_phrase(entropy: &Entropy) -> Result<Secret<String>, VaultError> {
    let random = Zeroizing::new(entropy.bytes::<{ WORDS * 2 }>()?);
    let mut phrase = String::with_capacity(WORDS * 8);
    for (n, pair) in random.as_chunks::<2>().0.iter().enumerate() {
        if n > 0 {
            phrase.push(' ');
        }
        let index = usize::from(u16::from_be_bytes(*pair)) % LIST.len().max(1);
        phrase.push_str(LIST.get(index).copied().unwrap_or_default());
    }
    Ok(Secret::new(phrase))
}

/// Whether a password may guard a vault: a phrase of eight different listed syllables, or one that looks random.
///
/// The estimate errs on the strict side: what goes on as words and years do counts a bit and a half, a capital that
/// begins a word three, a repeated pair nothing. Some 25 random letters and digits pass, fewer with signs.
#[must_use]
pub fn meets_bar(password: &Secret<String>) -> bool {
    if let Some(phrase) = canonical(password.expose()) {
        return phrase.split(' ').collect::<HashSet<_>>().len() >= WORDS - 1;
    }
    estimate(password.expose()) >= BAR
}

/// The one spelling of a phrase of listed syllables, whatever its case and spacing; `None` for anything else.
pub(super) fn canonical(text: &str) -> Option<Zeroizing<String>> {
    let mut phrase = Zeroizing::new(String::with_capacity(text.len()));
    let mut words = 0;
    for word in text.split(|c: char| c.is_whitespace() || c == '-').filter(|w| !w.is_empty()) {
        let word = Zeroizing::new(word.to_lowercase());
        LIST.binary_search(&word.as_str()).ok()?;
        if words > 0 {
            phrase.push(' ');
        }
        phrase.push_str(&word);
        words += 1;
    }
    (words >= WORDS).then_some(phrase)
}

/// The most characters that are looked at; whoever brings more has passed long before.
const LOOKED_AT: usize = 200;

fn estimate(password: &str) -> f64 {
    let shown = password.chars().filter(|c| !c.is_whitespace());
    let text = Zeroizing::new(shown.take(LOOKED_AT).collect::<Vec<char>>());
    let mut bits = 0.0;
    for (at, &c) in text.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|i| text.get(i)).copied();
        let repeated =
            before.is_some_and(|b| text.iter().zip(text.iter().skip(1)).take(at - 1).any(|p| p == (&b, &c)));
        if !repeated {
            bits += worth(before, c, text.get(at + 1).copied());
        }
    }
    bits
}

/// What a character adds, given its neighbours, in bits.
fn worth(before: Option<char>, c: char, after: Option<char>) -> f64 {
    let into_word = after.is_some_and(char::is_lowercase);
    let Some(before) = before else { return 3.0 };
    match (Class::of(before), Class::of(c)) {
        (a, b) if a == b => 1.5,
        (Class::Upper, Class::Lower) if into_word => 1.5,
        (Class::Lower, Class::Upper) if into_word => 3.0,
        (_, Class::Digit) => 3.3,
        (_, Class::Other) => 3.0,
        _ => 5.0,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Sign,
    Other,
}

impl Class {
    const fn of(c: char) -> Self {
        match c {
            'a'..='z' => Self::Lower,
            'A'..='Z' => Self::Upper,
            '0'..='9' => Self::Digit,
            '!'..='~' => Self::Sign,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(text: &str) -> bool {
        meets_bar(&Secret::new(text.to_owned()))
    }

    #[test]
    fn the_list_has_1024_distinct_plain_syllables_in_order() {
        assert_eq!(LIST.len(), 1024);
        assert!(LIST.is_sorted_by(|a, b| a < b));
        assert!(LIST.iter().all(|s| (2..=6).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_lowercase())));
    }

    #[test]
    fn every_generated_phrase_meets_the_bar() {
        let entropy = Entropy::seeded(3);
        let mut met = 0;
        for _ in 0..1000 {
            let phrase = generate_phrase(&entropy).expect("seeded");
            assert_eq!(phrase.expose().split(' ').count(), 8);
            met += usize::from(meets_bar(&phrase));
        }
        assert_eq!(met, 1000);
    }

    #[test]
    fn what_people_think_up_does_not() {
        for weak in [
            "",
            "123456",
            "MatKhau@2024",
            "matkhaucuatoirathaykhongaibietdau",
            "Nguyen Van An 1990 Ha Noi",
            "qwertyuiopasdfghjkl",
            "aA1!aA1!aA1!aA1!aA1!aA1!aA1!aA1!",
            "ba ba ba ba ba ba ba ba",
            "P@ssw0rd!P@ssw0rd!",
            "MatKhauCuaToiLaRatDaiVaKhoDoan",
            "Trung tam 06, duong Le Loi, so 12",
        ] {
            assert!(!bar(weak), "{weak}");
        }
    }

    #[test]
    fn long_random_ones_do() {
        let letters: Vec<char> =
            ('a'..='z').chain('A'..='Z').chain('0'..='9').chain("!@#$%^&*".chars()).collect();
        let entropy = Entropy::seeded(9);
        for _ in 0..200 {
            let random: [u8; 40] = entropy.bytes().expect("seeded");
            let text: String = random.iter().map(|b| letters[usize::from(*b) % letters.len()]).collect();
            assert!(bar(&text), "{text}");
        }
        assert!(bar("7f9c2e8b1d4a6f305c8e9b7d2a4f6c1e8b3d5a70"));
    }
}
