//! The receipt for the voice: nine Vietnamese syllables without accents, the same 95 bits as the twenty symbols.
//!
//! `config/spoken.txt` holds 2,048 syllables in 128 lines of 16: eleven bits each, 99 in all. The four bits left
//! over are a check: the column of each syllable, weighted by its place, must sum to nothing in the field of 16.
//! No two syllables that sound alike on the telephone stand in one column, so a syllable heard as its neighbour
//! (`l` and `n`, `tr` and `ch`, a southern `-n` for `-ng`) is always noticed; any other wrong syllable, and two that
//! changed places, in 15 cases of 16. More is not to be had: to notice every wrong syllable among nine, a list of
//! 3,757 would be needed, and without accents there are not so many that can be told apart.
//!
//! What is noticed is mended where it sounds alike: the readings are handed back, and the look-up decides.

mod sound;

use std::collections::HashMap;
use std::sync::LazyLock;

use zeroize::Zeroizing;

use self::sound::Sound;
use super::{MOST_READINGS, Receipt};

/// 128 lines of 16 syllables; the value of a syllable is 16 times its line and its column.
const SYLLABLES: &str = include_str!("../../../config/spoken.txt");
/// Syllables of a spoken receipt.
const SPOKEN: usize = 9;
/// The most sounds that are taken for their neighbours, over the whole receipt.
const MOST_SLIPS: u8 = 3;
/// The most combinations that are tried.
const MOST_TRIED: usize = 20_000;
/// The longest syllable a person may have written for one of ours, in letters.
const LONGEST: usize = 8;

struct List {
    syllables: Vec<&'static str>,
    values: HashMap<&'static str, u16>,
    alike: HashMap<Sound, Vec<(Sound, u16)>>,
}

static LIST: LazyLock<List> = LazyLock::new(|| {
    let syllables: Vec<&'static str> = SYLLABLES.split_ascii_whitespace().collect();
    let mut list = List { syllables: Vec::new(), values: HashMap::new(), alike: HashMap::new() };
    for (syllable, value) in syllables.iter().copied().zip(0_u16..) {
        list.values.insert(syllable, value);
        if let Some(sound) = Sound::of(syllable) {
            list.alike.entry(sound.family()).or_default().push((sound, value));
        }
    }
    List { syllables, ..list }
});

/// A syllable that may have been meant, and how many of its sounds were then taken for others.
type Choice = (u8, u16);

/// The nine syllables of a receipt, with spaces between.
pub(super) fn show(receipt: &Receipt) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(SPOKEN * (LONGEST + 1)));
    for (at, value) in values(&receipt.bits()).iter().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        text.push_str(LIST.syllables.get(usize::from(*value)).copied().unwrap_or_default());
    }
    text
}

/// The receipt that nine listed syllables with a right check stand for.
pub(super) fn exact(typed: &str) -> Option<Receipt> {
    let words = words(typed)?;
    let mut values = Zeroizing::new([0; SPOKEN]);
    for (value, word) in values.iter_mut().zip(&words) {
        *value = *LIST.values.get(word.as_str())?;
    }
    receipt(&values)
}

/// The receipts that nine syllables may stand for, when some were taken for what sounds like them: the fewest
/// slips first.
pub(super) fn alike(typed: &str) -> Vec<Receipt> {
    let Some(words) = words(typed) else { return Vec::new() };
    let choices: Vec<Vec<Choice>> = words.iter().map(|word| choices(word)).collect();
    let mut search = Search { choices: &choices, found: Vec::new(), tried: 0 };
    for slips in 0..=MOST_SLIPS {
        search.fill(&mut Vec::new(), slips);
    }
    search.found
}

/// Whether a text has as many words as a spoken receipt, and nothing but words.
pub(super) fn shaped(typed: &str) -> bool {
    words(typed).is_some()
}

