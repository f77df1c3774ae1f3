//! Two Vietnamese input methods as a typist meets them, written from their rules and not from the reader: the
//! word so far is a list of letters with a shape and a tone, and every key first tries to change the word.

use unicode_normalization::UnicodeNormalization;

struct Letter {
    base: char,
    shape: Option<char>,
    /// This `Ư` came from a lone W.
    lone: bool,
}

#[derive(Default)]
struct Word {
    letters: Vec<Letter>,
    tone: Option<usize>,
    /// After a key cancelled itself the rest of the word is taken as typed.
    raw: bool,
}

const TONES: [char; 5] = ['\u{301}', '\u{300}', '\u{309}', '\u{303}', '\u{323}'];
const CIRCUMFLEX: char = '\u{302}';
const BREVE: char = '\u{306}';
const HORN: char = '\u{31b}';
const STROKE: char = '\u{335}';

fn same(a: char, b: char) -> bool {
    a.eq_ignore_ascii_case(&b)
}

fn vowel(c: char) -> bool {
    "AEIOUY".contains(c.to_ascii_uppercase())
}

impl Word {
    fn literal(&mut self, key: char) {
        self.letters.push(Letter { base: key, shape: None, lone: false });
    }

    fn has_vowel(&self) -> bool {
        self.letters.iter().any(|l| vowel(l.base))
    }

    /// A tone key: sets, replaces or, pressed twice, cancels.
    fn tone_key(&mut self, key: char, tone: usize) {
        if self.raw || !self.has_vowel() {
            self.literal(key);
        } else if self.tone == Some(tone) {
            self.tone = None;
            self.raw = true;
            self.literal(key);
        } else {
            self.tone = Some(tone);
        }
    }

    fn erase_tone(&mut self, key: char) {
        if self.raw || self.tone.take().is_none() {
            self.literal(key);
        }
    }

    /// A shape key for the last letter of `bases`: sets, replaces or cancels.
    fn shape_key(&mut self, key: char, bases: &str, shape: char) {
        let target = self.letters.iter_mut().rev().find(|l| bases.contains(l.base.to_ascii_uppercase()));
        match target {
            Some(letter) if !self.raw && letter.shape == Some(shape) => {
                letter.shape = None;
                self.raw = true;
                self.literal(key);
            }
            Some(letter) if !self.raw => letter.shape = Some(shape),
            _ => self.literal(key),
        }
    }

    /// Telex W: breve on A, horn on O or U, else a letter Ư of its own, and W again takes that back.
    fn w(&mut self, key: char) {
        let lone = !self.raw && self.letters.last().is_some_and(|l| l.lone);
        if lone {
            self.letters.pop();
            self.raw = true;
            self.literal(key);
        } else if !self.raw && self.letters.iter().any(|l| same(l.base, 'A')) {
            self.shape_key(key, "A", BREVE);
        } else if self.raw || self.has_vowel() {
            self.literal(key);
        } else {
            let base = if key.is_uppercase() { 'U' } else { 'u' };
            self.letters.push(Letter { base, shape: Some(HORN), lone: true });
        }
    }

    /// The word as shown: the tone sits on the last shaped vowel, else on the last vowel before a final
    /// consonant, else on the last but one of several.
    fn show(&self) -> String {
        let vowels: Vec<usize> = (0..self.letters.len()).filter(|at| vowel(self.letters[*at].base)).collect();
        let shaped = vowels.iter().rev().find(|at| self.letters[**at].shape.is_some()).copied();
        let closed = self.letters.last().is_some_and(|l| !vowel(l.base));
        let seat = shaped.or(match vowels.as_slice() {
            [.., before, _] if !closed => Some(*before),
            [.., last] => Some(*last),
            [] => None,
        });
        let mut out = String::new();
        for (at, letter) in self.letters.iter().enumerate() {
            match (letter.base, letter.shape) {
                ('D', Some(_)) => out.push('Đ'),
                ('d', Some(_)) => out.push('đ'),
                (base, shape) => out.extend(std::iter::once(base).chain(shape)),
            }
            if let (Some(tone), true) = (self.tone, Some(at) == seat) {
                out.push(TONES[tone]);
            }
        }
        out.nfc().collect()
    }
}

fn typed(code: &str, breaks: impl Fn(char) -> bool, press: impl Fn(&mut Word, char)) -> String {
    let mut out = String::new();
    let mut word = Word::default();
    for key in code.chars() {
        if breaks(key) {
            out.push_str(&word.show());
            out.push(key);
            word = Word::default();
        } else {
            press(&mut word, key);
        }
    }
    out.push_str(&word.show());
    out
}

/// Telex: a digit or a dash ends the word.
pub(super) fn telex(code: &str) -> String {
    typed(
        code,
        |key| !key.is_ascii_alphabetic(),
        |word, key| match key.to_ascii_uppercase() {
            'S' => word.tone_key(key, 0),
            'F' => word.tone_key(key, 1),
            'R' => word.tone_key(key, 2),
            'X' => word.tone_key(key, 3),
            'J' => word.tone_key(key, 4),
            'Z' => word.erase_tone(key),
            'W' => word.w(key),
            upper @ ('A' | 'E') if word.letters.iter().any(|l| same(l.base, upper)) => {
                word.shape_key(key, &upper.to_string(), CIRCUMFLEX);
            }
            'D' if word.letters.iter().any(|l| same(l.base, 'D')) => word.shape_key(key, "D", STROKE),
            _ => word.literal(key),
        },
    )
}

/// VNI: only what is neither letter nor digit ends the word.
pub(super) fn vni(code: &str) -> String {
    typed(
        code,
        |key| !key.is_ascii_alphanumeric(),
        |word, key| match key {
            '1'..='5' => word.tone_key(key, key as usize - '1' as usize),
            '6' => word.shape_key(key, "AEO", CIRCUMFLEX),
            '7' => word.shape_key(key, "OU", HORN),
            '8' => word.shape_key(key, "A", BREVE),
            '9' => word.shape_key(key, "D", STROKE),
            '0' => word.erase_tone(key),
            _ => word.literal(key),
        },
    )
}

#[test]
fn the_keyboards_type_vietnamese() {
    assert_eq!(telex("ddaats baoj treer"), "đất bạo trể");
    assert_eq!(telex("AS-ABS-DD-AAF"), "Á-ÁB-Đ-Ầ");
    assert_eq!(telex("ASF-ASS-ASZ-AWW"), "À-AS-A-AW");
    assert_eq!(vni("A1-D9-A6B2-A12-A11-A10"), "Á-Đ-ẦB-À-A1-A");
}
