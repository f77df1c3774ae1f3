//! Where the sets of a lexicon occur in a text.

use super::pattern::Group;
use super::tokens::Tokens;

/// Words from one to before another.
pub(super) type Span = (usize, usize);

/// Where each set occurs, in the order of the text.
pub(super) struct Hits<'t> {
    /// Found, set by set.
    spans: Vec<Span>,
    /// Where in `spans` each set begins, and the end.
    begins: Vec<usize>,
    pub(super) tokens: &'t Tokens,
}

impl<'t> Hits<'t> {
    /// Sorts what was found; `groups` is how many sets there are.
    pub(super) fn of_all(groups: usize, found: &mut Vec<(Group, Span)>, tokens: &'t Tokens) -> Self {
        let mut out = Self { spans: Vec::with_capacity(found.len()), begins: Vec::new(), tokens };
        out.begins.reserve(groups + 1);
        out.take(groups, found);
        out
    }

    /// Takes what was found anew, in the room there is.
    pub(super) fn take(&mut self, groups: usize, found: &mut Vec<(Group, Span)>) {
        found.sort_unstable();
        found.dedup();
        self.spans.clear();
        self.begins.clear();
        for (group, span) in found.iter() {
            while self.begins.len() <= *group {
                self.begins.push(self.spans.len());
            }
            self.spans.push(*span);
        }
        self.begins.resize(groups + 1, self.spans.len());
    }

    /// Where a set occurs.
    pub(super) fn of(&self, group: Group) -> &[Span] {
        let range = self.begins.get(group).zip(self.begins.get(group + 1));
        range.and_then(|(from, to)| self.spans.get(*from..*to)).unwrap_or_default()
    }

    /// How many words stand between the end of one and the beginning of another; none if the order is another.
    pub(super) fn gap(&self, end: usize, start: usize) -> Option<usize> {
        if start < end { None } else { self.tokens.place(start).checked_sub(self.tokens.end_of(end)) }
    }
}
