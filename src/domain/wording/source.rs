//! The lexicon as its editors write it: files of sets and rules, read line by line so that every fault is reported
//! with its file, its line and its words, all at once.
//!
//! A set is words and phrases between `|`. A rule is a list of patterns, one a line:
//! `bán|@deal >3 @drug - @idiom = 4`. `>` means soon after, `>3` after at most three words, `~3` near in either order,
//! `+` anywhere; `-` not anywhere, `-<` not right before, `->` not right behind; `= 4` is the weight. `@name` is a
//! set, `!word` must bear its marks.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::domain::line::line_of;

/// A file of the lexicon: its name and its text.
pub type Source<'a> = (&'a str, &'a str);

/// One thing that is wrong in a lexicon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: «{term}»: {what}")]
pub struct BadTerm {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The words as they stand there.
    pub term: String,
    /// What is wrong with them.
    pub what: &'static str,
}

/// The lexicon is not as it should be; all faults are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLexicon(pub Vec<BadTerm>);

impl std::error::Error for BadLexicon {}

impl std::fmt::Display for BadLexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "lexicon: {} fault(s)", self.0.len())?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    short: BTreeMap<String, Spanned<String>>,
    sets: BTreeMap<String, Spanned<String>>,
    derive: Vec<DeriveFile>,
    rules: BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeriveFile {
    set: String,
    when: Spanned<String>,
}

/// A line of a file, for reports.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) file: String,
    pub(super) number: usize,
    pub(super) text: String,
}

impl Line {
    pub(super) fn fault(&self, term: &str, what: &'static str) -> BadTerm {
        BadTerm { file: self.file.clone(), line: self.number, term: term.to_owned(), what }
    }
}

/// All files together.
#[derive(Default)]
pub(super) struct Sheets {
    pub(super) short: Vec<(String, Line)>,
    pub(super) sets: BTreeMap<String, Vec<Line>>,
    pub(super) derived: Vec<(String, Vec<Line>)>,
    pub(super) rules: BTreeMap<String, Vec<Line>>,
}

impl Sheets {
    pub(super) fn read(sources: &[Source<'_>], faults: &mut Vec<BadTerm>) -> Self {
        let mut out = Self::default();
        for source in sources {
            match toml::from_str::<File>(source.1) {
                Ok(file) => out.take(source, file),
                Err(e) => {
                    let at = e.span().map_or(0, |s| s.start);
                    let line = Line {
                        file: source.0.to_owned(),
                        number: line_of(source.1, at),
                        text: String::new(),
                    };
                    faults.push(line.fault(e.message(), "not readable"));
                }
            }
        }
        out
    }

    fn take(&mut self, source: &Source<'_>, file: File) {
        for (word, full) in file.short {
            self.short.extend(lines(source, &full).into_iter().map(|line| (word.clone(), line)));
        }
        for (name, text) in file.sets {
            self.sets.entry(name).or_default().extend(lines(source, &text));
        }
        for DeriveFile { set, when } in file.derive {
            self.derived.push((set, lines(source, &when)));
        }
        for (name, text) in file.rules {
            self.rules.entry(name).or_default().extend(lines(source, &text));
        }
    }
}

/// The lines of a text block that say something; what follows `#` does not.
fn lines((file, whole): &Source<'_>, text: &Spanned<String>) -> Vec<Line> {
    let start = text.span().start;
    let opened = whole.get(start..).unwrap_or_default();
    let skipped = usize::from(opened.starts_with("'''\n") || opened.starts_with("\"\"\"\n"));
    let first = line_of(whole, start) + skipped;
    let said = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
    let numbered = text.get_ref().lines().enumerate();
    numbered
        .map(|(i, line)| Line { file: (*file).to_owned(), number: first + i, text: said(line) })
        .filter(|line| !line.text.is_empty())
        .collect()
}
