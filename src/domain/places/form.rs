//! Words as they can be compared: letters apart from their shapes and from the tone of the word.
//!
//! `Hoá`, `Hóa`, `hoa` and what a keyboard without its driver leaves (`hoas`, `hoa1`) have the same letters; what was
//! typed beside the letters can only raise or lower a match. `y` and `i` are one letter, so `Quí` is `Quý`.

use unicode_normalization::UnicodeNormalization;

/// The most letters of a word that can belong to a name, names written in one word included.
const LONGEST: usize = 24;

/// The shape of a letter: `â ê ô đ`, `ă`, `ơ ư`.
const CIRCUMFLEX: u64 = 1;
const BREVE: u64 = 2;
const HORN: u64 = 3;

/// One word. Kept apart from `letters` and from `wording::Word`: a name is compared letter by letter, its shapes and its
/// tone weighed each by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Form {
    letters: [u8; LONGEST],
    /// Two bits a letter.
    shapes: u64,
    len: u8,
    /// 0 is level, then grave, acute, tilde, hook above, dot below.
    tone: u8,
    /// Too long to be part of a name.
    over: bool,
}

/// What one character of a text in NFD is to us.
pub(super) enum Piece {
    /// A letter or digit, in lower case; the second says that it was a capital.
    Letter(u8, bool),
    /// `đ`.
    Crossed(bool),
    Shape(u64),
    Tone(u8),
    /// Nothing to see.
    Silent,
    Other(char),
}

pub(super) fn piece(c: char) -> Piece {
    match c {
        'a'..='z' | '0'..='9' => Piece::Letter(letter(c), false),
        'A'..='Z' => Piece::Letter(letter(c.to_ascii_lowercase()), true),
        'đ' | 'ð' => Piece::Crossed(false),
        'Đ' | 'Ð' | 'Ɖ' => Piece::Crossed(true),
        '\u{302}' => Piece::Shape(CIRCUMFLEX),
        '\u{306}' => Piece::Shape(BREVE),
        '\u{31b}' => Piece::Shape(HORN),
        '\u{300}' => Piece::Tone(1),
        '\u{301}' => Piece::Tone(2),
        '\u{303}' => Piece::Tone(3),
        '\u{309}' => Piece::Tone(4),
        '\u{323}' => Piece::Tone(5),
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' => Piece::Silent,
        _ => Piece::Other(c),
    }
}

fn letter(c: char) -> u8 {
    let c = if c == 'y' { 'i' } else { c };
    u8::try_from(c).unwrap_or(b'?')
}

impl Form {
    pub(super) fn push(&mut self, letter: u8) {
        match self.letters.get_mut(usize::from(self.len)) {
            Some(place) => {
                *place = letter;
                self.len += 1;
            }
            None => self.over = true,
        }
    }

    /// Takes in a mark that follows a letter.
    pub(super) fn mark(&mut self, piece: &Piece) {
        match *piece {
            Piece::Shape(shape) if self.len > 0 => self.shape(usize::from(self.len) - 1, shape),
            Piece::Tone(tone) => self.tone = tone,
            _ => {}
        }
    }

    pub(super) fn push_crossed(&mut self) {
        self.push(b'd');
        self.mark(&Piece::Shape(CIRCUMFLEX));
    }

    fn shape(&mut self, at: usize, shape: u64) {
        let by = at * 2;
        self.shapes = (self.shapes & !(3 << by)) | (shape << by);
    }

    fn shape_at(&self, at: usize) -> u64 {
        (self.shapes >> (at * 2)) & 3
    }

