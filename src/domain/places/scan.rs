//! A text as words with what stands between them and how they begin: capitals, commas and full stops tell a place
//! from a word.

use unicode_normalization::UnicodeNormalization;

use super::form::{Form, Piece, piece};

/// What stands before a word, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Gap {
    /// A blank, or what may stand inside a name.
    Soft,
    Comma,
    Stop,
}

/// A word of a text.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub(super) form: Form,
    /// What was meant, if keys of Telex, VNI or a Roman number stand in it.
    pub(super) meant: Option<Form>,
    /// Begins with a capital.
    pub(super) capital: bool,
    pub(super) gap: Gap,
}

impl Token {
    /// The word as it stands or as it was meant.
    pub(super) fn pick(&self, meant: bool) -> &Form {
        if meant { self.meant.as_ref().unwrap_or(&self.form) } else { &self.form }
    }
}

/// A text.
pub(super) struct Scan {
    pub(super) tokens: Vec<Token>,
    /// Capitals tell something: neither shouted nor every word with one.
    pub(super) cased: bool,
    /// The writer types marks.
    pub(super) marked: bool,
}

/// More words than this are not read: a place is named early or often.
const MOST_WORDS: usize = 1_200;

struct Reader {
    tokens: Vec<Token>,
    word: Form,
    capital: bool,
    roman: bool,
    gap: Gap,
}

impl Scan {
    pub(super) fn of(text: &str) -> Self {
        let mut r = Reader {
            tokens: Vec::with_capacity(text.len() / 4),
            word: Form::default(),
            capital: false,
            roman: true,
            gap: Gap::Stop,
        };
        for c in text.nfd() {
            match piece(c) {
                Piece::Letter(l, upper) => r.letter(upper, upper && b"ivx".contains(&l), |w| w.push(l)),
                Piece::Crossed(upper) => r.letter(upper, false, Form::push_crossed),
                Piece::Other(c) => {
                    r.end();
                    r.between(c);
                }
                Piece::Silent => {}
                mark => r.word.mark(&mark),
            }
            if r.tokens.len() >= MOST_WORDS {
                break;
            }
        }
        r.end();
        let tokens = r.tokens;
        let words = tokens.iter().filter(|t| !t.form.is_number());
        let (all, low) = words.clone().fold((0, 0), |(all, low), t| (all + 1, low + usize::from(!t.capital)));
        let marked = words.filter(|t| !t.form.plain()).count();
        Self { cased: low * 6 >= all && low > 0, marked: marked * 3 >= all && marked > 0, tokens }
    }
}

impl Reader {
    fn letter(&mut self, upper: bool, roman: bool, push: impl Fn(&mut Form)) {
        if self.word.is_empty() {
            self.capital = upper;
            self.roman = true;
        }
        self.roman &= roman;
        push(&mut self.word);
    }

    /// Ends a word; `p5` and `phuong5` become two.
    fn end(&mut self) {
        let form = std::mem::take(&mut self.word);
        if form.is_empty() {
            return;
        }
        let letters = form.letters();
        let head = letters.iter().take_while(|l| !l.is_ascii_digit()).count();
        let (unit, number) = letters.split_at(head);
        let glued = matches!(unit, b"p" | b"f" | b"q" | b"phuong" | b"quan")
            && (1..=2).contains(&number.len())
            && number.iter().all(u8::is_ascii_digit)
            && number != b"72";
        let gap = self.gap;
        if glued {
            self.keep(Form::of_letters(unit), None, gap);
            self.keep(Form::of_letters(number).trimmed(), None, Gap::Soft);
        } else if form.is_number() {
            self.keep(form.trimmed(), None, gap);
        } else {
            let meant = if self.roman && form.plain() { form.arabic() } else { form.undone() };
            self.keep(form, meant, gap);
        }
        self.gap = Gap::Soft;
    }

    fn keep(&mut self, form: Form, meant: Option<Form>, gap: Gap) {
        self.tokens.push(Token { form, meant, capital: self.capital, gap });
    }

    fn between(&mut self, c: char) {
        let gap = match c {
            '.' if self.after_short_form() => Gap::Soft,
            ',' | ';' | ':' | '(' | ')' | '[' | ']' | '/' | '|' | '"' | '“' | '”' | '\n' => Gap::Comma,
            '-' | '–' | '_' | '\'' | '’' | '‘' | '`' | '#' | '@' | '*' => Gap::Soft,
            _ if c.is_whitespace() => Gap::Soft,
            _ => Gap::Stop,
        };
        self.gap = self.gap.max(gap);
    }

    /// `p.`, `tp.`, `TT.`: a full stop that ends no sentence.
    fn after_short_form(&self) -> bool {
        let last = self.tokens.last().map_or(&[][..], |t| t.form.letters());
        last.len() == 1 || matches!(last, b"tp" | b"tt" | b"tx" | b"dk")
    }
}
