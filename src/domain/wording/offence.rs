//! What happened, where and how: codes of the taxonomy.

use super::findings::Findings;
use super::model::Odds;
use super::rule::Rule;

/// The order among categories that are equally likely: the rarer and graver first.
pub(super) const ORDER: [&str; 16] = [
    "bribe_cover",
    "rehab_abuse",
    "wanted",
    "appropriation",
    "force_entice",
    "equipment",
    "cultivation",
    "production",
    "precursor_pharma",
    "transport",
    "ngao_da",
    "use_den",
    "possession",
    "dealing",
    "use",
    "other_crime",
];

/// The categories by the rules alone, the likeliest first.
pub(super) fn by_rules<'a>(found: &'a Findings<'_>) -> Vec<&'a str> {
    let place = |code: &str| ORDER.iter().position(|c| *c == code).unwrap_or(ORDER.len());
    let mut all: Vec<(&str, i32)> = found.codes("category.").collect();
    all.sort_by_key(|(code, best)| (-best, place(code)));
    all.into_iter().map(|(code, _)| code).collect()
}

/// The categories, the likeliest first: what the rules found, and what all cues together say.
pub(super) fn categories(found: &Findings<'_>, odds: &Odds) -> Vec<String> {
    let mut all = by_rules(found);
    if all.is_empty() && found.has(Rule::Violence) && !found.has(Rule::Drug) {
        return vec!["other_crime".to_owned()];
    }
    if let Some((first, _)) = odds.ranked("category").first()
        && (!all.is_empty() || odds.of("intent", "tip") > 0.5)
    {
        all.retain(|code| code != first);
        all.insert(0, first);
    }
    all.into_iter().map(str::to_owned).collect()
}

/// The tags, in the order of their codes.
pub(super) fn tags(found: &Findings<'_>) -> Vec<String> {
    let mut all: Vec<String> = found.codes("tag.").map(|(code, _)| code.to_owned()).collect();
    all.sort();
    all
}
