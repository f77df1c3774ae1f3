//! The words of a text, each with its place in the original, which is never changed.

use std::borrow::Cow;

use super::Lexicon;
use super::word::Word;
use crate::domain::letters::is_mark;

/// Words beyond which the middle of a text is not read.
const LONGEST: usize = 6_000;
/// How far a full stop, and a comma, keep words apart.
const STOP: usize = 40;
const PAUSE: usize = 1;

/// A word of a text.
#[derive(Debug, Clone, Default)]
pub(in crate::domain) struct Token {
    /// As it stands.
    pub(in crate::domain) word: Word,
    /// What it may be if keys or habits of typing were left in it.
    pub(in crate::domain) others: Vec<Word>,
    /// Its bytes in the original.
    pub(in crate::domain) span: (usize, usize),
    /// Its place, counted in words; pauses widen it.
    pub(in crate::domain) at: usize,
}

/// The words of a text.
#[derive(Debug, Default)]
pub(in crate::domain) struct Tokens {
    pub(in crate::domain) list: Vec<Token>,
    /// Whether most words bear marks: then a word without is meant without.
    pub(in crate::domain) marked: bool,
    /// Whether keys of Telex or VNI were left in it throughout.
    pub(in crate::domain) raw_keys: bool,
    /// Whether it asks.
    pub(in crate::domain) asks: bool,
}

/// A stretch of the text between spaces and signs.
struct Piece<'t> {
    raw: &'t str,
    start: usize,
    before: usize,
}

impl Tokens {
    /// The words of a text; short forms are written out, `m.a t.u.y` is put together.
    pub(in crate::domain) fn of(lexicon: &Lexicon, text: &str) -> Self {
        let mut out = Self::default();
        let mut at = 0;
        for piece in pieces(text) {
            at += piece.before;
            for (span, raw) in parts(lexicon, &piece) {
                out.push(lexicon, &raw, span, &mut at);
            }
        }
        out.join_spelt(lexicon);
        if out.list.len() > LONGEST {
            out.list.drain(LONGEST / 2..out.list.len() - LONGEST / 2);
        }
        out.judge(lexicon, text);
        out
    }

    fn push(&mut self, lexicon: &Lexicon, raw: &str, span: (usize, usize), at: &mut usize) {
        let word = Word::of(raw);
        if word.folded().is_empty() {
            return;
        }
        if let Some(full) = lexicon.written_out(&word) {
            for word in full {
                self.list.push(Token { word: word.clone(), others: Vec::new(), span, at: *at });
                *at += 1;
            }
            return;
        }
        let mut others: Vec<Word> = word.undone().into_iter().collect();
        others.extend(word.respelt());
        others.retain(|o| lexicon.knows(o));
        self.list.push(Token { word, others, span, at: *at });
        *at += 1;
    }

    /// `m a t u y`: letters that stand alone, three or more in a row, and make a known word together.
    fn join_spelt(&mut self, lexicon: &Lexicon) {
        let alone = |t: &Token| t.word.folded().chars().count() == 1;
        let mut from = 0;
        while let Some(skipped) = self.list.iter().skip(from).position(alone) {
            let start = from + skipped;
            let run = self.list.iter().skip(start).take_while(|t| alone(t)).count();
            from = start + run;
            let together: String = self.list.iter().skip(start).take(run).map(|t| t.word.exact()).collect();
            let word = Word::of(&together);
            if run >= 3 && lexicon.knows(&word) {
                let last = self.list.get(from - 1).map_or(0, |t| t.span.1);
                self.list.drain(start + 1..from);
                if let Some(first) = self.list.get_mut(start) {
                    first.word = word;
                    first.span.1 = last;
                }
                from = start + 1;
            }
        }
    }

    fn judge(&mut self, lexicon: &Lexicon, text: &str) {
        let words = self.list.iter().filter(|t| t.word.folded().chars().any(char::is_alphabetic));
        let (mut all, mut marks, mut keys) = (0_usize, 0_usize, 0_usize);
        for token in words {
            all += 1;
            marks += usize::from(!token.word.plain());
            keys += usize::from(!token.others.is_empty() && !lexicon.knows(&token.word));
        }
        self.marked = marks >= 2 && marks * 3 >= all;
        self.raw_keys = keys >= 2;
        self.asks = text.contains('?');
    }

