//! Getters over the merged settings. Each notes what is wrong and gives nothing, so that one run finds every
//! fault.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::fault::{Fault, Faults};
use super::layers::{Origin, SECRETS, Settings, Value, variable_of};
use crate::kernel::Secret;

pub(super) struct Reader {
    settings: Settings,
}

impl Reader {
    pub(super) const fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// All faults so far, without repetition, in the order of their places.
    pub(super) fn faults(mut self) -> Faults {
        self.settings.faults.dedup();
        Faults(self.settings.faults)
    }

    /// Notes a fault of a setting where its value was written.
    pub(super) fn fault(&mut self, key: &str, text: &str) {
        let origin = match self.settings.values.get(key).map(|s| &s.origin) {
            None | Some(Origin::Default) => variable_of(key),
            Some(origin) => origin.to_string(),
        };
        self.plain(&origin, &format!("{key} {text}"));
    }

    /// Notes a fault of something that is not a setting.
    pub(super) fn plain(&mut self, origin: &str, text: &str) {
        self.settings.faults.push(Fault { origin: origin.to_owned(), text: text.to_owned() });
    }

    /// Whether the value was written in a file of settings.
    pub(super) fn in_file(&self, key: &str) -> bool {
        matches!(self.settings.values.get(key).map(|s| &s.origin), Some(Origin::File(..)))
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.settings.values.get(key).map(|s| &s.value) {
            Some(Value::Text(text)) => Some(text.trim().to_owned()),
            _ => None,
        }
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.settings.values.get(key).map(|s| &s.value) {
            Some(Value::Flag(on)) => Some(*on),
            _ => None,
        }
    }

    pub(super) fn number(&mut self, key: &str, least: u64, most: u64) -> Option<u64> {
        let Some(Value::Number(n)) = self.settings.values.get(key).map(|s| &s.value) else { return None };
        match u64::try_from(*n) {
            Ok(n) if (least..=most).contains(&n) => Some(n),
            _ => {
                self.fault(key, &format!("must be between {least} and {most}"));
                None
            }
        }
    }

    pub(super) fn seconds(&mut self, key: &str, least: u64, most: u64) -> Option<Duration> {
        self.number(key, least, most).map(Duration::from_secs)
    }

    pub(super) fn one_of(&mut self, key: &str, words: &[&str]) -> Option<String> {
        let text = self.text(key)?;
        if words.contains(&text.as_str()) {
            return Some(text);
        }
        self.fault(key, &format!("must be one of: {}", words.join(", ")));
        None
    }

    pub(super) fn address(&mut self, key: &str) -> Option<SocketAddr> {
        let text = self.text(key)?;
        let text = text.replacen("localhost:", "127.0.0.1:", 1);
        let found = text.parse().ok();
        if found.is_none() {
            self.fault(key, "must be ADDRESS:PORT, for example 127.0.0.1:8080");
        }
        found
    }

    /// The outer `None` is a fault, the inner one an empty value.
    #[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
    pub(super) fn address_or_none(&mut self, key: &str) -> Option<Option<SocketAddr>> {
        if self.text(key)?.is_empty() { Some(None) } else { self.address(key).map(Some) }
    }

    /// A secret from the environment, or from the file that the other key names. The outer `None` is a fault.
    #[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
    pub(super) fn secret(&mut self, key: &str, file_key: &str) -> Option<Option<Secret<String>>> {
        let direct = self.text(key)?;
        let path = self.text(file_key)?;
        match (direct.is_empty(), path.is_empty()) {
            (true, true) => Some(None),
            (false, true) => Some(Some(Secret::new(direct))),
            (false, false) => {
                self.fault(file_key, &format!("is set and {key} too: only one of them can count"));
                None
            }
            (true, false) => match std::fs::read_to_string(Path::new(&path)) {
                Ok(text) if !text.trim().is_empty() => Some(Some(Secret::new(text.trim().to_owned()))),
                Ok(_) => {
                    self.fault(file_key, &format!("names an empty file: {path}"));
                    None
                }
                Err(e) => {
                    self.fault(file_key, &format!("names a file that cannot be read: {path}: {e}"));
                    None
                }
            },
        }
    }

    /// Every setting as it counts, secrets blanked.
    pub(super) fn effective(&self) -> Vec<(String, String, Origin)> {
        let shown = |key: &str, value: &Value| match value {
            Value::Text(t) if t.is_empty() => String::new(),
            Value::Text(_) if SECRETS.contains(&key) => "(set)".to_owned(),
            Value::Text(t) if key == "database.url" => without_password(t),
            other => other.to_string(),
        };
        let all = self.settings.values.iter();
        all.map(|(k, s)| (k.clone(), shown(k, &s.value), s.origin.clone())).collect()
    }
}

/// An address as it may be shown: scheme and what follows the `@`.
pub(super) fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.split('?').next().unwrap_or(rest);
    match rest.rsplit_once('@') {
        Some((_, place)) => format!("{scheme}://(user)@{place}"),
        None => format!("{scheme}://{rest}"),
    }
}
