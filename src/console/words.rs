//! The console's sentences, by key, from `config/locales/console.*.toml`. All look-ups go through
//! [`Words::with`], so that they can be pointed at the shared catalogue.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};

type Sentences = BTreeMap<String, String>;

static VI: LazyLock<Sentences> = LazyLock::new(|| read(include_str!("../../config/locales/console.vi.toml")));
static EN: LazyLock<Sentences> = LazyLock::new(|| read(include_str!("../../config/locales/console.en.toml")));

/// The cookie in which a member keeps the language of the screens; it names nobody.
pub(super) const LANGUAGE_COOKIE: &str = "lang";

/// The sentences in the reader's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    Vi,
    En,
}

impl Words {
    /// The language a request asks for: its cookie, else its first known `Accept-Language`, else Vietnamese.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if let Some(chosen) = super::member::cookie(headers, LANGUAGE_COOKIE).and_then(|c| Self::parse(&c)) {
            return chosen;
        }
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let mut known = accepted.split(',').filter_map(|part| Self::parse(part.trim().get(..2)?));
        known.next().unwrap_or(Self::Vi)
    }

    /// From the code `vi` or `en`.
    pub(super) fn parse(code: &str) -> Option<Self> {
        match code {
            "vi" => Some(Self::Vi),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The code, for `lang=` attributes.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// The sentence of a key.
    pub(super) fn say(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A sentence with one value in it.
    pub(super) fn fill(&self, key: &str, name: &str, value: impl Display) -> String {
        self.with(key, &[(name, &value.to_string())])
    }

    /// A sentence with its values. An unknown key gives the key itself; a test keeps that from happening.
    pub(super) fn with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let sentences = match self {
            Self::Vi => &*VI,
            Self::En => &*EN,
        };
        let Some(sentence) = sentences.get(key) else { return key.to_owned() };
        let mut out = String::with_capacity(sentence.len());
        let mut rest = sentence.as_str();
        // One pass, so that a value with braces in it is not filled again.
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            out.push_str(values.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v));
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// Flattens a file to dotted keys. A file that does not parse holds no sentence: the tests would not pass.
fn read(file: &str) -> Sentences {
    let mut out = Sentences::new();
    flatten("", &file.parse().unwrap_or_default(), &mut out);
    out
}

fn flatten(prefix: &str, table: &toml::Table, out: &mut Sentences) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, out),
            toml::Value::String(text) => {
                out.insert(key, text.trim().to_owned());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::Role;
    use crate::domain::state::State;

    fn values(sentence: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            sentence.split('{').skip(1).filter_map(|p| p.split_once('}').map(|(n, _)| n)).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn both_languages_hold_the_same_keys_with_the_same_values() {
        assert!(VI.len() > 100, "the file parses");
        assert_eq!(VI.keys().collect::<Vec<_>>(), EN.keys().collect::<Vec<_>>());
        for (key, sentence) in VI.iter() {
            assert!(!sentence.is_empty(), "{key}");
            assert_eq!(values(sentence), values(&EN[key]), "{key}");
        }
    }

    /// Every key that a page or a source file names as a literal.
    fn named_keys() -> Vec<String> {
        let mut found = Vec::new();
        let folders = ["src/console", "templates/console"];
        for folder in folders {
            for entry in std::fs::read_dir(folder).expect("run from the crate's root") {
                let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("text");
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
        for key in named {
            assert!(VI.contains_key(&key), "no sentence for {key}");
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
        for kind in ["not_found", "not_allowed", "stale", "held", "not_held", "no_step", "no_reason"] {
            keys.push(format!("error.{kind}"));
        }
        for kind in ["text_empty", "text_too_long", "bad_field", "other_request", "taken", "weak_password"] {
            keys.push(format!("error.{kind}"));
        }
        for kind in ["no_consent", "too_large", "busy", "not_set_up", "already_set_up", "degraded"] {
            keys.push(format!("error.{kind}"));
        }
        for key in keys {
            assert!(VI.contains_key(&key), "no sentence for {key}");
        }
    }

    #[test]
    fn the_language_is_the_one_chosen_then_the_one_accepted_then_vietnamese() {
        let of = |pairs: &[(header::HeaderName, &str)]| {
            let headers: HeaderMap =
                pairs.iter().map(|(n, v)| (n.clone(), v.parse().expect("a value"))).collect();
            Words::of(&headers)
        };
        assert_eq!(of(&[]), Words::Vi);
        assert_eq!(of(&[(header::ACCEPT_LANGUAGE, "fr, en-GB;q=0.8, vi;q=0.5")]), Words::En);
        assert_eq!(of(&[(header::ACCEPT_LANGUAGE, "en"), (header::COOKIE, "a=b; lang=vi")]), Words::Vi);
        assert_eq!(of(&[(header::ACCEPT_LANGUAGE, "é")]), Words::Vi);
    }

    #[test]
    fn a_value_with_braces_is_not_filled_again() {
        assert_eq!(Words::Vi.fill("when.late", "span", "{span}"), "trễ {span}");
    }
}
