//! Getters over a table of a file. Each notes what is wrong where it stands, and gives nothing.

use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::PlanFault;
use crate::domain::line::line_of;

/// A value and where it stands, in bytes from the beginning.
pub(super) type At<T> = (T, usize);
type Value<'t, 'i> = &'t Spanned<DeValue<'i>>;

/// A file being read.
pub(super) struct File<'f> {
    name: &'f str,
    text: &'f str,
    pub(super) faults: Vec<PlanFault>,
}

impl<'f> File<'f> {
    pub(super) const fn new(name: &'f str, text: &'f str) -> Self {
        Self { name, text, faults: Vec::new() }
    }

    /// Reads the file's root table, whatever of it can be read.
    pub(super) fn read(&mut self, reading: impl FnOnce(&mut Self, &DeTable<'_>)) {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for e in &errors {
            self.fault(e.span().map_or(0, |s| s.start), e.message());
        }
        if errors.is_empty() {
            reading(self, table.get_ref());
        }
    }

    /// `FILE:LINE` of a byte.
    pub(super) fn place(&self, at: usize) -> String {
        format!("{}:{}", self.name, line_of(self.text, at))
    }

    pub(super) fn fault(&mut self, at: usize, text: impl Into<String>) {
        let fault = PlanFault { place: self.place(at), text: text.into() };
        self.faults.push(fault);
    }

    /// Notes every key that is not one of these.
    pub(super) fn only(&mut self, table: &DeTable<'_>, keys: &[&str]) {
        for (key, _) in table {
            let name = key.get_ref();
            if !keys.iter().any(|k| *k == name.as_ref()) {
                let text = format!("there is no {name} here; there are: {}", keys.join(", "));
                self.fault(key.span().start, text);
            }
        }
    }

    /// The tables below a table, by name.
    pub(super) fn tables<'t, 'i>(
        &mut self,
        table: &'t DeTable<'i>,
        key: &str,
    ) -> Vec<(String, At<&'t DeTable<'i>>)> {
        let Some((at, value)) = find(table, key) else { return Vec::new() };
        let DeValue::Table(inner) = value.get_ref() else {
            self.fault(at, format!("{key} must be a section"));
            return Vec::new();
        };
        let mut out = Vec::new();
        for (name, value) in inner {
            match value.get_ref() {
                DeValue::Table(t) => out.push((name.get_ref().to_string(), (t, name.span().start))),
                _ => self.fault(name.span().start, format!("{key}.{} must be a section", name.get_ref())),
            }
        }
        out
    }

    /// The repeated tables `[[key]]` of a table.
    pub(super) fn repeated<'t, 'i>(&mut self, table: &'t DeTable<'i>, key: &str) -> Vec<At<&'t DeTable<'i>>> {
        let Some((at, value)) = find(table, key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.fault(at, format!("{key} must be written as [[{key}]]"));
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::Table(t) => out.push((t, item.span().start)),
                _ => self.fault(item.span().start, format!("{key} must be written as [[{key}]]")),
            }
        }
        out
    }

    /// A whole number between two others.
    pub(super) fn number(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        (least, most): (u64, u64),
    ) -> Option<u64> {
        let (at, value) = find(table, key)?;
        let number = match value.get_ref() {
            DeValue::Integer(n) => u64::from_str_radix(n.as_str(), n.radix()).ok(),
            _ => None,
        };
        let good = number.filter(|n| (least..=most).contains(n));
        if good.is_none() {
            self.fault(at, format!("{key} must be a whole number between {least} and {most}"));
        }
        good
    }

    /// A number of minutes.
    pub(super) fn minutes(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        between: (u64, u64),
    ) -> Option<Duration> {
        self.number(table, key, between).map(|n| Duration::from_secs(n * 60))
    }

    /// True or false.
    pub(super) fn flag(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let (at, value) = find(table, key)?;
        let DeValue::Boolean(b) = value.get_ref() else {
            self.fault(at, format!("{key} must be true or false"));
            return None;
        };
        Some(*b)
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, table: &DeTable<'_>, key: &str) -> Option<At<String>> {
        let (at, value) = find(table, key)?;
        match value.get_ref() {
            DeValue::String(t) if !t.trim().is_empty() => Some((t.trim().to_owned(), at)),
            _ => {
                self.fault(at, format!("{key} must be a text"));
                None
            }
        }
    }

    /// A text that must be there.
    pub(super) fn wanted(&mut self, table: &DeTable<'_>, key: &str, below: usize) -> Option<At<String>> {
        if find(table, key).is_none() {
            self.missing(below, key);
        }
        self.text(table, key)
    }

    /// A list of texts; none when the key is not there.
    pub(super) fn list(&mut self, table: &DeTable<'_>, key: &str) -> Option<At<Vec<String>>> {
        let (at, value) = find(table, key)?;
        let words = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(text_of).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        if let Some(words) = words {
            return Some((words, at));
        }
        self.fault(at, format!("{key} must be a list of texts"));
        None
    }

    /// Says that a key must be there.
    pub(super) fn missing(&mut self, at: usize, key: &str) {
        self.fault(at, format!("{key} is missing here"));
    }
}

fn text_of(value: Value<'_, '_>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(t) if !t.trim().is_empty() => Some(t.trim().to_owned()),
        _ => None,
    }
}

/// A value of a table, and where its key stands.
pub(super) fn find<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<(usize, Value<'t, 'i>)> {
    let (found, value) = table.iter().find(|(k, _)| k.get_ref().as_ref() == key)?;
    Some((found.span().start, value))
}
