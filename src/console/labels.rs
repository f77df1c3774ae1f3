//! Codes in words: categories and tags by the taxonomy, states, roles and channels by the sentences, provinces and
//! communes by the list of places.

use super::words::Words;
use crate::domain::locale::Locale;
use crate::domain::places::Places;
use crate::domain::state::State;
use crate::domain::taxonomy;

/// The codes of the categories, in the order of the list.
pub(super) fn categories() -> impl Iterator<Item = &'static str> {
    taxonomy::categories()
}

/// A commune by its name: what people tell is a code of the list or words of their own.
pub(super) fn commune(told: String) -> String {
    let known = Places::embedded().ok().and_then(|places| places.commune(told.trim()));
    known.map_or(told, |commune| commune.full_name.to_owned())
}

/// The codes of `taxonomy.tsv` in words; an unknown code is shown as it is.
pub(super) fn taxonomy(t: Words, codes: &[String]) -> Vec<String> {
    let label = |code: &String| match taxonomy::term(code) {
        Some(term) => if t.0 == Locale::Vi { term.vi } else { term.en }.to_owned(),
        None => code.clone(),
    };
    codes.iter().map(label).collect()
}

/// Code and full name of every province, in the order of the list.
pub(super) fn provinces() -> impl Iterator<Item = (&'static str, &'static str)> {
    Places::embedded().into_iter().flat_map(Places::provinces)
}

/// A state in words.
pub(super) fn state(t: Words, state: State) -> String {
    t.say(&format!("state.{}", state.code()))
}

/// The sentence of a word under a prefix, or the word itself where there is none.
pub(super) fn word(t: Words, prefix: &str, word: &str) -> String {
    let key = format!("{prefix}.{word}");
    let said = t.say(&key);
    if said == key { word.to_owned() } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_said_in_words_and_unknown_ones_as_they_are() {
        let codes = ["dealing".to_owned(), "ecig".to_owned(), "no_such".to_owned()];
        let vi = taxonomy(Words(Locale::Vi), &codes);
        assert_eq!(vi, ["Mua bán trái phép chất ma túy", "Thuốc lá điện tử, tinh dầu", "no_such"]);
        assert_eq!(taxonomy(Words(Locale::En), &codes)[0], "Drug dealing");
    }

    #[test]
    fn a_commune_is_called_by_its_name_and_words_stay_words() {
        assert_eq!(commune("05716".to_owned()), "Xã Võ Nhai");
        assert_eq!(commune("gần chợ".to_owned()), "gần chợ");
    }

    #[test]
    fn all_provinces_are_there() {
        let all: Vec<_> = provinces().collect();
        assert_eq!(all.len(), 34);
        assert!(all.contains(&("19", "Tỉnh Thái Nguyên")));
    }
}
