//! The message catalogue: every sentence a person reads, in both languages, by key.
//!
//! Sentences live in `config/locales/*.toml`. `{name}` is a value; `{call.KEY}`, `{name.KEY}` and `{hours.KEY}`
//! come from the contacts, so that a number is mended in one place. A test finds every key that the sources name.

mod chat;
mod when;

use std::collections::BTreeMap;

use crate::domain::contacts::{BadContacts, Contacts};
pub use crate::domain::locale::Locale;

pub use self::chat::{Bubble, Key, LONGEST_MESSAGE, Voice};
pub use self::when::{day, hours, stamp, weekday};

/// What the service is called, in both languages and in a list of chats: it says nothing of what it is about.
pub const SERVICE: &str = "Tin An";

/// The catalogue files are not as they should be; the message names the language and the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("catalogue: {0}")]
pub struct BadCatalogue(String);

impl From<BadContacts> for BadCatalogue {
    fn from(e: BadContacts) -> Self {
        Self(e.to_string())
    }
}

/// All sentences, contacts already filled in.
#[derive(Debug, Clone)]
pub struct Catalogue {
    vi: BTreeMap<String, String>,
    en: BTreeMap<String, String>,
}

impl Catalogue {
    /// The catalogue and contacts the program was built with.
    pub fn embedded() -> Result<Self, BadCatalogue> {
        let vi = concat!(
            include_str!("../config/locales/vi.toml"),
            include_str!("../config/locales/citizen.vi.toml"),
            include_str!("../config/locales/watch.vi.toml"),
            include_str!("../config/locales/alarm.vi.toml"),
            include_str!("../config/locales/callback.vi.toml")
        );
        let en = concat!(
            include_str!("../config/locales/en.toml"),
            include_str!("../config/locales/citizen.en.toml"),
            include_str!("../config/locales/watch.en.toml"),
            include_str!("../config/locales/alarm.en.toml"),
            include_str!("../config/locales/callback.en.toml")
        );
        Self::parse(vi, en, &Contacts::embedded()?)
    }

    /// Reads two catalogue files. Both must hold the same keys with the same values in them, none empty.
    pub fn parse(vi: &str, en: &str, contacts: &Contacts) -> Result<Self, BadCatalogue> {
        let all = Self { vi: sentences(vi, Locale::Vi, contacts)?, en: sentences(en, Locale::En, contacts)? };
        for (one, other, name) in [(&all.vi, &all.en, "en"), (&all.en, &all.vi, "vi")] {
            for (key, text) in one {
                let twin = other.get(key).ok_or_else(|| BadCatalogue(format!("{name}: no {key}")))?;
                if names(text) != names(twin) {
                    return Err(BadCatalogue(format!("{key}: the languages name different values")));
                }
                if text.trim().is_empty() {
                    return Err(BadCatalogue(format!("{key} is empty")));
                }
            }
        }
        Ok(all)
    }

    /// A sentence with its values. An unknown key gives the key itself: a test keeps that from happening.
    #[must_use]
    pub fn say(&self, locale: Locale, key: &str, values: &[(&str, &str)]) -> String {
        let Some(text) = self.sentences(locale).get(key) else { return key.to_owned() };
        fill(text, |name| values.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    /// Whether a key exists.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.vi.contains_key(key)
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.vi.keys().map(String::as_str)
    }

    fn sentences(&self, locale: Locale) -> &BTreeMap<String, String> {
        match locale {
            Locale::Vi => &self.vi,
            Locale::En => &self.en,
        }
    }
}

/// The sentences of one file, flattened to dotted keys, contacts filled in.
fn sentences(
    file: &str,
    locale: Locale,
    contacts: &Contacts,
) -> Result<BTreeMap<String, String>, BadCatalogue> {
    let bad = |what: String| BadCatalogue(format!("{}: {what}", locale.as_str()));
    let table: toml::Table = file.parse().map_err(|e: toml::de::Error| bad(e.to_string()))?;
    let mut out = BTreeMap::new();
    flatten("", &table, &mut out).map_err(&bad)?;
    for (key, text) in &mut out {
        let filled = fill(text, |name| contact(name, locale, contacts));
        if let Some(name) = names(&filled).into_iter().find(|n| n.contains('.')) {
            return Err(bad(format!("{key}: no contact for {{{name}}}")));
        }
        *text = filled;
    }
    Ok(out)
}

fn flatten(prefix: &str, table: &toml::Table, out: &mut BTreeMap<String, String>) -> Result<(), String> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::String(text) => {
                out.insert(key, text.trim_end().to_owned());
            }
            toml::Value::Table(inner) => flatten(&key, inner, out)?,
            _ => return Err(format!("{key} is neither a sentence nor a table")),
        }
    }
    Ok(())
}

fn contact(name: &str, locale: Locale, contacts: &Contacts) -> Option<String> {
    let (what, key) = name.split_once('.')?;
    let contact = contacts.get(key)?;
    match what {
        "call" => contact.number().map(str::to_owned),
        "name" => Some(contact.name(locale).to_owned()),
        "hours" => Some(contact.hours(locale).to_owned()),
        _ => None,
    }
}

/// Puts values into `{name}`; a name without a value stays as it is. Values are not looked into again.
fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        if let Some((name, tail)) = after.split_once('}') {
            out.push_str(&value(name).unwrap_or_else(|| format!("{{{name}}}")));
            rest = tail;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The names of the values of a sentence, sorted.
fn names(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned()))
        .collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests;
