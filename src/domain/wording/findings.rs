//! What the rules found in a text.

use super::rule::Rule;

/// The rules that hold, by their names in order, each with the weight of its heaviest pattern.
pub(super) struct Findings<'l>(Vec<(&'l str, i32)>);

impl<'l> Findings<'l> {
    /// Of rules in the order of their names.
    pub(super) fn of(held: impl Iterator<Item = (&'l str, i32)>) -> Self {
        let found: Vec<_> = held.collect();
        debug_assert!(found.is_sorted_by_key(|(name, _)| *name), "looked up by halves");
        Self(found)
    }

    /// All rules that hold.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, i32)> {
        self.0.iter().copied()
    }

    /// The heaviest weight of a rule, if it holds.
    fn weight(&self, rule: Rule) -> Option<i32> {
        let at = self.0.binary_search_by(|(name, _)| (*name).cmp(rule.name())).ok()?;
        self.0.get(at).map(|(_, best)| *best)
    }

    /// The heaviest weight of a rule; 0 if it does not hold.
    pub(super) fn best(&self, rule: Rule) -> i32 {
        self.weight(rule).unwrap_or_default()
    }

    /// Whether a rule holds.
    pub(super) fn has(&self, rule: Rule) -> bool {
        self.weight(rule).is_some()
    }

    /// The codes after `prefix` of all rules that hold, with their weights.
    pub(super) fn codes<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, i32)> {
        self.all().filter_map(move |(name, best)| name.strip_prefix(prefix).map(|code| (code, best)))
    }
}
