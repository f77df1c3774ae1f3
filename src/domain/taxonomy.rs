//! The offence categories and tags that a tip can carry (`config/taxonomy.tsv`). Codes are stored and sent;
//! words are shown.

use std::sync::LazyLock;

/// What a row of the taxonomy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Whether it says what happens (a category) rather than where or how (a tag).
    pub category: bool,
    /// The stable code.
    pub code: &'static str,
    /// In Vietnamese.
    pub vi: &'static str,
    /// In English.
    pub en: &'static str,
}

/// The codes of tips about officials: cover-ups, bribes, and abuse in the rehab facilities that the provincial
/// police run. They go to `oversight`.
pub const OFFICIALS: [&str; 2] = ["bribe_cover", "rehab_abuse"];

static TERMS: LazyLock<Vec<Term>> =
    LazyLock::new(|| include_str!("../../config/taxonomy.tsv").lines().skip(1).filter_map(read).collect());

fn read(line: &'static str) -> Option<Term> {
    let mut columns = line.split('\t');
    let category = match columns.next()? {
        "category" => true,
        "tag" => false,
        _ => return None,
    };
    Some(Term { category, code: columns.next()?, vi: columns.next()?, en: columns.next()? })
}

/// All terms, in the order of the file.
#[must_use]
pub fn terms() -> &'static [Term] {
    &TERMS
}

/// What a code says.
#[must_use]
pub fn term(code: &str) -> Option<&'static Term> {
    TERMS.iter().find(|t| t.code == code)
}

/// The codes of the categories, in the order of the file.
pub fn categories() -> impl Iterator<Item = &'static str> {
    TERMS.iter().filter(|t| t.category).map(|t| t.code)
}

/// Whether this is the code of a category.
#[must_use]
pub fn is_category(code: &str) -> bool {
    term(code).is_some_and(|t| t.category)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        let rows = include_str!("../../config/taxonomy.tsv").lines().count() - 1;
        assert_eq!(terms().len(), rows);
        assert!(terms().iter().all(|t| !t.code.is_empty() && !t.vi.is_empty() && !t.en.is_empty()));
    }

    #[test]
    fn a_tag_is_no_category() {
        assert!(OFFICIALS.into_iter().all(is_category));
        assert!(is_category("dealing"));
        assert!(!is_category("weapon"));
        assert!(!is_category(""));
        assert!(categories().all(is_category) && categories().count() == 16);
        assert_eq!(categories().next(), Some("dealing"));
    }

    #[test]
    fn no_code_stands_twice() {
        let codes: std::collections::BTreeSet<_> = terms().iter().map(|t| t.code).collect();
        assert_eq!(codes.len(), terms().len());
    }
}
