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

/// The code of tips about officials who cover up or take bribes: they go to `oversight`.
pub const OFFICIALS: &str = "bribe_cover";

static TERMS: LazyLock<Vec<Term>> =
    LazyLock::new(|| include_str!("../../config/taxonomy.tsv").lines().skip(1).filter_map(term).collect());

fn term(line: &'static str) -> Option<Term> {
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

/// Whether this is the code of a category.
#[must_use]
pub fn is_category(code: &str) -> bool {
    TERMS.iter().any(|t| t.category && t.code == code)
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
        assert!(is_category(OFFICIALS));
        assert!(is_category("dealing"));
        assert!(!is_category("weapon"));
        assert!(!is_category(""));
    }
}
