//! The console's sentences, by key, from `config/locales/console.*.toml`. All look-ups go through
//! [`Words::with`], so that they can be pointed at the shared catalogue.

use std::fmt::Display;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};

use crate::domain::contacts::Contacts;
use crate::domain::locale::Locale;
use crate::kernel::Timestamp;
use crate::text::{BadCatalogue, Catalogue};

/// None if the files are not as they should be, which a test keeps from happening.
static SENTENCES: LazyLock<Option<Catalogue>> = LazyLock::new(|| read().ok());

fn read() -> Result<Catalogue, BadCatalogue> {
    let vi = concat!(
        include_str!("../../config/locales/console.vi.toml"),
        include_str!("../../config/locales/watch.vi.toml"),
        include_str!("../../config/locales/callback.vi.toml")
    );
    let en = concat!(
        include_str!("../../config/locales/console.en.toml"),
        include_str!("../../config/locales/watch.en.toml"),
        include_str!("../../config/locales/callback.en.toml")
    );
    Catalogue::parse(vi, en, &Contacts::embedded()?)
}

/// The cookie in which a member keeps the language of the screens; it names nobody.
pub(super) const LANGUAGE_COOKIE: &str = "lang";

/// The sentences in the reader's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words(pub(super) Locale);

impl Words {
    /// The language a request asks for: its cookie, else its first known `Accept-Language`, else Vietnamese.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if let Some(chosen) = super::member::cookie(headers, LANGUAGE_COOKIE).and_then(|c| Locale::parse(&c))
        {
            return Self(chosen);
        }
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let tag = |part: &str| Locale::parse(part.split(';').next().unwrap_or_default().trim());
        Self(accepted.split(',').find_map(tag).unwrap_or_default())
    }

    /// The code, for `lang=` attributes.
    pub(super) fn code(self) -> &'static str {
        self.0.as_str()
    }

    /// The sentence of a key.
    pub(super) fn say(self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A sentence with one value in it.
    pub(super) fn fill(self, key: &str, name: &str, value: impl Display) -> String {
        self.with(key, &[(name, &value.to_string())])
    }

    /// A sentence with its values; an unknown key gives the key itself.
    pub(super) fn with(self, key: &str, values: &[(&str, &str)]) -> String {
        SENTENCES.as_ref().map_or_else(|| key.to_owned(), |s| s.say(self.0, key, values))
    }

    /// How long ago something was.
    pub(super) fn ago(self, then: Timestamp, now: Timestamp) -> String {
        SENTENCES.as_ref().map_or_else(String::new, |s| s.ago(self.0, then, now))
    }

    /// How long until something is due, or how late it is.
    pub(super) fn until(self, due: Timestamp, now: Timestamp) -> String {
        SENTENCES.as_ref().map_or_else(String::new, |s| s.until(self.0, due, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::FindingKind;
    use crate::domain::policy::Role;
    use crate::domain::state::State;

    /// Both languages must hold the same keys with the same values, none empty: else it does not parse.
    fn sentences() -> Catalogue {
        read().expect("the files of the console")
    }

    /// Every key that a page or a source file names as a literal.
    fn named_keys() -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec!["src/console".into(), "templates/console".into()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir::<std::path::PathBuf>(folder).expect("run from the crate's root") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(path).expect("text");
                for opener in ["say(\"", "fill(\"", "with(\""] {
                    found.extend(
                        text.split(opener)
                            .skip(1)
                            .filter_map(|p| p.split('"').next())
                            .filter(|k| k.contains('.') && !k.contains(['{', ' ', '/']))
                            .map(str::to_owned),
                    );
                }
            }
        }
        found
    }

    #[test]
    fn every_key_that_the_pages_name_has_a_sentence() {
        let named = named_keys();
        assert!(named.len() > 60);
        let sentences = sentences();
        for key in named {
            assert!(sentences.has(&key), "no sentence for {key}");
        }
    }

    #[test]
    fn every_word_of_the_trade_has_a_sentence() {
        let mut keys: Vec<String> = State::ALL.iter().map(|s| format!("state.{}", s.code())).collect();
        keys.extend(Role::ALL.iter().map(|r| format!("role.{}", r.as_str())));
        keys.extend((0..4).map(|level| format!("urgency.{level}")));
        for step in super::super::casework::STEPS {
            keys.push(format!("event.{step}"));
            keys.push(format!("done.{step}"));
        }
        for kind in FindingKind::ALL {
            keys.push(format!("finding.{}", kind.as_str()));
            keys.push(format!("finding_remedy.{}", kind.remedy().as_str()));
        }
        for kind in ["not_found", "not_allowed", "stale", "held", "not_held", "no_step", "no_reason"] {
            keys.push(format!("error.{kind}"));
        }
        for kind in ["text_empty", "text_too_long", "bad_field", "other_request", "taken", "weak_password"] {
            keys.push(format!("error.{kind}"));
        }
        for kind in ["no_consent", "too_large", "busy", "not_set_up", "already_set_up", "degraded"] {
            keys.push(format!("error.{kind}"));
        }
        let sentences = sentences();
        for key in keys {
            assert!(sentences.has(&key), "no sentence for {key}");
        }
    }

    const VI: Words = Words(Locale::Vi);
    const EN: Words = Words(Locale::En);

    #[test]
    fn the_language_is_the_one_chosen_then_the_one_accepted_then_vietnamese() {
        let of = |pairs: &[(header::HeaderName, &str)]| {
            let headers: HeaderMap =
                pairs.iter().map(|(n, v)| (n.clone(), v.parse().expect("a value"))).collect();
            Words::of(&headers)
        };
        assert_eq!(of(&[]), VI);
        assert_eq!(of(&[(header::ACCEPT_LANGUAGE, "fr, en-GB;q=0.8, vi;q=0.5")]), EN);
        assert_eq!(of(&[(header::ACCEPT_LANGUAGE, "en"), (header::COOKIE, "a=b; lang=vi")]), VI);
        assert_eq!(of(&[(header::ACCEPT_LANGUAGE, "é")]), VI);
    }
}
