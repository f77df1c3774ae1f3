//! One word as it can be compared: lower case, tone apart from letter, and a plain form without marks.
//!
//! People write with marks, without, or with the leftovers of Telex (`nguwowif`) and VNI (`ma tu1y`). A word with
//! marks must match with its marks; a word without may match anything it could have been.

use unicode_normalization::UnicodeNormalization;

use crate::domain::letters::is_mark;

/// The stroke of `đ`, written apart like any other mark.
const STROKE: char = '\u{335}';
/// Two marks that many people do not tell apart (`sữ dụng`): one stands for both.
const HOOK: char = '\u{309}';
const TILDE: char = '\u{303}';

/// A word in comparable form. Kept apart from `letters`: here marks are kept beside the letters, a stroke is one of them,
/// and hook and tilde are one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::domain) struct Word {
    exact: String,
    folded: String,
}

impl Word {
    /// The comparable form of one word.
    pub(in crate::domain) fn of(raw: &str) -> Self {
        let mut word = if raw.is_ascii() {
            let plain = raw.to_ascii_lowercase();
            Self { exact: plain.clone(), folded: plain }
        } else {
            Self::marked(raw)
        };
        word.shorten();
        word.soften();
        word
    }

    fn marked(raw: &str) -> Self {
        let (mut exact, mut folded, mut tone) = (String::new(), String::new(), None);
        for c in raw.nfkd().flat_map(char::to_lowercase) {
            match c {
                '\u{300}' | '\u{301}' | HOOK | '\u{323}' => tone = Some(c),
                TILDE => tone = Some(HOOK),
                'đ' | 'ð' => {
                    exact.extend(['d', STROKE]);
                    folded.push('d');
                }
                '\'' | '’' | '\u{200b}'..='\u{200f}' | '\u{fe0f}' | '\u{2060}' | '\u{feff}' => {}
                _ if is_mark(c) => exact.push(c),
                _ => {
                    exact.push(c);
                    folded.push(c);
                }
            }
        }
        exact.extend(tone);
        Self { exact, folded }
    }

    /// `cứuuuu` is `cứu`: a letter said three times or more is said once.
    fn shorten(&mut self) {
        let letters: Vec<char> = self.folded.chars().collect();
        let drawn = |w: &[char]| matches!(w, [a, b, c] if a == b && b == c && a.is_alphabetic());
        if letters.windows(3).any(drawn) {
            self.exact = once(&self.exact);
            self.folded = self.exact.chars().filter(|c| !is_mark(*c)).collect();
        }
    }

    /// A last `y` after a consonant is an `i` (`kỹ`, `kĩ`).
    fn soften(&mut self) {
        let mut from_behind = self.folded.chars().rev();
        let (last, before) = (from_behind.next(), from_behind.next());
        if last == Some('y') && before.is_some_and(|b| "bcdghklmnprstvxq".contains(b)) {
            for form in [&mut self.folded, &mut self.exact] {
                if let Some(at) = form.rfind('y') {
                    form.replace_range(at..=at, "i");
                }
            }
        }
    }

    /// Letters with their marks apart, the tone at the end: `túy` and `tuý` are one.
    pub(in crate::domain) fn exact(&self) -> &str {
        &self.exact
    }

    /// Letters and digits without marks.
    pub(in crate::domain) fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether it was written without any mark.
    pub(in crate::domain) fn plain(&self) -> bool {
        self.exact.len() == self.folded.len()
    }

    /// Whether it is `other` with some marks forgotten.
    pub(in crate::domain) fn forgets(&self, other: &str) -> bool {
        let mut theirs = other.chars();
        self.exact.chars().all(|mine| theirs.any(|c| c == mine))
    }

    fn guess(folded: String) -> Self {
        let mut word = Self { exact: folded.clone(), folded };
        word.soften();
        word
    }

    /// The word as Telex or VNI keys would have made it, without marks.
    pub(in crate::domain) fn undone(&self) -> Option<Self> {
        if !self.plain() || self.folded.len() < 2 || self.folded.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
        let digits = self.folded.chars().any(|c| c.is_ascii_digit());
        let (mut out, last) = (String::new(), self.folded.chars().count() - 1);
        for (at, c) in self.folded.chars().enumerate() {
            // no syllable has the same of these twice; `toio` is `tôi` with its key typed late
            let doubled = ("aeo".contains(c) && out.contains(c))
                || (c == 'd' && out.starts_with('d') && (at == 1 || at == last));
            let key = if digits {
                c.is_ascii_digit()
            } else {
                (c == 'w' && at > 0) || (at > 1 && "sfrxj".contains(c))
            };
            if !(doubled || key) {
                out.push(c);
            }
        }
        (out != self.folded && !out.is_empty()).then(|| Self::guess(out))
    }

    /// What it may be in the hurried writing of the young, or with figures for letters (`fê`, `wán`, `m4`).
    pub(in crate::domain) fn respelt(&self) -> Vec<Self> {
        let text = self.folded.as_str();
        let mut out = Vec::new();
        for (from, to) in
            [("f", "ph"), ("w", "qu"), ("z", "d"), ("z", "gi"), ("j", "gi"), ("k", "c"), ("dz", "d")]
        {
            if let Some(rest) = text.strip_prefix(from)
                && rest.starts_with(['a', 'e', 'i', 'o', 'u', 'y'])
            {
                out.push(format!("{to}{rest}"));
            }
        }
        let (letters, figures) =
            (text.chars().any(char::is_alphabetic), text.chars().any(|c| "@$0134579".contains(c)));
        if letters && figures {
            out.push(text.chars().map(letter_for).collect());
        }
        out.into_iter().map(Self::guess).collect()
    }
}

/// A text with letters said once that were said three times or more.
fn once(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out: Vec<char> = Vec::new();
    let mut at = 0;
    while let Some(&c) = letters.get(at) {
        let run = letters.iter().skip(at).take_while(|d| **d == c).count();
        // marks of the letter before belong to it, so `ứuuu` is `ứ` and one `u`
        let drawn = run >= 3 || (run == 2 && out.last().is_some_and(|m| is_mark(*m)));
        out.extend(std::iter::repeat_n(c, if drawn && c.is_alphabetic() { 1 } else { run }));
        at += run;
    }
    out.into_iter().collect()
}

fn letter_for(c: char) -> char {
    match c {
        '4' | '@' => 'a',
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '5' | '$' => 's',
        '7' => 't',
        '9' => 'g',
        other => other,
    }
}