    /// The letters without marks; none when the word is too long for a name.
    pub(super) fn letters(&self) -> &[u8] {
        if self.over { &[] } else { self.letters.get(..usize::from(self.len)).unwrap_or_default() }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether no mark was typed.
    pub(super) const fn plain(&self) -> bool {
        self.shapes == 0 && self.tone == 0
    }

    pub(super) fn is_number(&self) -> bool {
        !self.letters().is_empty() && self.letters().iter().all(u8::is_ascii_digit)
    }

    /// The places of the letters in the Vietnamese alphabet, from 1.
    pub(super) fn alphabet(&self) -> Vec<u8> {
        // ă stands before â, everything else in the order of its shapes
        let shape = |at: usize| match self.shape_at(at) {
            BREVE => 1,
            CIRCUMFLEX => 2,
            HORN => 3,
            _ => 0,
        };
        let place = |(at, l): (usize, &u8)| match l {
            b'0'..=b'9' => l - b'0' + 1,
            _ => (l.saturating_sub(b'a') + 3) * 4 + shape(at),
        };
        self.letters().iter().enumerate().map(place).collect()
    }

    /// The place of the tone in a dictionary: level, grave, hook, tilde, acute, dot.
    pub(super) const fn tone_order(&self) -> u8 {
        match self.tone {
            4 => 2,
            2 => 4,
            tone => tone,
        }
    }

    pub(super) fn of_letters(letters: &[u8]) -> Self {
        let mut form = Self::default();
        for l in letters {
            form.push(*l);
        }
        form
    }

    /// A Roman number in Arabic digits.
    pub(super) fn arabic(&self) -> Option<Self> {
        const ROMAN: [&[u8]; 13] =
            [b"i", b"ii", b"iii", b"iv", b"v", b"vi", b"vii", b"viii", b"ix", b"x", b"xi", b"xii", b"xiii"];
        let at = ROMAN.iter().position(|r| *r == self.letters())?;
        Some(Self::of_letters((at + 1).to_string().as_bytes()))
    }

    /// A number without leading zeros.
    pub(super) fn trimmed(self) -> Self {
        let letters = self.letters();
        let from = letters.iter().position(|l| *l != b'0').unwrap_or(0);
        if from == 0 { self } else { Self::of_letters(letters.get(from..).unwrap_or_default()) }
    }

    /// How the marks of a typed word go with those of a name that has the same letters.
    pub(super) fn agrees(&self, name: &Self) -> Agree {
        if self.shapes == name.shapes && self.tone == name.tone {
            Agree::Exact
        } else if self.plain() || self.only_crossed(name) {
            Agree::Plain
        } else if self.shapes == name.shapes {
            Agree::Tone
        } else {
            Agree::Clash
        }
    }

    /// `Đak` for `Đắk`: the first letter has a key of its own, the other marks were left out.
    fn only_crossed(&self, name: &Self) -> bool {
        let crossed = self.letters().first() == Some(&b'd') && self.shape_at(0) == CIRCUMFLEX;
        crossed
            && self.tone == 0
            && self.shapes == CIRCUMFLEX
            && name.shape_at(0) == CIRCUMFLEX
            && name.tone != 0
    }

    /// The word that the keys of Telex or VNI were meant to make, if there are any in it.
    pub(super) fn undone(&self) -> Option<Self> {
        let letters = self.letters();
        if !self.plain() || letters.len() < 2 || self.is_number() || letters.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let digits = letters.iter().any(u8::is_ascii_digit);
        let mut made = Self::default();
        let mut vowel = false;
        for l in letters {
            let taken = if digits { made.vni(*l) } else { made.telex(*l, vowel) };
            if !taken {
                made.push(*l);
            }
            vowel |= b"aeiouw".contains(l);
        }
        (made.letters() != letters).then_some(made)
    }

    fn telex(&mut self, key: u8, vowel: bool) -> bool {
        match key {
            b'w' => {
                self.horn() || self.on_last(b"a", BREVE) || {
                    self.push(b'u');
                    self.mark(&Piece::Shape(HORN));
                    true
                }
            }
            b'a' | b'e' | b'o' => self.letters().last() == Some(&key) && self.on_last(&[key], CIRCUMFLEX),
            b'd' => {
                self.letters().first() == Some(&b'd') && (vowel || self.len == 1) && {
                    self.shape(0, CIRCUMFLEX);
                    true
                }
            }
            b'f' | b's' | b'x' | b'r' | b'j' if vowel => {
                self.tone = match key {
                    b'f' => 1,
                    b's' => 2,
                    b'x' => 3,
                    b'r' => 4,
                    _ => 5,
                };
                true
            }
            _ => false,
        }
    }

    fn vni(&mut self, key: u8) -> bool {
        match key {
            b'1' => self.tone = 2,
            b'2' => self.tone = 1,
            b'3' => self.tone = 4,
            b'4' => self.tone = 3,
            b'5' => self.tone = 5,
            b'6' => return self.on_last(b"aeo", CIRCUMFLEX),
            b'7' => return self.horn(),
            b'8' => return self.on_last(b"a", BREVE),
            b'9' if self.letters().first() == Some(&b'd') => self.shape(0, CIRCUMFLEX),
            _ => return false,
        }
        true
    }

    /// Shapes the last of these letters.
    fn on_last(&mut self, which: &[u8], shape: u64) -> bool {
        let at = self.letters().iter().rposition(|l| which.contains(l));
        at.inspect(|at| self.shape(*at, shape)).is_some()
    }

    /// A horn on the last `o` or `u`; on both where they stand together.
    fn horn(&mut self) -> bool {
        let Some(at) = self.letters().iter().rposition(|l| b"ou".contains(l)) else { return false };
        self.shape(at, HORN);
        if let Some(before) = at.checked_sub(1).filter(|b| self.letters().get(*b) == Some(&b'u')) {
            self.shape(before, HORN);
        }
        true
    }
}

/// How well typed marks go with a name, the best last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Agree {
    /// Other shapes: another word, or a slip.
    Clash,
    /// Another tone, or none beside right shapes.
    Tone,
    /// Nothing was typed.
    Plain,
    Exact,
}

