//! The sentences of the API, and which language the reader wants. All look-ups go through [`say`].

use std::sync::LazyLock;

use axum::http::{HeaderMap, header};

use crate::domain::contacts::Contacts;
use crate::domain::locale::Locale;
use crate::text::{BadCatalogue, Catalogue};

static SENTENCES: LazyLock<Result<Catalogue, BadCatalogue>> = LazyLock::new(|| {
    let vi = include_str!("../../config/locales/api.vi.toml");
    let en = include_str!("../../config/locales/api.en.toml");
    Catalogue::parse(vi, en, &Contacts::embedded()?)
});

/// A sentence in the reader's language.
pub(super) fn say(locale: Locale, key: &str, values: &[(&str, &str)]) -> String {
    match &*SENTENCES {
        Ok(catalogue) => catalogue.say(locale, key, values),
        Err(_) => key.to_owned(),
    }
}

/// The language we speak that the reader likes best; Vietnamese if none is named (RFC 9110, 12.5.4).
pub(super) fn language(headers: &HeaderMap) -> Locale {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut best = (Locale::default(), 0.0);
    for range in wanted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let Some(locale) = parts.next().and_then(Locale::parse) else { continue };
        let weight = parts.find_map(|p| p.strip_prefix("q=")).map_or(Some(1.0_f32), |q| q.parse().ok());
        match weight {
            Some(weight) if weight > best.1 => best = (locale, weight),
            _ => {}
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentences_of_both_languages_fit_together() {
        assert_eq!(SENTENCES.as_ref().err(), None);
    }

    #[test]
    fn the_best_liked_language_is_spoken() {
        for (wanted, locale) in [
            ("", Locale::Vi),
            ("en", Locale::En),
            ("en-GB,en;q=0.9", Locale::En),
            ("vi;q=0.4, en;q=0.8", Locale::En),
            ("en;q=0.4, vi;q=0.8", Locale::Vi),
            ("fr, en;q=0.1", Locale::En),
            ("en;q=0", Locale::Vi),
            ("*", Locale::Vi),
            ("en;q=much", Locale::Vi),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, wanted.parse().expect("a header"));
            assert_eq!(language(&headers), locale, "{wanted}");
        }
    }
}
