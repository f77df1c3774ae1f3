//! What the homeserver must be told about us: a file that its operator puts beside its settings.

use super::Options;

/// How the homeserver names us.
pub const ID: &str = "tinan";

/// The registration file. `url` is where the homeserver calls us, without a slash at the end.
#[must_use]
pub fn registration(options: &Options, url: &str) -> String {
    let user = &options.user;
    let name = user.trim_start_matches('@').split(':').next().unwrap_or_default();
    // JSON strings are YAML strings
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (url, name, regex) = (quoted(url), quoted(name), quoted(&format!("^{}$", literal(user))));
    let (ours, theirs) = (quoted(options.as_token.expose()), quoted(options.hs_token.expose()));
    format!(
        "# For the homeserver's app_service_config_files. Holds secrets: only the homeserver may read it.\n\
         id: \"{ID}\"\n\
         url: {url}\n\
         as_token: {ours}\n\
         hs_token: {theirs}\n\
         sender_localpart: {name}\n\
         # an answer must not wait because many ask at once\n\
         rate_limited: false\n\
         # lets us have a device, by which the homeserver knows a repeated message even after its own restart\n\
         io.element.msc4190: true\n\
         namespaces:\n\
         \x20 users:\n\
         \x20   - exclusive: true\n\
         \x20     regex: {regex}\n\
         \x20 aliases: []\n\
         \x20 rooms: []\n"
    )
}

/// A pattern that means exactly this text.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() && !matches!(c, '@' | ':' | '_' | '-' | '/' | '=') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
