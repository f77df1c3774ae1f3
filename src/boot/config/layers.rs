//! The layers of settings laid over each other. The embedded defaults say which settings there are and of
//! which type; every later layer must speak of these and nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, nearest};
use super::{DEFAULTS, Flags};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A file and the line in it.
    File(String, usize),
    /// The environment: the variable's name.
    Environment(String),
    /// The command line: the flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{path}:{line}"),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Flag(bool),
}

impl Value {
    const fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Number(_) => "a whole number",
            Self::Flag(_) => "true or false",
        }
    }

    /// Reads a plain word as the same type as `self`.
    fn read(&self, text: &str) -> Option<Self> {
        match self {
            Self::Text(_) => Some(Self::Text(text.to_owned())),
            Self::Number(_) => text.trim().parse().ok().map(Self::Number),
            Self::Flag(_) => match text.trim() {
                "true" | "1" | "yes" | "on" => Some(Self::Flag(true)),
                "false" | "0" | "no" | "off" => Some(Self::Flag(false)),
                _ => None,
            },
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(t) => f.write_str(t),
            Self::Number(n) => n.fmt(f),
            Self::Flag(b) => b.fmt(f),
        }
    }
}

/// A value and its origin.
#[derive(Debug, Clone)]
pub struct Setting {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// All settings, and the faults found while laying the layers.
#[derive(Debug, Default)]
pub struct Settings {
    pub(super) values: BTreeMap<String, Setting>,
    pub(super) faults: Vec<Fault>,
}

/// Keys whose values are secrets and so have no place in a file of settings.
pub(super) const SECRETS: &[&str] = &[
    "telegram.token",
    "telegram.secret",
    "telegram.counselling_token",
    "telegram.counselling_secret",
    "alarms.webhook_secret",
    "alarms.bridge_secret",
    "alarms.sms_password",
    "alarms.smtp_password",
    "sms.secret",
    "sms.password",
    "calls.secret",
    "zalo.token",
    "zalo.secret",
    "zalo_oa.secret_key",
    "zalo_oa.app_secret",
    "zalo_oa.refresh_token",
    "matrix.as_token",
    "matrix.hs_token",
    "files.access_key",
    "files.secret_key",
];
/// Variables of ours that are not settings: the tests' own.
const NOT_SETTINGS: &str = "TINAN_TEST_";

impl Settings {
    /// Lays all layers.
    pub(super) fn merge(flags: &Flags, vars: &[(String, String)]) -> Self {
        let mut all = Self::default();
        all.defaults();
        let config = vars.iter().find(|(k, v)| k == "TINAN_CONFIG" && !v.is_empty());
        if let Some(path) = flags.config.as_deref().or(config.map(|(_, v)| Path::new(v))) {
            all.file(path);
        }
        for (name, value) in vars {
            all.variable(name, value);
        }
        for (flag, key, value) in &flags.settings {
            all.word(key, value, Origin::Flag(flag));
        }
        all
    }

    fn defaults(&mut self) {
        for (key, value, _) in flatten(DEFAULTS).0 {
            if let Some(value) = value {
                self.values.insert(key, Setting { value, origin: Origin::Default });
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) => return self.fault(name, format!("cannot be read: {e}")),
        };
        let (entries, errors) = flatten(&text);
        for (line, message) in errors {
            self.fault(format!("{name}:{line}"), message);
        }
        for (key, value, line) in entries {
            let origin = Origin::File(name.clone(), line);
            if SECRETS.contains(&key.as_str()) {
                let variable = variable_of(&key);
                let advice = format!("{key} is a secret: use the variable {variable}, or {key}_file");
                self.fault(origin.to_string(), advice);
            } else {
                self.value(&key, value, origin);
            }
        }
    }

    fn variable(&mut self, name: &str, value: &str) {
        let Some(rest) = name.strip_prefix("TINAN_") else { return };
        if name == "TINAN_CONFIG" || name.starts_with(NOT_SETTINGS) {
            return;
        }
        let key = rest.to_lowercase().replacen("__", ".", 1);
        if self.values.contains_key(&key) {
            self.word(&key, value, Origin::Environment(name.to_owned()));
        } else {
            let names: Vec<String> = self.values.keys().map(|k| variable_of(k)).collect();
            let meant = nearest(name, names.iter().map(String::as_str));
            self.fault(name.to_owned(), unknown("there is no such setting", meant));
        }
    }

    /// A value that came as a plain word.
    fn word(&mut self, key: &str, text: &str, origin: Origin) {
        let Some(known) = self.values.get(key) else { return };
        if let Some(value) = known.value.read(text) {
            self.set(key, value, origin);
        } else {
            let wanted = format!("{key} must be {}", known.value.type_name());
            self.fault(origin.to_string(), wanted);
        }
    }

    /// A value that came with a type.
    fn value(&mut self, key: &str, value: Option<Value>, origin: Origin) {
        let Some(known) = self.values.get(key) else {
            let meant = nearest(key, self.values.keys().map(String::as_str));
            return self.fault(origin.to_string(), unknown(&format!("there is no setting {key}"), meant));
        };
        match value {
            Some(v) if std::mem::discriminant(&v) == std::mem::discriminant(&known.value) => {
                self.set(key, v, origin);
            }
            _ => {
                let wanted = format!("{key} must be {}", known.value.type_name());
                self.fault(origin.to_string(), wanted);
            }
        }
    }

    fn set(&mut self, key: &str, value: Value, origin: Origin) {
        self.values.insert(key.to_owned(), Setting { value, origin });
    }

    fn fault(&mut self, origin: String, text: String) {
        self.faults.push(Fault { origin, text });
    }
}

fn unknown(what: &str, meant: Option<&str>) -> String {
    meant.map_or_else(|| what.to_owned(), |m| format!("{what}; is {m} meant?"))
}

/// The variable of a setting: `http.listen` is `TINAN_HTTP__LISTEN`.
pub(super) fn variable_of(key: &str) -> String {
    format!("TINAN_{}", key.replacen('.', "__", 1).to_uppercase())
}

type Entry = (String, Option<Value>, usize);

/// All values of a file as `section.key` with their lines, and what cannot be read. A value that no setting
/// can have (a list, a date) is `None`.
fn flatten(text: &str) -> (Vec<Entry>, Vec<(usize, String)>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let line = |at: usize| text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
    let errors = errors
        .iter()
        .map(|e| (line(e.span().map_or(0, |s| s.start)), e.message().to_owned()))
        .collect::<Vec<_>>();
    let mut out = Vec::new();
    walk("", table.get_ref(), &line, &mut out);
    (out, errors)
}

fn walk(prefix: &str, table: &DeTable<'_>, line: &impl Fn(usize) -> usize, out: &mut Vec<Entry>) {
    let mut entries: Vec<(&Spanned<_>, &Spanned<DeValue<'_>>)> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let name =
            if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        let value = match value.get_ref() {
            DeValue::Table(inner) => {
                walk(&name, inner, line, out);
                continue;
            }
            DeValue::String(text) => Some(Value::Text(text.to_string())),
            DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(Value::Number),
            DeValue::Boolean(b) => Some(Value::Flag(*b)),
            _ => None,
        };
        out.push((name, value, line(key.span().start)));
    }
}
