//! Faults of the configuration: each names the place it stands at and what would be right, never a secret.

use std::fmt;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// `FILE:LINE`, the name of a variable, or a flag.
    pub origin: String,
    /// What is wrong, and what would be right.
    pub text: String,
}

/// All faults of one start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0.len();
        writeln!(f, "the configuration has {n} fault{}:", if n == 1 { "" } else { "s" })?;
        for fault in &self.0 {
            writeln!(f, "  {}: {}", fault.origin, fault.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// The known name that `name` was probably meant to be: at most two slips away, three for a long one.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = if name.chars().count() > 12 { 3 } else { 2 };
    known.map(|k| (distance(name, k), k)).filter(|(d, _)| *d <= most).min().map(|(_, k)| k)
}

/// How many letters must be changed, added or taken away (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, pair) in b.iter().zip(row.windows(2)) {
            let [diagonal, above] = *pair else { continue };
            left = (diagonal + usize::from(x != *y)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["http.listen", "http.public_url", "log.level"];
        assert_eq!(nearest("http.lisen", known.into_iter()), Some("http.listen"));
        assert_eq!(nearest("http.publik_ulr", known.into_iter()), Some("http.public_url"));
        assert_eq!(nearest("zalo.token", known.into_iter()), None);
    }

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (a, b, d) in [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("flaw", "lawn", 2)] {
            assert_eq!(distance(a, b), d, "{a} {b}");
        }
    }
}
