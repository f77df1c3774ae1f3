//! What a call says: JSON, a form or a query, whatever the caller prefers.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

/// Arguments by name.
pub(crate) type Args = Map<String, Value>;

/// All arguments of a call, unless the body cannot be read; the text of a form's field is turned into a value.
pub(crate) fn arguments(
    query: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
    value: fn(&str) -> Value,
) -> Option<Args> {
    let pairs = |encoded: &str| {
        let url = reqwest::Url::parse(&format!("http://form/?{encoded}")).ok()?;
        Some(url.query_pairs().map(|(key, text)| (key.into_owned(), value(&text))).collect::<Args>())
    };
    let mut args = pairs(query.unwrap_or_default())?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        args.extend(serde_json::from_slice::<Args>(body).ok()?);
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        args.extend(pairs(std::str::from_utf8(body).ok()?)?);
    } else if !body.is_empty() {
        return None;
    }
    Some(args)
}

/// A text, empty if it is none.
pub(crate) fn text<'a>(args: &'a Args, key: &str) -> &'a str {
    args.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What does not fit the fields of a method: one that is missing, or one that the real server would silently ignore.
pub(crate) fn misfit(args: &Args, needed: &[&str], possible: &[&str]) -> Option<String> {
    let missing = needed.iter().find(|key| !args.contains_key(**key)).map(|key| format!("{key} is missing"));
    let known = |key: &str| needed.contains(&key) || possible.contains(&key);
    missing.or_else(|| args.keys().find(|key| !known(key)).map(|key| format!("{key} is not a field")))
}