/// The words of a name; what an apostrophe joins is one, since everybody cuts it elsewhere.
pub(super) fn words_of(name: &str) -> Vec<Form> {
    let (mut words, mut word) = (Vec::new(), Form::default());
    for c in name.nfd() {
        match piece(c) {
            Piece::Letter(l, _) => word.push(l),
            Piece::Crossed(_) => word.push_crossed(),
            Piece::Other('\'' | '’') => {}
            Piece::Other(_) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            mark => word.mark(&mark),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    if let Some(last) = words.last_mut().filter(|w| ends_roman(name, w)) {
        *last = last.arabic().unwrap_or(*last);
    }
    words
}

/// `Tam Xuân II`, `VII`: capitals at the end.
fn ends_roman(name: &str, last: &Form) -> bool {
    last.plain() && name.chars().rev().take(last.letters().len()).all(|c| "IVX".contains(c))
}

/// A number for the letters of words that follow each other, however they are split.
#[derive(Clone, Copy)]
pub(super) struct Key(pub(super) u64);

impl Key {
    pub(super) const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    pub(super) fn then(self, form: &Form) -> Self {
        let step = |key: u64, l: &u8| (key ^ u64::from(*l)).wrapping_mul(0x0100_0000_01b3);
        Self(form.letters().iter().fold(self.0, step))
    }

    pub(super) fn of(words: &[Form]) -> Self {
        words.iter().fold(Self::EMPTY, Self::then)
    }
}

/// How a typed name goes with a name, by the word that agrees least; `None` if the letters differ or are cut into words in another way than by leaving blanks out.
pub(super) fn compare(typed: &[Form], name: &[Form]) -> Option<Agree> {
    let same_cut =
        typed.len() == name.len() && typed.iter().zip(name).all(|(t, n)| t.letters() == n.letters());
    if same_cut {
        return typed.iter().zip(name).map(|(t, n)| t.agrees(n)).min();
    }
    let (t, n) = (Row::of(typed), Row::of(name));
    let nested = t.cuts & n.cuts == t.cuts || t.cuts & n.cuts == n.cuts;
    if t.letters != n.letters || !nested {
        return None;
    }
    Some(if typed.iter().all(Form::plain) {
        Agree::Plain
    } else if t.shapes == n.shapes {
        Agree::Tone
    } else {
        Agree::Clash
    })
}

/// Words written in one.
struct Row {
    letters: Vec<u8>,
    shapes: Vec<u64>,
    /// A bit after each word.
    cuts: u64,
}

impl Row {
    fn of(words: &[Form]) -> Self {
        let mut row = Self { letters: Vec::new(), shapes: Vec::new(), cuts: 0 };
        for word in words {
            row.letters.extend(word.letters());
            row.shapes.extend((0..word.letters().len()).map(|at| word.shape_at(at)));
            row.cuts |= 1_u64.checked_shl(u32::try_from(row.letters.len()).unwrap_or(63)).unwrap_or(0);
        }
        row
    }
}

/// Whether two names differ by one slip of the finger: a letter too many, too few, another, or two swapped.
pub(super) fn one_slip(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let head = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (s, l) = (short.get(head..).unwrap_or_default(), long.get(head..).unwrap_or_default());
    match l.len() - s.len() {
        0 => match (s, l) {
            ([x, y, s @ ..], [p, q, l @ ..]) if x == q && y == p && s == l => true,
            ([_, s @ ..], [_, l @ ..]) => s == l,
            _ => false,
        },
        1 => l.get(1..) == Some(s),
        _ => false,
    }
}
