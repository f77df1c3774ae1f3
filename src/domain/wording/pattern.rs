//! Patterns over sets of words: what stands near what.

use super::hits::{Hits, Span};
use super::source::{BadTerm, Line};

/// The number of a set of words.
pub(super) type Group = usize;

/// How far apart words of a chain may stand if nothing else is said.
const NEAR: usize = 2;
/// How far before and behind a guard looks.
const GUARD: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Join {
    After(usize),
    Near(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    Anywhere,
    Before,
    Behind,
}

/// A pattern: chains of words that all must occur, guards that must not, and how much it weighs.
#[derive(Debug, Clone, Default)]
pub(super) struct Pattern {
    chains: Vec<Chain>,
    guards: Vec<(Guard, Group)>,
    pub(super) weight: i32,
}

#[derive(Debug, Clone)]
struct Chain {
    first: Group,
    links: Vec<(Join, Group)>,
}

enum Sign {
    Join(Join),
    And,
    Guard(Guard),
    Weight,
}

fn sign(piece: &str) -> Option<Sign> {
    let gap = |rest: &str| if rest.is_empty() { Some(NEAR) } else { rest.parse().ok() };
    match piece {
        "+" => Some(Sign::And),
        "-" => Some(Sign::Guard(Guard::Anywhere)),
        "-<" => Some(Sign::Guard(Guard::Before)),
        "->" => Some(Sign::Guard(Guard::Behind)),
        "=" => Some(Sign::Weight),
        _ => match piece.split_at_checked(1)? {
            (">", rest) => gap(rest).map(|n| Sign::Join(Join::After(n))),
            ("~", rest) => gap(rest).map(|n| Sign::Join(Join::Near(n))),
            _ => None,
        },
    }
}

impl Pattern {
    /// Reads a line; `group` numbers the set that a text like `bán|@deal` stands for.
    pub(super) fn parse(
        line: &Line,
        mut group: impl FnMut(&str) -> Result<Group, BadTerm>,
    ) -> Result<Self, BadTerm> {
        let mut out = Self { weight: 1, ..Self::default() };
        let mut pending: Option<Sign> = None;
        let mut words = String::new();
        let mut pieces: Vec<&str> = line.text.split_whitespace().collect();
        pieces.push("+");
        for piece in pieces {
            let Some(next) = sign(piece) else {
                words.push_str(if words.is_empty() { "" } else { " " });
                words.push_str(piece);
                continue;
            };
            if words.is_empty() {
                return Err(line.fault(&line.text, "words are missing beside a sign"));
            }
            match pending.replace(next) {
                None | Some(Sign::And) => {
                    let chain = Chain { first: group(&words)?, links: Vec::new() };
                    out.chains.push(chain);
                }
                Some(Sign::Join(join)) => {
                    let group = group(&words)?;
                    let chain = out.chains.last_mut().filter(|_| out.guards.is_empty());
                    let chain = chain.ok_or_else(|| line.fault(&line.text, "a guard must come last"))?;
                    chain.links.push((join, group));
                }
                Some(Sign::Guard(guard)) => out.guards.push((guard, group(&words)?)),
                Some(Sign::Weight) => {
                    out.weight = words.parse().map_err(|_| line.fault(&words, "the weight is no number"))?;
                }
            }
            words.clear();
        }
        if out.chains.is_empty() {
            return Err(line.fault(&line.text, "an empty pattern"));
        }
        Ok(out)
    }

    /// Where it holds, if it does: the words of its first chain.
    pub(super) fn holds(&self, hits: &Hits<'_>) -> Option<Span> {
        if self
            .chains
            .iter()
            .any(|c| hits.of(c.first).is_empty() || c.links.iter().any(|l| hits.of(l.1).is_empty()))
        {
            return None;
        }
        if self.guards.iter().any(|(guard, group)| *guard == Guard::Anywhere && !hits.of(*group).is_empty()) {
            return None;
        }
        let (first, rest) = self.chains.split_first()?;
        let span = first.find(hits, &|span| self.unguarded(hits, span))?;
        rest.iter().all(|chain| chain.find(hits, &|_| true).is_some()).then_some(span)
    }

    /// Every place where its first chain holds, guards aside.
    pub(super) fn everywhere(&self, hits: &Hits<'_>) -> Vec<Span> {
        let Some(chain) = self.chains.first() else { return Vec::new() };
        let starts = hits.of(chain.first).iter();
        starts.filter_map(|first| follow(hits, &chain.links, *first, *first, &|_| true)).collect()
    }

    fn unguarded(&self, hits: &Hits<'_>, span: Span) -> bool {
        self.guards.iter().all(|(guard, group)| match guard {
            Guard::Anywhere => true,
            Guard::Before => {
                !hits.of(*group).iter().any(|h| hits.gap(h.1, span.0).is_some_and(|g| g <= GUARD))
            }
            Guard::Behind => {
                !hits.of(*group).iter().any(|h| hits.gap(span.1, h.0).is_some_and(|g| g <= GUARD))
            }
        })
    }
}

impl Chain {
    fn find(&self, hits: &Hits<'_>, accept: &dyn Fn(Span) -> bool) -> Option<Span> {
        hits.of(self.first).iter().find_map(|first| follow(hits, &self.links, *first, *first, accept))
    }
}

/// Follows the links of a chain from the words `last`; `all` is what the chain covers so far.
fn follow(
    hits: &Hits<'_>,
    links: &[(Join, Group)],
    last: Span,
    all: Span,
    accept: &dyn Fn(Span) -> bool,
) -> Option<Span> {
    let Some(((join, group), rest)) = links.split_first() else {
        return accept(all).then_some(all);
    };
    let candidates = hits.of(*group);
    let go = |hit: &Span| follow(hits, rest, *hit, (all.0.min(hit.0), all.1.max(hit.1)), accept);
    match join {
        Join::After(gap) => {
            let from = candidates.partition_point(|h| h.0 < last.1);
            let near = candidates.iter().skip(from);
            near.take_while(|h| hits.gap(last.1, h.0).is_some_and(|g| g <= *gap)).find_map(go)
        }
        Join::Near(gap) => {
            let from = candidates.partition_point(|h| h.0 + gap + 8 < all.0);
            let near = candidates.iter().skip(from).take_while(|h| h.0 <= all.1 + gap);
            near.filter(|h| {
                hits.gap(all.1, h.0).is_some_and(|g| g <= *gap)
                    || hits.gap(h.1, all.0).is_some_and(|g| g <= *gap)
            })
            .find_map(go)
        }
    }
}