    /// How many there are.
    pub(in crate::domain) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub(in crate::domain) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The place of a word, or the place after the last.
    pub(in crate::domain) fn place(&self, index: usize) -> usize {
        self.list.get(index).map_or_else(|| self.end_of(self.list.len()), |t| t.at)
    }

    /// The place right behind the word before `index`.
    pub(in crate::domain) fn end_of(&self, index: usize) -> usize {
        index.checked_sub(1).and_then(|i| self.list.get(i)).map_or(0, |t| t.at + 1)
    }

    /// The original words from one to before another.
    pub(in crate::domain) fn original<'t>(&self, text: &'t str, (from, to): (usize, usize)) -> &'t str {
        let start = self.list.get(from).map(|t| t.span.0);
        let end = to.checked_sub(1).and_then(|i| self.list.get(i)).map(|t| t.span.1);
        start.zip(end).and_then(|(s, e)| text.get(s..e)).unwrap_or_default()
    }
}

/// Characters that may stand inside a word.
fn inside(c: char) -> bool {
    c.is_alphanumeric()
        || is_mark(c)
        || matches!(c, '\'' | '’' | '.' | '*' | '_' | '@' | '$' | '-' | '\u{200b}'..='\u{200d}')
}

/// Pictures that mean something are words of their own.
fn picture(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{1f300}'..='\u{1faff}')
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut out, mut begun, mut before) = (Vec::new(), None, 0);
    for (index, c) in text.char_indices().chain([(text.len(), '\n')]) {
        if inside(c) {
            begun.get_or_insert(index);
            continue;
        }
        if let Some(start) = begun.take() {
            let whole = text.get(start..index).unwrap_or_default();
            let sign = |c: char| !c.is_alphanumeric() && !is_mark(c);
            let raw = whole.trim_start_matches(sign);
            let start = start + whole.len() - raw.len();
            let raw = raw.trim_end_matches(sign);
            if !raw.is_empty() {
                out.push(Piece { raw, start, before: std::mem::take(&mut before) });
            }
            if whole.ends_with('.') {
                before = STOP;
            }
        }
        if picture(c) {
            let raw = text.get(index..index + c.len_utf8()).unwrap_or_default();
            out.push(Piece { raw, start: index, before: std::mem::take(&mut before) });
        }
        let apart = match c {
            '!' | '?' | ';' | '\n' | '…' => STOP,
            ',' | ':' | '(' | ')' | '"' | '“' | '”' => PAUSE,
            _ => 0,
        };
        before = before.max(apart);
    }
    out
}

/// A piece in its words: `m.a` is one, `túy.nó` are two.
fn parts<'t>(lexicon: &Lexicon, piece: &Piece<'t>) -> Vec<((usize, usize), Cow<'t, str>)> {
    let apart = |c: char| matches!(c, '.' | '*' | '_' | '-');
    let whole = (piece.start, piece.start + piece.raw.len());
    if !piece.raw.contains(apart) {
        return vec![(whole, Cow::Borrowed(piece.raw))];
    }
    let joined: String = piece.raw.chars().filter(|c| !apart(*c)).collect();
    let single = |p: &str| p.chars().filter(|c| !is_mark(*c)).count() == 1;
    let split: Vec<&str> = piece.raw.split(apart).filter(|p| !p.is_empty()).collect();
    let spelt = split.iter().all(|p| single(p)) && joined.contains(char::is_alphabetic);
    if spelt || (split.iter().any(|p| single(p)) && lexicon.knows(&Word::of(&joined))) {
        return vec![(whole, Cow::Owned(joined))];
    }
    let (mut from, mut out) = (0, Vec::new());
    for part in split {
        let at = piece.raw.get(from..).and_then(|rest| rest.find(part)).map_or(from, |i| from + i);
        out.push(((piece.start + at, piece.start + at + part.len()), Cow::Borrowed(part)));
        from = at + part.len();
    }
    out
}
