//! The words by which a reader could guess who wrote.

use super::Lexicon;
use super::hits::{Hits, Span};
use super::rule::Rule;

/// The writer's own words that point to the writer, as they stand in the text.
pub(super) fn words(lexicon: &Lexicon, hits: &Hits<'_>, text: &str, tip: bool) -> Vec<String> {
    let mut spans: Vec<Span> = lexicon.everywhere(Rule::Risk, hits);
    if tip {
        spans.extend(lexicon.everywhere(Rule::RiskTip, hits));
    }
    spans.sort_by_key(|s| (s.0, usize::MAX - s.1));
    let mut out: Vec<String> = Vec::new();
    let mut end = 0;
    for span in spans {
        if span.0 >= end {
            out.push(hits.tokens.original(text, span).to_owned());
            end = span.1;
        }
    }
    out
}
