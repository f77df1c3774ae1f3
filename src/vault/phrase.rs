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
/// The estimate errs on the strict side: a character that goes on in the class of the one before it (letters of a
/// word, digits of a year) counts two bits, a repeated pair nothing.
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

fn estimate(password: &str) -> f64 {
    let mut seen = HashSet::new();
    let mut before: Option<char> = None;
    let mut bits = 0.0;
    for c in password.chars() {
        let fresh = before.is_none_or(|b| seen.insert((b, c)));
        let (class, size) = class(c);
        let goes_on = before.is_some_and(|b| self::class(b).0 == class);
        if fresh {
            bits += if goes_on { 2.0 } else { size };
        }
        before = Some(c);
    }
    bits
}

/// The class of a character and what a change to that class is worth: which class, and which of its members.
const fn class(c: char) -> (u8, f64) {
    match c {
        'a'..='z' => (0, 5.5),
        'A'..='Z' => (1, 5.5),
        '0'..='9' => (2, 4.3),
        '!'..='~' => (3, 5.5),
        _ => (4, 3.0),
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
        ] {
            assert!(!bar(weak), "{weak}");
        }
    }

    #[test]
    fn long_random_ones_do() {
        for strong in
            ["fK3vR9xQ2mZ7pT4wL8nB6cJ5", "7f9c2e8b1d4a6f305c8e9b7d2a4f6c1e8b3d5a70", "x9$Lq2#Vm7!Rt4%Kp8&Wz"]
        {
            assert!(bar(strong), "{strong}");
        }
    }
}
