//! Emergency numbers and offices, as data: an operator mends a number in `config/contacts.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::locale::Locale;

/// The contacts file is not as it should be; the message names the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("contacts: {0}")]
pub struct BadContacts(String);

/// A number or an office.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// To call; offices reached by letter have none.
    number: Option<String>,
    vi: String,
    en: String,
    hours_vi: String,
    hours_en: String,
}

impl Contact {
    /// The number to call, if there is one.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self, locale: Locale) -> &str {
        match locale {
            Locale::Vi => &self.vi,
            Locale::En => &self.en,
        }
    }

    /// When somebody answers.
    #[must_use]
    pub fn hours(&self, locale: Locale) -> &str {
        match locale {
            Locale::Vi => &self.hours_vi,
            Locale::En => &self.hours_en,
        }
    }
}

/// All contacts by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contacts(BTreeMap<String, Contact>);

impl Contacts {
    /// Reads the text of a contacts file.
    pub fn parse(toml: &str) -> Result<Self, BadContacts> {
        toml::from_str(toml).map(Self).map_err(|e| BadContacts(e.to_string()))
    }

    /// The contacts the program was built with.
    pub fn embedded() -> Result<Self, BadContacts> {
        Self::parse(include_str!("../../config/contacts.toml"))
    }

    /// One contact.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Contact> {
        self.0.get(key)
    }

    /// All, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Contact)> {
        self.0.iter().map(|(key, contact)| (key.as_str(), contact))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emergency_numbers_are_there_in_both_languages() {
        let contacts = Contacts::embedded().expect("embedded");
        for (key, number) in [("police", "113"), ("fire", "114"), ("ambulance", "115"), ("children", "111")] {
            assert_eq!(contacts.get(key).and_then(Contact::number), Some(number));
        }
        for (key, contact) in contacts.iter() {
            for locale in Locale::ALL {
                assert!(!contact.name(locale).is_empty() && !contact.hours(locale).is_empty(), "{key}");
            }
        }
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        assert!(Contacts::parse("[a]\nvi='a'\nen='a'\nhours_vi='x'\nhours_en='x'\nnumbr='1'").is_err());
    }
}