/// What a syllable may be meant for.
fn choices(word: &str) -> Vec<Choice> {
    let Some(sound) = Sound::of(word) else { return Vec::new() };
    let family = LIST.alike.get(&sound.family());
    family.into_iter().flatten().map(|(other, value)| (sound.slips(other), *value)).collect()
}

/// Tries combinations in the order of their slips.
struct Search<'a> {
    choices: &'a [Vec<Choice>],
    found: Vec<Receipt>,
    tried: usize,
}

impl Search<'_> {
    /// Goes on with the next syllable; exactly so many slips are still to be made.
    fn fill(&mut self, chosen: &mut Vec<u16>, slips: u8) {
        let Some(choices) = self.choices.get(chosen.len()) else {
            self.tried += 1;
            if slips == 0
                && let Ok(values) = <[u16; SPOKEN]>::try_from(chosen.as_slice())
                && let Some(receipt) = receipt(&Zeroizing::new(values))
            {
                self.found.push(receipt);
            }
            return;
        };
        for (cost, value) in choices {
            if self.found.len() >= MOST_READINGS || self.tried >= MOST_TRIED {
                return;
            }
            if let Some(left) = slips.checked_sub(*cost) {
                chosen.push(*value);
                self.fill(chosen, left);
                chosen.pop();
            }
        }
    }
}

/// The nine words of a text, without accents and in small letters; `None` if it is something else.
fn words(typed: &str) -> Option<Vec<Zeroizing<String>>> {
    let folded = Zeroizing::new(sound::folded(typed));
    let apart = |c: char| !c.is_alphanumeric();
    let words: Vec<_> = folded.split(apart).filter(|w| !w.is_empty()).take(SPOKEN + 1).collect();
    let fits = |w: &&str| w.len() <= LONGEST && w.bytes().all(|b| b.is_ascii_lowercase());
    (words.len() == SPOKEN && words.iter().all(fits))
        .then(|| words.into_iter().map(|w| Zeroizing::new(w.to_owned())).collect())
}

/// Eleven bits for each of the first eight syllables, seven and the check for the last.
fn values(bits: &[u8; 12]) -> Zeroizing<[u16; SPOKEN]> {
    let all = u128::from_be_bytes(super::widen(*bits)) >> 33;
    let mut values = Zeroizing::new([0; SPOKEN]);
    let part = |shift: usize, mask: u128| u16::try_from((all >> shift) & mask).unwrap_or(0);
    for (at, value) in values.iter_mut().take(SPOKEN - 1).enumerate() {
        *value = part(84 - 11 * at, 0x7FF);
    }
    let last = part(0, 0x7F) << 4;
    let check = (0..16).find(|check| {
        let [.., tail] = &mut *values;
        *tail = last | check;
        fits(&*values)
    });
    let [.., tail] = &mut *values;
    *tail = last | check.unwrap_or(0);
    values
}

/// The receipt behind nine values, if their check is right.
fn receipt(values: &[u16; SPOKEN]) -> Option<Receipt> {
    if !fits(values) {
        return None;
    }
    let (last, head) = values.split_last()?;
    let all = head.iter().fold(0_u128, |sum, value| (sum << 11) | u128::from(*value));
    let all = ((all << 7) | u128::from(last >> 4)) << 33;
    let mut bits = [0; 12];
    for (to, from) in bits.iter_mut().zip(all.to_be_bytes()) {
        *to = from;
    }
    Some(Receipt::from_random(bits))
}

/// Whether the columns, each multiplied by a power of two that no other place has, sum to nothing.
fn fits(values: &[u16]) -> bool {
    // Horner's rule in the field of 16 elements, x⁴ = x + 1
    values.iter().fold(0, |sum, value| doubled(sum) ^ (value & 15)) == 0
}

/// Twice an element of the field.
const fn doubled(element: u16) -> u16 {
    let twice = element << 1;
    if twice & 16 == 0 { twice } else { twice ^ 0b1_0011 }
}

#[cfg(test)]
mod tests;
